"""What they asked for: queues, tickets and their timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Keyed, Model
from core.files import File
from customers.models import Customer, Equipment, Site
from staff.models import Branch, Person

ticket_number = Sequence("ticket_number_seq", start=1001, metadata=Base.metadata)


class Queue(Keyed, Model):
    """Where tickets and calls of one sort wait. People with all of its skills serve it; its branch's calendar is its clock."""

    __tablename__ = "queue"
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    branch: Mapped[Branch] = relationship(lazy="joined", innerjoin=True)
    skills: Mapped[list[QueueSkill]] = relationship(cascade="all, delete-orphan")


class QueueSkill(Model):
    """A skill, with its least level, that somebody needs to serve a queue."""

    __tablename__ = "queue_skill"
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)


class Ticket(Keyed, Model):
    """One request. `status` and its moves: `tickets.rules`. `due_at` is the earliest due time of its running clocks, None when none runs.

    `wait_note`: what exactly it waits for, in words. `unanswered_since`: time of the oldest customer message without a public answer.
    `merged_into_id`: the ticket that took this one over, while
    that holds; this one is closed then, keeps its own record, and what still arrives for it goes there. `version` guards a save over a
    colleague's change.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("status IN ('new', 'open', 'waiting', 'scheduled', 'resolved', 'closed')", name="status"),
        CheckConstraint("(status = 'waiting') = (wait_reason IS NOT NULL)", name="wait_reason"),
        Index(
            "ix_ticket_open_due",
            "queue_id",
            "due_at",
            "id",
            postgresql_include=["channel"],  # the board counts them by channel too
            postgresql_where=text("status NOT IN ('resolved', 'closed')"),
        ),
        Index("ix_ticket_assignee", "assignee_id", "due_at", postgresql_where=text("status NOT IN ('resolved', 'closed')")),
        Index("ix_ticket_open_by_due", "due_at", "id", postgresql_where=text("status NOT IN ('resolved', 'closed')")),
        Index("ix_ticket_due_at", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
        # What every list may be sorted by, as `tickets.saved_views.columns` writes it. A subject is cut: no mail may be too long for an index.
        Index("ix_ticket_subject", text('"left"(lower(subject), 120)'), "id"),
        Index(
            "ix_ticket_priority_rank",
            text("COALESCE(array_position(ARRAY['urgent', 'high', 'normal', 'low']::text[], CAST(priority AS TEXT)), 99)"),
            "id",
        ),
        Index("ix_ticket_open_status", "status", "due_at", "id", postgresql_where=text("status NOT IN ('resolved', 'closed')")),
        Index(
            "ix_ticket_unanswered",
            "due_at",
            "id",
            postgresql_where=text("status NOT IN ('resolved', 'closed') AND unanswered_since IS NOT NULL"),
        ),
        Index("ix_ticket_created_at", "created_at", "id"),
        Index("ix_ticket_updated_at", "updated_at", "id"),
        Index("ix_ticket_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )
    number: Mapped[int] = mapped_column(BigInteger, ticket_number, unique=True)
    subject: Mapped[str]
    kind: Mapped[str] = mapped_column(default="fault")
    status: Mapped[str] = mapped_column(default="new")
    wait_reason: Mapped[str | None]
    wait_note: Mapped[str | None]
    priority: Mapped[str] = mapped_column(default="normal")
    channel: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"), index=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime]
    first_response_at: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    reopened: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    is_open: Mapped[bool] = mapped_column(Computed("status NOT IN ('resolved', 'closed')", persisted=True))
    queue: Mapped[Queue] = relationship(lazy="joined", innerjoin=True)
    assignee: Mapped[Person | None] = relationship(lazy="joined")
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    site: Mapped[Site | None] = relationship(lazy="joined")
    equipment: Mapped[Equipment | None] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": version}


class Outcome(Keyed, Model):
    """What came of a ticket, as the customer was told it: `entry_id` is the public message or the call that told it. At most one of a ticket stands;
    re-opening ends it (`void_at`), so that the next one is told as well."""

    __tablename__ = "ticket_outcome"
    __table_args__ = (
        Index("uq_ticket_outcome_standing", "ticket_id", unique=True, postgresql_where=text("void_at IS NULL")),
        Index("ix_ticket_outcome_ticket", "ticket_id"),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    text: Mapped[str]
    told_at: Mapped[datetime]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    void_at: Mapped[datetime | None]


class Entry(Keyed, Model):
    """One line of a ticket's timeline, which is the ticket's history: never changed, never deleted.

    `kind`: message_in, message_out, note, call, visit, change. `public`: the customer may read it. `happened_at` may lie before `recorded_at`.
    `data` holds what the kind needs: of a change {"changes": {field: {"from": …, "to": …, "from_name"?, "to_name"?}}, "version": the ticket's version
    before}, perhaps {"opened": …} or {"why": …}; call and visit numbers. `message_id`: RFC 5322, without brackets.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("kind IN ('message_in', 'message_out', 'note', 'call', 'visit', 'change')", name="kind"),
        Index("ix_entry_ticket", "ticket_id", "happened_at", "id"),
        Index("ix_entry_message_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    public: Mapped[bool]
    channel: Mapped[str | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    author_name: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    new_text: Mapped[str | None]
    html: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message_id: Mapped[str | None]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    files: Mapped[list[EntryFile]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class EntryFile(Model):
    """A file of an entry; `content_id` when the HTML shows it in place."""

    __tablename__ = "entry_file"
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True)
    content_id: Mapped[str | None]
    file: Mapped[File] = relationship(lazy="joined", innerjoin=True)


class Merge(Keyed, Model):
    """Two tickets became one; in force while `undone_at` is None. `state`: what is needed to take it back exactly (`tickets.services.merging`)."""

    __tablename__ = "ticket_merge"
    __table_args__ = (
        Index("uq_ticket_merge_in_force", "merged_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        CheckConstraint("survivor_id <> merged_id", name="not_itself"),
    )
    survivor_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    merged_at: Mapped[datetime]
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Tag(Keyed, Model):
    """A word that people put on tickets. `key` is the name as it is compared (folded), so that "VIP" and "vip" are one tag."""

    __tablename__ = "tag"
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class TicketTag(Model):
    """A tag on a ticket."""

    __tablename__ = "ticket_tag"
    __table_args__ = (Index("ix_ticket_tag_tag", "tag_id", "ticket_id"),)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)


class TicketLink(Keyed, Model):
    """`from_id` is `kind` of `to_id` (`rules.LINKS`): follow_up (an answer to a closed ticket), duplicate, child, caused_by, split."""

    __tablename__ = "ticket_link"
    __table_args__ = (UniqueConstraint("from_id", "to_id", "kind"), CheckConstraint("from_id <> to_id", name="not_itself"))
    from_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]

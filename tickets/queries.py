"""Questions about tickets: lists by keyset, one ticket, its timeline, queues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, ColumnElement, Row, func, literal, select

from core import search
from core.auth.models import User
from core.db import among, db
from core.errors import NotFound, NotValid
from customers.models import Customer
from staff.models import Person
from tickets.models import Entry, EntryFile, Merge, Outcome, Queue, Tag, Ticket, TicketLink, TicketTag

FOUND_AT_MOST = 1000
ENTRIES_AT_MOST = 300


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; None does not narrow. `assignee_id` 0: nobody's. `text`: words as for search.
    `tags`: all of these, as they are compared (`rules.tag_key`)."""

    queue_id: int | None = None
    statuses: Collection[str] = ()
    is_open: bool | None = None
    assignee_id: int | None = None
    customer_id: int | None = None
    equipment_id: int | None = None
    priority: str | None = None
    kind: str | None = None
    due_before: datetime | None = None
    unanswered: bool | None = None
    text: str | None = None
    tags: Collection[str] = ()


def row_query() -> Any:
    """The columns of a ticket's line in lists and boards, with the names of what it refers to. The ticket is not an object here: loading
    everything it is joined with would cost a list three times as much."""
    return with_names(
        select(
            Ticket.id,
            Ticket.number,
            Ticket.subject,
            Ticket.kind,
            Ticket.status,
            Ticket.wait_reason,
            Ticket.wait_note,
            Ticket.priority,
            Ticket.channel,
            Ticket.language,
            Ticket.queue_id,
            Queue.name.label("queue"),
            Ticket.assignee_id,
            User.name.label("assignee"),
            Ticket.customer_id,
            Customer.name.label("customer"),
            Customer.tier.label("tier"),
            Ticket.contact_email,
            Ticket.contact_phone,
            Ticket.due_at,
            Ticket.created_at,
            Ticket.updated_at,
            Ticket.unanswered_since,
            Ticket.resolved_at,
            Ticket.version,
        )
    )


def with_names(query: Any) -> Any:
    """A query over Ticket joined with its queue, assignee (and their account) and customer."""
    return (
        query.join(Queue, Queue.id == Ticket.queue_id)
        .outerjoin(Person, Person.id == Ticket.assignee_id)
        .outerjoin(User, User.id == Person.user_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
    )


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions on Ticket. Raises NotValid for a text with nothing to look for."""
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Ticket.queue_id, filters.queue_id),
        (Ticket.customer_id, filters.customer_id),
        (Ticket.equipment_id, filters.equipment_id),
        (Ticket.priority, filters.priority),
        (Ticket.kind, filters.kind),
    ):
        if value is not None:
            found.append(column == value)
    if filters.statuses:
        found.append(Ticket.status.in_(list(filters.statuses)))
    if filters.is_open is not None:
        # As the indexes over open tickets say it.
        done = Ticket.status.in_(("resolved", "closed"))
        found.append(~done if filters.is_open else done)
    if filters.assignee_id is not None:
        found.append(Ticket.assignee_id == filters.assignee_id if filters.assignee_id else Ticket.assignee_id.is_(None))
    if filters.due_before is not None:
        found.append(Ticket.due_at < filters.due_before)
    if filters.unanswered is not None:
        found.append(Ticket.unanswered_since.is_not(None) if filters.unanswered else Ticket.unanswered_since.is_(None))
    for key in filters.tags:
        tagged = select(TicketTag.ticket_id).join(Tag, Tag.id == TicketTag.tag_id).where(Tag.key == key)
        found.append(Ticket.id.in_(tagged))
    if filters.text is not None:
        found.append(_matching(filters.text))
    return found


def _matching(text: str) -> ColumnElement[bool]:
    """Among the newest FOUND_AT_MOST matches."""
    refs = search.refs("ticket", text, limit=FOUND_AT_MOST)
    if refs is None:
        raise NotValid(_("There is nothing to look for in this text."), field="text")
    return Ticket.id.in_(refs)


def rows_of(ticket_ids: Collection[int]) -> dict[int, Row[Any]]:
    """`row_query` of these tickets, by id, in the order in which they are named."""
    if not ticket_ids:
        return {}
    found = {row.id: row for row in db.session.execute(row_query().where(among(Ticket.id, ticket_ids)))}
    return {ticket_id: found[ticket_id] for ticket_id in ticket_ids if ticket_id in found}


def urgent_ids(queue_id: int, *, start: int, stop: int) -> list[int]:
    """Ids of a queue's open tickets at these places of the order by due time (without due time last)."""
    query = select(Ticket.id).where(Ticket.queue_id == queue_id, Ticket.status.not_in(("resolved", "closed")))
    query = query.order_by(Ticket.due_at.asc().nulls_last(), Ticket.id)
    return list(db.session.scalars(query.offset(start).limit(stop - start)))


def counts_of(queue_id: int) -> dict[str, int]:
    """Open tickets of a queue: all, nobody's, unanswered."""
    query = select(
        func.count().label("open"),
        func.count().filter(Ticket.assignee_id.is_(None)).label("unassigned"),
        func.count().filter(Ticket.unanswered_since.is_not(None)).label("unanswered"),
    ).where(Ticket.queue_id == queue_id, Ticket.status.not_in(("resolved", "closed")))
    return dict(db.session.execute(query).one()._mapping)


def by_number(number: int) -> Ticket:
    """The ticket with this number. Raises NotFound."""
    ticket = db.session.scalar(select(Ticket).where(Ticket.number == number)) if 0 < number < 1 << 63 else None
    if ticket is None:
        raise NotFound(_("There is no ticket %(number)s.", number=number))
    return ticket


def loaded(ticket_id: int) -> Ticket:
    """The ticket, from the session if it is there. Raises NotFound."""
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound(_("There is no such ticket."))
    return ticket


def family_ids(ticket_id: int) -> list[int]:
    """The ticket, and all that were merged into it, over any number of merges."""
    family = select(literal(ticket_id, BigInteger).label("id")).cte(recursive=True)
    family = family.union(select(Ticket.id).join(family, Ticket.merged_into_id == family.c.id))
    return list(db.session.scalars(select(family.c.id)))


def last_reopened(ticket_id: int) -> datetime | None:
    """When the ticket's last outcome ceased to stand because it was open again; None when that never happened."""
    return db.session.scalar(select(func.max(Outcome.void_at)).where(Outcome.ticket_id == ticket_id))


def merges_of(ticket_id: int) -> list[dict[str, Any]]:
    """The tickets merged into this one directly: dicts with id, number, subject, merged_at."""
    query = select(Ticket.id, Ticket.number, Ticket.subject, Merge.merged_at).join(Merge, Merge.merged_id == Ticket.id)
    query = query.where(Merge.survivor_id == ticket_id, Merge.undone_at.is_(None))
    return [dict(row._mapping) for row in db.session.execute(query.order_by(Merge.id))]


def entries_of(
    ticket_id: int,
    *,
    kinds: Collection[str] = (),
    public: bool | None = None,
    before: int | None = None,
    limit: int = ENTRIES_AT_MOST,
    together: bool = False,
) -> list[Entry]:
    """The newest entries (those before the entry with the id `before`), oldest first, with their files; `together` with those of the tickets
    merged into it (for staff: they may be of another customer)."""
    query = select(Entry).where(Entry.ticket_id.in_(family_ids(ticket_id)) if together else Entry.ticket_id == ticket_id)
    if kinds:
        query = query.where(Entry.kind.in_(list(kinds)))
    if public is not None:
        query = query.where(Entry.public == public)
    if before is not None:
        query = query.where(Entry.id < before)
    return list(db.session.scalars(query.order_by(Entry.id.desc()).limit(limit)))[::-1]


def entries_named(ticket_id: int, entry_ids: Collection[int]) -> list[Entry]:
    """These entries, as far as they are the ticket's or of one merged into it."""
    return list(db.session.scalars(select(Entry).where(Entry.ticket_id.in_(family_ids(ticket_id)), Entry.id.in_(list(entry_ids)))))


def ticket_of_message(message_ids: Sequence[str]) -> int | None:
    """Id of the ticket that holds one of these mails (RFC 5322 ids without brackets); of several the newest entry's."""
    query = select(Entry.ticket_id).where(Entry.message_id.in_(list(message_ids))).order_by(Entry.id.desc()).limit(1)
    return db.session.scalar(query)


def links_of(ticket_id: int) -> list[dict[str, Any]]:
    """Links to other tickets: dicts with id, kind, number, subject, status and `to` (whether this ticket is the link's target)."""
    found: list[dict[str, Any]] = []
    for own, other, to in ((TicketLink.from_id, TicketLink.to_id, False), (TicketLink.to_id, TicketLink.from_id, True)):
        query = select(TicketLink.id, TicketLink.kind, Ticket.number, Ticket.subject, Ticket.status).join(Ticket, Ticket.id == other)
        found += [{**row._mapping, "to": to} for row in db.session.execute(query.where(own == ticket_id).order_by(TicketLink.id))]
    return found


def linked_numbers(ticket_id: int) -> list[int]:
    """Numbers of the tickets that are linked with this one in either direction."""
    out = select(TicketLink.to_id).where(TicketLink.from_id == ticket_id)
    back = select(TicketLink.from_id).where(TicketLink.to_id == ticket_id)
    return list(db.session.scalars(select(Ticket.number).where(Ticket.id.in_(out.union(back)))))


def tags_of(ticket_ids: Collection[int]) -> dict[int, list[str]]:
    """Names of the tags of many tickets by one query, each list by name."""
    found: dict[int, list[str]] = {ticket_id: [] for ticket_id in ticket_ids}
    if not found:
        return found
    query = select(TicketTag.ticket_id, Tag.name).join(Tag, Tag.id == TicketTag.tag_id).where(TicketTag.ticket_id.in_(list(found)))
    for ticket_id, name in db.session.execute(query.order_by(Tag.key)):
        found[ticket_id].append(name)
    return found


def ids_of(numbers: Collection[int]) -> dict[int, int]:
    """Number → id of the tickets that are there."""
    query = select(Ticket.number, Ticket.id).where(Ticket.number.in_(list(numbers)))
    return {row.number: row.id for row in db.session.execute(query)}


def queue(queue_id: int) -> Queue:
    """Raises NotFound."""
    found = db.session.get(Queue, queue_id) if queue_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such queue."))
    return found


def queues(*, only_active: bool = False) -> list[Queue]:
    """All queues in their order."""
    query = select(Queue).order_by(Queue.position, Queue.id)
    return list(db.session.scalars(query.where(Queue.active) if only_active else query))


def open_ids_of_assignee(person_id: int) -> list[int]:
    """Open tickets of a colleague, in the order of ids (the order of locks)."""
    query = select(Ticket.id).where(Ticket.assignee_id == person_id, Ticket.status.not_in(("resolved", "closed")))
    return list(db.session.scalars(query.order_by(Ticket.id)))


def is_attached(file_id: int) -> bool:
    """Whether a file is part of some ticket's timeline."""
    return db.session.scalar(select(EntryFile.entry_id).where(EntryFile.file_id == file_id).limit(1)) is not None


def open_ids_of_customer(customer_id: int, *, limit: int = ENTRIES_AT_MOST) -> list[tuple[int, int, int]]:
    """(id, number, queue id) of a customer's open tickets, newest first."""
    query = select(Ticket.id, Ticket.number, Ticket.queue_id).where(
        Ticket.customer_id == customer_id, Ticket.status.not_in(("resolved", "closed"))
    )
    return [(row.id, row.number, row.queue_id) for row in db.session.execute(query.order_by(Ticket.id.desc()).limit(limit))]


def numbers_of_customer(customer_id: int, *, limit: int = ENTRIES_AT_MOST) -> list[int]:
    """Numbers of a customer's tickets, open or not, newest first."""
    query = select(Ticket.number).where(Ticket.customer_id == customer_id).order_by(Ticket.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def has_tickets(customer_id: int) -> bool:
    """Whether any ticket, open or not, is this customer's."""
    return db.session.scalar(select(Ticket.id).where(Ticket.customer_id == customer_id).limit(1)) is not None

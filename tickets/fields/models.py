"""What the firm asks of tickets beyond what every ticket has: custom fields, the index of their values, each kind's opening form."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class TicketField(Keyed, Model):
    """One custom field. Its values stand in `Ticket.fields` under `key`, which never changes.

    `labels`, `helps`: by language. `ticket_kinds`: the kinds of tickets that have it, empty: all. `options`: as
    `tickets.fields.rules.checked_options`. `required`: never, opening, resolving, or when (`required_when` holds). `public`: customers see it.
    `retired_at`: hidden for new values since.
    """

    __tablename__ = "ticket_field"
    __table_args__ = (
        CheckConstraint("kind IN ('text', 'number', 'date', 'choice', 'choices', 'yes_no', 'reference')", name="kind"),
        CheckConstraint("required IN ('never', 'opening', 'resolving', 'when')", name="required"),
        CheckConstraint("(required = 'when') = (required_when IS NOT NULL)", name="required_when"),
    )
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    labels: Mapped[dict[str, Any]]
    helps: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ticket_kinds: Mapped[list[str]] = mapped_column(default=list)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    required: Mapped[str] = mapped_column(default="never")
    required_when: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    position: Mapped[int] = mapped_column(default=0)
    public: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]


class TicketFieldValue(Model):
    """The index over `Ticket.fields`, which is the truth: one row for each value that can be looked for (of several choices one each, `place`
    counts them). `word`: a choice's key, true or false, the beginning of a text as it is compared. `number`: a number, a date as its ordinal,
    a reference's id (of a ticket its number). Why so: docs/adr/0003-custom-fields.md."""

    __tablename__ = "ticket_field_value"
    __table_args__ = (
        Index("ix_ticket_field_value_word", "field_id", "word", "ticket_id", postgresql_where=text("word IS NOT NULL")),
        Index("ix_ticket_field_value_number", "field_id", "number", "ticket_id", postgresql_where=text("number IS NOT NULL")),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("ticket_field.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, default=0)
    word: Mapped[str | None]
    number: Mapped[Decimal | None] = mapped_column(Numeric())


class TicketForm(Model):
    """What a kind's opening form asks of the fields that every ticket has, where an administrator changed it: {field: hidden, asked, opening,
    resolving}. Without a row: `tickets.fields.rules.ASKS`."""

    __tablename__ = "ticket_form"
    kind: Mapped[str] = mapped_column(primary_key=True)
    asks: Mapped[dict[str, Any]]

"""Which custom fields there are, what each kind's form asks, where a field is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core.auth.models import User
from core.db import db
from core.errors import NotFound
from customers.models import Customer, Equipment
from staff.models import Person
from tickets.fields.models import TicketField, TicketFieldValue, TicketForm
from tickets.fields.rules import ASKS, Definition
from tickets.models import Ticket


def definition_of(row: TicketField) -> Definition:
    """The row as the rules read it."""
    return Definition(
        id=row.id,
        key=row.key,
        kind=row.kind,
        labels=row.labels,
        helps=row.helps,
        ticket_kinds=tuple(row.ticket_kinds),
        options=row.options,
        required=row.required,
        required_when=row.required_when,
        position=row.position,
        public=row.public,
        retired=row.retired_at is not None,
    )


def definitions(*, only_used: bool = False) -> list[Definition]:
    """All custom fields in their order, also those no longer used unless `only_used`."""
    query = select(TicketField).order_by(TicketField.position, TicketField.id)
    rows = db.session.scalars(query.where(TicketField.retired_at.is_(None)) if only_used else query)
    return [definition_of(row) for row in rows]


def by_key() -> dict[str, Definition]:
    """`definitions` by their keys, in their order."""
    return {one.key: one for one in definitions()}


def held(keys: Collection[str]) -> dict[str, Definition]:
    """The named fields that are there, held as they are until the transaction ends: nobody takes a choice away that is being chosen."""
    query = select(TicketField).where(TicketField.key.in_(list(keys))).with_for_update(read=True).execution_options(populate_existing=True)
    return {row.key: definition_of(row) for row in db.session.scalars(query)}


def found(field_id: int) -> TicketField:
    """Raises NotFound."""
    row = db.session.get(TicketField, field_id) if field_id < 1 << 63 else None
    if row is None:
        raise NotFound(_("There is no such field."))
    return row


def asks() -> dict[str, dict[str, str]]:
    """What each kind's form asks of the fields that every ticket has."""
    changed = {row.kind: row.asks for row in db.session.scalars(select(TicketForm))}
    return {kind: {**shipped, **changed.get(kind, {})} for kind, shipped in ASKS.items()}


def asks_of(kind: str) -> dict[str, str]:
    """The same of one kind."""
    changed = db.session.scalar(select(TicketForm.asks).where(TicketForm.kind == kind))
    return {**ASKS[kind], **(changed or {})}


def tickets_with(field_id: int) -> int:
    """How many tickets have a value in the field."""
    query = select(func.count(TicketFieldValue.ticket_id.distinct())).where(TicketFieldValue.field_id == field_id)
    return db.session.scalar(query) or 0


def tickets_by_choice(field_id: int, keys: Collection[str]) -> dict[str, int]:
    """How many tickets have these choices; those that none has are left out."""
    query = select(TicketFieldValue.word, func.count()).where(TicketFieldValue.field_id == field_id, TicketFieldValue.word.in_(list(keys)))
    return {str(word): count for word, count in db.session.execute(query.group_by(TicketFieldValue.word))}


def fields_of(ticket_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The values of many tickets by one query."""
    if not ticket_ids:
        return {}
    query = select(Ticket.id, Ticket.fields).where(Ticket.id.in_(list(ticket_ids)))
    return {row.id: row.fields for row in db.session.execute(query)}


def reference_names(known: Iterable[Definition], values: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, str]]:
    """Field → (id → name) of everything that these tickets' references name: one query for each sort of thing, however many tickets."""
    fields = [one for one in known if one.kind == "reference"]
    wanted: dict[str, set[int]] = {}
    for each in values:
        for one in fields:
            if isinstance(each.get(one.key), int):
                wanted.setdefault(one.options["to"], set()).add(each[one.key])
    names = {target: _NAMES[target](ids) for target, ids in wanted.items()}
    return {one.key: names[one.options["to"]] for one in fields if one.options["to"] in names}


def _customers(ids: set[int]) -> dict[int, str]:
    return {row.id: row.name for row in db.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))}


def _equipment(ids: set[int]) -> dict[int, str]:
    return {row.id: row.label for row in db.session.scalars(select(Equipment).where(Equipment.id.in_(ids)))}


def _people(ids: set[int]) -> dict[int, str]:
    query = select(Person.id, User.name).join(User, User.id == Person.user_id).where(Person.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)}


def _tickets(numbers: set[int]) -> dict[int, str]:
    query = select(Ticket.number, Ticket.subject).where(Ticket.number.in_(numbers))
    return {row.number: f"#{row.number} {row.subject}" for row in db.session.execute(query)}


_NAMES: dict[str, Any] = {"customer": _customers, "equipment": _equipment, "person": _people, "ticket": _tickets}

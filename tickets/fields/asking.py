"""Custom fields in conditions (`tickets.conditions`), asked through the index of their values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, not_, select

from core.db import db
from core.i18n import current_language
from tickets.conditions import choosing, moments
from tickets.conditions.fields import (
    ChoiceField,
    Field,
    MomentField,
    NumberField,
    Option,
    PersonField,
    ReferenceField,
    TagsField,
    TextField,
    YesNoField,
)
from tickets.fields import queries
from tickets.fields.checking import compared
from tickets.fields.models import TicketFieldValue
from tickets.fields.rules import Definition, said
from tickets.models import Ticket

Clause = ColumnElement[bool]


def fields() -> Iterable[Field]:
    """The provider."""
    return [_asked(one) for one in queries.definitions()]


def _asked(one: Definition) -> Field:
    label = one.label(current_language())
    if one.retired:
        label = str(_("%(field)s (retired)", field=label))
    return _MAKERS[one.kind](one, {"name": one.name, "label": label, "nullable": True, "within": _having(one)})


def _having(one: Definition) -> Callable[[Clause], Clause]:
    """The ticket has a value in the field that is so."""

    def within(clause: Clause) -> Clause:
        return exists().where(TicketFieldValue.ticket_id == Ticket.id, TicketFieldValue.field_id == one.id, clause).correlate(Ticket)

    return within


def _options(one: Definition) -> Callable[[], list[Option]]:
    language = current_language()
    return lambda: [Option(value=choice["key"], label=said(choice["labels"], language)) for choice in one.choices]


def _choice(one: Definition, common: dict[str, Any]) -> Field:
    return ChoiceField(column=TicketFieldValue.word, options=_options(one), **common)


def _choices(one: Definition, common: dict[str, Any]) -> Field:
    within = common["within"]

    def having(keys: Collection[str]) -> Clause:
        known: Clause = within(TicketFieldValue.word.in_(list(keys)) if keys else TicketFieldValue.word.is_not(None))
        return known

    return TagsField(having=having, options=_options(one), **common)


def _reference(one: Definition, common: dict[str, Any]) -> Field:
    column = TicketFieldValue.number
    if one.options["to"] == "person":
        return PersonField(column=column, options=choosing.people, **common)
    return ReferenceField(
        column=column, find={"customer": choosing.customers, "equipment": choosing.equipment}.get(one.options["to"], _tickets), **common
    )


def _tickets(text: str, values: Collection[Any]) -> list[Option]:
    """By the beginning of the number or a part of the subject; or those with these numbers. The newest first."""
    query = select(Ticket.number, Ticket.subject)
    if values:
        query = query.where(Ticket.number.in_(list(values)))
    elif text.strip().lstrip("#").isdecimal() and len(text.strip()) < 18:
        query = query.where(Ticket.number == cast(text.strip().lstrip("#"), BigInteger))
    elif text.strip():
        query = query.where(Ticket.subject.icontains(text.strip(), autoescape=True))
    rows = db.session.execute(query.order_by(Ticket.id.desc()).limit(max(choosing.SHOWN, len(values))))
    return [Option(value=row.number, label=f"#{row.number} {row.subject}") for row in rows]


@dataclass(frozen=True, kw_only=True)
class WholeTextField(TextField):
    """A text whose whole is found by the index; a part of it by reading the tickets."""

    whole: Callable[[Clause], Clause]

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        if op not in ("is", "is_not"):
            return super().holds(op, value, now, person_id)
        clause = self.whole(TicketFieldValue.word == compared(value))
        return not_(clause) if op == "is_not" else clause


def _text(one: Definition, common: dict[str, Any]) -> Field:
    whole = common.pop("within")
    return WholeTextField(column=Ticket.fields[one.key].astext, whole=whole, **common)


@dataclass(frozen=True, kw_only=True)
class DayField(MomentField):
    """A day of the calendar, whatever the time: kept as its ordinal. "In the last 7 days" are today and the seven days before."""

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> Clause:
        zone, column = moments.firm_zone(), self.column
        today = now.astimezone(zone).date().toordinal()
        if op in ("before", "after", "on"):
            start, end = (moment.astimezone(zone) for moment in moments.period(value, now=now, zone=zone))
            first = start.date().toordinal()
            last = end.date().toordinal() - 1 if end > start else first
            clause = {"before": column < first, "after": column > last, "on": and_(column >= first, column <= last)}[op]
            return self._positive(clause)
        count = value["count"] if op in ("next", "further_ahead") else -value["count"]
        edge = moments.shifted(now, count, value["unit"], zone=zone).astimezone(zone).date().toordinal()
        clauses = {
            "last": and_(column >= edge, column <= today),
            "next": and_(column >= today, column <= edge),
            "longer_ago": column < edge,
            "further_ahead": column > edge,
        }
        return self._positive(clauses[op])


_MAKERS: dict[str, Callable[[Definition, dict[str, Any]], Field]] = {
    "text": _text,
    "number": lambda one, common: NumberField(column=TicketFieldValue.number, unit=one.options.get("unit", ""), **common),
    "date": lambda one, common: DayField(column=TicketFieldValue.number, **common),
    "choice": _choice,
    "choices": _choices,
    "yes_no": lambda one, common: YesNoField(column=TicketFieldValue.word == "true", **common),
    "reference": _reference,
}

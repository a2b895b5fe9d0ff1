"""The custom fields of one ticket: checked, stored, found again. Callers hold the ticket's row lock, or have just made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, insert

from core.db import db
from core.errors import DomainError, NotValid
from core.i18n import current_language
from core.jsonable import jsonable
from customers.models import Customer, Equipment
from staff.models import Person
from tickets import queries as tickets
from tickets.fields import queries
from tickets.fields.checking import checked_value, index_of
from tickets.fields.models import TicketFieldValue
from tickets.fields.rules import STANDARD_WORDS, Definition, missing
from tickets.models import Ticket


def checked(ticket_kind: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`before` with the given values; None removes one. Raises NotValid naming `fields.<key>` for a field that is not there, not used any more or not
    one of this kind of ticket, and for a value that it cannot hold."""
    known = queries.held(given) if given else {}
    values = dict(before)
    for key, value in jsonable(dict(given)).items():
        values[key] = _checked(known, ticket_kind, key, value, before.get(key))
    return {key: value for key, value in values.items() if value is not None}


def _checked(known: Mapping[str, Definition], ticket_kind: str, key: str, value: Any, before: Any) -> Any:
    definition = known.get(key)
    if definition is None:
        if value is None or value == before:
            return value
        raise NotValid(_("There is no field “%(name)s”.", name=key), field=f"fields.{key}")
    if value is not None and value != before and not definition.is_for(ticket_kind):
        raise NotValid(_("Tickets of this kind do not have the field “%(name)s”.", name=_label(definition)), field=definition.name)
    found = checked_value(definition, value, before)
    if found is not None and found != before and definition.kind == "reference" and not _EXISTS[definition.options["to"]](found):
        raise NotValid(_("This refers to nothing that is here."), field=definition.name)
    return found


def _active(person_id: int) -> bool:
    person = db.session.get(Person, person_id)
    return person is not None and person.active


def _reachable(customer_id: int) -> bool:
    customer = db.session.get(Customer, customer_id)
    return customer is not None and customer.archived_at is None


_EXISTS: dict[str, Any] = {
    "customer": _reachable,
    "equipment": lambda found: db.session.get(Equipment, found) is not None,
    "person": _active,
    "ticket": lambda number: bool(tickets.ids_of([number])),
}


def index(ticket: Ticket, keys: set[str]) -> None:
    """Write the index of these fields anew; the ticket is flushed."""
    known = [one for key, one in queries.by_key().items() if key in keys] if keys else []
    if not known:
        return
    which = TicketFieldValue.field_id.in_([one.id for one in known])
    db.session.execute(delete(TicketFieldValue).where(TicketFieldValue.ticket_id == ticket.id, which))
    rows = [
        {"ticket_id": ticket.id, "field_id": one.id, "place": place, "word": word, "number": number}
        for one in known
        if ticket.fields.get(one.key) is not None
        for place, (word, number) in enumerate(index_of(one, ticket.fields[one.key]))
    ]
    if rows:
        db.session.execute(insert(TicketFieldValue), rows)


def words_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """For the timeline: what the changed fields and their values are called now, by language where it depends on it. `fields.<key>` → {label,
    from_name?, to_name?}."""
    known = queries.by_key()
    changed = [known[key] for key in known if before.get(key) != after.get(key)]
    names = queries.reference_names(changed, [before, after])
    found: dict[str, dict[str, Any]] = {}
    for one in changed:
        line: dict[str, Any] = {"label": dict(one.labels), "kind": one.kind}
        for side, values in (("from_name", before), ("to_name", after)):
            value = values.get(one.key)
            if value is not None and one.kind == "reference":
                line[side] = names.get(one.key, {}).get(value, f"#{value}")
            elif value is not None and one.kind in ("choice", "choices"):
                line[side] = _texts_of(one, value if isinstance(value, list) else [value])
        found[one.name] = line
    return found


def _texts_of(definition: Definition, keys: list[str]) -> dict[str, str]:
    """The labels of these choices in each language that the field has words for."""
    languages = {language for one in definition.choices if one["key"] in keys for language in one["labels"]} or {"en"}
    return {language: ", ".join(definition.choice_label(key, language) for key in keys) for language in sorted(languages)}


def check_opening(ticket: Ticket) -> None:
    """Somebody filled in the kind's opening form: what it requires is there. Raises NotValid naming the first field that is missing."""
    _refuse(lacking(ticket, "opening"), NotValid, _("Missing: “%(names)s”. A ticket of this kind is not opened without."))


def check_resolving(ticket: Ticket) -> None:
    """Raises DomainError (code `fields_missing`, details `missing`: [{field, label}]) when the ticket lacks what is required by now."""
    _refuse(lacking(ticket, "resolving"), DomainError, _("Missing: “%(names)s”. The ticket is not resolved without."))


def _refuse(found: list[dict[str, str]], error: type[DomainError], text: Any) -> None:
    if found:
        names = "”, “".join(one["label"] for one in found)
        raise error(str(text) % {"names": names}, field=found[0]["field"], code="fields_missing", details={"missing": found})


def lacking(ticket: Ticket, at: str) -> list[dict[str, str]]:
    """What the ticket lacks `at` opening or resolving: [{field, label in the reader's language}]."""
    language = current_language()
    found = [
        {"field": name, "label": str(STANDARD_WORDS[name])}
        for name, level in queries.asks_of(ticket.kind).items()
        if level == at and not getattr(ticket, name)
    ]
    known = queries.definitions(only_used=True)
    return found + [
        {"field": one.name, "label": one.label(language)}
        for one in missing(known, ticket.fields, ticket_kind=ticket.kind, priority=ticket.priority, at=at)
    ]


def _label(definition: Definition) -> str:
    return definition.label(current_language())

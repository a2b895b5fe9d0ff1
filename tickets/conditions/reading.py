"""Stored conditions: checked, asked, and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select

from core.db import db
from core.errors import NotValid
from tickets.conditions.fields import Field, joined
from tickets.conditions.providers import fields
from tickets.models import Ticket

LEVELS = 3
ITEMS = 30
Stored = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one item; `path`: its places from the outermost group on. `field` names the field as stored."""

    path: list[int]
    field: str
    code: str
    message: Any


def check(stored: Any, *, personal: bool = True) -> None:
    """Raises NotValid (field `conditions`, details `problems`: path, field, code, message of each) for what cannot be asked: a field that is not
    there any more, an operator or a value that the field does not have. Not `personal`: nobody asks (a rule), so that "me" is refused."""
    refuse(problems(stored, personal=personal))


def refuse(found: Sequence[Problem]) -> None:
    """Raises NotValid with these problems as `check` tells them; nothing when there are none."""
    if found:
        raise NotValid(found[0].message, field="conditions", details={"problems": [told(one) for one in found]})


def told(problem: Problem) -> dict[str, Any]:
    """A problem as data."""
    return {"path": problem.path, "field": problem.field, "code": problem.code, "message": str(problem.message)}


def problems(stored: Any, *, personal: bool = True, known: Mapping[str, Field] | None = None) -> list[Problem]:
    """All that is wrong with stored conditions, for who mends them. Raises NotValid when they have not even the shape of conditions."""
    _check_shape(stored)
    there = fields() if known is None else known
    found: list[Problem] = []
    for path, item in _leaves(stored, []):
        field = there.get(item["field"])
        if field is None:
            text = _("There is no field “%(field)s” (any more).", field=item["field"][:100])
            found.append(Problem(path=path, field=item["field"], code="unknown_field", message=text))
            continue
        try:
            field.check(item["op"], item.get("value"), personal=personal)
        except NotValid as error:
            found.append(Problem(path=path, field=item["field"], code=str(error.field), message=error.message))
    return found


def clause(stored: Stored, *, now: datetime, person_id: int | None = None, known: Mapping[str, Field] | None = None) -> ColumnElement[bool]:
    """The conditions as one on Ticket. `person_id`: who "me" is. `known`: `fields()`, for who asks much at once. Raises NotValid as `check`, but for
    options that went since: those match nothing."""
    _check_shape(stored)
    return _clause(stored, now, person_id, fields() if known is None else known)


def matches(ticket_id: int, stored: Stored, *, now: datetime, person_id: int | None = None) -> bool:
    """Whether this ticket, as it is now in the caller's transaction, meets the conditions. Raises NotValid."""
    query = select(Ticket.id).where(Ticket.id == ticket_id, clause(stored, now=now, person_id=person_id))
    return db.session.scalar(query) is not None


def explain(ticket_id: int, stored: Stored, *, now: datetime, person_id: int | None = None) -> list[dict[str, Any]]:
    """The items, each with `held` (whether this ticket met it), and a field's item with its `label`; groups with their own `items` so explained. One
    statement. Raises NotValid."""
    _check_shape(stored)
    known = fields()
    leaves = list(_leaves(stored, []))
    if not leaves:
        return []
    asked = [_one(item, now, person_id, known).label(f"held_{place}") for place, (_path, item) in enumerate(leaves)]
    row = db.session.execute(select(*asked).where(Ticket.id == ticket_id)).one_or_none()
    held = {tuple(path): bool(row[place]) if row is not None else False for place, (path, _item) in enumerate(leaves)}
    return _explained(stored, [], held, known)


def _explained(group: Stored, path: list[int], held: Mapping[tuple[int, ...], bool], known: Mapping[str, Field]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place, item in enumerate(group["items"]):
        here = [*path, place]
        if "items" in item:
            inner = _explained(item, here, held, known)
            each = [one["held"] for one in inner]
            found.append({"match": item["match"], "items": inner, "held": all(each) if item["match"] == "all" else any(each) or not each})
        else:
            found.append({**item, "label": str(known[item["field"]].label), "held": held[tuple(here)]})
    return found


def _clause(group: Stored, now: datetime, person_id: int | None, known: Mapping[str, Field]) -> ColumnElement[bool]:
    inner = [
        _clause(item, now, person_id, known) if "items" in item else _one(item, now, person_id, known) for item in group.get("items", [])
    ]
    return joined(group.get("match", "all"), inner)


def _one(item: Stored, now: datetime, person_id: int | None, known: Mapping[str, Field]) -> ColumnElement[bool]:
    field = known.get(item["field"])
    if field is None:
        raise NotValid(_("There is no field “%(field)s” (any more).", field=item["field"][:100]), field="conditions")
    op, value = item["op"], item.get("value")
    field.check_form(op, value)
    return field.clause(op, value, now, person_id)


def _leaves(group: Stored, path: list[int]) -> Iterator[tuple[list[int], Mapping[str, Any]]]:
    """The items that ask about a field, with their paths."""
    for place, item in enumerate(group.get("items", [])):
        if "items" in item:
            yield from _leaves(item, [*path, place])
        else:
            yield [*path, place], item


def _check_shape(stored: Any) -> None:
    if stored == {}:
        return
    _check_group(stored, level=1)
    if len(list(_leaves(stored, []))) > ITEMS:
        raise NotValid(_("At most %(most)d conditions.", most=ITEMS), field="conditions")


def _check_group(group: Any, *, level: int) -> None:
    if level > LEVELS:
        raise NotValid(_("Conditions go at most %(most)d levels deep.", most=LEVELS), field="conditions")
    good = isinstance(group, Mapping) and set(group) == {"match", "items"} and group["match"] in ("all", "any")
    if not good or not isinstance(group["items"], list) or len(group["items"]) > ITEMS:
        raise _shapeless()
    for item in group["items"]:
        if not isinstance(item, Mapping):
            raise _shapeless()
        if "items" in item:
            _check_group(item, level=level + 1)
        elif not (set(item) <= {"field", "op", "value"} and isinstance(item.get("field"), str) and isinstance(item.get("op"), str)):
            raise _shapeless()


def _shapeless() -> NotValid:
    text = _("These are no conditions: {“match”: “all” or “any”, “items”: […]}.")
    return NotValid(text, field="conditions")

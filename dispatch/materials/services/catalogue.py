"""Parts and places: settings, so every change is audited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import db, locked_row
from core.errors import Conflict, NotFound, NotValid
from core.i18n import LANGUAGES
from dispatch.materials import locking
from dispatch.materials.models import Part, PartAlternate, Place, StockBalance
from dispatch.materials.rules import KINDS, OUTSIDE
from staff.models import Branch, Person

OTHER_LANGUAGES = set(LANGUAGES) - {"en"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_PART = ("sku", "name", "names", "unit", "cost", "price", "currency", "supplier", "lead_days", "serial_tracked", "core_value", "active")
_PLACE = ("name", "kind", "branch_id", "person_id", "latitude", "longitude", "active")
OUTSIDE_NAMES = {
    "supplier": "Suppliers",
    "customer": "Customers",
    "transit": "In transit",
    "scrap": "Scrap",
    "adjustment": "Stock-taking differences",
    "returns": "To be returned to suppliers",
    "cores": "Old parts to be returned",
}


def create_part(
    *,
    sku: str,
    name: str,
    now: datetime,
    actor_id: int | None,
    unit: str = "pc",
    cost: int = 0,
    price: int = 0,
    currency: str = "EUR",
    supplier: str = "",
    lead_days: int = 0,
    serial_tracked: bool = False,
    core_value: int | None = None,
    names: Mapping[str, str] | None = None,
    alternates: Sequence[int] = (),
) -> Part:
    """A new part; cost, price and the deposit of a core in minor units; `alternates`: parts that may be used in its place, in order; `names`: what it
    is called in other languages. Raises NotValid naming the field."""
    part = Part(active=True)
    values = {"sku": sku, "name": name, "unit": unit, "cost": cost, "price": price, "currency": currency}
    _fill_part(
        part,
        values
        | {"supplier": supplier, "lead_days": lead_days, "serial_tracked": serial_tracked, "core_value": core_value, "names": names or {}},
    )
    db.session.add(part)
    db.session.flush()
    _set_alternates(part, alternates)
    audit.record(action="part.created", target=f"part:{part.id}", actor_id=actor_id, now=now, after=_part_facts(part))
    return part


def update_part(*, part_id: int, now: datetime, actor_id: int | None, **values: Any) -> Part:
    """Change some of sku, name, names, unit, cost, price, currency, supplier, lead_days, serial_tracked, core_value, alternates, active. What is
    promised stays. Raises NotFound, NotValid, Conflict (field serial_tracked while some is in stock)."""
    part = db.session.get(Part, part_id, with_for_update=True, populate_existing=True)
    if part is None:
        raise NotFound(_("There is no such part."))
    before = _part_facts(part)
    _fill_part(part, values)
    if "alternates" in values:
        _set_alternates(part, values["alternates"])
    db.session.flush()
    audit.record(action="part.changed", target=f"part:{part.id}", actor_id=actor_id, now=now, before=before, after=_part_facts(part))
    return part


def _names(given: Mapping[str, str]) -> dict[str, str]:
    """In languages of ours, the empty ones left out. Raises NotValid."""
    if not set(given) <= OTHER_LANGUAGES:
        raise NotValid(_("There is no such language."), field="names")
    return {language: name.strip()[:200] for language, name in sorted(given.items()) if name.strip()}


def _set_alternates(part: Part, alternate_ids: Sequence[int]) -> None:
    if len(set(alternate_ids)) != len(alternate_ids):
        raise NotValid(_("This part is named twice."), field="alternates")
    if part.id in alternate_ids:
        raise NotValid(_("A part does not replace itself."), field="alternates")
    if set(db.session.scalars(select(Part.id).where(Part.id.in_(alternate_ids)))) != set(alternate_ids):
        raise NotValid(_("There is no such part."), field="alternates")
    there = {row.alternate_id: row for row in part.alternates}
    rows = [there.get(alternate_id) or PartAlternate(alternate_id=alternate_id) for alternate_id in alternate_ids]
    for position, row in enumerate(rows):
        row.position = position
    part.alternates = rows
    db.session.flush()
    db.session.expire(part, ["alternates"])


def _part_facts(part: Part) -> dict[str, Any]:
    return _facts(part, _PART) | {"alternates": [row.alternate.sku for row in part.alternates]}


def _fill_part(part: Part, values: dict[str, Any]) -> None:
    with db.session.no_autoflush:
        if "sku" in values:
            sku = str(values["sku"]).strip()
            if not sku:
                raise NotValid(_("A part needs a number."), field="sku")
            if db.session.scalar(select(Part.id).where(Part.sku == sku, Part.id.is_distinct_from(part.id))):
                raise NotValid(_("There is a part with this number already."), field="sku")
            part.sku = sku[:60]
        if "currency" in values and not _CURRENCY.fullmatch(str(values["currency"])):
            raise NotValid(_("A currency has three capital letters, like EUR."), field="currency")
        for name in ("name", "unit"):
            if name in values and not str(values[name]).strip():
                raise NotValid(_("This may not be empty."), field=name)
        for name in ("cost", "price", "lead_days", "core_value"):
            if values.get(name) is not None and values[name] < 0:
                raise NotValid(_("This may not be less than nothing."), field=name)
        if "names" in values:
            part.names = _names(values["names"])
        if part.id is not None and values.get("serial_tracked", part.serial_tracked) != part.serial_tracked:
            _check_none_anywhere(part)
        for name in ("name", "unit", "cost", "price", "currency", "supplier", "lead_days", "serial_tracked", "core_value", "active"):
            if name in values:
                setattr(part, name, values[name].strip()[:200] if isinstance(values[name], str) else values[name])


def _check_none_anywhere(part: Part) -> None:
    """Pieces without a number cannot get one, nor lose it. Raises Conflict."""
    locking.lock_all([part.id])
    if db.session.scalar(select(exists().where(StockBalance.part_id == part.id, StockBalance.on_hand > 0))):
        text = _(
            "This can be changed only while nothing of it is in stock: move it to the stock-taking differences, then back with its numbers."
        )
        raise Conflict(text, field="serial_tracked", code="in_stock")


def create_place(
    *,
    name: str,
    kind: str,
    now: datetime,
    actor_id: int | None,
    branch_id: int | None = None,
    person_id: int | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Place:
    """A new place; a van may belong to a technician (one each). Raises NotValid naming the field."""
    if kind not in KINDS:
        raise NotValid(_("There is no such kind of place."), field="kind")
    place = Place(kind=kind, active=True)
    values = {"name": name, "branch_id": branch_id, "person_id": person_id, "latitude": latitude, "longitude": longitude}
    _fill_place(place, values)
    db.session.add(place)
    db.session.flush()
    audit.record(action="place.created", target=f"place:{place.id}", actor_id=actor_id, now=now, after=_facts(place, _PLACE))
    return place


def update_place(*, place_id: int, now: datetime, actor_id: int | None, **values: Any) -> Place:
    """Change some of name, branch_id, person_id, latitude, longitude, active; the kind stays. Raises NotFound, NotValid, Conflict."""
    place = locked_row(Place, place_id)
    if place is None:
        raise NotFound(_("There is no such place."))
    before = _facts(place, _PLACE)
    if values.get("active") is False and _has_stock(place.id):
        raise Conflict(_("There are parts at %(place)s. Move them first.", place=place.name), field="active", code="not_empty")
    _fill_place(place, values)
    db.session.flush()
    audit.record(action="place.changed", target=f"place:{place.id}", actor_id=actor_id, now=now, before=before, after=_facts(place, _PLACE))
    return place


def _has_stock(place_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(StockBalance.place_id == place_id, StockBalance.on_hand > 0))))


def _fill_place(place: Place, values: dict[str, Any]) -> None:
    with db.session.no_autoflush:
        if "name" in values:
            name = str(values["name"]).strip()[:100]
            if not name:
                raise NotValid(_("A place needs a name."), field="name")
            if db.session.scalar(select(Place.id).where(Place.name == name, Place.id.is_distinct_from(place.id))):
                raise NotValid(_("There is a place with this name already."), field="name")
            place.name = name
        if values.get("branch_id") is not None and db.session.get(Branch, values["branch_id"]) is None:
            raise NotValid(_("There is no such branch."), field="branch_id")
        if "person_id" in values:
            place.person = _owner(place, values["person_id"])
            place.person_id = values["person_id"]
        _check_coordinates(values)
        for name in ("branch_id", "latitude", "longitude", "active"):
            if name in values:
                setattr(place, name, values[name])


def _owner(place: Place, person_id: int | None) -> Person | None:
    if person_id is None:
        return None
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotValid(_("There is no such colleague."), field="person_id")
    if place.kind != "van":
        raise NotValid(_("Only a van belongs to somebody."), field="person_id")
    if db.session.scalar(select(Place.id).where(Place.person_id == person_id, Place.id.is_distinct_from(place.id))):
        raise NotValid(_("%(name)s has a van already.", name=person.name), field="person_id")
    return person


def _check_coordinates(values: dict[str, Any]) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        if values.get(name) is not None and not -most <= values[name] <= most:
            raise NotValid(_("This is no point on the earth."), field=name)


def outside_place(*, kind: str) -> Place:
    """The world's end of a move, or where returns lie, or the shelf of cores: the first active place of this kind, made when there is none."""
    assert kind in (*OUTSIDE, "returns", "cores")
    query = select(Place).where(Place.kind == kind, Place.van_id.is_(None), Place.active).order_by(Place.id).limit(1)
    found = db.session.scalar(query)
    if found is None:
        row = insert(Place).values(name=OUTSIDE_NAMES[kind], kind=kind, active=True)
        db.session.execute(row.on_conflict_do_nothing(index_elements=["name"]))
        found = db.session.scalars(query).one()
    return found


def _facts(row: Part | Place, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}

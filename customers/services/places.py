"""Sites, and the equipment that stands there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotValid
from core.phones import COUNTRIES
from customers import rules
from customers.models import Equipment, Site
from customers.services import changes as common
from staff.models import Branch
from staff.queries import home_country, person_of_user

SITE = (*rules.SITE_TEXT, "country", "time_zone", "latitude", "longitude")
EQUIPMENT = (*rules.EQUIPMENT_TEXT, "site_id", "installed_on", "warranty_until", "retired_on", "notes")
ZONES = frozenset(available_timezones())


def add_site(*, customer_id: int, values: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Site:
    """A place of theirs. `values` holds columns of SITE; country and zone default to those of the actor's branch. Raises NotFound, NotValid."""
    common.known(values, SITE)
    common.locked(customer_id)
    site = new_site(values, actor_id=actor_id)
    site.customer_id = customer_id
    db.session.add(site)
    common.changed(customer_id, what="site", now=now, actor_id=actor_id)
    return site


def new_site(values: Mapping[str, Any], *, actor_id: int | None) -> Site:
    """A checked row, not yet added. Raises NotValid when it has neither a name, a street nor a city."""
    country = str(values.get("country") or home_country(actor_id))
    given = {key: value for key, value in values.items() if value is not None}
    zone = given.get("time_zone") or zone_of(country, actor_id)
    empty = dict.fromkeys(rules.SITE_TEXT, "")
    checked = _checked_site(empty | {"latitude": None, "longitude": None} | given | {"country": country, "time_zone": zone})
    _somewhere(checked)
    return Site(**checked)


def update_site(*, site_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Site:
    """Change columns of SITE. Raises NotFound, NotValid."""
    common.known(changes, SITE)
    site = common.part(Site, site_id)
    values = _checked_site(changes)
    _somewhere({key: getattr(site, key) for key in SITE} | values)
    if common.set_values(site, values):
        common.changed(site.customer_id, what="site", now=now, actor_id=actor_id)
    return site


def remove_site(*, site_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Raises NotFound; Conflict while equipment stands there or a ticket names it."""
    site = common.part(Site, site_id)
    customer_id = site.customer_id
    common.delete(site)
    common.changed(customer_id, what="site", now=now, actor_id=actor_id)


def add_equipment(*, customer_id: int, values: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Equipment:
    """A thing of theirs. `values` holds columns of EQUIPMENT, at least kind. Raises NotFound, NotValid."""
    common.known(values, EQUIPMENT)
    common.locked(customer_id)
    thing = new_equipment(values)
    _at_their_site(thing.site_id, customer_id)
    thing.customer_id = customer_id
    db.session.add(thing)
    common.changed(customer_id, what="equipment", now=now, actor_id=actor_id)
    return thing


def new_equipment(values: Mapping[str, Any]) -> Equipment:
    """A checked row, not yet added. Raises NotValid."""
    empty: dict[str, Any] = {"maker": "", "model": "", "serial": "", "notes": "", "site_id": None}
    days: dict[str, date | None] = {"installed_on": None, "warranty_until": None, "retired_on": None}
    return Equipment(**_checked_equipment({"kind": ""} | empty | days | dict(values)))


def update_equipment(*, equipment_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Equipment:
    """Change columns of EQUIPMENT; `retired_on` takes it out of use. Raises NotFound, NotValid."""
    common.known(changes, EQUIPMENT)
    thing = common.part(Equipment, equipment_id)
    days = {key: getattr(thing, key) for key in ("installed_on", "warranty_until", "retired_on")}
    values = {key: value for key, value in _checked_equipment(days | dict(changes)).items() if key in changes}
    if "site_id" in values:
        _at_their_site(values["site_id"], thing.customer_id)
    if common.set_values(thing, values):
        common.changed(thing.customer_id, what="equipment", now=now, actor_id=actor_id)
    return thing


def remove_equipment(*, equipment_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Raises NotFound; Conflict while a ticket, visit or contract names it (retire it then)."""
    thing = common.part(Equipment, equipment_id)
    customer_id = thing.customer_id
    common.delete(thing)
    common.changed(customer_id, what="equipment", now=now, actor_id=actor_id)


def _checked_site(changes: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    for key in rules.SITE_TEXT:
        if key in values:
            values[key] = rules.text(values[key], field=key) if key == "access" else rules.line(values[key], field=key)
    if "country" in values:
        values["country"] = values["country"].strip().upper()
        if values["country"] not in COUNTRIES:
            raise NotValid(_("Write the country's two letters, like DE."), field="country")
    if "time_zone" in values and values["time_zone"] not in ZONES:
        raise NotValid(_("There is no such time zone. Write one like Europe/Berlin."), field="time_zone")
    for key, most in (("latitude", 90), ("longitude", 180)):
        if values.get(key) is not None and not -most <= values[key] <= most:
            raise NotValid(_("This is not a place on earth."), field=key)
    return values


def _somewhere(values: Mapping[str, Any]) -> None:
    if not any(values[key] for key in ("name", "street", "city")):
        raise NotValid(_("Write at least a street or a city."), field="street")


def _checked_equipment(changes: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    for key in rules.EQUIPMENT_TEXT:
        if key in values:
            values[key] = rules.line(values[key], field=key, needed=key == "kind")
    if "notes" in values:
        values["notes"] = rules.text(values["notes"], field="notes")
    rules.days_in_order(values.get("installed_on"), values.get("warranty_until"), field="warranty_until")
    rules.days_in_order(values.get("installed_on"), values.get("retired_on"), field="retired_on")
    return values


def _at_their_site(site_id: int | None, customer_id: int) -> None:
    if site_id is not None and db.session.scalar(select(Site.customer_id).where(Site.id == site_id)) != customer_id:
        raise NotValid(_("This site belongs to another customer."), field="site_id")


def zone_of(country: str, actor_id: int | None) -> str:
    """The zone of the actor's branch when it lies in this country, else of our first branch there, else of our first."""
    person = person_of_user(actor_id) if actor_id is not None else None
    if person is not None and person.branch.country == country:
        return person.branch.time_zone
    nearest = select(Branch.time_zone).order_by((Branch.country == country).desc(), Branch.id).limit(1)
    return db.session.scalar(nearest) or "UTC"

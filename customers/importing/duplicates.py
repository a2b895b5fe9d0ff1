"""Customers we have already who look like a line of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, tuple_

from core.db import db
from customers.importing.reading import Reading
from customers.models import ContactPoint, Customer, Equipment, Site

MOST_NAMED = 5


def likes(readings: Sequence[Reading]) -> list[list[dict[str, Any]]]:
    """For every line the customers it may be: [{"id", "name", "why"}], why being phone, email, serial or name. Three queries for all lines."""
    by_contact, by_serial, by_name = _contacts(readings), _serials(readings), _names(readings)
    names = _customer_names({number for found in (by_contact, by_serial, by_name) for ids in found.values() for number in ids})
    result = []
    for reading in readings:
        why: dict[int, str] = {}
        for contact in reading.contacts:
            for number in by_contact[(contact.kind, contact.value.split(";")[0])]:
                why.setdefault(number, contact.kind)
        for number in by_serial[reading.equipment.get("serial", "").lower()]:
            why.setdefault(number, "serial")
        for number in by_name[_place_key(reading)]:
            why.setdefault(number, "name")
        result.append([{"id": number, "name": names[number], "why": reason} for number, reason in why.items()][:MOST_NAMED])
    return result


def _contacts(readings: Sequence[Reading]) -> dict[tuple[str, str], list[int]]:
    wanted = {(contact.kind, contact.value.split(";")[0]) for reading in readings for contact in reading.contacts}
    query = (
        select(ContactPoint.kind, ContactPoint.value, ContactPoint.customer_id)
        .join(Customer)
        .where(tuple_(ContactPoint.kind, ContactPoint.value).in_(wanted), Customer.archived_at.is_(None))
        .order_by(ContactPoint.customer_id)
    )
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, value, number in db.session.execute(query) if wanted else ():
        found[(kind, value)].append(number)
    return found


def _serials(readings: Sequence[Reading]) -> dict[str, list[int]]:
    wanted = {reading.equipment["serial"].lower() for reading in readings if len(reading.equipment.get("serial", "")) > 3}
    query = (
        select(func.lower(Equipment.serial), Equipment.customer_id)
        .join(Customer)
        .where(func.lower(Equipment.serial).in_(wanted), Customer.archived_at.is_(None))
    )
    found: dict[str, list[int]] = defaultdict(list)
    for serial, number in db.session.execute(query) if wanted else ():
        found[serial].append(number)
    return found


def _place_key(reading: Reading) -> tuple[str, str, str]:
    return (reading.name.lower(), reading.site.get("postal_code", "").lower(), reading.site.get("street", "").lower())


def _names(readings: Sequence[Reading]) -> dict[tuple[str, str, str], list[int]]:
    """The same name at the same place; a line that says neither place nor number meets everybody of its name."""
    wanted = {reading.name.lower() for reading in readings if reading.name}
    query = (
        select(Customer.id, Customer.sort_name, func.lower(Site.postal_code), func.lower(Site.street))
        .outerjoin(Site, Site.customer_id == Customer.id)
        .where(Customer.sort_name.in_(wanted), Customer.archived_at.is_(None))
        .order_by(Customer.id)
    )
    bare = {reading.name.lower() for reading in readings if not reading.site and not reading.contacts}
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, name, postal_code, street in db.session.execute(query) if wanted else ():
        if street:
            found[(name, postal_code, street)].append(number)
        if name in bare and number not in found[(name, "", "")]:
            found[(name, "", "")].append(number)
    return found


def _customer_names(ids: set[int]) -> dict[int, str]:
    query = select(Customer.id, Customer.name).where(Customer.id.in_(ids))
    return dict(db.session.execute(query).tuples().all()) if ids else {}

"""What there is to choose from where it stands in the database: queues, people, customers, equipment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, select

from core.db import db
from customers import queries as customer_queries
from customers.models import Customer, Equipment
from staff import queries as staff
from tickets import queries
from tickets.conditions.fields import Option

SHOWN = 20


def queues() -> list[Option]:
    """All, also those out of use: their tickets are still there."""
    return [Option(value=queue.id, label=queue.name) for queue in queries.queues()]


def people() -> list[Option]:
    """All, also those who left: tickets still name them."""
    return [Option(value=person.id, label=person.name) for person in staff.people(active_only=False)]


def customers(text: str, values: Collection[Any]) -> list[Option]:
    """By name, number, address; or those with these ids."""
    if values:
        rows = list(db.session.scalars(select(Customer).where(Customer.id.in_(list(values))).order_by(Customer.id)))
    else:
        rows = customer_queries.found(text, limit=SHOWN) if text.strip() else customer_queries.customers_page(after=None, limit=SHOWN)[0]
    return [Option(value=row.id, label=row.name) for row in rows]


def equipment(text: str, values: Collection[Any]) -> list[Option]:
    """By serial or model; or those with these ids."""
    query = select(Equipment)
    if values:
        query = query.where(Equipment.id.in_(list(values)))
    else:
        query = query.where(or_(Equipment.serial.icontains(text, autoescape=True), Equipment.model.icontains(text, autoescape=True)))
    rows = db.session.scalars(query.order_by(Equipment.id).limit(max(SHOWN, len(values))))
    return [Option(value=row.id, label=" · ".join(part for part in (row.label, row.serial) if part)) for row in rows]

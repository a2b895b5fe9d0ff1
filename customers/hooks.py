"""What other programs are told of customers (`core.webhooks.hooks`). No notes, no unmasked numbers and addresses."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from core.db import db
from core.webhooks.hooks import HOOKS, Hook, masked
from customers.events import CustomerChanged, CustomerCreated
from customers.models import Customer


def named(customer: Customer | None) -> dict[str, Any] | None:
    """A customer as others name them."""
    return {"id": customer.id, "name": customer.name, "tier": customer.tier} if customer is not None else None


def customer(customer_id: int) -> dict[str, Any]:
    """The customer as they are now; only the id with `removed` when an undone import took them away."""
    row = db.session.get(Customer, customer_id)
    if row is None:
        return {"id": customer_id, "removed": True}
    plain = ("id", "kind", "name", "language", "tier", "organisation_id", "version", "created_at", "updated_at", "archived_at")
    contacts = [{"kind": point.kind, "label": point.label, "value": masked(point.value)} for point in row.contact_points]
    return {key: getattr(row, key) for key in plain} | {"contact_points": contacts}


def created(data: dict[str, Any]) -> dict[str, Any]:
    return {"customer": customer(data["customer_id"])}


def changed(data: dict[str, Any]) -> dict[str, Any]:
    """With what changed: their own fields, a contact, a site, equipment, a contract, a consent."""
    return {"customer": customer(data["customer_id"]), "what": data["what"]}


def declare() -> None:
    """Fill the slot."""
    HOOKS.fill("customer.created", lambda: Hook(CustomerCreated, _("A customer was added"), created), weight=60)
    HOOKS.fill("customer.changed", lambda: Hook(CustomerChanged, _("A customer was changed"), changed), weight=61)

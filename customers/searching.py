"""Customers in the search at the top of every page."""

from __future__ import annotations

from core.auth.security import may
from core.search_api import Found
from customers import queries
from customers.models import Customer


def find(text: str, limit: int) -> list[Found] | None:
    """By name, number (also its last four digits), address, email and serial; the newest change first."""
    if not may("customers.read"):
        return None
    typed = text.strip().casefold()
    return [
        Found(
            kind="customer",
            title=row.name,
            text=_text(row),
            address=f"/customers/{row.id}",
            icon="building" if row.kind == "organisation" else "user",
            at=row.updated_at,
            exact=row.name.casefold() == typed,
        )
        for row in queries.found(text, limit=limit)
    ]


def _text(row: Customer) -> str:
    """The first number or address, and where they are."""
    point = next((point.value for point in row.contact_points), "")
    city = next((site.city for site in row.sites if site.city), "")
    return " · ".join(part for part in (city, point) if part)

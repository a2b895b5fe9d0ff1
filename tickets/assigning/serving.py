"""What other doors ask about a customer's service flow."""

from __future__ import annotations

from datetime import datetime

from customers.models import Customer
from staff.queries import presences
from tickets.assigning import deciding, queries


def rings_first(customer: Customer | None, now: datetime) -> int | None:
    """Whose phone is to ring first when this customer calls: their representative's, or who stands in, when that person is ready. None: whoever
    serves the queue."""
    if customer is None or not deciding.is_represented(customer, queries.settings()):
        return None
    found = deciding.representative_of(customer.representative_id, customer.deputy_id, now=now, skipped=[])
    if found is None:
        return None
    person_id = int(found["person_id"])
    current = presences([person_id]).get(person_id)
    return person_id if current is not None and current.state == "ready" else None

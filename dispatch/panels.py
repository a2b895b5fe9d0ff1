"""What dispatch shows on the pages of the packages below."""

from __future__ import annotations

from typing import Any

from core.jsonable import jsonable
from dispatch import presenters
from dispatch.visits import queries
from tickets.models import Ticket

NAME = "visits"


def ticket_panel(ticket: Ticket) -> tuple[str, Any] | None:
    """The ticket's visits, the newest plan first, with readiness and who is on the way."""
    visits = queries.visits_of_ticket(ticket.id)
    return (NAME, jsonable({"visits": presenters.visit_lines(visits)})) if visits else None

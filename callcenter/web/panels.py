"""Panels of the customer's page that calls and visits fill."""

from __future__ import annotations

from typing import Any

from dispatch.promises import queries as promises
from dispatch.promises.settings import settings
from dispatch.visits import queries as visits
from dispatch.visits.models import Visit
from tickets.models import Ticket


def visits_panel(ticket: Ticket) -> tuple[str, str, dict[str, Any]] | None:
    """When somebody comes: the window that was promised, never the plan behind it."""
    coming = [visit for visit in visits.open_visits(ticket.id) if visit.status != "proposed"]
    if not coming:
        return None
    named = settings().names_shown
    rows = [
        {
            "number": visit.number,
            "status": visit.status,
            "work": visit.job_type.name,
            "from": visit.promised_from.isoformat(),
            "until": visit.promised_until.isoformat(),
            "technician": visits.names_of(visit) if named else None,
            "several": len(visits.crew_of(visit)) > 1,
            "expected": _expected(visit),
        }
        for visit in coming
    ]
    return "visits", "web/panel_visits.html", {"visits": rows}


def _expected(visit: Visit) -> str | None:
    """About when they were told, on the way or because of a delay, that somebody is there."""
    told = promises.told_time(visit.id) if visit.status in ("booked", "on_the_way") else None
    return told.estimated_at.isoformat() if told is not None else None

"""The live topic `notices`: what a user is to be told of, on every page they have open, until they have seen it: escalations, and what rules and
reminders say (`tickets.notices`). Who may not read tickets is told only what is about none, as what became of their leave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import live
from core.live import Argument, Topic, Viewer
from tickets.notices import services as notices
from tickets.sla import escalating

STAFF = "staff"
WITHOUT_TICKETS = "without_tickets"
AUDIENCES = (STAFF, WITHOUT_TICKETS)
MOST = 20


def register() -> None:
    """Make the topic known."""
    live.register(Topic(name="notices", audiences=AUDIENCES, audience_of=_audience, rows=_rows, boundary=_boundary, argument=Argument.OWN))


def _audience(viewer: Viewer, argument: str) -> str | None:
    if viewer.subject != argument or not viewer.may("account.use"):
        return None
    return STAFF if viewer.may("tickets.read") else WITHOUT_TICKETS


def _rows(argument: str, audience: str) -> dict[str, Any]:
    """Keys: ids of escalations' notices, `notice-<id>` of all others; the newest 20 of each."""
    tickets = audience == STAFF
    escalations = escalating.unseen(int(argument), MOST) if tickets else []
    found = {str(row["id"]): {"source": "escalation", **row} for row in escalations}
    personal = notices.unseen(int(argument), MOST, tickets=tickets)
    return found | {notices.key_of(row["id"]): {"source": "notice", **row} for row in personal}


def _boundary(argument: str, audience: str, count: int) -> Iterable[str]:
    first = max(0, MOST - count)
    many = MOST + count - first
    tickets = audience == STAFF
    escalations = [str(row["id"]) for row in escalating.unseen(int(argument), many, first)] if tickets else []
    return escalations + [notices.key_of(row["id"]) for row in notices.unseen(int(argument), many, first, tickets=tickets)]

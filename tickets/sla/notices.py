"""The live topic `notices`: what a user is to be told of, on every page they have open, until they have seen it: escalations, and what rules and
reminders say (`tickets.notices`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import live
from core.live import Argument, Topic, Viewer
from tickets.notices import services as notices
from tickets.sla import escalating

STAFF = "staff"
MOST = 20


def register() -> None:
    """Make the topic known."""
    live.register(Topic(name="notices", audiences=(STAFF,), audience_of=_audience, rows=_rows, boundary=_boundary, argument=Argument.OWN))


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if viewer.subject == argument and viewer.may("tickets.read") else None


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: ids of escalations' notices, `notice-<id>` of all others; the newest 20 of each."""
    escalations = {str(row["id"]): {"source": "escalation", **row} for row in escalating.unseen(int(argument), MOST)}
    return escalations | {notices.key_of(row["id"]): {"source": "notice", **row} for row in notices.unseen(int(argument), MOST)}


def _boundary(argument: str, _audience: str, count: int) -> Iterable[str]:
    first = max(0, MOST - count)
    many = MOST + count - first
    escalations = [str(row["id"]) for row in escalating.unseen(int(argument), many, first)]
    return escalations + [notices.key_of(row["id"]) for row in notices.unseen(int(argument), many, first)]

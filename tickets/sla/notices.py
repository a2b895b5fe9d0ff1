"""The live topic `notices`: the escalations that a user is to be told of, on every page they have open, until they have seen them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import live
from core.live import Argument, Topic, Viewer
from tickets.sla import escalating

STAFF = "staff"
MOST = 20


def register() -> None:
    """Make the topic known."""
    live.register(Topic(name="notices", audiences=(STAFF,), audience_of=_audience, rows=_rows, boundary=_boundary, argument=Argument.OWN))


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if viewer.subject == argument and viewer.may("tickets.read") else None


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: ids of notices, the newest 20."""
    return {str(row["id"]): row for row in escalating.unseen(int(argument), MOST)}


def _boundary(argument: str, _audience: str, count: int) -> Iterable[str]:
    first = max(0, MOST - count)
    return [str(row["id"]) for row in escalating.unseen(int(argument), MOST + count - first, first)]

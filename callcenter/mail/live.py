"""The live topic `mail`: how much waits, and that something came or changed. The list asks for its own page then."""

from __future__ import annotations

from typing import Any

from callcenter.mail import queries
from core import live
from core.live import Topic, Viewer

STAFF = "staff"
MAIL = "mail"


def register() -> None:
    """Make the topic known."""
    live.register(Topic(name=MAIL, audiences=(STAFF,), audience_of=_audience, rows=lambda _argument, _audience: {}, tiles=_tiles))


def touch_list() -> None:
    """A message was read, changed or went. What is only kept yet is not told: it is read in a moment, and told then."""
    live.touch(MAIL, tiles=True)


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if not argument and viewer.may("mail.read") else None


def _tiles(_argument: str, _audience: str) -> dict[str, Any]:
    """Counts of `queries.counts` and the newest ids."""
    return {**queries.counts(), **queries.newest()}

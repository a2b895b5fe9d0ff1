"""The live topic `rota`: whose line of the rota may look different. A row says only who it is; the page asks again for the dates it shows."""

from __future__ import annotations

from typing import Any

from core import events, live
from core.live import Topic, Viewer
from staff import queries
from staff.events import PersonChanged

STAFF = "staff"
ROTA = "rota"


def register() -> None:
    """Make the topic known, and keep it true."""
    live.register(Topic(name=ROTA, audiences=(STAFF,), audience_of=_audience, rows=_rows))
    events.subscribe(PersonChanged, _on_person)


def _audience(viewer: Viewer, _argument: str) -> str | None:
    return STAFF if viewer.may("staff.read") else None


def _rows(_argument: str, _audience: str) -> dict[str, Any]:
    """Keys are ids of persons."""
    return {str(person.id): {"id": person.id, "name": person.name} for person in queries.people()}


def _on_person(event: PersonChanged) -> None:
    live.touch(ROTA, event.person_id)

"""The topic `agents`: who takes calls and what each is doing, for transfers. Keys are ids of people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core import events, live
from core.live import Topic, Viewer
from staff import queries as staff
from staff.events import PersonChanged, PersonLeaving, PresenceChanged
from staff.models import Person
from staff.presenters import presence
from staff.rules import AGENT_KINDS

STAFF = "staff"
MOST = 300


def _audience(viewer: Viewer, _argument: str) -> str | None:
    return STAFF if viewer.may("calls.read") else None


def _rows(_argument: str, _audience: str) -> dict[str, Any]:
    """The first 300 by name: {id, name, team, state, reason, since}."""
    return _lines(staff.people(kinds=AGENT_KINDS)[:MOST])


def _lines(people: Iterable[Person]) -> dict[str, Any]:
    found = list(people)
    present = staff.presences([person.id for person in found])
    return {
        str(person.id): {"id": person.id, "name": person.name, "branch": person.branch.name, **presence(present.get(person.id))}
        for person in found
    }


def _on_person(event: PresenceChanged | PersonChanged | PersonLeaving) -> None:
    live.touch("agents", event.person_id)


def register() -> None:
    """Make the topic known and listen to what changes it."""
    live.register(Topic(name="agents", audiences=(STAFF,), audience_of=_audience, rows=_rows))
    for kind in (PresenceChanged, PersonChanged, PersonLeaving):
        events.subscribe(kind, _on_person)

"""The live topic `work`: what a user has to do, on every page they have open: their tasks, those of the queues they serve, their timer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core import clock, live
from core.live import Argument, Topic, Viewer
from staff import queries as staff
from staff.models import Person
from tickets.tasks import queries
from tickets.worklog import queries as worklog

STAFF = "staff"
MOST = 100  # of each of both lists


def register() -> None:
    """Make the topic known."""
    live.register(
        Topic(
            name="work",
            audiences=(STAFF,),
            audience_of=_audience,
            rows=_rows,
            render=_render,
            boundary=_boundary,
            argument=Argument.OWN,
        )
    )


def panel(ticket_id: int) -> tuple[str, Any] | None:
    """A ticket's tasks for its page: the open ones, then those done; at most 50 of each."""
    tasks = queries.of_ticket(ticket_id, limit=50)
    return ("tasks", {"tasks": tasks}) if tasks else None


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if viewer.subject == argument and viewer.may("tickets.read") else None


def _lists(person: Person, *, start: int, limit: int) -> list[dict[str, Any]]:
    today = clock.now().date()
    return [*queries.mine(person, limit=limit, start=start), *queries.of_queues(person, on=today, limit=limit, start=start)]


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: `task:<id>`, of each list the 100 that are due first; `timer` while one runs."""
    person = staff.person_of_user(int(argument))
    if person is None:
        return {}
    rows: dict[str, Any] = {f"task:{task['id']}": task for task in _lists(person, start=0, limit=MOST)}
    timer = worklog.timer(person.id)
    return rows | ({"timer": timer} if timer is not None else {})


def _render(argument: str, audience: str, keys: frozenset[str]) -> Mapping[str, Any]:
    return {key: row for key, row in _rows(argument, audience).items() if key in keys}


def _boundary(argument: str, _audience: str, count: int) -> Iterable[str]:
    person = staff.person_of_user(int(argument))
    first = max(0, MOST - count)
    return [f"task:{task['id']}" for task in _lists(person, start=first, limit=MOST + count - first)] if person is not None else []

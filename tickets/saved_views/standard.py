"""The views that everybody has and nobody can remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from staff.models import Person
from tickets.saved_views.columns import USUAL
from tickets.serving import queues_of


@dataclass(frozen=True, kw_only=True)
class StandardView:
    """`items`: its conditions, all of which must hold, for the person who looks (None: an account that is nobody's colleague). `counted`: how many it
    has is told exactly, else up to 1,000."""

    key: str
    name: Any
    items: Callable[[Person | None, date], list[dict[str, Any]]]
    sort: str = "due"
    counted: bool = True
    columns: tuple[str, ...] = USUAL

    def conditions(self, person: Person | None, today: date) -> dict[str, Any]:
        return {"match": "all", "items": self.items(person, today)}


_OPEN = {"field": "open", "op": "is", "value": True}


def _always(*items: dict[str, Any]) -> Callable[[Person | None, date], list[dict[str, Any]]]:
    return lambda _person, _today: list(items)


def _my_queues(person: Person | None, today: date) -> list[dict[str, Any]]:
    ids = [queue.id for queue in queues_of(person, on=today)]
    return [_OPEN, {"field": "queue", "op": "is", "value": ids} if ids else {"match": "any", "items": []}]


_RECENTLY = {"count": 7, "unit": "days"}
_CLOSED = {
    "match": "any",
    "items": [{"field": "resolved", "op": "last", "value": _RECENTLY}, {"field": "closed", "op": "last", "value": _RECENTLY}],
}
STANDARD = (
    StandardView(key="open", name=_("All open"), items=_always(_OPEN)),
    StandardView(key="mine", name=_("Mine"), items=_always(_OPEN, {"field": "assignee", "op": "is", "value": ["me"]})),
    StandardView(key="unassigned", name=_("Nobody's"), items=_always(_OPEN, {"field": "assignee", "op": "empty"})),
    StandardView(key="my_queues", name=_("My queues"), items=_my_queues),
    StandardView(key="unanswered", name=_("Unanswered"), items=_always(_OPEN, {"field": "unanswered", "op": "is", "value": True})),
    StandardView(key="due_today", name=_("Due today"), items=_always(_OPEN, {"field": "due", "op": "on", "value": "today"})),
    StandardView(key="breached", name=_("Over their time"), items=_always(_OPEN, {"field": "clock", "op": "is", "value": ["breached"]})),
    StandardView(key="waiting", name=_("Waiting"), items=_always(_OPEN, {"field": "status", "op": "is", "value": ["waiting"]})),
    StandardView(
        key="closed",
        name=_("Recently closed"),
        items=_always({"field": "open", "op": "is", "value": False}, _CLOSED),
        sort="updated",
        counted=False,
        columns=("number", "subject", "customer", "status", "priority", "queue", "assignee", "resolved", "updated"),
    ),
    StandardView(key="all", name=_("All tickets"), items=_always(), sort="updated", counted=False),
)
BY_KEY = {view.key: view for view in STANDARD}

"""Promises follow what happens to visits, in the same transaction."""

from __future__ import annotations

from core import events
from dispatch.events import VisitBooked, VisitChanged
from dispatch.promises import keeping
from dispatch.promises.rules import Kind
from dispatch.visits.queries import visit as known_visit

_PLANNED = ("moved", "shifted", "promised")
_ARRIVED = ("on_site", "done", "needs_part", "no_access", "noted")
_TOLD = ("told", "promised")  # `told`: of a delay, or that it is not to be told
HANDLED = (*_PLANNED, *_ARRIVED, *_TOLD, "cancelled", "on_the_way")
# Nothing else is promised by these.
IGNORED = ("held", "lapsed", "locked", "parts", "coverage", "travel", "forecast")


def subscribe() -> None:
    """Take up all subscriptions."""
    events.subscribe(VisitBooked, on_booked)
    events.subscribe(VisitChanged, on_changed)


def on_booked(event: VisitBooked) -> None:
    visit = known_visit(event.visit_id)
    keeping.tell_window(visit, Kind.BOOKED, channel=event.channel, now=event.at, actor_id=event.actor_id)


def on_changed(event: VisitChanged) -> None:
    """`shifted` stays within the window, `moved` may leave it, `promised` is another window at the same planned time."""
    if event.what in _PLANNED:
        keeping.follow_plan(known_visit(event.visit_id), channel=event.channel, now=event.at, actor_id=event.actor_id)
    elif event.what == "cancelled":
        keeping.call_off(known_visit(event.visit_id), by_customer=event.channel == "portal", now=event.at)
    elif event.what == "on_the_way":
        keeping.tell_arrival(known_visit(event.visit_id), now=event.at, actor_id=event.actor_id)
    elif event.what in _ARRIVED:
        keeping.judge(known_visit(event.visit_id), now=event.at)
    if event.what in _TOLD:
        keeping.tell_delay(known_visit(event.visit_id), now=event.at, actor_id=event.actor_id)

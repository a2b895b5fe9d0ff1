"""What a promise is, and whether it was kept. Pure.

Kept: work began (the technician reported "arrived") within the window that was told, its first and its last moment included. A time that was told, on
the way or because of a delay, has a window of its own, a quarter of an hour to both sides.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

ABOUT = timedelta(minutes=15)  # "about 14:20": so much earlier or later is still that


class Kind(StrEnum):
    BOOKED = "booked"  # a window
    CHANGED = "changed"  # another window in its place
    ARRIVAL = "arrival"  # when the technician set out: about when they will be there
    DELAY = "delay"  # a visit is late: about when somebody will be there


class Outcome(StrEnum):
    """What became of it. Only the first three were measured, and count."""

    KEPT = "kept"
    EARLY = "early"
    LATE = "late"
    NO_ACCESS = "no_access"  # nobody was there, or let the technician in
    CANCELLED = "cancelled"  # by us
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    REPLACED = "replaced"  # by another window or time
    UNKNOWN = "unknown"  # nobody reported the arrival


WINDOWS = (Kind.BOOKED, Kind.CHANGED)
GROUPS: dict[str, tuple[Kind, ...]] = {"windows": WINDOWS, "arrivals": (Kind.ARRIVAL,), "delays": (Kind.DELAY,)}  # as they are counted
MEASURED = (Outcome.KEPT, Outcome.EARLY, Outcome.LATE)
TAKEN_BACK = (Outcome.CANCELLED, Outcome.CANCELLED_BY_CUSTOMER, Outcome.REPLACED)


def outcome(since: datetime, until: datetime, arrived_at: datetime) -> Outcome:
    """Whether an arrival kept a window."""
    if arrived_at < since:
        return Outcome.EARLY
    return Outcome.KEPT if arrived_at <= until else Outcome.LATE


def area(postal_code: str, city: str) -> str:
    """The part of the country that an address is in: the first two characters of its postal code, else its city; "" for none."""
    return postal_code.strip()[:2].upper() or city.strip()


KIND_WORDS: dict[Kind, Any] = {
    Kind.BOOKED: _("Window booked"),
    Kind.CHANGED: _("Window changed"),
    Kind.ARRIVAL: _("Arrival told on the way"),
    Kind.DELAY: _("Time told because of a delay"),
}
OUTCOME_WORDS: dict[Outcome, Any] = {
    Outcome.KEPT: _("kept"),
    Outcome.EARLY: _("too early"),
    Outcome.LATE: _("late"),
    Outcome.NO_ACCESS: _("no access"),
    Outcome.CANCELLED: _("called off by us"),
    Outcome.CANCELLED_BY_CUSTOMER: _("called off by the customer"),
    Outcome.REPLACED: _("replaced by another promise"),
    Outcome.UNKNOWN: _("arrival not reported"),
}
CHANNEL_WORDS: dict[str, Any] = {"staff": _("by us"), "portal": _("by the customer, on their page"), "field": _("by the technician")}

"""Leave, without a database: its kinds, which state follows which, and where it lies in real time."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _

from staff.rules import Window, instant, wall_time

KINDS = {
    "vacation": _("Vacation"),
    "illness": _("Illness"),
    "training": _("Training"),
    "special": _("Special leave"),
    "other": _("Other leave"),
}
STATES = ("requested", "approved", "refused", "cancelled")
# From which state which may follow.
MOVES: dict[str, frozenset[str]] = {
    "requested": frozenset({"approved", "refused", "cancelled"}),
    "approved": frozenset({"cancelled"}),
    "refused": frozenset(),
    "cancelled": frozenset(),
}
STATE_WORDS = {"requested": _("asked for"), "approved": _("approved"), "refused": _("refused"), "cancelled": _("cancelled")}
LONGEST = timedelta(days=366)


def window(*, first_day: date, last_day: date, starts: str | None, ends: str | None, zone: ZoneInfo) -> Window:
    """From the first day's midnight, or `starts` on it, to the last day's end, or `ends` on it. Raises NotValid for a time that is none."""
    start = instant(first_day, wall_time(starts) if starts else time(), zone)
    if ends:
        return Window(start, instant(last_day, wall_time(ends, field="ends"), zone))
    return Window(start, instant(last_day + timedelta(days=1), time(), zone))

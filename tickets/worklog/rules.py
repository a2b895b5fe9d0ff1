"""What may be written down as work, and how times that lie in each other are added up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from flask_babel import lazy_gettext as _

from core.errors import NotAllowed, NotValid

ACTIVITIES = ("work", "call", "mail", "remote", "research", "coordination", "administration", "training", "other")
ACTIVITY_WORDS = {
    "work": _("Work on the ticket"),
    "call": _("Call"),
    "mail": _("Correspondence"),
    "remote": _("Remote help"),
    "research": _("Research"),
    "coordination": _("Coordination"),
    "administration": _("Administration"),
    "training": _("Training"),
    "other": _("Other"),
}
COUNTED_WORDS = {"call": _("Call"), "wrap_up": _("Wrap-up")}
DAY_MINUTES = 24 * 60
OWN_DAYS = 7  # so long one's own entries can be corrected
LONGEST_NOTE = 1000
# A timer that ran longer was forgotten: nobody is asked to believe it.
FORGOTTEN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Counted:
    """Work that is known without anybody writing it down. `kind`: call or wrap_up."""

    person_id: int
    ticket_id: int | None
    kind: str
    started_at: datetime
    ended_at: datetime


def check_activity(activity: str) -> str:
    """Raises NotValid for an unknown one."""
    if activity not in ACTIVITIES:
        raise NotValid(_("There is no such activity."), field="activity")
    return activity


def check_minutes(minutes: int) -> int:
    """Raises NotValid for nothing and for more than a day."""
    if not 1 <= minutes <= DAY_MINUTES:
        raise NotValid(_("From 1 minute to 24 hours."), field="minutes")
    return minutes


def check_note(note: str) -> str:
    """Raises NotValid for too much."""
    clean = note.strip()
    if len(clean) > LONGEST_NOTE:
        raise NotValid(_("At most %(count)s characters.", count=LONGEST_NOTE), field="note")
    return clean


def check_day(day: date, *, today: date, manager: bool) -> date:
    """Raises NotValid for a day to come, NotAllowed for one that is over for too long (never for supervisors: `manager`)."""
    if day > today:
        raise NotValid(_("This day is still to come."), field="day")
    if not manager and day <= today - timedelta(days=OWN_DAYS):
        raise NotAllowed(
            _("Your own work of the last %(count)s days can be changed; ask a supervisor for older.", count=OWN_DAYS), field="day"
        )
    return day


def minutes_between(start: datetime, end: datetime) -> int:
    """A timer's minutes: what was begun counts, at least one."""
    return max(1, ceil((end - start).total_seconds() / 60))


def outside(start: datetime, end: datetime, spans: Iterable[tuple[datetime, datetime]]) -> int:
    """Seconds of `start`-`end` that lie in none of the spans: a call while a timer ran is not counted twice."""
    left = [(start, end)]
    for begin, stop in spans:
        left = [piece for first, last in left for piece in ((first, min(last, begin)), (max(first, stop), last)) if piece[0] < piece[1]]
    return int(sum((last - first).total_seconds() for first, last in left))

"""What a task may say, and when "in two working days" is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.sla.calendar import Calendar
from tickets.sla.instants import local_to_seconds, to_datetime

LONGEST = 500
UNITS = ("minutes", "hours", "days", "working_days", "weeks")
MOST = {"minutes": 100_000, "hours": 10_000, "days": 3650, "working_days": 1000, "weeks": 520}
LONGEST_LEAD = 366 * 86_400  # seconds
_LOOKED_AT = 4000  # days: longer than any run of holidays with 1000 working days in it


def check_text(text: str) -> str:
    """One line. Raises NotValid when nothing is left, or too much."""
    clean = " ".join(text.split())
    if not clean:
        raise NotValid(_("Say what is to be done."), field="text")
    if len(clean) > LONGEST:
        raise NotValid(_("At most %(count)s characters.", count=LONGEST), field="text")
    return clean


def check_lead(seconds: int | None, due_at: datetime | None) -> int | None:
    """How long before its due time a task reminds. Raises NotValid for one without due time, and for what cannot be meant."""
    if seconds is None:
        return None
    if due_at is None:
        raise NotValid(_("A reminder needs a due time."), field="remind_before")
    if not 0 <= seconds <= LONGEST_LEAD:
        raise NotValid(_("A reminder comes at most a year before."), field="remind_before")
    return seconds


def after(amount: int, unit: str, *, now: datetime, calendar: Calendar) -> datetime:
    """The instant that `amount` units from now is: minutes and hours pass, days and weeks keep the local time, working days too, but within hours.

    Raises NotValid for an unknown unit or too much of it.
    """
    if unit not in UNITS or not 0 <= amount <= MOST[unit]:
        raise NotValid(_("Say when: a number of minutes, hours, days, working days or weeks."), field="due_in")
    if unit in ("minutes", "hours"):
        return now + timedelta(**{unit: amount})
    if unit == "working_days":
        return in_working_days(amount, now=now, calendar=calendar)
    local = now.astimezone(calendar.zone).replace(tzinfo=None) + timedelta(**{unit: amount})
    return to_datetime(local_to_seconds(local, calendar.zone))


def in_working_days(count: int, *, now: datetime, calendar: Calendar) -> datetime:
    """On the `count`th day after today that has working hours: at the same local time, or at the nearest that is within them.

    A calendar without any working time counts every day.
    """
    local = now.astimezone(calendar.zone).replace(tzinfo=None)
    if calendar.is_empty:
        return to_datetime(local_to_seconds(local + timedelta(days=count), calendar.zone))
    day, left = local.date(), count
    for _step in range(_LOOKED_AT):
        if calendar.windows_on(day) and left <= 0:
            break
        day += timedelta(days=1)
        left -= bool(calendar.windows_on(day))
    minute = _within([(window.start, window.end) for window in calendar.windows_on(day)], local.hour * 60 + local.minute)
    at = datetime.combine(day, time.min) + timedelta(minutes=minute)
    return to_datetime(local_to_seconds(at, calendar.zone))


def _within(windows: list[tuple[int, int]], minute: int) -> int:
    """The minute of the day itself when work is done then, else the next opening, else the last closing."""
    for start, end in windows:
        if minute <= end:
            return max(minute, start)
    return windows[-1][1] if windows else minute


def asked(due_in: Mapping[str, Any]) -> tuple[int, str]:
    """Amount and unit of a stored or sent `{"amount", "unit"}`. Raises NotValid."""
    amount, unit = due_in.get("amount"), due_in.get("unit")
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(unit, str):
        raise NotValid(_("Say when: a number of minutes, hours, days, working days or weeks."), field="due_in")
    return amount, unit

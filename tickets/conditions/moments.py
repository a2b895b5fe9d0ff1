"""What "before today" and "in the last 7 days" are on the firm's clock: half-open ranges of instants. Pure, but for the firm's time zone.

Days, weeks and months are the calendar's: seven days ago is the same time of day, also over a change of the clocks; a month before 31 March is
28 February.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import db
from staff.models import Branch

DAYS = ("yesterday", "today", "tomorrow", "last_week", "this_week", "next_week", "last_month", "this_month", "next_month")
UNITS = ("minutes", "hours", "days", "weeks", "months")
MOST = 10_000  # of a unit
_STEPS = {"last": -1, "this": 0, "next": 1, "yesterday": -1, "today": 0, "tomorrow": 1}


def firm_zone() -> ZoneInfo:
    """The time zone of the firm: its first branch's."""
    name = db.session.scalar(select(Branch.time_zone).where(Branch.active).order_by(Branch.id).limit(1))
    return ZoneInfo(name or "UTC")


def read_date(value: object) -> date | None:
    """A calendar day written YYYY-MM-DD, None when it is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def read_instant(value: object) -> datetime | None:
    """An ISO 8601 instant with its offset, None when it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 10 else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None


def read_span(value: object) -> tuple[int, str] | None:
    """{"count": 7, "unit": "days"} as (7, "days"), None when it is none."""
    if not isinstance(value, Mapping) or set(value) != {"count", "unit"}:
        return None
    count, unit = value["count"], value["unit"]
    good = isinstance(count, int) and not isinstance(count, bool) and 1 <= count <= MOST and unit in UNITS
    return (count, unit) if good else None


def period(value: Any, *, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when (not included) a value of `before`, `after` and `on` lasts: `now` and an instant last no time, a date and the words of
    `DAYS` as long as they do in `zone`."""
    if value == "now":
        return now, now
    instant = read_instant(value)
    if instant is not None:
        return instant, instant
    first, last = _days(value, now.astimezone(zone).date())
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _days(value: Any, today: date) -> tuple[date, date]:
    """The first and the last day of a date or of one of the words."""
    day = read_date(value)
    if day is not None:
        return day, day
    step, _, unit = str(value).partition("_")
    by = _STEPS[step]
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=by)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        first = _months(today.replace(day=1), by)
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    return today + timedelta(days=by), today + timedelta(days=by)


def shifted(now: datetime, count: int, unit: str, *, zone: ZoneInfo) -> datetime:
    """`now`, later by so many of a unit (earlier when negative). Raises OverflowError or ValueError beyond the calendar."""
    if unit in ("minutes", "hours"):
        return now + timedelta(**{unit: count})
    local = now.astimezone(zone)
    day = _months(local.date(), count) if unit == "months" else local.date() + timedelta(**{unit: count})
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _months(day: date, by: int) -> date:
    months = day.year * 12 + day.month - 1 + by
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)

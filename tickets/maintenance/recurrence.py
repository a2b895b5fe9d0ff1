"""On which days something repeated is due (RFC 5545). Pure.

A recurrence is stored as `checked` gives it: either
`{"unit": "day"|"week"|"month"|"year", "every": n, "weekdays"?: [0…6] (weeks), "on"?: "date"|"last_day"|"weekday" (months, years), "day"?: 1…31,
"nth"?: 1…4 or -1, "weekday"?: 0…6, "months"?: [1…12] (season), "closed": "keep"|"next"|"previous"}` or `{"rrule": "FREQ=…", "closed": …}`.
`closed` says what becomes of a date without working hours in the branch's calendar: so the last working day of a month is its last day, moved to the
previous working day. Monday is 0. A day that a month does not have (31, February 29) is its last one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.sla.calendar import Calendar

UNITS = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
CLOSED = ("keep", "next", "previous")
ON = ("date", "last_day", "weekday")
MOST_EVERY = {"day": 3650, "week": 520, "month": 240, "year": 20}
PREVIEW = 12
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULE = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)((?:;(?:INTERVAL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|WKST)=[-+A-Z0-9,]{1,100}){0,6})")
# What a day or week may be narrowed by: with more a rule might never hold, which the library finds out in the year 9999.
_PARTS = {"DAILY": {"INTERVAL", "BYMONTH"}, "WEEKLY": {"INTERVAL", "BYDAY", "BYMONTH", "WKST"}}
_ONE_DAY = timedelta(days=1)
_LOOKED_AT = 60  # days that a closed date moves at most
_FREQUENCY = re.compile(r"FREQ=(\w+)")
_INTERVAL = re.compile(r"INTERVAL=(\d+)")
_TRIED = datetime.combine(date(2026, 1, 1), time.min)
_KEYS = {"unit", "every", "weekdays", "on", "day", "nth", "weekday", "months", "closed", "rrule"}


class Due(NamedTuple):
    """One date: by the rule, and the day it is due on after closed days."""

    planned: date
    due: date


def checked(given: Mapping[str, Any], *, base: str) -> dict[str, Any]:
    """The recurrence as it is stored, without what does not belong to it. Raises NotValid (field `recurrence`)."""
    unknown = given.keys() - _KEYS
    if unknown:
        raise _wrong(_("Unknown in a recurrence: %(keys)s.", keys=", ".join(sorted(unknown))))
    closed = given.get("closed") or "keep"
    if closed not in CLOSED:
        raise _wrong(_("A closed day is kept, or moved to the next or previous working day."))
    if given.get("rrule"):
        return {"rrule": _checked_rule(str(given["rrule"]), base), "closed": closed}
    unit, every = given.get("unit"), given.get("every", 1)
    if unit not in UNITS:
        raise _wrong(_("It repeats by days, weeks, months or years."))
    if not _whole(every, 1, MOST_EVERY[unit]):
        raise _wrong(_("From 1 to %(most)s.", most=MOST_EVERY[unit]))
    found: dict[str, Any] = {"unit": unit, "every": every, "closed": closed}
    if months := _numbers(given.get("months"), 1, 12):
        if unit == "year" and every > 1 and len(months) > 1:
            raise _wrong(_("Every few years it is due in one month only."))
        found["months"] = months
    if base == "completion":  # counted from the day it was done: no fixed day
        return found
    if unit == "week" and (weekdays := _numbers(given.get("weekdays"), 0, 6)):
        found["weekdays"] = weekdays
    return found | (_checked_on(given) if unit in ("month", "year") else {})


def _checked_on(given: Mapping[str, Any]) -> dict[str, Any]:
    on = given.get("on") or "date"
    if on not in ON:
        raise _wrong(_("On a day of the month, its last day, or a weekday."))
    if on == "last_day":
        return {"on": on}
    if on == "date":
        day = given.get("day")
        if day is not None and not _whole(day, 1, 31):
            raise _wrong(_("A month has the days 1 to 31."))
        return {"on": on} | ({"day": day} if day is not None else {})
    if given.get("nth") not in (1, 2, 3, 4, -1) or not _whole(given.get("weekday"), 0, 6):
        raise _wrong(_("Say which weekday of the month: the first to fourth, or the last."))
    return {"on": on, "nth": given["nth"], "weekday": given["weekday"]}


def _checked_rule(text: str, base: str) -> str:
    rule = text.strip().upper().removeprefix("RRULE:")
    if base == "completion":
        raise _wrong(_("A rule of its own counts from the plan's dates, not from the day the work was done."))
    found = _RULE.fullmatch(rule)
    if found is None:
        raise _wrong(
            _("Not a rule that can be used here: FREQ from DAILY to YEARLY, with INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST.")
        )
    names = [part.partition("=")[0] for part in found[2].split(";") if part]
    if not set(names) <= _PARTS.get(found[1], set(names)) or len(set(names)) != len(names):
        raise _wrong(_("Days are narrowed by months only, weeks by days and months; use FREQ=MONTHLY or FREQ=YEARLY for more."))
    interval = _INTERVAL.search(rule)
    try:
        if interval is not None and not 1 <= int(interval[1]) <= MOST_EVERY["day"]:
            raise ValueError(interval[0])
        first = next(iter(rrulestr(rule, dtstart=_TRIED)), None)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise _wrong(_("This rule cannot be read: %(problem)s", problem=str(error))) from error
    if first is None:
        raise _wrong(_("There is no date at all by this rule."))
    return rule


def rule_of(recurrence: Mapping[str, Any], starts_on: date) -> str:
    """The recurrence as an RRULE (RFC 5545) whose DTSTART is `starts_on`."""
    if "rrule" in recurrence:
        return str(recurrence["rrule"])
    unit, months = recurrence["unit"], recurrence.get("months")
    if unit == "year":
        months = months or [starts_on.month]
    # Several months of every year are so many months: BYSETPOS then chooses in each of them.
    frequency = UNITS["month" if unit == "year" and len(months or ()) > 1 else unit]
    parts = [f"FREQ={frequency}", f"INTERVAL={recurrence['every']}"]
    if months:
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    if unit == "week":
        parts.append("BYDAY=" + ",".join(_DAYS[day] for day in recurrence.get("weekdays") or [starts_on.weekday()]))
    if unit in ("month", "year"):
        parts += _on_of(recurrence, starts_on)
    return ";".join(parts)


def _on_of(recurrence: Mapping[str, Any], starts_on: date) -> list[str]:
    on = recurrence.get("on", "date")
    if on == "last_day":
        return ["BYMONTHDAY=-1"]
    if on == "weekday":
        return [f"BYDAY={recurrence['nth']:+d}{_DAYS[recurrence['weekday']]}"]
    day = recurrence.get("day") or starts_on.day
    if day <= 28:
        return [f"BYMONTHDAY={day}"]
    return ["BYMONTHDAY=" + ",".join(map(str, range(28, day + 1))), "BYSETPOS=-1"]


def dates(
    recurrence: Mapping[str, Any], *, starts_on: date, ends_on: date | None, calendar: Calendar, after: Due | None = None
) -> Iterator[Due]:
    """The dates after this one (from `starts_on` on, when it is None), each later than the one before, until `ends_on`."""
    text, last = rule_of(recurrence, starts_on), ends_on or date.max
    rule = rrulestr(text, dtstart=datetime.combine(_begin(text, starts_on, after), time.min))
    previous = after
    for at in rule if after is None else rule.xafter(datetime.combine(after.planned, time.max)):
        planned = at.date()
        due = moved(planned, recurrence["closed"], calendar)
        if due < starts_on or (previous is not None and due <= previous.due):
            continue
        if due > last:
            return
        previous = Due(planned, due)
        yield previous


def _begin(text: str, starts_on: date, after: Due | None) -> date:
    """Where counting begins. Days and weeks from a date near `after` that is in step with the start: the library walks through all of them."""
    step = {"DAILY": 1, "WEEKLY": 7}.get(_FREQUENCY.search(text)[1])  # type: ignore[index]
    if after is None or step is None or after.planned <= starts_on:
        return starts_on
    interval = _INTERVAL.search(text)
    length = step * (int(interval[1]) if interval else 1)
    return starts_on + timedelta(days=((after.planned - starts_on).days // length) * length)


def moved(day: date, closed: str, calendar: Calendar) -> date:
    """The day itself, or the next or previous one with working hours."""
    step = {"next": _ONE_DAY, "previous": -_ONE_DAY}.get(closed)
    found = day
    for _look in range(_LOOKED_AT if step is not None else 0):
        if calendar.windows_on(found):
            return found
        found += step or _ONE_DAY
    return day


def after_completion(
    recurrence: Mapping[str, Any], *, done_on: date, planned: date, ends_on: date | None, calendar: Calendar
) -> Due | None:
    """So long after the day it was done, in season; later than the date before. None when that is after the plan's end."""
    unit, every = recurrence["unit"], recurrence["every"]
    day = max(done_on + relativedelta(**{f"{unit}s": every}), planned + _ONE_DAY)
    months = recurrence.get("months")
    while months and day.month not in months:
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    due = max(moved(day, recurrence["closed"], calendar), planned + _ONE_DAY)
    return Due(day, due) if ends_on is None or due <= ends_on else None


def preview(
    recurrence: Mapping[str, Any],
    *,
    base: str,
    starts_on: date,
    ends_on: date | None,
    calendar: Calendar,
    not_before: date,
    count: int = PREVIEW,
) -> list[Due]:
    """The next dates from a day on. What counts from completion is taken to be done on the day it is due."""
    found: list[Due] = []
    if base == "completion":
        first = max(starts_on, not_before)
        following: Due | None = Due(first, moved(first, recurrence["closed"], calendar))
        while following is not None and len(found) < count:
            found.append(following)
            following = after_completion(recurrence, done_on=following.due, planned=following.planned, ends_on=ends_on, calendar=calendar)
        return found
    following_dates = dates(recurrence, starts_on=starts_on, ends_on=ends_on, calendar=calendar, after=before(not_before))
    return list(itertools.islice(following_dates, count))


def before(day: date) -> Due:
    """As if the last date had been the day before: what follows is due on this day or later."""
    return Due(day - timedelta(days=_LOOKED_AT + 1), day - _ONE_DAY)


def _numbers(given: Any, least: int, most: int) -> list[int]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(_whole(one, least, most) for one in given):
        raise _wrong(_("Choose from %(least)s to %(most)s.", least=least, most=most))
    return sorted(set(given))


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _wrong(text: Any) -> NotValid:
    return NotValid(text, field="recurrence")

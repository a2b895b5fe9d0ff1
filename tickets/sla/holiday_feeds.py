"""Holidays from an iCalendar (RFC 5545) feed: all-day events, also repeated, over several days, moved or cancelled.

A feed that cannot be read is refused whole, with the reason; half a feed would silently turn holidays into working days.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import icalendar
from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]

from tickets.sla.errors import N_, HolidaySourceError
from tickets.sla.holidays import Holiday, Source

_ONE_DAY = timedelta(days=1)
_MIDNIGHT = time()
_TIMING = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
# Repeating by the hour or second makes no holidays, only endless loops.
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# What the parsers let through when a feed is broken in a way they did not foresee (a time zone named like a folder, a
# parameter given twice): found by feeding them damaged feeds.
_PARSER_FAILURES = (ValueError, TypeError, AttributeError, LookupError, OSError)
_UNTIL_TIME = re.compile(r"(UNTIL=\d{8})T\d{6}Z?")


def from_ical(text: str | bytes, years: Iterable[int]) -> list[Holiday]:
    """The holidays of a feed that fall into `years`, in order of date.

    Events that do not fill whole days and cancelled ones are no holidays. Raises HolidaySourceError when the text is not
    an iCalendar file, holds no event at all, or an event's dates or repetition cannot be read.
    """
    try:
        return _holidays(_read_events(text), sorted(set(years)))
    except HolidaySourceError:
        raise
    except _PARSER_FAILURES as error:
        raise HolidaySourceError(N_("The holiday feed cannot be read: %(reason)s"), reason=str(error)) from error


def _holidays(events: Iterable[icalendar.Event], wanted: Sequence[int]) -> list[Holiday]:
    moved = {(str(event.get("UID")), _day(event.decoded("RECURRENCE-ID"))) for event in events if "RECURRENCE-ID" in event}
    found: dict[date, Holiday] = {}
    for event in events:
        if not wanted or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = str(event.get("SUMMARY", "")).strip()
        replaced = set() if "RECURRENCE-ID" in event else {day for uid, day in moved if uid == str(event.get("UID"))}
        for day in _days(event, name, date(wanted[0], 1, 1), date(wanted[-1], 12, 31), replaced):
            if day.year in wanted:
                found.setdefault(day, Holiday(day, name, Source.FEED))
    return [found[day] for day in sorted(found)]


def _read_events(text: str | bytes) -> list[icalendar.Event]:
    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
    except ValueError as error:  # also text that is not UTF-8
        raise HolidaySourceError(N_("The holiday feed is not an iCalendar file: %(reason)s"), reason=str(error)) from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise HolidaySourceError(N_("The holiday feed is not an iCalendar file: %(reason)s"), reason="BEGIN:VCALENDAR … END:VCALENDAR")
    events = [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, icalendar.Event)]
    if not events:
        raise HolidaySourceError(N_("The holiday feed holds no event."))
    for event in events:
        _check_timing(event)
    return events


def _check_timing(event: icalendar.Event) -> None:
    """Refuse an event whose dates the parser could not read; other broken properties do not matter here."""
    problems = [reason for name, reason in event.errors if name in _TIMING]
    if "DTSTART" not in event:
        problems.append("DTSTART")
    if problems:
        raise _unreadable(str(event.get("SUMMARY", "")), problems[0])


def _days(event: icalendar.Event, name: str, first: date, last: date, replaced: set[date]) -> list[date]:
    """All dates from `first` to `last` that the event covers."""
    try:
        start, end = event.start, event.end
    except ValueError as error:  # end before start, end and duration at once, date mixed with time
        raise _unreadable(name, str(error)) from error
    if _day(end) < _day(start):
        raise _unreadable(name, "DTEND < DTSTART")
    if not _fills_days(start, end):
        return []
    length = max((_day(end) - _day(start)).days, 1)
    begins = _beginnings(event, name, first - length * _ONE_DAY, last, replaced)
    covered = (begin + offset * _ONE_DAY for begin in begins for offset in range(length))
    return [day for day in covered if first <= day <= last]


def _fills_days(start: date, end: date) -> bool:
    """Whether an event takes whole dates, given as dates or (as some programs write them) from midnight to midnight."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return True
    return start.time() == _MIDNIGHT and end.time() == _MIDNIGHT and end.date() > start.date()


def _beginnings(event: icalendar.Event, name: str, first: date, last: date, replaced: set[date]) -> list[date]:
    """The dates an event or its repetitions begin on, without excluded and moved ones."""
    start = _at_midnight(_day(event.start))
    dates = rruleset()
    dates.rdate(start)
    rules = [_checked_rule(rule.to_ical().decode(), name) for rule in _as_list(event.get("RRULE"))]
    try:
        for rule in rules:
            dates.rrule(rrulestr(rule, dtstart=start))
    except ValueError as error:
        raise _unreadable(name, str(error)) from error
    for entry in event.rdates:
        dates.rdate(_at_midnight(_day(entry[0])))
    for excluded in (*map(_day, event.exdates), *replaced):
        dates.exdate(_at_midnight(excluded))
    return [instant.date() for instant in dates.between(_at_midnight(first), _at_midnight(last), inc=True)]


def _checked_rule(rule: str, name: str) -> str:
    """The rule for whole dates: without the time in UNTIL, and only of the frequencies that make holidays."""
    if not any(f"FREQ={frequency}" in rule for frequency in _FREQUENCIES):
        raise _unreadable(name, rule)
    return _UNTIL_TIME.sub(r"\1", rule)


def _unreadable(name: str, reason: str) -> HolidaySourceError:
    return HolidaySourceError(N_("The holiday feed's event %(name)r cannot be read: %(reason)s"), name=name, reason=reason)


def _as_list(value: Any) -> list[Any]:
    """The parser gives one value bare and several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _at_midnight(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT)

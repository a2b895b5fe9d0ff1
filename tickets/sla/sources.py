"""Holidays that come by themselves: a calendar's feeds and countries, looked at every day by a job.

A source that is gone or broken changes nothing: the days known stay in force, and the calendar's page says since when and why.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import structlog
from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit, clock, outbox
from core.db import db, transaction
from core.errors import NotFound, NotValid
from core.webhooks import addresses
from tickets.sla import publishing
from tickets.sla.choosing import lock_terms
from tickets.sla.errors import N_, HolidaySourceError, SlaInputError
from tickets.sla.holiday_feeds import from_ical
from tickets.sla.holidays import Holiday, as_names, from_country
from tickets.sla.models import CalendarSource

log = structlog.get_logger()
KIND = "sla.holidays"
NAME, EVERY = "calendar-sources", 30
AT_ONCE = 20
MOST_SOURCES = 10
YEARS_AHEAD = 2
ROUND, ROUND_AFTER_FAILURE = timedelta(days=1), timedelta(hours=1)
LARGEST_FEED = 5_000_000  # bytes
MOST_REDIRECTS = 5
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5, 10, 25


def add_source(*, calendar_id: int, kind: str, address: str, now: datetime, actor_id: int | None, language: str = "") -> CalendarSource:
    """Let a calendar's holidays come from there; the first look is at once, in the background. Raises NotFound, NotValid."""
    row = publishing.locked_calendar(calendar_id)
    clean = _checked_address(kind, address.strip(), language, now)
    if db.session.scalar(select(CalendarSource.id).filter_by(calendar_id=row.id, kind=kind, address=clean)):
        raise NotValid(_("This calendar takes its holidays from there already."), field="address")
    if (db.session.scalar(select(func.count()).select_from(CalendarSource).filter_by(calendar_id=row.id)) or 0) >= MOST_SOURCES:
        raise NotValid(_("A calendar has at most %(count)s sources of holidays.", count=MOST_SOURCES), field="address")
    source = CalendarSource(calendar_id=row.id, kind=kind, address=clean, language=language, days={}, due_at=now + ROUND)
    db.session.add(source)
    db.session.flush()
    audit.record(
        action="calendar.source_added", target=f"calendar:{row.id}", actor_id=actor_id, now=now, after={"kind": kind, "address": clean}
    )
    look(source, now=now)
    return source


def remove_source(*, calendar_id: int, source_id: int, now: datetime, actor_id: int | None) -> None:
    """No longer look there. The days it brought stay in the calendar. Raises NotFound."""
    source = found_source(calendar_id, source_id)
    audit.record(
        action="calendar.source_removed",
        target=f"calendar:{calendar_id}",
        actor_id=actor_id,
        now=now,
        before={"kind": source.kind, "address": source.address},
    )
    db.session.delete(source)
    db.session.flush()


def found_source(calendar_id: int, source_id: int) -> CalendarSource:
    """Raises NotFound."""
    source = db.session.scalar(select(CalendarSource).filter_by(id=source_id, calendar_id=calendar_id))
    if source is None:
        raise NotFound(_("There is no such source of holidays."))
    return source


def sources_of(calendar_id: int) -> list[CalendarSource]:
    """In the order in which they were added."""
    return list(db.session.scalars(select(CalendarSource).filter_by(calendar_id=calendar_id).order_by(CalendarSource.id)))


def problem_of(source: CalendarSource) -> str | None:
    """Why the last look failed, in the reader's language."""
    if source.problem is None:
        return None
    message, values = source.problem["text"], source.problem["values"]
    return str(_(message, **values))


def look(source: CalendarSource, *, now: datetime) -> None:
    """Have it looked at, in the caller's transaction."""
    outbox.put(kind=KIND, payload={"source_id": source.id}, now=now)


def look_at_due(now: datetime) -> bool:
    """The sweep: hand over the sources whose time has come; True when there may be more."""
    query = select(CalendarSource).where(CalendarSource.due_at <= now).order_by(CalendarSource.due_at).limit(AT_ONCE)
    found = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for source in found:
        source.due_at = now + ROUND
        look(source, now=now)
    db.session.flush()
    return len(found) == AT_ONCE


@outbox.handles(KIND, queue="fast", lease=60, attempts=5)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler: ask the source outside of any transaction, then apply what it said."""
    source = db.session.get(CalendarSource, payload["source_id"])
    if source is None:
        return
    kind, address, language = source.kind, source.address, source.language
    db.session.rollback()
    now = clock.now()
    found: list[Holiday] | SlaInputError
    try:
        found = read(kind, address, language, now)
    except SlaInputError as error:
        found = error
    with transaction():
        apply(source_id=payload["source_id"], found=found, now=now)
        outbox.finish(row_id, now=now)


def read(kind: str, address: str, language: str, now: datetime) -> list[Holiday]:
    """What the source says of this year and the next two. Network for a feed. Raises HolidaySourceError saying what is wrong."""
    if kind == "feed":
        return from_ical(fetch(address), _years(now))
    country, _dash, region = address.partition("-")
    return from_country(country, region or None, _years(now), language or None)


def fetch(address: str) -> bytes:
    """The feed's bytes. Raises HolidaySourceError when it cannot be had whole within WHOLE_SECONDS and LARGEST_FEED.

    Asked for at public addresses, and those that the setting WEBHOOK_NETWORKS names; a redirect's target is looked at like the address itself.
    """
    until = time.monotonic() + WHOLE_SECONDS
    try:
        for _step in range(1 + MOST_REDIRECTS):
            _check_reach(address)
            with requests.get(
                address,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers={"Accept": "text/calendar, */*"},
            ) as answer:
                if answer.is_redirect:
                    address = urljoin(address, answer.headers["Location"])
                    continue
                if answer.status_code != 200:
                    raise HolidaySourceError(N_("The address of the feed answers with status %(status)s."), status=answer.status_code)
                return _whole(answer, until)
    except (requests.RequestException, OSError, ValueError) as error:
        if isinstance(error, HolidaySourceError):
            raise
        raise HolidaySourceError(N_("The feed cannot be reached: %(reason)s"), reason=type(error).__name__) from error
    raise HolidaySourceError(N_("The address of the feed answers with status %(status)s."), status=302)


def _whole(answer: requests.Response, until: float) -> bytes:
    content = bytearray()
    for piece in answer.iter_content(65_536):
        content += piece
        if len(content) > LARGEST_FEED or time.monotonic() > until:
            raise HolidaySourceError(N_("The feed is too large or too slow."))
    return bytes(content)


def _check_reach(address: str) -> None:
    """Our own network is nobody's feed. Raises HolidaySourceError, and OSError and ValueError when the name has no address."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        # Holidays are no secret: plain http will do, but only to where https might go.
        addresses.check(addresses.resolve(parts.hostname or "", port), current_app.config["CALLOUT"].webhook_networks, encrypted=True)
    except addresses.Refused as error:
        raise HolidaySourceError(N_("The feed must be at a public address: %(reason)s"), reason=str(error)) from error


def apply(*, source_id: int, found: list[Holiday] | SlaInputError, now: datetime) -> None:
    """Note what the source said; when the calendar's days differ by it a new version is published. Locks the terms and the calendar."""
    lock_terms()
    source = db.session.get(CalendarSource, source_id, with_for_update=True, populate_existing=True)
    if source is None:
        return
    row = publishing.locked_calendar(source.calendar_id)
    source.checked_at = now
    try:
        if isinstance(found, SlaInputError):
            raise found
        said = {day.isoformat(): name for day, name in as_names(found).items()}
        definition = publishing.definition_of(row)
        others = {day for other in sources_of(row.id) if other.id != source.id for day in other.days}
        holidays = merged(definition.get("holidays", {}), before=source.days, said=said, years=_years(now), others=others)
        if holidays != definition.get("holidays", {}):
            with db.session.begin_nested():
                publishing.publish_calendar(calendar_id=row.id, definition={**definition, "holidays": holidays}, now=now, actor_id=None)
        source.days = {**{day: name for day, name in source.days.items() if int(day[:4]) not in _years(now)}, **said}
        source.problem, source.fetched_at = None, now
    except (SlaInputError, NotValid) as error:
        cause = error if isinstance(error, SlaInputError) else error.__cause__
        values = {name: str(value) for name, value in cause.values.items()} if isinstance(cause, SlaInputError) else {}
        source.problem = {"text": cause.message_id if isinstance(cause, SlaInputError) else str(error), "values": values}
        source.due_at = now + ROUND_AFTER_FAILURE
        log.warning("holidays could not be read", source=source.address, error=str(error))
    db.session.flush()


def merged(
    holidays: Mapping[str, str], *, before: Mapping[str, str], said: Mapping[str, str], years: Collection[int], others: Collection[str] = ()
) -> dict[str, str]:
    """The calendar's days after a source that said `before` says `said` of `years`. Pure.

    Added: what is new there. Gone: what it takes back, unless somebody renamed the day or another source (`others`) has it. A day that it said
    before and that is not in the calendar was switched off by a person, and stays so.
    """
    result = dict(holidays)
    for day, name in before.items():
        if day not in said and int(day[:4]) in years and result.get(day) == name and day not in others:
            del result[day]
    for day, name in said.items():
        if day not in before:
            result.setdefault(day, name)
        elif result.get(day) == before[day]:
            result[day] = name
    return result


def _years(now: datetime) -> range:
    return range(now.year, now.year + YEARS_AHEAD + 1)


def _checked_address(kind: str, address: str, language: str, now: datetime) -> str:
    """In its normal form. Raises NotValid."""
    if kind == "country":
        clean = address.upper() if "-" not in address else "-".join((address.partition("-")[0].upper(), address.partition("-")[2]))
        try:
            read(kind, clean, language, now)
        except SlaInputError as error:
            raise NotValid(publishing.said(error), field="address") from error
        return clean
    clean = "https://" + address[len("webcal://") :] if address.lower().startswith("webcal://") else address
    try:
        parts = urlsplit(clean)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise NotValid(_("Write the address of an iCalendar feed, as https://example.org/holidays.ics."), field="address")
    return clean

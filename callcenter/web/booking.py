"""The visit on the customer's page: what they may choose, change and call off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import get_locale, get_timezone, to_user_timezone

from dispatch.promises import offering
from dispatch.promises.offering import Standing, State, Window
from dispatch.promises.settings import settings
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Day:
    """One day and its windows, at the place's time."""

    label: str
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Section:
    """`state` as in `offering.State`; `since`, `until`: the window that is kept or booked, `kept_until`: for how long; `hours`: until so long
    before it may be changed, `settled`: never here; `problem`: why the last wish was not done. `kinds`: (id, name) of what may be done, where that is
    the customer's choice; `kind`: the one they chose."""

    state: State
    kinds: Sequence[tuple[int, str]] = ()
    kind: tuple[int, str] | None = None
    days: Sequence[Day] = ()
    since: datetime | None = None
    until: datetime | None = None
    technician: str | None = None
    kept_until: datetime | None = None
    hours: int = 0
    settled: bool = False
    changing: bool = False
    problem: str = ""


def section(ticket: Ticket, *, now: datetime, changing: bool = False, problem: str = "", job: int | None = None) -> Section:
    """What the page shows; the windows only where one is to be chosen. `job`: the kind that was chosen. Reads only."""
    found = offering.standing(ticket, now=now, job_type_id=job)
    visit = found.visit
    kinds = [(row.id, row.name) for row in found.kinds]
    changing = changing and found.state is State.BOOKED
    choosing = found.state is State.WINDOWS or changing
    return Section(
        state=found.state,
        kinds=kinds,
        kind=_kind(found, kinds),
        days=_days(offering.windows(found, ticket, now=now)) if choosing else (),
        since=visit.promised_from if visit is not None else None,
        until=visit.promised_until if visit is not None else None,
        technician=offering.name_of(visit) if visit is not None else None,
        kept_until=visit.held_until if visit is not None else None,
        hours=settings().own_booking_hours,
        settled=found.settled,
        changing=changing,
        problem=problem,
    )


def _kind(found: Standing, kinds: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
    if found.state is State.KEPT and found.visit is not None:
        return found.visit.job_type_id, found.visit.job_type.name
    return next((one for one in kinds if one[0] == found.job_type_id), None)


def _days(windows: Sequence[Window]) -> list[Day]:
    by_day: dict[date, list[Window]] = {}
    for one in windows:
        by_day.setdefault(to_user_timezone(one.since).date(), []).append(one)
    locale, zone = get_locale(), get_timezone()
    return [
        Day(str(format_skeleton("MMMEd", to_user_timezone(mine[0].since), tzinfo=zone, locale=locale)), mine) for mine in by_day.values()
    ]

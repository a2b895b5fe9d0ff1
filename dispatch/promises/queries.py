"""Questions about promises: of one visit, and how they were kept over a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from core.auth.models import User
from core.db import db
from dispatch.promises.models import Promise
from dispatch.promises.rules import MEASURED, WINDOWS, Kind, Outcome
from dispatch.visits.models import Visit
from staff.models import Person
from staff.queries import names_of
from tickets.models import Ticket

_AT_ONCE = 1000  # rows of a table in memory


def promises_of(visit_id: int) -> list[Promise]:
    """All of a visit, in the order in which they were given."""
    return list(db.session.scalars(select(Promise).where(Promise.visit_id == visit_id).order_by(Promise.id)))


def open_window(visit_id: int) -> Promise | None:
    """The window that holds now."""
    query = select(Promise).where(Promise.visit_id == visit_id, Promise.kind.in_(WINDOWS), Promise.outcome.is_(None))
    return db.session.scalar(query.order_by(Promise.id.desc()).limit(1))


def told_time(visit_id: int) -> Promise | None:
    """About when somebody comes: what was told last, by a technician on the way or because of a delay."""
    query = select(Promise).where(Promise.visit_id == visit_id, Promise.kind.in_((Kind.ARRIVAL, Kind.DELAY)), Promise.outcome.is_(None))
    return db.session.scalar(query.order_by(Promise.id.desc()).limit(1))


def promise_list(*, start: datetime, end: datetime, kinds: Collection[str] = ()) -> Select[Promise]:
    """Promises that begin within a time, as a select."""
    query = select(Promise).where(Promise.promised_from >= start, Promise.promised_from < end)
    return query.where(Promise.kind.in_(list(kinds))) if kinds else query


def promise_rows(*, start: datetime, end: datetime, kinds: Collection[str]) -> Iterator[Row[Any]]:
    """The same by the beginning of the window, read while they are taken: plain columns, with the numbers of visit and ticket and the name."""
    columns: tuple[Any, ...] = (
        Visit.number.label("visit"),
        Ticket.number.label("ticket"),
        Promise.kind,
        Promise.channel,
        Promise.given_at,
        Promise.promised_from,
        Promise.promised_until,
        Promise.estimated_at,
        User.name.label("technician"),
        Promise.area,
        Promise.local_hour,
        Promise.arrived_at,
        Promise.minutes_off,
        Promise.outcome,
    )
    query = promise_list(start=start, end=end, kinds=kinds).with_only_columns(*columns, maintain_column_froms=True)
    query = query.join(Visit, Visit.id == Promise.visit_id).join(Ticket, Ticket.id == Visit.ticket_id)
    query = query.outerjoin(Person, Person.id == Promise.person_id).outerjoin(User, User.id == Person.user_id)
    yield from db.session.execute(query.order_by(Promise.promised_from, Promise.id).execution_options(yield_per=_AT_ONCE))


@dataclass(frozen=True, slots=True)
class Line:
    """Of one technician, hour or area: how many were measured, kept, early, late; the median of minutes after (negative: before) the
    estimate, None where nobody came to any of them."""

    key: Any
    measured: int
    kept: int
    early: int
    late: int
    median: float | None
    name: str = ""

    @property
    def percent(self) -> float:
        return 100 * self.kept / self.measured


@dataclass(frozen=True, slots=True)
class Report:
    """`outcomes`: how many of each (`open`: still to come; late ones to whom nobody came are `late`); `whole`: all that were measured, None for
    none; the rest by what."""

    outcomes: Mapping[str, int]
    whole: Line | None
    technicians: tuple[Line, ...]
    hours: tuple[Line, ...]
    areas: tuple[Line, ...]


def report(*, start: datetime, end: datetime, kinds: Collection[str], now: datetime) -> Report:
    """Of the promises that begin within a time, as they stand `now`; five queries."""
    condition = (Promise.promised_from >= start, Promise.promised_from < end, Promise.kind.in_(list(kinds)))
    found = _standing(now)
    counted = select(found.label("standing"), func.count()).where(*condition).group_by("standing")
    whole = _lines(condition, None, found)
    technicians = _lines(condition, Promise.person_id, found)
    names = names_of([line.key for line in technicians if line.key is not None])
    named = [replace(line, name=names.get(line.key, "")) for line in technicians]
    return Report(
        outcomes=dict(db.session.execute(counted).tuples().all()),
        whole=whole[0] if whole else None,
        technicians=tuple(sorted(named, key=lambda line: (-line.measured, line.name))),
        hours=tuple(_lines(condition, Promise.local_hour, found)),
        areas=tuple(sorted(_lines(condition, Promise.area, found), key=lambda line: (-line.measured, line.key))),
    )


def _standing(now: datetime) -> ColumnElement[str]:
    """The outcome; a window that is over with nobody there is late, `open` is what is still to come."""
    over = and_(Promise.outcome.is_(None), Promise.promised_until < now)
    return case((over, str(Outcome.LATE)), else_=func.coalesce(Promise.outcome, "open"))


def _lines(condition: Collection[Any], key: Any, found: ColumnElement[str]) -> list[Line]:
    """Measured promises by a column, in its order; None: all in one line. `found`: the outcome of each."""
    count = [func.count().filter(found == outcome) for outcome in (Outcome.KEPT, Outcome.EARLY, Outcome.LATE)]
    middle = func.percentile_cont(0.5).within_group(Promise.minutes_off)
    asked: list[Any] = [func.count(), *count, middle]
    query: Select[Any] = select(*asked) if key is None else select(*asked, key).group_by(key).order_by(key)
    rows = db.session.execute(query.where(*condition, found.in_(MEASURED))).all()
    return [
        Line(row[5] if key is not None else None, row[0], row[1], row[2], row[3], None if row[4] is None else float(row[4]))
        for row in rows
        if row[0]
    ]

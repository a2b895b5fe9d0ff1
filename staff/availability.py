"""Who is there for work, and who does the work of whom is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from core.auth.models import User
from core.db import db
from staff import queries, rules
from staff.models import Branch, Deputy, Person, Shift

INSTANT = timedelta(microseconds=1)
PRESENCES = ("any", "online", "available")  # how much somebody has to be there: not at all, signed in and not away, not on a break either


@dataclass(frozen=True, slots=True)
class Availability:
    """One person at one instant. `absent_until` (with its `reason`): on leave, ill. `on_shift`: working hours; who has no weekly shifts always
    has them, but on a date with hours of its own, or off. `presence` as `staff.rules.STATES`, `away`: the machine saw that no page of theirs
    answers."""

    person_id: int
    active: bool
    absent_until: datetime | None
    reason: str
    on_shift: bool
    presence: str
    away: bool


def availabilities(person_ids: Collection[int], now: datetime) -> dict[int, Availability]:
    """Of many by a constant number of statements; people who are not known are left out."""
    ids = list(person_ids)
    active: dict[int, bool] = dict(
        db.session.execute(select(Person.id, Person.active & User.active).join(User, User.id == Person.user_id).where(Person.id.in_(ids)))
        .tuples()
        .all()
    )
    # Of several that overlap the one that ends last.
    absent = {row.person_id: row for row in sorted(queries.absences(ids, now, now + INSTANT), key=lambda row: row.ends_at)}
    windows = queries.shift_windows_of(ids, now, now + INSTANT)
    with_shifts = set(db.session.scalars(select(Shift.person_id).where(Shift.person_id.in_(ids)).distinct()))
    with_shifts |= _not_as_usual([person_id for person_id in ids if person_id not in with_shifts], now)
    presences = queries.presences(ids)
    return {
        person_id: Availability(
            person_id=person_id,
            active=works,
            absent_until=absent[person_id].ends_at if person_id in absent else None,
            reason=absent[person_id].reason if person_id in absent else "",
            on_shift=bool(windows.get(person_id)) or person_id not in with_shifts,
            presence=presences[person_id].state if person_id in presences else "offline",
            away=person_id in presences and presences[person_id].reason == rules.AWAY,
        )
        for person_id, works in active.items()
    }


def hindrance(found: Availability, *, presence: str = "any", on_shift: bool = False) -> str | None:
    """Why somebody is not there enough: left, absent, off_shift, offline, away, break; None when they are. Pure."""
    if not found.active:
        return "left"
    if found.absent_until is not None:
        return "absent"
    if on_shift and not found.on_shift:
        return "off_shift"
    if presence == "any":
        return None
    if found.presence == "offline" or found.away:
        return "away" if found.away else "offline"
    return "break" if presence == "available" and found.presence == "break" else None


def _not_as_usual(person_ids: Collection[int], now: datetime) -> set[int]:
    """Those whose local date has hours of its own, or is off."""
    dates = queries.exceptions_of(person_ids, now.date() - timedelta(days=1), now.date() + timedelta(days=1)) if person_ids else {}
    zones = select(Person.id, Branch.time_zone).join(Branch, Branch.id == Person.branch_id).where(Person.id.in_(list(dates)))
    return {
        person_id
        for person_id, zone in (db.session.execute(zones).tuples() if dates else ())
        if (own := dates[person_id].get(now.astimezone(ZoneInfo(zone)).date())) is not None and own[0].kind != "extra"
    }


def deputies(person_id: int, *, since: datetime) -> list[Deputy]:
    """A person's deputies from now on, the standing one first."""
    query = select(Deputy).where(Deputy.person_id == person_id, or_(Deputy.ends_at.is_(None), Deputy.ends_at > since))
    return list(db.session.scalars(query.order_by(Deputy.starts_at.nulls_first(), Deputy.id)))


def deputies_at(person_id: int, now: datetime) -> tuple[list[int], int | None]:
    """Ids of those who stand in by date at this instant (then the person counts as away), and of the standing deputy."""
    dated, standing = [], None
    for row in deputies(person_id, since=now):
        if row.starts_at is None:
            standing = row.deputy_id
        elif row.starts_at <= now:
            dated.append(row.deputy_id)
    return dated, standing

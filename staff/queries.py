"""Questions about who works here, who can do what, and who is there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from core.auth.models import Token, User
from core.db import db
from core.errors import NotFound
from staff.models import Absence, Branch, Person, PersonSkill, Presence, Shift, ShiftException, Skill, Team
from staff.rules import AGENT_KINDS, DateShifts, WeeklyShift, Window, weekly
from staff.rules import shift_windows as windows_of


def person(person_id: int) -> Person:
    """Raises NotFound."""
    found = db.session.get(Person, person_id)
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


def person_of_user(user_id: int) -> Person | None:
    """Who an account is, if it works here (active or not)."""
    return db.session.scalar(select(Person).where(Person.user_id == user_id))


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by person."""
    query = select(Person.id, User.name).join(User, User.id == Person.user_id).where(Person.id.in_(list(person_ids)))
    return dict(db.session.execute(query).tuples().all())


def home_country(user_id: int | None) -> str:
    """The country (two letters) in whose form a reader writes phone numbers: their branch's, else the first branch's, else DE."""
    mine = select(Branch.country).join(Person, Person.branch_id == Branch.id).where(Person.user_id == user_id)
    return db.session.scalar(mine) or db.session.scalar(select(Branch.country).order_by(Branch.id).limit(1)) or "DE"


def has_skills(skill_levels: Mapping[int, int], *, on: date) -> ColumnElement[bool]:
    """A condition on Person: has every skill with at least its level, not expired on that day."""
    wanted = [
        exists().where(
            PersonSkill.person_id == Person.id,
            PersonSkill.skill_id == skill_id,
            PersonSkill.level >= level,
            or_(PersonSkill.expires_on.is_(None), PersonSkill.expires_on >= on),
        )
        for skill_id, level in skill_levels.items()
    ]
    return and_(true(), *wanted)


def works() -> ColumnElement[bool]:
    """A condition on Person: they work here. Whose account has ended is still a person, so that it can begin again, but is nobody to reckon with."""
    return and_(Person.active, exists().where(User.id == Person.user_id, User.active))


def with_skills(skill_levels: Mapping[int, int], *, on: date, kinds: Collection[str] = ("agent", "technician", "both")) -> list[Person]:
    """Active people of these kinds who have every skill (id → least level) on that day, by name. Their skills are loaded."""
    query = (
        select(Person)
        .join(User, User.id == Person.user_id)
        .where(Person.active, User.active, Person.kind.in_(list(kinds)), has_skills(skill_levels, on=on))
        .options(selectinload(Person.skills))
        .order_by(User.name, Person.id)
    )
    return list(db.session.scalars(query))


def count_present(skill_levels: Mapping[int, int], *, on: date, kinds: Collection[str], states: Collection[str]) -> int:
    """How many of those whom `with_skills` finds are in one of these states."""
    query = (
        select(func.count())
        .select_from(Presence)
        .join(Person, Person.id == Presence.person_id)
        .join(User, User.id == Person.user_id)
        .where(Presence.until.is_(None), Presence.state.in_(list(states)))
        .where(Person.active, User.active, Person.kind.in_(list(kinds)), has_skills(skill_levels, on=on))
    )
    return db.session.scalar(query) or 0


def shift_windows(person_id: int, start: datetime, end: datetime) -> list[Window]:
    """When this person works between two instants (UTC): weekly shifts in the branch's zone, the dates that are not as every week, minus
    absences; joined and cut to the range."""
    return shift_windows_of([person_id], start, end).get(person_id, [])


def shift_windows_of(person_ids: Collection[int], start: datetime, end: datetime) -> dict[int, list[Window]]:
    """`shift_windows` of many with four queries. People without a window have an empty list."""
    ids = list(person_ids)
    places = select(Person.id, Branch.time_zone).join(Branch, Branch.id == Person.branch_id).where(Person.id.in_(ids))
    zones: dict[int, str] = dict(db.session.execute(places).tuples().all())
    weeks = weekly_shifts_of(ids)
    dates = exceptions_of(ids, start.date() - timedelta(days=2), end.date() + timedelta(days=1))
    away: dict[int, list[Window]] = {}
    for absence in absences(ids, start, end):
        away.setdefault(absence.person_id, []).append(Window(absence.starts_at, absence.ends_at))
    return {
        person_id: windows_of(
            weeks.get(person_id, ()),
            zone=ZoneInfo(zone),
            start=start,
            end=end,
            absences=away.get(person_id, ()),
            exceptions={day: shifts for day, (shifts, _note) in dates.get(person_id, {}).items()},
        )
        for person_id, zone in zones.items()
    }


def weekly_shifts_of(person_ids: Collection[int]) -> dict[int, list[WeeklyShift]]:
    """The weeks of several by person, those that held before or will hold too; who has none is left out."""
    found: dict[int, list[WeeklyShift]] = {}
    for row in shifts_of(person_ids):
        found.setdefault(row.person_id, []).append(weekly(row))
    return found


def exceptions_of(person_ids: Collection[int], first: date, last: date) -> dict[int, dict[date, tuple[DateShifts, str]]]:
    """By person and date: what is not as every week, and the note on it; both dates included."""
    query = select(ShiftException).where(ShiftException.person_id.in_(list(person_ids)), ShiftException.day.between(first, last))
    found: dict[int, dict[date, tuple[DateShifts, str]]] = {}
    for row in db.session.scalars(query):
        own = DateShifts(row.kind, tuple((starts, ends) for starts, ends in row.windows))
        found.setdefault(row.person_id, {})[row.day] = (own, row.note)
    return found


def on_shift(person_id: int, start: datetime, end: datetime) -> bool:
    """Whether one working window holds the whole range; with `end` equal to `start`, whether that instant is working time."""
    last = end if end > start else start + timedelta(microseconds=1)
    return any(window.start <= start and last <= window.end for window in shift_windows(person_id, start, last))


def absences(person_ids: Iterable[int], start: datetime, end: datetime) -> list[Absence]:
    """Absences that touch the range, by start."""
    query = select(Absence).where(Absence.person_id.in_(list(person_ids)), Absence.starts_at < end, Absence.ends_at > start)
    return list(db.session.scalars(query.order_by(Absence.starts_at, Absence.id)))


def current_presence(person_id: int) -> Presence | None:
    """The open row of the history. None before the first: that counts as offline."""
    return db.session.scalar(select(Presence).where(Presence.person_id == person_id, Presence.until.is_(None)))


def is_ready(person_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Condition on a column of another table: this person is in state ready now."""
    return select(Presence.id).where(Presence.person_id == person_id, Presence.until.is_(None), Presence.state == "ready").exists()


def presences(person_ids: Collection[int] | None = None) -> dict[int, Presence]:
    """Open rows by person, of all or of these."""
    query = select(Presence).where(Presence.until.is_(None))
    if person_ids is not None:
        query = query.where(Presence.person_id.in_(list(person_ids)))
    return {row.person_id: row for row in db.session.scalars(query)}


def ready_agents_longest_idle(
    skill_levels: Mapping[int, int], *, on: date, without: Collection[int] = (), limit: int = 20, lock: bool = False
) -> list[Person]:
    """Agents in state ready who have these skills, the one ready for longest first.

    `without` leaves people out (offers that are running). `lock` takes a row lock on their presence and skips those whom another
    transaction is just sending a call, so that two callers are never sent to one agent.
    """
    query = (
        select(Person)
        .join(Presence, and_(Presence.person_id == Person.id, Presence.until.is_(None)))
        .join(User, User.id == Person.user_id)
        .where(Presence.state == "ready", Person.active, User.active, Person.kind.in_(AGENT_KINDS), has_skills(skill_levels, on=on))
        .order_by(Presence.since, Person.id)
        .limit(limit)
    )
    if without:
        query = query.where(Person.id.not_in(list(without)))
    if lock:
        query = query.with_for_update(of=Presence, skip_locked=True)
    return list(db.session.scalars(query))


def branches(*, active_only: bool = False) -> list[Branch]:
    """By name."""
    query = select(Branch).order_by(Branch.name)
    return list(db.session.scalars(query.where(Branch.active) if active_only else query))


def teams() -> list[Team]:
    """By name."""
    return list(db.session.scalars(select(Team).order_by(Team.name)))


def skills() -> list[Skill]:
    """By kind, then name."""
    return list(db.session.scalars(select(Skill).order_by(Skill.kind, Skill.name)))


def shifts(person_id: int) -> list[Shift]:
    """The weeks, each from Monday."""
    return shifts_of([person_id])


def shifts_of(person_ids: Collection[int]) -> list[Shift]:
    """The weeks of several, the one that begins first first, each from Monday."""
    order = (Shift.valid_from.asc().nulls_first(), Shift.weekday, Shift.starts)
    return list(db.session.scalars(select(Shift).where(Shift.person_id.in_(list(person_ids))).order_by(*order)))


def people(
    *, kinds: Collection[str] = (), branch_id: int | None = None, team_id: int | None = None, active_only: bool = True
) -> list[Person]:
    """People by name, with their skills."""
    query = select(Person).join(User, User.id == Person.user_id).options(selectinload(Person.skills)).order_by(User.name, Person.id)
    if kinds:
        query = query.where(Person.kind.in_(list(kinds)))
    if branch_id is not None:
        query = query.where(Person.branch_id == branch_id)
    if team_id is not None:
        query = query.where(Person.team_id == team_id)
    if active_only:
        query = query.where(Person.active, User.active)
    return list(db.session.scalars(query))


def users(*, text: str = "", active: bool | None = None) -> list[User]:
    """Accounts by name; `text` is looked for in name and address."""
    query = select(User).order_by(func.lower(User.name), User.id)
    if text.strip():
        pattern = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(or_(User.name.ilike(pattern), User.email.ilike(pattern)))
    if active is not None:
        query = query.where(User.active == active)
    return list(db.session.scalars(query))


def user(user_id: int) -> User:
    """Raises NotFound."""
    found = db.session.get(User, user_id)
    if found is None:
        raise NotFound(_("There is no such account."))
    return found


def people_by_user(user_ids: Collection[int]) -> dict[int, Person]:
    """Persons of these accounts, with their skills."""
    query = select(Person).where(Person.user_id.in_(list(user_ids))).options(selectinload(Person.skills))
    return {row.user_id: row for row in db.session.scalars(query)}


def tokens() -> list[Token]:
    """Tokens, the newest first; revoked ones too."""
    return list(db.session.scalars(select(Token).order_by(Token.id.desc())))

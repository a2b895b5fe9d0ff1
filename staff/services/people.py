"""People who take calls or drive out: their account, place, team and skills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select

from core import audit, events
from core.auth import services as accounts
from core.auth.models import User
from core.db import db
from core.errors import Conflict, NotValid
from core.phones import parse_phone
from staff import rules
from staff.events import PersonChanged, PersonLeaving
from staff.models import Branch, HourlyCost, Person, PersonSkill, Skill, Team
from staff.services import checks
from staff.services.presence import set_presence
from staff.services.rota import locked_person

WORKING = ("overtime_minutes", "cost_per_hour", "cost_currency")
PERSON = ("kind", "branch_id", "team_id", "phone", "home_latitude", "home_longitude", "capacity", "active", *WORKING)
MOST_OVERTIME = 720  # minutes
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_COST = 10_000_000
_DEFAULTS = {"capacity": 20, "active": True, "overtime_minutes": 0, "cost_currency": "EUR"}


def create_person(
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    kind: str,
    branch_id: int,
    now: datetime,
    password: str | None = None,
    team_id: int | None = None,
    phone: str | None = None,
    capacity: int = 20,
    home_latitude: float | None = None,
    home_longitude: float | None = None,
    skills: Mapping[int, int] | None = None,
    language: str = "en",
    time_zone: str | None = None,
    actor_id: int | None = None,
) -> Person:
    """An account and the person it belongs to, in one. `skills` is id → level; without a zone the branch's is used. Raises NotValid."""
    branch = db.session.get(Branch, branch_id)
    if branch is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    user = accounts.create_user(
        email=checks.email(email),
        name=checks.text(name, field="name"),
        password=password,
        roles=roles,
        now=now,
        actor_id=actor_id,
        language=checks.language(language),
        time_zone=checks.zone(time_zone or branch.time_zone),
    )
    person = add_person(
        user=user,
        values={
            "kind": kind,
            "branch_id": branch_id,
            "team_id": team_id,
            "phone": phone,
            "capacity": capacity,
            "home_latitude": home_latitude,
            "home_longitude": home_longitude,
        },
        now=now,
        actor_id=actor_id,
    )
    if skills:
        set_skills(person_id=person.id, skills={skill_id: (level, None) for skill_id, level in skills.items()}, now=now, actor_id=actor_id)
    return person


def add_person(*, user: User, values: Mapping[str, Any], now: datetime, actor_id: int | None) -> Person:
    """Make an account somebody who works here. `values` holds columns of PERSON, at least kind and branch_id. Raises NotValid."""
    checked = _checked(values)
    if checked.get("branch_id") is None:
        raise NotValid(_("Choose a branch."), field="branch_id")
    person = Person(user_id=user.id, **(_DEFAULTS | checked))
    db.session.add(person)
    db.session.flush()
    db.session.refresh(person)
    audit.record(action="person.created", target=f"person:{person.id}", actor_id=actor_id, now=now, after=checks.picked(person, PERSON))
    events.publish(PersonChanged(person_id=person.id, user_id=user.id, at=now, actor_id=actor_id))
    return person


def update_person(
    *, person_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None, cost_since: date | None = None
) -> Person:
    """Change columns of PERSON. `active` False publishes PersonLeaving first, which may refuse, and sets offline. Another cost of an hour holds from
    `cost_since` on (None: today, where the person works): what was done before keeps its cost. Raises NotFound, NotValid."""
    checks.known(changes, PERSON)
    person = locked_person(person_id)
    cost = person.cost_per_hour, person.cost_currency
    values = _checked(changes, person.branch)
    if values.get("active") is False and person.active:
        leave(person, now=now, actor_id=actor_id)
    before = checks.picked(person, values)
    for key, value in values.items():
        setattr(person, key, value)
    db.session.flush()
    _keep_costs(person, cost, cost_since, now=now)
    dated = {"cost_since": cost_since} if cost_since is not None else {}
    if before != checks.picked(person, values) or dated:
        db.session.refresh(person)
        audit.record(
            action="person.changed",
            target=f"person:{person.id}",
            actor_id=actor_id,
            now=now,
            before=before,
            after=checks.picked(person, values) | dated,
        )
        events.publish(PersonChanged(person_id=person.id, user_id=person.user_id, at=now, actor_id=actor_id))
    return person


def _keep_costs(person: Person, before: tuple[int | None, str], since: date | None, *, now: datetime) -> None:
    """Note from which day on an hour costs what it costs now, if that is news."""
    present = person.cost_per_hour, person.cost_currency
    today = now.astimezone(ZoneInfo(person.branch.time_zone)).date()
    if since is None and present == before:
        return
    if since is not None and not date(2000, 1, 1) <= since <= today:
        raise NotValid(_("Choose a day that has come."), field="cost_since")
    day = since or today
    mine = HourlyCost.person_id == person.id
    if before[0] is not None and present != before and db.session.scalar(select(HourlyCost).where(mine).limit(1)) is None:
        db.session.add(HourlyCost(person_id=person.id, since=date(1970, 1, 1), cost_per_hour=before[0], cost_currency=before[1]))
    db.session.execute(delete(HourlyCost).where(mine, HourlyCost.since >= day))
    db.session.add(HourlyCost(person_id=person.id, since=day, cost_per_hour=present[0], cost_currency=present[1]))
    db.session.flush()


def leave(person: Person, *, now: datetime, actor_id: int | None) -> None:
    """Let the packages above take over or refuse, then end the presence. Raises what a subscriber refuses with."""
    events.publish(PersonLeaving(person_id=person.id, user_id=person.user_id, at=now, actor_id=actor_id))
    set_presence(person_id=person.id, state="offline", now=now, actor_id=actor_id)


def set_skills(*, person_id: int, skills: Mapping[int, tuple[int, date | None]], now: datetime, actor_id: int | None = None) -> Person:
    """Replace the skills: id → (level 1 to 5, last day of the certificate or None). Raises NotFound, NotValid."""
    person = locked_person(person_id)
    there = set(db.session.scalars(select(Skill.id).where(Skill.id.in_(list(skills)))))
    if set(skills) - there:
        raise NotValid(_("There is no such skill."), field="skills")
    if any(not 1 <= level <= 5 for level, _until in skills.values()):
        raise NotValid(_("A level is 1 to 5."), field="skills")
    before = {row.skill_id: (row.level, row.expires_on) for row in person.skills}
    if before == dict(skills):
        return person
    for row in list(person.skills):
        if row.skill_id not in skills:
            person.skills.remove(row)
    known = {row.skill_id: row for row in person.skills}
    for skill_id, (level, until) in skills.items():
        if skill_id in known:
            known[skill_id].level, known[skill_id].expires_on = level, until
        else:
            person.skills.append(PersonSkill(skill_id=skill_id, level=level, expires_on=until))
    db.session.flush()
    db.session.expire(person, ["skills"])
    audit.record(
        action="person.skills_changed",
        target=f"person:{person.id}",
        actor_id=actor_id,
        now=now,
        before=_named(before),
        after=_named(skills),
    )
    events.publish(PersonChanged(person_id=person.id, user_id=person.user_id, at=now, actor_id=actor_id))
    return person


def _named(skills: Mapping[int, tuple[int, date | None]]) -> dict[str, str]:
    """For the audit log: the skill's key → "level 3 until 2026-12-31"."""
    keys = dict(db.session.execute(select(Skill.id, Skill.key).where(Skill.id.in_(list(skills)))).tuples().all())
    return {keys[number]: f"level {level}" + (f" until {until}" if until else "") for number, (level, until) in skills.items()}


def _checked(changes: Mapping[str, Any], home: Branch | None = None) -> dict[str, Any]:
    values = dict(changes)
    if "kind" in values and values["kind"] not in rules.KINDS:
        raise NotValid(_("Choose agent, technician or both."), field="kind")
    branch = db.session.get(Branch, values["branch_id"]) if values.get("branch_id") is not None else None
    if values.get("branch_id") is not None and branch is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    if branch is not None and not branch.active:
        raise Conflict(_("This branch is closed."), field="branch_id")
    if values.get("team_id") is not None and db.session.get(Team, values["team_id"]) is None:
        raise NotValid(_("There is no such team."), field="team_id")
    if values.get("phone"):
        place = branch or home
        values["phone"] = parse_phone(values["phone"], place.country if place else "").e164
    elif "phone" in values:
        values["phone"] = None
    for key in ("home_latitude", "home_longitude"):
        if key in values:
            values[key] = checks.coordinate(values[key], field=key)
    if not 0 <= values.get("overtime_minutes", 0) <= MOST_OVERTIME:
        raise NotValid(_("At most %(count)d minutes of overtime.", count=MOST_OVERTIME), field="overtime_minutes")
    if not 0 <= (values.get("cost_per_hour") or 0) <= _MOST_COST:
        raise NotValid(_("This is not the cost of an hour."), field="cost_per_hour")
    if not _CURRENCY.fullmatch(values.get("cost_currency", "EUR")):
        raise NotValid(_("A currency has three capital letters, like EUR."), field="cost_currency")
    if not 1 <= values.get("capacity", 1) <= 1000:
        raise NotValid(_("At least 1, at most 1,000 tickets."), field="capacity")
    return values

"""How people, places and settings look in JSON. Times are UTC, phone numbers come as {e164, text in the reader's form}."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from core.audit import AuditEntry
from core.auth.models import Token, User
from core.phones import format_phone
from staff import leave_rules, queries, working
from staff.models import Absence, Branch, Deputy, LeaveRequest, Person, PersonSkill, Presence, Shift, ShiftException, Skill, Team
from staff.rota import Day
from staff.rules import weekly
from staff.slots import Hit


def phone(e164: str | None, country: str, extension: str = "") -> dict[str, str] | None:
    """{e164, extension, text} for `formatPhone` in the browser."""
    if not e164:
        return None
    return {"e164": e164, "extension": extension, "text": format_phone(e164, country=country, extension=extension)}


def users(rows: Iterable[User], *, country: str) -> list[dict[str, Any]]:
    """Accounts with the people they belong to, in four queries whatever their number."""
    found = list(rows)
    persons = queries.people_by_user([row.id for row in found])
    present = queries.presences([person.id for person in persons.values()])
    teams = {team.id: team.name for team in queries.teams()}
    return [user(row, persons.get(row.id), present, teams, country=country) for row in found]


def user(row: User, person_row: Person | None, present: dict[int, Presence], teams: dict[int, str], *, country: str) -> dict[str, Any]:
    """One account; `waiting`: invited, no password yet."""
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "active": row.active,
        "waiting": row.password is None,
        "roles": sorted(row.role_names),
        "language": row.language,
        "time_zone": row.time_zone,
        "last_sign_in_at": row.last_sign_in_at,
        "person": person(person_row, present.get(person_row.id), teams, country=country) if person_row else None,
    }


def people(rows: Iterable[Person], *, country: str) -> list[dict[str, Any]]:
    """People with their presence."""
    found = list(rows)
    present = queries.presences([row.id for row in found])
    teams = {team.id: team.name for team in queries.teams()}
    return [person(row, present.get(row.id), teams, country=country) for row in found]


def person(row: Person, presence_row: Presence | None, teams: dict[int, str], *, country: str) -> dict[str, Any]:
    """One person. `active` is False when the person or the account is."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "name": row.name,
        "kind": row.kind,
        "branch_id": row.branch_id,
        "branch": row.branch.name,
        "time_zone": row.branch.time_zone,
        "team_id": row.team_id,
        "team": teams.get(row.team_id) if row.team_id else None,
        "phone": phone(row.phone, country),
        "home_latitude": row.home_latitude,
        "home_longitude": row.home_longitude,
        "capacity": row.capacity,
        "active": row.active and row.user.active,
        "skills": [person_skill(skill_row) for skill_row in sorted(row.skills, key=lambda found: found.skill.name)],
        "presence": presence(presence_row),
    }


def person_skill(row: PersonSkill) -> dict[str, Any]:
    """A skill as a person has it."""
    keys = {"skill_id": row.skill_id, "key": row.skill.key, "name": row.skill.name, "level": row.level, "expires_on": row.expires_on}
    return keys | {"proof": proof(row)}


def proof(row: PersonSkill) -> dict[str, Any] | None:
    """The certificate as a file."""
    if row.proof is None:
        return None
    return {"name": row.proof.name, "size": row.proof.size, "address": f"/certificates/{row.person_id}/{row.skill_id}"}


def certificate(row: PersonSkill, today: date) -> dict[str, Any]:
    """A skill that ends on a day. `days_left`: negative when it has ended."""
    assert row.expires_on is not None
    days = (row.expires_on - today).days
    return person_skill(row) | {
        "person_id": row.person_id,
        "person": row.person.name,
        "user_id": row.person.user_id,
        "days_left": days,
    }


def presence(row: Presence | None) -> dict[str, Any]:
    """The current state; nobody has said anything yet: offline since nobody knows when."""
    if row is None:
        return {"state": "offline", "reason": None, "since": None}
    return {"state": row.state, "reason": row.reason, "since": row.since}


def branch(row: Branch) -> dict[str, Any]:
    """A location of ours."""
    keys = ("id", "name", "time_zone", "country", "language", "address", "latitude", "longitude", "active")
    return {key: getattr(row, key) for key in keys}


def team(row: Team) -> dict[str, Any]:
    """A team."""
    return {"id": row.id, "name": row.name, "branch_id": row.branch_id}


def skill(row: Skill) -> dict[str, Any]:
    """A skill."""
    return {"id": row.id, "key": row.key, "name": row.name, "kind": row.kind}


def shift(row: Shift) -> dict[str, Any]:
    """A weekly window, on the branch's wall clock, and the dates it holds for."""
    return dataclasses.asdict(weekly(row))


def working_time(row: Person) -> dict[str, Any]:
    """Overtime and cost, with what it cost before."""
    known = working.costs_of([row.id])[row.id]
    costs = [
        {
            "since": since if number else None,
            "cost_per_hour": cost.per_hour if cost is not None else None,
            "cost_currency": cost.currency if cost is not None else row.cost_currency,
        }
        for number, (since, cost) in enumerate(known)
    ]
    return {key: getattr(row, key) for key in ("overtime_minutes", "cost_per_hour", "cost_currency")} | {"costs": costs[::-1]}


def exception(row: ShiftException) -> dict[str, Any]:
    """A date that is not as every week."""
    windows = [{"starts": starts, "ends": ends} for starts, ends in row.windows]
    return {"person_id": row.person_id, "day": row.day, "kind": row.kind, "windows": windows, "note": row.note}


def absence(row: Absence) -> dict[str, Any]:
    """An absence."""
    return {"id": row.id, "person_id": row.person_id, "starts_at": row.starts_at, "ends_at": row.ends_at, "reason": row.reason}


def leave(row: LeaveRequest, hits: Iterable[Hit] | None = None) -> dict[str, Any]:
    """Leave as it was asked for and what became of it; `hits`: the booked work that it would take, or takes, the person away from."""
    keys = ("id", "person_id", "kind", "first_day", "last_day", "starts", "ends", "note", "state", "asked_at", "decided_at", "answer")
    return {key: getattr(row, key) for key in keys} | {
        "person": row.person.name,
        "kind_name": str(leave_rules.KINDS[row.kind]),
        "decided_by": row.decided_by.name if row.decided_by is not None else None,
        "hits": [hit_line(one) for one in hits] if hits is not None else [],
    }


def hit_line(one: Hit) -> dict[str, Any]:
    """Booked work that an absence hits."""
    return dataclasses.asdict(one)


def deputy(row: Deputy, names: Mapping[int, str]) -> dict[str, Any]:
    """Who stands in for whom; without times always while the person is absent."""
    keys = ("id", "person_id", "deputy_id", "starts_at", "ends_at")
    return {key: getattr(row, key) for key in keys} | {"deputy": names.get(row.deputy_id, "")}


def token(row: Token) -> dict[str, Any]:
    """An API token without its secret, which nobody has."""
    keys = ("id", "name", "role", "created_at", "last_used_at", "revoked_at")
    return {key: getattr(row, key) for key in keys} | {"user_id": row.user_id, "user": row.user.name}


def audit_entry(row: AuditEntry, names: dict[int, str]) -> dict[str, Any]:
    """Who did what; `actor` None is a machine or the command line."""
    return {
        "id": row.id,
        "at": row.at,
        "actor": names.get(row.actor_id) if row.actor_id else None,
        "action": row.action,
        "target": row.target,
        "before": row.before,
        "after": row.after,
    }


def rota(
    people_rows: Iterable[Person], shifts: Iterable[Shift], absences: Iterable[Absence], days: Mapping[int, date]
) -> list[dict[str, Any]]:
    """People with the week that holds now and coming absences. `days`: by person, today where they are."""
    lines: dict[int, dict[str, Any]] = {
        row.id: {
            "id": row.id,
            "name": row.name,
            "kind": row.kind,
            "branch": row.branch.name,
            "time_zone": row.branch.time_zone,
            "week": [],
            "absences": [],
        }
        for row in people_rows
    }
    for row in shifts:
        today = days[row.person_id]
        monday = today - timedelta(days=today.weekday())
        if weekly(row).starts_on(monday + timedelta(days=row.weekday)):
            lines[row.person_id]["week"].append(shift(row))
    for away in absences:
        lines[away.person_id]["absences"].append(absence(away))
    return list(lines.values())


def rota_days(row: Person, days: Mapping[date, Day], teams: Mapping[int, str]) -> dict[str, Any]:
    """A person's line of the rota."""
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "branch_id": row.branch_id,
        "branch": row.branch.name,
        "team": teams.get(row.team_id) if row.team_id else None,
        "time_zone": row.branch.time_zone,
        "days": {str(day): rota_day(found) for day, found in days.items()},
    }


def rota_day(found: Day) -> dict[str, Any]:
    """A cell of the rota. `away`: what of the date the person is absent."""
    return {
        "windows": [{"starts": shift.starts, "ends": shift.ends} for shift in found.shifts],
        "weekly": [{"starts": shift.starts, "ends": shift.ends} for shift in found.weekly],
        "exception": found.exception,
        "note": found.note,
        "away": [
            {"id": one.absence.id, "reason": one.absence.reason, "starts_at": one.absence.starts_at, "ends_at": one.absence.ends_at}
            | {"whole": one.whole}
            for one in found.away
        ],
    }

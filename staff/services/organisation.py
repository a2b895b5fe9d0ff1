"""Branches, teams and skills: settings, so every change is audited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff.models import Branch, Person, Skill, Team
from staff.services import checks

BRANCH = ("name", "time_zone", "country", "language", "address", "latitude", "longitude", "active")
TEAM = ("name", "branch_id")
SKILL = ("key", "name", "kind")
SKILL_KINDS = ("trade", "product", "language")
Row = TypeVar("Row", Branch, Team, Skill)
_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")


def create_branch(
    *,
    name: str,
    time_zone: str,
    now: datetime,
    country: str = "DE",
    language: str = "en",
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    actor_id: int | None = None,
) -> Branch:
    """A new location. Raises NotValid."""
    branch = Branch(
        name=_free(Branch, checks.text(name, field="name")),
        time_zone=checks.zone(time_zone),
        country=checks.country(country),
        language=checks.language(language),
        address=address.strip(),
        latitude=checks.coordinate(latitude, field="latitude"),
        longitude=checks.coordinate(longitude, field="longitude"),
        active=True,
    )
    return _added(branch, "branch", BRANCH, actor_id, now)


def update_branch(*, branch_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Branch:
    """Change what `changes` names. Raises NotValid; Conflict when people who work there would be left without a branch."""
    checks.known(changes, BRANCH)
    branch = _locked(Branch, branch_id)
    values = dict(changes)
    for key, check in (("time_zone", checks.zone), ("country", checks.country), ("language", checks.language)):
        if key in values:
            values[key] = check(values[key])
    if "name" in values:
        values["name"] = _free(Branch, checks.text(values["name"], field="name"), but=branch.id)
    for key in ("latitude", "longitude"):
        if key in values:
            values[key] = checks.coordinate(values[key], field=key)
    if values.get("active") is False and branch.active:
        working = db.session.scalar(select(func.count()).select_from(Person).where(Person.branch_id == branch.id, Person.active))
        if working:
            raise Conflict(_("%(count)d people still work here. Move them to another branch first.", count=working), field="active")
    return _changed(branch, "branch", values, actor_id, now)


def create_team(*, name: str, now: datetime, branch_id: int | None = None, actor_id: int | None = None) -> Team:
    """A new team. Raises NotValid."""
    team = Team(name=_free(Team, checks.text(name, field="name")), branch_id=_branch(branch_id))
    return _added(team, "team", TEAM, actor_id, now)


def update_team(*, team_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Team:
    """Change what `changes` names. Raises NotValid."""
    checks.known(changes, TEAM)
    team = _locked(Team, team_id)
    values = dict(changes)
    if "name" in values:
        values["name"] = _free(Team, checks.text(values["name"], field="name"), but=team.id)
    if "branch_id" in values:
        values["branch_id"] = _branch(values["branch_id"])
    return _changed(team, "team", values, actor_id, now)


def remove_team(*, team_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Its people stay, in no team."""
    team = _locked(Team, team_id)
    db.session.execute(update(Person).where(Person.team_id == team.id).values(team_id=None))
    _removed(team, "team", TEAM, actor_id, now)


def create_skill(*, key: str, name: str, now: datetime, kind: str = "trade", actor_id: int | None = None) -> Skill:
    """A new skill; `key` is stable and unique. Raises NotValid."""
    values = _skill_values({"key": key, "name": name, "kind": kind}, but=None)
    return _added(Skill(**values), "skill", SKILL, actor_id, now)


def update_skill(*, skill_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Skill:
    """Change what `changes` names. Raises NotValid."""
    checks.known(changes, SKILL)
    skill = _locked(Skill, skill_id)
    return _changed(skill, "skill", _skill_values(changes, but=skill.id), actor_id, now)


def remove_skill(*, skill_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Refused with Conflict while a person, queue or job type names it."""
    _removed(_locked(Skill, skill_id), "skill", SKILL, actor_id, now)


def _skill_values(changes: Mapping[str, Any], *, but: int | None) -> dict[str, Any]:
    values = dict(changes)
    if "name" in values:
        values["name"] = checks.text(values["name"], field="name")
    if "key" in values:
        values["key"] = values["key"].strip().lower()
        if not _KEY.match(values["key"]):
            raise NotValid(_("A key has small letters, digits, - and _ only."), field="key")
        if db.session.scalar(select(Skill.id).where(Skill.key == values["key"], Skill.id != (but or 0))):
            raise NotValid(_("This key is in use already."), field="key")
    if values.get("kind", "trade") not in SKILL_KINDS:
        raise NotValid(_("Choose one of the kinds."), field="kind")
    return values


def _free(model: type[Branch] | type[Team], name: str, *, but: int | None = None) -> str:
    """The name, when no other row has it in any case of letters."""
    if db.session.scalar(select(model.id).where(func.lower(model.name) == name.lower(), model.id != (but or 0))):
        raise NotValid(_("This name is in use already."), field="name")
    return name


def _branch(branch_id: int | None) -> int | None:
    if branch_id is not None and db.session.get(Branch, branch_id) is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    return branch_id


def _locked(model: type[Row], key: int) -> Row:
    found = db.session.get(model, key, with_for_update=True)
    if found is None:
        raise NotFound(_("It is not there any more."))
    return found


def _added(row: Row, noun: str, keys: tuple[str, ...], actor_id: int | None, now: datetime) -> Row:
    db.session.add(row)
    db.session.flush()
    audit.record(action=f"{noun}.created", target=f"{noun}:{row.id}", actor_id=actor_id, now=now, after=checks.picked(row, keys))
    return row


def _changed(row: Row, noun: str, values: Mapping[str, Any], actor_id: int | None, now: datetime) -> Row:
    before = checks.picked(row, values)
    for key, value in values.items():
        setattr(row, key, value)
    db.session.flush()
    if before != checks.picked(row, values):
        audit.record(
            action=f"{noun}.changed",
            target=f"{noun}:{row.id}",
            actor_id=actor_id,
            now=now,
            before=before,
            after=checks.picked(row, values),
        )
    return row


def _removed(row: Row, noun: str, keys: tuple[str, ...], actor_id: int | None, now: datetime) -> None:
    """Delete, unless a row of any package names it: the foreign key knows, a savepoint keeps the transaction whole."""
    was, target = checks.picked(row, keys), f"{noun}:{row.id}"
    try:
        with db.session.begin_nested():
            db.session.delete(row)
            db.session.flush()
    except IntegrityError:
        raise Conflict(_("It is still in use and cannot be removed."), code="in_use") from None
    audit.record(action=f"{noun}.removed", target=target, actor_id=actor_id, now=now, before=was)

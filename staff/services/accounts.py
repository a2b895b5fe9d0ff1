"""Colleagues' accounts: invite, change, deactivate. Each change of access is audited and ends the sessions it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from core import audit, events, live
from core.auth import services as accounts
from core.auth.models import Invitation, Role, Token, User
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff import queries
from staff.events import PersonChanged
from staff.models import Person
from staff.services import checks
from staff.services.people import PERSON, add_person, leave, update_person

ACCOUNT = ("name", "email", "language", "time_zone")


def invite_colleague(
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    now: datetime,
    person: Mapping[str, Any] | None = None,
    language: str = "en",
    time_zone: str = "UTC",
    actor_id: int | None = None,
) -> tuple[User, str]:
    """A waiting account, the person it belongs to if `person` (columns of PERSON) is given, and the secret of its one-time link.

    The secret is kept nowhere: show `/welcome/<secret>` once. Raises NotValid.
    """
    names = _some(roles)
    user = accounts.create_user(
        email=checks.email(email),
        name=checks.text(name, field="name"),
        password=None,
        roles=names,
        now=now,
        actor_id=actor_id,
        language=checks.language(language),
        time_zone=checks.zone(time_zone),
    )
    if person:
        add_person(user=user, values=person, now=now, actor_id=actor_id)
    return user, accounts.invite(roles=names, email=user.email, now=now, actor_id=actor_id)


def invite_again(*, user_id: int, now: datetime, actor_id: int | None = None) -> str:
    """A new link for an account that has no password yet; older links end. Raises NotFound, Conflict."""
    user = _locked(user_id)
    if user.password is not None:
        raise Conflict(_("%(name)s has signed in with a password already.", name=user.name))
    if not user.active:
        raise Conflict(_("%(name)s does not work here any more.", name=user.name))
    _end_invitations(user.email, now)
    return accounts.invite(roles=sorted(user.role_names), email=user.email, now=now, actor_id=actor_id)


def update_account(
    *,
    user_id: int,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
    roles: Iterable[str] | None = None,
    person: Mapping[str, Any] | None = None,
    actor_id: int | None = None,
) -> User:
    """Change name, email, language or zone, the roles (ends sessions), and the person (made when there is none; `kind` None: works here no more).

    Raises NotFound, NotValid, and Conflict when nobody would be left who may manage users.
    """
    user = _locked(user_id)
    _change_account(user, dict(changes or {}), now=now, actor_id=actor_id)
    if roles is not None:
        wanted = set(_some(roles))
        if "admin" in user.role_names and "admin" not in wanted:
            _keep_an_administrator(user)
        if wanted != user.role_names:
            accounts.set_roles(user=user, roles=sorted(wanted), actor_id=actor_id, now=now)
            live.kick(user.id)
    if person is not None:
        _change_person(user, dict(person), now=now, actor_id=actor_id)
    return user


def _change_account(user: User, values: dict[str, Any], *, now: datetime, actor_id: int | None) -> None:
    checks.known(values, ACCOUNT)
    if "name" in values:
        values["name"] = checks.text(values["name"], field="name")
    if "language" in values:
        checks.language(values["language"])
    if "time_zone" in values:
        checks.zone(values["time_zone"])
    if "email" in values:
        values["email"] = checks.email(values["email"])
        if db.session.scalar(select(User.id).where(User.email == values["email"], User.id != user.id)):
            raise NotValid(_("An account with this email address is there already."), field="email")
        if values["email"] != user.email:
            # A link sent to the old address must not open the account under the new one.
            _end_invitations(user.email, now)
    before = checks.picked(user, values)
    for key, value in values.items():
        setattr(user, key, value)
    db.session.flush()
    if before != values:
        audit.record(action="user.changed", target=f"user:{user.id}", actor_id=actor_id, now=now, before=before, after=values)


def _change_person(user: User, values: dict[str, Any], *, now: datetime, actor_id: int | None) -> None:
    checks.known(values, PERSON)
    person = queries.person_of_user(user.id)
    if values.get("kind", "") is None:
        if person is not None and person.active:
            update_person(person_id=person.id, changes={"active": False}, now=now, actor_id=actor_id)
        return
    if person is None:
        if values.get("kind"):
            add_person(user=user, values=values, now=now, actor_id=actor_id)
        return
    if values.get("kind"):
        values["active"] = True
    update_person(person_id=person.id, changes=values, now=now, actor_id=actor_id)


def deactivate(*, user_id: int, now: datetime, actor_id: int | None = None) -> User:
    """End an account: sessions, tokens and open invitations end, presence becomes offline, packages above take over (PersonLeaving).

    Nothing is deleted. Doing it twice is once. Raises NotFound, Conflict (oneself, the last administrator, what a subscriber refuses).
    """
    user = _locked(user_id)
    if not user.active:
        return user
    if user.id == actor_id:
        raise Conflict(_("You cannot deactivate your own account."))
    if "admin" in user.role_names:
        _keep_an_administrator(user)
    person = queries.person_of_user(user.id)
    if person is not None and person.active:
        leave(person, now=now, actor_id=actor_id)
    user.active = False
    accounts.end_sessions(user)
    live.kick(user.id)
    for token_id in db.session.scalars(select(Token.id).where(Token.user_id == user.id, Token.revoked_at.is_(None))).all():
        accounts.revoke_token(token_id=token_id, now=now, actor_id=actor_id)
    _end_invitations(user.email, now)
    audit.record(
        action="user.deactivated", target=f"user:{user.id}", actor_id=actor_id, now=now, before={"active": True}, after={"active": False}
    )
    _tell_person(user, now=now, actor_id=actor_id)
    return user


def reactivate(*, user_id: int, now: datetime, actor_id: int | None = None) -> User:
    """Let somebody in again, with the roles, person and skills they had; tokens stay revoked. Raises NotFound."""
    user = _locked(user_id)
    if not user.active:
        user.active = True
        db.session.flush()
        audit.record(
            action="user.reactivated",
            target=f"user:{user.id}",
            actor_id=actor_id,
            now=now,
            before={"active": False},
            after={"active": True},
        )
        _tell_person(user, now=now, actor_id=actor_id)
    return user


def _tell_person(user: User, *, now: datetime, actor_id: int | None) -> None:
    """Who works here is another question now: screens that count or offer people read afresh."""
    person = queries.person_of_user(user.id)
    if person is not None and person.active:
        db.session.flush()
        events.publish(PersonChanged(person_id=person.id, user_id=user.id, at=now, actor_id=actor_id))


def person_or_none(user: User) -> Person | None:
    """Who this account is, if it works here now."""
    person = queries.person_of_user(user.id)
    return person if person is not None and person.active else None


def _some(roles: Iterable[str]) -> list[str]:
    names = sorted(set(roles))
    if not names:
        raise NotValid(_("Choose at least one role."), field="roles")
    return names


def _locked(user_id: int) -> User:
    user = db.session.get(User, user_id, with_for_update={"of": User}, populate_existing=True)
    if user is None:
        raise NotFound(_("There is no such account."))
    return user


def _keep_an_administrator(user: User) -> None:
    """Raises Conflict when this is the last one. Locks the role's row: two administrators who remove each other come one after the other."""
    role = db.session.scalars(select(Role).where(Role.name == "admin").with_for_update()).one()
    others = select(func.count()).select_from(User).join(User.roles).where(Role.id == role.id, User.active, User.id != user.id)
    if not db.session.scalar(others.where(User.password.is_not(None))):
        raise Conflict(_("Nobody else would be left who may manage users."), code="last_administrator")


def _end_invitations(email: str, now: datetime) -> None:
    db.session.execute(update(Invitation).where(Invitation.email == email, Invitation.used_at.is_(None)).values(used_at=now))

"""Accounts, roles, tokens and invitations. Callers open the transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from flask_security import hash_password
from sqlalchemy import select

from core import audit
from core.auth.models import Invitation, Role, Token, User
from core.auth.permissions import ROLES
from core.db import db
from core.errors import NotFound, NotValid

INVITATION_LASTS = timedelta(days=7)
PASSWORD_LENGTH = 10


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def ensure_roles() -> None:
    """Add the roles that the table of permissions names and the database lacks."""
    there = set(db.session.scalars(select(Role.name)))
    db.session.add_all(Role(name=name) for name in ROLES if name not in there)
    db.session.flush()


def roles_named(names: Iterable[str]) -> list[Role]:
    """Rows for the names. Raises NotValid on an unknown one."""
    wanted = list(names)
    found = list(db.session.scalars(select(Role).where(Role.name.in_(wanted))))
    if unknown := set(wanted) - {role.name for role in found}:
        raise NotValid(_("Unknown role: %(names)s", names=", ".join(sorted(unknown))), field="roles")
    return found


def create_user(
    *,
    email: str,
    name: str,
    password: str | None,
    roles: Iterable[str],
    now: datetime,
    actor_id: int | None = None,
    language: str = "en",
    time_zone: str = "UTC",
) -> User:
    """Make an account. Without a password nobody can sign in with one until an invitation sets it. Raises NotValid."""
    address = email.strip().lower()
    if db.session.scalar(select(User.id).where(User.email == address)):
        raise NotValid(_("An account with this email address is there already."), field="email")
    user = User(
        email=address,
        name=name.strip(),
        password=checked_hash(password) if password is not None else None,
        fs_uniquifier=secrets.token_hex(16),
        language=language,
        time_zone=time_zone,
        created_at=now,
        locked_until=None,
        last_sign_in_at=None,
    )
    user.roles = roles_named(roles)
    db.session.add(user)
    db.session.flush()
    audit.record(
        action="user.created",
        target=f"user:{user.id}",
        actor_id=actor_id,
        now=now,
        after={"email": address, "roles": sorted(user.role_names)},
    )
    return user


def checked_hash(password: str) -> str:
    """The argon2 hash. Raises NotValid for a short password."""
    if len(password) < PASSWORD_LENGTH:
        raise NotValid(_("A password needs at least %(count)d characters.", count=PASSWORD_LENGTH), field="password")
    hashed: str = hash_password(password)
    return hashed


def set_roles(*, user: User, roles: Iterable[str], actor_id: int | None, now: datetime) -> None:
    """Replace the roles; all sessions and sockets of the user end, so that no old right lives on."""
    before = sorted(user.role_names)
    user.roles = roles_named(roles)
    end_sessions(user)
    audit.record(
        action="user.roles_changed",
        target=f"user:{user.id}",
        actor_id=actor_id,
        now=now,
        before={"roles": before},
        after={"roles": sorted(user.role_names)},
    )


def end_sessions(user: User) -> None:
    """Sign the user out everywhere."""
    user.fs_uniquifier = secrets.token_hex(16)
    db.session.flush()


def create_token(*, name: str, user: User, role: str, now: datetime, actor_id: int | None) -> tuple[Token, str]:
    """A new API token; the secret is returned once and kept nowhere."""
    if role not in ROLES:
        raise NotValid(_("Unknown role: %(names)s", names=role), field="role")
    secret = "co_" + secrets.token_urlsafe(32)
    token = Token(name=name, sha256=_digest(secret), user_id=user.id, role=role, created_at=now, last_used_at=None, revoked_at=None)
    db.session.add(token)
    db.session.flush()
    audit.record(
        action="token.created", target=f"token:{token.id}", actor_id=actor_id, now=now, after={"name": name, "role": role, "user": user.id}
    )
    return token, secret


def revoke_token(*, token_id: int, now: datetime, actor_id: int | None) -> None:
    """End a token. Raises NotFound."""
    token = db.session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise NotFound(_("There is no such token."))
    token.revoked_at = token.revoked_at or now
    audit.record(action="token.revoked", target=f"token:{token.id}", actor_id=actor_id, now=now)


def invite(*, roles: Iterable[str], now: datetime, email: str | None = None, actor_id: int | None = None) -> str:
    """A one-time secret for `/welcome/<secret>`, good for seven days."""
    secret = secrets.token_urlsafe(24)
    names = [role.name for role in roles_named(roles)]
    db.session.add(
        Invitation(sha256=_digest(secret), email=email, roles=names, created_at=now, expires_at=now + INVITATION_LASTS, used_at=None)
    )
    db.session.flush()
    audit.record(action="invitation.created", target="invitation", actor_id=actor_id, now=now, after={"roles": names, "email": email})
    return secret


def reset(*, user: User, now: datetime, actor_id: int | None = None) -> str:
    """Take the user's password away and end their sessions; the secret returned is an invitation to set a new one."""
    user.password = None
    end_sessions(user)
    audit.record(action="user.password_reset", target=f"user:{user.id}", actor_id=actor_id, now=now)
    return invite(roles=sorted(user.role_names), email=user.email, now=now, actor_id=actor_id)


def open_invitation(secret: str, *, now: datetime) -> Invitation:
    """The invitation, locked. Raises NotFound when unknown, used or over."""
    found = db.session.scalar(select(Invitation).where(Invitation.sha256 == _digest(secret)).with_for_update())
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise NotFound(_("This link was used already or is no longer valid. Ask for a new one."))
    return found


def accept_invitation(*, secret: str, email: str, name: str, password: str, language: str, time_zone: str, now: datetime) -> User:
    """Make the invited account. An account with the invitation's own address and no password gets this one instead."""
    invitation = open_invitation(secret, now=now)
    waiting = db.session.scalar(select(User).where(User.email == (invitation.email or ""), User.password.is_(None)))
    if waiting is not None:
        waiting.password, waiting.name = checked_hash(password), name.strip() or waiting.name
        user = waiting
    else:
        user = create_user(
            email=email, name=name, password=password, roles=list(invitation.roles), now=now, language=language, time_zone=time_zone
        )
    invitation.used_at = now
    db.session.flush()
    return user

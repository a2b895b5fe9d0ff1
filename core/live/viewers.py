"""Who watches: a signed-in user, an API token, or a visitor with a signed token. Never taken from a topic's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from core.auth.models import Token, User
from core.auth.permissions import allowed
from core.auth.security import token_of

VISITOR_LASTS = 12 * 3600  # seconds


@dataclass(frozen=True)
class Viewer:
    """`subject` is what own topics (`me`, `field`, `visitor`) are about: the user's id, or the visitor's subject.

    `proof` is the user's `fs_uniquifier` when they connected; when that differs later they were signed out. `claims` are a visitor's.
    """

    subject: str
    name: str
    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    proof: str = ""
    token_id: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_visitor(self) -> bool:
        return self.user_id is None

    def may(self, permission: str) -> bool:
        """Whether one of the roles in force allows it. Visitors have none."""
        return not self.is_visitor and allowed(self.roles, permission)


def of_user(user: User) -> Viewer:
    return Viewer(subject=str(user.id), name=user.name, user_id=user.id, roles=user.role_names, proof=user.fs_uniquifier)


def of_token(token: Token) -> Viewer:
    """Acts as its user with the token's one role, as far as the user still has it."""
    user = token.user
    roles = frozenset({token.role}) if token.role in user.role_names or "admin" in user.role_names else frozenset()
    return Viewer(subject=str(user.id), name=user.name, user_id=user.id, roles=roles, proof=user.fs_uniquifier, token_id=token.id)


def visitor_token(subject: str, **claims: Any) -> str:
    """A signed token for somebody without an account, good for twelve hours. `subject` names what they may see, as `chat-7f3a`;
    letters, digits, `_`, `.` and `-` only."""
    return str(_serializer().dumps({"subject": subject, **claims}))


def of_visitor_token(text: str) -> Viewer | None:
    """The visitor a token was made for; None when it is not ours or too old."""
    try:
        claims = _serializer().loads(text, max_age=VISITOR_LASTS)
    except BadSignature:
        return None
    return Viewer(subject=str(claims["subject"]), name=str(claims.get("name", "")), claims=claims)


def of_connection(auth: Mapping[str, Any] | None) -> Viewer | None:
    """Who opens a socket: `auth` may carry `token` or `visitor`; else the session cookie says."""
    given = auth if isinstance(auth, Mapping) else {}
    return _identified(given.get("token"), given.get("visitor"))


def of_request() -> Viewer | None:
    """Who sends an HTTP request: `Authorization: Bearer …` or `Visitor …`; else the session cookie says."""
    scheme, _sep, secret = request.headers.get("Authorization", "").partition(" ")
    return _identified(
        secret.strip() if scheme.lower() == "bearer" else None,
        secret.strip() if scheme.lower() == "visitor" else None,
    )


def _identified(token: Any, visitor: Any) -> Viewer | None:
    """A token that is given but wrong is refused, never ignored."""
    if token is not None:
        found = token_of(str(token))
        return of_token(found) if found is not None else None
    if visitor is not None:
        return of_visitor_token(str(visitor))
    if current_user.is_authenticated and current_user.active:
        return of_user(current_user)
    return None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="callout-visitor")

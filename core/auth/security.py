"""Sign-in through Flask-Security (argon2, lockout, session protection) and the gate that every request passes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_login.signals import user_logged_in
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from config import Config
from core import clock, emails
from core.auth.access import CARRIER, PUBLIC, needed
from core.auth.models import Role, Token, User
from core.auth.permissions import allowed
from core.db import db, transaction
from core.errors import DomainError, NotAllowed

WRONG_TRIES = 8
LOCKED_FOR = timedelta(minutes=15)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
csrf = CSRFProtect()
datastore = SQLAlchemyUserDatastore(db, User, Role)


class NotSignedIn(DomainError):
    status = 401
    code = "not_signed_in"


class LockingLoginForm(LoginForm):  # type: ignore[misc]
    """Flask-Security's form plus lockout: after eight wrong passwords the account rests for 15 minutes."""

    def validate(self, **kwargs: Any) -> bool:
        now = clock.now()
        user = db.session.scalar(select(User).where(User.email == (self.email.data or "").strip().lower()))
        if user is not None and user.locked_until is not None and user.locked_until > now:
            self.form_errors.append(_("Too many wrong passwords. Try again in a few minutes."))
            return False
        if super().validate(**kwargs):
            return True
        if user is not None:
            user.failed_sign_ins += 1
            if user.failed_sign_ins >= WRONG_TRIES:
                user.locked_until, user.failed_sign_ins = now + LOCKED_FOR, 0
            db.session.commit()  # Flask-Security's own views are the one exception to one transaction per entry
        return False


def init_app(app: Flask, config: Config) -> None:
    """Configure Flask-Security and put the gate before every request."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SECURITY_PASSWORD_SALT=hashlib.sha256(config.secret_key.encode()).hexdigest(),
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_URL="/account/password",
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_EMAIL_VALIDATOR_ARGS=dict(emails.RULES),
        SECURITY_LOGIN_USER_TEMPLATE="core/sign_in.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="core/change_password.html",
        SECURITY_USE_REGISTER_V2=True,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_NAME="callout",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        REMEMBER_COOKIE_SECURE=config.secure_cookies,
        REMEMBER_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
    )
    csrf.init_app(app)
    Security(app, datastore, login_form=LockingLoginForm)
    user_logged_in.connect(_signed_in, app)
    app.before_request(gate)
    app.after_request(note_token_use)


def _signed_in(_app: Flask, user: User, **_more: Any) -> None:
    """Count from zero again. Flask-Security commits after the request."""
    user.failed_sign_ins, user.locked_until, user.last_sign_in_at = 0, None, clock.now()


def gate() -> Response | None:
    """Before every request: who is it, may they, and did our own page send it. A view without a mark is closed."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    bearer = _bearer()
    if request.endpoint.startswith(("security.", "api-docs.")):
        return None  # Flask-Security checks its own views; the API's description is no secret
    access = needed(current_app.view_functions[request.endpoint])
    if access == CARRIER:
        return None
    if request.method not in SAFE_METHODS and bearer is None:
        csrf.protect()
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if wants_json():
            raise NotSignedIn(lazy_gettext("Sign in first."))
        return redirect("/sign-in?next=" + quote(request.full_path.rstrip("?")))  # type: ignore[return-value]
    if access is None or not may(access):
        raise NotAllowed(lazy_gettext("Your role does not allow this."))
    return None


def wants_json() -> bool:
    """Whether the answer goes to a program: the API, or a page's own fetch."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def may(permission: str) -> bool:
    """Whether the signed-in user, or the token used, may do this."""
    return bool(current_user.is_authenticated) and allowed(current_roles(), permission)


def current_roles() -> frozenset[str]:
    """The roles in force: the user's, or the one of the bearer token as far as the user still has it."""
    if not current_user.is_authenticated:
        return frozenset()
    names: frozenset[str] = current_user.role_names
    token: Token | None = g.get("token")
    if token is None:
        return names
    return frozenset({token.role}) if token.role in names or "admin" in names else frozenset()


def _bearer() -> Token | None:
    """Sign the request in by its bearer token, if it carries one; a wrong one is refused, never ignored."""
    scheme, _sep, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    token = token_of(secret.strip())
    if token is None:
        raise NotSignedIn(lazy_gettext("This token is unknown or was revoked."))
    g.token = token
    g.token_seen = token.id, token.last_used_at
    g._login_user = token.user
    return token


def token_of(secret: str) -> Token | None:
    """The valid token with this secret. Reads only: who holds a connection must not ask for a second one."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    token = db.session.scalar(select(Token).where(Token.sha256 == digest, Token.revoked_at.is_(None)))
    return token if token is not None and token.user.active else None


def note_token_use(response: Response) -> Response:
    """After the view: write down, once a minute at most, that the token was used. The view's connection was given back first, and the row is
    not read again."""
    token_id, last = g.pop("token_seen", (None, None))
    now = clock.now()
    if token_id is not None and (last is None or now - last > timedelta(minutes=1)):
        try:
            db.session.rollback()
            with transaction() as session:
                free = select(Token.id).where(Token.id == token_id).with_for_update(skip_locked=True).scalar_subquery()
                session.execute(update(Token).where(Token.id == free).values(last_used_at=now))
        except DBAPIError as error:
            # The answer stands: what it tells has been done.
            current_app.logger.warning("a token's use was not noted: %s", error.orig)
            db.session.remove()
    return response

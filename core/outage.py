"""The database is away, or says that somebody else was quicker: a clear answer that needs no database, not an error page that fails as well.

Two writers that want the same row wait for each other, ten seconds at most (`lock_timeout`); of two that wait for each other's rows
PostgreSQL ends one. Neither is a bug. What may be done twice (a page read, a carrier's webhook, an API call with its `Idempotency-Key`)
is done again once at once; everybody else is told to try again: nothing was changed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.auth.access import CARRIER, needed
from core.auth.security import wants_json
from core.db import db
from core.web import nobody, on_bug, problem, without_reader

RETRY_AFTER = 5  # seconds
RETRY_AFTER_BUSY = 1
# SQLSTATE classes and codes of a server that is not to be spoken to: connection lost, shutting down, starting, too many connections.
_AWAY = ("08", "57P", "53300")
# Somebody else has the row: lock not available in time, deadlock, serialization failure.
_BUSY = ("55P03", "40P01", "40001")
Answer = tuple[Response | str, int, dict[str, str]]


def is_away(error: DBAPIError) -> bool:
    """Whether the server could not be reached, or went away; a refused or cancelled statement is something else."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (state is None and error.code == "e3q8") or str(state or "").startswith(_AWAY)


def is_busy(error: BaseException) -> bool:
    """Whether the same may well succeed a moment later, because somebody else only had what was wanted."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _BUSY


def on_database_error(error: DBAPIError) -> Any:
    """503 while the database is away or the row is another's; anything else that it refuses is a bug of ours."""
    if is_busy(error):
        return _again(error) if _may_be_repeated() else _busy(error)
    if not is_away(error):
        return on_bug(error)
    current_app.logger.error("database away: %s", error.orig)
    nobody()
    return _refused(_("The database cannot be reached at the moment. Nothing was changed. Try again in a few seconds."), "database_away")


def on_pool_timeout(error: PoolTimeout) -> Answer:
    """All connections of this process are in use, and none came free in time."""
    current_app.logger.error("no connection came free: %s", error)
    nobody()
    return _refused(_("Too much is going on at the moment. Nothing was changed. Try again in a few seconds."), "overloaded")


def _may_be_repeated() -> bool:
    """Once for each request, where the same twice is the same once."""
    if g.get("repeated"):
        return False
    if request.method in ("GET", "HEAD") or request.headers.get("Idempotency-Key"):
        return True
    return request.endpoint is not None and needed(current_app.view_functions[request.endpoint]) == CARRIER


def _again(error: DBAPIError) -> Any:
    """The same request from its beginning; who sent it is asked for again, since the session forgets all it knew."""
    current_app.logger.warning("doing it again: %s", error.orig)
    g.repeated = True
    db.session.remove()
    for name in ("_login_user", "token"):
        g.pop(name, None)
    try:
        answer = current_app.preprocess_request()
        return current_app.make_response(current_app.dispatch_request() if answer is None else answer)
    except Exception as second:
        return current_app.handle_user_exception(second)


def _busy(error: DBAPIError) -> Answer:
    current_app.logger.warning("somebody else has it: %s", error.orig)
    db.session.rollback()
    text = _("Somebody else is just changing this. Nothing of yours was changed. Try again.")
    return _refused(text, "busy", RETRY_AFTER_BUSY)


def _refused(title: str, code: str, retry_after: int = RETRY_AFTER) -> Answer:
    headers = {"Retry-After": str(retry_after)}
    if wants_json():
        return problem({"title": title, "status": 503, "code": code}), 503, headers
    return render_template("core/error.html", title=title, status=503), 503, headers


def let_go(_error: BaseException | None) -> None:
    """The request's session ends; runs before Flask-SQLAlchemy's own end. The answer stands: a connection that was lost since does not undo it."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        current_app.logger.warning("the database went away behind an answer: %s", error)
        with suppress(SQLAlchemyError):
            db.session().invalidate()
        db.session.registry.clear()


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.teardown_appcontext(let_go)
    app.register_error_handler(DBAPIError, without_reader(on_database_error))
    app.register_error_handler(PoolTimeout, without_reader(on_pool_timeout))

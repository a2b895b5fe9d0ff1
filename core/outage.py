"""The database is away: a clear answer that needs no database, instead of an error page that fails over the same error."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, render_template
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError

from core.auth.security import wants_json
from core.db import db
from core.web import on_bug, problem

RETRY_AFTER = 5  # seconds
# SQLSTATE classes and codes of a server that is not to be spoken to: connection lost, shutting down, starting, too many connections.
_AWAY = ("08", "57P", "53300")


def is_away(error: DBAPIError) -> bool:
    """Whether the server could not be reached, or went away; a refused or cancelled statement is something else."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (state is None and error.code == "e3q8") or str(state or "").startswith(_AWAY)


def on_database_error(error: DBAPIError) -> tuple[Response | str, int] | tuple[Response | str, int, dict[str, str]]:
    """503 while the database is away; anything else that it refuses is a bug of ours."""
    if not is_away(error):
        return on_bug(error)
    current_app.logger.error("database away: %s", error.orig)
    db.session.remove()
    g._login_user = anonymous()  # the page asks who reads it: finding out would need the database
    title = _("The database cannot be reached at the moment. Nothing was changed. Try again in a few seconds.")
    headers = {"Retry-After": str(RETRY_AFTER)}
    if wants_json():
        return problem({"title": title, "status": 503, "code": "database_away"}), 503, headers
    return render_template("core/error.html", title=title, status=503), 503, headers


def anonymous() -> Any:
    """Flask-Login's user who is nobody."""
    return current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Register the handler."""
    app.register_error_handler(DBAPIError, on_database_error)

"""Being signed in without typing: the session's cookie as the application makes it. Typing a password costs a browser and argon2 a second."""

from __future__ import annotations

from flask import Flask
from playwright.sync_api import BrowserContext

from core.auth.models import User
from core.db import transaction


def session_cookie(app: Flask, user_id: int) -> tuple[str, str]:
    """Name and value of the cookie of a browser in which this user has signed in."""
    with transaction() as session:
        proof = session.get_one(User, user_id).fs_uniquifier
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return app.config["SESSION_COOKIE_NAME"], serializer.dumps({"_user_id": proof, "_fresh": True, "fs_cc": "set", "identity": proof})


def cookie_of(app: Flask, user_id: int) -> dict[str, str]:
    """The same as the header of a request."""
    return {"Cookie": "=".join(session_cookie(app, user_id))}


def give_cookie(context: BrowserContext, app: Flask, user_id: int, address: str) -> None:
    """This browser's windows at `address` are signed in from now on."""
    name, value = session_cookie(app, user_id)
    context.add_cookies([{"name": name, "value": value, "url": address, "httpOnly": True, "sameSite": "Lax"}])

"""The commands that help when nobody can sign in any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security import verify_password
from sqlalchemy import select

from core.auth import services as accounts
from core.auth.models import User
from core.clock import now as current


def test_a_reset_prints_a_link_that_sets_a_new_password(app: Flask, db: Any, make_user: Callable[..., User]) -> None:
    user = make_user("admin", name="Ana")
    user.password = accounts.checked_hash("the old password")
    before = user.fs_uniquifier
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["admin", "reset", user.email.upper()])
    assert said.exit_code == 0, said.output
    address = app.config["CALLOUT"].public_base_url + "/welcome/"
    link = said.output.strip().splitlines()[-1]
    assert link.startswith(address)
    db.session.refresh(user)
    assert user.password is None
    assert user.fs_uniquifier != before
    changed = accounts.accept_invitation(
        secret=link.removeprefix(address), email="", name="", password="a new password", language="en", time_zone="UTC", now=current()
    )
    assert changed is db.session.scalar(select(User).where(User.id == user.id))
    assert verify_password("a new password", changed.password)
    assert (changed.name, changed.role_names) == ("Ana", frozenset({"admin"}))


def test_a_reset_signs_out_everywhere(app: Flask, db: Any, sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in("supervisor")
    assert client.get("/board").status_code == 200
    app.test_cli_runner().invoke(args=["admin", "reset", client.user.email])  # type: ignore[attr-defined]
    assert client.get("/board").status_code == 302


def test_an_unknown_address_is_told(app: Flask, db: Any) -> None:
    said = app.test_cli_runner().invoke(args=["admin", "reset", "nobody@callout.test"])
    assert said.exit_code == 1
    assert "no active user with the address nobody@callout.test" in said.output

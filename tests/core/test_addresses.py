"""Accounts with addresses of one's own house."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm

from core import clock
from core.auth import services as accounts
from core.db import db as database
from core.emails import is_address
from core.forms import WelcomeForm
from tests.core.test_pages import form_of

PASSWORD = "three words here"


@pytest.mark.parametrize("address", ["ana@callout.test", "ana@callout.local", "ana@firma.lan", "ana@example.com"])
def test_people_of_an_own_network_sign_in(app: Flask, db: Any, address: str) -> None:
    accounts.ensure_roles()
    accounts.create_user(email=address, name="Ana", password=PASSWORD, roles=["agent"], now=clock.now())
    database.session.commit()
    client = app.test_client()
    answer = client.post("/sign-in", data=form_of(client, "/sign-in", email=address, password=PASSWORD))
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/account").status_code == 200


def test_what_is_no_address_is_refused_where_an_invitation_is_taken(app: Flask) -> None:
    def problems(address: str) -> list[str]:
        with app.test_request_context(method="POST", data={"email": address}):
            form: FlaskForm = WelcomeForm(meta={"csrf": False})
            form.validate()
            return [str(problem) for problem in form.email.errors]

    assert problems("ana@callout.local") == []
    assert problems("ana at callout") == ["This is not an email address."]


@pytest.mark.parametrize("address", ["", "ana", "ana@", "@callout.test", "ana b@callout.test", "ana@call out.test"])
def test_other_texts_are_no_addresses(address: str) -> None:
    assert not is_address(address)

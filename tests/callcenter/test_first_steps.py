"""What a new firm is told to set up first: in the order in which it can be done, ticked off by what is there, gone when all is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.settings_pages import FIRST_STEPS, first_steps
from staff.models import Branch


def steps_on(page: str) -> dict[str, tuple[bool, bool]]:
    """Address → (done, marked as needed)."""
    found = re.search(r'<ol class="lines">(.*?)</ol>', page, re.S)
    lines = re.findall(r"<li.*?</li>", found[1], re.S) if found else []
    return {re.findall(r'<a [^>]*href="(/[^"]+)"', line)[0]: ('class="done"' in line, "Needed" in line) for line in lines}


def test_a_new_firm_sees_what_to_do_and_in_which_order(sign_in: Callable[..., FlaskClient], app: Flask) -> None:
    client = sign_in("admin")
    page = client.get("/settings").get_data(as_text=True)
    steps = steps_on(page)
    assert list(steps)[:3] == ["/settings/branches", "/settings/calendars", "/settings/queues"]
    assert not any(done for done, _needed in steps.values())
    assert [address for address, (_done, needed) in steps.items() if needed] == [
        "/settings/branches",
        "/settings/calendars",
        "/settings/queues",
        "/settings/policies",
        "/settings/users",
    ]
    assert " open>" in page
    assert {client.get(address).status_code for address in steps} == {200}


def test_what_is_there_is_ticked_off(sign_in: Callable[..., FlaskClient], db: Any) -> None:
    client = sign_in("admin")
    db.session.add(Branch(name="Berlin", time_zone="Europe/Berlin"))
    db.session.commit()
    steps = steps_on(client.get("/settings").get_data(as_text=True))
    assert steps["/settings/branches"] == (True, False)
    assert steps["/settings/queues"] == (False, True)
    assert steps["/settings/phone-numbers"] == (False, False)


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_others_see_only_what_they_may_do(sign_in: Callable[..., FlaskClient], role: str) -> None:
    steps = steps_on(sign_in(role).get("/settings", follow_redirects=True).get_data(as_text=True))
    assert set(steps) <= {"/settings/calendars", "/settings/policies", "/settings/rota", "/customers/import"}


def test_nothing_is_left_when_all_is_there(app: Flask, monkeypatch: pytest.MonkeyPatch, db: Any) -> None:
    with app.test_request_context():
        monkeypatch.setattr("core.settings_pages.may", lambda _permission: True)
        assert len(first_steps()) == len(FIRST_STEPS.fillers)
        monkeypatch.setattr(db.session, "scalar", lambda _query: True)
        assert first_steps() == []

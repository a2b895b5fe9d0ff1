"""Custom fields that customers see: on the help form and on the page of their request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from core.db import db as database
from tests.callcenter.web.conftest import Browser
from tests.callcenter.web.test_help_form import ticket
from tickets.fields.services import create_field
from tickets.models import Ticket


@pytest.fixture
def fields(now: datetime, desk: Any) -> None:
    common: dict[str, Any] = {"now": now, "actor_id": None, "public": True}
    create_field(kind="text", key="error_code", labels={"en": "Error code"}, ticket_kinds=["fault"], required="opening", **common)
    create_field(kind="number", key="floor", labels={"en": "Floor"}, options={"max": 9}, **common)
    create_field(kind="yes_no", key="works", labels={"en": "Still works"}, ticket_kinds=["fault"], **common)
    choices = {"choices": [{"key": "bill", "labels": {"en": "The bill"}}, {"key": "visit", "labels": {"en": "The visit"}}]}
    create_field(kind="choices", key="about", labels={"en": "About"}, options=choices, ticket_kinds=["complaint"], **common)
    create_field(kind="text", key="inner", labels={"en": "Only ours"}, required="opening", now=now, actor_id=None)
    database.session.commit()


def test_what_customers_fill_in_stands_on_the_ticket_and_on_their_page(browser: Browser, fields: None) -> None:
    page = browser.client.get("/help").get_data(as_text=True)
    assert "Error code (required)" in page
    assert "Only ours" not in page
    answer = browser.ask(kind="fault", field_error_code=" E15 ", field_floor="3", field_works="no", field_about=["bill"])
    assert answer.status_code == 303
    assert ticket().fields == {"error_code": "E15", "floor": 3, "works": False}
    shown = browser.client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "E15" in shown
    assert "<dt>Still works</dt><dd>No</dd>" in shown


def test_another_kind_asks_for_other_fields(browser: Browser, fields: None) -> None:
    assert browser.ask(kind="complaint", field_about=["visit", "bill"], field_error_code="E1").status_code == 303
    assert ticket().fields == {"about": ["bill", "visit"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Please fill this in."),
        ({"field_error_code": "E1", "field_floor": "ten"}, "This is not a number."),
        ({"field_error_code": "E1", "field_floor": "10"}, "At most 9."),
        ({"field_error_code": "E1", "field_works": "maybe"}, "This is neither yes nor no."),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field_and_nothing_is_lost(
    browser: Browser, fields: None, given: dict[str, Any], said: str
) -> None:
    answer = browser.ask(kind="fault", description="It drips on the floor.", **given)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "It drips on the floor." in page
    assert database.session.scalar(database.select(database.func.count()).select_from(Ticket)) == 0

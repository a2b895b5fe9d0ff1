"""Custom fields in conditions, in columns of lists and in their export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.db import db as database
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tickets import conditions
from tickets.fields.models import TicketField
from tickets.fields.services import retire_field
from tickets.models import Ticket
from tickets.saved_views.columns import columns


@pytest.fixture
def two(firm: Firm, each_kind: dict[str, TicketField], make_user: Callable[..., Any]) -> dict[str, int]:
    """A ticket with a value in every field, one without any; their numbers, and the surveyor's id."""
    person = firm.person(make_user("agent", name="Ana").id)
    day = (firm.now - timedelta(days=3)).date().isoformat()
    values = {"room": "B  12", "floor": 3, "bought": day, "building": "north", "damage": ["water", "smoke"], "insured": False}
    full, empty = firm.ticket(fields={**values, "surveyor": person.id}), firm.ticket(subject="Nothing known")
    return {"full": full.number, "empty": empty.number, "person": person.id}


def asked(firm: Firm, field: str, op: str, value: Any = None) -> set[int]:
    """Numbers of the tickets for which it holds."""
    stored: Any = {"match": "all", "items": [{"field": f"fields.{field}", "op": op, "value": value}]}
    conditions.check(stored)
    clause = conditions.clause(stored, now=firm.now, person_id=None)
    return set(database.session.scalars(database.select(Ticket.number).where(clause)))


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("room", "is", "b 12"),
        ("room", "contains", "12"),
        ("room", "starts_with", "b"),
        ("floor", "is", 3),
        ("floor", "at_least", 2),
        ("floor", "at_most", 3),
        ("bought", "on", "2026-03-07"),
        ("bought", "before", "today"),
        ("bought", "after", "2026-03-06"),
        ("bought", "last", {"count": 3, "unit": "days"}),
        ("bought", "longer_ago", {"count": 2, "unit": "days"}),
        ("building", "is", ["north", "south"]),
        ("damage", "has_any", ["noise", "smoke"]),
        ("damage", "has_all", ["water", "smoke"]),
        ("insured", "is", False),
        ("room", "not_empty", None),
        ("damage", "not_empty", None),
        ("bought", "not_empty", None),
    ],
)
def test_a_question_finds_the_ticket_that_has_it_and_only_that(firm: Firm, two: dict[str, int], field: str, op: str, value: Any) -> None:
    assert asked(firm, field, op, value) == {two["full"]}


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("room", "is_not", "b 12"),
        ("floor", "is_not", 3),
        ("building", "is_not", ["north"]),
        ("damage", "has_none", ["water"]),
        ("bought", "empty", None),
        ("surveyor", "empty", None),
    ],
)
def test_what_is_not_so_holds_for_a_ticket_without_the_field_too(firm: Firm, two: dict[str, int], field: str, op: str, value: Any) -> None:
    assert asked(firm, field, op, value) == {two["empty"]}


@pytest.mark.parametrize(
    ("op", "value"),
    [("on", "2026-03-08"), ("before", "2026-03-07"), ("after", "2026-03-07"), ("last", {"count": 2, "unit": "days"}), ("after", "now")],
)
def test_a_day_is_a_day_not_its_first_second(firm: Firm, two: dict[str, int], op: str, value: Any) -> None:
    assert asked(firm, "bought", op, value) == set()


def test_references_are_found_by_typing(
    firm: Firm, two: dict[str, int], define: Callable[..., TicketField], as_role: Callable[[str], Program]
) -> None:
    define("twin", "reference", to="ticket")
    assert asked(firm, "surveyor", "is", [two["person"]]) == {two["full"]}
    agent = as_role("agent")
    found = agent("GET", "/tickets/condition-fields/fields.twin/options?text=Nothing").json["items"]
    assert [item["value"] for item in found] == [two["empty"]]
    assert agent("GET", f"/tickets/condition-fields/fields.twin/options?text={two['full']}").json["items"][0]["value"] == two["full"]
    assert (
        agent("GET", f"/tickets/condition-fields/fields.twin/options?values={two['full']}")
        .json["items"][0]["label"]
        .endswith("Boiler leaks")
    )


def test_a_retired_field_can_still_be_asked_for(firm: Firm, two: dict[str, int], each_kind: dict[str, TicketField]) -> None:
    retire_field(field_id=each_kind["building"].id, now=firm.now, actor_id=None)
    assert str(conditions.fields()["fields.building"].label) == "Building (retired)"
    assert asked(firm, "building", "is", ["north"]) == {two["full"]}


def test_a_column_says_what_people_read(firm: Firm, two: dict[str, int], as_role: Callable[[str], Program]) -> None:
    line = next(row for row in as_role("agent")("GET", "/tickets").json["items"] if row["number"] == two["full"])
    known = columns()
    shown = {name: known[f"fields.{name}"].of(line, f"fields.{name}") for name in ("room", "floor", "building", "damage", "surveyor")}
    assert shown == {"room": "B 12", "floor": 3, "building": "north", "damage": ["Water", "Smoke"], "surveyor": "Ana"}
    words = known["fields.building"].words
    assert words is not None
    assert words()["north"] == "North wing"


def test_a_field_that_a_view_shows_is_not_deleted(
    firm: Firm, define: Callable[..., TicketField], as_role: Callable[[str], Program]
) -> None:
    row = define("floor", "number")
    admin = as_role("admin")
    body = {"name": "By floor", "conditions": {"match": "all", "items": []}, "columns": ["number", "subject", "fields.floor"]}
    made = admin("POST", "/tickets/views", body)
    assert made.status_code == 201, made.json
    refused = admin("DELETE", f"/ticket-fields/{row.id}")
    assert (refused.status_code, [use["name"] for use in refused.json["uses"]]) == (409, ["By floor"])

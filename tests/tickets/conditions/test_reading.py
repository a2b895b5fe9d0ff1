"""Stored conditions: what is refused and named, groups, explanations, and what the editor is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from core.db import db as database
from core.errors import NotValid
from customers.services import create_customer
from tests.tickets.conftest import Firm
from tickets import conditions
from tickets.conditions.fields import Field, YesNoField
from tickets.conditions.providers import _providers
from tickets.models import Ticket

URGENT = {"field": "priority", "op": "is", "value": ["urgent"]}
NOBODYS = {"field": "assignee", "op": "empty"}
FAULT = {"field": "kind", "op": "is", "value": ["fault"]}


def group(match: str, *items: Any) -> dict[str, Any]:
    return {"match": match, "items": list(items)}


def refused(stored: Any, **more: Any) -> NotValid:
    with pytest.raises(NotValid) as caught:
        conditions.check(stored, **more)
    assert caught.value.field == "conditions"
    return caught.value


def found(stored: Any, now: datetime) -> list[int]:
    return list(database.session.scalars(select(Ticket.number).where(conditions.clause(stored, now=now)).order_by(Ticket.id)))


def test_groups_join_all_or_any_and_none_is_every_ticket(firm: Firm, now: datetime) -> None:
    urgent, normal = firm.ticket(priority="urgent"), firm.ticket(kind="question")
    both = [urgent.number, normal.number]
    assert found({}, now) == found(group("any"), now) == found(group("all"), now) == both
    assert found(group("all", URGENT, FAULT), now) == [urgent.number]
    assert found(group("any", URGENT, {"field": "kind", "op": "is", "value": ["question"]}), now) == both
    assert found(group("all", NOBODYS, group("any", URGENT, group("all", FAULT))), now) == [urgent.number]


def test_a_ticket_matches_or_not_and_every_item_says_whether_it_held(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket(priority="urgent", kind="question")
    stored = group("all", URGENT, group("any", FAULT, NOBODYS))
    conditions.check(stored)
    assert conditions.matches(ticket.id, stored, now=now)
    assert not conditions.matches(ticket.id, group("all", URGENT, FAULT), now=now)
    first, second = conditions.explain(ticket.id, stored, now=now)
    assert (first["label"], first["held"], first["value"]) == ("Priority", True, ["urgent"])
    assert [second["held"], *[one["held"] for one in second["items"]]] == [True, False, True]
    assert conditions.explain(ticket.id, {}, now=now) == []


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "status",
        {"match": "all"},
        {"match": "some", "items": []},
        {"match": "all", "items": [], "more": 1},
        group("all", "status"),
        group("all", {"field": "status"}),
        group("all", {"field": 1, "op": "is"}),
        group("all", {**URGENT, "note": "x"}),
        group("all", group("all", group("all", group("all", URGENT)))),
        group("all", *[URGENT] * 31),
        group("all", group("any", *[URGENT] * 16), group("any", *[URGENT] * 15)),
    ],
)
def test_what_has_not_the_shape_of_conditions_is_refused(db: Any, stored: Any) -> None:
    refused(stored)


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("status", "contains", ["open"]),
        ("status", "is", ["gone"]),
        ("status", "is", []),
        ("status", "is", "open"),
        ("status", "is", [{"a": 1}]),
        ("status", "is", None),
        ("queue", "is", [999_999]),
        ("queue", "is", [True]),
        ("queue", "is", ["1"]),
        ("queue", "empty", None),
        ("assignee", "is", ["you"]),
        ("assignee", "empty", 1),
        ("customer", "is", [1 << 70]),
        ("customer", "is", [77]),
        ("customer", "is", list(range(1, 300))),
        ("subject", "contains", " "),
        ("subject", "contains", 7),
        ("subject", "contains", "a\0"),
        ("subject", "is", "x" * 301),
        ("number", "at_least", "7"),
        ("number", "is", True),
        ("number", "is", 1e30),
        ("number", "is", float("nan")),
        ("open", "is", 1),
        ("created", "before", "now or never"),
        ("created", "before", "2026-02-30"),
        ("created", "before", "2026-03-10T10:00:00"),
        ("created", "on", "now"),
        ("created", "on", ["today"]),
        ("created", "last", {"count": 0, "unit": "days"}),
        ("created", "last", {"count": 2, "unit": "years"}),
        ("created", "last", {"count": "2", "unit": "days"}),
        ("created", "last", {"count": 2, "unit": ["days"]}),
        ("created", "last", 7),
        ("tags", "has_any", [" "]),
        ("tags", "has_all", "vip"),
    ],
)
def test_a_wrong_operator_or_value_is_refused_by_the_name_of_its_field(firm: Firm, field: str, op: str, value: Any) -> None:
    error = refused(group("all", URGENT, group("any", {"field": field, "op": op, "value": value})))
    (problem,) = error.details["problems"]
    assert (problem["path"], problem["field"]) == ([1, 0], field)
    assert str(conditions.fields()[field].label) in problem["message"]


def test_me_is_refused_where_nobody_asks(firm: Firm, now: datetime) -> None:
    mine = group("all", {"field": "assignee", "op": "is", "value": ["me"]})
    conditions.check(mine)
    refused(mine, personal=False)
    firm.ticket()
    assert found(mine, now) == []


def test_a_field_that_was_removed_is_named_and_never_an_error_of_ours(firm: Firm, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    field: Field = YesNoField(name="cf_extra", label="Extra", column=Ticket.reopened > 0)
    monkeypatch.setattr("tickets.conditions.providers._providers", [*_providers, lambda: [field]])
    stored = group("all", {"field": "cf_extra", "op": "is", "value": False})
    ticket = firm.ticket()
    conditions.check(stored)
    assert found(stored, now) == [ticket.number]
    monkeypatch.undo()
    assert "cf_extra" in str(refused(stored).message)
    (problem,) = conditions.problems(stored)
    assert (problem.code, problem.path) == ("unknown_field", [0])
    for ask in (
        lambda: conditions.clause(stored, now=now),
        lambda: conditions.matches(ticket.id, stored, now=now),
        lambda: conditions.explain(ticket.id, stored, now=now),
    ):
        with pytest.raises(NotValid, match="cf_extra"):
            ask()


def test_the_editor_is_told_every_field_and_finds_references(firm: Firm, sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in("agent")
    answer = client.get("/api/v1/tickets/condition-fields")
    assert answer.status_code == 200, answer.text
    told = {one["name"]: one for one in answer.json["items"]}  # type: ignore[index]
    assert told["queue"]["options"] == [{"value": firm.queue.id, "label": "Repairs"}]
    assert (told["status"]["kind"], told["due"]["operators"][-2:]) == ("choice", ["empty", "not_empty"])
    made = create_customer(name="Café Seestern", kind="person", now=firm.now, actor_id=None)
    database.session.commit()
    path = "/api/v1/tickets/condition-fields/customer/options"
    for query in ({"text": "seest"}, {"values": str(made.id)}):
        assert client.get(path, query_string=query).json == {"items": [{"value": made.id, "label": "Café Seestern"}]}
    assert client.get("/api/v1/tickets/condition-fields/status/options").status_code == 404
    assert sign_in("technician").get("/api/v1/tickets/condition-fields").status_code == 403

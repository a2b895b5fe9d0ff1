"""Which policy a ticket gets and why, and the order in which policies are tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from core import audit, outbox
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import Customer
from tests.javascript import evaluate
from tests.tickets.conftest import HOUR, Firm
from tickets.sla import policies, queries, recompute
from tickets.sla.models import Policy


@pytest.fixture
def admin(sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    return sign_in("admin")


def asked(client: FlaskClient, **body: Any) -> Any:
    found = client.post("/api/v1/policy-choices", json=body)
    assert found.status_code == 200, found.text
    return found.json


def three(firm: Firm) -> tuple[Policy, Policy, Policy]:
    everybody = firm.policy("Everybody", position=10, resolution=8 * HOUR)
    gold = firm.policy("Gold", {"tiers": ["gold"], "priorities": ["urgent", "high"]}, position=20, resolution=HOUR)
    covered = firm.policy("Covered", {"contract": True}, position=30, resolution=2 * HOUR)
    database.session.commit()
    return everybody, gold, covered


def test_each_policy_says_which_of_its_conditions_do_not_hold(firm: Firm, admin: FlaskClient) -> None:
    firm.calendar()
    everybody, gold, covered = three(firm)
    found = asked(admin, queue_id=firm.queue.id, tier="silver", priority="normal", contract=True)
    assert [(row["policy_id"], row["failing"], row["chosen"]) for row in found["candidates"]] == [
        (gold.id, ["priorities", "tiers"], False),
        (covered.id, [], True),
        (everybody.id, [], False),
    ]
    assert (found["targets"], found["calendar"]) == ({"resolution": 2 * HOUR}, "Office")
    alone = asked(admin, priority="low")
    assert [row["policy_id"] for row in alone["candidates"] if row["chosen"]] == [everybody.id]
    assert alone["calendar"] is None


def test_a_policy_switched_off_is_never_chosen(firm: Firm, admin: FlaskClient) -> None:
    _everybody, gold, _covered = three(firm)
    gold.active = False
    database.session.commit()
    found = asked(admin, tier="gold", priority="urgent")
    row = next(row for row in found["candidates"] if row["policy_id"] == gold.id)
    assert (row["failing"], row["active"], row["chosen"]) == ([], False, False)


def test_the_answer_for_a_ticket_is_what_the_ticket_got(firm: Firm, admin: FlaskClient, now: datetime) -> None:
    _everybody, gold, _covered = three(firm)
    customer = Customer(kind="person", name="Ms Gold", tier="gold", created_at=now, updated_at=now)
    database.session.add(customer)
    database.session.flush()
    ticket = firm.ticket(now, customer_id=customer.id, priority="urgent")
    database.session.commit()
    found = asked(admin, ticket=ticket.number)
    assert [row["policy_id"] for row in found["candidates"] if row["chosen"]] == [gold.id] == [found["current_policy_id"]]
    assert found["facts"] == {
        "queue_id": firm.queue.id,
        "kind": "fault",
        "priority": "urgent",
        "tier": "gold",
        "equipment": False,
        "contract": False,
    }


def test_without_a_policy_nothing_is_chosen(firm: Firm, admin: FlaskClient) -> None:
    found = asked(admin)
    assert (found["candidates"], found["targets"]) == ([], {})


@pytest.mark.parametrize(("body", "status"), [({"ticket": 999_999}, 404), ({"queue_id": 999_999}, 422), ({"tier": "lead"}, 422)])
def test_what_there_is_not_is_said(firm: Firm, admin: FlaskClient, body: dict[str, Any], status: int) -> None:
    answer = admin.post("/api/v1/policy-choices", json=body)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["title"]


def test_only_supervisors_and_administrators_ask_and_order(firm: Firm, admin: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    dispatcher = sign_in("dispatcher")
    assert dispatcher.post("/api/v1/policy-choices", json={}).status_code == 403
    assert dispatcher.post("/api/v1/policy-order", json={"ids": [1]}).status_code == 403
    assert sign_in("supervisor").post("/api/v1/policy-order", json={"ids": [999_999]}).status_code == 409


def test_another_order_holds_at_once_and_recomputes_all_open_tickets(firm: Firm, admin: FlaskClient) -> None:
    everybody, gold, covered = three(firm)
    first, facts = asked(admin, tier="gold", priority="urgent", contract=True), {"tier": "gold", "priority": "urgent", "contract": True}
    assert [row["policy_id"] for row in first["candidates"]] == [gold.id, covered.id, everybody.id]
    answer = admin.post("/api/v1/policy-order", json={"ids": [everybody.id, covered.id, gold.id]})
    assert answer.status_code == 200, answer.text
    second = asked(admin, **facts)
    # Everybody's stands first in the list and comes last all the same.
    assert [(row["policy_id"], row["chosen"]) for row in second["candidates"]] == [
        (covered.id, True),
        (gold.id, False),
        (everybody.id, False),
    ]
    rows = database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=recompute.KIND)).all()
    assert [row.payload["scope"] for row in rows] == [{}]
    entry = database.session.scalars(database.select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.after) == ("policies.ordered", {"order": ["Everybody", "Covered", "Gold"]})


def test_the_same_order_changes_nothing(firm: Firm, now: datetime) -> None:
    rows = three(firm)
    policies.order_policies(policy_ids=[row.id for row in rows], now=now, actor_id=None)
    assert [row.version for row in rows] == [1, 1, 1]
    assert database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=recompute.KIND)).all() == []


def test_an_order_that_names_too_few_too_many_or_one_twice_is_refused(firm: Firm, now: datetime) -> None:
    everybody, gold, covered = three(firm)
    for ids, refusal in (
        ([everybody.id, gold.id], Conflict),
        ([everybody.id, gold.id, covered.id, 999_999], Conflict),
        ([everybody.id, gold.id, gold.id], NotValid),
    ):
        with pytest.raises(refusal):
            policies.order_policies(policy_ids=ids, now=now, actor_id=None)
    assert [row.position for row in queries.policies()] == [10, 20, 30]


def test_a_new_policy_is_the_last(firm: Firm, now: datetime) -> None:
    three(firm)
    made = policies.create_policy(name="New", targets={"default": {"resolution": 60}}, now=now, actor_id=None)
    assert made.position == 40


def test_a_policy_moves_by_one_place_among_its_own_sort() -> None:
    given = [{"id": 1}, {"id": 2, "all": True}, {"id": 3}, {"id": 4, "all": True}]

    def moved(place: int, by: int) -> list[int]:
        found = evaluate("tickets/settings/order.js", f"it.moved(given, given[{place}], {by}, (one) => Boolean(one.all))", given)
        return [one["id"] for one in found]

    assert moved(0, 1) == [3, 2, 1, 4]
    assert moved(3, -1) == [1, 4, 3, 2]
    assert moved(0, -1) == moved(3, 1) == [1, 2, 3, 4]

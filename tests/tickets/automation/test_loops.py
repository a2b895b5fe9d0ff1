"""However rules set each other off, it comes to an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.auth.models import User
from core.db import db as database
from tests.tickets.automation.conftest import Keep, WorkOff, firings, fresh, states
from tests.tickets.conftest import Firm
from tickets import services
from tickets.automation import rules
from tickets.automation import services as keeping
from tickets.automation.models import Rule, RuleFiring, RulePause
from tickets.notices.models import Notice
from tickets.rules import KINDS, PRIORITIES


def priority(value: str) -> dict[str, Any]:
    return {"do": "priority", "priority": value}


def draft(number: int, on: str, *actions: dict[str, Any], **only: list[Any]) -> rules.Draft:
    return rules.Draft(number, f"R{number}", {"trigger": {"on": on, "only": only, "after": 0}, "actions": list(actions)})


def test_a_rule_that_starts_itself_is_warned_of_when_it_is_saved_and_stopped_when_it_runs(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime
) -> None:
    kept = rule("priority_changed", priority("high"), {"do": "tags", "add": ["seen"]})
    assert rules.circle(rules.Draft(kept.id, "", kept.definition), []) == []
    ticket = firm.ticket()
    services.set_priority(ticket_id=ticket.id, priority="low", now=now, actor_id=None)
    work_off()
    assert (states(kept), fresh(ticket).priority) == (["done", "stopped"], "high")
    assert firings(kept)[1].reason == "itself"


def test_two_rules_that_set_each_other_off_fire_once_each(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    up = rule("priority_changed", priority("high"), only={"to": ["low"]}, name="up")
    down = rule("priority_changed", priority("low"), only={"to": ["high"]}, name="down")
    ticket = firm.ticket()
    services.set_priority(ticket_id=ticket.id, priority="low", now=now, actor_id=None)
    work_off()
    assert (states(up), states(down)) == (["done", "stopped"], ["done"])


def test_a_chain_of_rules_ends_after_five(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    steps = [
        rule("tags_changed", {"do": "tags", "add": [f"t{number + 1}"]}, only={"added": [f"t{number}"]}, name=f"{number}")
        for number in range(7)
    ]
    ticket = firm.ticket()
    services.change_tags(ticket_id=ticket.id, add=["t0"], now=now, actor_id=None)
    work_off()
    assert [states(one) for one in steps] == [["done"]] * 5 + [["stopped"]] + [[]]
    assert firings(steps[5])[0].reason == "depth"


def test_a_rule_that_fires_too_often_on_one_ticket_is_paused_there_and_an_administrator_is_told(
    firm: Firm, rule: Keep, work_off: WorkOff, make_user: Callable[..., User], now: datetime
) -> None:
    admin = make_user("admin")
    kept = rule("tags_changed", {"do": "note", "text": "again"})
    ticket, other = firm.ticket(), firm.ticket()
    for count in range(rules.MOST_FIRINGS + 3):
        services.change_tags(ticket_id=ticket.id, add=[f"t{count}"], now=now, actor_id=None)
    services.change_tags(ticket_id=other.id, add=["t"], now=now, actor_id=None)
    work_off()
    found = [one for one in firings(kept) if one.ticket_id == ticket.id]
    assert [one.state for one in found].count("done") == rules.MOST_FIRINGS
    assert [one.reason for one in found if one.state == "stopped"] == ["rate"]
    assert len([one for one in firings(kept) if one.ticket_id == other.id]) == 1, "only on that ticket"
    assert len(database.session.scalars(select(Notice).filter_by(user_id=admin.id)).all()) == 1
    later = now + timedelta(hours=1)
    services.change_tags(ticket_id=ticket.id, add=["later"], now=later, actor_id=None)
    work_off(later)
    assert len(firings(kept)) == len(found) + 1, "still paused"
    keeping.resume(rule_id=kept.id, number=ticket.number, now=later, actor_id=None)
    services.change_tags(ticket_id=ticket.id, add=["free"], now=later, actor_id=None)
    work_off(later)
    assert states(kept)[-1] == "done"
    assert database.session.scalars(select(RulePause)).all() == []


@pytest.mark.parametrize(
    ("one", "others", "found"),
    [
        (draft(1, "priority_changed", priority("high"), to=["low"]), [], None),
        (draft(1, "priority_changed", priority("high"), to=["high"]), [], []),
        (draft(1, "tags_changed", {"do": "tags", "remove": ["a"]}, added=["a"]), [], None),
        (draft(1, "status_changed", {"do": "status", "status": "waiting", "wait_reason": "part"}, wait_reason=["customer"]), [], None),
        (draft(1, "status_changed", {"do": "status", "status": "waiting", "wait_reason": "part"}, to=["waiting"]), [], []),
        (draft(1, "message_sent", {"do": "message", "texts": {"en": "Hello"}}), [], None),
        (
            draft(1, "priority_changed", {"do": "tags", "add": ["a"]}),
            [draft(2, "tags_changed", {"do": "kind", "kind": "fault"}, added=["A"]), draft(3, "kind_changed", priority("low"))],
            ["R2", "R3"],
        ),
        (draft(1, "priority_changed", {"do": "queue", "queue": 7}), [draft(2, "assignee_changed", priority("low"))], ["R2"]),
    ],
)
def test_the_warning_finds_the_shortest_circle(one: rules.Draft, others: list[rules.Draft], found: list[str] | None) -> None:
    assert rules.circle(one, others) == found


ACTIONS = st.one_of(
    st.sampled_from(PRIORITIES).map(priority),
    st.sampled_from(KINDS).map(lambda kind: {"do": "kind", "kind": kind}),
    st.sampled_from("abc").map(lambda name: {"do": "tags", "add": [name]}),
    st.sampled_from("abc").map(lambda name: {"do": "tags", "remove": [name]}),
    st.sampled_from(["open", "resolved"]).map(lambda status: {"do": "status", "status": status}),
)
TRIGGERS = st.sampled_from(["priority_changed", "kind_changed", "tags_changed", "status_changed"])
RULES = st.lists(st.tuples(TRIGGERS, st.lists(ACTIONS, min_size=1, max_size=3), st.booleans()), min_size=1, max_size=5)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule_set=RULES)
def test_any_set_of_rules_comes_to_an_end(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime, rule_set: list[tuple[str, list[dict[str, Any]], bool]]
) -> None:
    for old in database.session.scalars(select(Rule)):
        old.active = False
    kept = [rule(on, *actions, stop_after=stop) for on, actions, stop in rule_set]
    ticket = firm.ticket()
    common: dict[str, Any] = {"ticket_id": ticket.id, "now": now, "actor_id": None}
    services.set_priority(**common, priority="low")
    services.set_kind(**common, kind="complaint")
    services.change_tags(**common, add=["a", "b"])
    work_off(most=400)
    ids = [one.id for one in kept]
    fired = select(RuleFiring.rule_id, func.count()).where(RuleFiring.rule_id.in_(ids), RuleFiring.state != "stopped")
    counts = dict(database.session.execute(fired.group_by(RuleFiring.rule_id)).tuples().all())
    assert all(count <= rules.MOST_FIRINGS for count in counts.values())
    for one in firings():
        if one.rule_id in ids and one.state != "stopped":
            assert len(one.chain) <= rules.DEEPEST
            assert len(set(one.chain)) == len(one.chain)


def test_a_rule_on_a_merged_ticket_does_nothing(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    kept = rule("priority_changed", {"do": "note", "text": "x"})
    merged, survivor = firm.ticket(), firm.ticket()
    services.set_priority(ticket_id=merged.id, priority="high", now=now, actor_id=None)
    services.merge_tickets(merged_id=merged.id, survivor_id=survivor.id, now=now, actor_id=None)
    work_off()
    assert states(kept) == []

"""Rules fire once, in order, on what they are for; what they do stands on the ticket and in the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import outbox
from core.auth.models import User
from core.db import db as database
from core.errors import NotValid
from core.webhooks.models import Delivery, Endpoint
from tests.tickets.automation.conftest import Keep, WorkOff, firings, fresh, states
from tests.tickets.conftest import Firm
from tickets import queries, services
from tickets.automation import deeds, running, timing
from tickets.automation import services as rules
from tickets.automation.models import Rule, RuleMark, RuleTimer
from tickets.fields.services import create_field
from tickets.fields.uses import FIELD_USES
from tickets.models import Entry
from tickets.notices.models import Notice

HIGH = {"do": "priority", "priority": "high"}
KIND = {"match": "all", "items": [{"field": "kind", "op": "is", "value": ["fault"]}]}


def tag(name: str) -> dict[str, Any]:
    return {"do": "tags", "add": [name]}


def tags(ticket_id: int) -> list[str]:
    return queries.tags_of([ticket_id])[ticket_id]


def test_nothing_is_done_inside_the_click_and_all_of_it_soon_after(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    kept = rule("ticket_opened", HIGH, tag("new"), {"do": "note", "text": "#{{number}}: {{subject}}"}, condition=KIND)
    ticket, other = firm.ticket(kind="fault"), firm.ticket(kind="question")
    assert (ticket.priority, firings()) == ("normal", [])
    work_off()
    assert (fresh(ticket).priority, tags(ticket.id), fresh(other).priority) == ("high", ["new"], "normal")
    assert [one.text for one in queries.entries_of(ticket.id, kinds=["note"])] == [f"#{ticket.number}: Boiler leaks"]
    [firing] = firings(kept)
    assert (firing.state, firing.ticket_id, [one["state"] for one in firing.results]) == ("done", ticket.id, ["done"] * 3)
    told = [entry.data for entry in queries.entries_of(ticket.id) if "rule" in entry.data and entry.kind == "change"]
    assert [(one["rule"]["name"], one["done"][0]["do"]) for one in told] == [("Rule", "priority")]


def test_an_occasion_handed_over_again_fires_nothing_twice(firm: Firm, rule: Keep, work_off: WorkOff) -> None:
    rule("ticket_opened", {"do": "note", "text": "once"})
    ticket = firm.ticket()
    work_off()
    [row] = database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "automation.run"))
    database.session.commit()
    running.run(row.id, row.payload)
    assert len(queries.entries_of(ticket.id, kinds=["note"])) == 1
    assert len(firings()) == 1


def test_rules_go_in_their_order_each_seeing_what_the_one_before_did_until_one_says_stop(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime
) -> None:
    high = {"match": "all", "items": [{"field": "priority", "op": "is", "value": ["high"]}]}
    first = rule("ticket_opened", HIGH, name="first")
    second = rule("ticket_opened", tag("second"), name="second", condition=high, stop_after=True)
    third = rule("ticket_opened", tag("third"), name="third")
    ticket = firm.ticket()
    work_off()
    assert (tags(ticket.id), states(third)) == (["second"], [])
    rules.put_in_order(ids=[third.id, second.id, first.id], now=now, actor_id=None)
    other = firm.ticket()
    work_off()
    assert (tags(other.id), fresh(other).priority, len(firings(second))) == (["third"], "high", 1)


@pytest.mark.parametrize(
    ("on", "only", "fires"),
    [
        ("status_changed", {"to": ["waiting"], "wait_reason": ["part"]}, True),
        ("status_changed", {"to": ["waiting"], "wait_reason": ["customer"]}, False),
        ("status_changed", {"from": ["open"]}, False),
        ("priority_changed", {"to": ["urgent"]}, True),
        ("priority_changed", {"from": ["urgent"]}, False),
        ("kind_changed", {"to": ["complaint"]}, True),
        ("tags_changed", {"added": ["vip"]}, True),
        ("tags_changed", {"removed": ["vip"]}, False),
        ("field_changed", {"field": ["floor"]}, True),
        ("field_changed", {"field": ["roof"]}, False),
        ("assignee_changed", {"from": [0]}, True),
        ("queue_changed", {}, True),
        ("message_received", {"channel": ["email"]}, True),
        ("message_received", {"channel": ["sms"]}, False),
        ("message_sent", {}, True),
    ],
)
def test_a_rule_hears_what_it_asks_for_and_nothing_else(
    firm: Firm, rule: Keep, work_off: WorkOff, make_user: Callable[..., User], now: datetime, on: str, only: dict[str, Any], fires: bool
) -> None:
    person, ticket = firm.person(make_user("agent").id), firm.ticket()
    other = services.create_queue(key="sales", name="Sales", branch_id=firm.branch.id, now=now, actor_id=None)
    for key in ("floor", "roof"):
        create_field(kind="text", key=key, labels={"en": key}, now=now, actor_id=None)
    kept = rule(on, {"do": "note", "text": "heard"}, only=only)
    common: dict[str, Any] = {"ticket_id": ticket.id, "now": now, "actor_id": None}
    services.change_status(**common, status="waiting", wait_reason="part")
    services.set_priority(**common, priority="urgent")
    services.set_kind(**common, kind="complaint")
    services.change_tags(**common, add=["VIP"])
    services.set_fields(**common, fields={"floor": "3"})
    services.move_to_queue(**common, queue_id=other.id)
    services.assign(**common, person_id=person.id)
    services.receive_message(ticket_id=ticket.id, text="Well?", now=now, channel="email")
    services.receive_message(ticket_id=ticket.id, text="I am away", now=now, channel="sms", automatic=True)
    services.reply(**common, text="Soon.", channel="web")
    work_off()
    assert states(kept) == (["done"] if fires else [])


def test_what_an_agent_takes_back_or_a_rule_that_is_off_fires_nothing(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    off = rule("priority_changed", tag("off"), active=False)
    on = rule("priority_changed", tag("on"))
    ticket = firm.ticket()
    savepoint = database.session.begin_nested()
    services.set_priority(ticket_id=ticket.id, priority="high", now=now, actor_id=None)
    savepoint.rollback()
    work_off()
    assert (states(on), states(off)) == ([], [])
    services.set_priority(ticket_id=ticket.id, priority="low", now=now, actor_id=None)
    database.session.commit()
    rules.switch(rule_id=on.id, active=False, now=now, actor_id=None)
    work_off()
    assert states(on) == [], "switched off before the worker came"


def test_a_message_is_marked_as_automatic_stops_no_clock_and_wakes_no_rule(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime
) -> None:
    firm.policy(first_response=3600)
    firm.calendar()
    rule("message_received", {"do": "message", "texts": {"en": "Thank you, {{customer}}", "zh_Hans": "谢谢"}})
    heard = rule("message_sent", tag("heard"))
    ticket = firm.ticket(channel="web", language="zh_Hans")
    services.receive_message(ticket_id=ticket.id, text="Hello", now=now, channel="web")
    work_off()
    [sent] = queries.entries_of(ticket.id, kinds=["message_out"])
    assert (sent.text, sent.public, sent.data["automatic"]) == ("谢谢", True, True)
    assert (fresh(ticket).status, ticket.first_response_at, firm.clock(ticket, "first_response").state) == ("new", None, "running")
    assert states(heard) == []


def test_a_message_to_somebody_without_an_address_fails_and_says_so(firm: Firm, rule: Keep, work_off: WorkOff) -> None:
    kept = rule("ticket_opened", {"do": "message", "texts": {"en": "Hello"}}, HIGH)
    ticket = firm.ticket(channel="email")
    work_off()
    [firing] = firings(kept)
    assert (firing.state, [one["state"] for one in firing.results]) == ("failed", ["failed", "done"])
    assert "address" in firing.results[0]["problem"]
    assert queries.entries_of(ticket.id, kinds=["message_out"]) == []
    assert fresh(ticket).priority == "high", "the others go on"


def test_a_custom_field_is_set_by_what_an_administrator_writes_and_says_who_uses_it(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime
) -> None:
    colours = {"choices": [{"key": "r", "labels": {"en": "Red"}}, {"key": "b", "labels": {"en": "Blue"}}]}
    for key, kind, options in (("floor", "number", {}), ("lift", "yes_no", {}), ("colour", "choice", colours)):
        create_field(kind=kind, key=key, labels={"en": key}, options=options, now=now, actor_id=None)
    written = {"floor": "3", "lift": "yes", "colour": "Red"}
    kept = rule("ticket_opened", *({"do": "field", "field": key, "value": value} for key, value in written.items()), name="Set")
    ticket = firm.ticket()
    work_off()
    assert (states(kept), fresh(ticket).fields) == (["done"], {"floor": 3, "lift": True, "colour": "r"})
    assert [one["name"] for used in FIELD_USES.call("fields.lift") for one in used] == ["Set"]
    for key, value in (("floor", "high"), ("floor", "nan"), ("lift", "perhaps"), ("colour", "Green")):
        with pytest.raises(NotValid):
            rule("ticket_opened", {"do": "field", "field": key, "value": value})


def test_after_a_failure_the_others_are_skipped_when_the_rule_says_so(firm: Firm, rule: Keep, work_off: WorkOff) -> None:
    kept = rule("ticket_opened", {"do": "status", "status": "closed"}, HIGH, stop_on_failure=True)
    ticket = firm.ticket()
    work_off()
    [firing] = firings(kept)
    assert [one["state"] for one in firing.results] == ["failed", "skipped"]
    assert fresh(ticket).priority == "normal"


@pytest.mark.parametrize("halts", [True, False])
def test_what_may_pass_is_tried_again_with_back_off_and_given_up_in_the_end(
    firm: Firm,
    rule: Keep,
    work_off: WorkOff,
    make_user: Callable[..., User],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    halts: bool,
) -> None:
    admin = make_user("admin")
    failing = {"left": 2}

    def busy(work: Any, values: Any) -> None:
        if failing["left"]:
            failing["left"] -= 1
            raise RuntimeError("the database is busy")

    for action in deeds.known_own():
        if action.name == "kind":
            monkeypatch.setitem(action.__dict__, "run", busy)
    kept = rule("ticket_opened", {"do": "kind", "kind": "question"}, HIGH, stop_on_failure=halts)
    ticket = firm.ticket()
    work_off()
    assert states(kept) == ["retrying"]
    assert fresh(ticket).priority == ("normal" if halts else "high")
    work_off(now + timedelta(minutes=1))
    work_off(now + timedelta(minutes=2))
    assert states(kept) == ["done"]
    assert fresh(ticket).priority == "high"
    failing["left"] = 1000
    other = firm.ticket()
    for minute in range(0, 60 * 12, 20):
        work_off(now + timedelta(minutes=minute))
    last = firings(kept)[-1]
    assert (last.state, last.results[0]["state"]) == ("failed", "failed")
    assert last.results[1]["state"] == ("skipped" if halts else "done")
    assert fresh(other).priority == ("normal" if halts else "high")
    [notice] = database.session.scalars(select(Notice).filter_by(user_id=admin.id))
    assert (notice.kind, notice.address, "the database is busy" in notice.text) == ("trouble", f"/settings/rules/{kept.id}", True)


def test_colleagues_are_told_and_a_named_webhook_is_called(
    firm: Firm, rule: Keep, work_off: WorkOff, make_user: Callable[..., User], now: datetime
) -> None:
    boss = make_user("supervisor", name="Dora")
    firm.person(make_user("agent", name="Ana").id)
    named, other = (
        Endpoint(name=name, url="https://x.example/", events=["ticket.opened"], seed="s", created_at=now) for name in ("Mine", "Other")
    )
    database.session.add_all([named, other])
    database.session.flush()
    kept = rule(
        "priority_changed",
        {"do": "notify", "to": "role", "role": "supervisor", "by": ["notice"], "text": "{{subject}}"},
        {"do": "notify", "to": "own_queue", "by": ["notice"], "text": "Look"},
        {"do": "notify", "to": "assignee", "by": ["notice"], "text": "Look"},
        {"do": "webhook", "webhook": named.id},
    )
    ticket = firm.ticket()
    services.set_priority(ticket_id=ticket.id, priority="high", now=now, actor_id=None)
    work_off()
    [firing] = firings(kept)
    assert [(one["state"], one.get("names")) for one in firing.results] == [
        ("done", ["Dora"]),
        ("done", ["Ana"]),
        ("failed", None),
        ("done", ["Mine"]),
    ]
    [notice] = database.session.scalars(select(Notice).filter_by(user_id=boss.id))
    assert (notice.title, notice.text, notice.ticket_id) == ("Rule", "Boiler leaks", ticket.id)
    called = database.session.scalars(select(Delivery).where(Delivery.event == "rule.fired")).all()
    assert [one.endpoint_id for one in called] == [named.id]


def test_a_while_after_it_comes_only_if_the_condition_holds_then_and_the_time_begins_anew(
    firm: Firm, rule: Keep, work_off: WorkOff, now: datetime
) -> None:
    waits = {"match": "all", "items": [{"field": "wait_reason", "op": "is", "value": ["customer"]}]}
    only = {"to": ["waiting"], "wait_reason": ["customer"]}
    kept = rule("status_changed", tag("reminded"), only=only, after=3 * 86_400, condition=waits)
    ticket, answered = firm.ticket(), firm.ticket()
    day = timedelta(days=1)

    def wait(one: int, at: datetime) -> None:
        services.change_status(ticket_id=one, status="waiting", wait_reason="customer", now=at, actor_id=None)
        work_off(at)

    def pass_time(at: datetime) -> None:
        timing.ring(at)
        work_off(at)

    wait(ticket.id, now)
    wait(answered.id, now)
    services.change_status(ticket_id=ticket.id, status="open", now=now + day, actor_id=None)
    wait(ticket.id, now + 2 * day)
    services.receive_message(ticket_id=answered.id, text="Yes", now=now + day, channel="email")
    pass_time(now + 3 * day)
    assert (tags(ticket.id), tags(answered.id)) == ([], []), "one began to wait again, the other answered"
    pass_time(now + 5 * day)
    assert (tags(ticket.id), states(kept)) == (["reminded"], ["done"])
    pass_time(now + 9 * day)
    assert states(kept) == ["done"]
    assert database.session.scalars(select(RuleTimer)).all() == []


def test_a_rule_of_time_finds_each_ticket_once_until_it_no_longer_matches(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    urgent = {"match": "all", "items": [{"field": "priority", "op": "is", "value": ["urgent"]}]}
    kept = rule("time", {"do": "note", "text": "Urgent"}, condition=urgent)
    ticket = firm.ticket(priority="urgent")
    closed = firm.ticket(priority="urgent")
    services.resolve(ticket_id=closed.id, now=now, actor_id=None)
    services.close(ticket_id=closed.id, now=now, actor_id=None)
    quarter = timedelta(minutes=15)

    def look(at: datetime) -> None:
        timing.look(at)
        work_off(at)

    look(now)
    look(now + timedelta(minutes=1))
    look(now + quarter)
    assert [one.ticket_id for one in firings(kept)] == [ticket.id]
    services.set_priority(ticket_id=ticket.id, priority="low", now=now, actor_id=None)
    look(now + 2 * quarter)
    assert database.session.scalars(select(RuleMark)).all() == []
    services.set_priority(ticket_id=ticket.id, priority="urgent", now=now, actor_id=None)
    look(now + 3 * quarter)
    assert len(firings(kept)) == 2


def test_a_condition_whose_field_is_gone_is_logged_and_told_once(
    firm: Firm, rule: Keep, work_off: WorkOff, make_user: Callable[..., User]
) -> None:
    admin = make_user("admin")
    kept = rule("ticket_opened", HIGH, condition=KIND)
    gone = {"match": "all", "items": [{"field": "x.gone", "op": "is", "value": ["a"]}]}
    kept.definition = {**kept.definition, "condition": gone}
    ticket = firm.ticket()
    firm.ticket()
    work_off()
    assert (states(kept), fresh(ticket).priority) == (["failed", "failed"], "normal")
    assert "x.gone" in (firings(kept)[0].reason or "")
    assert len(database.session.scalars(select(Notice).filter_by(user_id=admin.id)).all()) == 1


def test_the_log_is_kept_ninety_days(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    kept = rule("ticket_opened", HIGH)
    firm.ticket()
    work_off()
    timing.forget_old(now + timedelta(days=89))
    assert len(firings(kept)) == 1
    timing.forget_old(now + timedelta(days=91))
    assert firings(kept) == []
    assert database.session.get(Rule, kept.id) is not None
    assert database.session.scalar(select(Entry.id).limit(1)) is not None

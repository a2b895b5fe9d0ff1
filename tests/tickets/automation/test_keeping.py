"""Rules over HTTP: saved, ordered, tried, looked at; what cannot be meant is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from core.audit import AuditEntry
from core.db import db as database
from tests.tickets.automation.conftest import Keep, WorkOff, firings, fresh
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tests.tickets.test_verbs import customer
from tickets import queries, services
from tickets.automation import fields
from tickets.automation.models import RulePause, RuleTimer

HIGH = {"do": "priority", "priority": "high"}


def body(**more: Any) -> dict[str, Any]:
    return {"name": "VIP first", "active": True, "trigger": {"on": "ticket_opened"}, "actions": [HIGH], **more}


def faults(kind: str = "fault") -> dict[str, Any]:
    return {"match": "all", "items": [{"field": "kind", "op": "is", "value": [kind]}]}


def test_a_rule_is_kept_changed_switched_removed_and_brought_back_all_of_it_audited(firm: Firm, as_role: Callable[[str], Program]) -> None:
    admin = as_role("admin")
    made = admin("POST", "/rules", body(condition=faults()))
    assert made.status_code == 201, made.json
    rule_id = made.json["id"]
    assert (made.json["version"], made.json["circle"], made.json["problem"]) == (1, None, None)
    saved = admin("PUT", f"/rules/{rule_id}", body(name="Faults first", actions=[HIGH, {"do": "note", "text": "x"}], version=1))
    assert (saved.json["version"], len(saved.json["actions"]), saved.json["condition"]) == (2, 2, None)
    stale = admin("PUT", f"/rules/{rule_id}", body(version=1))
    assert (stale.status_code, stale.json["code"]) == (409, "changed_meanwhile")
    assert admin("POST", f"/rules/{rule_id}/switch", {"active": False}).json["active"] is False
    versions = admin("GET", f"/rules/{rule_id}/versions").json["items"]
    assert [(one["version"], one["name"], one["active"]) for one in versions] == [
        (3, "Faults first", False),
        (2, "Faults first", True),
        (1, "VIP first", True),
    ]
    assert versions[0]["by"]
    assert admin("DELETE", f"/rules/{rule_id}").status_code == 204
    assert admin("GET", "/rules").json["items"] == []
    assert admin("GET", f"/rules/{rule_id}").status_code == 404
    assert admin("POST", f"/rules/{rule_id}/restoration").json["name"] == "Faults first"
    target = select(AuditEntry.action).where(AuditEntry.target == f"rule:{rule_id}").order_by(AuditEntry.id)
    assert list(database.session.scalars(target)) == ["rule.created", "rule.changed", "rule.changed", "rule.removed", "rule.restored"]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"name": "  "}, "name", "name"),
        ({"actions": []}, "actions", ""),
        ({"actions": [{"do": "explode"}]}, "actions", "Action 1"),
        ({"actions": [HIGH, {"do": "priority", "priority": "asap"}]}, "actions", "Action 2"),
        ({"actions": [{"do": "priority"}]}, "actions", "Priority"),
        ({"actions": [{"do": "queue", "queue": 999_999}]}, "actions", "999999"),
        ({"actions": [{"do": "queue", "queue": "1"}]}, "actions", "Action 1"),
        ({"actions": [{"do": "status", "status": "waiting"}]}, "actions", "Waits for"),
        ({"actions": [{"do": "tags"}]}, "actions", "tag"),
        ({"actions": [{"do": "note", "text": "{{password}}"}]}, "actions", "password"),
        ({"actions": [{"do": "message", "texts": {"fr": "Bonjour"}}]}, "actions", "fr"),
        ({"actions": [{**HIGH, "why": "x"}]}, "actions", "why"),
        ({"trigger": {"on": "moonrise"}}, "trigger", ""),
        ({"trigger": {"on": "status_changed", "only": {"to": ["lost"]}}}, "trigger", "lost"),
        ({"trigger": {"on": "time"}}, "condition", "condition"),
        ({"trigger": {"on": "time", "after": 60}, "condition": faults()}, "trigger", ""),
        ({"condition": {"match": "all", "items": [{"field": "x.gone", "op": "is", "value": ["a"]}]}}, "conditions", "x.gone"),
        ({"condition": {"match": "all", "items": [{"field": "assignee", "op": "is", "value": ["me"]}]}}, "conditions", "me"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name_and_nothing_is_kept(
    firm: Firm, as_role: Callable[[str], Program], change: dict[str, Any], field: str, says: str
) -> None:
    admin = as_role("admin")
    answer = admin("POST", "/rules", body(**change))
    assert answer.status_code == 422, answer.json
    assert field in answer.json["errors"], answer.json
    assert says in str(answer.json)
    assert admin("GET", "/rules").json["items"] == []


def test_rules_are_an_administrators(firm: Firm, as_role: Callable[[str], Program]) -> None:
    supervisor = as_role("supervisor")
    for method, path in (("GET", "/rules"), ("POST", "/rules"), ("GET", "/rules/choices"), ("POST", "/rules/trial")):
        assert supervisor(method, path, body() if method == "POST" else None).status_code == 403


def test_the_order_is_all_rules_or_refused(firm: Firm, as_role: Callable[[str], Program]) -> None:
    admin = as_role("admin")
    first, second = (admin("POST", "/rules", body(name=name)).json["id"] for name in ("first", "second"))
    moved = admin("POST", "/rule-order", {"ids": [second, first]})
    assert [one["name"] for one in moved.json["items"]] == ["second", "first"]
    assert admin("POST", "/rule-order", {"ids": [second]}).status_code == 409
    assert admin("POST", "/rule-order", {"ids": [second, first, first]}).status_code == 409


def test_every_sample_can_be_saved_as_it_is_and_is_off(firm: Firm, as_role: Callable[[str], Program]) -> None:
    admin = as_role("admin")
    samples = admin("GET", "/rules/samples").json["items"]
    assert {"after_hours", "remind_customer", "vip_fault"} <= {sample["key"] for sample in samples}
    for sample in samples:
        made = admin("POST", "/rules", {"name": sample["name"], **sample["definition"]})
        assert (made.status_code, made.json.get("active"), made.json.get("circle")) == (201, False, None), made.json


def test_all_that_is_offered_is_described(firm: Firm, as_role: Callable[[str], Program]) -> None:
    offered = as_role("admin")("GET", "/rules/choices").json
    triggers, actions = ({one["name"]: one for one in offered[name]} for name in ("triggers", "actions"))
    assert {"ticket_opened", "visit_booked", "visit_changed", "call_ended", "time"} <= triggers.keys()
    assert {"priority", "notify", "message", "webhook", "task", "visit"} <= actions.keys()
    whom = next(one for one in actions["notify"]["inputs"] if one["name"] == "role")
    assert (whom["when"], "supervisor" in [one["value"] for one in whom["choices"]]) == ({"name": "to", "values": ["role"]}, True)


def test_a_trial_says_what_would_happen_and_why_and_nothing_does(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    admin, ticket = as_role("admin"), firm.ticket(kind="question")
    asked = body(condition=faults(), actions=[HIGH, {"do": "status", "status": "closed"}, {"do": "note", "text": "seen"}])
    told = admin("POST", "/rules/trial", {"rule": asked, "number": ticket.number}).json
    assert (told["would"], [one["held"] for one in told["because"]]) == (False, [False])
    assert [one["state"] for one in told["results"]] == ["done", "failed", "done"]
    assert "closed" in told["results"][1]["problem"]
    assert (fresh(ticket).priority, queries.entries_of(ticket.id, kinds=["note"]), firings()) == ("normal", [], [])
    assert admin("GET", "/rules").json["items"] == []
    fits = admin("POST", "/rules/trial", {"rule": body(condition=faults("question")), "number": ticket.number}).json
    assert (fits["would"], fits["because"][0]["label"]) == (True, "Kind")
    assert admin("POST", "/rules/trial", {"rule": body(), "number": 999_999}).status_code == 404


def test_a_trial_over_the_past_counts_the_tickets_it_would_have_touched(
    firm: Firm, as_role: Callable[[str], Program], now: datetime
) -> None:
    admin = as_role("admin")
    tickets = [firm.ticket(kind="fault" if number % 3 else "question") for number in range(9)]
    for ticket in tickets[:4]:
        services.set_priority(ticket_id=ticket.id, priority="urgent", now=now, actor_id=None)
        services.set_priority(ticket_id=ticket.id, priority="low", now=now, actor_id=None)
    opened = admin("POST", "/rules/past-trial", {"rule": body(condition=faults())}).json
    assert (opened["occasions"], opened["tickets"], opened["touched"], len(opened["items"])) == (9, 9, 6, 6)
    trigger = {"on": "priority_changed", "only": {"to": ["urgent"]}}
    raised = admin("POST", "/rules/past-trial", {"rule": body(trigger=trigger)}).json
    assert (raised["occasions"], raised["tickets"], raised["touched"], raised["more"]) == (4, 4, 4, False)
    timed = admin("POST", "/rules/past-trial", {"rule": body(trigger={"on": "time"}, condition=faults("question"))}).json
    assert (timed["occasions"], timed["touched"]) == (None, 3)


def test_list_and_log_ask_the_same_number_of_questions_for_any_number_of_rows(
    firm: Firm, rule: Keep, work_off: WorkOff, as_role: Callable[[str], Program]
) -> None:
    admin, counted = as_role("admin"), []

    def note(*args: Any) -> None:
        counted.append(args[2])

    def asked(path: str) -> int:
        counted.clear()
        assert admin("GET", path).status_code == 200
        return len(counted)

    queue, person = firm.queue.id, firm.person(admin.user_id)

    def more(name: str) -> int:
        actions = HIGH, {"do": "assign", "person": person.id}, {"do": "queue", "queue": queue}
        made = rule(
            "ticket_opened", *actions, name=name, condition={"match": "all", "items": [{"field": "queue", "op": "is", "value": [queue]}]}
        )
        firm.ticket()
        work_off()
        return made.id

    first = more("first")
    event.listen(database.engine, "before_cursor_execute", note)
    asked("/rules")
    few = asked("/rules"), asked(f"/rules/{first}/firings")
    for number in range(3):
        more(f"more {number}")
    assert (asked("/rules"), asked(f"/rules/{first}/firings")) == few
    event.remove(database.engine, "before_cursor_execute", note)
    log = admin("GET", f"/rules/{first}/firings?limit=3").json
    assert (len(log["items"]), log["next"] is not None, log["items"][0]["results"][0]["do"]) == (3, True, "priority")
    assert admin("GET", f"/rules/{first}/firings?state=failed").json["items"] == []


def test_a_list_shows_what_is_wrong_what_goes_in_circles_and_how_often_it_fired(
    firm: Firm, rule: Keep, work_off: WorkOff, as_role: Callable[[str], Program]
) -> None:
    admin, person = as_role("admin"), firm.person(as_role("agent").user_id)
    given = rule("ticket_opened", {"do": "assign", "person": person.id}, name="given")
    itself = rule("priority_changed", HIGH, name="itself")
    firm.ticket()
    work_off()
    person.active = False
    found = {one["id"]: one for one in admin("GET", "/rules").json["items"]}
    assert (found[given.id]["fired"], found[given.id]["last_at"] is not None, found[given.id]["circle"]) == (1, True, None)
    assert "Person" in found[given.id]["problem"]
    assert (found[itself.id]["circle"], found[itself.id]["problem"], found[itself.id]["fired"]) == ([], None, 0)
    off = admin("POST", f"/rules/{given.id}/switch", {"active": False})
    assert off.json["active"] is False
    assert admin("POST", f"/rules/{given.id}/switch", {"active": True}).status_code == 422, "a broken rule is not switched on"


def test_a_rule_switched_off_or_with_another_when_forgets_what_it_waited_for(
    firm: Firm, rule: Keep, work_off: WorkOff, as_role: Callable[[str], Program]
) -> None:
    admin = as_role("admin")
    kept = rule("ticket_opened", HIGH, after=3600)
    firm.ticket()
    work_off()
    assert len(database.session.scalars(select(RuleTimer)).all()) == 1
    admin("POST", f"/rules/{kept.id}/switch", {"active": False})
    assert database.session.scalars(select(RuleTimer)).all() == []


def test_a_rule_paused_on_a_ticket_is_shown_and_goes_on_when_told(
    firm: Firm, rule: Keep, as_role: Callable[[str], Program], now: datetime
) -> None:
    admin, kept, ticket = as_role("admin"), rule("tags_changed", {"do": "note", "text": "x"}), firm.ticket()
    database.session.add(RulePause(rule_id=kept.id, ticket_id=ticket.id, at=now))
    assert admin("GET", "/rules").json["items"][0]["paused_on"] == 1
    assert [one["number"] for one in admin("GET", f"/rules/{kept.id}/pauses").json["items"]] == [ticket.number]
    assert admin("DELETE", f"/rules/{kept.id}/pauses/{ticket.number}").status_code == 204
    assert admin("GET", f"/rules/{kept.id}/pauses").json["items"] == []
    assert admin("DELETE", f"/rules/{kept.id}/pauses/{ticket.number}").status_code == 404


def test_working_hours_are_those_of_the_queues_branch(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    firm.calendar()
    assert fields.open_queues(now) == [firm.queue.id]
    assert fields.open_queues(now + timedelta(hours=10)) == []
    ticket = firm.ticket(customer_id=customer(firm).id)
    condition = {"match": "all", "items": [{"field": "working_hours", "op": "is", "value": False}]}
    told = as_role("admin")("POST", "/rules/trial", {"rule": body(condition=condition), "number": ticket.number}).json
    assert told["would"] is False

"""Macros and canned answers: what they say, do, refuse and take back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, DomainError, NotAllowed, NotFound, NotValid
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tests.tickets.test_tags_and_links import as_role
from tests.tickets.test_verbs import customer
from tickets import queries, services
from tickets.macros import queries as macros
from tickets.macros import rules
from tickets.macros import services as verbs
from tickets.macros.models import CannedAnswer, Macro
from tickets.models import Ticket

__all__ = ["as_role"]  # fixture
HELLO = {"en": "Hello {{customer}}, about #{{ number }}: {{agent}}", "zh_Hans": "{{customer}}您好"}


@pytest.fixture
def ana(firm: Firm, make_user: Callable[..., User]) -> User:
    """An agent who is a colleague."""
    user = make_user("agent", name="Ana")
    firm.person(user.id)
    return user


def macro(user: User, now: datetime, *, shared: bool = False, **steps: Any) -> Macro:
    return verbs.save_macro(macro=None, name="Try", steps=steps, shared=shared, manager=True, now=now, actor_id=user.id)


def run(ticket: Ticket, what: Macro, user: User, now: datetime) -> verbs.Run:
    return verbs.run_macro(ticket_id=ticket.id, macro=what, now=now, actor_id=user.id)


def state(ticket: Ticket) -> tuple[Any, ...]:
    database.session.refresh(ticket)
    tags = queries.tags_of([ticket.id])[ticket.id]
    return ticket.status, ticket.wait_reason, ticket.priority, ticket.assignee_id, ticket.queue_id, tags


@pytest.mark.parametrize(
    ("language", "values", "text", "missing"),
    [
        ("en", {"customer": "Ada", "number": "7", "agent": "Ana"}, "Hello Ada, about #7: Ana", []),
        ("zh_Hans", {"customer": "罗兰"}, "罗兰您好", []),
        ("zh_Hant", {"customer": None, "number": "7", "agent": ""}, "Hello , about #7: ", ["customer", "agent"]),
    ],
)
def test_a_text_is_said_in_the_tickets_language_with_its_variables(
    language: str, values: dict[str, str | None], text: str, missing: list[str]
) -> None:
    assert rules.rendered(HELLO, language, values) == (text, missing)


def test_a_value_that_looks_like_a_variable_stays_as_it_is() -> None:
    assert rules.rendered({"en": "{{subject}}"}, "en", {"subject": "{{agent}}", "agent": "Ana"}) == ("{{agent}}", [])


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ({}, "steps"),
        ({"add_tags": []}, "steps"),
        ({"status": "waiting"}, "wait_reason"),
        ({"status": "lost"}, "status"),
        ({"priority": "asap"}, "priority"),
        ({"text": {"en": "{{password}}"}}, "text"),
        ({"note": {"fr": "Bonjour"}}, "note"),
        ({"add_tags": ["a,b"]}, "tags"),
    ],
)
def test_a_macro_that_could_never_run_is_not_kept(steps: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        rules.checked_steps(steps)
    assert refused.value.field == field


def test_a_macro_does_all_its_steps_and_one_press_takes_them_back(firm: Firm, ana: User, now: datetime) -> None:
    who = customer(firm)
    other = services.create_queue(key="sales", name="Sales", branch_id=firm.branch.id, now=now, actor_id=None)
    ticket = firm.ticket(customer_id=who.id)
    services.change_status(ticket_id=ticket.id, status="open", now=now, actor_id=None)
    services.change_tags(ticket_id=ticket.id, add=["old", "kept"], now=now, actor_id=None)
    before = state(ticket)
    what = macro(
        ana,
        now,
        status="waiting",
        wait_reason="part",
        priority="high",
        queue_id=other.id,
        assignee_id="me",
        add_tags=["new"],
        remove_tags=["old"],
        note={"en": "Ordered for {{customer}}"},
        text=HELLO,
    )
    done = run(ticket, what, ana, now)
    assert state(ticket)[:3] == ("waiting", "part", "high")
    assert (ticket.queue_id, ticket.assignee.name if ticket.assignee else None) == (other.id, "Ana")
    assert queries.tags_of([ticket.id])[ticket.id] == ["kept", "new"]
    assert (done.text, done.missing) == (f"Hello Ada Ott, about #{ticket.number}: Ana", [])
    notes = queries.entries_of(ticket.id, kinds=["note"])
    assert [entry.text for entry in notes] == ["Ordered for Ada Ott"]
    assert queries.entries_of(ticket.id)[-1].data["macro"]["name"] == "Try"
    verbs.undo_run(ticket_id=ticket.id, entry_id=done.entry.id, now=now, actor_id=ana.id)
    assert state(ticket) == before
    with pytest.raises(DomainError) as refused:
        verbs.undo_run(ticket_id=ticket.id, entry_id=done.entry.id, now=now, actor_id=ana.id)
    assert refused.value.code == "undone"


def test_what_a_colleague_changed_since_is_not_taken_back(firm: Firm, ana: User, now: datetime) -> None:
    ticket = firm.ticket()
    done = run(ticket, macro(ana, now, priority="high"), ana, now)
    services.set_priority(ticket_id=ticket.id, priority="urgent", now=now, actor_id=None)
    with pytest.raises(Conflict) as refused:
        verbs.undo_run(ticket_id=ticket.id, entry_id=done.entry.id, now=now, actor_id=ana.id)
    assert refused.value.code == "changed_meanwhile"
    assert ticket.priority == "urgent"


def test_a_status_that_nobody_can_go_back_to_stays(firm: Firm, ana: User, now: datetime) -> None:
    ticket = firm.ticket()
    done = run(ticket, macro(ana, now, status="open", priority="low"), ana, now)
    verbs.undo_run(ticket_id=ticket.id, entry_id=done.entry.id, now=now, actor_id=ana.id)
    assert state(ticket)[:3] == ("open", None, "normal")


def test_a_macro_that_is_refused_at_one_step_does_nothing(firm: Firm, ana: User, now: datetime) -> None:
    ticket = firm.ticket()
    before = state(ticket), len(queries.entries_of(ticket.id))
    with pytest.raises(DomainError) as refused, database.session.begin_nested():
        run(ticket, macro(ana, now, priority="high", status="closed"), ana, now)
    assert refused.value.code == "move"
    assert (state(ticket), len(queries.entries_of(ticket.id))) == before


def test_one_has_ones_own_and_everybodys_and_only_administrators_write_those(
    firm: Firm, ana: User, make_user: Callable[..., User], now: datetime
) -> None:
    bo = make_user("agent")
    own, shared = macro(ana, now, priority="high"), macro(ana, now, shared=True, priority="low")
    assert {row.id for row in macros.visible(Macro, ana.id)} == {own.id, shared.id}
    assert [row.id for row in macros.visible(Macro, bo.id)] == [shared.id]
    with pytest.raises(NotFound):
        macros.one(Macro, own.id, bo.id)
    common: dict[str, Any] = {"name": "x", "steps": {"priority": "low"}, "manager": False, "now": now, "actor_id": bo.id}
    for row, as_shared in ((None, True), (shared, False)):
        with pytest.raises(NotAllowed):
            verbs.save_macro(macro=row, shared=as_shared, **common)
    with pytest.raises(NotAllowed):
        verbs.remove(row=shared, manager=False, now=now, actor_id=bo.id)
    verbs.remove(row=shared, manager=True, now=now, actor_id=ana.id)
    said = database.select(AuditEntry.action).where(AuditEntry.target == f"macro:{shared.id}").order_by(AuditEntry.id)
    assert list(database.session.scalars(said)) == ["macro.created", "macro.removed"]


def test_macros_and_answers_over_the_api(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    agent, admin = as_role("agent"), as_role("admin")
    person = firm.person(agent.user_id)
    ticket = firm.ticket(language="zh_Hans", customer_id=customer(firm, "罗兰").id)
    path = f"/tickets/{ticket.number}"
    body = {"name": "Part", "steps": {"priority": "high", "assign_me": True, "text": HELLO}}
    made = agent("POST", "/macros", body)
    assert (made.status_code, made.json["shared"], made.json["steps"]["assign_me"]) == (201, False, True)
    assert agent("POST", "/macros", {**body, "shared": True}).status_code == 403
    assert agent("POST", "/macros", {"name": "x", "steps": {}}).status_code == 422
    assert admin("POST", "/macros", {**body, "shared": True}).status_code == 201
    macro_id = made.json["id"]
    entries = len(agent("GET", f"{path}/entries").json["items"])
    seen = agent("GET", f"{path}/macros/{macro_id}")
    assert seen.status_code == 200
    assert {change["field"]: (change["before"], change["after"], change["after_name"]) for change in seen.json["changes"]} == {
        "priority": ("normal", "high", None),
        "assignee_id": (None, person.id, person.name),
    }
    assert seen.json["text"] == "罗兰您好"
    # A look changes nothing.
    assert (agent("GET", path).json["priority"], len(agent("GET", f"{path}/entries").json["items"])) == ("normal", entries)
    done = agent("POST", f"{path}/macro-runs", {"macro_id": macro_id})
    assert (done.status_code, done.json["can_undo"], agent("GET", path).json["priority"]) == (201, True, "high")
    undone = agent("DELETE", f"{path}/macro-runs/{done.json['entry_id']}")
    assert (undone.status_code, undone.json["priority"], undone.json["assignee_id"]) == (200, "normal", None)
    assert agent("DELETE", f"{path}/macro-runs/{done.json['entry_id']}").json["code"] == "undone"
    assert agent("DELETE", f"{path}/macro-runs/999999").status_code == 404
    closing = agent("POST", "/macros", {"name": "Close", "steps": {"status": "closed"}}).json["id"]
    assert agent("GET", f"{path}/macros/{closing}").json["code"] == "move"
    assert agent("PATCH", f"/macros/{closing}", {"name": "Low", "steps": {"priority": "low"}}).json["steps"] == {"priority": "low"}
    assert agent("DELETE", f"/macros/{closing}").status_code == 204
    assert [row["name"] for row in agent("GET", "/macros").json["items"]] == ["Part", "Part"]

    answer = agent("POST", "/canned-answers", {"name": "Hello", "texts": HELLO})
    assert answer.status_code == 201
    shown = agent("GET", f"{path}/canned-answers/{answer.json['id']}").json
    assert shown == {"text": "罗兰您好", "missing": []}
    assert admin("GET", f"{path}/canned-answers/{answer.json['id']}").status_code == 404
    assert agent("POST", "/canned-answers", {"name": "x", "texts": {"en": "{{secret}}"}}).status_code == 422
    assert agent("PATCH", f"/canned-answers/{answer.json['id']}", {"name": "Hi", "texts": {"en": "Hi"}}).json["name"] == "Hi"
    assert agent("DELETE", f"/canned-answers/{answer.json['id']}").status_code == 204
    assert database.session.scalar(database.select(database.func.count(CannedAnswer.id))) == 0


def test_uses_are_counted_and_texts_stand_in_folders_with_a_short_word(
    firm: Firm, as_role: Callable[[str], Program], now: datetime
) -> None:
    agent = as_role("agent")
    ticket = firm.ticket()
    made = agent("POST", "/canned-answers", {"name": "On the way", "folder": " Visits ", "shortcut": "/ETA", "texts": HELLO})
    assert (made.status_code, made.json["folder"], made.json["shortcut"], made.json["used"]) == (201, "Visits", "eta", 0)
    for _time in range(2):
        used = agent("POST", f"/tickets/{ticket.number}/canned-answer-uses", {"answer_id": made.json["id"]})
        assert (used.status_code, used.json["missing"]) == (201, ["customer"])
    agent("GET", f"/tickets/{ticket.number}/canned-answers/{made.json['id']}")  # a look is no use
    assert [(row["used"], row["used_at"] is not None) for row in agent("GET", "/canned-answers").json["items"]] == [(2, True)]
    for wrong in ("two words", "x" * 31, "a/b"):
        refused = agent("POST", "/canned-answers", {"name": "x", "shortcut": wrong, "texts": HELLO})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["shortcut"])
    run_it = {"macro_id": agent("POST", "/macros", {"name": "High", "steps": {"priority": "high"}}).json["id"]}
    agent("GET", f"/tickets/{ticket.number}/macros/{run_it['macro_id']}")
    agent("POST", f"/tickets/{ticket.number}/macro-runs", run_it)
    assert [row["used"] for row in agent("GET", "/macros").json["items"]] == [1]


def test_a_text_is_looked_at_with_a_real_ticket_before_it_is_kept(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    ticket = firm.ticket(customer_id=customer(firm, "罗兰").id)
    seen = agent("POST", f"/tickets/{ticket.number}/text-previews", {"texts": HELLO})
    assert [(one["language"], one["missing"]) for one in seen.json["items"]] == [("en", []), ("zh_Hans", [])]
    assert seen.json["items"][1]["text"] == "罗兰您好"
    assert agent("POST", f"/tickets/{ticket.number}/text-previews", {"texts": {"en": "{{nobody}}"}}).status_code == 422
    assert agent("POST", "/tickets/999999/text-previews", {"texts": HELLO}).status_code == 404
    assert agent("GET", "/canned-answers").json["items"] == []

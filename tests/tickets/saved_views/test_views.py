"""Views of the list: kept, shared, counted, mended when a field has gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.db import db as database
from staff.models import Skill
from tests.tickets.conftest import HOUR, Firm
from tests.tickets.test_api import Program
from tickets import services
from tickets.models import Queue, QueueSkill, Ticket
from tickets.saved_views.models import SavedView
from tickets.saved_views.standard import STANDARD

AsRole = Callable[[str], Program]
URGENT = {"match": "all", "items": [{"field": "priority", "op": "is", "value": ["urgent"]}]}


def view(**more: Any) -> dict[str, Any]:
    return {"name": "Urgent", "conditions": URGENT, "columns": ["number", "subject", "site", "priority"], **more}


def shown(agent: Program, **query: Any) -> list[int]:
    answer = agent("GET", f"/tickets?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json["items"]]  # type: ignore[index]


def names(agent: Program) -> list[str]:
    return [one["name"] for one in agent("GET", "/tickets/views").json["items"] if not one["standard"]]  # type: ignore[index]


def counts(agent: Program) -> dict[str, tuple[int | None, bool]]:
    return {one["key"]: (one["count"], one["more"]) for one in agent("GET", "/tickets/view-counts").json["items"]}  # type: ignore[index]


def test_the_standard_views_show_and_count_what_they_say(firm: Firm, as_role: AsRole, now: datetime) -> None:
    agent = as_role("agent")
    me = firm.person(agent.user_id)
    gas = Skill(key="gas", name="Gas", kind="trade")
    other = Queue(key="gas", name="Gas", branch=firm.branch, position=1, active=True, skills=[])
    database.session.add_all([gas, other])
    database.session.flush()
    database.session.add(QueueSkill(queue_id=other.id, skill_id=gas.id, level=1))
    firm.policy(first_response=HOUR)
    mine, waiting, foreign, done, late = (firm.ticket(at=now - timedelta(minutes=5 - place)) for place in range(5))
    services.assign(ticket_id=mine.id, person_id=me.id, now=now, actor_id=None)
    services.change_status(ticket_id=waiting.id, status="waiting", wait_reason="part", now=now, actor_id=None)
    services.move_to_queue(ticket_id=foreign.id, queue_id=other.id, now=now, actor_id=None)
    services.resolve(ticket_id=done.id, now=now, actor_id=None)
    firm.clock(late, "first_response").breached_at = now
    services.receive_message(ticket_id=late.id, text="?", now=now, channel="email")
    late.due_at = now + timedelta(days=3)
    database.session.commit()
    everyone = {mine, waiting, foreign, late}
    expected = {
        "open": everyone,
        "mine": {mine},
        "unassigned": everyone - {mine},
        "my_queues": everyone - {foreign},
        "unanswered": {late},
        "due_today": everyone - {late},
        "breached": {late},
        "waiting": {waiting},
        "closed": {done},
        "all": everyone | {done},
    }
    assert {one.key for one in STANDARD} == expected.keys()
    for key, tickets in expected.items():
        assert set(shown(agent, view=key)) == {ticket.number for ticket in tickets}, key
    assert counts(agent) == {key: (len(tickets), False) for key, tickets in expected.items()}


def test_a_view_is_kept_changed_and_removed_by_its_owner_alone(firm: Firm, as_role: AsRole) -> None:
    agent, colleague = as_role("agent"), as_role("agent")
    urgent, plain = firm.ticket(priority="urgent"), firm.ticket()
    made = agent("POST", "/tickets/views", view(sort="created", descending=False)).json
    assert made["columns"] == ["number", "subject", "site", "priority"]  # type: ignore[index]
    key = made["key"]  # type: ignore[index]
    assert shown(agent, view=key) == [urgent.number]
    assert shown(agent, view=key, conditions=json.dumps({"match": "all", "items": []})) == [urgent.number, plain.number]
    assert names(colleague) == []
    for method, path in (("PATCH", f"/tickets/views/{key}"), ("DELETE", f"/tickets/views/{key}"), ("GET", f"/tickets?view={key}")):
        assert colleague(method, path, {"name": "Mine now"} if method == "PATCH" else None).status_code == 404
    assert agent("POST", "/tickets/views", view(name="urgent ")).json["code"] == "view_exists"  # type: ignore[index]
    assert agent("PATCH", f"/tickets/views/{key}", {"name": "  Very\turgent "}).json["name"] == "Very urgent"  # type: ignore[index]
    assert agent("DELETE", f"/tickets/views/{key}").status_code == 204
    assert agent("GET", f"/tickets?view={key}").status_code == 404


def test_shared_views_are_seen_by_role_or_queue_and_changed_with_permission(firm: Firm, as_role: AsRole) -> None:
    supervisor, agent, dispatcher, admin = (as_role(role) for role in ("supervisor", "agent", "dispatcher", "admin"))
    firm.person(agent.user_id)
    assert agent("POST", "/tickets/views", view(shared=True)).status_code == 403
    for name, more in (
        ("All", {}),
        ("Agents", {"roles": ["agent"]}),
        ("Dispatch", {"roles": ["dispatcher"]}),
        ("Repairs", {"queue_ids": [firm.queue.id]}),
    ):
        assert supervisor("POST", "/tickets/views", view(name=name, shared=True, **more)).status_code == 201
    assert names(agent) == ["Agents", "All", "Repairs"]
    assert names(dispatcher) == ["All", "Dispatch"]
    assert names(admin) == names(supervisor) == ["Agents", "All", "Dispatch", "Repairs"]
    key = next(one["key"] for one in agent("GET", "/tickets/views").json["items"] if one["name"] == "All")  # type: ignore[index]
    assert agent("PATCH", f"/tickets/views/{key}", {"name": "x"}).status_code == 403
    assert agent("DELETE", f"/tickets/views/{key}").status_code == 403
    assert admin("PATCH", f"/tickets/views/{key}", {"sort": "priority"}).status_code == 200
    actions = list(database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"view:{key}").order_by(AuditEntry.id)))
    assert actions == ["view.created", "view.changed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"columns": ["number", "wish"]}, "columns"),
        ({"sort": "tags"}, "sort"),
        ({"roles": ["king"]}, "roles"),
        ({"queue_ids": [999_999]}, "queue_ids"),
        ({"conditions": {"match": "all", "items": [{"field": "wish", "op": "is", "value": 1}]}}, "conditions"),
    ],
)
def test_what_cannot_be_a_view_is_refused_and_nothing_is_kept(firm: Firm, as_role: AsRole, change: dict[str, Any], field: str) -> None:
    supervisor = as_role("supervisor")
    answer = supervisor("POST", "/tickets/views", view(**change))
    assert answer.status_code == 422, answer.text
    assert any(name.startswith(field) for name in answer.json["errors"]), answer.text  # type: ignore[index]
    assert names(supervisor) == []


def test_a_view_whose_field_has_gone_says_so_and_can_be_mended(firm: Firm, as_role: AsRole, now: datetime) -> None:
    agent = as_role("agent")
    gone = {"match": "all", "items": [*URGENT["items"], {"field": "cf_7", "op": "is", "value": ["x"]}]}
    row = SavedView(
        owner_id=agent.user_id, name="Old", conditions=gone, columns=["number", "cf_7"], sort="cf_7", created_at=now, updated_at=now
    )
    database.session.add(row)
    database.session.commit()
    (told,) = [one for one in agent("GET", "/tickets/views").json["items"] if not one["standard"]]  # type: ignore[index]
    assert [(one["path"], one["field"]) for one in told["problems"]] == [([1], "cf_7")]
    refused = agent("GET", f"/tickets?view={row.id}")
    assert (refused.status_code, refused.json["problems"][0]["path"]) == (422, [1])  # type: ignore[index]
    assert str(row.id) not in counts(agent)
    urgent = firm.ticket(priority="urgent")
    assert agent("PATCH", f"/tickets/views/{row.id}", {"conditions": URGENT}).json["problems"] == []  # type: ignore[index]
    assert shown(agent, view=row.id) == [urgent.number]  # and the column that it was sorted by is left out


@pytest.mark.parametrize("query", ["view=none", "view=77", "conditions=[]", "conditions={", "sort=wish", "columns=wish", "order=up"])
def test_a_list_that_cannot_be_asked_for_is_refused(firm: Firm, as_role: AsRole, query: str) -> None:
    assert as_role("agent")("GET", f"/tickets?{query}").status_code in (404, 422)


def test_counts_of_saved_views_stop_at_a_thousand(firm: Firm, as_role: AsRole, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = as_role("agent")
    monkeypatch.setattr("tickets.saved_views.listing.COUNTED", 2)
    for _count in range(3):
        firm.ticket(priority="urgent")
    key = agent("POST", "/tickets/views", view()).json["key"]  # type: ignore[index]
    assert counts(agent)[key] == (2, True)
    assert counts(agent)["open"] == (3, False)
    assert database.session.scalar(select(Ticket.id).limit(1)) is not None

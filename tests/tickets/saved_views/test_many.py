"""Everything that a list selects: changed in batches with the way back, and written into tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from core import outbox
from core.audit import AuditEntry
from core.db import db as database
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tickets import queries, services
from tickets.models import Ticket
from tickets.saved_views import bulk

AsRole = Callable[[str], Program]
OPEN = {"view": "open"}


@pytest.fixture
def agent(as_role: AsRole) -> Program:
    return as_role("agent")


def run(agent: Program, changes: dict[str, Any], **which: Any) -> dict[str, Any]:
    answer = agent("POST", "/tickets/bulk-runs", {"changes": changes, **which})
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json
    return told


def handed_over(now: datetime) -> list[tuple[int, int]]:
    """(outbox row, run) of what is left for the background."""
    rows = database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == bulk.KIND, outbox.OutboxRow.done_at.is_(None)))
    return [(row.id, row.payload["run_id"]) for row in rows]


def test_a_handful_is_changed_at_once_and_taken_back_exactly(firm: Firm, agent: Program) -> None:
    me = firm.person(agent.user_id)
    tickets = [firm.ticket(priority=priority) for priority in ("low", "urgent", "high")]
    services.change_tags(ticket_id=tickets[0].id, add=["hot"], now=firm.now, actor_id=None)
    told = run(agent, {"priority": "high", "assignee_id": me.id, "add_tags": ["hot"]}, selection=OPEN)
    assert (told["state"], told["total"], told["changed"], told["waiting"]) == ("done", 3, 3, 0)
    assert {(ticket.priority, ticket.assignee_id) for ticket in tickets} == {("high", me.id)}
    back = agent("POST", f"/tickets/bulk-runs/{told['id']}/undoing").json
    assert (back["state"], back["undone"], back["kept"]) == ("undone", 3, 0)
    assert [(ticket.priority, ticket.assignee_id) for ticket in tickets] == [("low", None), ("urgent", None), ("high", None)]
    assert list(queries.tags_of([ticket.id for ticket in tickets]).values()) == [["hot"], [], []]
    assert agent("POST", f"/tickets/bulk-runs/{told['id']}/undoing").status_code == 409


def test_a_refused_ticket_is_named_and_the_others_are_changed(firm: Firm, agent: Program, now: datetime) -> None:
    good, closed = firm.ticket(), firm.ticket()
    services.resolve(ticket_id=closed.id, now=now, actor_id=None)
    told = run(agent, {"status": "waiting", "wait_reason": "part"}, numbers=[good.number, closed.number])
    assert (told["changed"], told["refused"]) == (1, 1)
    (problem,) = told["problems"]
    assert (problem["number"], problem["code"]) == (closed.number, "move")
    assert "resolved" in problem["title"]
    assert (good.status, closed.status) == ("waiting", "resolved")


def test_what_a_colleague_changed_since_is_not_taken_back(firm: Firm, agent: Program, as_role: AsRole) -> None:
    mine, theirs = firm.ticket(), firm.ticket()
    told = run(agent, {"priority": "high"}, selection=OPEN)
    assert as_role("agent")("PATCH", f"/tickets/{theirs.number}", {"priority": "urgent"}).status_code == 200
    back = agent("POST", f"/tickets/bulk-runs/{told['id']}/undoing").json
    assert (back["undone"], back["kept"], back["problems"][0]["number"]) == (1, 1, theirs.number)
    assert (mine.priority, theirs.priority) == ("normal", "urgent")


def test_many_are_changed_in_the_background_and_go_on_after_a_stop(
    firm: Firm, agent: Program, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 2)
    tickets = [firm.ticket() for _ in range(5)]
    told = run(agent, {"priority": "high"}, selection=OPEN)
    assert (told["state"], told["changed"], told["waiting"]) == ("running", 2, 3)
    late = firm.ticket()
    assert bulk.batch(told["id"], now=now)  # a worker that died after one batch
    database.session.commit()
    ((row_id, run_id),) = handed_over(now)
    bulk.work(row_id, run_id, now=lambda: now)
    told = agent("GET", f"/tickets/bulk-runs/{run_id}").json
    assert (told["state"], told["changed"]) == ("done", 5)
    assert {ticket.priority for ticket in tickets} == {"high"}
    assert late.priority == "normal"  # came after it was settled which
    assert handed_over(now) == []


def test_a_run_can_be_stopped_by_its_owner_alone(firm: Firm, agent: Program, as_role: AsRole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 1)
    for _count in range(3):
        firm.ticket()
    told = run(agent, {"priority": "low"}, selection=OPEN)
    path = f"/tickets/bulk-runs/{told['id']}"
    for method, where in (("GET", path), ("DELETE", path), ("POST", f"{path}/undoing")):
        assert as_role("agent")(method, where).status_code == 403
    assert agent("POST", f"{path}/undoing").status_code == 409
    stopped = agent("DELETE", path).json
    assert (stopped["state"], stopped["changed"], stopped["waiting"]) == ("cancelled", 1, 2)
    assert not bulk.batch(told["id"], now=firm.now)
    assert agent("GET", "/tickets/bulk-runs/999999").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"changes": {"priority": "high"}},
        {"changes": {}, "selection": OPEN},
        {"changes": {"priority": "top"}, "selection": OPEN},
        {"changes": {"priority": "high"}, "selection": {"view": "nothing"}},
        {"changes": {"priority": "high"}, "selection": {"view": "mine"}},  # has none
        {"changes": {"priority": "high"}, "numbers": []},
    ],
)
def test_a_change_of_nothing_or_to_nothing_is_refused(firm: Firm, agent: Program, body: dict[str, Any]) -> None:
    firm.ticket()
    assert agent("POST", "/tickets/bulk-runs", body).status_code in (404, 422)
    assert database.session.scalar(select(bulk.BulkRun.id)) is None


def test_too_many_at_once_are_refused(firm: Firm, agent: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 1)
    first, _second = firm.ticket(), firm.ticket()
    assert agent("POST", "/tickets/bulk-runs", {"changes": {"priority": "low"}, "selection": OPEN}).json["code"] == "too_many"
    assert first.priority == "normal"


def test_a_list_is_exported_with_its_columns_and_no_cell_becomes_a_formula(firm: Firm, as_role: AsRole, now: datetime) -> None:
    supervisor = as_role("supervisor")
    evil = ['=HYPERLINK("http://x")', "+1 234", "-2+3", "@SUM(A1)", "  =1+1", "漏水, “quoted”"]
    tickets = [firm.ticket(subject=subject) for subject in evil]
    tickets[0].subject = evil[0]
    query = "view=open&sort=number&columns=created,priority,tags"
    answer = supervisor("GET", f"/tickets/export?{query}")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert rows[0] == ["Number", "Subject", "Opened", "Priority", "Tags"]
    assert [row[1] for row in rows[1:]] == [
        f"'{text}" if text.strip()[0] in "=+-@" else text for text in [ticket.subject for ticket in tickets]
    ]
    assert rows[1][0] == str(tickets[0].number)
    assert (rows[1][2], rows[1][3]) == ("2026-03-10 09:00:00", "Normal")
    book = load_workbook(io.BytesIO(supervisor("GET", f"/tickets/export?{query}&format=xlsx").get_data()))
    cells = list(book.active.iter_rows(min_row=2))
    assert [row[1].value for row in cells] == [ticket.subject for ticket in tickets]
    assert {row[1].data_type for row in cells} == {"s"}
    (first, _second) = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "tickets.exported").order_by(AuditEntry.id))
    assert (first.actor_id, first.after["view"]) == (supervisor.user_id, "open")


def test_exports_need_the_permission_and_a_good_query(firm: Firm, agent: Program, as_role: AsRole) -> None:
    assert agent("GET", "/tickets/export").status_code == 403
    supervisor = as_role("supervisor")
    for query in ("format=pdf", "columns=wish", f"conditions={quote('{')}"):
        assert supervisor("GET", f"/tickets/export?{query}").status_code == 422, query
    assert database.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "tickets.exported")) is None


def test_an_export_is_read_in_batches_along_keys(firm: Firm, as_role: AsRole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.saved_views.api_many.BATCH", 2)
    numbers = [firm.ticket().number for _ in range(5)]
    text = as_role("supervisor")("GET", "/tickets/export?sort=created&order=asc&columns=queue").get_data().decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == [str(number) for number in numbers]
    assert database.session.scalar(select(Ticket.id).limit(1)) is not None


def test_a_list_is_counted_up_to_a_thousand(firm: Firm, agent: Program) -> None:
    for _count in range(3):
        firm.ticket()
    assert agent("GET", "/tickets/count?view=open").json == {"count": 3, "more": False}
    assert agent("GET", "/tickets/count?text=boiler&view=mine").json == {"count": 0, "more": False}

"""Tickets over HTTP, as a program and as the pages use them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.auth import services as accounts
from core.db import db as database
from core.files import save
from tests.tickets.conftest import HOUR, OFFICE, Firm
from tickets import services
from tickets.fields.services import create_field
from tickets.models import Queue, Ticket


class Program:
    """A client with a bearer token; paths are below /api/v1."""

    def __init__(self, app: Flask, secret: str, user_id: int) -> None:
        self.client, self.secret, self.user_id = app.test_client(), secret, user_id

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        database.session.commit()
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=given)
        database.session.expire_all()
        return answer

    def upload(self, name: str, content: bytes, content_type: str = "image/jpeg") -> Any:
        database.session.commit()
        data = {"file": (io.BytesIO(content), name, content_type)}
        return self.client.post("/api/v1/files", data=data, headers={"Authorization": f"Bearer {self.secret}"})


@pytest.fixture
def as_role(app: Flask, make_user: Callable[..., Any], now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Program]:
    """`as_role("agent")` → a Program of a fresh user; business time stands at `now`."""
    monkeypatch.setattr(clock, "now", lambda: now)

    def make(role: str) -> Program:
        user = make_user(role)
        token, secret = accounts.create_token(name="test", user=user, role=role, now=now, actor_id=None)
        token.last_used_at = now  # noting its use takes a connection of its own, which the rolled-back database does not have
        return Program(app, secret, user.id)

    return make


def numbers(answer: Any) -> list[int]:
    return [item["number"] for item in answer.json["items"]]


def test_a_ticket_opened_with_the_customers_words(firm: Firm, as_role: Callable[[str], Program]) -> None:
    firm.policy(first_response=HOUR)
    create_field(key="a", kind="number", labels={"en": "A"}, now=firm.now, actor_id=None)
    agent = as_role("agent")
    body = {
        "subject": "Heating is cold",
        "text": "Since this morning.",
        "queue_id": firm.queue.id,
        "author_name": "Ada",
        "fields": {"a": 1},
    }
    made = agent("POST", "/tickets", body)
    assert made.status_code == 201
    ticket = made.json
    assert made.headers["Location"] == f"/api/v1/tickets/{ticket['number']}"
    assert (ticket["status"], ticket["fields"], ticket["queue"]) == ("new", {"a": 1}, "Repairs")
    assert [(found["kind"], found["state"], found["due_at"]) for found in ticket["clocks"]] == [
        ("first_response", "running", "2026-03-10T10:00:00+00:00")
    ]
    messages = agent("GET", f"/tickets/{ticket['number']}/messages").json["items"]
    assert [(found["kind"], found["text"], found["author"]) for found in messages] == [("message_in", "Since this morning.", "Ada")]
    assert agent("GET", f"/tickets/{ticket['number']}").headers["ETag"] == f'"{ticket["version"]}"'


def test_a_repeated_post_with_its_key_opens_one_ticket(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    body = {"subject": "Once", "queue_id": firm.queue.id}
    first, second = (agent("POST", "/tickets", body, Idempotency_Key="k-1") for _count in range(2))
    assert (first.status_code, second.json) == (201, first.json)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert database.session.scalar(database.select(database.func.count(Ticket.id))) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"queue_id": 1}, "subject"),
        ({"subject": "x", "queue_id": "one"}, "queue_id"),
        ({"subject": "x", "queue_id": 10**30}, "queue_id"),
        ({"subject": "x", "queue_id": 1, "kind": "wish"}, "kind"),
        ({"subject": "x\0y", "queue_id": 1}, "subject"),
        ({"subject": "x", "queue_id": 1, "fields": {"deep": [{"k": "\0"}]}}, "fields"),
        ({"subject": "x", "queue_id": 1, "surprise": 1}, "surprise"),
        ({"subject": "x", "queue_id": 999_999}, "queue_id"),
    ],
)
def test_what_cannot_be_used_is_named_by_field(firm: Firm, as_role: Callable[[str], Program], body: dict[str, Any], field: str) -> None:
    answer = as_role("agent")("POST", "/tickets", body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert field in answer.json["errors"]


def test_a_list_goes_through_all_tickets_once_in_each_order(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    firm.policy("Urgent", {"priorities": ["urgent"]}, resolution=HOUR)
    agent = as_role("agent")
    made = [firm.ticket(now + timedelta(minutes=minutes), priority="urgent" if minutes % 2 else "low") for minutes in range(7)]
    services.add_note(ticket_id=made[0].id, text="touched", actor_id=None, now=now + timedelta(hours=1))
    wanted = {
        "due": [1, 3, 5, 0, 2, 4, 6],  # those without due time last
        "created": [6, 5, 4, 3, 2, 1, 0],
        "updated": [0, 6, 5, 4, 3, 2, 1],
    }
    by_place = [ticket.number for ticket in made]
    for sort, places in wanted.items():
        seen: list[int] = []
        after = ""
        while True:
            answer = agent("GET", f"/tickets?sort={sort}&limit=2&after={after}")
            seen += numbers(answer)
            after = answer.json["next"]
            if after is None:
                break
        assert seen == [by_place[place] for place in places], sort


def test_a_list_is_narrowed(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    firm.policy(resolution=HOUR)
    agent = as_role("agent")
    me = firm.person(agent.user_id)
    mine, waiting, done = firm.ticket(subject="Mine"), firm.ticket(subject="漏水 upstairs"), firm.ticket(subject="Done")
    services.assign(ticket_id=mine.id, person_id=me.id, actor_id=None, now=now)
    services.receive_message(ticket_id=mine.id, text="?", now=now, channel="email")
    services.change_status(ticket_id=waiting.id, status="waiting", wait_reason="part", actor_id=None, now=now)
    services.resolve(ticket_id=done.id, actor_id=None, now=now)
    found = {
        "assignee=me": [mine],
        f"assignee={me.id}": [mine],
        "assignee=none&open=true": [waiting],
        "open=false": [done],
        "status=waiting,resolved&sort=created": [done, waiting],
        "unanswered=true": [mine],
        "text=漏水": [waiting],
        f"text={done.number}": [done],
        "text=nowhere": [],
        f"queue_id={firm.queue.id}&due_before=2026-03-10T10:00:01Z": [mine],
        "due_before=2026-03-10T10:00:00Z": [],
        "customer_id=77": [],
    }
    for query, tickets in found.items():
        assert numbers(agent("GET", f"/tickets?{query}")) == [ticket.number for ticket in tickets], query
    for query in ("status=lost", "assignee=ana", "text=%3F%3F", "after=rubbish", "sort=colour", "limit=0", "due_before=soon"):
        assert agent("GET", f"/tickets?{query}").status_code == 422, query


def test_a_list_asks_the_database_a_fixed_number_of_times(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    firm.policy(resolution=HOUR, first_response=HOUR)
    agent = as_role("agent")
    counted: list[int] = []
    for more in (2, 18):
        for _count in range(more):
            ticket = firm.ticket()
            services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", actor_id=None, now=now)
        statements: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = statements) -> None:
            seen.append(statement)

        database.session.commit()
        database.event.listen(database.engine.engine, "before_cursor_execute", count)
        try:
            assert len(numbers(agent("GET", "/tickets?limit=50"))) >= more
        finally:
            database.event.remove(database.engine.engine, "before_cursor_execute", count)
        counted.append(len([statement for statement in statements if "FROM ticket" in statement or "FROM clock" in statement]))
    assert counted[0] == counted[1] <= 8  # ids (two), lines, clocks, tags, custom fields


def test_a_patch_changes_only_what_is_sent(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    person = firm.person(agent.user_id)
    create_field(key="m", kind="number", labels={"en": "M"}, now=firm.now, actor_id=None)
    ticket = firm.ticket()
    answer = agent("PATCH", f"/tickets/{ticket.number}", {"assignee_id": person.id, "priority": "high", "fields": {"n": None, "m": 2}})
    assert answer.status_code == 200
    assert (answer.json["assignee_id"], answer.json["priority"], answer.json["subject"]) == (person.id, "high", "Boiler leaks")
    assert answer.json["fields"] == {"m": 2}
    assert agent("PATCH", f"/tickets/{ticket.number}", {"assignee_id": None}).json["assignee_id"] is None


def test_a_patch_over_a_newer_change_of_the_same_field_is_a_conflict_that_shows_it(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent, other = as_role("agent"), as_role("agent")
    ticket = firm.ticket()
    version = agent("GET", f"/tickets/{ticket.number}").json["version"]
    assert other("PATCH", f"/tickets/{ticket.number}", {"subject": "Theirs"}).status_code == 200
    for refused in (
        agent("PATCH", f"/tickets/{ticket.number}", {"subject": "Ours", "version": version}),
        agent("PATCH", f"/tickets/{ticket.number}", {"subject": "Ours", "priority": "low"}, If_Match=f'"{version}"'),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "changed_meanwhile")
        assert refused.json["changes"][0]["to"] == "Theirs"
    assert agent("GET", f"/tickets/{ticket.number}").json["priority"] == "normal"
    assert agent("PATCH", f"/tickets/{ticket.number}", {"priority": "low", "version": version}).json["subject"] == "Theirs"
    assert agent("PATCH", f"/tickets/{ticket.number}", {"priority": "low"}, If_Match="soon").status_code == 422


def test_a_ticket_goes_through_its_states_by_nouns(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    path = f"/tickets/{firm.ticket().number}"
    steps = [
        ("POST", "waiting", {"reason": "part", "why": "valve on order"}, 200, "waiting"),
        ("DELETE", "waiting", None, 200, "open"),
        ("DELETE", "waiting", None, 409, "open"),
        ("POST", "closure", {}, 409, "open"),
        ("POST", "resolution", {"why": "valve changed"}, 200, "resolved"),
        ("POST", "reopening", {}, 200, "open"),
        ("POST", "resolution", {}, 200, "resolved"),
        ("POST", "closure", {}, 200, "closed"),
        ("POST", "waiting", {"reason": "part"}, 409, "closed"),
        ("POST", "waiting", {"reason": "rain"}, 422, "closed"),
    ]
    for method, noun, body, status, then in steps:
        answer = agent(method, f"{path}/{noun}", body)
        assert (answer.status_code, agent("GET", path).json["status"]) == (status, then), noun
    whys = [entry["data"].get("why") for entry in agent("GET", f"{path}/entries").json["items"]]
    assert "valve on order" in whys
    assert "valve changed" in whys


def test_reply_note_and_timeline(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    path = f"/tickets/{firm.ticket().number}"
    assert agent("POST", f"{path}/notes", {"text": "quiet"}).json["public"] is False
    reply = agent("POST", f"{path}/messages", {"text": "We come.", "then_status": "waiting", "wait_reason": "access"})
    assert (reply.status_code, reply.json["kind"], reply.json["channel"]) == (201, "message_out", "email")
    assert agent("POST", f"{path}/messages", {"text": " "}).json["errors"]["text"]
    assert [found["text"] for found in agent("GET", f"{path}/messages").json["items"]] == ["We come."]
    kinds = [found["kind"] for found in agent("GET", f"{path}/entries").json["items"]]
    assert kinds == ["change", "note", "message_out", "change"]
    last = agent("GET", f"{path}/entries?limit=1").json["items"][0]
    assert agent("GET", f"{path}/entries?limit=1&before={last['id']}").json["items"][0]["kind"] == "message_out"


def test_many_at_once_each_whole_or_not_at_all(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    agent = as_role("agent")
    person = firm.person(agent.user_id)
    fine, closed = firm.ticket(), firm.ticket()
    services.resolve(ticket_id=closed.id, actor_id=None, now=now)
    services.close(ticket_id=closed.id, actor_id=None, now=now)
    changes = {"assignee_id": person.id, "status": "waiting", "wait_reason": "part"}
    answer = agent("POST", "/tickets/bulk", {"numbers": [fine.number, closed.number, 999_999], "changes": changes}).json
    assert answer["changed"] == [fine.number]
    assert {found["number"]: found["code"] for found in answer["refused"]} == {closed.number: "move", 999_999: "not_found"}
    assert (database.session.get_one(Ticket, fine.id).status, database.session.get_one(Ticket, closed.id).assignee_id) == ("waiting", None)


def test_a_file_is_uploaded_attached_and_downloaded_as_a_download(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    agent, other = as_role("agent"), as_role("agent")
    ticket = firm.ticket()
    uploaded = agent.upload("Übergabe <1>.html", b"<script>alert(1)</script>", "text/html")
    assert (uploaded.status_code, uploaded.json["size"]) == (201, 25)
    file_id = uploaded.json["id"]
    # Naming somebody else's file would let one read it.
    stolen = other("POST", f"/tickets/{ticket.number}/notes", {"text": "mine now", "file_ids": [file_id]})
    assert stolen.json["errors"]["file_ids"]
    assert agent("POST", f"/tickets/{ticket.number}/notes", {"text": "see", "file_ids": [file_id]}).status_code == 201
    assert agent.upload("empty.txt", b"").status_code == 422
    assert agent("POST", "/files").status_code == 422


def test_only_what_belongs_to_tickets_is_downloaded_and_never_run(
    firm: Firm, as_role: Callable[[str], Program], sign_in: Callable[..., FlaskClient], now: datetime
) -> None:
    ticket = firm.ticket()
    attached = save(b"photo", name='a"b.jpg', content_type="image/jpeg", now=now)
    secret = save(b"import", name="customers.csv", content_type="text/csv", now=now)
    services.add_note(ticket_id=ticket.id, text="see", files=[attached.id], actor_id=None, now=now)
    database.session.commit()
    agent = sign_in("agent")
    answer = agent.get(f"/files/{attached.id}")
    assert (answer.status_code, answer.data) == (200, b"photo")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22b.jpg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    json = {"Accept": "application/json"}
    assert agent.get(f"/files/{secret.id}", headers=json).status_code == 404
    assert agent.get(f"/files/{10**30}", headers=json).status_code == 404


def test_a_technician_reads_no_files_of_tickets(firm: Firm, sign_in: Callable[..., FlaskClient], now: datetime) -> None:
    attached = save(b"photo", name="a.jpg", content_type="image/jpeg", now=now)
    services.add_note(ticket_id=firm.ticket().id, text="see", files=[attached.id], actor_id=None, now=now)
    database.session.commit()
    assert sign_in("technician").get(f"/files/{attached.id}", headers={"Accept": "application/json"}).status_code == 403


def test_queues_are_settings(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent, admin = as_role("agent"), as_role("admin")
    body = {"key": "sales", "name": "Sales", "branch_id": firm.branch.id}
    assert agent("POST", "/queues", body).status_code == 403
    made = admin("POST", "/queues", body)
    assert (made.status_code, made.json["branch"]) == (201, "Berlin")
    assert admin("POST", "/queues", body).json["errors"]["key"]
    path = f"/queues/{made.json['id']}"
    assert admin("PATCH", path, {"active": False, "position": 3}).json["active"] is False
    assert [found["key"] for found in agent("GET", "/queues").json["items"]] == ["repairs", "sales"]
    assert admin("PATCH", path, {"skills": [{"skill_id": 999_999, "level": 2}]}).json["errors"]["skills"]
    assert agent("GET", f"/queues/{10**25}").status_code == 404
    assert database.session.get_one(Queue, made.json["id"]).position == 3


def test_a_policy_and_a_calendar_are_published_and_explain_a_clock(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent, admin = as_role("agent"), as_role("admin")
    definition = {"timezone": "Europe/Berlin", "hours": OFFICE}
    calendar = admin("POST", "/calendars", {"name": "Office", "branch_id": firm.branch.id, "definition": definition})
    assert (calendar.status_code, calendar.json["version"]) == (201, 1)
    holidays = admin("GET", "/holidays?country=DE&region=BY&year=2026&language=de").json["items"]
    assert {"day": "2026-01-06", "name": "Heilige Drei Könige"} in holidays
    assert admin("GET", "/holidays?country=XX&year=2026").status_code == 422
    definition["holidays"] = {found["day"]: found["name"] for found in holidays}
    path = f"/calendars/{calendar.json['id']}"
    version = admin("POST", f"{path}/versions", {"definition": definition, "version": 1})
    assert (version.status_code, version.json["version"]) == (201, 2)
    assert admin("POST", f"{path}/versions", {"definition": definition, "version": 1}).status_code == 409
    assert admin("GET", f"{path}/versions/1").json["definition"]["holidays"] == {}
    assert admin("GET", f"{path}/versions/9").status_code == 404
    policy = admin("POST", "/policies", {"name": "P", "targets": {"default": {"resolution": 9 * HOUR}}})
    assert policy.status_code == 201
    assert admin("PATCH", f"/policies/{policy.json['id']}", {"warn_percent": 50, "version": 1}).json["version"] == 2
    assert admin("PATCH", f"/policies/{policy.json['id']}", {"warn_percent": 60, "version": 1}).status_code == 409
    assert admin("PATCH", f"/policies/{policy.json['id']}", {"targets": {"default": {"lunch": 3}}}).json["errors"]["targets"]
    assert agent("GET", "/policies").status_code == 403
    ticket = agent("POST", "/tickets", {"subject": "Explain me", "queue_id": firm.queue.id}).json
    told = agent("GET", f"/clocks/{ticket['clocks'][0]['id']}/explanation").json
    # Opened Tuesday 10:00 in Berlin: eight hours until 18:00, one on Wednesday from 08:00 (07:00 UTC).
    assert told["due_at"] == "2026-03-11T08:00:00+00:00"
    assert [window["seconds"] for window in told["windows"]] == [8 * HOUR, HOUR]
    assert (told["policy"], told["calendar"], told["calendar_version"], told["counted_seconds"]) == ("P", "Office", 2, 9 * HOUR)
    assert agent("GET", "/clocks/999999/explanation").status_code == 404


def test_who_may_not_is_refused_before_anything_is_read(firm: Firm, as_role: Callable[[str], Program]) -> None:
    technician = as_role("technician")
    number = firm.ticket().number
    for method, path in (
        ("GET", "/tickets"),
        ("GET", f"/tickets/{number}"),
        ("PATCH", f"/tickets/{number}"),
        ("POST", f"/tickets/{number}/messages"),
        ("POST", "/tickets/bulk"),
        ("GET", f"/tickets/{number}/entries"),
        ("GET", "/queues"),
        ("POST", "/policies"),
    ):
        assert technician(method, path, {} if method != "GET" else None).status_code == 403, path

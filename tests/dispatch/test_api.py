"""Dispatch over HTTP: who may, what is answered, what a repeat does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core import clock, inbox
from core.audit import AuditEntry
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from dispatch.visits.models import Visit
from tests.dispatch.conftest import Firm, berlin

TEN = berlin("2026-03-11 10:00")


@pytest.fixture(autouse=True)
def business_time(monkeypatch: pytest.MonkeyPatch, now: Any) -> None:
    """Entries read the clock: it stands at the tests' time."""
    monkeypatch.setattr(clock, "now", lambda: now)


class Caller:
    """Speaks to the API with a token of one role."""

    def __init__(self, client: FlaskClient, user: User, role: str) -> None:
        self.client, self.user = client, user
        token, self.secret = accounts.create_token(name="test", user=user, role=role, now=user.created_at, actor_id=None)
        token.last_used_at = clock.now()  # noting its use takes a connection of its own, which the rolled-back database does not have
        database.session.commit()


def send(caller: Caller, method: str, path: str, body: Any = None, key: str = "") -> Any:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {caller.secret}"} | ({"Idempotency-Key": key} if key else {})
    database.session.commit()
    answer = getattr(caller.client, method)(f"/api/v1{path}", json=body, headers=headers)
    database.session.expire_all()
    return answer


@pytest.fixture
def caller(app: Flask, make_user: Callable[..., User]) -> Callable[..., Caller]:
    """`caller("agent")` or `caller("technician", user=…)`."""

    def make(role: str, user: User | None = None) -> Caller:
        return Caller(app.test_client(), user or make_user(role), role)

    return make


@pytest.fixture
def dispatcher(caller: Callable[..., Caller]) -> Caller:
    return caller("dispatcher")


def test_a_suggestion_is_booked_as_it_is_and_the_repeat_of_the_key_books_nothing(firm: Firm, dispatcher: Caller) -> None:
    li, part = firm.technician(), firm.part("Fan")
    firm.stock(part, firm.van(li), 1)
    job, ticket = firm.job_type(kit={part.id: 1}), firm.ticket()
    database.session.commit()
    found = send(dispatcher, "get", f"/tickets/{ticket.number}/suggestions?job_type_id={job.id}").json
    best = found["suggestions"][0]
    assert (best["technician"], best["readiness"]["state"], best["readiness"]["lines"][0]["state"]) == ("Li Wei", "ready", "on_van")
    body = {name: best[name] for name in ("person_id", "start", "end", "promised_from", "promised_until")}
    body |= {"ticket": ticket.number, "job_type_id": job.id}
    first = send(dispatcher, "post", "/visits", body, key="k1")
    assert first.status_code == 201
    again = send(dispatcher, "post", "/visits", body, key="k1")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert database.session.scalar(select(func.count()).select_from(Visit)) == 1
    listed = send(dispatcher, "get", f"/visits?ticket={ticket.number}").json["items"]
    assert [visit["number"] for visit in listed] == [first.json["number"]]
    refused = send(dispatcher, "post", "/visits", body, key="k2")
    assert (refused.status_code, refused.json["code"]) == (409, "second_visit")


def test_nobody_can_and_the_answer_says_why(firm: Firm, dispatcher: Caller) -> None:
    job, ticket = firm.job_type(), firm.ticket()
    firm.technician(skills={firm.gas.id: 1})
    database.session.commit()
    found = send(dispatcher, "get", f"/tickets/{ticket.number}/suggestions?job_type_id={job.id}").json
    assert found["suggestions"] == []
    assert [reason["text"] for reason in found["obstacles"]] == ["No one has Gas at level 2."]


def test_a_visit_is_moved_and_called_off(firm: Firm, dispatcher: Caller) -> None:
    visit = firm.book(firm.technician(), TEN, job_type=firm.job_type())
    number = visit.number
    database.session.commit()
    moved = send(dispatcher, "put", f"/visits/{number}/slot", {"start": (TEN + timedelta(hours=1)).isoformat()}).json
    assert moved["planned_start"] == "2026-03-11T10:00:00+00:00"
    stale = send(dispatcher, "put", f"/visits/{number}/slot", {"start": TEN.isoformat(), "version": 1})
    assert (stale.status_code, stale.json["code"]) == (409, "changed_meanwhile")
    gone = send(dispatcher, "post", f"/visits/{number}/cancellation", {"reason": "Away"}).json
    assert (gone["status"], gone["cancel_reason"], gone["readiness"]) == ("cancelled", "Away", None)
    assert send(dispatcher, "put", f"/visits/{number}/slot", {"start": TEN.isoformat()}).json["code"] == "move"


def test_moving_counts_the_visits_own_time_and_parts_as_free(firm: Firm, dispatcher: Caller) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    visit = firm.book(li, TEN, job_type=firm.job_type(kit={part.id: 1}, minutes=480), end=None or TEN + timedelta(hours=8))
    database.session.commit()
    path = f"/tickets/{visit.ticket.number}/suggestions?job_type_id={visit.job_type_id}"
    around = "&earliest=2026-03-11T07:00:00Z&latest=2026-03-11T18:00:00Z"
    assert send(dispatcher, "get", path + around).json["suggestions"] == []
    assert send(dispatcher, "get", f"{path}{around}&visit={visit.number}").json["suggestions"] != []


def test_an_agent_books_but_sets_no_rule_aside(firm: Firm, caller: Callable[..., Caller]) -> None:
    li, ticket, job = firm.technician(), firm.ticket(), firm.job_type()
    agent = caller("agent")
    body = {
        "ticket": ticket.number,
        "job_type_id": job.id,
        "person_id": li.id,
        "start": "2026-03-11T20:00:00Z",
        "end": "2026-03-11T21:00:00Z",
        "promised_from": "2026-03-11T20:00:00Z",
        "promised_until": "2026-03-11T22:00:00Z",
    }
    assert send(agent, "post", "/visits", body).json["code"] == "shift"
    assert send(agent, "post", "/visits", {**body, "despite": ["shift"]}).status_code == 403
    assert send(caller("dispatcher"), "post", "/visits", {**body, "despite": ["shift"]}).status_code == 201
    assert send(agent, "post", "/stock/moves", {}).status_code == 403


def test_a_technician_sees_the_own_day_and_reports(firm: Firm, caller: Callable[..., Caller], now: Any) -> None:
    li, part = firm.technician(), firm.part("Fan")
    firm.stock(part, firm.van(li), 2)
    job = firm.job_type(kit={part.id: 1})
    visit = firm.book(li, now + timedelta(hours=2), job_type=job)
    firm.book(firm.technician("Ana"), now + timedelta(hours=2), job_type=firm.job_type("other"))
    client = caller("technician", user=li.user)
    database.session.commit()
    day = send(client, "get", "/field/day").json
    assert [one["number"] for one in day["visits"]] == [visit.number]
    mine = day["visits"][0]
    assert (mine["site"]["access"], mine["checklist"][0]["text"], mine["phone"][:3]) == ("Ring twice", "Gas off", "+49")
    assert day["van"] == [{"part_id": part.id, "sku": part.sku, "name": "Fan", "names": {}, "unit": "pc", "on_hand": 2, "reserved": 1,
                           "serial_tracked": False, "core": False, "old": 0, "serials": []}]  # fmt: skip
    assert send(client, "get", "/visits").status_code == 403
    body = {"uuid": str(uuid.uuid4()), "visit": visit.number, "action": "arrived", "happened_at": now.isoformat(), "data": {}}
    first = send(client, "post", "/field/updates", body)
    assert (first.status_code, first.json["result"], first.json["visit"]["status"]) == (200, "applied", "on_site")
    assert send(client, "post", "/field/updates", body).json == first.json
    stored = database.session.scalars(select(inbox.InboxRow).where(inbox.InboxRow.source == f"field:{li.id}")).all()
    assert [row.applied_at is not None for row in stored] == [True]


def test_what_a_refused_report_was_is_kept_in_the_inbox(firm: Firm, caller: Callable[..., Caller], now: Any) -> None:
    li, ana = firm.technician(), firm.technician("Ana")
    visit = firm.book(ana, now + timedelta(hours=2), job_type=firm.job_type())
    client = caller("technician", user=li.user)
    database.session.commit()
    body = {"uuid": str(uuid.uuid4()), "visit": visit.number, "action": "arrived", "happened_at": now.isoformat()}
    assert send(client, "post", "/field/updates", body).status_code == 404
    stored = database.session.scalars(select(inbox.InboxRow).where(inbox.InboxRow.source == f"field:{li.id}")).one()
    assert (stored.applied_at, stored.raw["action"]) == (None, "arrived")


def test_stock_moves_is_listed_and_taken_back(firm: Firm, dispatcher: Caller) -> None:
    part, li = firm.part("Fan"), firm.technician()
    firm.stock(part, firm.warehouse, 5)
    database.session.commit()
    body = {
        "uuid": str(uuid.uuid4()),
        "part_id": part.id,
        "from_place_id": firm.warehouse.id,
        "to_place_id": firm.van(li).id,
        "quantity": 2,
        "reason": "Refill",
    }
    moved = send(dispatcher, "post", "/stock/moves", body)
    assert (moved.status_code, moved.json["by"]) == (201, dispatcher.user.name)
    assert send(dispatcher, "post", "/stock/moves", body).json["id"] == moved.json["id"]
    line = send(dispatcher, "get", "/stock?text=fan").json["items"][0]
    assert (line["on_hand"], {one["place"]: one["on_hand"] for one in line["places"]}["Warehouse"]) == (5, 3)
    assert send(dispatcher, "post", f"/stock/moves/{moved.json['id']}/reversal", {}).status_code == 201
    newest = send(dispatcher, "get", "/stock/moves?limit=2").json
    assert [(one["reverses_id"], one["reversed"]) for one in newest["items"]] == [(moved.json["id"], False), (None, True)]
    assert send(dispatcher, "get", f"/stock/moves?after={newest['next']}").json["items"][0]["quantity"] == 5


def test_an_order_is_received_in_parts(firm: Firm, dispatcher: Caller) -> None:
    part = firm.part("Fan")
    database.session.commit()
    body = {"part_id": part.id, "place_id": firm.warehouse.id, "supplier": "Acme", "quantity": 3, "eta": "2026-03-20"}
    line = send(dispatcher, "post", "/purchase-lines", body).json
    receipts = f"/purchase-lines/{line['id']}/receipts"
    assert send(dispatcher, "post", receipts, {"accepted": 2, "wrong": 1, "note": "Valves"}).status_code == 201
    assert [(one["accepted"], one["wrong"], one["note"]) for one in send(dispatcher, "get", receipts).json["items"]] == [(2, 1, "Valves")]
    assert send(dispatcher, "post", receipts, {"accepted": -1}).json["errors"].keys() == {"accepted"}
    too_many = send(dispatcher, "post", receipts, {"accepted": 2})
    assert (too_many.status_code, too_many.json["code"]) == (409, "more_than_ordered")
    later = send(dispatcher, "patch", f"/purchase-lines/{line['id']}", {"eta": "2026-03-25"}).json
    assert (later["received"], later["eta"]) == (2, "2026-03-25")


def test_settings_are_changed_by_administrators_and_audited(firm: Firm, caller: Callable[..., Caller]) -> None:
    admin = caller("admin")
    part = send(admin, "post", "/parts", {"sku": "F-1", "name": "Filter", "price": 1250}).json
    body = {
        "key": "filter",
        "name": "Change filter",
        "minutes": 30,
        "skills": [{"id": firm.gas.id, "level": 1}],
        "kit": [{"part_id": part["id"], "quantity": 1}],
        "checklist": ["Gas off"],
    }
    job = send(admin, "post", "/job-types", body).json
    assert (job["kit"][0]["name"], job["skills"][0]["name"], job["checklist"]) == ("Filter", "Gas", ["Gas off"])
    changed = send(admin, "patch", f"/job-types/{job['id']}", {"minutes": 45, "kit": [], "skills": [{"id": firm.gas.id, "level": 3}]}).json
    assert (changed["minutes"], changed["kit"], changed["skills"][0]["level"]) == (45, [], 3)
    place = send(admin, "post", "/places", {"name": "Shelf", "kind": "staging"}).json
    assert send(admin, "patch", f"/places/{place['id']}", {"name": "Shelf B"}).json["name"] == "Shelf B"
    actions = set(database.session.scalars(select(AuditEntry.action)))
    assert {"part.created", "job_type.created", "job_type.changed", "place.created", "place.changed"} <= actions
    assert send(admin, "post", "/parts", {"sku": "F-1", "name": "Again"}).json["errors"] == {
        "sku": ["There is a part with this number already."]
    }
    assert send(admin, "patch", f"/parts/{1 << 70}", {}).status_code == 404
    assert send(admin, "get", f"/visits/{1 << 70}").status_code == 404
    assert send(caller("dispatcher"), "post", "/parts", {"sku": "X", "name": "Y"}).status_code == 403


def test_over_the_api_a_window_is_held_booked_tried_and_locked(firm: Firm, dispatcher: Caller, caller: Callable[..., Caller]) -> None:
    li, job, ticket = firm.technician(), firm.job_type(), firm.ticket()
    body: dict[str, Any] = {"ticket": ticket.number, "job_type_id": job.id, "person_id": li.id}
    body |= {"start": "2026-03-11T08:00:00Z", "end": "2026-03-11T09:00:00Z"}
    body |= {"promised_from": body["start"], "promised_until": "2026-03-11T10:00:00Z"}
    answer = send(dispatcher, "post", "/visits/holds", body)
    assert answer.status_code == 201, answer.json
    number = answer.json["number"]
    assert (answer.json["status"], answer.json["open"]) == ("proposed", True)
    assert send(dispatcher, "delete", f"/visits/{number}/hold").json["status"] == "lapsed"
    gone = send(dispatcher, "post", f"/visits/{number}/confirmation")
    assert (gone.status_code, gone.json["code"]) == (409, "lapsed")
    again = send(dispatcher, "post", "/visits/holds", body).json["number"]
    assert send(dispatcher, "post", f"/visits/{again}/confirmation").json["status"] == "booked"
    tried = send(dispatcher, "post", f"/visits/{again}/slot/trial", {"start": "2026-03-11T03:00:00Z"}).json
    assert (tried["possible"], tried["code"], tried["overridable"], tried["visit"]) == (False, "shift", True, None)
    tried = send(dispatcher, "post", f"/visits/{again}/slot/trial", {"start": "2026-03-11T11:00:00Z"}).json
    assert (tried["possible"], tried["visit"]["planned_start"]) == (True, "2026-03-11T11:00:00+00:00")
    assert send(dispatcher, "get", f"/visits/{again}").json["planned_start"] == "2026-03-11T08:00:00+00:00"
    assert send(dispatcher, "put", f"/visits/{again}/lock", {"lock": "time"}).json["lock"] == "time"
    assert send(caller("technician"), "post", f"/visits/{again}/confirmation").status_code == 403

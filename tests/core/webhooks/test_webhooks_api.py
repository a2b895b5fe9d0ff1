"""Webhooks through the door: who may, what comes back, what is shown once, what is written into the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit import AuditEntry
from core.auth.permissions import ROLES
from core.db import db as database
from core.inbox import InboxRow
from core.webhooks import signing
from core.webhooks.models import Endpoint
from tests.core.webhooks.conftest import Receiver, go, happen

SignIn = Callable[..., FlaskClient]
Business = Callable[..., datetime]


@pytest.fixture(autouse=True)
def _without_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's own tests hold the token of our pages to account."""
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])


@pytest.fixture
def admin(sign_in: SignIn) -> FlaskClient:
    return sign_in("admin")


def ask(client: FlaskClient, method: str, path: str = "", body: Any = None, key: str | None = None) -> Any:
    headers = {"Accept": "application/json"} | ({"Idempotency-Key": key} if key else {})
    return client.open(f"/api/v1/webhooks{path}", method=method, json=body, headers=headers)


def given(**more: Any) -> dict[str, Any]:
    return {"name": "CRM", "url": "https://crm.example/hook", "events": ["ticket.opened", "thing.changed"]} | more


def actions() -> list[tuple[str, Any]]:
    query = select(AuditEntry).where(AuditEntry.action.like("webhook.%")).order_by(AuditEntry.id)
    return [(row.action, row.actor_id) for row in database.session.scalars(query)]


def test_a_webhook_is_made_with_a_secret_that_is_shown_once_and_kept_nowhere(admin: FlaskClient, app: Flask) -> None:
    made = ask(admin, "POST", body=given(), key="make-crm-1")
    assert made.status_code == 201
    secret, webhook = made.json["secret"], made.json["webhook"]
    assert webhook | {"name": "CRM", "state": "active", "events": ["ticket.opened", "thing.changed"], "paused_at": None} == webhook
    row = database.session.scalars(select(Endpoint)).one()
    assert secret == signing.secret_of(row.seed, app.config["CALLOUT"].secret_key)
    assert secret.startswith("whsec_")
    assert len(secret) == 49
    again = ask(admin, "POST", body=given(), key="make-crm-1")
    assert (again.status_code, again.json["code"]) == (409, "shown_once")
    shown = [ask(admin, "GET").get_data(as_text=True), ask(admin, "GET", f"/{row.id}").get_data(as_text=True)]
    kept = [str(one.answer) for one in database.session.scalars(select(InboxRow))]
    noted = [f"{one.before}{one.after}" for one in database.session.scalars(select(AuditEntry))]
    columns = [str(vars(row))]
    assert not any(secret in text for text in shown + kept + noted + columns)
    assert not any(row.seed in text for text in shown + kept + noted)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (given(name="  "), "name"),
        (given(url="http://127.0.0.2.example"), None),  # with a named network http may be meant: decided when it is resolved
        (given(url="https://10.1.2.3/"), "url"),
        (given(url="ftp://crm.example/"), "url"),
        (given(url="https://ana:pw@crm.example/"), "url"),
        (given(events=[]), "events"),
        (given(events=["ticket.opened", "user.created"]), "events"),
        (given(events="ticket.opened"), "events"),
        ({"name": "CRM"}, "url"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field_and_nothing_is_kept(
    admin: FlaskClient, body: dict[str, Any], field: str | None
) -> None:
    answer = ask(admin, "POST", body=body)
    if field is None:
        assert answer.status_code == 201
        return
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert database.session.scalars(select(Endpoint)).all() == []
    assert actions() == []


def test_it_is_changed_paused_resumed_and_removed_and_each_is_audited_once(admin: FlaskClient) -> None:
    address = f"/{ask(admin, 'POST', body=given()).json['webhook']['id']}"
    changed = ask(admin, "PATCH", address, {"name": "Billing", "events": ["thing.changed"]})
    assert (changed.json["name"], changed.json["events"], changed.json["url"]) == ("Billing", ["thing.changed"], given()["url"])
    ask(admin, "PATCH", address, {"name": "Billing"})  # the same: nothing to audit
    assert ask(admin, "PATCH", address, {"url": "nonsense"}).status_code == 422
    assert ask(admin, "GET", address).json["url"] == given()["url"]
    paused = ask(admin, "POST", f"{address}/pause").json
    assert (paused["state"], paused["paused_because"]) == ("paused", "by_hand")
    ask(admin, "POST", f"{address}/pause")
    assert ask(admin, "POST", f"{address}/replay", {"since": "2026-03-01T00:00:00Z"}).json["code"] == "paused"
    assert ask(admin, "POST", f"{address}/resumption").json["state"] == "active"
    rotated = ask(admin, "POST", f"{address}/secret", {"overlap_hours": 72})
    assert rotated.status_code == 201
    assert rotated.json["webhook"]["previous_secret_until"] is not None
    assert ask(admin, "POST", f"{address}/secret", {"overlap_hours": 200}).status_code == 422
    assert ask(admin, "DELETE", address).status_code == 204
    assert ask(admin, "GET", address).status_code == 404
    me = admin.user.id  # type: ignore[attr-defined]
    verbs = ("created", "changed", "paused", "resumed", "secret_rotated", "removed")
    assert actions() == [(f"webhook.{verb}", me) for verb in verbs]
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.changed")).one()
    assert entry.before == {"name": "CRM", "events": ["ticket.opened", "thing.changed"]}


def test_the_log_tells_what_was_sent_and_what_came_back_and_sends_again(
    admin: FlaskClient, receiver: Receiver, make_endpoint: Callable[..., Endpoint], business: Business
) -> None:
    endpoint = make_endpoint()
    receiver.say(500, b"down for lunch")
    for thing_id in (1, 2, 3):
        happen(business(minutes=1), thing_id)
    go(business())
    address = f"/{endpoint.id}/deliveries"
    first = ask(admin, "GET", f"{address}?limit=2").json
    second = ask(admin, "GET", f"{address}?limit=2&after={first['next']}").json
    found = first["items"] + second["items"]
    assert [one["event_id"] for one in found] == sorted((one["event_id"] for one in found), reverse=True)
    assert second["next"] is None
    assert [one["last"]["status"] for one in found] == [500, 500, 500]
    assert ask(admin, "GET", f"{address}?state=delivered").json["items"] == []
    assert len(ask(admin, "GET", f"{address}?state=waiting&event=thing.changed").json["items"]) == 3
    assert ask(admin, "GET", f"{address}?state=lost").status_code == 422
    shown = ask(admin, "GET", f"{address}/{found[0]['id']}").json
    assert shown["body"] == receiver.got[-1].body.decode() or shown["body"] in [got.body.decode() for got in receiver.got]
    assert [one["answer"] for one in shown["tries"]] == ["down for lunch"]
    receiver.say(200)
    replayed = ask(admin, "POST", f"{address}/{found[0]['id']}/replay", key="again-1")
    assert (replayed.status_code, replayed.json["state"]) == (202, "waiting")
    go(business())
    assert ask(admin, "GET", f"{address}/{found[0]['id']}").json["state"] == "delivered"
    other = make_endpoint(name="Other")
    assert ask(admin, "POST", f"/{other.id}/deliveries/{found[0]['id']}/replay").status_code == 404
    assert ask(admin, "GET", f"/{endpoint.id}").json["deliveries"] == {"waiting": 2, "delivered": 1, "failed": 0}


def test_all_that_failed_is_sent_again_with_one_request(
    admin: FlaskClient, receiver: Receiver, make_endpoint: Callable[..., Endpoint], business: Business
) -> None:
    endpoint = make_endpoint()
    receiver.say(410)
    happen(business())
    go(business())
    assert ask(admin, "GET", f"/{endpoint.id}").json["paused_because"] == "gone"
    receiver.say(200)
    ask(admin, "POST", f"/{endpoint.id}/resumption")
    since = (business() - timedelta(hours=1)).isoformat()
    answer = ask(admin, "POST", f"/{endpoint.id}/replay", {"since": since})
    assert (answer.status_code, answer.json) == (202, {"count": 1})
    go(business())
    assert len(receiver.got) == 2
    assert ask(admin, "POST", f"/{endpoint.id}/replay", {"since": "yesterday"}).json["errors"].keys() == {"since"}


def test_a_test_shows_on_its_delivery_how_it_went(
    admin: FlaskClient, receiver: Receiver, make_endpoint: Callable[..., Endpoint], business: Business
) -> None:
    endpoint = make_endpoint()
    made = ask(admin, "POST", f"/{endpoint.id}/test")
    assert (made.status_code, made.json["attempts"], made.json["last"]) == (201, 0, None)
    go(business())
    shown = ask(admin, "GET", f"/{endpoint.id}/deliveries/{made.json['id']}").json
    assert (shown["state"], shown["last"]["status"], shown["last"]["answer"]) == ("delivered", 200, "thanks")


def test_an_administrators_token_may_and_nobody_else(app: Flask, sign_in: SignIn, admin: FlaskClient) -> None:
    address = f"/{ask(admin, 'POST', body=given()).json['webhook']['id']}"
    for role in set(ROLES) - {"admin"}:
        client = sign_in(role)
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("PATCH", address),
            ("POST", f"{address}/secret"),
            ("GET", f"{address}/deliveries"),
        ):
            assert ask(client, method, path, given()).status_code == 403, f"{role} {method} {path}"
        assert client.get("/settings/webhooks").status_code == 403
    assert ask(app.test_client(), "GET").status_code == 401


def test_the_events_are_those_that_the_packages_declared(admin: FlaskClient) -> None:
    names = {one["name"] for one in ask(admin, "GET", "/events").json["items"]}
    assert names >= {
        *("ticket.opened", "ticket.changed", "ticket.resolved", "message.received", "reply.sent", "clock.warned", "clock.breached"),
        *("call.changed", "visit.booked", "visit.changed", "stock.changed"),
        *("customer.created", "customer.changed"),
    }


def test_administrators_are_told_on_every_page_of_one_that_paused_itself(
    sign_in: SignIn, admin: FlaskClient, receiver: Receiver, make_endpoint: Callable[..., Endpoint], business: Business
) -> None:
    endpoint = make_endpoint()
    notice = "js/core/webhooks-notice.js"
    assert notice not in admin.get("/account").get_data(as_text=True)
    receiver.say(410)
    happen(business())
    go(business())
    assert notice in admin.get("/account").get_data(as_text=True)
    assert notice not in sign_in("agent").get("/account").get_data(as_text=True)
    ask(admin, "POST", f"/{endpoint.id}/pause")  # "leave it paused": seen
    assert notice not in admin.get("/account").get_data(as_text=True)

"""Customers through the door: list, card, parts, conflict, import, pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.auth import services as accounts
from core.auth.models import User
from customers.importing import work
from customers.models import Customer
from customers.views import CUSTOMER_PANELS

Make = Callable[..., Customer]


class Client:
    """A program with a token of one role."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.inner = app.test_client()
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.inner.open(f"/api/v1{path}", method=method, json=body, headers=self.headers, **more)


@pytest.fixture
def client(app: Flask, make_user: Callable[..., User], branch: Any, now: Any, db: Any) -> Client:
    """A supervisor's program."""
    token, secret = accounts.create_token(name="t", user=make_user("supervisor"), role="supervisor", now=now, actor_id=None)
    token.last_used_at = clock.now()  # noting a use takes a connection of its own, which a test has not
    db.session.commit()
    return Client(app, secret)


def test_a_customer_is_made_found_and_shown_whole(client: Client) -> None:
    body = {
        "name": "Ana Alt",
        "phones": ["030/1234567 ext. 12"],
        "emails": ["Ana@Example.com"],
        "sites": [{"street": "Hauptstr. 5", "city": "Berlin"}],
        "equipment": [{"kind": "boiler", "serial": "SN-1", "warranty_until": "2999-01-01"}],
    }
    made = client("POST", "/customers", body)
    assert made.status_code == 201
    card = client("GET", f"/customers/{made.json['id']}").json
    assert card["contact_points"][0] | {"id": 0} == {
        "id": 0,
        "kind": "phone",
        "value": "+49301234567",
        "extension": "12",
        "label": "",
        "text": "030 1234567 ext. 12",
        "undeliverable_at": None,
    }
    assert card["equipment"][0]["warranty"] == "covered"
    assert card["equipment"][0]["site"] == "Hauptstr. 5, Berlin"
    for query in ("q=sn-1", "q=030+1234567", "phone=030+1234567", "email=ANA@example.com"):
        assert [row["id"] for row in client("GET", f"/customers?{query}").json["items"]] == [card["id"]], query


def test_the_wrong_one_of_several_numbers_is_named(client: Client) -> None:
    refused = client("POST", "/customers", {"name": "Ana", "phones": ["030 1234567", "12"]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["phones.1"])


def test_a_lost_race_shows_what_stands_there_now(client: Client, make_customer: Make, db: Any) -> None:
    ana = make_customer()
    number, version = ana.id, ana.version
    db.session.commit()
    assert client("PATCH", f"/customers/{number}", {"version": version, "tier": "gold"}).json["tier"] == "gold"
    refused = client("PATCH", f"/customers/{number}", {"version": version, "name": "Other"})
    assert (refused.status_code, refused.json["code"], refused.json["current"]["tier"]) == (409, "version", "gold")


def test_parts_are_added_changed_and_removed(client: Client, make_customer: Make, db: Any) -> None:
    number = make_customer().id
    db.session.commit()
    site = client("POST", f"/customers/{number}/sites", {"street": "Weg 1", "city": "Ulm"}).json
    assert (site["country"], site["time_zone"], site["address"]) == ("DE", "Europe/Berlin", "Weg 1, Ulm")
    thing = client("POST", f"/customers/{number}/equipment", {"kind": "Lift", "site_id": site["id"]}).json
    contract = client("POST", f"/customers/{number}/contracts", {"name": "Full", "starts_on": "2020-01-01"}).json
    assert client("PATCH", f"/equipment/{thing['id']}", {"serial": "X-9"}).json["contract"]["id"] == contract["id"]
    point = client("POST", f"/customers/{number}/contact-points", {"kind": "phone", "value": "0171 1234567", "label": "Mobile"}).json
    assert client("PATCH", f"/contact-points/{point['id']}", {"value": "12"}).json["errors"].keys() == {"value"}
    assert client("DELETE", f"/sites/{site['id']}").status_code == 409
    for path in (f"/contracts/{contract['id']}", f"/equipment/{thing['id']}", f"/sites/{site['id']}", f"/contact-points/{point['id']}"):
        assert client("DELETE", path).status_code == 204
        assert client("DELETE", path).status_code == 404
    card = client("GET", f"/customers/{number}").json
    assert [card[key] for key in ("sites", "equipment", "contracts", "contact_points")] == [[], [], [], []]


def test_consent_is_a_history_whose_newest_counts(client: Client, make_customer: Make, db: Any) -> None:
    number = make_customer().id
    db.session.commit()
    for given in (True, False):
        assert client("POST", f"/customers/{number}/consents", {"kind": "sms", "given": given}).status_code == 201
    assert client("GET", f"/customers/{number}").json["consent"]["sms"]["given"] is False
    assert [row["given"] for row in client("GET", f"/customers/{number}/consents").json["items"]] == [False, True]
    assert client("POST", f"/customers/{number}/consents", {"kind": "fax", "given": True}).status_code == 422


def test_the_list_is_paged_and_filtered(client: Client, make_customer: Make, now: Any, db: Any) -> None:
    for name, tier in (("Cy", "gold"), ("Ana", "standard"), ("bo", "gold")):
        make_customer(name, tier=tier)
    db.session.commit()
    first = client("GET", "/customers?limit=2").json
    second = client("GET", f"/customers?limit=2&after={first['next']}").json
    assert [row["name"] for row in first["items"] + second["items"]] == ["Ana", "bo", "Cy"]
    assert second["next"] is None
    assert [row["name"] for row in client("GET", "/customers?tier=gold").json["items"]] == ["bo", "Cy"]
    archived = first["items"][0]["id"]
    client("POST", f"/customers/{archived}/archive")
    assert [row["name"] for row in client("GET", "/customers?archived=true").json["items"]] == ["Ana"]
    client("DELETE", f"/customers/{archived}/archive")
    assert len(client("GET", "/customers").json["items"]) == 3
    assert client("GET", "/customers?after=nonsense").status_code == 422


def test_a_table_is_uploaded_checked_corrected_read_in_and_taken_out(client: Client) -> None:
    content = b"Name,Phone,Serial\nAna,030 1234567,S1\n,030 7654321,S2\n"
    upload = client.inner.post(
        "/api/v1/customers/imports", data={"file": (io.BytesIO(content), "list.csv")}, headers=client.headers | {"Idempotency-Key": "up-1"}
    )
    assert upload.status_code == 201
    found = upload.json
    path, run = f"/customers/imports/{found['id']}", {"import_id": found["id"]}
    assert found["targets"] == ["name", "phone", "serial"]
    asked = client("PUT", f"{path}/columns", {"targets": found["targets"], "country": "DE", "language": "en"})
    assert (asked.status_code, asked.json["state"]) == (202, "checking")
    work.run(0, run)
    assert client("GET", path).json["counts"] | {} == dict.fromkeys(found["counts"], 0) | {"ok": 1, "problem": 1}
    (bad,) = client("GET", f"{path}/lines?outcome=problem").json["items"]
    assert bad["problems"] == {"name": "The name is missing."}
    fixed = client("PATCH", f"{path}/lines/{bad['number']}", {"cells": ["Bo", *bad["cells"][1:]]})
    assert fixed.json["outcome"] == "ok"
    assert client("POST", f"{path}/confirmation").status_code == 202
    work.run(0, run)
    assert client("GET", path).json["state"] == "confirmed"
    assert len(client("GET", "/customers").json["items"]) == 2
    assert client("POST", f"{path}/undoing").status_code == 202
    work.run(0, run)
    assert (client("GET", path).json["state"], client("GET", "/customers").json["items"]) == ("undone", [])
    assert client("POST", f"{path}/confirmation").status_code == 409


def test_a_repeated_upload_is_one_import(client: Client) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\nName\nAna\n\r\n--b--\r\n'
    headers = client.headers | {"Idempotency-Key": "same", "Content-Type": "multipart/form-data; boundary=b"}

    def upload() -> Any:
        return client.inner.post("/api/v1/customers/imports", data=part, headers=headers)

    assert upload().json["id"] == upload().json["id"]
    assert len(client("GET", "/customers/imports").json["items"]) == 1


@pytest.mark.parametrize(("role", "status"), [("technician", 403), ("agent", 200), ("dispatcher", 200), ("supervisor", 200)])
def test_who_may_read_customers(sign_in: Callable[..., FlaskClient], make_customer: Make, db: Any, role: str, status: int) -> None:
    number = make_customer("Ana <b>").id
    db.session.commit()
    browser = sign_in(role)
    for page in ("/customers", f"/customers/{number}", "/customers/new"):
        assert browser.get(page).status_code == status
    assert browser.get("/customers/import").status_code == (200 if role == "supervisor" else 403)


def test_panels_of_packages_above_stand_on_the_customers_page(
    sign_in: Callable[..., FlaskClient], make_customer: Make, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = make_customer("Ana <b>")
    number = ana.id
    db.session.commit()
    monkeypatch.setattr(
        CUSTOMER_PANELS, "fillers", [(1, "t", lambda customer_id: f"panel of {customer_id}"), (2, "n", lambda customer_id: None)]
    )
    page = sign_in("agent").get(f"/customers/{number}").get_data(as_text=True)
    assert f"panel of {number}" in page
    assert "Ana &lt;b&gt;" in page
    assert "<b>" not in page.replace("Ana &lt;b&gt;", "")

"""People and settings through the door: who may, what comes back, what is shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core import clock
from core.auth.models import Token, User
from core.inbox import InboxRow
from staff import services
from staff.models import Branch, Person

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _without_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's own tests hold the token of our pages to account; here the verbs behind it are."""
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])


@pytest.fixture
def admin(app: Flask, sign_in: SignIn, branch: Branch) -> FlaskClient:
    """An administrator's browser."""
    return sign_in("admin")


def ask(client: FlaskClient, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
    """A request of one of our pages."""
    headers = {"Accept": "application/json"} | ({"Idempotency-Key": key} if key else {})
    return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)


def test_a_colleague_is_invited_with_a_link_that_is_shown_once(admin: FlaskClient, branch: Branch, app: Flask, db: Any) -> None:
    body = {
        "name": "Nina Neu",
        "email": "nina@callout.test",
        "roles": ["agent"],
        "time_zone": "Europe/Berlin",
        "person": {"kind": "agent", "branch_id": branch.id, "phone": "0171/1234567"},
    }
    made = ask(admin, "POST", "/users", body, key="invite-nina-1")
    assert made.status_code == 201
    assert made.json["user"]["waiting"] is True
    assert made.json["user"]["person"]["phone"]["e164"] == "+491711234567"
    secret = made.json["link"].rsplit("/", 1)[1]
    assert app.test_client().get(f"/welcome/{secret}").status_code == 200
    again = ask(admin, "POST", "/users", body, key="invite-nina-1")
    assert (again.status_code, again.json["code"]) == (409, "shown_once")
    assert all(secret not in str(row.answer) for row in db.session.scalars(select(InboxRow)))
    assert len(db.session.scalars(select(User).where(User.email == "nina@callout.test")).all()) == 1


def test_a_token_works_once_made_and_not_once_revoked(admin: FlaskClient, app: Flask, db: Any) -> None:
    made = ask(admin, "POST", "/tokens", {"name": "crm", "role": "admin"})
    assert made.status_code == 201
    db.session.execute(update(Token).values(last_used_at=clock.now()))  # noting a use takes a connection of its own, which a test has not
    db.session.commit()
    bearer = {"Authorization": f"Bearer {made.json['secret']}"}
    assert app.test_client().get("/api/v1/tokens", headers=bearer).status_code == 200
    assert made.json["secret"] not in app.test_client().get("/api/v1/tokens", headers=bearer).get_data(as_text=True)
    assert ask(admin, "POST", f"/tokens/{made.json['token']['id']}/revocation").status_code == 204
    assert app.test_client().get("/api/v1/tokens", headers=bearer).status_code == 401
    assert db.session.scalars(select(Token.revoked_at)).one() is not None


def test_a_token_cannot_do_more_than_the_account_it_acts_as(admin: FlaskClient, make_user: Callable[..., User]) -> None:
    agent = make_user("agent")
    refused = ask(admin, "POST", "/tokens", {"name": "x", "role": "supervisor", "user_id": agent.id})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["role"])


def test_an_agent_sets_their_own_presence_but_no_state_of_a_call(
    sign_in: SignIn, make_person: Callable[..., Person], now: Any, db: Any
) -> None:
    person = make_person()
    db.session.commit()
    client = sign_in(user=person.user)
    assert ask(client, "GET", "/me/presence").json["state"] == "offline"
    assert ask(client, "PUT", "/me/presence", {"state": "break", "reason": "lunch"}).json["reason"] == "lunch"
    assert ask(client, "PUT", "/me/presence", {"state": "on_call"}).status_code == 409
    assert ask(client, "PUT", "/me/presence", {"state": "break", "reason": "fishing"}).status_code == 409
    services.set_presence(person_id=person.id, state="on_call", now=now)
    db.session.commit()
    assert ask(client, "PUT", "/me/presence", {"state": "ready"}).status_code == 409


def test_somebody_who_works_here_no_more_is_out_at_once(
    admin: FlaskClient, sign_in: SignIn, make_person: Callable[..., Person], db: Any
) -> None:
    person = make_person()
    db.session.commit()
    client = sign_in(user=person.user)
    assert client.get("/api/v1/me/presence").status_code == 200
    gone = ask(admin, "POST", f"/users/{person.user_id}/deactivation")
    assert (gone.status_code, gone.json["active"]) == (200, False)
    assert client.get("/api/v1/me/presence").status_code == 401
    back = ask(admin, "DELETE", f"/users/{person.user_id}/deactivation")
    assert back.json["active"] is True


def test_shifts_skills_and_absences_are_kept_and_read_back(
    admin: FlaskClient, make_person: Callable[..., Person], now: Any, db: Any
) -> None:
    person = make_person()
    gas = services.create_skill(key="gas", name="Gas", now=now)
    db.session.commit()
    always = {"valid_from": None, "valid_until": None}
    rest = {"break_from": "12:00", "break_until": "13:00", "break_minutes": 30}
    week = {"shifts": [{"weekday": 0, "starts": "08:00", "ends": "16:00"} | always | rest]}
    assert ask(admin, "PUT", f"/people/{person.id}/shifts", week).json == week
    overlap = {"shifts": [*week["shifts"], {"weekday": 0, "starts": "15:00", "ends": "17:00"}]}
    assert ask(admin, "PUT", f"/people/{person.id}/shifts", overlap).status_code == 422
    assert ask(admin, "GET", f"/people/{person.id}/shifts").json == week
    shown = ask(admin, "PUT", f"/people/{person.id}/skills", {"skills": [{"skill_id": gas.id, "level": 4, "expires_on": "2027-01-31"}]})
    certified = {"skill_id": gas.id, "level": 4, "expires_on": "2027-01-31", "key": "gas", "name": "Gas", "proof": None}
    assert shown.json["skills"][0] == certified
    leave = {"starts_at": "2030-01-01T08:00:00Z", "ends_at": "2030-01-08T08:00:00Z", "reason": "Leave"}
    made = ask(admin, "POST", f"/people/{person.id}/absences", leave)
    (rota,) = [row for row in ask(admin, "GET", "/rota?kind=agent").json["items"] if row["id"] == person.id]
    assert rota["week"] == week["shifts"]
    listed = ask(admin, "GET", f"/people/{person.id}/absences?start=2030-01-07T00:00:00Z&end=2030-02-01T00:00:00Z").json["items"]
    assert [row["id"] for row in listed] == [made.json["id"]]
    assert ask(admin, "DELETE", f"/absences/{made.json['id']}").status_code == 204


def test_branches_teams_and_skills_are_changed_and_audited(admin: FlaskClient, branch: Branch) -> None:
    changed = ask(admin, "PATCH", f"/branches/{branch.id}", {"address": "Hauptstr. 1"})
    assert (changed.status_code, changed.json["address"]) == (200, "Hauptstr. 1")
    team = ask(admin, "POST", "/teams", {"name": "Heating", "branch_id": branch.id}).json
    assert ask(admin, "DELETE", f"/teams/{team['id']}").status_code == 204
    wrong = ask(admin, "POST", "/skills", {"key": "Not A Key!", "name": "x"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["key"])
    entries = ask(admin, "GET", f"/audit?target=branch:{branch.id}").json["items"]
    assert [entry["action"] for entry in entries] == ["branch.changed", "branch.created"]
    assert (entries[0]["before"], entries[0]["after"]) == ({"address": ""}, {"address": "Hauptstr. 1"})


def test_the_audit_log_is_paged_without_loss(admin: FlaskClient) -> None:
    for number in range(5):
        ask(admin, "POST", "/teams", {"name": f"Team {number}"})
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        page = ask(admin, "GET", f"/audit?action=team.&limit=2&after={after}" if after else "/audit?action=team.&limit=2").json
        seen += [entry["id"] for entry in page["items"]]
        after = page["next"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


def test_a_missing_field_is_named_in_our_own_words(admin: FlaskClient) -> None:
    refused = ask(admin, "POST", "/users", {"name": "x"})
    assert refused.status_code == 422
    assert refused.json["errors"]["email"] == ["This is needed."]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", set()),
        ("technician", set()),
        ("dispatcher", {"/settings/rota"}),
        ("supervisor", {"/settings/rota"}),
        (
            "admin",
            {f"/settings/{name}" for name in ("users", "users/new", "rota", "branches", "teams", "skills", "tokens", "audit")},
        ),
    ],
)
def test_each_role_opens_its_own_settings_and_no_others(sign_in: SignIn, branch: Branch, role: str, allowed: set[str]) -> None:
    client = sign_in(role)
    pages = {f"/settings/{name}" for name in ("users", "users/new", "rota", "branches", "teams", "skills", "tokens", "audit")}
    assert {page for page in pages if client.get(page).status_code == 200} == allowed
    # Agents have none of these pages, but macros of their own.
    assert client.get("/settings", follow_redirects=True).status_code == (403 if role == "technician" else 200)


def test_pages_of_one_colleague_are_there_and_of_nobody_are_not(admin: FlaskClient, make_person: Callable[..., Person], db: Any) -> None:
    person = make_person("Ana <script>")
    db.session.commit()
    for page in (f"/settings/users/{person.user_id}", f"/settings/rota/{person.id}"):
        answer = admin.get(page)
        assert answer.status_code == 200
        assert "<script>\n" not in answer.get_data(as_text=True)
        assert "Ana &lt;script&gt;" in answer.get_data(as_text=True)
    assert admin.get("/settings/users/999999").status_code == 404

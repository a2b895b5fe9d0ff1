"""Mailboxes read by permission instead of a password: asking for it, keeping it, renewing it, losing it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.mail import accounts, oauth
from callcenter.mail.models import Mailbox
from config import Config
from core.audit import AuditEntry
from core.db import db as database
from core.sealing import CLIENT, REFRESH, seal, unseal
from tests.callcenter.mail.conftest import Desk, letter
from tests.callcenter.mail.imap_server import Imap
from tests.callcenter.mail.test_pages import NEW, send

SignIn = Callable[..., FlaskClient]


@dataclass
class Issuer:
    """A provider's token address: `codes` → the challenge each was given for; it hands out access-1, access-2, …"""

    port: int = 0
    secret: str = "s3cret"
    codes: dict[str, str] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=lambda: {"refresh-0"})
    rotates: bool = False
    withheld: int = 0  # bytes of its answer that never come
    stalls: bool = False
    gives_up: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(body)
        if (body["client_id"], body["client_secret"]) != ("callout-1", self.secret):
            return 401, {"error": "invalid_client"}
        granted: dict[str, Any] = {"access_token": f"access-{len(self.asked)}", "expires_in": 3600, "token_type": "Bearer"}
        if body["grant_type"] == "authorization_code":
            proof = base64.urlsafe_b64encode(hashlib.sha256(body["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            if self.codes.pop(body["code"], None) != proof:
                return 400, {"error": "invalid_grant", "error_description": "This code was not given."}
            return 200, {**granted, "refresh_token": "refresh-0"}
        if body["refresh_token"] not in self.refresh_tokens:
            return 400, {"error": "invalid_grant"}
        if self.rotates:
            granted["refresh_token"] = f"refresh-{len(self.asked)}"
            self.refresh_tokens.add(granted["refresh_token"])
        return 200, granted


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """Google, as far as we ask it, on a loopback port."""
    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            status, said = made.answer(body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + made.withheld))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            made.gives_up.wait(5 if made.stalls else 0)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setitem(oauth.PROVIDERS, "google", replace(oauth.PROVIDERS["google"], token=f"http://127.0.0.1:{made.port}/token"))
    monkeypatch.setattr(accounts, "_tokens", {})
    yield made
    server.shutdown()
    server.server_close()


def settings(config: Config, **more: Any) -> dict[str, Any]:
    """A connected mailbox of Google's."""
    sealed = {
        "client_secret_sealed": seal("s3cret", secret=config.secret_key, purpose=CLIENT),
        "refresh_sealed": seal("refresh-0", secret=config.secret_key, purpose=REFRESH),
    }
    return {"auth": "google", "host": "127.0.0.1", "port": 993, "user": "support", "folder": "INBOX", "tls": "none",
            "client_id": "callout-1", "tenant": "common", **sealed, **more}  # fmt: skip


GIVEN = {"auth": "google", "user": "support", "client_id": "callout-1", "client_secret": "s3cret"}


def test_a_mailbox_is_connected_in_the_settings(sign_in: SignIn, desk: Desk, issuer: Issuer, our_config: Config) -> None:
    admin = sign_in("admin")
    made = send(admin, "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": GIVEN})
    assert made.status_code == 201, made.text
    assert made.json["fetch"] | {"auth": "google", "host": "imap.gmail.com", "port": 993, "connected": False} == made.json["fetch"]
    row = database.session.get_one(Mailbox, made.json["id"])
    assert send(admin, f"/settings/mailboxes/{row.id}/check").json["problem"] == "Google has not permitted it yet. Press Connect."

    away = admin.get(f"/settings/mailboxes/{row.id}/consent")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(away.headers["Location"]).query).items()}
    assert (away.status_code, asked["scope"], asked["access_type"]) == (303, "https://mail.google.com/", "offline")
    assert asked["redirect_uri"].endswith("/settings/mailboxes/consent")
    issuer.codes["the-code"] = asked["code_challenge"]
    back = admin.get(f"/settings/mailboxes/consent?code=the-code&state={asked['state']}")
    assert back.status_code == 303
    database.session.rollback()  # it is committed
    assert "Connected. Press Check" in admin.get("/settings/mailboxes").text
    assert unseal(row.fetch["refresh_sealed"], secret=our_config.secret_key, purpose=REFRESH) == "refresh-0"
    listed = admin.get("/api/v1/mailboxes").text
    assert not [word for word in ("refresh-0", "s3cret", "_sealed") if word in listed]
    audited = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "mailbox.connected")).one()
    assert "sealed" not in str(audited.after)

    again = admin.get(f"/settings/mailboxes/consent?code=the-code&state={asked['state']}")
    assert again.status_code == 303
    assert "was not asked for here, or twice" in admin.get("/settings/mailboxes").text

    same = send(admin, f"/api/v1/mailboxes/{row.id}", {"fetch": {**GIVEN, "client_secret": "", "folder": "Repairs"}}, method="PATCH")
    assert same.json["fetch"]["connected"]
    other = send(admin, f"/api/v1/mailboxes/{row.id}", {"fetch": {**GIVEN, "client_secret": "", "user": "boss"}}, method="PATCH")
    assert not other.json["fetch"]["connected"]


def test_a_permission_that_was_not_given_is_said(sign_in: SignIn, desk: Desk, issuer: Issuer) -> None:
    admin = sign_in("admin")
    made = send(admin, "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": GIVEN}).json
    for answer, words in (
        ("error=access_denied", "The permission was not given at Google."),
        ("code=wrong", "The permission of Google has ended or was withdrawn."),
    ):
        away = admin.get(f"/settings/mailboxes/{made['id']}/consent")
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        admin.get(f"/settings/mailboxes/consent?{answer}&state={state}")
        assert words in admin.get("/settings/mailboxes").text
    forged = admin.get("/settings/mailboxes/consent?code=x&state=y")
    assert forged.status_code == 303
    assert sign_in("agent").get(f"/settings/mailboxes/{made['id']}/consent").status_code == 403


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"client_id": ""}, "client_id"), ({"client_secret": ""}, "client_secret"), ({"tenant": "../x"}, "tenant"), ({"user": ""}, "user")],
)
def test_what_is_missing_of_a_registration_is_said(sign_in: SignIn, desk: Desk, change: dict[str, Any], wrong: str) -> None:
    answer = send(sign_in("admin"), "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": {**GIVEN, **change}})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [f"fetch.{wrong}"])


def test_a_token_signs_in_and_is_asked_for_once_an_hour(
    app: Flask, sign_in: SignIn, desk: Desk, issuer: Issuer, our_config: Config
) -> None:
    server = Imap(tokens={"access-1"})
    running = server.start()
    server.put(letter())
    mailbox = database.session.get_one(Mailbox, desk.mailbox_id)
    mailbox.fetch = settings(our_config, port=server.port)
    database.session.commit()
    admin = sign_in("admin")
    check = f"/settings/mailboxes/{desk.mailbox_id}/check"
    assert send(admin, check).json == {"ok": True, "problem": None, "messages": 1, "unseen": 1, "idle": True}
    assert send(admin, check).json["ok"]
    assert len(issuer.asked) == 1
    server.tokens = {"access-2"}  # the provider ended the first
    assert send(admin, check).json["problem"].startswith("Google does not let this account read support.")
    assert send(admin, check).json["ok"]
    running.shutdown()
    running.server_close()


def test_a_provider_that_stalls_inside_its_answer_is_said(
    sign_in: SignIn, desk: Desk, issuer: Issuer, our_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "READ_SECONDS", 0.2)
    issuer.withheld, issuer.stalls = 9, True
    database.session.get_one(Mailbox, desk.mailbox_id).fetch = settings(our_config)
    database.session.commit()
    found = send(sign_in("admin"), f"/settings/mailboxes/{desk.mailbox_id}/check")
    issuer.gives_up.set()
    assert (found.status_code, found.json["ok"]) == (200, False)
    assert found.json["problem"].startswith("The sign-in of Google cannot be reached.")


def test_another_permission_is_kept_in_the_place_of_the_first(issuer: Issuer, our_config: Config) -> None:
    issuer.rotates = True
    kept: list[dict[str, Any]] = []
    account = accounts.account_of(settings(our_config), our_config, kept.append)
    assert account.token == "access-1"
    assert unseal(kept[0]["refresh_sealed"], secret=our_config.secret_key, purpose=REFRESH) == "refresh-1"
    assert accounts.account_of(kept[0], our_config, kept.append).token == "access-1"
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("ill", "words"),
    [
        (lambda issuer: issuer.refresh_tokens.clear(), "The permission of Google has ended or was withdrawn."),
        (lambda issuer: setattr(issuer, "secret", "another"), "Google does not know this client id with this secret."),
        (lambda issuer: setattr(issuer, "answer", lambda _body: (503, {})), "Google gave no permission: status_503"),
        (lambda issuer: setattr(issuer, "answer", lambda _body: (200, {"access_token": 7})), "Google gave no permission: malformed"),
        (lambda issuer: setattr(issuer, "withheld", 9), "The sign-in of Google cannot be reached."),
    ],
)
def test_why_no_token_comes_is_said(app: Flask, issuer: Issuer, our_config: Config, ill: Callable[[Issuer], None], words: str) -> None:
    ill(issuer)
    fetch = settings(our_config)
    with pytest.raises(accounts.TROUBLES) as trouble:
        accounts.account_of(fetch, our_config)
    with app.test_request_context():
        assert accounts.in_words(trouble.value, fetch).startswith(words)


def test_a_provider_that_is_away_and_another_key_are_said(app: Flask, our_config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(oauth.PROVIDERS, "google", replace(oauth.PROVIDERS["google"], token="http://127.0.0.1:1/token"))
    for fetch, words in (
        (settings(our_config), "The sign-in of Google cannot be reached."),
        (settings(our_config, refresh_sealed=seal("refresh-0", secret="another")), "What was kept of this account was sealed"),
    ):
        with pytest.raises(accounts.TROUBLES) as trouble:
            accounts.account_of(fetch, our_config)
        with app.test_request_context():
            assert accounts.in_words(trouble.value, fetch).startswith(words)

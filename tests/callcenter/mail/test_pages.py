"""Pages and API about mail: who may do what, what they show, and that a mail's HTML can do nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import AdminShutdown
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from callcenter.mail import api, frames, live, rules, services
from callcenter.mail.models import Mailbox, Outgoing, RawMessage
from core.audit import AuditEntry
from core.db import db as database
from core.errors import DomainError
from core.live.topics import place_for
from core.live.viewers import of_user
from core.sealing import unseal
from tests.callcenter.mail.conftest import ADA, SUPPORT, Desk, letter
from tests.callcenter.mail.imap_server import Imap
from tickets import services as tickets
from tickets.models import Entry

MESSAGES = Path(__file__).parent / "parsing" / "messages"
SignIn = Callable[..., FlaskClient]


def send(client: FlaskClient, path: str, body: Any = None, *, method: str = "POST") -> Any:
    """A request as our pages send it, with the token that stands in them."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/account").text)
    assert found is not None
    return client.open(path, method=method, json=body, headers={"X-CSRFToken": found[1], "Accept": "application/json"})


@pytest.fixture
def quarantined(desk: Desk, now: datetime) -> RawMessage:
    raw = (MESSAGES / "sender_nobody.eml").read_bytes()
    return database.session.get_one(RawMessage, services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now).raw_id)


def test_an_agent_sees_mail_and_its_fate_but_may_not_discard(sign_in: SignIn, quarantined: RawMessage) -> None:
    agent = sign_in("agent")
    assert agent.get("/mail").status_code == 200
    [row] = agent.get("/api/v1/mail/messages?state=quarantined").json["items"]
    assert (row["id"], row["state"]) == (quarantined.id, "quarantined")
    page = agent.get(f"/mail/messages/{quarantined.id}")
    assert "NoSender" in page.text
    assert send(agent, f"/api/v1/mail/messages/{quarantined.id}/discard", {"reason": "spam"}).status_code == 403
    assert agent.get("/api/v1/mailboxes").status_code == 403


def test_a_supervisor_tries_again_and_discards_with_a_reason(sign_in: SignIn, quarantined: RawMessage) -> None:
    supervisor = sign_in("supervisor")
    address = f"/api/v1/mail/messages/{quarantined.id}"
    assert send(supervisor, f"{address}/application").json["state"] == "quarantined"
    assert send(supervisor, "/api/v1/mail/quarantine/application").json == {"applied": 0, "quarantined": 1, "next": None}
    retried = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.retried")).all()
    assert [(entry.target, entry.after["state"]) for entry in retried] == [(f"mail:{quarantined.id}", "quarantined")] * 2
    assert all(entry.actor_id for entry in retried)
    assert send(supervisor, f"{address}/discard", {"reason": ""}).status_code == 422
    assert send(supervisor, f"{address}/discard", {"reason": "spam"}).json["state"] == "discarded"
    assert send(supervisor, f"{address}/discard", {"reason": "spam"}).status_code == 200
    audit = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.discarded")).one()
    assert audit.after["reason"] == "spam"


def test_after_an_upgrade_the_quarantine_empties_itself(
    sign_in: SignIn, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_some: Any, **_more: Any) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(services.intake, "apply", breaks)
    assert services.receive(mailbox_id=desk.mailbox_id, raw=letter(), now=now).action == "quarantined"
    monkeypatch.undo()
    assert send(sign_in("supervisor"), "/api/v1/mail/quarantine/application").json == {"applied": 1, "quarantined": 0, "next": None}


def test_a_long_quarantine_is_tried_in_turns(sign_in: SignIn, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RETRIED_AT_ONCE", 2)
    for subject in ("one", "two", "three"):
        raw = letter(sender="nobody", subject=subject)
        assert services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now).action == "quarantined"
    supervisor, after, turns = sign_in("supervisor"), 0, 0
    while after is not None:
        after, turns = send(supervisor, f"/api/v1/mail/quarantine/application?after={after}").json["next"], turns + 1
    assert turns == 2
    tries = select(AuditEntry.target).where(AuditEntry.action == "mail.retried")
    assert len(set(database.session.scalars(tries))) == 3


def test_one_that_the_database_refuses_does_not_undo_the_others(
    sign_in: SignIn, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.intake.apply

    def fails(row: RawMessage, **more: Any) -> None:
        real(row, **more)
        if row.subject == slow:
            database.session.execute(text("SET LOCAL statement_timeout = 1"))
            database.session.execute(text("SELECT pg_sleep(1)"))
        if refusal := refusals.get(row.subject):
            raise refusal

    slow, refusals = "", dict.fromkeys(("one", "two", "three"), Exception("a bug of ours"))
    monkeypatch.setattr(services.intake, "apply", fails)
    ids = [services.receive(mailbox_id=desk.mailbox_id, raw=letter(subject=subject), now=now).raw_id for subject in refusals]
    slow, refusals = "two", {}
    supervisor = sign_in("supervisor")
    everything = "/api/v1/mail/quarantine/application"
    assert send(supervisor, everything).json == {"applied": 2, "quarantined": 1, "next": None}
    row = database.session.get_one(RawMessage, ids[1], populate_existing=True)
    assert (row.state, row.attempts, (row.error or "").split(":")[0]) == ("quarantined", 2, "OperationalError")
    assert send(supervisor, f"/api/v1/mail/messages/{row.id}/application").json["error"].startswith("OperationalError")

    slow, refusals = "", {"two": OperationalError("SELECT 1", {}, AdminShutdown("terminating connection"))}
    assert send(supervisor, everything).status_code == 503


def test_the_list_is_told_what_waits(quarantined: RawMessage, now: datetime, make_user: Callable[..., Any]) -> None:
    supervisor, technician = make_user("supervisor"), make_user("technician")
    place = place_for(of_user(supervisor), live.MAIL)
    assert place.topic.tiles is not None
    before = place.topic.tiles("", place.audience)
    assert (before["quarantined"], before["newest_in"]) == (1, quarantined.id)
    database.session().info.pop("live.touched", None)
    services.discard(raw_id=quarantined.id, reason="spam", now=now, actor_id=supervisor.id)
    assert live.MAIL in database.session().info["live.touched"]["tiles"]
    assert place.topic.tiles("", place.audience)["quarantined"] == 0
    with pytest.raises(DomainError):
        place_for(of_user(technician), live.MAIL)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NoSender: the message names no sender", "It names no sender"),
        ("OperationalError: server closed the connection", "The database was away"),
        ("FileNotFoundError: /store/ab/cd", "The file store has lost its bytes"),
        ("DataError: value too long", "It holds something that the database does not take"),
        ("NotValid: this queue is closed", "A rule of this installation refused it"),
        ("RecursionError: maximum depth", "It could not be read"),
        ("", "It could not be read"),
    ],
)
def test_why_a_message_waits_is_said_in_words(app: Flask, error: str, words: str) -> None:
    with app.test_request_context():
        assert rules.trouble(error).startswith(words)


def test_a_failed_mail_is_sent_again_from_the_list(sign_in: SignIn, desk: Desk, now: datetime) -> None:
    opened = tickets.open_ticket(subject="Boiler", channel="email", queue_id=desk.queue_id, contact_email=ADA, now=now)
    tickets.reply(ticket_id=opened.id, text="Hello", actor_id=None, now=now)
    mail = database.session.scalars(select(Outgoing)).one()
    services.outgoing.failed(mail, "550 no", now)
    database.session.commit()
    agent = sign_in("agent")
    [row] = agent.get("/api/v1/mail/outgoing?state=failed").json["items"]
    assert send(agent, f"/api/v1/mail/outgoing/{row['id']}/attempts").json["state"] == "queued"
    assert send(agent, f"/api/v1/mail/outgoing/{row['id']}/attempts").status_code == 409


def test_the_source_is_text_and_a_download_never_a_page(sign_in: SignIn, desk: Desk, now: datetime) -> None:
    raw = letter(text="<script>alert(1)</script>")
    raw_id = services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now).raw_id
    agent = sign_in("agent")
    assert "<script>alert(1)" not in agent.get(f"/mail/messages/{raw_id}").text
    source = agent.get(f"/mail/messages/{raw_id}/source")
    assert (source.data, source.mimetype) == (raw, "application/octet-stream")
    assert source.headers["Content-Disposition"].startswith("attachment")


def entry_of(name: str, desk: Desk, now: datetime) -> Entry:
    raw = (MESSAGES / f"{name}.eml").read_bytes()
    row = database.session.get_one(RawMessage, services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now).raw_id)
    return database.session.get_one(Entry, row.entry_id)


def test_html_of_a_mail_is_an_answer_that_can_do_nothing(sign_in: SignIn, desk: Desk, now: datetime) -> None:
    agent = sign_in("agent")
    answer = agent.get(f"/entries/{entry_of('html_remote_image', desk, now).id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'")
    assert "http:" not in policy
    assert "data-blocked-src=" in answer.text
    asked = agent.get(f"/entries/{entry_of('html_remote_image', desk, now).id}/html?images=1")
    assert "data-blocked-src=" not in asked.text
    assert "https:" in asked.headers["Content-Security-Policy"]
    assert "script" not in asked.headers["Content-Security-Policy"]


def test_pictures_inside_a_mail_are_put_into_its_page(sign_in: SignIn, desk: Desk, now: datetime) -> None:
    answer = sign_in("agent").get(f"/entries/{entry_of('structure_inline_image', desk, now).id}/html")
    assert 'src="data:image/' in answer.text
    assert "cid:" not in answer.text


def test_only_pictures_and_only_so_many_bytes_stand_in_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    html = '<img src="cid:a"><img src="cid:b"><img src="cid:c"><img src="cid:none">'
    monkeypatch.setattr(frames, "LARGEST_PICTURES", 10)
    pictures = {"a": ("image/png", b"12345678"), "b": ("image/svg+xml", b"<svg/>"), "c": ("image/png", b"123")}
    assert frames.framed(html, pictures).get_data(as_text=True).count("data:image") == 1


def test_a_technician_does_not_read_mail(sign_in: SignIn, desk: Desk, now: datetime) -> None:
    technician = sign_in("technician")
    entry = entry_of("html_only", desk, now)
    assert technician.get("/mail").status_code == 403
    assert technician.get(f"/entries/{entry.id}/html").status_code == 403


NEW = {"name": "Sales", "address": "Sales@Callout.Example", "sender_name": "Sales team"}


def test_a_mailbox_is_added_and_its_password_never_given_out(app: Flask, sign_in: SignIn, desk: Desk) -> None:
    admin = sign_in("admin")
    fetch = {"host": "imap.callout.example", "user": "sales", "password": "geheim", "tls": "ssl"}
    made = send(admin, "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": fetch})
    assert made.status_code == 201, made.text
    row = database.session.get_one(Mailbox, made.json["id"])
    assert (row.address, row.fetch["port"]) == ("sales@callout.example", 993)
    assert unseal(row.fetch["password_sealed"], secret=app.config["CALLOUT"].secret_key) == "geheim"
    listed = admin.get("/api/v1/mailboxes").text
    assert "geheim" not in listed
    assert "password_sealed" not in listed
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "mailbox.saved")).one()
    assert entry.after["fetch"]["user"] == "sales"
    assert "geheim" not in str(entry.after)
    assert "sealed" not in str(entry.after)
    changed = send(admin, f"/api/v1/mailboxes/{row.id}", {"fetch": {**fetch, "password": "", "folder": "Repairs"}}, method="PATCH")
    assert changed.status_code == 200, changed.text
    assert (row.fetch["folder"], unseal(row.fetch["password_sealed"], secret=app.config["CALLOUT"].secret_key)) == ("Repairs", "geheim")


def test_a_password_is_not_sent_to_another_server(sign_in: SignIn, desk: Desk) -> None:
    admin = sign_in("admin")
    fetch = {"host": "imap.callout.example", "user": "sales", "password": "geheim"}
    made = send(admin, "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": fetch}).json
    moved = send(
        admin, f"/api/v1/mailboxes/{made['id']}", {"fetch": {**fetch, "host": "imap.evil.example", "password": ""}}, method="PATCH"
    )
    assert (moved.status_code, list(moved.json["errors"])) == (422, ["fetch.password"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": SUPPORT}, "address"),
        ({"address": "a-very-long-name-that-leaves-no-room-for-it@callout.example"}, "address"),
        ({"name": "Support"}, "name"),
        ({"queue_id": 99}, "queue_id"),
        ({"fetch": {"host": "h", "user": ""}}, "fetch.user"),
        ({"fetch": {"host": "h", "user": "u"}}, "fetch.password"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said(sign_in: SignIn, desk: Desk, change: dict[str, Any], field: str) -> None:
    answer = send(sign_in("admin"), "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, **change})
    assert (answer.status_code, list(answer.json.get("errors", {}))) == (422, [field])


def test_the_settings_page_checks_the_account(sign_in: SignIn, desk: Desk) -> None:
    admin = sign_in("admin")
    assert admin.get("/settings/mailboxes").status_code == 200
    server = Imap()
    running = server.start()
    server.put(letter())
    fetch = {"host": "127.0.0.1", "port": server.port, "user": "support", "password": "geheim", "tls": "none"}
    made = send(admin, "/api/v1/mailboxes", {**NEW, "queue_id": desk.queue_id, "fetch": fetch}).json
    checked = send(admin, f"/settings/mailboxes/{made['id']}/check")
    assert checked.json == {"ok": True, "problem": None, "messages": 1, "unseen": 1, "idle": True}
    server.password = "changed"
    wrong = send(admin, f"/settings/mailboxes/{made['id']}/check")
    assert wrong.json == {"ok": False, "problem": "The server does not accept this name and password."}
    running.shutdown()
    running.server_close()
    gone = send(admin, f"/settings/mailboxes/{made['id']}/check")
    assert gone.json["problem"] == "Nothing answers at this port."
    delivered = send(admin, f"/settings/mailboxes/{desk.mailbox_id}/check")
    assert delivered.status_code == 409

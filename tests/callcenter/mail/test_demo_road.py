"""The demo's written road, end to end: an answer goes to the sink, `/outbox` shows it, the customer's answer comes back by our own door."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.demo.sink import Sink, folder
from callcenter.mail.listener import Listener
from callcenter.mail.models import Outgoing
from core import clock, outbox
from core.db import db as database
from tests.callcenter.mail.conftest import ADA, SUPPORT, Desk, letter
from tests.callcenter.mail.test_doors import until
from tickets import services as tickets
from tickets.models import Entry, Ticket


@pytest.fixture
def road(app: Flask, committed_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Sink and listener of a demo, and a browser on its machine."""
    sink, listener = Sink(folder(tmp_path), port=0), Listener(app, port=0)
    for controller in (sink._controller, listener._controller):
        monkeypatch.setattr(controller, "_trigger_server", controller._factory_invoker)
    sink.start()
    listener.start()
    config = replace(app.config["CALLOUT"], demo=True, data_dir=tmp_path, smtp_port=listener.port, smtp_out=f"smtp://127.0.0.1:{sink.port}")
    monkeypatch.setitem(app.config, "CALLOUT", config)
    yield app.test_client()
    listener.stop()
    sink.stop()


def post(browser: FlaskClient, page: str, path: str, **fields: str) -> Any:
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)
    assert found is not None
    return browser.post(path, data={"csrf_token": found[1], **fields})


def sent(ticket_id: int, text: str, now: datetime) -> None:
    """An agent answers and the worker sends it."""
    tickets.reply(ticket_id=ticket_id, text=text, actor_id=None, now=now)
    database.session.commit()
    row_id = database.session.scalars(select(Outgoing.outbox_id).order_by(Outgoing.id.desc()).limit(1)).one()
    assert row_id is not None
    database.session.rollback()
    outbox.run(row_id, clock=clock.now)


def test_an_answer_is_read_in_the_outbox_and_answered_as_the_customer(road: FlaskClient, committed_desk: Desk, now: datetime) -> None:
    opened = tickets.open_ticket(subject="Boiler", channel="email", queue_id=committed_desk.queue_id, contact_email=ADA, now=now)
    ticket_id = opened.id
    sent(ticket_id, "We come <b>tomorrow</b>.", now)
    listed = road.get("/outbox").text
    [name] = re.findall(r'href="/outbox/([^"]+)"', listed)
    assert ADA in listed
    page = road.get(f"/outbox/{name}")
    assert "We come &lt;b&gt;tomorrow&lt;/b&gt;." in page.text
    assert "sandbox" in road.get(f"/outbox/{name}/html").headers["Content-Security-Policy"]
    assert post(road, "/outbox", f"/outbox/{name}/reply", text="").status_code == 422
    assert post(road, "/outbox", f"/outbox/{name}/reply", text="Please at noon.").status_code == 303

    def arrived() -> Entry | None:
        query = select(Entry).where(Entry.ticket_id == ticket_id, Entry.kind == "message_in")
        found: Entry | None = database.session.scalar(query)
        return found

    entry = until(arrived)
    assert (entry.new_text, entry.data["from"]) == ("Please at noon.", ADA)
    assert "We come" in entry.text  # quoted below, as mail programs do


def test_a_customer_writes_anew_from_the_outbox(road: FlaskClient) -> None:
    fields = {"sender": "karin@customer.example", "to": SUPPORT, "subject": "Heating\r\nBcc: x@y.example", "text": "It is cold."}
    assert post(road, "/outbox", "/outbox/new", **{**fields, "sender": "karin"}).status_code == 422
    assert post(road, "/outbox", "/outbox/new", **{**fields, "to": "nobody@callout.example"}).status_code == 422
    assert post(road, "/outbox", "/outbox/new", **fields).status_code == 303
    ticket = until(lambda: database.session.scalar(select(Ticket)))
    assert (ticket.subject, ticket.contact_email) == ("Heating Bcc: x@y.example", "karin@customer.example")


def test_the_outbox_is_only_there_in_a_demo_and_only_for_this_machine(
    app: Flask, road: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert road.get("/outbox").status_code == 200
    assert road.get("/outbox", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    assert road.get("/outbox", headers={"Host": "callout.example"}).status_code == 404
    assert road.get("/outbox", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], demo=False))
    for path in ("/outbox", "/outbox/x", "/outbox/x/html"):
        assert road.get(path).status_code == 404


@pytest.mark.parametrize("name", ["..", "../../secret_key", "20260310T090000000000-abcdef01", "x"])
def test_no_other_file_is_shown(road: FlaskClient, name: str) -> None:
    assert road.get(f"/outbox/{name}").status_code == 404


def test_the_sink_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Sink(tmp_path / "sink", port=0)
    monkeypatch.setattr(sink._controller, "_trigger_server", sink._controller._factory_invoker)
    monkeypatch.setattr("callcenter.demo.sink.MOST_KEPT", 2)
    sink.start()
    try:
        for number in range(4):
            with smtplib.SMTP("127.0.0.1", sink.port) as client:
                client.sendmail(SUPPORT, [ADA], letter(subject=f"Number {number}"))
    finally:
        sink.stop()
    sink.forget_old()
    kept = sorted((tmp_path / "sink").glob("*.eml"))
    assert [b"Number 3" in path.read_bytes() or b"Number 2" in path.read_bytes() for path in kept] == [True, True]

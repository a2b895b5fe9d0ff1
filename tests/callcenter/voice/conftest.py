"""A firm with one open branch, a queue behind a menu, agents, and a carrier that signs its webhooks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from twilio.request_validator import RequestValidator

from callcenter.voice.models import Call, Menu, Offer, PhoneNumber, QueueEntry
from core import clock
from core.auth import services as accounts
from core.db import db as database
from customers import services as customers
from customers.models import Customer
from customers.rules import Contact
from staff import services as staff
from staff.models import Branch, Person, Skill
from tickets.models import Queue, QueueSkill

NUMBER = "+493012345678"
CALLER = "+4930901820"


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """Business time that stands still: `time()` tells it, `time(5)` moves it on by five seconds."""
    at = [datetime(2026, 3, 10, 9, 0, tzinfo=UTC)]

    def tell(seconds: float = 0) -> datetime:
        at[0] += timedelta(seconds=seconds)
        return at[0]

    monkeypatch.setattr(clock, "now", lambda: at[0])
    return tell


@dataclass
class Firm:
    """Ids of the little firm."""

    branch: Branch
    queue: Queue
    skill: Skill
    number: PhoneNumber
    customer: Customer


@pytest.fixture
def firm(db: Any, time: Callable[..., datetime]) -> Firm:
    now = time()
    branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", now=now)
    skill = staff.create_skill(key="phone", name="Phone", now=now)
    queue = Queue(key="repairs", name="Repairs", branch_id=branch.id)
    database.session.add(queue)
    database.session.flush()
    database.session.add(QueueSkill(queue_id=queue.id, skill_id=skill.id, level=1))
    menu = Menu(
        name="Main",
        definition={"greeting": {"en": "Welcome."}, "options": [{"digit": "1", "label": {"en": "repairs"}, "queue_id": queue.id}]},
    )
    database.session.add(menu)
    database.session.flush()
    number = PhoneNumber(number=NUMBER, label="Main", branch_id=branch.id, queue_id=queue.id, menu_id=menu.id)
    database.session.add(number)
    customer = customers.create_customer(name="Ada Byron", now=now, contact_points=[Contact("phone", CALLER)])
    database.session.commit()
    return Firm(branch, queue, skill, number, customer)


@pytest.fixture
def make_agent(firm: Firm, time: Callable[..., datetime]) -> Callable[..., Person]:
    """`make_agent("Ana")` → an agent with the skill, Ready."""

    accounts.ensure_roles()

    def make(name: str, *, ready: bool = True) -> Person:
        person = staff.create_person(
            email=f"{name}@callout.test".lower(),
            name=name,
            roles=["agent"],
            kind="agent",
            branch_id=firm.branch.id,
            now=time(),
            skills={firm.skill.id: 1},
        )
        if ready:
            staff.set_presence(person_id=person.id, state="ready", now=time(1))
        database.session.commit()
        return person

    return make


class Carrier:
    """Sends webhooks as the carrier does: form, signature, order numbers."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.config = app.config["CALLOUT"]
        self.order = itertools.count()

    def post(self, path: str, **form: str) -> Any:
        """The raw answer of a signed webhook."""
        data = {"AccountSid": self.config.twilio_account_sid, "ApiVersion": "2010-04-01", "To": NUMBER, "Direction": "inbound", **form}
        url = self.config.public_base_url + path
        signature = RequestValidator(self.config.twilio_auth_tokens[0]).compute_signature(url, data)
        return self.client.post(path, data=data, headers={"X-Twilio-Signature": signature})

    def twiml(self, path: str, **form: str) -> ElementTree.Element:
        """The TwiML answered."""
        answer = self.post(path, **form)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert answer.mimetype == "text/xml"
        return ElementTree.fromstring(answer.get_data(as_text=True))

    def event(self, path: str, **form: str) -> None:
        """An event; numbers its order unless given."""
        answer = self.post(path, **({"SequenceNumber": str(next(self.order))} | form))
        assert answer.status_code == 204, answer.get_data(as_text=True)

    def call_in(self, sid: str = "CA1", caller: str = CALLER, digit: str = "1") -> Call:
        """Dial, hear the menu, press a key, wait."""
        self.twiml("/voice/in", CallSid=sid, From=caller, CallStatus="ringing")
        self.twiml("/voice/menu", CallSid=sid, From=caller, Digits=digit)
        self.twiml("/voice/wait", CallSid=sid, From=caller, QueueSid="QU1", QueuePosition="1")
        database.session.rollback()
        return database.session.query(Call).filter_by(call_sid=sid).one()

    def agent_dials(self, person: Person, token: str, sid: str) -> ElementTree.Element:
        return self.twiml("/voice/agent", CallSid=sid, From=f"client:agent_{person.id}", join=token)

    def joins(self, call: Call, sid: str, label: str, conference: str = "CF1") -> None:
        self.event(
            f"/voice/conference?call={call.id}",
            CallSid=sid,
            ConferenceSid=conference,
            ParticipantLabel=label,
            StatusCallbackEvent="participant-join",
        )

    def leaves(self, call: Call, sid: str, label: str, conference: str = "CF1") -> None:
        self.event(
            f"/voice/conference?call={call.id}",
            CallSid=sid,
            ConferenceSid=conference,
            ParticipantLabel=label,
            StatusCallbackEvent="participant-leave",
        )


@pytest.fixture
def carrier(app: Flask, firm: Firm) -> Carrier:
    return Carrier(app)


def fresh(model: type[Any], **wanted: Any) -> Any:
    """The one row, read anew."""
    database.session.rollback()
    return database.session.query(model).filter_by(**wanted).order_by(model.id.desc()).first()


__all__ = ["CALLER", "NUMBER", "Carrier", "Firm", "Offer", "QueueEntry", "fresh"]

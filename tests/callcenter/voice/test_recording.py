"""A talk is recorded only when the caller said yes, paused while a card's number is read out, and heard by those who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.voice import queries, rules, services
from callcenter.voice.models import Call, PhoneNumber, Recording
from callcenter.voice.presenters import call_row
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.db import transaction
from core.errors import Conflict
from customers import queries as customers
from tests.callcenter.voice.conftest import CALLER, Carrier, Firm, fresh
from tests.callcenter.voice.simulated import House, house
from tickets.models import Entry

pytestmark = pytest.mark.slow  # all of them together

Time = Callable[..., datetime]
Agents = Callable[..., Any]
__all__ = ["house"]


@pytest.fixture(autouse=True)
def _without_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])


@pytest.fixture
def asking(firm: Firm) -> Firm:
    """The number asks whether it may record."""
    firm.number.record_calls = True
    database.session.commit()
    return firm


def word() -> str:
    call = fresh(Call)
    return str(call_row(call, queries.open_entry(call.id))["recording"])


@pytest.mark.parametrize(
    ("consent", "state", "wanted", "talked", "expected"),
    [
        (None, None, None, True, "off"),
        (False, None, None, True, "no_consent"),
        (True, None, None, False, "agreed"),
        (True, None, "on", True, "changing"),
        (True, "on", "on", True, "on"),
        (True, "on", "paused", True, "changing"),
        (True, "paused", "paused", True, "paused"),
        (True, None, None, True, "failed"),
    ],
)
def test_the_screen_says_what_is(consent: bool | None, state: str | None, wanted: str | None, talked: bool, expected: str) -> None:
    assert rules.recording_word(consent=consent, state=state, wanted=wanted, talked=talked) == expected


def test_a_number_that_does_not_record_asks_nothing(carrier: Carrier, firm: Firm) -> None:
    call = carrier.call_in()
    assert (call.state, call.recording_consent) == ("waiting", None)
    assert word() == "off"


@pytest.mark.parametrize(("keys", "given"), [("1", True), ("2", False), ("5", False), ("", False)])
def test_the_caller_is_asked_before_the_queue_and_silence_is_a_no(
    carrier: Carrier, asking: Firm, time: Time, keys: str, given: bool
) -> None:
    carrier.twiml("/voice/in", CallSid="CA1", From=CALLER)
    question = carrier.twiml("/voice/menu", CallSid="CA1", From=CALLER, Digits="1")
    assert question.find("Gather/Say").text == "May we record this call, to check what was agreed? Press 1 for yes, 2 for no."
    assert fresh(Call).state == "menu"
    action = question.find("Gather").get("action").split("/voice", 1)[1]
    asked_at = time(3)
    for _ in range(2):  # asked again by the carrier: the first answer counts
        answer = carrier.twiml(f"/voice{action}", CallSid="CA1", From=CALLER, **({"Digits": keys} if keys else {}))
        assert answer[0].tag == "Enqueue"
        time(1)
    call = fresh(Call)
    assert (call.recording_consent, call.recording_consent_at, call.menu_choice) == (given, asked_at, "1")
    kept = customers.consents(asking.customer.id)
    assert [(row.kind, row.given, row.source, row.at) for row in kept] == [("recording", given, "call", asked_at)]


def test_the_question_is_in_the_callers_language(carrier: Carrier, asking: Firm) -> None:
    asking.customer.language = "zh_Hans"
    database.session.commit()
    carrier.twiml("/voice/in", CallSid="CA1", From=CALLER)
    question = carrier.twiml("/voice/menu", CallSid="CA1", From=CALLER, Digits="1")
    assert question.find("Gather/Say").get("language") == "cmn-CN"


def test_a_number_without_a_menu_asks_too(carrier: Carrier, asking: Firm) -> None:
    asking.number.menu_id = None
    database.session.commit()
    question = carrier.twiml("/voice/in", CallSid="CA1", From=CALLER)
    assert question.find("Gather").get("action").endswith("/voice/consent?digit=")
    assert carrier.twiml("/voice/consent?digit=", CallSid="CA1", From=CALLER, Digits="1")[0].tag == "Enqueue"


def test_an_unknown_callers_consent_is_written_to_the_customer_once_known(
    carrier: Carrier, asking: Firm, make_agent: Agents, time: Time
) -> None:
    agent = make_agent("Ana")
    carrier.twiml("/voice/in", CallSid="CA1", From="+4930901899")
    carrier.twiml("/voice/consent?digit=1", CallSid="CA1", From="+4930901899", Digits="1")
    call, given_at = fresh(Call), time()
    services.accept_offer(offer_id=queries.open_offer_of(agent.id).id, person_id=agent.id, now=time(4), actor_id=agent.user_id)
    for _ in range(2):
        services.link_customer(call_id=call.id, person_id=agent.id, customer_id=asking.customer.id, now=time(9), actor_id=agent.user_id)
    assert [(row.given, row.at) for row in customers.consents(asking.customer.id)] == [(True, given_at)]


def test_a_recording_that_nobody_agreed_to_is_not_kept(carrier: Carrier, firm: Firm) -> None:
    carrier.call_in()
    carrier.event(
        "/voice/recording", CallSid="CA1", RecordingSid="RE1", RecordingStatus="completed", RecordingSource="StartCallRecordingAPI"
    )
    assert fresh(Recording) is None


def test_with_a_yes_the_talk_is_recorded_dual_paused_and_fetched(house: House, asking: Firm, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    customer = house.dial("11")
    assert word() == "agreed"
    house.accept(agent)
    house.advance(2)
    assert (fresh(Call).state, word()) == ("talking", "on")
    recording = next(iter(house.exchange.world.recordings.values()))
    assert (recording.call_sid, recording.channels, recording.source) == (customer.sid, 2, "StartCallRecordingAPI")
    house.advance(5)
    call = fresh(Call)
    for paused, state in ((True, "paused"), (False, "on")):
        with transaction():
            services.pause_recording(call_id=call.id, person_id=agent.id, paused=paused, now=house.time(), actor_id=agent.user_id)
        assert word() == "changing"
        house.work()
        assert (word(), recording.resumed is None) == (state, paused)
        house.advance(10)
    house.hang_up(customer)
    house.advance(3)
    kept = fresh(Recording)
    assert (kept.kind, kept.seconds, kept.file_id is not None) == ("conversation", 17, True)
    line = database.session.scalars(select(Entry).where(Entry.kind == "note")).one()
    assert (line.data["recording_id"], line.public) == (kept.id, False)
    assert "agreed" in database.session.scalars(select(Entry.text).where(Entry.kind == "call").order_by(Entry.id)).first()
    paused_and_resumed = database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"call:{call.id}")).all()
    assert paused_and_resumed == ["recording.paused", "recording.resumed"]


def test_with_a_no_nothing_is_recorded_and_pausing_says_why(house: House, asking: Firm, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("12")
    house.accept(agent)
    house.advance(2)
    assert (fresh(Call).state, word()) == ("talking", "no_consent")
    assert house.exchange.world.recordings == {}
    with pytest.raises(Conflict) as refused:
        services.pause_recording(call_id=fresh(Call).id, person_id=agent.id, paused=True, now=house.time(), actor_id=agent.user_id)
    assert refused.value.code == "no_consent"


def test_after_a_transfer_the_recording_rests_while_the_caller_waits(house: House, asking: Firm, make_agent: Agents) -> None:
    first, second = make_agent("Ana"), make_agent("Bo")
    house.dial("11")
    house.accept(first)
    house.advance(2)
    call = fresh(Call)
    with transaction():
        services.transfer(call_id=call.id, person_id=first.id, to_person_id=second.id, now=house.time(), actor_id=first.user_id)
    house.advance(2)
    recording = next(iter(house.exchange.world.recordings.values()))
    assert (fresh(Call).state, recording.status) == ("waiting", "paused")
    house.accept(second)
    house.advance(2)
    assert (fresh(Call).state, recording.status, len(house.exchange.world.recordings)) == ("talking", "in-progress", 1)


def test_a_talk_whose_recording_callback_was_lost_is_found_at_the_carrier(house: House, asking: Firm, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    customer = house.dial("11")
    house.accept(agent)
    house.advance(5)
    house.chaos({"step": "webhook", "action": "drop", "path": "/voice/recording"})
    house.hang_up(customer)
    house.advance(10)
    assert fresh(Recording) is None
    house.advance(60, step=10)
    assert fresh(Recording).kind == "conversation"


def test_an_answer_the_carrier_gave_but_we_never_got_makes_no_second_recording(house: House, asking: Firm, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("11")
    house.chaos({"step": "rest", "action": "fail_after", "path": "/Recordings", "method": "POST", "status": 503, "times": 1})
    house.accept(agent)
    house.advance(20)
    assert (word(), len(house.exchange.world.recordings)) == ("on", 1)


def test_a_carrier_that_refuses_to_record_is_said_on_the_screen(house: House, asking: Firm, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("11")
    house.chaos({"step": "rest", "action": "fail", "path": "/Recordings", "status": 404, "code": 20404})
    house.accept(agent)
    house.advance(2)
    assert (fresh(Call).state, word()) == ("talking", "failed")


@pytest.fixture
def recorded(house: House, asking: Firm, make_agent: Agents) -> tuple[Any, int]:
    """An agent, and a talk of theirs that was recorded."""
    agent = make_agent("Ana")
    customer = house.dial("11")
    house.accept(agent)
    house.advance(6)
    house.hang_up(customer)
    house.advance(3)
    return agent, fresh(Recording).id


def user_of(person: Any) -> User:
    return database.session.get_one(User, person.user_id)


def heard() -> list[tuple[str, int | None]]:
    found = database.session.scalars(select(AuditEntry).where(AuditEntry.target.startswith("recording:")).order_by(AuditEntry.id))
    return [(row.action, row.actor_id) for row in found]


def test_who_took_part_and_supervisors_may_listen_others_not(recorded: tuple[Any, int], sign_in: Any, make_agent: Agents) -> None:
    agent, recording_id = recorded
    stranger, supervisor = make_agent("Bo"), sign_in("supervisor")
    assert sign_in(user=user_of(stranger)).get(f"/recordings/{recording_id}?inline=1").status_code == 403
    assert heard() == []
    sound = sign_in(user=user_of(agent)).get(f"/recordings/{recording_id}?inline=1")
    assert (sound.status_code, sound.mimetype, sound.data[:4]) == (200, "audio/wav", b"RIFF")
    loaded = supervisor.get(f"/recordings/{recording_id}")
    assert loaded.headers["Content-Disposition"].startswith("attachment")
    assert heard() == [("recording.heard", agent.user_id), ("recording.downloaded", supervisor.user.id)]


def test_moving_about_in_a_recording_is_not_listening_again(recorded: tuple[Any, int], sign_in: Any) -> None:
    agent, recording_id = recorded
    client = sign_in(user=user_of(agent))
    whole = client.get(f"/recordings/{recording_id}?inline=1", headers={"Range": "bytes=0-"}).data
    piece = client.get(f"/recordings/{recording_id}?inline=1", headers={"Range": "bytes=100-199"})
    assert (piece.status_code, piece.data) == (206, whole[100:200])
    assert len(heard()) == 1


@pytest.mark.parametrize("number", [999_999, 1 << 70])
def test_a_recording_that_is_not_there_is_not_found(sign_in: Any, firm: Firm, number: int) -> None:
    assert sign_in("supervisor").get(f"/recordings/{number}").status_code == 404


def test_the_api_lists_and_pauses(recorded: tuple[Any, int], sign_in: Any, house: House) -> None:
    agent, recording_id = recorded
    client = sign_in(user=user_of(agent))
    call_id = fresh(Call).id
    listed = client.get(f"/api/v1/calls/{call_id}/recordings").json["recordings"]
    assert [(row["id"], row["kind"], row["address"]) for row in listed] == [(recording_id, "conversation", f"/recordings/{recording_id}")]
    assert client.get("/api/v1/calls/999999/recordings").status_code == 404
    over = client.put(f"/api/v1/calls/{call_id}/recording", json={"paused": True})
    assert over.status_code == 409


def test_a_number_is_told_to_record_in_the_settings(sign_in: Any, firm: Firm) -> None:
    admin = sign_in("admin")
    body = {"number": firm.number.number, "label": "Main", "branch_id": firm.branch.id, "queue_id": firm.queue.id}
    saved = admin.put(f"/api/v1/phone-numbers/{firm.number.id}", json=body | {"record_calls": True})
    assert (saved.status_code, saved.json["record_calls"]) == (200, True)
    assert fresh(PhoneNumber).record_calls
    assert '"record_calls": true' in admin.get("/settings/phone-numbers").text.replace("&#34;", '"')

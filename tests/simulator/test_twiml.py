"""What is refused, as Twilio would refuse it."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from simulator.twiml.document import TwimlError, read_document, read_twiml
from simulator.twiml.rules import Place
from simulator.twiml.schema import voice_schema


def test_the_schema_learnt_from_the_library_has_all_elements_and_nestings() -> None:
    schema = voice_schema()
    assert (len(schema.elements), len(schema.rules)) == (58, 131)
    assert schema.children("Gather") == {"Say", "Play", "Pause"}
    assert "priority" not in schema.rules["Response", "Enqueue"].attributes
    assert "waitUrl" in schema.rules["Response", "Enqueue"].attributes


def wrapped(inner: str) -> str:
    return f"<Response>{inner}</Response>"


@pytest.mark.parametrize(
    "inner",
    [
        '<Enqueue priority="1">repairs</Enqueue>',
        '<Dial statusCallbackEvent="answered"><Client>agent_7</Client></Dial>',
        "<Gather><Record/></Gather>",
        "<Gather><Redirect>/x</Redirect></Gather>",
        "<Shout>Hello</Shout>",
        "<say>Hello</say>",
        '<Pause length="soon"/>',
        '<Gather numDigits="0"/>',
        '<Gather input="dtmf,speech"/>',
        '<Gather finishOnKey="x"/>',
        '<Dial><Conference beep="loud">a</Conference></Dial>',
        '<Dial><Conference statusCallbackEvent="start completed">a</Conference></Dial>',
        "<Dial><Conference>a</Conference><Number>+15005550001</Number></Dial>",
        "<Dial><Conference></Conference></Dial>",
        "<Dial/>",
        "<Dial><Client>agent-7</Client></Dial>",
        "<Dial>" + "<Client>a</Client>" * 11 + "</Dial>",
        "<Enqueue/>",
        "<Enqueue>" + "q" * 65 + "</Enqueue>",
        '<Say method="POST">Hello</Say>',
        '<Redirect method="PUT">/x</Redirect>',
        "stray text",
        "<Pause>stray</Pause>",
        "<Gather>Press one</Gather>",
    ],
)
def test_what_the_schema_or_the_rules_forbid_is_12200(inner: str) -> None:
    with pytest.raises(TwimlError) as refused:
        read_twiml(wrapped(inner))
    assert refused.value.code == 12200


@pytest.mark.parametrize("body", ["", "<Response>", "Hello", "<response/>", '<!DOCTYPE x [<!ENTITY a "b">]><Response/>'])
def test_what_is_not_a_response_document_is_12100(body: str) -> None:
    with pytest.raises(TwimlError) as refused:
        read_document("text/xml", body)
    assert refused.value.code == 12100


def test_silence_cannot_be_said() -> None:
    for inner in ("<Say></Say>", "<Gather><Say> </Say></Gather>"):
        with pytest.raises(TwimlError) as refused:
            read_twiml(wrapped(inner))
        assert refused.value.code == 13520


@pytest.mark.parametrize(
    ("place", "verb", "allowed"),
    [
        (Place.QUEUE_WAIT, "<Leave/>", True),
        (Place.QUEUE_WAIT, "<Gather/>", True),
        (Place.QUEUE_WAIT, "<Record/>", False),
        (Place.QUEUE_WAIT, "<Dial>+15005550001</Dial>", False),
        (Place.CONFERENCE_WAIT, "<Play>/static/hold.mp3</Play>", True),
        (Place.CONFERENCE_WAIT, "<Gather/>", False),
        (Place.CONFERENCE_WAIT, "<Leave/>", False),
        (Place.CONFERENCE_WAIT, "<Hangup/>", False),
        (Place.WHISPER, "<Gather/>", True),
        (Place.WHISPER, "<Enqueue>q</Enqueue>", False),
        (Place.CALL, "<Record/>", True),
    ],
)
def test_a_place_allows_only_its_verbs(place: Place, verb: str, allowed: bool) -> None:
    if allowed:
        assert len(read_twiml(wrapped(verb), place)) == 1
        return
    with pytest.raises(TwimlError) as refused:
        read_twiml(wrapped(verb), place)
    assert refused.value.code == 12200


@pytest.mark.parametrize("content_type", ["application/json", "", "image/png"])
def test_a_wrong_content_type_is_12300(content_type: str) -> None:
    with pytest.raises(TwimlError) as refused:
        read_document(content_type, "<Response/>")
    assert refused.value.code == 12300


def test_audio_is_played_and_plain_text_is_said() -> None:
    assert read_document("audio/mpeg", "…")[0].name == "Play"
    assert read_document("text/plain; charset=utf-8", "Hello")[0].text == "Hello"


def test_what_the_library_builds_within_its_named_arguments_is_read() -> None:
    response = VoiceResponse()
    gather = Gather(num_digits=1, action="/menu", input="dtmf speech", action_on_empty_result=True, hints="yes, no")
    gather.say("Hello <you> & others", language="zh-CN")
    response.append(gather)
    dial = Dial(action="/after", timeout=20)
    client = dial.client(status_callback="/status", status_callback_event="ringing answered")
    client.identity("agent_7")
    client.parameter(name="ticket", value="42")
    response.append(dial)
    verbs = read_twiml(str(response))
    assert [verb.name for verb in verbs] == ["Gather", "Dial"]
    assert verbs[0].children[0].text == "Hello <you> & others"
    assert verbs[1].text == ""
    assert verbs[1].children[0].children[1].attributes == {"name": "ticket", "value": "42"}


def test_spoken_mark_up_belongs_to_the_sentence() -> None:
    verbs = read_twiml(wrapped('<Say>Call <say-as interpret-as="telephone">12</say-as> now</Say>'))
    assert verbs[0].text == "Call 12 now"


def test_keyword_arguments_the_library_lets_through_are_refused() -> None:
    response = VoiceResponse()
    response.enqueue("repairs", priority=3)
    with pytest.raises(TwimlError, match="priority"):
        read_twiml(str(response))

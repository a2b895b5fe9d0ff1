"""The rules the schema alone does not tell: which verbs may stand where, and which values attributes take."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from simulator.formats import is_number


class Place(StrEnum):
    """Where a document is played; it decides which verbs may stand at its top."""

    CALL = "call"
    QUEUE_WAIT = "queue wait"
    CONFERENCE_WAIT = "conference wait"
    WHISPER = "whisper"


VERBS_AT: dict[Place, frozenset[str]] = {
    Place.QUEUE_WAIT: frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}),
    Place.CONFERENCE_WAIT: frozenset({"Play", "Say", "Pause", "Redirect"}),
    Place.WHISPER: frozenset({"Play", "Say", "Pause", "Gather", "Redirect", "Hangup"}),
}

Check = Callable[[str], bool]


def _one_of(*values: str) -> Check:
    return lambda text: text in values


def _some_of(*values: str) -> Check:
    return lambda text: bool(text.split()) and all(part in values for part in text.split())


def _whole(low: int, high: int) -> Check:
    return lambda text: text.isdigit() and low <= int(text) <= high


def _keys(text: str) -> bool:
    return all(key in "0123456789*#" for key in text)


def _address(text: str) -> bool:
    return not any(mark.isspace() for mark in text)


def _caller_id(text: str) -> bool:
    return is_number(text) or text.startswith("client:") or bool(text)


BOOLEAN = _one_of("true", "false")
METHOD = _one_of("GET", "POST")
PROGRESS = _some_of("initiated", "ringing", "answered", "completed")
RECORDING = _some_of("in-progress", "completed", "absent")

# By attribute name, whichever the element.
VALUES: dict[str, Check] = {
    "action": _address,
    "statusCallback": _address,
    "recordingStatusCallback": _address,
    "waitUrl": _address,
    "method": METHOD,
    "statusCallbackMethod": METHOD,
    "waitMethod": METHOD,
    "waitUrlMethod": METHOD,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": RECORDING,
}

# By element and attribute.
ELEMENT_VALUES: dict[tuple[str, str], Check] = {
    ("Gather", "input"): _one_of("dtmf", "speech", "dtmf speech", "speech dtmf"),
    ("Gather", "numDigits"): _whole(1, 1000),
    ("Gather", "timeout"): lambda text: text == "auto" or _whole(1, 600)(text),
    ("Gather", "speechTimeout"): lambda text: text == "auto" or _whole(1, 600)(text),
    ("Gather", "finishOnKey"): _keys,
    ("Gather", "actionOnEmptyResult"): BOOLEAN,
    ("Gather", "bargeIn"): BOOLEAN,
    ("Pause", "length"): _whole(1, 180),
    ("Say", "loop"): _whole(0, 1000),
    ("Play", "loop"): _whole(0, 1000),
    ("Reject", "reason"): _one_of("rejected", "busy"),
    ("Record", "maxLength"): _whole(1, 14400),
    ("Record", "timeout"): _whole(0, 600),
    ("Record", "finishOnKey"): _keys,
    ("Record", "playBeep"): BOOLEAN,
    ("Record", "trim"): _one_of("trim-silence", "do-not-trim"),
    ("Record", "transcribe"): BOOLEAN,
    ("Dial", "timeout"): _whole(1, 600),
    ("Dial", "timeLimit"): _whole(1, 86400),
    ("Dial", "hangupOnStar"): BOOLEAN,
    ("Dial", "answerOnBridge"): BOOLEAN,
    ("Dial", "sequential"): BOOLEAN,
    ("Dial", "callerId"): _caller_id,
    ("Dial", "record"): _one_of(
        "do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual", "true", "false"
    ),
    ("Number", "statusCallbackEvent"): PROGRESS,
    ("Client", "statusCallbackEvent"): PROGRESS,
    ("Sip", "statusCallbackEvent"): PROGRESS,
    ("Conference", "muted"): BOOLEAN,
    ("Conference", "startConferenceOnEnter"): BOOLEAN,
    ("Conference", "endConferenceOnExit"): BOOLEAN,
    ("Conference", "beep"): _one_of("true", "false", "onEnter", "onExit"),
    ("Conference", "maxParticipants"): _whole(1, 250),
    ("Conference", "participantLabel"): lambda text: 0 < len(text) <= 128,
    ("Conference", "record"): _one_of("do-not-record", "record-from-start", "true", "false"),
    ("Conference", "trim"): _one_of("trim-silence", "do-not-trim"),
    ("Conference", "jitterBufferSize"): _one_of("small", "medium", "large", "off"),
    ("Conference", "statusCallbackEvent"): _some_of("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"),
}


def value_allowed(element: str, attribute: str, text: str) -> bool:
    """Whether Twilio would take this value; attributes without a rule take any text."""
    check = ELEMENT_VALUES.get((element, attribute)) or VALUES.get(attribute)
    return check is None or check(text)

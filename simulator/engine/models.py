"""What the carrier keeps: calls, queues, conferences, recordings, numbers, messages. Moments are UTC, durations seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from simulator.formats import iso, new_sid


class CallStatus(StrEnum):
    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        return not TRANSITIONS[self]


_UNANSWERED = frozenset({CallStatus.BUSY, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.CANCELED})
TRANSITIONS: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.QUEUED: frozenset({CallStatus.INITIATED, CallStatus.RINGING}) | _UNANSWERED,
    CallStatus.INITIATED: frozenset({CallStatus.RINGING, CallStatus.IN_PROGRESS}) | _UNANSWERED,
    CallStatus.RINGING: frozenset({CallStatus.IN_PROGRESS}) | _UNANSWERED,
    CallStatus.IN_PROGRESS: frozenset({CallStatus.COMPLETED}),
    CallStatus.COMPLETED: frozenset(),
    CallStatus.BUSY: frozenset(),
    CallStatus.FAILED: frozenset(),
    CallStatus.NO_ANSWER: frozenset(),
    CallStatus.CANCELED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Fetch:
    """Instructions to be fetched; `parameters` come on top of those every voice request carries."""

    url: str
    method: str = "POST"
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inline:
    """Instructions given as text (REST `Twiml`). `base` resolves relative addresses in it."""

    twiml: str
    base: str = ""


Source = Fetch | Inline


@dataclass(frozen=True, slots=True)
class Callback:
    """Where progress is reported, and which events are wanted."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


class FarEnd(Protocol):
    """The device at the other end of a leg: the demo phone, a softphone, a script."""

    def ring(self, call: Call) -> bool:
        """An incoming call is offered; False when the device ignores it (it is busy)."""

    def stop_ringing(self, call: Call, reason: str) -> None:
        """The offered call was answered elsewhere or given up."""

    def notify(self, call: Call, event: dict[str, Any]) -> None:
        """Something was heard or happened on the call; must not block."""


class VoicePath(Protocol):
    """Where what a party says goes: a bridge or a conference."""

    def carry(self, speaker: Call, text: str) -> None:
        """Deliver a spoken line to whoever hears the speaker."""


class Control(Protocol):
    """The task that plays instructions on a call."""

    def redirect(self, source: Source) -> None:
        """Drop what is being played and play this instead."""

    def stop(self) -> None:
        """Stop playing for good."""


@dataclass(frozen=True, slots=True)
class Input:
    """Something the far end did: keys pressed (one `value` character each) or a line spoken."""

    kind: str
    value: str


@dataclass(eq=False, slots=True)
class Call:
    """One leg. `caller` and `called` are E.164 numbers, `client:identity`, or what a withheld caller shows (`anonymous`). `machine`: an answering
    machine took it; `answered_by` is what the detection (where one was asked for) found: human or machine_start."""

    caller: str
    called: str
    direction: str
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: CallStatus = CallStatus.QUEUED
    parent_sid: str = ""
    caller_name: str = ""
    forwarded_from: str = ""
    application_sid: str = ""
    call_token: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    started: datetime | None = None
    ended: datetime | None = None
    callback: Callback | None = None
    fallback: Fetch | None = None
    sequence: int = 0
    far_end: FarEnd | None = None
    ringing_at: list[FarEnd] = field(default_factory=list)
    muted: bool = False
    machine: bool = False
    answered_by: str = ""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    detached: asyncio.Event = field(default_factory=asyncio.Event)
    inputs: asyncio.Queue[Input] = field(default_factory=asyncio.Queue)
    path: VoicePath | None = None
    control: Control | None = None
    recordings: list[Recording] = field(default_factory=list)
    transcript: list[dict[str, Any]] = field(default_factory=list)

    @property
    def api_status(self) -> str:
        """REST knows no `initiated`: such a call still reads as queued."""
        return "queued" if self.status is CallStatus.INITIATED else str(self.status)

    @property
    def is_client(self) -> bool:
        return "client:" in (self.caller[:7], self.called[:7])


@dataclass(eq=False, slots=True)
class Member:
    """A call waiting in a queue. `taken` is set when a `<Dial><Queue>` takes it out."""

    call: Call
    enqueued: datetime
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    bridge_over: asyncio.Event = field(default_factory=asyncio.Event)
    announcement: Fetch | None = None


@dataclass(eq=False, slots=True)
class Queue:
    name: str
    created: datetime
    updated: datetime
    max_size: int = 1000
    sid: str = field(default_factory=lambda: new_sid("QU"))
    members: list[Member] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def average_wait(self, now: datetime) -> int:
        """Mean seconds the present members have waited."""
        waits = [(now - member.enqueued).total_seconds() for member in self.members]
        return round(sum(waits) / len(waits)) if waits else 0

    def position(self, member: Member) -> int:
        return self.members.index(member) + 1 if member in self.members else 0


@dataclass(eq=False, slots=True)
class Recording:
    """A recording under way or finished. `bursts` are (offset, seconds, channel) of what was spoken; channel 0 is the far end of the leg."""

    source: str
    started: datetime
    channels: int = 1
    sid: str = field(default_factory=lambda: new_sid("RE"))
    call_sid: str = ""
    conference_sid: str = ""
    track: str = "both"
    status: str = "in-progress"
    callback: Callback | None = None
    ended: datetime | None = None
    duration: float = 0.0
    resumed: datetime | None = None
    available: bool = False
    bursts: list[tuple[float, float, int]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Number:
    """A number of ours, as IncomingPhoneNumbers keeps it."""

    number: str
    name: str
    created: datetime
    updated: datetime
    sid: str = field(default_factory=lambda: new_sid("PN"))
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"


@dataclass(eq=False, slots=True)
class Message:
    sender: str
    recipient: str
    body: str
    direction: str
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    sent: datetime | None = None
    updated: datetime | None = None
    callback_url: str = ""
    error_code: int | None = None


def event_line(now: datetime, kind: str, **details: object) -> dict[str, Any]:
    """One line of a call's transcript, as pages and scripts see it."""
    return {"kind": kind, "at": iso(now), **details}


def words_of(lines: Iterable[dict[str, Any]]) -> list[str]:
    """Everything said on the line, in order."""
    return [str(line["text"]) for line in lines if line["kind"] in ("say", "caption")]

"""Conferences and who is in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from simulator.engine.models import Call, Callback, Fetch, Recording
from simulator.formats import new_sid

BEEP_ON_ENTER = ("true", "onEnter")
BEEP_ON_EXIT = ("true", "onExit")


@dataclass(frozen=True, slots=True)
class Options:
    """What a participant asks for on entering. `wait` None is the carrier's own music, a Fetch without address is silence."""

    label: str = ""
    muted: bool = False
    beep: str = "true"
    start_on_enter: bool = True
    end_on_exit: bool = False
    coach: str = ""
    wait: Fetch | None = None
    max_participants: int = 250
    record: bool = False
    callback: Callback | None = None
    recording_callback: Callback | None = None


@dataclass(eq=False, slots=True)
class Participant:
    """A leg in a conference, or (status not `connected`) still being rung for it. `out` is set when it is put out."""

    call: Call
    options: Options
    created: datetime
    updated: datetime
    status: str = "connected"
    muted: bool = False
    on_hold: bool = False
    hold: Fetch | None = None
    coached: str = ""
    end_on_exit: bool = False
    out: asyncio.Event = field(default_factory=asyncio.Event)
    reason_left: str = ""
    music: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """How others' captions name the speaker."""
        return self.options.label or self.call.caller_name or (self.call.caller if self.call.direction == "inbound" else self.call.called)


@dataclass(eq=False, slots=True)
class Conference:
    """`status` is init, in-progress or completed; `participants` by call SID, present ones only."""

    name: str
    created: datetime
    updated: datetime
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    participants: dict[str, Participant] = field(default_factory=dict)
    callback: Callback | None = None
    recording_callback: Callback | None = None
    record: bool = False
    recording: Recording | None = None
    sequence: int = 0
    may_start: bool = False
    reason_ended: str = ""
    ended_by: str = ""

    @property
    def connected(self) -> list[Participant]:
        return [each for each in self.participants.values() if each.status == "connected"]

    def labelled(self, label: str) -> Participant | None:
        return next((each for each in self.participants.values() if label and each.options.label == label), None)

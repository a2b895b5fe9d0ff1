"""What is said and heard on a leg."""

from __future__ import annotations

from simulator.engine.models import Call, VoicePath
from simulator.engine.recordings import record_words, speech_seconds
from simulator.engine.world import World


async def say(world: World, call: Call, text: str, *, language: str = "", voice: str = "") -> None:
    """The line says a text to the far end and takes the time it takes."""
    world.note(call, "say", text=text, language=language, voice=voice, seconds=speech_seconds(text))
    record_words(world, call.recordings, text, 1)
    await world.clock.sleep(speech_seconds(text))


def speak(world: World, call: Call, text: str) -> None:
    """The far end says a line: to a listening verb, a recording, and whoever is connected."""
    if call.status.final or not text.strip():
        return
    if call.muted:
        world.note(call, "unheard", text=text)
        return
    world.note(call, "speech", text=text)
    record_words(world, call.recordings, text, 0)
    world.feed(call, "speech", text)
    if call.path is not None:
        call.path.carry(call, text)


def press(world: World, call: Call, keys: str) -> None:
    """The far end presses keys, one after the other."""
    if call.status.final:
        return
    world.note(call, "digits", digits=keys)
    for key in keys:
        world.feed(call, "digits", key)


def hear(world: World, call: Call, speaker: str, text: str) -> None:
    """The far end hears another party."""
    world.note(call, "caption", speaker=speaker, text=text)
    record_words(world, call.recordings, text, 1)


class Bridge(VoicePath):
    """Two legs that hear each other."""

    def __init__(self, world: World, first: Call, second: Call) -> None:
        self._world = world
        self._legs = (first, second)
        first.path = second.path = self

    def carry(self, speaker: Call, text: str) -> None:
        for leg in self._legs:
            if leg is not speaker:
                hear(self._world, leg, speaker_name(speaker), text)

    def end(self) -> None:
        for leg in self._legs:
            if leg.path is self:
                leg.path = None


def speaker_name(call: Call) -> str:
    """How captions name a party: its caller's name, or the number or identity it is reached at."""
    return call.caller_name or (call.caller if call.direction == "inbound" else call.called)

"""Gather: keys or speech, with a prompt that the caller may interrupt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from simulator.engine.models import Call, Input
from simulator.engine.session import VERBS, Outcome, Play, verb
from simulator.twiml.document import Element

CONFIDENCE = "0.92"
DEFAULT_TIMEOUT = 5.0


@dataclass(slots=True)
class Gathered:
    """What came: keys, the key that ended them, a spoken line."""

    digits: str = ""
    finished_on: str = ""
    speech: str = ""


@verb("Gather")
async def do_gather(play: Play, element: Element) -> Outcome:
    drain(play.call)
    gathered = await _collect(play, element)
    if not gathered.digits and not gathered.speech and not element.flag("actionOnEmptyResult"):
        return None
    parameters: dict[str, str] = {}
    if gathered.speech:
        parameters |= {"SpeechResult": gathered.speech, "Confidence": CONFIDENCE, "Language": element.get("language", "en-US")}
    elif "dtmf" in element.get("input", "dtmf"):
        parameters |= {"Digits": gathered.digits}
    if gathered.finished_on:
        parameters["FinishedOnKey"] = gathered.finished_on
    parameters["msg"] = "Gather End"
    return play.follow(element.get("action"), element.get("method"), **parameters)


def drain(call: Call) -> None:
    """Keys and words from before the verb began do not count."""
    while not call.inputs.empty():
        call.inputs.get_nowait()


async def _collect(play: Play, element: Element) -> Gathered:
    """Listen while the prompt plays, then until the time-out; the first key or word stops the prompt."""
    seconds = element.get("timeout", "5")
    timeout = float(seconds) if seconds.isdigit() else DEFAULT_TIMEOUT
    gathered = Gathered()
    prompt = asyncio.get_running_loop().create_task(_prompt(play, element))
    listening = asyncio.get_running_loop().create_task(play.call.inputs.get())
    try:
        while True:
            if not prompt.done():
                await asyncio.wait({prompt, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not listening.done() and not await _within(play, listening, timeout):
                return gathered
            if not _wanted(element, listening.result()):
                listening = asyncio.get_running_loop().create_task(play.call.inputs.get())
                continue
            prompt.cancel()
            if _take(element, listening.result(), gathered):
                return gathered
            listening = asyncio.get_running_loop().create_task(play.call.inputs.get())
            await asyncio.wait({prompt})
    finally:
        prompt.cancel()
        listening.cancel()


async def _within(play: Play, listening: asyncio.Task[Input], seconds: float) -> bool:
    """Whether something comes in time; the listening itself is left as it is."""
    try:
        await play.world.clock.limit(asyncio.shield(listening), seconds)
    except TimeoutError:
        return False
    return True


async def _prompt(play: Play, element: Element) -> None:
    for child in element.children:
        await VERBS[child.name](play, child)


def _wanted(element: Element, given: Input) -> bool:
    kinds = element.get("input", "dtmf").split()
    return ("dtmf" if given.kind == "digits" else "speech") in kinds


def _take(element: Element, given: Input, gathered: Gathered) -> bool:
    """Add what came; True when the verb has what it wants."""
    if given.kind == "speech":
        gathered.speech = given.value
        return True
    if given.value in element.get("finishOnKey", "#"):
        gathered.finished_on = given.value
        return True
    gathered.digits += given.value
    return len(gathered.digits) >= element.number("numDigits", 1000)

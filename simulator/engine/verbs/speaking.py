"""Say, Play, Pause, and the verbs that only direct the flow: Redirect, Hangup, Leave, Reject."""

from __future__ import annotations

from urllib.parse import urlsplit

from simulator.engine.models import CallStatus
from simulator.engine.progress import end_call
from simulator.engine.session import Finish, Outcome, Play, verb
from simulator.engine.speech import say
from simulator.twiml.document import Element

# Media is not fetched: every file lasts this long, except that a static file of the app is shown as music.
PLAY_SECONDS = 10.0
KEY_SECONDS = 0.25


@verb("Say")
async def do_say(play: Play, element: Element) -> Outcome:
    rounds = element.number("loop", 1)
    done = 0
    while rounds == 0 or done < rounds:
        await say(play.world, play.call, element.text, language=element.get("language"), voice=element.get("voice"))
        done += 1
    return None


@verb("Play")
async def do_play(play: Play, element: Element) -> Outcome:
    if element.get("digits"):
        play.world.note(play.call, "tones", digits=element.get("digits"))
        await play.world.clock.sleep(KEY_SECONDS * len(element.get("digits")))
        return None
    address = play.follow(element.text).url if element.text else ""
    rounds = element.number("loop", 1)
    done = 0
    while rounds == 0 or done < rounds:
        play.world.note(play.call, "play", url=address, music=_is_music(address))
        await play.world.clock.sleep(PLAY_SECONDS)
        done += 1
    return None


def _is_music(address: str) -> bool:
    path = urlsplit(address).path
    return path.startswith("/static/") or "music" in path or "hold" in path


@verb("Pause")
async def do_pause(play: Play, element: Element) -> Outcome:
    seconds = element.number("length", 1)
    play.world.note(play.call, "pause", seconds=seconds)
    await play.world.clock.sleep(seconds)
    return None


@verb("Redirect")
async def do_redirect(play: Play, element: Element) -> Outcome:
    return play.follow(element.text, element.get("method", "POST"))


@verb("Hangup")
async def do_hangup(play: Play, element: Element) -> Outcome:
    return Finish.HANG_UP


@verb("Leave")
async def do_leave(play: Play, element: Element) -> Outcome:
    return Finish.LEAVE


@verb("Reject")
async def do_reject(play: Play, element: Element) -> Outcome:
    """Refuses a ringing call without answering it. On an answered call it ends it."""
    busy = element.get("reason") == "busy"
    end_call(play.world, play.call, CallStatus.BUSY if busy else CallStatus.NO_ANSWER)
    return Finish.HANG_UP

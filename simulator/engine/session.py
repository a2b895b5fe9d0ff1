"""Playing instructions on a call: fetching a document, running its verbs, following where they lead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Protocol
from urllib.parse import urljoin

from simulator.chaos import QueueAction
from simulator.engine.models import Call, CallStatus, Fetch, Inline, Source
from simulator.engine.progress import end_call, move
from simulator.engine.speech import say
from simulator.engine.world import World, call_parameters
from simulator.twiml.document import Element, TwimlError, read_document, read_twiml
from simulator.twiml.rules import Place
from simulator.webhooks import Request, WebhookFailed

CANNED_ERROR = "We are sorry, an application error has occurred. Goodbye."
# Verbs that do not answer a ringing call.
SILENT_VERBS = {"Reject", "Pause", "Redirect"}


class Finish(Enum):
    """How a run of instructions ended."""

    RAN_OUT = "ran out"
    HANG_UP = "hang up"
    LEAVE = "leave"


Outcome = Source | Finish | None


class Verb(Protocol):
    """Does one verb. None: the next verb follows; a Source: go there; a Finish: stop."""

    def __call__(self, play: Play, element: Element, /) -> Awaitable[Outcome]: ...


VERBS: dict[str, Verb] = {}


def verb(name: str) -> Callable[[Verb], Verb]:
    """Registers the function that does a verb."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


class DocumentFailed(Exception):
    """Instructions could not be had or were refused. `code` is Twilio's error code, `url` the document's address."""

    def __init__(self, code: int, url: str, message: str) -> None:
        super().__init__(f"{code}: {message} ({url})")
        self.code, self.url, self.message = code, url, message


class Play:
    """One run of instructions on one call: the main one, a waiting document, a whisper. `extra` adds parameters to its requests."""

    def __init__(
        self,
        world: World,
        call: Call,
        place: Place = Place.CALL,
        extra: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self.world = world
        self.call = call
        self.place = place
        self.extra = extra
        self.address = ""
        self.departure: Fetch | None = None
        self.post_after_load: Fetch | None = None

    async def run(self, source: Source) -> Finish:
        """Play until the verbs run out or one ends it. Raises DocumentFailed."""
        following: Source | None = source
        while following is not None:
            verbs = await self._load(following)
            outcome = await self._play(verbs)
            if isinstance(outcome, Finish):
                return outcome
            following = outcome
        return Finish.RAN_OUT

    def follow(self, address: str, method: str = "POST", **parameters: str) -> Fetch:
        """Where an attribute leads: relative to this document; empty means this document again."""
        return Fetch(urljoin(self.address, address), method or "POST", parameters)

    def request(self, source: Fetch, kind: str = "fetch", event: str = "") -> Request:
        parameters = call_parameters(self.world, self.call) | self.extra() | source.parameters
        return Request(source.url, source.method, parameters, kind, self.call.sid, event)

    async def _load(self, source: Source) -> list[Element]:
        address = source.url if isinstance(source, Fetch) else source.base
        try:
            if isinstance(source, Inline):
                self.address = source.base
                verbs = read_twiml(source.twiml, self.place)
            else:
                answer = await self.world.webhooks.ask(self.request(source))
                self.address = answer.url
                verbs = read_document(answer.content_type, answer.body, self.place)
        except (TwimlError, WebhookFailed) as error:
            self.world.alert(error.code, error.message, self.call.sid)
            raise DocumentFailed(error.code, address, error.message) from error
        if self.post_after_load is not None:
            self.world.webhooks.post(self.request(self.post_after_load, "callback", "action"))
            self.post_after_load = None
        return verbs

    async def _play(self, verbs: list[Element]) -> Outcome:
        for element in verbs:
            if self.call.status.final:
                # Hung up while the document was on its way.
                return Finish.HANG_UP
            if self.call.status is CallStatus.RINGING and element.name not in SILENT_VERBS and not element.flag("answerOnBridge"):
                move(self.world, self.call, CallStatus.IN_PROGRESS)
            function = VERBS.get(element.name)
            if function is None:
                self.world.alert(12200, f"the simulator does not carry <{element.name}>", self.call.sid)
                raise DocumentFailed(12200, self.address, f"the simulator does not carry <{element.name}>")
            outcome = await function(self, element)
            if outcome is not None:
                return outcome
        return None


class Session:
    """The task that plays a call's instructions from its answer to its end, with redirects from outside."""

    def __init__(self, world: World, call: Call) -> None:
        self._world = world
        self._call = call
        self._next: Source | None = None
        self._work: asyncio.Task[None] | None = None
        self._play: Play | None = None

    def begin(self, source: Source) -> None:
        self._call.control = self
        self._next = source
        self._world.start(self._main())

    def redirect(self, source: Source) -> None:
        self._next = source
        if self._work is not None:
            self._work.cancel()

    def stop(self) -> None:
        self._next = None
        if self._work is not None:
            self._work.cancel()

    async def _main(self) -> None:
        while self._next is not None and not self._call.status.final:
            source, self._next = self._next, None
            departure = self._play.departure if self._play is not None else None
            self._play = Play(self._world, self._call)
            self._work = asyncio.get_running_loop().create_task(self._perform(source, departure))
            await asyncio.wait({self._work})
            if not self._work.cancelled() and self._work.exception() is not None:
                self._world.alert(12400, f"Internal failure: {self._work.exception()!r}", self._call.sid)
        self._tell_departure()
        end_call(self._world, self._call)

    def _tell_departure(self) -> None:
        """The caller hung up inside a verb with an action (a queue, a recording): it is told, and its answer is not played."""
        if self._play is not None and self._play.departure is not None:
            self._world.webhooks.post(self._play.request(self._play.departure, "callback", "action"))

    async def _perform(self, source: Source, departure: Fetch | None) -> None:
        play = self._play
        assert play is not None
        if departure is not None:
            await self._depart(play, departure)
        try:
            await play.run(source)
        except DocumentFailed as failed:
            await self._fall_back(play, failed)

    async def _depart(self, play: Play, departure: Fetch) -> None:
        """A redirect took the call out of its queue: the queue's action comes before the new instructions, after them, or never."""
        when = self._world.chaos.queue_action_now()
        if when is QueueAction.BEFORE:
            try:
                await self._world.webhooks.ask(play.request(departure, "callback", "action"))
            except WebhookFailed as error:
                self._world.alert(error.code, error.message, self._call.sid)
        elif when is QueueAction.AFTER:
            play.post_after_load = departure

    async def _fall_back(self, play: Play, failed: DocumentFailed) -> None:
        fallback = self._call.fallback
        if fallback is not None and fallback.url:
            told = Fetch(fallback.url, fallback.method, {"ErrorCode": str(failed.code), "ErrorUrl": failed.url})
            try:
                await play.run(told)
            except DocumentFailed:
                await self._apologise(play)
        else:
            await self._apologise(play)

    async def _apologise(self, play: Play) -> None:
        move(self._world, self._call, CallStatus.IN_PROGRESS)
        await say(self._world, play.call, CANNED_ERROR, language="en-US")

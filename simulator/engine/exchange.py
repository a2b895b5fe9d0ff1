"""The carrier as a whole: what phones, softphones, the REST interface and tests do to it."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.chaos import Chaos
from simulator.clock import Clock
from simulator.engine import legs, speech
from simulator.engine.conference_models import Options, Participant
from simulator.engine.conferences import expect, open_conference, release
from simulator.engine.machine_detection import detect_machine
from simulator.engine.models import Call, Callback, CallStatus, FarEnd, Fetch, Inline, Number, Source
from simulator.engine.progress import end_call, move
from simulator.engine.session import Session
from simulator.engine.verbs import conferencing, dialing, gathering, queueing, recording, speaking
from simulator.engine.world import World
from simulator.formats import new_sid
from simulator.journal import Journal
from simulator.settings import Settings
from simulator.webhooks import Webhooks

# Importing the verbs' modules registers them; naming them here keeps that visible.
VERB_MODULES = (conferencing, dialing, gathering, queueing, recording, speaking)
ANY_APPLICATION = "AP" + "0" * 32


class Exchange:
    """Calls in and out. Everything else is reached through `world`."""

    def __init__(self, settings: Settings, clock: Clock | None = None, chaos: Chaos | None = None) -> None:
        clock = clock or Clock(settings.clock_rate)
        chaos, journal = chaos or Chaos(), Journal()
        webhooks = Webhooks(token=settings.auth_token, clock=clock, chaos=chaos, journal=journal)
        webhooks.hang_up = self._hang_up_sid
        self.world = World(settings, clock, chaos, journal, webhooks)
        self.add_number(settings.default_number, "Main line")

    async def close(self) -> None:
        for call in list(self.world.calls.values()):
            end_call(self.world, call)
        for task in list(self.world.tasks):
            task.cancel()
        await self.world.webhooks.close()

    def reset(self) -> None:
        """End every call and forget everything but numbers and attached devices."""
        world = self.world
        for call in list(world.calls.values()):
            call.callback = None
            if call.control is not None:
                call.control.stop()
            end_call(world, call)
        world.chaos.load({})
        for table in (world.calls, world.queues, world.conferences, world.recordings, world.messages):
            table.clear()
        world.journal.clear()
        world.next_call_slot = 0.0

    def add_number(self, number: str, name: str) -> Number:
        """A number of ours, pointing at the app as a fresh one does here."""
        base, now = self.world.settings.public_base_url, self.world.clock.now()
        made = Number(number, name, now, now)
        made.voice_url, made.voice_fallback_url = f"{base}/voice/in", f"{base}/voice/fallback"
        made.status_callback, made.sms_url = f"{base}/voice/status", f"{base}/sms/in"
        self.world.numbers[made.sid] = made
        return made

    def number(self, text: str) -> Number | None:
        return next((each for each in self.world.numbers.values() if each.number == text), None)

    def call_in(self, caller: str, called: str, far_end: FarEnd | None = None, *, caller_name: str = "") -> Call:
        """Somebody outside dials one of our numbers (any other number leads to the app too, with the default configuration)."""
        number = self.number(called) or self.add_number(called, called)
        call = legs.new_call(self.world, caller, called, "inbound")
        call.caller_name, call.far_end, call.call_token = caller_name, far_end, new_sid("CT")
        if number.status_callback:
            call.callback = Callback(number.status_callback, number.status_callback_method)
        if number.voice_fallback_url:
            call.fallback = Fetch(number.voice_fallback_url, number.voice_fallback_method)
        self._begin(call, Fetch(number.voice_url, number.voice_method))
        return call

    def call_from_client(self, identity: str, parameters: Mapping[str, str], far_end: FarEnd | None, application: str = "") -> Call:
        """A softphone calls the TwiML application, whose voice address is the app's /voice/agent."""
        base = self.world.settings.public_base_url
        call = legs.new_call(self.world, f"client:{identity}", parameters.get("To", ""), "inbound")
        call.far_end, call.application_sid = far_end, application or self.world.settings.application_sid or ANY_APPLICATION
        call.callback = Callback(f"{base}/voice/status")
        call.fallback = Fetch(f"{base}/voice/fallback")
        reserved = {"CallSid", "AccountSid", "From", "Caller", "CallStatus", "ApiVersion", "Direction", "ApplicationSid"}
        own = {name: str(value) for name, value in parameters.items() if name not in reserved}
        self._begin(call, Fetch(f"{base}/voice/agent", "POST", own))
        return call

    def _begin(self, call: Call, source: Source) -> None:
        move(self.world, call, CallStatus.RINGING)
        Session(self.world, call).begin(source)

    def call_out(
        self,
        caller: str,
        called: str,
        source: Source,
        *,
        callback: Callback | None = None,
        fallback: Fetch | None = None,
        timeout: float = 60.0,
    ) -> Call:
        """A call made by REST: queued until its turn (so many a second), rung, and on answer played `source`."""
        call = legs.new_call(self.world, caller, called, "outbound-api", callback=callback)
        call.fallback = fallback
        self.world.start(self._dial_out(call, source, timeout))
        return call

    async def _dial_out(self, call: Call, source: Source, timeout: float) -> None:
        world, rate = self.world, self.world.settings.calls_per_second
        now = world.clock.elapsed()
        slot = max(now, world.next_call_slot)
        world.next_call_slot = slot + (1 / rate if rate else 0.0)
        await world.clock.sleep(slot - now)
        if call.status.final:
            return
        if await legs.ring_out(world, call, timeout) is CallStatus.IN_PROGRESS:
            Session(world, call).begin(source)

    def invite(
        self,
        conference_name: str,
        caller: str,
        called: str,
        options: Options,
        source: Inline,
        *,
        callback: Callback | None,
        timeout: float,
        detection: Fetch | None = None,
    ) -> Participant:
        """Ring somebody for a conference; `source` puts the answered call into it. Unanswered, the participant leaves `add_failed`. `detection`:
        where it is told whether a machine answered (an empty address: only the call shows it)."""
        conference = open_conference(self.world, conference_name)
        call = self.call_out(caller, called, source, callback=callback, timeout=timeout)
        participant = expect(self.world, conference, call, options)

        async def watch() -> None:
            await call.over.wait()
            release(self.world, conference, participant, "participant_add_failed" if call.started is None else "participant_hung_up")

        self.world.start(watch())
        if detection is not None:
            self.world.start(detect_machine(self.world, call, detection))
        return participant

    def press(self, call: Call, keys: str) -> None:
        speech.press(self.world, call, keys)

    def speak(self, call: Call, text: str) -> None:
        speech.speak(self.world, call, text)

    def hang_up(self, call: Call) -> None:
        legs.hang_up(self.world, call)

    def _hang_up_sid(self, call_sid: str) -> None:
        call = self.world.calls.get(call_sid)
        if call is not None:
            end_call(self.world, call)

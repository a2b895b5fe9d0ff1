"""Conferences and their participants."""

from __future__ import annotations

from xml.sax.saxutils import escape

from aiohttp import web

from simulator.engine import conferences as rooms
from simulator.engine.conference_models import Conference, Options, Participant
from simulator.engine.models import CallStatus, Fetch, Inline
from simulator.formats import yes_no
from simulator.rest.base import Form, Json, Resource, form_of, page
from simulator.rest.calls import addresses, ring_timeout
from simulator.rest.errors import bad, not_found
from simulator.rest.shapes import conference_shape, participant_shape


class Conferences(Resource):
    def routes(self) -> list[web.RouteDef]:
        conference = f"{self.root}/Conferences/{{conference}}"
        participant = f"{conference}/Participants/{{participant}}.json"
        return [
            web.get(f"{self.root}/Conferences.json", self.list),
            web.get(f"{conference}.json", self.fetch),
            web.post(f"{conference}.json", self.update),
            web.get(f"{conference}/Participants.json", self.participants),
            web.post(f"{conference}/Participants.json", self.invite),
            web.get(participant, self.participant),
            web.post(participant, self.change),
            web.delete(participant, self.remove),
        ]

    async def list(self, request: web.Request) -> web.Response:
        name, status = request.query.get("FriendlyName"), request.query.get("Status")
        found = [
            each
            for each in reversed(self.world.conferences.values())
            if (name is None or each.name == name) and (status is None or each.status == status)
        ]
        return page(request, "conferences", found, lambda each: conference_shape(self.world, each))

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(conference_shape(self.world, self.find(self.world.conferences, request, "conference")))

    async def update(self, request: web.Request) -> web.Response:
        conference = self.find(self.world.conferences, request, "conference")
        form = await form_of(request)
        if form.get("Status") not in ("", "completed"):
            raise bad(20001, "Status can only be completed")
        if form.get("Status"):
            rooms.end_conference(self.world, conference, "conference-ended-via-api")
        announcement = form.fetch("AnnounceUrl", "AnnounceMethod")
        if announcement is not None:
            for participant in conference.connected:
                rooms.announce(self.world, participant, announcement)
        return web.json_response(conference_shape(self.world, conference))

    async def participants(self, request: web.Request) -> web.Response:
        conference = self._open(request)
        wanted = {name: request.query.get(name) for name in ("Muted", "Hold", "Coaching")}

        def matches(each: Participant) -> bool:
            facts = {"Muted": each.muted, "Hold": each.on_hold, "Coaching": bool(each.coached)}
            return all(value is None or yes_no(facts[name]) == value.lower() for name, value in wanted.items())

        found = [each for each in conference.participants.values() if matches(each)]
        return page(request, "participants", found, lambda each: participant_shape(self.world, conference, each))

    async def invite(self, request: web.Request) -> web.Response:
        """Ring somebody into the conference; a name without a conference opens one."""
        named = request.match_info["conference"]
        name = self._open(request).name if named.startswith("CF") and len(named) == 34 else named
        form = await form_of(request)
        caller, called = addresses(self.exchange.number, form)
        label = form.get("Label")
        conference = rooms.open_conference(self.world, name)
        if conference.labelled(label) is not None:
            raise bad(16025, f"A participant with label {label} already exists in the conference")
        options = _options(form, label)
        participant = self.exchange.invite(
            name,
            caller,
            called,
            options,
            _joining(name, form, label),
            callback=form.callback(),
            timeout=ring_timeout(form),
            detection=_detection(form),
        )
        return web.json_response(participant_shape(self.world, conference, participant), status=201)

    async def participant(self, request: web.Request) -> web.Response:
        conference, participant = self._participant(request)
        return web.json_response(participant_shape(self.world, conference, participant))

    async def change(self, request: web.Request) -> web.Response:
        conference, participant = self._participant(request)
        form = await form_of(request)
        _check_coaching(conference, participant, form)
        if form.has("Muted"):
            rooms.set_muted(self.world, conference, participant, form.flag("Muted"))
        if form.has("Hold"):
            rooms.set_hold(self.world, conference, participant, form.flag("Hold"), form.fetch("HoldUrl", "HoldMethod"))
        if form.has("EndConferenceOnExit"):
            participant.end_on_exit = form.flag("EndConferenceOnExit")
            participant.updated = self.world.clock.now()
        if form.has("Coaching") or form.has("CallSidToCoach"):
            coached = form.get("CallSidToCoach") if form.flag("Coaching", True) else ""
            rooms.set_coaching(self.world, conference, participant, coached)
        announcement = form.fetch("AnnounceUrl", "AnnounceMethod")
        if announcement is not None:
            rooms.announce(self.world, participant, announcement)
        return web.json_response(participant_shape(self.world, conference, participant))

    async def remove(self, request: web.Request) -> web.Response:
        """Put a participant out. Its call goes on with what follows `<Conference>`; an invited one that still rings is given up."""
        conference, participant = self._participant(request)
        if participant.call.status is not CallStatus.IN_PROGRESS:
            rooms.give_up(self.world, participant)
        rooms.release(self.world, conference, participant, "participant_updated_via_api")
        return web.Response(status=204)

    def _open(self, request: web.Request) -> Conference:
        conference = self.find(self.world.conferences, request, "conference")
        if conference.status == "completed":
            raise not_found(request.path)
        return conference

    def _participant(self, request: web.Request) -> tuple[Conference, Participant]:
        conference = self._open(request)
        wanted = request.match_info["participant"]
        found = conference.participants.get(wanted) or conference.labelled(wanted)
        if found is None:
            raise not_found(request.path)
        return conference, found


def _check_coaching(conference: Conference, participant: Participant, form: Form) -> None:
    coached = form.get("CallSidToCoach")
    if form.flag("Coaching") and not coached:
        raise bad(16026, "CallSidToCoach is required when Coaching is true")
    if coached and (coached not in conference.participants or coached == participant.call.sid):
        raise bad(16027, f"The call {coached} to coach is not another participant of the conference")


def _detection(form: Form) -> Fetch | None:
    """Where the machine detection reports; None where none was asked for."""
    if not form.get("MachineDetection"):
        return None
    if form.get("MachineDetection") not in ("Enable", "DetectMessageEnd"):
        raise bad(20001, "MachineDetection is not Enable or DetectMessageEnd")
    return form.fetch("AmdStatusCallback", "AmdStatusCallbackMethod") or Fetch("")


def _options(form: Form, label: str) -> Options:
    """What is known of an invited participant before its call is answered; the joining document says it again."""
    return Options(
        label=label,
        muted=form.flag("Muted"),
        beep=form.get("Beep", "true"),
        start_on_enter=form.flag("StartConferenceOnEnter", True),
        end_on_exit=form.flag("EndConferenceOnExit"),
        coach=form.get("CallSidToCoach"),
        wait=form.fetch("WaitUrl", "WaitMethod"),
        record=form.flag("ConferenceRecord") or form.get("ConferenceRecord") == "record-from-start",
        callback=form.callback("Conference", ""),
        recording_callback=form.callback("ConferenceRecording"),
    )


def _joining(name: str, form: Form, label: str) -> Inline:
    """The document an invited party plays on answering."""
    attributes: Json = {
        "participantLabel": label,
        "muted": yes_no(form.flag("Muted")),
        "beep": form.get("Beep", "true"),
        "startConferenceOnEnter": yes_no(form.flag("StartConferenceOnEnter", True)),
        "endConferenceOnExit": yes_no(form.flag("EndConferenceOnExit")),
        "coach": form.get("CallSidToCoach"),
        "waitUrl": form.get("WaitUrl"),
        "waitMethod": form.get("WaitMethod"),
    }
    text = "".join(f' {key}="{escape(value, {chr(34): "&quot;"})}"' for key, value in attributes.items() if value)
    record = ' record="record-from-answer-dual"' if form.flag("Record") else ""
    return Inline(f"<Response><Dial{record}><Conference{text}>{escape(name)}</Conference></Dial></Response>")

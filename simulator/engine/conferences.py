"""The life of a conference: who comes, who hears whom, who leaves, and what is reported."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from simulator.engine.conference_models import BEEP_ON_ENTER, BEEP_ON_EXIT, Conference, Options, Participant
from simulator.engine.models import Call, Fetch, VoicePath
from simulator.engine.progress import end_call
from simulator.engine.recordings import finish_recording, record_words, start_recording
from simulator.engine.session import DocumentFailed, Play
from simulator.engine.speech import hear
from simulator.engine.world import World
from simulator.formats import rfc2822, yes_no
from simulator.twiml.rules import Place
from simulator.webhooks import Request

WANTED_AS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
}


def find_conference(world: World, name: str) -> Conference | None:
    """The conference of that name that is not over; names may be used again after."""
    return next((each for each in world.conferences.values() if each.name == name and each.status != "completed"), None)


def open_conference(world: World, name: str) -> Conference:
    conference = find_conference(world, name)
    if conference is None:
        now = world.clock.now()
        conference = Conference(name, now, now)
        world.conferences[conference.sid] = conference
    return conference


def expect(world: World, conference: Conference, call: Call, options: Options) -> Participant:
    """A participant whose phone is still being rung."""
    now = world.clock.now()
    participant = Participant(call, options, now, now, status="ringing", muted=options.muted, end_on_exit=options.end_on_exit)
    conference.participants[call.sid] = participant
    _adopt(conference, options)
    return participant


def admit(world: World, conference: Conference, call: Call, options: Options) -> Participant:
    """Let a leg in; with the second one the conference starts, if somebody who may start it is there."""
    participant = conference.participants.get(call.sid)
    now = world.clock.now()
    if participant is None:
        participant = Participant(call, options, now, now, muted=options.muted, coached=options.coach, end_on_exit=options.end_on_exit)
        conference.participants[call.sid] = participant
    participant.status, participant.updated = "connected", now
    call.path = Room(world, conference)
    _adopt(conference, options)
    conference.may_start = conference.may_start or options.start_on_enter
    report(world, conference, "participant-join", participant)
    world.note(call, "conference", name=conference.name, on=True)
    if options.beep in BEEP_ON_ENTER:
        _beep(world, conference)
    if conference.status == "init" and conference.may_start and len(conference.connected) >= 2:
        _start(world, conference)
    elif conference.status == "init":
        entertain(world, participant, options.wait, "conference")
    return participant


def _adopt(conference: Conference, options: Options) -> None:
    """The first participant that names a callback, or wants a recording, decides it for the whole conference."""
    conference.callback = conference.callback or options.callback
    conference.recording_callback = conference.recording_callback or options.recording_callback
    conference.record = conference.record or options.record


def _start(world: World, conference: Conference) -> None:
    conference.status, conference.updated = "in-progress", world.clock.now()
    for participant in conference.connected:
        if not participant.on_hold:
            quiet(world, participant)
    report(world, conference, "conference-start")
    if conference.record:
        callback = conference.recording_callback
        conference.recording = start_recording(world, "Conference", conference_sid=conference.sid, callback=callback)


def release(world: World, conference: Conference, participant: Participant, reason: str) -> None:
    """Take a leg out, tell it, and end the conference if this was its moderator or its last."""
    if conference.participants.pop(participant.call.sid, None) is None:
        return
    was_connected = participant.status == "connected"
    participant.status = "complete"
    participant.reason_left = participant.reason_left or reason
    participant.out.set()
    quiet(world, participant)
    if isinstance(participant.call.path, Room):
        participant.call.path = None
    report(
        world,
        conference,
        "participant-leave",
        participant,
        {"ParticipantCallStatus": str(participant.call.status), "ReasonParticipantLeft": participant.reason_left},
    )
    world.note(participant.call, "conference", name=conference.name, on=False)
    if participant.options.beep in BEEP_ON_EXIT and was_connected:
        _beep(world, conference)
    if conference.status == "completed":
        return
    kicked = "kicked" if participant.reason_left == "participant_updated_via_api" else "left"
    if participant.end_on_exit and was_connected:
        end_conference(world, conference, f"participant-with-end-conference-on-exit-{kicked}", participant)
    elif not conference.participants:
        end_conference(world, conference, f"last-participant-{kicked}", participant)


def end_conference(world: World, conference: Conference, reason: str, by: Participant | None = None) -> None:
    """End it: everybody is put out, and their calls go on with what follows `<Conference>`."""
    if conference.status == "completed":
        return
    conference.status, conference.updated = "completed", world.clock.now()
    conference.reason_ended = reason
    conference.ended_by = by.call.sid if by is not None else ""
    why = "conference_ended_via_api" if reason == "conference-ended-via-api" else "moderator_ended_conference"
    for participant in list(conference.participants.values()):
        release(world, conference, participant, why)
    if conference.recording is not None:
        finish_recording(world, conference.recording)
    extra = {"ReasonConferenceEnded": reason}
    if by is not None:
        extra |= {"CallSidEndingConference": by.call.sid, "ParticipantLabelEndingConference": by.options.label}
    report(world, conference, "conference-end", extra=extra)


def set_muted(world: World, conference: Conference, participant: Participant, muted: bool) -> None:
    if participant.muted != muted:
        participant.muted = muted
        participant.updated = world.clock.now()
        report(world, conference, "participant-mute" if muted else "participant-unmute", participant)
        world.note(participant.call, "muted", on=muted)


def set_hold(world: World, conference: Conference, participant: Participant, on_hold: bool, hold: Fetch | None) -> None:
    """On hold a participant neither hears nor is heard; it hears `hold` or the carrier's music."""
    if participant.on_hold != on_hold:
        participant.on_hold = on_hold
        participant.updated = world.clock.now()
        report(world, conference, "participant-hold" if on_hold else "participant-unhold", participant)
        world.note(participant.call, "hold", on=on_hold)
        if on_hold:
            entertain(world, participant, hold, "hold")
        else:
            quiet(world, participant)


def set_coaching(world: World, conference: Conference, participant: Participant, coached: str) -> None:
    """Whose ear the participant speaks into (a call's SID); empty: everybody's."""
    participant.coached = coached
    participant.updated = world.clock.now()
    report(world, conference, "participant-modify", participant)


def entertain(world: World, participant: Participant, source: Fetch | None, why: str) -> None:
    """Play a waiting or hold document to one participant, or the carrier's music."""
    quiet(world, participant)
    if source is None:
        world.note(participant.call, "music", on=True, why=why)
    elif source.url:
        participant.music = world.start(_play_waiting(world, participant.call, source))


def announce(world: World, participant: Participant, source: Fetch) -> None:
    """Play a document to one participant over whatever it hears."""
    world.start(_play_waiting(world, participant.call, source))


def give_up(world: World, participant: Participant) -> None:
    """Stop ringing somebody who was invited."""
    end_call(world, participant.call)


async def _play_waiting(world: World, call: Call, source: Fetch) -> None:
    # A failure is already noted as an alert; the participant hears silence.
    with contextlib.suppress(DocumentFailed):
        await Play(world, call, Place.CONFERENCE_WAIT).run(source)


def quiet(world: World, participant: Participant) -> None:
    if participant.music is not None:
        participant.music.cancel()
        participant.music = None
    world.note(participant.call, "music", on=False)


def report(
    world: World, conference: Conference, event: str, participant: Participant | None = None, extra: Mapping[str, str] | None = None
) -> None:
    """One conference callback, if its event is wanted. Sequence numbers count all events of the conference."""
    sequence, conference.sequence = conference.sequence, conference.sequence + 1
    wanted = conference.callback
    if wanted is None or WANTED_AS[event] not in wanted.events:
        return
    parameters = {
        "AccountSid": world.settings.account_sid,
        "ConferenceSid": conference.sid,
        "FriendlyName": conference.name,
        "SequenceNumber": str(sequence),
        "Timestamp": rfc2822(world.clock.now()) or "",
        "StatusCallbackEvent": event,
        **(extra or {}),
    }
    call_sid = ""
    if participant is not None:
        call_sid = participant.call.sid
        parameters |= {
            "CallSid": call_sid,
            "Muted": yes_no(participant.muted),
            "Hold": yes_no(participant.on_hold),
            "Coaching": yes_no(bool(participant.coached)),
            "EndConferenceOnExit": yes_no(participant.end_on_exit),
            "StartConferenceOnEnter": yes_no(participant.options.start_on_enter),
        }
        if participant.options.label:
            parameters["ParticipantLabel"] = participant.options.label
        if participant.coached:
            parameters["CallSidToCoach"] = participant.coached
    world.webhooks.post(Request(wanted.url, wanted.method, parameters, "callback", call_sid, event))


def _beep(world: World, conference: Conference) -> None:
    for participant in conference.connected:
        world.note(participant.call, "beep")


class Room(VoicePath):
    """A conference as a way for speech: to all, except for mute, hold and coaching."""

    def __init__(self, world: World, conference: Conference) -> None:
        self._world = world
        self._conference = conference

    def carry(self, speaker: Call, text: str) -> None:
        source = self._conference.participants.get(speaker.sid)
        if source is None or source.muted or source.on_hold or self._conference.status != "in-progress":
            return
        if self._conference.recording is not None and not source.coached:
            record_words(self._world, [self._conference.recording], text, 0)
        for participant in self._conference.connected:
            coached_away = source.coached and participant.call.sid != source.coached
            if participant is not source and not participant.on_hold and not coached_away:
                hear(self._world, participant.call, source.name, text)

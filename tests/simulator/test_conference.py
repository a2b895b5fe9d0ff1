"""Conferences: who hears whom, what is reported, how they end."""

from __future__ import annotations

from simulator.engine import conferences as rooms
from simulator.engine.conference_models import Conference
from simulator.engine.models import Call, CallStatus, Fetch
from tests.simulator.rig import Asked, Reply, Rig, heard, kinds, rig, said

CALLBACK = 'statusCallback="/voice/conference" statusCallbackEvent="start end join leave mute hold modify"'


def room(label: str, more: str = "", dial: str = "", name: str = "call-1") -> str:
    return f'<Dial {dial}><Conference participantLabel="{label}" beep="false" {CALLBACK} {more}>{name}</Conference></Dial><Say>After.</Say>'


def by_identity(rooms_: dict[str, str]) -> Reply:
    return lambda parameters: rooms_[parameters["From"].removeprefix("client:")]


async def join(house: Rig, identity: str) -> Call:
    call = house.exchange.call_from_client(identity, {}, None)
    await house.advance(0.1)
    return call


def the_conference(house: Rig) -> Conference:
    return next(iter(house.world.conferences.values()))


def events(house: Rig) -> list[Asked]:
    return sorted(house.app.to("/voice/conference"), key=lambda each: int(each["SequenceNumber"]))


def names(house: Rig) -> list[str]:
    return [each["StatusCallbackEvent"] for each in events(house)]


async def test_two_participants_start_it_and_the_events_are_numbered_from_nought() -> None:
    async with rig({"/voice/agent": by_identity({"a": room("a"), "b": room("b")})}) as house:
        first = await join(house, "a")
        assert the_conference(house).status == "init"
        assert "music" in kinds(first)
        await join(house, "b")
        assert the_conference(house).status == "in-progress"
        assert names(house) == ["participant-join", "participant-join", "conference-start"]
        assert [each["SequenceNumber"] for each in events(house)] == ["0", "1", "2"]
        told = events(house)[1]
        facts = (told["ParticipantLabel"], told["Muted"], told["Hold"], told["Coaching"], told["FriendlyName"])
        assert facts == ("b", "false", "false", "false", "call-1")
        assert told["ConferenceSid"].startswith("CF")


async def test_without_somebody_who_may_start_it_a_conference_waits() -> None:
    waiting = {name: room(name, 'startConferenceOnEnter="false"') for name in ("a", "b")}
    async with rig({"/voice/agent": by_identity(waiting | {"c": room("c")})}) as house:
        first, second = await join(house, "a"), await join(house, "b")
        house.exchange.speak(first, "Hello?")
        assert (the_conference(house).status, heard(second)) == ("init", [])
        await join(house, "c")
        house.exchange.speak(first, "Hello!")
        assert heard(second) == [("a", "Hello!")]


async def test_the_waiting_document_plays_to_the_first_and_may_not_listen_to_keys() -> None:
    rooms_ = {"a": room("a", 'waitUrl="/voice/music"')}
    async with rig({"/voice/agent": by_identity(rooms_), "/voice/music": "<Gather/>"}) as house:
        call = await join(house, "a")
        assert house.app.to("/voice/music")[0]["CallSid"] == call.sid
        assert house.alerts() == [12200]
        assert call.status is CallStatus.IN_PROGRESS
    async with rig({"/voice/agent": by_identity(rooms_), "/voice/music": "<Say>Soon.</Say><Redirect/>"}) as house:
        call = await join(house, "a")
        await house.advance(5)
        assert len(said(call)) > 3


async def test_mute_hold_and_coaching_decide_who_is_heard() -> None:
    async with rig({"/voice/agent": by_identity({name: room(name) for name in ("agent", "customer", "boss")})}) as house:
        agent, customer, boss = await join(house, "agent"), await join(house, "customer"), await join(house, "boss")
        conference = the_conference(house)
        people = conference.participants
        rooms.set_coaching(house.world, conference, people[boss.sid], agent.sid)
        house.exchange.speak(boss, "Offer Tuesday.")
        assert (heard(agent), heard(customer)) == ([("boss", "Offer Tuesday.")], [])
        rooms.set_hold(house.world, conference, people[customer.sid], True, None)
        house.exchange.speak(agent, "Shall I?")
        house.exchange.speak(customer, "Anybody there?")
        assert (heard(boss), heard(customer), heard(agent)[1:]) == ([("agent", "Shall I?")], [], [])
        rooms.set_hold(house.world, conference, people[customer.sid], False, None)
        rooms.set_muted(house.world, conference, people[agent.sid], True)
        house.exchange.speak(agent, "Not heard.")
        assert heard(customer) == []
        await house.advance(0.1)
        assert names(house)[-4:] == ["participant-modify", "participant-hold", "participant-unhold", "participant-mute"]
        held = next(each for each in events(house) if each["StatusCallbackEvent"] == "participant-hold")
        assert (held["Hold"], held["ParticipantLabel"]) == ("true", "customer")


async def test_hold_music_of_the_app_plays_while_held_only() -> None:
    replies = {"/voice/agent": by_identity({"a": room("a"), "b": room("b")}), "/voice/hold": "<Say>Please hold.</Say><Redirect/>"}
    async with rig(replies) as house:
        first, _ = await join(house, "a"), await join(house, "b")
        conference = the_conference(house)
        participant = conference.participants[first.sid]
        rooms.set_hold(house.world, conference, participant, True, Fetch(f"{house.app.url}/voice/hold"))
        await house.advance(10)
        count = len(said(first))
        assert count > 5
        rooms.set_hold(house.world, conference, participant, False, None)
        await house.advance(10)
        assert len(said(first)) == count


async def test_the_moderators_leaving_ends_it_and_the_others_go_on_with_the_next_verb() -> None:
    async with rig({"/voice/agent": by_identity({"a": room("a", 'endConferenceOnExit="true"'), "b": room("b")})}) as house:
        moderator, other = await join(house, "a"), await join(house, "b")
        house.exchange.hang_up(moderator)
        await house.advance(0.1)
        assert said(other) == ["After."]
        left = {each["ParticipantLabel"]: each for each in events(house) if each["StatusCallbackEvent"] == "participant-leave"}
        assert left["a"]["ReasonParticipantLeft"] == "participant_hung_up"
        assert left["a"]["ParticipantCallStatus"] == "completed"
        assert left["b"]["ReasonParticipantLeft"] == "moderator_ended_conference"
        end = events(house)[-1]
        assert end["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
        assert (end["CallSidEndingConference"], end["ParticipantLabelEndingConference"]) == (moderator.sid, "a")


async def test_without_a_moderator_the_last_to_leave_ends_it() -> None:
    async with rig({"/voice/agent": by_identity({"a": room("a"), "b": room("b")})}) as house:
        first, second = await join(house, "a"), await join(house, "b")
        house.exchange.hang_up(first)
        await house.advance(0.1)
        assert the_conference(house).status == "in-progress"
        assert second.status is CallStatus.IN_PROGRESS
        house.exchange.hang_up(second)
        await house.advance(0.1)
        assert events(house)[-1]["ReasonConferenceEnded"] == "last-participant-left"


async def test_a_redirected_participant_leaves_by_the_interface_and_plays_on_elsewhere() -> None:
    replies = {"/voice/agent": by_identity({"a": room("a"), "b": room("b")}), "/voice/else": "<Say>Elsewhere.</Say>"}
    async with rig(replies) as house:
        first, _ = await join(house, "a"), await join(house, "b")
        assert first.control is not None
        first.control.redirect(Fetch(f"{house.app.url}/voice/else"))
        await house.advance(0.1)
        assert said(first) == ["Elsewhere."]
        left = next(each for each in events(house) if each["StatusCallbackEvent"] == "participant-leave")
        assert (left["ReasonParticipantLeft"], left["ParticipantCallStatus"]) == ("participant_updated_via_api", "in-progress")


async def test_a_label_is_unique_and_the_second_goes_on_with_its_next_verb() -> None:
    async with rig({"/voice/agent": by_identity({"a": room("same"), "b": room("same")})}) as house:
        await join(house, "a")
        second = await join(house, "b")
        assert said(second) == ["After."]
        assert house.alerts() == [16025]
        assert len(the_conference(house).participants) == 1


async def test_the_action_of_a_conference_carries_no_dialled_call() -> None:
    async with rig({"/voice/agent": room("a", dial='action="/voice/after"'), "/voice/after": "<Say>Done.</Say>"}) as house:
        call = await join(house, "a")
        conference = the_conference(house)
        rooms.end_conference(house.world, conference, "conference-ended-via-api")
        await house.advance(0.1)
        asked = house.app.to("/voice/after")[0]
        assert asked["DialCallStatus"] == "completed"
        assert "DialCallSid" not in asked.parameters
        assert "DialCallDuration" not in asked.parameters
        assert said(call) == ["Done."]


async def test_a_star_leaves_where_that_hangs_up_and_a_time_limit_ends_a_stay() -> None:
    rooms_ = {"a": room("a", dial='hangupOnStar="true"'), "b": room("b", dial='timeLimit="30"')}
    async with rig({"/voice/agent": by_identity(rooms_)}) as house:
        first, second = await join(house, "a"), await join(house, "b")
        house.exchange.press(first, "1*")
        await house.advance(0.1)
        assert said(first) == ["After."]
        assert said(second) == []
        await house.advance(30)
        assert said(second) == ["After."]


async def test_beeps_are_heard_by_those_inside() -> None:
    def plain(label: str) -> str:
        return f'<Dial><Conference beep="onEnter" participantLabel="{label}">call-1</Conference></Dial>'

    async with rig({"/voice/agent": by_identity({"a": plain("a"), "b": plain("b")})}) as house:
        first, second = await join(house, "a"), await join(house, "b")
        assert kinds(first).count("beep") == 2
        house.exchange.hang_up(second)
        await house.advance(0.1)
        assert kinds(first).count("beep") == 2


async def test_the_first_participants_callback_serves_the_whole_conference() -> None:
    second = '<Dial><Conference statusCallback="/voice/other" statusCallbackEvent="join">call-1</Conference></Dial>'
    async with rig({"/voice/agent": by_identity({"a": room("a"), "b": second})}) as house:
        await join(house, "a")
        await join(house, "b")
        assert house.app.to("/voice/other") == []
        assert names(house) == ["participant-join", "participant-join", "conference-start"]

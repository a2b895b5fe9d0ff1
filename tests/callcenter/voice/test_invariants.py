"""Whatever comes, in whatever order, twice or not at all: the invariants of call distribution hold, and one sweep with the carrier's word converges.

The machine sends signed webhooks and lets agents act at random. Its carrier knows the truth only about one thing: whether a leg is over; that is
what `voice.reconcile` would ask.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from callcenter.voice import services
from callcenter.voice.models import Call, Callback, Leg, Offer, QueueEntry
from core import clock
from core.db import db as database
from core.db import transaction
from core.errors import DomainError
from staff import queries as staff
from staff import services as staff_services
from tests.callcenter.voice.conftest import CALLER, Carrier, Firm
from tests.depth import examples

Time = Callable[..., datetime]
RANKS = {"ringing": 0, "menu": 1, "waiting": 2, "talking": 3, "voicemail": 3, "wrap_up": 4, "ended": 5}
STEPS = (
    "call_in", "call_in_again", "call_back", "voicemail", "left", "accept", "decline", "agent_dials", "agent_joins", "agent_leaves",
    "customer_joins", "customer_leaves", "dialled", "rings", "answers", "busy", "machine", "hangs_up", "hang_up", "transfer", "wrap_up",
    "no_answer", "ready", "sweep", "later", "much_later", "cancel", "requeue", "caller_join",
)  # fmt: skip


class Play:
    """Random steps on one firm with two agents."""

    def __init__(self, carrier: Carrier, agents: list[Any], time: Time, prefix: str) -> None:
        self.carrier, self.agents, self.time, self.prefix = carrier, agents, time, prefix
        self.calls = 0
        self.tokens: dict[int, str] = {}
        self.ended: set[str] = set()

    def do(self, step: str, agent: int, twice: bool) -> None:
        for _ in range(2 if twice else 1):
            try:
                getattr(self, f"_{step}")(self.agents[agent])
            except DomainError:
                database.session.rollback()  # refused: nothing happened
        self.check()

    def sid(self) -> str:
        return f"{self.prefix}-{self.calls}"

    def newest(self) -> Call | None:
        database.session.rollback()
        return database.session.scalars(select(Call).where(Call.id > self.first).order_by(Call.id.desc()).limit(1)).first()

    first = 0

    def customer_leg(self) -> tuple[Call, str] | None:
        """The newest call and its leg's SID; of one that we dialled, the one it gets."""
        call = self.newest()
        return None if call is None else (call, call.call_sid or f"{self.prefix}-out-{call.id}")

    def _call_in(self, _agent: Any) -> None:
        if self.calls == 0 or self.sid() in self.ended:
            self.calls += 1
        self.carrier.call_in(self.sid())

    def _call_in_again(self, _agent: Any) -> None:
        self.calls += 1
        self.carrier.call_in(self.sid())

    def _press(self, digit: str) -> None:
        if self.calls:
            self.carrier.twiml("/voice/wait-choice", CallSid=self.sid(), From=CALLER, Digits=digit)

    def _call_back(self, _agent: Any) -> None:
        self._press("1")

    def _voicemail(self, _agent: Any) -> None:
        self._press("2")

    def _left(self, _agent: Any) -> None:
        if self.calls:
            self.carrier.twiml("/voice/queue-left", CallSid=self.sid(), From=CALLER, QueueResult="leave")

    def _requeue(self, _agent: Any) -> None:
        if self.calls:
            self.carrier.twiml("/voice/requeue", CallSid=self.sid(), From=CALLER)

    def _caller_join(self, _agent: Any) -> None:
        call = self.newest()
        if call is not None and call.call_sid:
            self.carrier.twiml("/voice/caller-join?entry=1", CallSid=call.call_sid, From=CALLER)

    def _offer(self, agent: Any) -> Offer | None:
        return database.session.scalars(select(Offer).where(Offer.person_id == agent.id, Offer.state == "open")).first()

    def _accept(self, agent: Any) -> None:
        offer = self._offer(agent)
        if offer is not None:
            with transaction():
                _call, token = services.accept_offer(offer_id=offer.id, person_id=agent.id, now=clock.now(), actor_id=agent.user_id)
            self.tokens[agent.id] = token

    def _decline(self, agent: Any) -> None:
        offer = self._offer(agent)
        if offer is not None:
            with transaction():
                services.decline_offer(offer_id=offer.id, person_id=agent.id, now=clock.now(), actor_id=agent.user_id)

    def _leg(self, agent: Any) -> Leg | None:
        return database.session.scalars(select(Leg).where(Leg.person_id == agent.id).order_by(Leg.id.desc()).limit(1)).first()

    def _agent_dials(self, agent: Any) -> None:
        leg = self._leg(agent)
        if leg is not None and agent.id in self.tokens:
            self.carrier.agent_dials(agent, self.tokens[agent.id], f"{self.prefix}-agent-{leg.id}")

    def _agent_event(self, agent: Any, send: Callable[..., None]) -> None:
        leg = self._leg(agent)
        if leg is not None and leg.call_sid is not None:
            send(database.session.get_one(Call, leg.call_id), leg.call_sid, leg.label)

    def _agent_joins(self, agent: Any) -> None:
        self._agent_event(agent, self.carrier.joins)

    def _agent_leaves(self, agent: Any) -> None:
        self._agent_event(agent, self.carrier.leaves)

    def _customer_joins(self, _agent: Any) -> None:
        found = self.customer_leg()
        if found is not None and found[1] not in self.ended:
            self.carrier.joins(*found, "customer")

    def _customer_leaves(self, _agent: Any) -> None:
        found = self.customer_leg()
        if found is not None:
            self.carrier.leaves(*found, "customer")

    def _status(self, status: str, order: str) -> None:
        found = self.customer_leg()
        if found is None:
            return
        call, sid = found
        if status in ("busy", "completed"):
            self.ended.add(sid)
        suffix = f"?call={call.id}" if call.direction == "outbound" else ""
        if call.direction == "inbound" or call.conference_sid:
            self.carrier.event(f"/voice/status{suffix}", CallSid=sid, CallStatus=status, SequenceNumber=order, From=CALLER)

    def _rings(self, _agent: Any) -> None:
        self._status("ringing", "1")

    def _answers(self, _agent: Any) -> None:
        self._status("in-progress", "2")

    def _busy(self, _agent: Any) -> None:
        call = self.newest()
        if call is not None and call.direction == "outbound" and call.answered_at is None:
            self._status("busy", "3")

    def _hangs_up(self, _agent: Any) -> None:
        self._status("completed", "4")

    def _dialled(self, _agent: Any) -> None:
        found = self.customer_leg()
        if found is not None and found[0].direction == "outbound" and found[0].conference_sid:
            with transaction():
                services.dialled(call_id=found[0].id, call_sid=found[1], now=clock.now())

    def _machine(self, _agent: Any) -> None:
        call = self.newest()
        if call is not None and call.direction == "outbound":
            self.carrier.event(f"/voice/machine?call={call.id}", CallSid=call.call_sid or "CA", AnsweredBy="machine_start")

    def _hang_up(self, agent: Any) -> None:
        leg = self._leg(agent)
        if leg is not None:
            with transaction():
                services.hang_up(call_id=leg.call_id, person_id=agent.id, now=clock.now())
            with transaction():
                services.end_undialled(call_id=leg.call_id, refused=False, now=clock.now())

    def _transfer(self, agent: Any) -> None:
        leg = self._leg(agent)
        if leg is not None:
            with transaction():
                call = database.session.get_one(Call, leg.call_id)
                services.transfer(call_id=call.id, person_id=agent.id, to_queue_id=call.queue_id, now=clock.now(), actor_id=agent.user_id)

    def _wrap(self, agent: Any, disposition: str) -> None:
        leg = self._leg(agent)
        if leg is not None:
            with transaction():
                services.wrap_up(
                    call_id=leg.call_id, person_id=agent.id, disposition=disposition, note="", now=clock.now(), actor_id=agent.user_id
                )

    def _wrap_up(self, agent: Any) -> None:
        self._wrap(agent, "solved")

    def _no_answer(self, agent: Any) -> None:
        self._wrap(agent, "no_answer")

    def _ready(self, agent: Any) -> None:
        presence = staff.current_presence(agent.id)
        if presence is None or presence.state in ("break", "offline"):
            with transaction():
                staff_services.set_presence(person_id=agent.id, state="ready", now=clock.now())

    def _cancel(self, agent: Any) -> None:
        found = database.session.scalars(select(Callback).order_by(Callback.id.desc()).limit(1)).first()
        if found is not None:
            with transaction():
                services.cancel_callback(callback_id=found.id, reason="x", now=clock.now(), actor_id=agent.user_id)

    def _sweep(self, _agent: Any) -> None:
        self.time(1)
        with transaction():
            services.sweep(now=clock.now())

    def _later(self, agent: Any) -> None:
        self.time(21)
        self._sweep(agent)

    def _much_later(self, agent: Any) -> None:
        self.time(1000)
        self._sweep(agent)

    def check(self) -> None:
        """The invariants of notes/voice.md §4 and of callbacks, after every step."""
        database.session.rollback()
        session = database.session
        open_per_entry = select(func.count()).where(Offer.state == "open").group_by(Offer.entry_id)
        assert all(count == 1 for count in session.scalars(open_per_entry))
        for offer in session.scalars(select(Offer).where(Offer.state == "open")):
            assert offer.entry.state == "offered"
            assert offer.entry.call.ended_at is None
        for entry in session.scalars(select(QueueEntry)):
            assert (entry.state == "ended") == (entry.outcome is not None) == (entry.ended_at is not None)
            assert entry.state != "offered" or session.scalar(select(Offer.id).where(Offer.entry_id == entry.id, Offer.state == "open"))
            assert entry.state == "ended" or entry.call.ended_at is None, "a place of a call that is over"
        for callback in session.scalars(select(Callback)):
            tries = session.scalars(select(Call).where(Call.callback_id == callback.id, Call.direction == "outbound")).all()
            running = [call for call in tries if call.ended_at is None]
            assert len(running) <= 1
            assert callback.state != "open" or len(running) == 1, "an open callback without a place"
        for agent in self.agents:
            presence = staff.current_presence(agent.id)
            alive = session.scalars(select(Leg).where(Leg.person_id == agent.id, Leg.state.in_(("joining", "joined", "lost")))).all()
            assert len(alive) <= 1, "an agent in two calls"
            if presence is not None and presence.state == "on_call":
                assert alive, "an agent bound to nothing"

    def settle(self) -> None:
        """Every leg is over, and the carrier says so when it is asked: one sweep later nothing is left."""
        for _ in range(12):
            database.session.rollback()
            running = database.session.scalars(select(Call).where(Call.ended_at.is_(None))).all()
            with transaction():
                for call in running:
                    if call.call_sid is not None:
                        services.end_call(call_sid=call.call_sid, carrier_status="completed", sequence=call.sequence, now=clock.now())
                    else:
                        services.end_undialled(call_id=call.id, refused=True, now=clock.now())
            if not running:
                break
        self.time(600)
        with transaction():
            services.sweep(now=clock.now())
        self.check()
        database.session.rollback()
        assert not database.session.scalars(select(Call.id).where(Call.ended_at.is_(None))).all()
        assert not database.session.scalars(select(Leg.id).where(Leg.state.not_in(("released", "done")))).all()
        assert not database.session.scalars(select(Callback.id).where(Callback.state == "open")).all()


@pytest.fixture
def fresh_play(app: Flask, firm: Firm, carrier: Carrier, make_agent: Callable[..., Any], time: Time) -> Callable[[], Play]:
    agents = [make_agent("Ana"), make_agent("Bo")]
    number = iter(range(1, 10_000))

    def start() -> Play:
        for agent in agents:
            staff_services.set_presence(person_id=agent.id, state="ready", now=time(1))
        database.session.commit()
        play = Play(carrier, agents, time, f"CA{next(number)}")
        play.first = database.session.scalar(select(func.coalesce(func.max(Call.id), 0))) or 0
        return play

    return start


MOVES = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.booleans()), min_size=4, max_size=20)


@pytest.mark.slow
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=MOVES)
def test_the_invariants_hold_whatever_comes_and_one_sweep_converges(
    fresh_play: Callable[[], Play], moves: list[tuple[str, int, bool]]
) -> None:
    play = fresh_play()
    play.do("call_in", 0, False)
    for step, agent, twice in moves:
        play.do(step, agent, twice)
    play.settle()


ROAD = (
    ("call_in", 0), ("call_back", 0), ("left", 0), ("hangs_up", 0), ("later", 0), ("accept", 0), ("agent_dials", 0), ("agent_joins", 0),
    ("dialled", 0), ("rings", 0), ("answers", 0), ("customer_joins", 0), ("hangs_up", 0), ("agent_leaves", 0), ("wrap_up", 0), ("sweep", 0),
)  # fmt: skip
BENT = st.tuples(
    st.lists(st.integers(0, len(ROAD) - 1), max_size=3),  # dropped
    st.lists(st.integers(0, len(ROAD) - 1), max_size=3),  # twice
    st.lists(st.tuples(st.integers(0, len(ROAD) - 2), st.integers(1, 3)), max_size=4),  # come later by so many places
)


@pytest.mark.slow
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(bent=BENT)
def test_a_callbacks_road_with_lost_doubled_and_permuted_steps_converges(
    fresh_play: Callable[[], Play], bent: tuple[list[int], list[int], list[tuple[int, int]]]
) -> None:
    dropped, doubled, moved = bent
    order = list(range(len(ROAD)))
    for place, by in moved:
        order.insert(min(place + by, len(order)), order.pop(place))
    play = fresh_play()
    play.do("call_in", 0, False)
    for index in order:
        if index not in dropped:
            play.do(*ROAD[index], index in doubled)
    play.settle()

"""Random lives of a ticket: whatever happens, its stored clocks say what the pure engine says of the timeline alone.

The model below does not look at the stored clocks. It reads the timeline (who said what when, which status from when on), builds the clocks
of each kind from it, and computes them from scratch.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.db import db as database
from tests.depth import examples
from tests.tickets.conftest import HOUR, OFFICE, Firm
from tickets import queries, rules, services
from tickets.models import Ticket
from tickets.sla import clocks
from tickets.sla.answers import Contact, Party, first_answer_at, next_response_runs
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import ClockKind, ClockState, Pause
from tickets.sla.models import Clock

TARGETS = {
    "low": {"first_response": 8 * HOUR, "next_response": 8 * HOUR, "resolution": 40 * HOUR, "on_site": 20 * HOUR},
    "default": {"first_response": HOUR, "next_response": 2 * HOUR, "resolution": 8 * HOUR, "on_site": 4 * HOUR},
    "urgent": {"first_response": 600, "next_response": 1200, "resolution": 2 * HOUR, "on_site": HOUR},
}
CALENDAR = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": ["2026-03-12"], "version": 1})


class Life(RuleBasedStateMachine):
    """One ticket and an ever later time."""

    firm: Firm

    def __init__(self) -> None:
        super().__init__()
        self.now = self.firm.now
        self.ticket = self.firm.ticket()
        self.arrived_at: datetime | None = None

    @rule(seconds=st.one_of(st.integers(0, 120), st.integers(0, 4 * HOUR), st.integers(0, 3 * 24 * HOUR)))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def _next_second(self) -> None:
        """Of two contacts in one instant the pure model takes the customer's for the earlier; the ticket takes them as they come."""
        self.now += timedelta(seconds=1)

    @precondition(lambda self: self.ticket.closed_at is None)
    @rule(automatic=st.booleans())
    def customer_writes(self, automatic: bool) -> None:
        self._next_second()
        services.receive_message(ticket_id=self.ticket.id, text="?", now=self.now, channel="email", automatic=automatic)

    @precondition(lambda self: rules.is_open(self.ticket.status))
    @rule(then=st.sampled_from([None, ("waiting", "customer"), ("waiting", "part"), ("open", None), ("resolved", None)]))
    def staff_replies(self, then: tuple[str, str | None] | None) -> None:
        self._next_second()
        status, reason = then or (None, None)
        if status == "open" and self.ticket.status == "open":
            status = None
        services.reply(ticket_id=self.ticket.id, text="!", now=self.now, actor_id=None, then_status=status, wait_reason=reason)

    @rule(direction=st.sampled_from(["in", "out"]), answered=st.booleans())
    def call(self, direction: str, answered: bool) -> None:
        self._next_second()
        if rules.is_open(self.ticket.status):
            services.add_call(
                ticket_id=self.ticket.id, direction=direction, answered=answered, by_staff=answered, text="", data={}, now=self.now
            )

    @rule()
    def note(self) -> None:
        services.add_note(ticket_id=self.ticket.id, text="n", now=self.now, actor_id=None)

    @rule(status=st.sampled_from(rules.Status), reason=st.sampled_from(rules.WaitReason))
    def status_moves(self, status: rules.Status, reason: rules.WaitReason) -> None:
        if status in rules.targets(self.ticket.status):
            why = str(reason) if status is rules.Status.WAITING else None
            services.change_status(ticket_id=self.ticket.id, status=status, wait_reason=why, now=self.now, actor_id=None)

    @rule(priority=st.sampled_from(rules.PRIORITIES))
    def priority_changes(self, priority: str) -> None:
        services.set_priority(ticket_id=self.ticket.id, priority=priority, now=self.now, actor_id=None)

    @invariant()
    def clocks_say_what_the_timeline_says(self) -> None:
        database.session.flush()
        stored = list(database.session.scalars(database.select(Clock).filter_by(ticket_id=self.ticket.id).order_by(Clock.id)))
        self._one_of_each(stored)
        for row in stored:
            if row.kind in ("first_response", "resolution", "on_site"):
                self._compare(row, self._expected(ClockKind(row.kind)))
        self._compare_next_responses([row for row in stored if row.kind == "next_response"])
        running = [row.due_at for row in stored if row.state == "running"]
        assert self.ticket.due_at == min(running, default=None)

    def _one_of_each(self, stored: list[Clock]) -> None:
        assert sorted(row.kind for row in stored if row.kind != "next_response") == ["first_response", "on_site", "resolution"]

    def _compare(self, row: Clock, expected: clocks.Clock) -> None:
        target = row.target_seconds
        if row.stopped_at is None:
            assert target == TARGETS.get(self.ticket.priority, TARGETS["default"])[row.kind]
        now = self.now
        state = clocks.state(expected, CALENDAR, target, now)
        assert row.stopped_at == expected.stopped_at, row.kind
        assert row.due_at == clocks.due_at(expected, CALENDAR, target, now), row.kind
        if expected.stopped_at is not None:
            assert row.used_seconds == clocks.used_seconds(expected, CALENDAR, now), row.kind
            assert row.state == {ClockState.BREACHED: "missed", ClockState.MET: "met", ClockState.STOPPED: "cancelled"}[state]
            assert row.fire_at is None
        elif row.state == "paused":
            assert expected.pauses[-1].ended_at is None
            assert row.remaining_seconds == clocks.remaining_seconds(expected, CALENDAR, target, now), row.kind
        else:
            assert not any(entry.ended_at is None for entry in expected.pauses), row.kind
            assert row.fire_at is not None or row.breached_at is not None

    def _compare_next_responses(self, stored: list[Clock]) -> None:
        expected = self._next_responses()
        assert [(row.started_at, row.stopped_at, row.cancelled) for row in stored] == expected
        for row, (started_at, stopped_at, cancelled) in zip(stored, expected, strict=True):
            self._compare(row, clocks.Clock(ClockKind.NEXT_RESPONSE, started_at, (), stopped_at, 0, cancelled))

    def _states(self) -> list[tuple[datetime, str, str | None]]:
        found: list[tuple[datetime, str, str | None]] = [(self.ticket.created_at, "new", None)]
        for entry in queries.entries_of(self.ticket.id):
            changes = entry.data.get("changes", {})
            if entry.kind == "change" and {"status", "wait_reason"} & changes.keys():
                status = changes.get("status", {"to": found[-1][1]})["to"]
                reason = changes.get("wait_reason", {"to": found[-1][2]})["to"]
                found.append((entry.happened_at, status, reason))
        return found

    def _contacts(self) -> list[tuple[int, Contact]]:
        found = []
        for entry in queries.entries_of(self.ticket.id):
            data = entry.data
            if entry.kind == "message_in":
                found.append((entry.id, Contact(entry.happened_at, Party.CUSTOMER, automatic=data["automatic"])))
            elif entry.kind == "message_out" or (entry.kind == "call" and data["answered"]):
                found.append((entry.id, Contact(entry.happened_at, Party.STAFF)))
            elif entry.kind == "call" and data["direction"] == "in":
                found.append((entry.id, Contact(entry.happened_at, Party.CUSTOMER, reached=False)))
        return found

    def _expected(self, kind: ClockKind) -> clocks.Clock:
        """The clock of that kind as the timeline tells it."""
        pauses: list[Pause] = []
        stopped_at: datetime | None = None
        answer = first_answer_at(contact for _id, contact in self._contacts())
        for at, status, reason in self._states():
            if kind is ClockKind.FIRST_RESPONSE and answer is not None and answer <= at and stopped_at is None:
                break
            if pauses and pauses[-1].ended_at is None:
                pauses[-1] = pauses[-1]._replace(ended_at=at)
            if status in ("resolved", "closed"):
                stopped_at = stopped_at or at
                continue
            if stopped_at is not None:
                if kind is ClockKind.FIRST_RESPONSE and answer is not None and answer <= at:
                    break
                pauses.append(Pause(stopped_at, at, "resolved"))
                stopped_at = None
            if kind in rules.paused_clocks(status, reason):
                pauses.append(Pause(at, None, str(reason)))
        cancelled = stopped_at is not None and kind is not ClockKind.RESOLUTION
        if kind is ClockKind.FIRST_RESPONSE and answer is not None and stopped_at is None:
            stopped_at, cancelled = answer, False
        return clocks.Clock(kind, self.ticket.created_at, tuple(pauses), stopped_at, 0, cancelled)

    def _next_responses(self) -> list[tuple[datetime, datetime | None, bool]]:
        """(start, stop, cancelled) of each run: as `next_response_runs` says, cut where the ticket was resolved unanswered."""
        found: list[tuple[datetime, datetime | None, bool]] = []
        contacts = [(entry_id, contact) for entry_id, contact in self._contacts()]
        resolved = [
            (entry.id, entry.happened_at)
            for entry in queries.entries_of(self.ticket.id)
            if entry.kind == "change" and entry.data.get("changes", {}).get("status", {}).get("to") == "resolved"
        ]
        begin = 0
        answered = False
        for entry_id, at in [*resolved, (1 << 62, None)]:
            part = [contact for number, contact in contacts if begin <= number < entry_id]
            if answered:
                part = [Contact(part[0].at - timedelta(seconds=1), Party.STAFF), *part] if part else []
            for run in next_response_runs(part):
                found.append((run.started_at, run.stopped_at or at, run.stopped_at is None and at is not None))
            answered = answered or first_answer_at(part) is not None
            begin = entry_id
        return found


@pytest.fixture
def firm_with_terms(firm: Firm) -> Firm:
    firm.calendar(holidays={"2026-03-12": "A Thursday off"})
    policy = firm.policy()
    policy.targets = TARGETS
    database.session.flush()
    return firm


@pytest.mark.parametrize(("lives", "steps"), [pytest.param(6, 10, id="short"), pytest.param(6, 40, id="long", marks=pytest.mark.slow)])
def test_stored_clocks_equal_those_computed_from_the_timeline(firm_with_terms: Firm, lives: int, steps: int) -> None:
    kind: Any = type("Life", (Life,), {"firm": firm_with_terms})
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=examples(lives), stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
        ),
    )


def test_the_model_knows_a_life_by_heart(firm_with_terms: Firm) -> None:
    """The model itself, checked once by hand: written 09:00:01, answered 09:20, asked 09:30, resolved unanswered 09:50."""
    kind: Any = type("Life", (Life,), {"firm": firm_with_terms})
    life = kind()
    start = life.now
    life.customer_writes(automatic=False)
    life.time_passes(seconds=20 * 60 - 2)
    life.staff_replies(then=None)
    life.time_passes(seconds=10 * 60 - 1)
    life.customer_writes(automatic=False)
    life.time_passes(seconds=20 * 60)
    services.resolve(ticket_id=life.ticket.id, now=life.now, actor_id=None)
    at = [start + timedelta(minutes=minutes) for minutes in (20, 30, 50)]
    assert life._expected(ClockKind.FIRST_RESPONSE).stopped_at == at[0]
    assert life._expected(ClockKind.RESOLUTION).stopped_at == at[2]
    assert life._next_responses() == [(at[1], at[2], True)]
    life.clocks_say_what_the_timeline_says()
    assert isinstance(life.ticket, Ticket)

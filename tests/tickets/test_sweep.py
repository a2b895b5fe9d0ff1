"""Warnings and breaches: at their second, once, also with several sweeps and busy tickets."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from core import later
from core.db import db as database
from core.db import transaction
from core.events import EventRow
from tests.tickets.conftest import HOUR, Firm
from tickets import services
from tickets.models import Ticket
from tickets.sla import sweep
from tickets.sla.models import Clock


def fired() -> list[tuple[str, int]]:
    """(event, clock id) in the order in which they were published."""
    later.settle_all()
    query = database.select(EventRow).where(EventRow.name.startswith("clock.")).order_by(EventRow.id)
    return [(row.name, row.data["clock_id"]) for row in database.session.scalars(query)]


def test_a_clock_warns_at_three_quarters_and_breaches_in_the_second_it_is_due(firm: Firm, now: datetime) -> None:
    firm.policy(resolution=HOUR)
    clock_id = firm.clock(firm.ticket(), "resolution").id
    for seconds, count in ((2699, 0), (2700, 1), (2701, 1), (3599, 1), (3600, 2), (7200, 2)):
        sweep.fire_due(now + timedelta(seconds=seconds))
        assert len(fired()) == count, f"after {seconds} s"
    assert fired() == [("clock.warned", clock_id), ("clock.breached", clock_id)]


def test_a_clock_overdue_for_long_breaches_without_a_late_warning(firm: Firm, now: datetime) -> None:
    firm.policy(resolution=HOUR)
    ticket = firm.ticket()
    sweep.fire_due(now + timedelta(hours=5))
    clock = firm.clock(ticket, "resolution")
    assert [name for name, _clock in fired()] == ["clock.breached"]
    assert (clock.warned_at, clock.breached_at, clock.fire_at) == (None, now + timedelta(hours=5), None)


def test_nothing_fires_while_the_clock_stands_still_or_after_it_ended(firm: Firm, now: datetime) -> None:
    firm.policy(resolution=HOUR)
    paused, done = firm.ticket(), firm.ticket()
    services.change_status(ticket_id=paused.id, status="waiting", wait_reason="part", now=now, actor_id=None)
    services.resolve(ticket_id=done.id, now=now, actor_id=None)
    sweep.fire_due(now + timedelta(days=9))
    assert fired() == []


def test_a_warning_comes_again_when_the_due_time_moved_later(firm: Firm, now: datetime) -> None:
    firm.policy(resolution=HOUR)
    firm.policy("Low", {"priorities": ["low"]}, resolution=2 * HOUR)
    ticket = firm.ticket()
    sweep.fire_due(now + timedelta(minutes=45))
    services.set_priority(ticket_id=ticket.id, priority="low", now=now + timedelta(minutes=50), actor_id=None)
    sweep.fire_due(now + timedelta(minutes=89))
    assert len(fired()) == 1
    sweep.fire_due(now + timedelta(minutes=90))
    assert [name for name, _clock in fired()] == ["clock.warned", "clock.warned"]


def test_a_breach_that_was_reached_before_a_pause_still_fires(firm: Firm, now: datetime) -> None:
    firm.policy(resolution=HOUR)
    ticket = firm.ticket()
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", now=now + timedelta(minutes=70), actor_id=None)
    sweep.fire_due(now + timedelta(minutes=71))
    assert [name for name, _clock in fired()] == ["clock.breached"]


def many_due(firm: Firm, count: int, due: datetime) -> None:
    """That many tickets, each with one clock due then; made in bulk."""
    ticket = {"subject": "s", "kind": "fault", "status": "new", "priority": "normal", "channel": "api", "language": "en", "fields": {}}
    common = {**ticket, "queue_id": firm.queue.id, "created_at": firm.now, "updated_at": firm.now, "reopened": 0, "version": 1}
    made = insert(Ticket).values([{**common, "subject": f"Ticket {number}"} for number in range(count)]).returning(Ticket.id)
    ids = list(database.session.scalars(made))
    clock = {"kind": "resolution", "state": "running", "target_seconds": HOUR, "carried_seconds": 0, "cancelled": False, "warn_percent": 0}
    rows = [{**clock, "ticket_id": ticket_id, "started_at": firm.now, "due_at": due, "fire_at": due} for ticket_id in ids]
    database.session.execute(insert(Clock), rows)


@pytest.mark.slow
def test_four_sweeps_and_busy_agents_fire_every_clock_exactly_once(
    app: Flask, committed_firm: Callable[[], Firm], now: datetime, committed_db: Any
) -> None:
    due = now + timedelta(hours=1)
    with transaction():
        many_due(committed_firm(), 1500, due)
    ids = list(database.session.scalars(database.select(Ticket.id)))
    database.session.remove()
    problems: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                with app.app_context():
                    work()
            except BaseException as problem:
                problems.append(problem)

        return run

    def sweeping() -> None:
        while True:
            with transaction():
                more = sweep.fire_due(due)
            if not more and not database.session.scalar(database.select(database.func.count(Clock.id)).where(Clock.fire_at <= due)):
                database.session.rollback()
                return
            database.session.rollback()

    def working() -> None:
        for ticket_id in ids[::30]:
            with transaction():
                services.add_note(ticket_id=ticket_id, text="busy", actor_id=None, now=due)

    threads = [threading.Thread(target=guarded(work)) for work in (sweeping, sweeping, sweeping, sweeping, working)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert problems == []
    counts = Counter(clock_id for _name, clock_id in fired())
    assert len(counts) == 1500
    assert set(counts.values()) == {1}

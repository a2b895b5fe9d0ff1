"""The clock: what is due is found by sweeps over indexed columns, each in its own transaction, from one process at a time.

    sweeps.register("sla", 0.5, tickets.sla.services.fire_due)      # in wsgi.py

A sweep is `function(now) -> bool | None`, `now` business time in UTC. It takes a bounded batch (`FOR UPDATE SKIP LOCKED`) and returns True
when there is more: then it is called again at once, in a new transaction. It must be safe twice: a lease can end at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, text

from core import clock, events, inbox, leases, outbox
from core.db import db, transaction
from core.duty import LeaseLost, Term
from core.processes import stopping

log = structlog.get_logger()
TURN = 1.0  # seconds after which a sweep with more to do lets the others come first
# A sweep that waits for somebody's lock holds up all others, and the clock's heartbeat: better it fails and comes again.
PATIENCE_MILLISECONDS = 1500
OVERDUE = timedelta(seconds=30)
Function = Callable[[datetime], "bool | None"]


@dataclass
class Sweep:
    """`next_at`: monotonic seconds. `failed`: whether the last run did (the trace is logged once for each time it begins to fail)."""

    name: str
    every: float
    function: Function
    next_at: float = 0.0
    failed: bool = False


registry: dict[str, Sweep] = {}


def register(name: str, every_seconds: float, function: Function) -> None:
    """Run `function(now)` every so many seconds (0.5 for what must be at most one second late). Again by the same name replaces."""
    registry[name] = Sweep(name, every_seconds, function)


class Clock:
    """The duty `clock`."""

    name = "clock"

    def turn(self, term: Term) -> float:
        for sweep in sorted(registry.values(), key=lambda sweep: sweep.next_at):
            if sweep.next_at > time.monotonic():
                break
            if not term.sure():
                return 0.0  # renew first
            run(sweep, term)
        soonest = min((sweep.next_at for sweep in registry.values()), default=time.monotonic() + 1.0)
        return soonest - time.monotonic()

    def rest(self, seconds: float) -> None:
        stopping.wait(seconds)

    def forget(self) -> None:
        """Sweeps find their work in the database; there is nothing to forget."""

    def close(self) -> None:
        """Nothing is held open."""


def run(sweep: Sweep, term: Term) -> None:
    """One sweep, in as many transactions as it asks for. Its errors are its own: they are logged and it is tried again when due."""
    began = time.monotonic()
    # A fixed rate: a late turn does not make all later ones late. But no catching up of turns missed.
    sweep.next_at = max(sweep.next_at + sweep.every, began + sweep.every / 2)
    try:
        more = True
        while more and time.monotonic() < began + TURN and not stopping.is_set():
            with transaction() as session:
                session.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MILLISECONDS}"))
                if not leases.still_held(term.name, term.fence):
                    raise LeaseLost
                more = bool(sweep.function(clock.now()))
        if more:
            sweep.next_at = time.monotonic()
        sweep.failed = False
    except LeaseLost:
        raise
    except Exception as error:
        if sweep.failed:
            log.error("a sweep failed again", sweep=sweep.name, error=f"{type(error).__name__}: {error}")
        else:
            log.exception("a sweep failed", sweep=sweep.name)
        sweep.failed = True


def report_overdue(now: datetime) -> None:
    """The relay looks by itself twice a second; rows still waiting long after their time mean Redis is away or no worker runs. Says so."""
    query = select(outbox.OutboxRow.queue, func.count()).where(
        outbox.OutboxRow.done_at.is_(None), outbox.OutboxRow.gave_up_at.is_(None), outbox.OutboxRow.due_at < now - OVERDUE
    )
    late = dict(db.session.execute(query.group_by(outbox.OutboxRow.queue)).tuples().all())
    if late:
        log.warning("outbox rows are overdue", **late)
        db.session.execute(select(func.pg_notify(outbox.CHANNEL, "overdue")))


def forget_events(now: datetime) -> None:
    events.forget_old(now=now)


def forget_inbox(now: datetime) -> None:
    inbox.forget_old(now=now)


def forget_outbox(now: datetime) -> None:
    outbox.forget_done(now=now)


def register_own() -> None:
    """The sweeps of core itself: what is kept for a while only, and what waits for too long."""
    register("outbox-overdue", 10, report_overdue)
    register("forget-events", 3600, forget_events)
    register("forget-inbox", 3600, forget_inbox)
    register("forget-outbox", 600, forget_outbox)

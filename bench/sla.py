"""Clocks at size: `script/bench sla [--clocks 1000000] [--due 10000] [--seconds 60]`.

So many open clocks; of them `--due` break within a minute, evenly, while a clock process as in production sweeps and four colleagues change tickets.
Prints how late the breaches fired. Then a calendar is published that every tenth ticket is counted by: how long it takes until all are put
under it, and what a ticket's page takes meanwhile and before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import text

from bench.many_tickets import load
from bench.tickets import Desk, Figures, database
from core import clock, outbox
from core.db import db, transaction
from core.errors import DomainError
from tickets.services import set_priority
from tickets.sla import publishing, recompute
from tickets.sla.models import CalendarRow

SPREAD = """
    UPDATE clock SET due_at = x.due, fire_at = x.due, state = 'running', warned_at = :now
    FROM (SELECT id, CAST(:now AS timestamptz) + make_interval(secs => :lead + row_number() OVER () * CAST(:seconds AS float) / :due) AS due
          FROM (SELECT clock.id FROM clock JOIN ticket ON ticket.id = clock.ticket_id
                WHERE ticket.status <> 'waiting' AND clock.breached_at IS NULL LIMIT :due) chosen) x
    WHERE clock.id = x.id"""
ALL_LATER = (
    "UPDATE clock SET due_at = CAST(:now AS timestamptz) + interval '30 days', warn_at = NULL, fire_at = NULL WHERE due_at IS NOT NULL"
)
LATENESS = "SELECT extract(epoch FROM breached_at - due_at) FROM clock WHERE breached_at >= :now AND due_at > :now ORDER BY 1"
OTHERS = "SELECT ticket_id FROM clock WHERE due_at > CAST(:now AS timestamptz) + interval '20 days' ORDER BY ticket_id LIMIT 5000"
LEAD = 20.0  # seconds from the preparation to the first breach: the clock process starts meanwhile


def environment(app: Flask) -> dict[str, str]:
    """For another process on the bench's database."""
    config = app.config["CALLOUT"]
    return {**os.environ, "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"], "REDIS_URL": config.redis_url, "LOG_LEVEL": "ERROR"}


@contextmanager
def clock_process(app: Flask) -> Iterator[None]:
    """The clock as in production."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi:create_app('clock')", "process", "run", "clock"]
    process = subprocess.Popen(command, env=environment(app))
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def colleagues(app: Flask, ticket_ids: list[int], count: int = 4) -> Iterator[list[int]]:
    """Each changes the priority of some ticket, five times a second. Yields the number of changes, one for each."""
    stop, done = threading.Event(), [0] * count

    def work(place: int) -> None:
        dice = random.Random(place)
        with app.app_context():
            while not stop.wait(0.2):
                try:
                    with transaction():
                        priority = dice.choice(("normal", "high"))
                        set_priority(ticket_id=dice.choice(ticket_ids), priority=priority, actor_id=None, now=clock.now())
                    done[place] += 1
                except DomainError:
                    continue

    threads = [threading.Thread(target=work, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def lateness(app: Flask, due: int, seconds: float) -> None:
    """Let them break, and print how late each was."""
    now = clock.now()
    with db.engine.begin() as connection:
        connection.execute(text(ALL_LATER), {"now": now})
        now = clock.now()
        connection.execute(text(SPREAD), {"now": now, "due": due, "seconds": seconds, "lead": LEAD})
        ids = list(connection.scalars(text(OTHERS), {"now": now}))
    with clock_process(app), colleagues(app, ids) as done:
        fired: list[float] = []
        end = time.monotonic() + LEAD + seconds + 120
        while len(fired) < due and time.monotonic() < end:
            time.sleep(1)
            with db.engine.connect() as connection:
                fired = [float(value) for value in connection.scalars(text(LATENESS), {"now": now})]
    shown = ", ".join(f"{name} {fired[min(len(fired) - 1, int(len(fired) * share))]:.2f}" for name, share in
                      (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1.0)))  # fmt: skip
    print(
        f"{len(fired):,} of {due:,} clocks broken within {seconds:.0f} s fired; late by (s): {shown}; {sum(done)} tickets changed meanwhile"
    )


def republish(app: Flask, clocks: int) -> None:
    """A calendar that a tenth of the open tickets is counted by gets another holiday."""
    now = clock.now()
    with transaction() as session:
        versions = session.scalar(text("SELECT min(id) FROM calendar_version"))
        calendar = session.scalars(db.select(CalendarRow).order_by(CalendarRow.id.desc()).limit(1)).one()
        other = session.scalar(text("SELECT max(id) FROM calendar_version WHERE calendar_id = :id"), {"id": calendar.id})
        session.execute(text("UPDATE queue SET branch_id = (SELECT min(id) FROM branch)"))
        session.execute(text("UPDATE policy SET calendar_id = NULL"))
        session.execute(
            text("UPDATE clock SET calendar_version_id = CASE WHEN id % 10 = 0 THEN CAST(:other AS bigint) ELSE :one END"),
            {"other": other, "one": versions},
        )
        definition = publishing.definition_of(calendar)
        calendar_id = calendar.id
    numbers = list(db.session.scalars(text("SELECT number FROM ticket ORDER BY id LIMIT 200")))
    db.session.rollback()
    desk = Desk(app)

    def page(_client: object, turn: int) -> object:
        return desk.client.get(f"/live/snapshot/ticket:{numbers[turn % 200]}")

    def asked(times: int) -> list[float]:
        figures = Figures()
        for turn in range(times + 1):  # the first is not counted
            desk.measure(page, turn, figures)
        return figures.took

    before = asked(100)
    with transaction():
        holidays = {**definition.get("holidays", {}), "2030-01-02": "Bench"}
        publishing.publish_calendar(calendar_id=calendar_id, definition={**definition, "holidays": holidays}, now=now, actor_id=None)
    row = db.session.scalars(
        db.select(outbox.OutboxRow).where(outbox.OutboxRow.kind == recompute.KIND).order_by(outbox.OutboxRow.id.desc())
    ).first()
    assert row is not None
    row_id, payload = row.id, dict(row.payload)
    db.session.rollback()
    began = time.monotonic()
    command = [sys.executable, "-m", "bench.sla_worker", str(row_id), json.dumps(payload)]
    worker = subprocess.Popen(command, env=environment(app), stdout=subprocess.PIPE, text=True)
    meanwhile: list[float] = []
    while worker.poll() is None:
        meanwhile += asked(10)
        time.sleep(0.2)
    took, looked_at = time.monotonic() - began, int(worker.communicate()[0])
    print(f"a calendar published: {looked_at:,} of {clocks:,} open tickets put under it in {took:.0f} s ({looked_at / took:.0f} a second)")
    p95: Callable[[list[float]], float] = lambda values: sorted(values)[int(len(values) * 0.95)]  # noqa: E731
    print(f"a ticket's data in the server: before p50 {statistics.median(before):.0f} p95 {p95(before):.0f} ms, "
          f"meanwhile p50 {statistics.median(meanwhile):.0f} p95 {p95(meanwhile):.0f} ms ({len(meanwhile)} asked for)")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench sla", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clocks", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    with database("sla") as app:
        took = load(given.clocks, now=datetime.now(UTC), open_every=1, say=lambda line: print(f"  {line}", flush=True))
        print(f"{given.clocks:,} open tickets with a clock each loaded in {took:.0f} s", flush=True)
        lateness(app, given.due, given.seconds)
        republish(app, given.clocks)


if __name__ == "__main__":
    main()

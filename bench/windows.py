"""Bookable windows on a full calendar: `script/bench windows [--times 100] [--profile]`.

50 technicians, 300 visits a day over 14 days, a kit of three parts; each question is a ticket of its own, as the agent on the telephone asks it.
Prints milliseconds (target: 200 at p95), statements and what was offered. Makes a database of its own and drops it.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import statistics
import time
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import event

import config as settings
import wsgi
from bench.databases import own_database
from bench.stock import percentile
from bench.windows_firm import A_DAY, DAYS, NOW, TECHNICIANS, World, made_world
from core.db import db, transaction
from dispatch import services as dispatch


def ask(world: World, times: int) -> None:
    """Print how long the questions took."""
    dice = random.Random(3)
    with transaction():
        asked = [world.ticket(dice) for _number in range(times)]
    statements = 0

    def count(*_given: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(db.engine, "before_cursor_execute", count)
    spent, processor, squeezed = [], 0.0, 0
    for ticket_id in asked:
        db.session.remove()
        began, busy = time.perf_counter(), time.process_time()
        found = dispatch.find(ticket_id=ticket_id, job_type_id=dice.choice(world.jobs), now=NOW)
        spent.append((time.perf_counter() - began) * 1000)
        processor += (time.process_time() - busy) * 1000
        assert found.suggestions, found.obstacles
        squeezed += sum(one.shifted_seconds > 0 for one in found.suggestions)
    spent.sort()
    p50, p95, worst = percentile(spent, 0.5), percentile(spent, 0.95), spent[-1]
    print(f"{TECHNICIANS} technicians, {A_DAY} visits a day, {DAYS} days; {times} questions, milliseconds (target 200 at p95):")
    print(f"  mean {statistics.mean(spent):.0f}, p50 {p50:.0f}, p95 {p95:.0f}, worst {worst:.0f}; own processor {processor / times:.0f}")
    print(f"  {statements / times:.0f} statements each; {squeezed / times:.1f} of 6 suggestions with others giving way")


def _application(address: str) -> Flask:
    return wsgi.create_app("cli", replace(settings.read(), database_url=address, log_level="ERROR"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with own_database("windows") as address, _application(address).app_context():
        world = made_world()
        if given.profile:
            profile = cProfile.Profile()
            profile.runcall(ask, world, given.times)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(35)
        else:
            ask(world, given.times)
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main()

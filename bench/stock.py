"""Stock and bookings under load: `script/bench stock [--sessions 40] [--operations 100000] [--processes 4] [--seconds S]`.

Sessions book, hold, move and call off visits, report from the road, reserve kits, use, transfer, carry numbered pieces, take moves back, order,
receive and count, all at once in a firm so small that everybody wants the same. Prints operations a second and times, what was refused, and at the
end what must be zero; exits 1 when anything is not. `--seconds` ends it earlier. Makes a database of its own and drops it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

from flask import Flask
from sqlalchemy import create_engine, func, select, text

import config as settings
import wsgi
from bench import stock_world
from bench.databases import own_database
from bench.stock_deeds import DEEDS
from bench.stock_world import World
from core.db import Base, db, engine_options, transaction
from core.errors import DomainError
from dispatch.materials import queries as stock
from dispatch.materials.models import Place, PurchaseLine, Reservation, Serial, StockBalance, StockMove, StockMoveSerial
from dispatch.materials.rules import COUNTED
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.rules import OPEN

Done = tuple[str, str, float]  # deed, outcome, milliseconds
OUR_FAULT = "fault"  # anything but a refusal


def session(app: Flask, world: World, number: int, quota: int, seconds: float, done: list[Done]) -> None:
    """One session's share, in so many seconds at most: look, then do; only the doing is timed."""
    dice = random.Random(number)
    names, weights = list(DEEDS), [weight for weight, _choose in DEEDS.values()]
    left, ends = quota, time.monotonic() + seconds
    with app.app_context():
        while left and time.monotonic() < ends:
            (name,) = dice.choices(names, weights)
            with transaction():
                deed = DEEDS[name][1](world, dice)
            if deed is None:
                continue
            began = time.perf_counter()
            try:
                with transaction():
                    deed()
                outcome = "done"
            except DomainError as error:
                if error.details.get("state") == "40P01":
                    print(f"{name}: {error.__cause__}", file=sys.stderr)
                outcome = f"{error.code} {error.details['state']}" if error.details.get("state") else error.code
            except Exception:
                outcome = OUR_FAULT
                traceback.print_exc(limit=-6)
            done.append((name, outcome, (time.perf_counter() - began) * 1000))
            left -= 1
        db.session.remove()


def crowd(address: str, world: World, numbers: Sequence[int], quota: int, seconds: float) -> list[Done]:
    """A process with a thread for each of its sessions."""
    app = made_app(address, len(numbers))
    done: list[list[Done]] = [[] for _number in numbers]
    threads = [
        threading.Thread(target=session, args=(app, world, number, quota, seconds, mine))
        for number, mine in zip(numbers, done, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for mine in done for one in mine]


def must_be_zero() -> dict[str, int]:
    """What no race may leave behind; counted anew here, not by the product's own nightly check alone."""
    one, other = Assignment.__table__.alias("a"), Assignment.__table__.alias("b")
    twice = select(func.count()).where(
        one.c.active, other.c.active, one.c.id < other.c.id, one.c.resource == other.c.resource, one.c.during.op("&&")(other.c.during)
    )
    oversold = select(func.count()).where((StockBalance.reserved > StockBalance.on_hand) | (StockBalance.on_hand < 0))
    over = select(func.count()).where(PurchaseLine.received + PurchaseLine.reserved > PurchaseLine.quantity)
    leaked = (
        select(func.count())
        .select_from(Reservation)
        .join(Visit, Visit.id == Reservation.visit_id)
        .where(Reservation.state == "held", Visit.status.not_in(OPEN))
    )
    return {
        "oversold balances": db.session.scalar(oversold) or 0,
        "purchase lines promised or received beyond their quantity": db.session.scalar(over) or 0,
        "technicians booked twice": db.session.scalar(twice) or 0,
        "parts promised to visits that are over": db.session.scalar(leaked) or 0,
        "(part, place) where Σ moves differs from the balance": moves_differ(),
        "the nightly check's findings": len(stock.mismatches()) + len(stock.serial_mismatches()),
        "purchase lines whose promises differ": promises_differ(),
        "numbered pieces not in exactly one place": pieces_astray(),
        "deadlocks in the database": deadlocks(),
    }


def moves_differ() -> int:
    """All moves added up here, against the balances."""
    ours = set(db.session.scalars(select(Place.id).where(Place.kind.in_(COUNTED))))
    sums: Counter[tuple[int, int]] = Counter()
    for part, source, target, quantity in db.session.execute(
        select(StockMove.part_id, StockMove.from_place_id, StockMove.to_place_id, StockMove.quantity)
    ):
        sums[part, source] -= quantity
        sums[part, target] += quantity
    there = {(row.part_id, row.place_id): row.on_hand for row in db.session.scalars(select(StockBalance))}
    keys = {key for key in sums if key[1] in ours} | set(there)
    return sum(1 for key in keys if sums.get(key, 0) != there.get(key, 0))


def promises_differ() -> int:
    """What is promised of each purchase line, against who holds it."""
    held = select(Reservation.purchase_line_id, func.sum(Reservation.quantity)).where(Reservation.state == "held")
    sums = dict(db.session.execute(held.group_by(Reservation.purchase_line_id)).all())
    return sum(
        1 for line_id, reserved in db.session.execute(select(PurchaseLine.id, PurchaseLine.reserved)) if sums.get(line_id, 0) != reserved
    )


def pieces_astray() -> int:
    """Pieces whose moves lead elsewhere than their row says, or to several places at once."""
    ours = set(db.session.scalars(select(Place.id).where(Place.kind.in_(COUNTED))))
    sums: dict[int, Counter[int]] = defaultdict(Counter)
    moves = select(StockMoveSerial.serial_id, StockMove.from_place_id, StockMove.to_place_id).join(
        StockMove, StockMove.id == StockMoveSerial.move_id
    )
    for serial, source, target in db.session.execute(moves):
        sums[serial][source] -= 1
        sums[serial][target] += 1
    astray = 0
    for serial, place in db.session.execute(select(Serial.id, Serial.place_id)):
        found = {where: count for where, count in sums[serial].items() if where in ours and count}
        astray += found != ({place: 1} if place in ours else {})
    return astray


def deadlocks() -> int:
    """How often PostgreSQL broke a circle in this database."""
    return db.session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")) or 0


def percentile(times: Sequence[float], share: float) -> float:
    """Of sorted times."""
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def show(done: Sequence[Done], seconds: float) -> None:
    """The table: what was done how often and how fast, and why the rest was refused."""
    print(f"{'':<24}{'operations':>11}{'done':>8}{'per s':>8}{'p50 ms':>8}{'p95 ms':>8}  refused")
    for name in [*DEEDS, ""]:
        mine = [one for one in done if one[0] == name or not name]
        times = sorted(spent for _name, _outcome, spent in mine)
        outcomes = Counter(outcome for _name, outcome, _spent in mine)
        fine = outcomes.pop("done", 0)
        told = ", ".join(f"{code} {count}" for code, count in outcomes.most_common(5)) if name else ""
        print(
            f"{name or 'together':<24}{len(mine):>11}{fine:>8}{len(mine) / seconds:>8.0f}"
            f"{percentile(times, 0.5):>8.1f}{percentile(times, 0.95):>8.1f}  {told}"
        )


def run(app: Flask, address: str, given: argparse.Namespace) -> bool:
    """The whole of it; whether everything that must be zero is."""
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            world = stock_world.made()
        db.session.execute(text("ANALYZE"))
        db.session.remove()
    quota = -(-given.operations // given.sessions)
    shares = [list(range(first, given.sessions, given.processes)) for first in range(given.processes)]
    print(f"{given.sessions} sessions in {given.processes} processes, {quota} operations each; {os.cpu_count()} cores", flush=True)
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        began = time.monotonic()
        work = [pool.submit(crowd, address, world, numbers, quota, given.seconds) for numbers in shares]
        done = [one for part in work for one in part.result()]
        seconds = time.monotonic() - began
    show(done, seconds)
    with app.app_context():
        zero = must_be_zero()
        db.session.remove()
    outcomes = Counter(outcome for _name, outcome, _spent in done)
    zero["deadlocks told to somebody"] = outcomes["busy 40P01"]
    zero["faults"] = outcomes[OUR_FAULT]
    print()
    for name, count in zero.items():
        print(f"  {name}: {count}")
    print(f"\nTold to try again, because a lock did not come within 2 minutes: {outcomes['busy 55P03']}")
    return not any(zero.values())


def made_app(address: str, connections: int) -> Flask:
    """The application on this database, with a connection for each session."""
    app = wsgi.create_app("cli", replace(settings.read(), database_url=address, log_level="ERROR"))
    with app.app_context():
        options = engine_options("web") | {"pool_size": connections, "max_overflow": 4, "pool_pre_ping": False}
        # Patience for a busy machine: waiting long is in the times, a circle would be broken all the same, and counted.
        options["connect_args"] |= {"options": "-c timezone=UTC -c lock_timeout=120s"}
        db.engines[None] = create_engine(address, **options)  # type: ignore[index]
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    with own_database("stock") as address:
        fine = run(made_app(address, 2), address, given)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()

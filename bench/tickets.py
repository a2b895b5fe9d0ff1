"""The ticket desk at size: `script/bench tickets [--sizes 10000,100000,1000000] [--times 20] [--only board]`.

For each size a database of its own, asked in turns, because a machine may change its speed meanwhile: the board (with its figures as published last,
and counted), each standard view and its counts,
a ticket's page, searching (rare, common, absent word, two Chinese characters, a piece of a phone number), one save, 500 tickets changed at once.
Prints p50 and p95 in the server in milliseconds, and statements.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

import config as settings
import wsgi
from bench.databases import own_database
from bench.many_tickets import load
from core import clock, redis
from core.auth.models import User
from core.db import db
from tickets.saved_views.standard import STANDARD

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
BULK = 500


@dataclass
class Figures:
    """Of one deed: how long each time took, in milliseconds, and how many statements it needed at most."""

    took: list[float] = field(default_factory=list)
    statements: int = 0

    def shown(self) -> str:
        took = sorted(self.took)
        return f"{statistics.median(took):9.1f}{took[min(len(took) - 1, int(len(took) * 0.95))]:9.1f}{self.statements:6d}"


class Desk:
    """A supervisor's client on the application, which counts what is asked of the database."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.asked = 0
        user = db.session.scalars(db.select(User).where(User.roles.any(name="supervisor"))).first()
        assert user is not None
        with self.client.session_transaction() as session:
            session.update({"_user_id": user.fs_uniquifier, "_fresh": True, "fs_cc": "set", "identity": user.fs_uniquifier})
        db.session.rollback()
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get("/account").get_data(as_text=True))
        assert token is not None
        self.client.environ_base["HTTP_X_CSRFTOKEN"] = token[1]
        event.listen(db.engine, "before_cursor_execute", self._count)

    def _count(self, *_told: Any) -> None:
        self.asked += 1

    def measure(self, deed: Callable[[FlaskClient, int], Any], turn: int, found: Figures) -> None:
        self.asked = 0
        began = time.perf_counter()
        answer = deed(self.client, turn)
        took = (time.perf_counter() - began) * 1000
        assert answer.status_code < 300, (answer.status_code, answer.get_data(as_text=True)[:300])
        if turn:
            found.took.append(took)
            found.statements = max(found.statements, self.asked)


def _get(address: str, **query: Any) -> Callable[[FlaskClient, int], Any]:
    return lambda desk, _turn: desk.get(address, query_string=query)


def _forgotten(deed: Callable[[FlaskClient, int], Any]) -> Callable[[FlaskClient, int], Any]:
    """As the first who asks after a change."""

    def asked(desk: FlaskClient, turn: int) -> Any:
        redis.client().flushdb()
        return deed(desk, turn)

    return asked


def deeds(numbers: list[int]) -> dict[str, Callable[[FlaskClient, int], Any]]:
    """What is measured, by name."""
    found: dict[str, Callable[[FlaskClient, int], Any]] = {"board": _get("/live/snapshot/board")}
    found["board, counted"] = _get("/live/snapshot/board", count="now")
    for view in STANDARD:
        found[f"view {view.key}"] = _get("/api/v1/tickets", view=view.key, limit=50)
    found["counts after a change"] = _forgotten(_get("/api/v1/tickets/view-counts", standard="true"))
    found["counts of all views"] = _get("/api/v1/tickets/view-counts", standard="true")
    found["ticket's page"] = lambda desk, turn: desk.get(f"/tickets/{numbers[turn]}")
    found["ticket's data"] = lambda desk, turn: desk.get(f"/live/snapshot/ticket:{numbers[turn]}")
    searched = {"rare word": "zeolite", "common word": "boiler", "absent word": "xylophone", "two Chinese characters": "漏水"}
    for name, wanted in searched.items():
        found[f"search: {name}"] = _get("/api/v1/search", q=wanted)
    found["search: piece of a phone"] = lambda desk, turn: desk.get("/api/v1/search", query_string={"q": f"{1000 + turn * 7}"})
    found["list of a common word"] = _get("/api/v1/tickets", q="boiler", limit=50)
    found["save"] = lambda desk, turn: desk.patch(f"/api/v1/tickets/{numbers[turn]}", json={"subject": f"Changed {turn}"})
    found[f"change {BULK}"] = lambda desk, turn: desk.post(
        "/api/v1/tickets/bulk", json={"numbers": numbers[-BULK:], "changes": {"priority": ("high", "low")[turn % 2]}}
    )
    return found


@contextmanager
def database(name: str = "tickets") -> Iterator[Flask]:
    """The application on an empty database, which is dropped afterwards."""
    with own_database(name) as address:
        app = wsgi.create_app("web", replace(settings.read(), database_url=address, log_level="ERROR"))
        app.config.update(RATELIMIT_ENABLED=False)
        clock.set_to(None)  # another bench may have been ended in its own time
        try:
            with app.app_context():
                yield app
                db.session.remove()
                db.engine.dispose()
        finally:
            clock.set_to(None)


class Firm:
    """A database of so many tickets, and a desk on it. Everything about it happens in its own application's context."""

    def __init__(self, app: Flask, size: int, times: int) -> None:
        self.app = app
        took = load(size, now=NOW, say=lambda line: print(f"  {line}", flush=True))
        print(f"{size:,} tickets loaded in {took:.0f} s", flush=True)
        query = text("SELECT number FROM ticket WHERE is_open ORDER BY id DESC LIMIT :count")
        numbers = list(db.session.scalars(query, {"count": BULK + times + 1}))
        db.session.rollback()
        self.desk, self.deeds = Desk(app), deeds(numbers)
        self.figures: dict[str, Figures] = {}

    def do(self, name: str, turn: int) -> None:
        """One deed once; the first turn fills caches and is not counted."""
        with self.app.app_context():
            self.desk.measure(self.deeds[name], turn, self.figures.setdefault(name, Figures()))


def measure(sizes: list[int], times: int, only: str) -> dict[int, dict[str, Figures]]:
    """Deed by deed, the sizes in turns: a machine that changes its speed meanwhile changes it for all of them."""
    firms = {}
    with ExitStack() as stack:
        stack.callback(clock.set_to, None)
        for size in sizes:
            app = stack.enter_context(database(f"tickets{size}"))
            clock.set_to(NOW)
            firms[size] = Firm(app, size, times)
        for name in (name for name in firms[sizes[0]].deeds if name.startswith(only)):
            for turn in range((3 if name.startswith("change") else times) + 1):
                for firm in firms.values():
                    firm.do(name, turn)
    return {size: firm.figures for size, firm in firms.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench tickets", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="", help="deeds whose name begins so")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    found = measure(sizes, given.times, given.only)
    print("\n" + " " * 28 + "".join(f"{size:>24,}" for size in sizes) + "  last / first")
    print(" " * 28 + "".join(f"{'p50':>9}{'p95':>9}{'sql':>6}" for _size in sizes))
    for name in found[sizes[0]]:
        ratio = statistics.median(found[sizes[-1]][name].took) / statistics.median(found[sizes[0]][name].took)
        print(f"{name:<28}" + "".join(found[size][name].shown() for size in sizes) + f"{ratio:>14.1f}")


if __name__ == "__main__":
    main()

"""Old snapshot + changes == fresh snapshot for every topic of the product and every audience, while a firm has its busiest day.

Real operations of the product by four writers at once; the real relay, Redis, live process, and the browser's own reducer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.db import db, transaction
from core.errors import DomainError
from core.live import topics, viewers
from tests.callcenter.live import driven, spoken, written
from tests.callcenter.live.house import House, built
from tests.core.live.harness import Watchers, live_process, relay_running, run_operations
from tickets.models import Ticket

pytestmark = [pytest.mark.slow, pytest.mark.remembers]

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
# Operations that open one transaction here; those of calls, and the clock's turn, open their own.
IN_ONE_TRANSACTION: dict[Any, int] = {**written.OPERATIONS, **driven.OPERATIONS}
OPERATIONS: dict[Any, int] = {**IN_ONE_TRANSACTION, **spoken.OPERATIONS, driven.time_passes: 6}


@pytest.fixture
def house(app: Flask, committed_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The firm, on a Tuesday at ten, in a process of tests that may move business time."""
    clock.set_to(NOW)
    yield built(app, monkeypatch, now=clock.now())
    clock.set_to(None)


@pytest.fixture
def watchers(house: House) -> Iterator[Watchers]:
    """Everything running, every topic watched as every audience."""
    with relay_running(house.app), live_process(house.app, "wsgi:create_app('live')") as url, Watchers(house.app, url) as found:
        for address, auth in watched(house):
            found.watch(address, auth)
        yield found


def watched(house: House) -> list[tuple[str, dict[str, str]]]:
    """(address, who asks)."""
    now = clock.now()
    desk = house.token(house.supervisor, "supervisor", now)
    with transaction():
        numbers = [db.session.get_one(Ticket, ticket_id).number for ticket_id in house.tickets[:4]]
    addresses = ["board", "calls", "agents", "unplaced", "notices", "tickets", "rota", "displaced", "risk", "plans", "missing", "mail"]
    addresses += [f"dispatch:{now.date()}"]
    addresses += [f"queue:{queue_id}" for queue_id in house.queues[:2]]
    addresses += [f"count:{house.count}", *(f"ticket:{number}" for number in numbers)]
    addresses += [f"caller:{customer_id}" for customer_id in house.customers[:2]]
    return [
        *((address, desk) for address in addresses),
        *((own, house.token(person_id, "agent", now)) for own in ("me", "work") for person_id in house.agents[:2]),
        # The first and the fourth technician have the morning's shift.
        *(("field", house.token(person_id, "technician", now)) for person_id in (house.technicians[0], house.technicians[3])),
        ("notices", house.token(house.technicians[0], "technician", now)),
        ("visitor", house.visitor(house.tickets[0], now)),
    ]


def name_of(operation: Any) -> str:
    """For the counts: `written.close`."""
    return f"{operation.__module__.rpartition('.')[2]}.{operation.__name__}"


def one_operation(house: House, chance: random.Random) -> None:
    """A refusal by the product's own rules is an answer like any other; everything else is a fault."""
    # What has not succeeded yet comes sooner, so that each does however the chances fall.
    weights = [weight if name_of(operation) in house.done else weight * 5 for operation, weight in OPERATIONS.items()]
    operation = chance.choices(list(OPERATIONS), weights)[0]
    name = name_of(operation)
    try:
        with transaction() if operation in IN_ONE_TRANSACTION else nullcontext():
            operation(house, chance)
        house.done[name] += 1
    except DomainError:
        house.refused[name] += 1


def audiences_of_the_product() -> set[tuple[str, str]]:
    """(topic, audience) of every topic that is registered; those of other tests are not the product's."""
    ours = (topic for topic in topics.topics.values() if not topic.rows.__module__.startswith("tests."))
    return {(topic.name, audience) for topic in ours for audience in topic.audiences}


def audiences_watched(watchers: Watchers) -> set[tuple[str, str]]:
    """The same of what is being watched, by the live channel's own rule."""
    found = set()
    for client in watchers.clients.values():
        for address in client.addresses:
            with watchers.app.test_request_context(headers=client.headers()):
                viewer = viewers.of_request()
                assert viewer is not None
                place = topics.place_for(viewer, address)
                found.add((place.topic.name, place.audience))
    return found


def test_what_every_page_of_the_product_holds_equals_a_fresh_snapshot(house: House, watchers: Watchers) -> None:
    assert audiences_watched(watchers) == audiences_of_the_product(), "a topic that is new belongs into `watched`"
    began = time.monotonic()
    run_operations(house.app, lambda chance: one_operation(house, chance), total=500, writers=4, seed=1)
    worked = time.monotonic() - began
    watchers.settle()
    _print_counts(house, watchers, worked)
    assert watchers.stale() == []
    assert watchers.resets() == 0
    assert watchers.changes() > 1000
    assert {name_of(operation) for operation in OPERATIONS} - set(house.done) == set(), "never done"

    with watchers.sockets_cut():
        began = time.monotonic()
        run_operations(house.app, lambda chance: one_operation(house, chance), total=100, writers=4, seed=2, seconds=9)
        time.sleep(max(0.0, began + 10 - time.monotonic()))
    watchers.settle()
    _print_counts(house, watchers, worked)
    assert watchers.stale() == []
    assert watchers.resets() == 0


def _print_counts(house: House, watchers: Watchers, seconds: float) -> None:
    places = sum(len(client.addresses) for client in watchers.clients.values())
    done, refused = sum(house.done.values()), sum(house.refused.values())
    print(f"\n{places} places, {done} operations done, {refused} refused (500 in {seconds:.1f} s), {watchers.changes()} changes received")
    print(*watchers.stale(), sep="\n")
    print("done", dict(sorted(house.done.items())), "refused", dict(sorted(house.refused.items())), sep="\n")

"""Real threads and real commits: one technician's hour, the last part, kits in every order. Exactly one wins; nobody sees a deadlock."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from core import clock
from core.db import db as database
from core.db import engine_options, transaction
from core.errors import DomainError
from dispatch import buying
from dispatch.materials import queries as stock
from dispatch.materials.models import PurchaseLine, Reservation, StockBalance, Usage
from dispatch.materials.services import create_order, create_part, move_stock, receive, reserve, reserve_anew
from dispatch.plans import accepting
from dispatch.plans.models import Plan
from dispatch.plans.queries import rows_of as plan_rows
from dispatch.plans.services import accept_plan
from dispatch.services import apply_field_update, book_visit, cancel_visit, move_visit
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.queries import technician_of
from tests.depth import examples
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_plan_days import proposal

TEN = berlin("2026-03-11 10:00")
HOUR = timedelta(hours=1)
WIDE = 10  # the application's own pool
CONNECTIONS = 60  # of a crowd: as many transactions at the same moment, as several web processes have


@contextmanager
def wide_pool() -> Iterator[None]:
    """More connections than one process of ours has, so that a crowd meets in the database and not at the pool."""
    engines, options = database.engines, engine_options("web") | {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_timeout": 300}
    usual = engines[None]
    engines[None] = create_engine(usual.url, **options)  # type: ignore[index]
    try:
        yield
    finally:
        engines[None].dispose()
        engines[None] = usual  # type: ignore[index]


def crowd(app: Flask, deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """A thread for each deed, all let go at once."""
    database.session.remove()
    with wide_pool():
        return race(app, deeds, threads=len(deeds))


def race(app: Flask, deeds: Sequence[Callable[[], Any]], threads: int = WIDE) -> list[Any]:
    """Run all deeds at once, each in an entry of its own; what they return, or the refusal's code."""
    gate = threading.Barrier(threads)

    def run(number: int, deed: Callable[[], Any]) -> Any:
        if number < threads:
            gate.wait(60)
        with app.app_context():
            try:
                with transaction() as session:
                    # Patience for a busy machine; a circle would be broken all the same, and counted.
                    session.execute(text("SET LOCAL lock_timeout = '120s'"))
                    return deed()
            except DomainError as error:
                return (error.code, f"{error} {error.details.get('state', '')}")
            finally:
                database.session.remove()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(len(deeds)), deeds))


def booking(firm: Firm, ticket_id: int, job_id: int, person_id: int) -> Callable[[], Any]:
    def book() -> int:
        visit = book_visit(
            ticket_id=ticket_id,
            job_type_id=job_id,
            person_id=person_id,
            start=TEN,
            end=TEN + HOUR,
            promised_from=TEN,
            promised_until=TEN + 2 * HOUR,
            now=firm.now,
            actor_id=None,
        )
        return visit.number

    return book


def deadlocks() -> int:
    """How often PostgreSQL had to break a circle in this database, ever."""
    database.session.rollback()
    database.session.execute(text("SELECT pg_stat_clear_snapshot()"))
    return database.session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")) or 0


def outcome(results: Sequence[Any]) -> Counter[str]:
    return Counter(result[0] if isinstance(result, tuple) else "won" for result in results)


@pytest.mark.slow
def test_of_200_who_want_one_technicians_hour_one_gets_it(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    li, job, site = firm.technician("Li Wei"), firm.job_type(), firm.site()
    tickets = [firm.ticket(site).id for _number in range(200)]
    li_id, job_id = li.id, job.id
    database.session.commit()
    results = crowd(app, [booking(firm, ticket_id, job_id, li_id) for ticket_id in tickets])
    assert outcome(results) == {"won": 1, "taken": 199}
    assert {told for result in results if isinstance(result, tuple) for told in [result[1].split(" (")[0]]} == {
        "Li Wei is already taken 10:00-11:00"
    }
    database.session.rollback()
    assert database.session.scalar(select(func.count()).select_from(Visit)) == 1
    assert database.session.scalar(select(func.count()).select_from(Assignment)) == 1


@pytest.mark.slow
def test_crews_that_share_people_are_booked_moved_and_called_off_at_once_without_a_circle(
    app: Flask, committed_firm: Callable[[], Firm]
) -> None:
    firm = committed_firm()
    job, site, dice = firm.job_type(crew=2), firm.site(), random.Random(5)
    staff = [firm.technician(f"T{number}") for number in range(4)]
    people = [one.id for one in staff]
    stood = [firm.book(one, TEN + 3 * HOUR, job_type=job, helper_ids=[other.id]).id for one, other in (staff[:2], staff[2:])]
    tickets = [firm.ticket(site).id for _number in range(30)]
    job_id = job.id
    database.session.commit()
    before = deadlocks()

    def pair() -> dict[str, Any]:
        lead, helper = dice.sample(people, 2)
        return {"person_id": lead, "helper_ids": [helper]}

    times = {"start": TEN, "end": TEN + HOUR, "promised_from": TEN, "promised_until": TEN + 2 * HOUR}
    common = {"now": firm.now, "actor_id": None}
    deeds: list[Callable[[], Any]] = [
        lambda ticket_id=ticket_id, who=pair(): book_visit(ticket_id=ticket_id, job_type_id=job_id, **who, **times, **common).id  # type: ignore[misc]
        for ticket_id in tickets
    ]
    deeds += [lambda id=id, who=pair(): move_visit(visit_id=id, **who, **common).id for id in stood * 4]  # type: ignore[misc]
    dice.shuffle(deeds)
    counts = outcome(race(app, deeds))
    assert counts["taken"] >= 28
    assert set(counts) <= {"won", "taken", "changed_meanwhile"}
    assert deadlocks() == before
    busy = select(func.count()).select_from(Assignment).where(Assignment.active, Assignment.during.contains(TEN + HOUR / 2))
    assert database.session.scalar(busy) in (2, 4)  # one crew or two, nobody in both
    assert set(database.session.scalars(select(func.count()).where(Assignment.active).group_by(Assignment.visit_id))) == {2}


@pytest.mark.slow
def test_of_200_who_want_the_last_part_one_gets_it(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    part = firm.part("Fan")
    firm.stock(part, firm.warehouse, 1)
    job, site = firm.job_type(kit={part.id: 1}), firm.site()
    people = [firm.technician(f"T{number}", van=number < 3).id for number in range(20)]
    tickets = [firm.ticket(site).id for _number in range(200)]
    job_id, part_id, place_id = job.id, part.id, firm.warehouse.id
    database.session.commit()
    deeds = [booking(firm, ticket_id, job_id, people[number % len(people)]) for number, ticket_id in enumerate(tickets)]
    results = crowd(app, deeds)
    counts = outcome(results)
    # Whoever shares the winner's technician is told of the hour first.
    assert counts["won"] == 1
    assert counts["short"] + counts["taken"] == 199
    assert counts["short"] >= 190
    assert any("Fan is short: 1 needed, 0 left" in result[1] for result in results if isinstance(result, tuple))
    database.session.rollback()
    balance = database.session.get(StockBalance, (part_id, place_id))
    assert balance is not None
    assert (balance.on_hand, balance.reserved) == (1, 1)
    assert database.session.scalar(select(func.count()).select_from(Visit)) == 1


@pytest.mark.slow
def test_kits_reserved_moved_and_released_in_every_order_never_wait_in_a_circle(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    parts = [create_part(sku=f"K-{number}", name=f"Kit {number}", now=firm.now, actor_id=None) for number in range(4)]
    people = [firm.technician(f"T{number}") for number in range(8)]
    vans = [firm.van(person).id for person in people]
    for part in parts:
        firm.stock(part, firm.warehouse, 30)
        for person in people:
            firm.stock(part, firm.van(person), 3)
    job = firm.job_type()
    visits = [firm.book(person, TEN, job_type=job).id for person in people]
    part_ids, warehouse, places = [part.id for part in parts], firm.warehouse.id, [firm.warehouse.id, *vans]
    person_ids = [person.id for person in people]
    database.session.commit()

    count = examples(60)

    def deed(number: int) -> Callable[[], Any]:
        dice = random.Random(number)
        who = dice.randrange(len(visits))
        chosen = dice.sample(part_ids, 3)

        def reserving() -> None:
            order = dice.sample(places, len(places))
            reserve(visit_id=visits[who], lines=dict.fromkeys(chosen, 1), place_ids=order, now=firm.now, actor_id=None)

        def moving() -> None:
            source, target = dice.sample(places, 2)
            move_stock(
                uuid=uuid.uuid4(),
                part_id=chosen[0],
                from_place_id=source,
                to_place_id=target,
                quantity=1,
                now=firm.now,
                actor_id=None,
                visit_id=visits[who] if number % 2 else None,
            )

        def fetching() -> None:
            apply_field_update(
                person_id=person_ids[who],
                uuid=uuid.uuid4(),
                visit_id=visits[who],
                action="picked_up",
                happened_at=firm.now,
                now=firm.now,
                data={"parts": [{"part_id": one, "quantity": 1, "place_id": warehouse} for one in chosen]},
            )

        def ending() -> None:
            apply_field_update(
                person_id=person_ids[who],
                uuid=uuid.UUID(int=who + 1),
                visit_id=visits[who],
                action="done",
                happened_at=firm.now,
                now=firm.now,
                data={"used": [{"part_id": one, "quantity": 1} for one in part_ids[:2]]},
            )

        return ending if number >= count - 29 else (reserving, moving, fetching)[number % 3]

    results = race(app, [deed(number) for number in range(count)])
    assert outcome(results).keys() <= {"won", "short"}, [one for one in results if one and one[0] == "busy"]
    assert deadlocks() == 0
    database.session.rollback()
    assert stock.mismatches() == []
    per_visit = select(Usage.visit_id, func.sum(Usage.quantity)).group_by(Usage.visit_id)
    assert all(int(used) == 2 for _visit, used in database.session.execute(per_visit))


@pytest.mark.slow
def test_booking_and_calling_off_at_once_leave_nothing_promised(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    part = firm.part()
    firm.stock(part, firm.warehouse, 2)
    job, site = firm.job_type(kit={part.id: 1}), firm.site()
    staff = [firm.technician(f"T{number}") for number in range(4)]
    people = [one.id for one in staff]
    tickets = [firm.ticket(site).id for _number in range(examples(16))]
    job_id = job.id
    database.session.commit()

    def there_and_back(number: int) -> Callable[[], Any]:
        def run() -> str:
            booking(firm, tickets[number], job_id, people[number % 4])()
            visit = database.session.scalars(select(Visit).where(Visit.ticket_id == tickets[number])).one()
            cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
            return "done"

        return run

    results = race(app, [there_and_back(number) for number in range(len(tickets))])
    assert outcome(results).keys() <= {"won", "short", "taken"}, [one for one in results if one[0] == "busy"]
    assert deadlocks() == 0
    assert outcome(results)["won"] >= 1
    database.session.rollback()
    assert database.session.scalar(select(func.count()).select_from(Reservation).where(Reservation.state == "held")) == 0
    assert stock.mismatches() == []


def test_receiving_sending_and_moving_at_once_never_wait_in_a_circle(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    parts = [firm.part(f"Part {number}") for number in range(2)]
    lines = [firm.order(part, 12, date(2026, 3, 12)).id for part in parts]
    job = firm.job_type(kit={part.id: 4 for part in parts})
    visits = [firm.book(firm.technician(f"T{number}"), TEN, job_type=job, despite=["short"]).id for number in range(4)]
    part_ids, warehouse, at = [part.id for part in parts], firm.warehouse.id, {"now": firm.now, "actor_id": None}
    wanted = [{"part_id": one, "place_id": warehouse, "quantity": 1} for one in part_ids]
    drafts = [create_order(supplier="Acme", lines=wanted[::way], **at).number for way in (1, -1) * 4]
    database.session.commit()

    def deed(number: int) -> Callable[[], Any]:
        def moving() -> None:
            kit, visit_id = dict.fromkeys(part_ids, 3), visits[number // 3 % 4]
            reserve_anew(visit_id=visit_id, lines=kit, place_ids=[warehouse], incoming_by=date.max, allow_short=True, **at)

        def receiving() -> None:
            receive(uuid=uuid.uuid4(), line_id=lines[number % 2], accepted=1, **at)

        def sending() -> None:
            buying.send_order(number=drafts[number // 3], mail=False, expected_on=date(2026, 3, 12), **at)

        return (moving, receiving, sending)[number % 3]

    results = race(app, [deed(number) for number in range(24)])
    assert outcome(results) == {"won": 24}, results
    assert deadlocks() == 0
    database.session.rollback()
    assert stock.mismatches() == []
    assert sum(database.session.get_one(PurchaseLine, line_id).received for line_id in lines) == 8


def test_the_same_report_uploaded_by_ten_at_once_has_one_effect(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 5)
    visit = firm.book(li, TEN, job_type=firm.job_type())
    li_id, visit_id, part_id, key = li.id, visit.id, part.id, uuid.uuid4()
    database.session.commit()

    def done() -> Any:
        answer = apply_field_update(
            person_id=li_id,
            uuid=key,
            visit_id=visit_id,
            action="done",
            happened_at=TEN,
            now=TEN + HOUR,
            data={"used": [{"part_id": part_id, "quantity": 2}]},
        )
        return answer["result"]

    assert race(app, [done] * 10) == ["applied"] * 10
    database.session.rollback()
    assert database.session.scalar(select(func.sum(Usage.quantity))) == 2


def test_of_two_who_accept_different_proposals_of_a_day_each_visit_is_moved_by_one_and_the_others_rows_say_so(
    app: Flask, committed_firm: Callable[[], Firm], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Li's and Bo's visits go to Mia in one proposal, to Ann in the other; the others' three change places, each in one of them."""
    firm = committed_firm()
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    job = firm.job_type()
    li, bo, mia, ann = (firm.technician(name) for name in ("Li", "Bo", "Mia", "Ann"))
    wanted = [
        firm.book(who, berlin(f"2026-03-11 {hour}"), job_type=job)
        for who, hours in ((li, ("09:00", "12:00", "15:00")), (bo, ("10:30", "13:30")))
        for hour in hours
    ]
    swaps = [[firm.book(firm.technician(f"T{number}"), TEN, job_type=job) for number in range(2)] for _plan in range(2)]
    plans = []
    for to, (one, other) in zip((mia, ann), swaps, strict=True):
        people = [technician_of(visit) for visit in (one, other)]
        assert people[0] is not None
        assert people[1] is not None
        rows = [
            *((visit, to, visit.planned_start) for visit in wanted),
            (one, people[1], one.planned_start),
            (other, people[0], one.planned_start),
        ]
        plans.append(proposal(firm, rows).id)
    visits = [visit.id for visit in wanted]
    both = [visit.id for pair in swaps for visit in pair]
    database.session.commit()
    before = deadlocks()
    gate = threading.Barrier(2)

    def deed(plan_id: int) -> None:
        with app.app_context():
            gate.wait(60)
            try:
                with transaction():
                    accept_plan(plan_id=plan_id, rows=None, now=firm.now, actor_id=None)
                accepting.run(0, {"plan_id": plan_id})
            finally:
                database.session.remove()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deed, plans))
    assert deadlocks() == before
    rows = [plan_rows(plan_id) for plan_id in plans]
    moved = Counter(row.visit_id for mine in rows for row in mine if row.state == "accepted")
    assert moved == dict.fromkeys([*visits, *both], 1)
    conflicts = [row for mine in rows for row in mine if row.state == "conflict"]
    assert sorted(row.visit_id for row in conflicts) == sorted(visits)
    for row in conflicts:
        assert row.visit is not None
        person = technician_of(row.visit)
        assert person is not None
        assert row.reason == f"Visit {row.visit.number} was moved meanwhile: {person.name}, {row.visit.planned_start + HOUR:%H:%M}."
    assert {database.session.get_one(Plan, plan_id).status for plan_id in plans} <= {"accepted", "partly"}

"""A visit that is put in between others: they give way within what was promised, and nobody is told what is not true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, DomainError
from dispatch.services import Found, cancel_visit, find, hold_visit, lock_plan, move_visit, try_move
from dispatch.visits import queries
from dispatch.visits.insertion import Job, Stop, arranged, gaps, opening_at, openings
from dispatch.visits.models import JobType, Visit
from dispatch.visits.travel import journey
from tests.depth import examples
from tests.dispatch.conftest import CENTRE, Firm, berlin

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY = (8 * 3600, 18 * 3600)
POINTS = st.tuples(st.floats(52.4, 52.6), st.floats(13.2, 13.6))


@st.composite
def days(draw: st.DrawFn) -> list[Stop]:
    """A shift that can be driven as it is planned, each stop with some room."""
    stops: list[Stop] = []
    at, free = CENTRE, DAY[0]
    for _number in range(draw(st.integers(0, 5))):
        there = draw(POINTS)
        start = free + journey(at, (), there) + draw(st.integers(0, 5400))
        end = start + 60 * draw(st.integers(10, 90))
        if end > DAY[1]:
            break
        room = draw(st.none() | st.tuples(st.integers(0, 7200), st.integers(0, 7200)))
        stops.append(Stop(start, end, there, room=None if room is None else (start - room[0], start + room[1])))
        at, free = there, end
    return stops


@settings(max_examples=examples(150))
@given(stops=days(), at=POINTS, work=st.integers(5, 180), not_before=st.integers(7 * 3600, 17 * 3600))
def test_every_opening_can_be_had_and_nobody_leaves_their_room_for_it(
    stops: list[Stop], at: tuple[float, float], work: int, not_before: int
) -> None:
    job = Job(at=at, seconds=work * 60)
    stops = [stop for stop in stops if stop.start >= not_before]
    room = gaps(shift=DAY, home=CENTRE, stops=stops, not_before=not_before)
    offered = list(openings(shift=DAY, home=CENTRE, stops=stops, job=job, not_before=not_before, not_after=DAY[1]))
    asked = {start: opening_at(room, finish=DAY[1], job=job, start=start) for start in range(DAY[0], DAY[1], 1500)}
    assert [opening_at(room, finish=DAY[1], job=job, start=one.start) for one in offered] == offered
    for opening in [*offered, *(one for one in asked.values() if one is not None)]:
        found = arranged(stops, home=CENTRE, start=opening.start, job=job, begin=max(DAY[0], not_before), finish=DAY[1])
        assert not found.stuck
        assert found.way == opening.travel
        if opening.shifted == 0:
            assert list(found.starts) == [one.start for one in stops]
        timed: list[tuple[int, int]] = []
        for stop, start in zip(stops, found.starts, strict=True):
            assert stop.soonest <= start <= stop.latest
            timed.append((start, stop.seconds))
        timed.insert(found.count, (opening.start, job.seconds))
        moved = [start != stop.start for stop, start in zip(stops, found.starts, strict=True)]
        moved.insert(found.count, True)
        free = max(DAY[0], not_before)
        for way, (start, seconds), new in zip(found.ways, timed, moved, strict=True):
            assert start >= free + way or not new
            assert start >= free
            free = start + seconds
        assert free <= DAY[1]


def offers(firm: Firm, job: JobType, **more: object) -> Found:
    return find(ticket_id=firm.ticket().id, job_type_id=job.id, now=firm.now, **more)  # type: ignore[arg-type]


def planned(visit: Visit) -> str:
    database.session.refresh(visit)
    return f"{visit.planned_start + HOUR:%H:%M}–{visit.planned_end + HOUR:%H:%M}"


def test_a_visit_is_offered_where_another_can_start_later_and_booking_it_moves_that_one(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    first = firm.book(li, berlin("2026-03-11 09:00"), job_type=job)  # promised until 11
    day = {"earliest": berlin("2026-03-11 08:00"), "latest": berlin("2026-03-11 08:30")}
    best = offers(firm, job, **day).suggestions[0]
    assert (best.start, best.shifted_seconds) == (berlin("2026-03-11 08:05"), 300)
    assert "Others give way by 5 min, within what was promised" in [str(reason.text) for reason in best.reasons]
    assert planned(first) == "09:00–10:00", "looking moves nobody"
    second = firm.book(li, best.start, job_type=job, ticket=firm.ticket(), promised_until=berlin("2026-03-11 10:00"))
    assert (planned(second), planned(first)) == ("08:05–09:05", "09:05–10:05")
    assert (first.promised_from, first.promised_until) == (berlin("2026-03-11 09:00"), berlin("2026-03-11 11:00"))
    row = queries.assignment_of(first.id)
    assert row is not None
    assert row.during.lower == second.planned_end
    told = database.session.scalars(database.select(AuditEntry).filter_by(action="visit.gave_way")).one()
    assert (told.target, told.after["because_of"]) == (f"visit {first.number}", second.number)
    cancel_visit(visit_id=second.id, reason="", now=firm.now, actor_id=None)
    assert planned(first) == "09:00–10:00", "its time is free again"


def test_nobody_goes_back_where_somebody_else_is_by_now(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    first = firm.book(li, berlin("2026-03-11 09:00"), job_type=job)
    second = firm.book(li, berlin("2026-03-11 08:30"), job_type=job, promised_until=berlin("2026-03-11 10:30"))
    assert planned(first) == "09:30–10:30"
    cancel_visit(visit_id=second.id, reason="", now=firm.now, actor_id=None)
    assert planned(first) == "09:00–10:00"
    again = firm.book(li, berlin("2026-03-11 08:30"), job_type=job, promised_until=berlin("2026-03-11 10:30"))
    move_visit(visit_id=again.id, start=berlin("2026-03-11 14:00"), now=firm.now, actor_id=None)
    assert planned(first) == "09:00–10:00", "whoever moves away makes room as well"
    third = firm.book(li, berlin("2026-03-11 08:30"), job_type=job, promised_until=berlin("2026-03-11 10:30"))
    firm.book(li, berlin("2026-03-11 09:31"), job_type=firm.job_type("short", minutes=5), promised_until=berlin("2026-03-11 10:00"))
    assert planned(first) == "09:36–10:36"
    cancel_visit(visit_id=third.id, reason="", now=firm.now, actor_id=None)
    assert planned(first) == "09:36–10:36", "by now it stands there for another"


def test_a_time_that_is_only_held_does_not_move(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    start = berlin("2026-03-11 09:00")
    slot: dict[str, Any] = {"start": start, "end": start + HOUR, "promised_from": start, "promised_until": start + 2 * HOUR}
    hold_visit(ticket_id=firm.ticket().id, job_type_id=job.id, person_id=li.id, **slot, now=firm.now, actor_id=None)
    with pytest.raises(Conflict):
        firm.book(li, berlin("2026-03-11 08:05"), job_type=job)


def test_nobody_gives_way_into_the_last_half_hour_of_what_was_promised(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type(minutes=90)
    firm.book(li, berlin("2026-03-11 09:00"), job_type=job)
    # 08:05 to 10:35 would put the other off until 10:35: promised until 11:00, half an hour is kept free.
    with pytest.raises(Conflict) as refused:
        firm.book(li, berlin("2026-03-11 08:05"), end=berlin("2026-03-11 10:35"), job_type=job)
    assert refused.value.code == "taken"
    firm.book(li, berlin("2026-03-11 08:05"), end=berlin("2026-03-11 10:30"), job_type=job)


def test_who_is_locked_in_time_stays_and_a_dispatcher_who_sets_the_way_aside_moves_nobody(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    first = firm.book(li, berlin("2026-03-11 09:00"), job_type=job)
    lock_plan(visit_id=first.id, lock="time", now=firm.now, actor_id=None)
    with pytest.raises(Conflict):
        firm.book(li, berlin("2026-03-11 08:05"), job_type=job)
    lock_plan(visit_id=first.id, lock="technician", now=firm.now, actor_id=None)
    firm.book(li, berlin("2026-03-11 08:00"), job_type=job, despite=["travel"])
    assert planned(first) == "09:00–10:00"
    with pytest.raises(DomainError, match="no such lock"):
        lock_plan(visit_id=first.id, lock="ever", now=firm.now, actor_id=None)


def test_a_visit_before_is_asked_to_start_earlier_but_not_before_its_technician_can_leave(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    window: dict[str, Any] = {"promised_from": berlin("2026-03-11 08:00"), "promised_until": berlin("2026-03-11 10:00")}
    first = firm.book(li, berlin("2026-03-11 09:00"), job_type=job, **window)
    fixed = firm.book(li, berlin("2026-03-11 10:40"), job_type=job, promised_until=berlin("2026-03-11 11:10"))
    second = firm.book(li, berlin("2026-03-11 09:25"), job_type=job, end=berlin("2026-03-11 10:25"))
    assert (planned(first), planned(second), planned(fixed)) == ("08:25–09:25", "09:25–10:25", "10:40–11:40")
    # The first could start at 8 by its promise, but the shift begins then and the way takes five minutes.
    with pytest.raises(Conflict):
        firm.book(li, berlin("2026-03-11 09:04"), job_type=job, end=berlin("2026-03-11 09:10"))


def test_a_move_is_tried_without_being_made(firm: Firm) -> None:
    li, ana, job = firm.technician(), firm.technician("Ana", latitude=52.49), firm.job_type()
    first = firm.book(li, berlin("2026-03-11 09:00"), job_type=job)
    other = firm.book(ana, berlin("2026-03-11 09:00"), job_type=job)
    wish: dict[str, Any] = {"person_id": li.id, "start": berlin("2026-03-11 08:05"), "now": firm.now, "actor_id": None}
    tried = try_move(show=lambda visit: visit.planned_start, visit_id=other.id, **wish)
    assert (tried.refusal, tried.line) == (None, berlin("2026-03-11 08:05"))
    assert [(number, before, start) for number, _customer, before, start in tried.shifted] == [
        (first.number, first.planned_start, berlin("2026-03-11 09:05"))
    ]
    assert (planned(first), planned(other)) == ("09:00–10:00", "09:00–10:00")
    night = try_move(show=id, visit_id=other.id, **{**wish, "start": berlin("2026-03-11 03:00")})
    assert night.refusal is not None
    assert night.refusal.code == "shift"
    moved = move_visit(visit_id=other.id, **wish)
    assert (planned(moved), planned(first)) == ("08:05–09:05", "09:05–10:05")

"""Booking, moving and calling off: the technician, the parts, the ticket, the timeline."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import events
from core.db import db as database
from core.errors import Conflict, DomainError, NotValid
from dispatch.events import VisitBooked, VisitChanged
from dispatch.services import cancel_visit, move_visit
from dispatch.visits import queries
from dispatch.visits.models import Assignment
from tests.dispatch.conftest import Firm, berlin
from tickets import services as tickets
from tickets.models import Entry
from tickets.sla.models import Clock, Policy

TEN = berlin("2026-03-11 10:00")
HOUR = timedelta(hours=1)


def entries(ticket_id: int) -> list[str]:
    query = select(Entry.data["event"].astext).where(Entry.ticket_id == ticket_id, Entry.kind == "visit").order_by(Entry.id)
    return [str(found) for found in database.session.scalars(query)]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    for kind in (VisitBooked, VisitChanged):
        monkeypatch.setitem(events._subscribers, kind, [*events._subscribers[kind], found.append])
    return found


def test_a_booking_takes_the_technician_reserves_the_kit_and_schedules_the_ticket(firm: Firm, heard: list[Any]) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 3)
    job, ticket = firm.job_type(kit={part.id: 2}), firm.ticket()
    visit = firm.book(li, TEN, job_type=job, ticket=ticket)
    assert (visit.status, ticket.status, visit.number >= 5001) == ("booked", "scheduled", True)
    assert firm.balance(part, firm.van(li)) == (3, 2)
    assert entries(ticket.id) == ["booked"]
    assert [type(event) for event in heard] == [VisitBooked]
    assignment = queries.assignment_of(visit.id)
    assert assignment is not None
    # 0.01° north of home: 1.112 km × 1.3 / 35 km/h = 149 s, and two minutes.
    assert (assignment.travel_seconds, assignment.during.upper) == (269, TEN + HOUR)
    assert assignment.during.lower == TEN - timedelta(seconds=269)


def test_an_hour_that_is_taken_is_refused_by_name_and_time(firm: Firm) -> None:
    li, job = firm.technician("Li Wei"), firm.job_type(minutes=90)
    firm.book(li, TEN, job_type=job)
    with pytest.raises(Conflict) as caught:
        firm.book(li, TEN + HOUR, job_type=job)
    assert caught.value.code == "taken"
    assert "Li Wei is already taken 10:00-11:30" in str(caught.value)


def test_the_last_part_goes_to_the_first_and_the_other_is_told(firm: Firm) -> None:
    li, ana, part = firm.technician(), firm.technician("Ana"), firm.part("Fan")
    firm.stock(part, firm.warehouse, 1)
    job = firm.job_type(kit={part.id: 1})
    firm.book(li, TEN, job_type=job)
    with pytest.raises(Conflict) as caught:
        firm.book(ana, TEN, job_type=job)
    assert caught.value.code == "short"
    assert "Fan is short: 1 needed, 0 left" in str(caught.value)


def test_a_dispatcher_may_book_although_a_part_is_short(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    visit = firm.book(li, TEN, job_type=firm.job_type(kit={part.id: 1}), despite=["short"])
    ready = queries.readiness_of([visit])[visit.id]
    assert (ready.state, ready.lines[0].missing) == ("short", 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": berlin("2026-03-11 20:00")}, "shift"),
        ({"skills": {}}, "skill"),
        ({"end": TEN - HOUR}, "not_valid"),
        ({"start": berlin("2026-03-09 10:00")}, "not_valid"),
        ({"promised_from": TEN + HOUR}, "not_valid"),
        ({"despite": ["skill"]}, "not_valid"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_its_code(firm: Firm, change: dict[str, Any], code: str) -> None:
    values = dict(change)
    li = firm.technician(skills=values.pop("skills", None))
    start = values.pop("start", TEN)
    with pytest.raises(DomainError) as caught:
        firm.book(li, start, job_type=firm.job_type(), **values)
    assert caught.value.code == code


def test_a_visit_that_cannot_be_reached_in_time_is_refused(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    firm.book(li, TEN, job_type=job)
    far = firm.ticket(firm.site(latitude=52.70))
    with pytest.raises(DomainError) as caught:
        firm.book(li, TEN + HOUR + timedelta(minutes=5), job_type=job, ticket=far)
    assert caught.value.code == "travel"
    assert firm.book(li, TEN + HOUR + timedelta(minutes=5), job_type=job, ticket=far, despite=["travel"]).status == "booked"


def test_a_visit_between_two_others_shortens_the_way_of_the_next(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type(minutes=30)
    later = firm.book(li, TEN + 3 * HOUR, job_type=job, ticket=firm.ticket(firm.site(latitude=52.60)))
    before = queries.assignment_of(later.id)
    assert before is not None
    far = before.travel_seconds
    between = firm.book(li, TEN + HOUR, job_type=job, ticket=firm.ticket(firm.site(latitude=52.59)))
    after = queries.assignment_of(later.id)
    assert after is not None
    assert after.travel_seconds < far
    cancel_visit(visit_id=between.id, reason="", now=firm.now, actor_id=None)
    again = queries.assignment_of(later.id)
    assert again is not None
    assert again.travel_seconds == far


def test_a_second_visit_for_the_same_ticket_must_be_wanted(firm: Firm) -> None:
    li, ana, job, ticket = firm.technician(), firm.technician("Ana"), firm.job_type(), firm.ticket()
    firm.book(li, TEN, job_type=job, ticket=ticket)
    with pytest.raises(Conflict, match="has visit"):
        firm.book(ana, TEN, job_type=job, ticket=ticket)
    assert firm.book(ana, TEN, job_type=job, ticket=ticket, despite=["second_visit"]).status == "booked"


def test_a_done_ticket_takes_no_visit(firm: Firm) -> None:
    ticket = firm.ticket()
    tickets.resolve(ticket_id=ticket.id, now=firm.now, actor_id=None)
    with pytest.raises(DomainError, match="resolved"):
        firm.book(firm.technician(), TEN, job_type=firm.job_type(), ticket=ticket)


def test_calling_off_frees_technician_and_parts_and_opens_the_ticket(firm: Firm, heard: list[Any]) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    job, ticket = firm.job_type(kit={part.id: 1}), firm.ticket()
    visit = firm.book(li, TEN, job_type=job, ticket=ticket)
    cancel_visit(visit_id=visit.id, reason="Customer away", now=firm.now, actor_id=None)
    assert (visit.status, ticket.status, firm.balance(part, firm.van(li))) == ("cancelled", "open", (1, 0))
    assert entries(ticket.id) == ["booked", "cancelled"]
    assert heard[-1].what == "cancelled"
    assert firm.book(li, TEN, job_type=job).status == "booked"
    cancel_visit(visit_id=visit.id, reason="again", now=firm.now, actor_id=None)
    assert visit.cancel_reason == "Customer away"


def test_moving_to_a_colleague_reserves_from_the_other_van(firm: Firm, heard: list[Any]) -> None:
    li, ana, part = firm.technician(), firm.technician("Ana"), firm.part()
    firm.stock(part, firm.van(li), 1)
    firm.stock(part, firm.van(ana), 1)
    visit = firm.book(li, TEN, job_type=firm.job_type(kit={part.id: 1}))
    move_visit(visit_id=visit.id, person_id=ana.id, start=TEN + HOUR, now=firm.now, actor_id=None)
    assert (firm.balance(part, firm.van(li)), firm.balance(part, firm.van(ana))) == ((1, 0), (1, 1))
    rows = database.session.scalars(select(Assignment).where(Assignment.visit_id == visit.id).order_by(Assignment.id)).all()
    assert [(row.person_id, row.active) for row in rows] == [(li.id, False), (ana.id, True)]
    moved = heard[-1]
    assert (moved.what, moved.person_id_before, moved.person_id, moved.planned_start_before) == ("moved", li.id, ana.id, TEN)
    assert visit.planned_end == TEN + 2 * HOUR


def test_moving_within_the_same_technicians_day_may_overlap_its_own_former_time(firm: Firm) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    move_visit(visit_id=visit.id, start=TEN + timedelta(minutes=30), now=firm.now, actor_id=None)
    assignment = queries.assignment_of(visit.id)
    assert assignment is not None
    assert assignment.during.upper == TEN + timedelta(minutes=90)


def test_the_promised_window_stays_while_the_start_lies_within_it(firm: Firm) -> None:
    visit = firm.book(firm.technician(), TEN, job_type=firm.job_type())
    move_visit(visit_id=visit.id, start=TEN + HOUR, now=firm.now, actor_id=None)
    assert (visit.promised_from, visit.promised_until) == (TEN, TEN + 2 * HOUR)
    move_visit(visit_id=visit.id, start=TEN + 5 * HOUR, now=firm.now, actor_id=None)
    assert (visit.promised_from, visit.promised_until) == (TEN + 4 * HOUR, TEN + 6 * HOUR)


def test_a_stale_version_is_refused(firm: Firm) -> None:
    visit = firm.book(firm.technician(), TEN, job_type=firm.job_type())
    seen = visit.version
    move_visit(visit_id=visit.id, start=TEN + HOUR, now=firm.now, actor_id=None, expected_version=seen)
    with pytest.raises(Conflict) as caught:
        move_visit(visit_id=visit.id, start=TEN, now=firm.now, actor_id=None, expected_version=seen)
    assert caught.value.code == "changed_meanwhile"


def test_the_appointment_moves_the_on_site_clock_and_calling_off_moves_it_back(firm: Firm) -> None:
    policy = Policy(name="Standard", conditions={}, targets={"default": {"on_site": 3600, "resolution": 90000}}, position=1, active=True)
    policy.warn_percent = 75
    database.session.add(policy)
    database.session.flush()
    ticket = firm.ticket()
    visit = firm.book(firm.technician(), TEN, job_type=firm.job_type(), ticket=ticket)

    def started() -> datetime:
        query = select(Clock).filter_by(ticket_id=ticket.id, kind="on_site")
        return database.session.scalars(query.execution_options(populate_existing=True)).one().started_at

    assert started() == TEN + 2 * HOUR
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    assert started() == firm.now


def test_resolving_a_ticket_with_an_open_visit_is_refused_naming_visit_and_technician(firm: Firm) -> None:
    ticket = firm.ticket()
    visit = firm.book(firm.technician("Li Wei"), TEN, job_type=firm.job_type(), ticket=ticket)
    with pytest.raises(DomainError) as caught:
        tickets.resolve(ticket_id=ticket.id, now=firm.now, actor_id=None)
    assert (caught.value.code, ticket.status) == ("open_visit", "scheduled")
    assert f"Visit {visit.number} with Li Wei at 10:00 is still open" in str(caught.value)
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    assert tickets.resolve(ticket_id=ticket.id, now=firm.now, actor_id=None).status == "resolved"


def test_a_booking_without_zone_is_refused(firm: Firm) -> None:
    with pytest.raises(NotValid, match="zone"):
        firm.book(firm.technician(), TEN.replace(tzinfo=None), job_type=firm.job_type(), promised_from=TEN)

"""Suggestions: who, when, with what, and why nobody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import db as database
from dispatch.services import Found, find, suggest
from dispatch.visits.insertion import Job, Stop, openings
from dispatch.visits.models import JobType
from dispatch.visits.travel import PICK_UP, journey, kilometres, seconds
from staff import services as staff
from staff.rules import WeeklyShift
from tests.dispatch.conftest import CENTRE, Firm, berlin
from tickets.models import Ticket
from tickets.sla.models import Policy

HOUR = timedelta(hours=1)


def found(firm: Firm, job: JobType, ticket: Ticket | None = None, **more: Any) -> Found:
    return find(ticket_id=(ticket or firm.ticket()).id, job_type_id=job.id, now=firm.now, **more)


def codes(result: Found) -> list[str]:
    return [reason.code for reason in result.obstacles]


def test_kilometres_and_seconds_of_known_ways() -> None:
    # Berlin to Hamburg as the crow flies: 255 km.
    assert kilometres((52.520, 13.405), (53.551, 9.994)) == pytest.approx(255.6, abs=1)
    assert seconds((52.50, 13.40), (52.51, 13.40)) == 269
    assert seconds(CENTRE, CENTRE) == 0
    assert seconds(None, CENTRE) == 1800
    assert journey(CENTRE, [CENTRE], (52.51, 13.40)) == PICK_UP + 269


def test_the_nearest_free_technician_comes_first_at_the_earliest_time(firm: Firm) -> None:
    far, near = firm.technician("Far", latitude=52.60), firm.technician("Near")
    best = found(firm, firm.job_type()).suggestions[0]
    # It is 10:00 in Berlin; 269 s of way, rounded up to full five minutes.
    assert (best.technician, best.start, best.end) == ("Near", berlin("2026-03-10 10:05"), berlin("2026-03-10 11:05"))
    assert (best.travel_minutes, best.arrival, best.promised_from) == (5, best.start, berlin("2026-03-10 10:00"))
    assert best.promised_until - best.promised_from == 2 * HOUR
    assert {one.technician for one in found(firm, firm.job_type("b"), count=300).suggestions} == {far.name, near.name}


def test_suggestions_are_spread_over_different_times(firm: Firm) -> None:
    firm.technician()
    firm.technician("Ana")
    starts = [one.start for one in found(firm, firm.job_type()).suggestions]
    assert len(starts) == 6
    assert all(abs(a - b) >= HOUR for a in starts for b in starts if a != b)
    assert len(set(starts)) == 6


def test_nobody_is_suggested_where_they_are_taken_away_or_off_shift(firm: Firm) -> None:
    li = firm.technician(shifts=[WeeklyShift(day, "08:00", "12:00") for day in range(7)])
    job = firm.job_type()
    staff.add_absence(person_id=li.id, starts_at=berlin("2026-03-11 00:00"), ends_at=berlin("2026-03-12 00:00"), reason="ill", now=firm.now)
    # Promised for half an hour: it cannot give way.
    taken = firm.book(li, berlin("2026-03-12 09:00"), job_type=job, promised_until=berlin("2026-03-12 09:30"))
    result = found(firm, job, latest=berlin("2026-03-13 00:00"), count=50).suggestions
    assert result
    for one in result:
        assert berlin("2026-03-11 00:00") > one.start or one.start >= berlin("2026-03-12 08:00")
        assert one.end <= taken.planned_start or one.start >= taken.planned_end
        assert berlin(f"{one.start:%Y-%m-%d} 08:00") <= one.start
        assert one.end <= berlin(f"{one.start:%Y-%m-%d} 12:00")


def test_every_suggestion_can_be_booked_as_it_is(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.technician("Ana", latitude=52.56)
    firm.stock(part, firm.warehouse, 20)
    firm.stock(part, firm.van(li), 1)
    job = firm.job_type(kit={part.id: 1})
    for number in range(12):
        ticket = firm.ticket(firm.site(latitude=52.45 + number / 100, longitude=13.3 + number / 90))
        best = found(firm, job, ticket).suggestions[number % 6]
        visit = firm.book(
            database.session.get_one(type(li), best.person_id),
            best.start,
            job_type=job,
            ticket=ticket,
            end=best.end,
            promised_from=best.promised_from,
            promised_until=best.promised_until,
        )
        assert visit.status == "booked"


def test_parts_are_told_from_where_they_come_and_fetching_takes_time(firm: Firm) -> None:
    li, part = firm.technician(), firm.part("Fan")
    firm.stock(part, firm.warehouse, 1)
    job = firm.job_type(kit={part.id: 1})
    best = found(firm, job).suggestions[0]
    assert (best.readiness.state, best.readiness.lines[0].state) == ("pickup", "warehouse")
    # Home and warehouse are at one place: ten minutes to fetch, then the way.
    assert best.travel_seconds == PICK_UP + 269
    assert "Fetches parts at Warehouse first" in [str(reason.text) for reason in best.reasons]
    firm.stock(part, firm.van(li), 1)
    again = found(firm, job).suggestions[0]
    assert (again.readiness.state, again.travel_seconds) == ("ready", 269)
    assert "Has all parts on the van" in [str(reason.text) for reason in again.reasons]


def test_a_part_on_order_moves_the_visit_behind_its_arrival(firm: Firm) -> None:
    firm.technician()
    part = firm.part()
    firm.order(part, 1, date(2026, 3, 12))
    best = found(firm, firm.job_type(kit={part.id: 1})).suggestions[0]
    assert best.start >= berlin("2026-03-13 08:00")
    assert (best.readiness.state, best.readiness.eta) == ("waiting", date(2026, 3, 12))


def test_the_promise_of_the_clocks_is_told(firm: Firm) -> None:
    policy = Policy(name="P", conditions={}, targets={"default": {"on_site": 2 * 3600}}, position=1, active=True, warn_percent=75)
    database.session.add(policy)
    database.session.flush()
    firm.technician()
    # Without a calendar of its own the branch works around the clock: due at 12:00 in Berlin.
    result = found(firm, firm.job_type(), count=8).suggestions
    assert (result[0].sla_holds, result[0].spare_seconds) == (True, 115 * 60)
    assert str(result[0].reasons[0].text) == "In time, 1 h 55 min to spare"
    assert result[-1].sla_holds is False
    holds = [one.sla_holds for one in result]
    assert holds == sorted(holds, reverse=True)


def test_nobody_has_the_skill_at_its_level(firm: Firm) -> None:
    firm.technician()
    result = found(firm, firm.job_type(skills={firm.cold.id: 2, firm.gas.id: 3}))
    assert (codes(result), result.suggestions) == (["skill", "skill"], ())
    assert {str(reason.text) for reason in result.obstacles} == {
        "No one has Refrigerant at level 2.",
        "No one has Gas at level 3.",
    }


def test_nobody_has_both_skills(firm: Firm) -> None:
    firm.technician()
    firm.technician("Ana", skills={firm.cold.id: 3})
    result = found(firm, firm.job_type(skills={firm.cold.id: 2, firm.gas.id: 2}))
    assert [str(reason.text) for reason in result.obstacles] == ["No one has all of these: Gas 2, Refrigerant 2."]


def test_there_are_no_technicians_at_all(firm: Firm) -> None:
    assert codes(found(firm, firm.job_type())) == ["technicians"]


def test_a_certificate_that_runs_out_ends_the_suggestions(firm: Firm) -> None:
    li = firm.technician()
    staff.set_skills(person_id=li.id, skills={firm.gas.id: (2, date(2026, 3, 11))}, now=firm.now)
    result = found(firm, firm.job_type(), count=50).suggestions
    assert {one.start.date() for one in result} == {date(2026, 3, 10), date(2026, 3, 11)}


def test_nobody_is_on_shift(firm: Firm) -> None:
    firm.technician(shifts=[WeeklyShift(0, "08:00", "12:00")])
    result = found(firm, firm.job_type(), latest=berlin("2026-03-12 00:00"))
    assert [str(reason.text) for reason in result.obstacles] == ["The one technician with these skills does not work in this time."]


def test_a_part_is_short(firm: Firm) -> None:
    firm.technician()
    part = firm.part("Fan")
    result = found(firm, firm.job_type(kit={part.id: 2}))
    assert [str(reason.text) for reason in result.obstacles] == ["Fan is short: 2 missing, none on order with a date."]


def test_everybody_is_taken(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type(minutes=480)
    firm.book(li, berlin("2026-03-11 09:00"), job_type=job, ticket=firm.ticket())
    result = found(firm, job, earliest=berlin("2026-03-11 08:00"), latest=berlin("2026-03-11 18:00"))
    assert codes(result) == ["taken"]


def test_a_site_without_coordinates_is_planned_and_flagged(firm: Firm) -> None:
    firm.technician()
    ticket = firm.ticket(firm.site(latitude=None, longitude=None))
    job = firm.job_type()
    best = suggest(ticket_id=ticket.id, job_type_id=job.id, now=firm.now)[0]
    assert best.travel_minutes == 30
    assert "no_coordinates" in [reason.code for reason in best.reasons]


DAY = (8 * 3600, 18 * 3600)
POINTS = st.tuples(st.floats(52.3, 52.7), st.floats(13.0, 13.8))


@given(
    stops=st.lists(st.tuples(st.integers(0, 9), st.integers(10, 60), POINTS), max_size=5, unique_by=lambda stop: stop[0]),
    at=POINTS,
    work=st.integers(5, 240),
    not_before=st.integers(0, 18 * 3600),
)
def test_no_opening_overlaps_a_stop_leaves_the_shift_or_is_out_of_reach(
    stops: list[tuple[int, int, tuple[float, float]]], at: tuple[float, float], work: int, not_before: int
) -> None:
    planned = [Stop((8 + hour) * 3600, (8 + hour) * 3600 + minutes * 60, where) for hour, minutes, where in sorted(stops)]
    job = Job(at=at, seconds=work * 60)
    for opening in openings(shift=DAY, home=CENTRE, stops=planned, job=job, not_before=not_before, not_after=DAY[1]):
        assert DAY[0] <= opening.start - opening.travel
        assert opening.end <= DAY[1]
        assert opening.start - opening.travel >= not_before
        assert opening.start % 300 == 0
        # Only the neighbours: what was planned before may itself be out of reach of what follows it.
        for stop in [one for one in planned if one.start < opening.start][-1:]:
            assert stop.end + seconds(stop.at, at) <= opening.start or stop.end + opening.travel <= opening.start
        for stop in [one for one in planned if one.start >= opening.start][:1]:
            assert opening.end + seconds(at, stop.at) <= stop.start


def test_the_night_is_offered_after_the_day_unless_it_is_urgent(firm: Firm) -> None:
    firm.technician("Day", shifts=[WeeklyShift(day, "10:00", "12:00") for day in range(7)])
    firm.technician("Night", shifts=[WeeklyShift(day, "22:00", "06:00") for day in range(7)])
    job = firm.job_type(minutes=110)
    earliest = berlin("2026-03-10 21:00")
    assert found(firm, job, earliest=earliest).suggestions[0].technician == "Day"
    urgent = firm.ticket(priority="urgent")
    assert found(firm, job, urgent, earliest=earliest).suggestions[0].technician == "Night"

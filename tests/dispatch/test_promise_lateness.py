"""What became of promises is reckoned with in the next ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.db import db as database
from dispatch.promises import lateness, queries
from dispatch.promises.lateness import Usual, learned
from dispatch.promises.models import Lateness, Promise
from dispatch.services import suggest
from dispatch.visits import schedule, suggesting
from dispatch.visits.models import Visit
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_promises import HOUR, MINUTE, START, tell


def test_three_signs_of_one_cause_do_not_count_three_times() -> None:
    found = learned([(7, 9, "10", 20.0)] * 15)
    assert found["technician", "7"] == (15.0, 15), "15 × 20 and five times nothing"
    assert Usual({key: minutes for key, (minutes, _count) in found.items()}).minutes(7, 9, "10") == 20
    assert Usual({key: minutes for key, (minutes, _count) in found.items()}).minutes(8, 12, "99") == 0
    assert learned([(7, 9, "10", 20.0)])["technician", "7"] == (3.33, 1), "one visit says little"
    assert learned([]) == {}


def test_an_hour_that_is_late_for_everybody_is_told_from_a_late_technician() -> None:
    seen = [(person, hour, "10", 30.0 if hour == 8 else 0.0) for person in (1, 2, 3) for hour in (8, 11, 14) for _ in range(30)]
    known = Usual({key: minutes for key, (minutes, _count) in learned(seen).items()})
    assert (known.minutes(1, 8, "10"), known.minutes(1, 11, "10")) == (28, 0)


def test_it_is_bounded() -> None:
    known = Usual({("technician", "1"): 80.0, ("technician", "2"): -80.0})
    assert (known.minutes(1, 9, ""), known.minutes(2, 9, "")) == (30, -10)


def history(visit: Visit, person: Person, kind: str, minutes: int, *, count: int = 20, hour: int = 10, **more: Any) -> None:
    """Promises of the past that were so much off."""
    at = START - timedelta(days=30)
    for _ in range(count):
        database.session.add(
            Promise(
                visit_id=visit.id, kind=kind, channel="staff", given_at=at, promised_from=at, promised_until=at + 2 * HOUR, estimated_at=at,
                person_id=person.id, area="10", local_hour=hour, minutes_off=minutes, outcome="kept", correction_minutes=0, **more,
            )
        )  # fmt: skip
    database.session.flush()


def visit_of(firm: Firm, person: Person, start: datetime = START) -> Visit:
    job = firm.job_type(f"job-{next(firm._numbers)}")
    return firm.book(person, start + HOUR, job_type=job, promised_from=start, promised_until=start + 2 * HOUR)


def test_the_arrival_told_on_the_way_is_later_by_what_is_usual_and_a_correction_that_works_is_kept(firm: Firm) -> None:
    li = firm.technician()
    visit = visit_of(firm, li)
    history(visit_of(firm, li, START + 4 * HOUR), li, "arrival", 12, hour=9)
    lateness.learn(firm.now)
    lateness.learn(firm.now)
    tell(visit, li, "on_my_way", START)
    way = timedelta(seconds=visit.assignments[0].travel_seconds)
    told = queries.promises_of(visit.id)[-1]
    assert (told.kind, told.correction_minutes, told.estimated_at) == ("arrival", 12, START + way + 12 * MINUTE)
    tell(visit, li, "arrived", told.estimated_at)
    assert (told.minutes_off, told.outcome) == (0, "kept")
    lateness.learn(firm.now)
    assert lateness.usual(lateness.ARRIVAL).minutes(li.id, 9, "10") == 12


def test_the_next_offers_say_so_and_keep_more_free_before_a_windows_end(firm: Firm) -> None:
    li = firm.technician()
    visit = visit_of(firm, li)
    ticket, job = firm.ticket(), firm.job_type()
    earliest = berlin("2026-03-12 08:00")

    def offer() -> Any:
        return suggest(ticket_id=ticket.id, job_type_id=job.id, now=firm.now, earliest=earliest)[0]

    def last_start() -> int:
        [one] = schedule.taken([li.id], START, START + 3 * HOUR, now=firm.now)[li.id]
        return one.stop.latest - schedule.stamp(START)

    before, room = offer(), last_start()
    assert (before.arrival, room) == (before.start, 5400)
    hour = before.start.hour + 1
    for one in {hour, 10}:
        history(visit, li, "booked", 20, hour=one)
    lateness.learn(firm.now)
    after = offer()
    assert after.arrival == after.start + 20 * MINUTE
    assert [str(one.text) for one in after.reasons if one.code == "usually_late"] == ["Usually 20 min later at this hour"]
    assert last_start() == max(5400 - 1200, 3600)
    assert visit.planned_start == START + HOUR, "what is promised stays"


@pytest.mark.parametrize("late", [-10, 20])
def test_an_offers_window_holds_the_plan_and_the_expected_arrival_and_what_is_due_is_the_arrival(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    li, ticket, job = firm.technician(), firm.ticket(), firm.job_type()
    database.session.add(Lateness(kind="window", what="technician", key=str(li.id), minutes=late, promises=50, learned_at=firm.now))
    earliest = berlin("2026-03-12 09:00")
    due = earliest + 10 * MINUTE
    monkeypatch.setattr(suggesting, "due_of", lambda ticket_id: suggesting.Due(arrival=schedule.stamp(due), end=None))
    database.session.flush()
    for one in suggest(ticket_id=ticket.id, job_type_id=job.id, now=firm.now, earliest=earliest):
        assert one.arrival == one.start + late * MINUTE
        assert one.promised_from <= min(one.start, one.arrival) <= max(one.start, one.arrival) <= one.promised_until
        assert one.spare_seconds == (due - one.arrival).total_seconds()
        assert one.sla_holds is (one.arrival <= due)

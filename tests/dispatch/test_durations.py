"""How long work takes whom: learned from finished visits, robust, shown and not yet booked by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.db import db as database
from dispatch.services import find
from dispatch.visits import durations, experience
from dispatch.visits.durations import Learned
from dispatch.visits.models import JobType
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin

HOUR = 3600
SEEN = st.lists(st.tuples(st.integers(1, 4), st.integers(60, 12 * HOUR)), max_size=60)


def test_of_fewer_than_five_visits_nothing_is_learned() -> None:
    assert durations.learned(HOUR, [(1, 1800.0)] * 4).of(1) == Learned(HOUR, 0)
    assert durations.learned(HOUR, [(1, 1800.0)] * 4 + [(1, 13.0 * HOUR), (1, 59.0)]).of(1) == Learned(HOUR, 0)


def test_five_visits_weigh_as_much_as_the_plan_and_many_outweigh_it() -> None:
    assert durations.shrunk(3600, [1800] * 5) == Learned(2700, 5)
    assert durations.shrunk(3600, [1800] * 95) == Learned(1890, 95)


def test_a_forgotten_done_counts_for_one_visit_only() -> None:
    honest = [1800.0] * 9
    assert durations.shrunk(1800, [*honest, 11.0 * HOUR]) == Learned(1800, 10)


def test_who_has_few_visits_is_expected_to_take_what_everybody_takes() -> None:
    found = durations.learned(HOUR, [(1, 1800.0)] * 20 + [(2, 7200.0)] * 4)
    assert found.of(2) == found.of(3) == found.everybody
    assert found.of(1).seconds < found.everybody.seconds < HOUR


@given(planned=st.integers(60, 12 * HOUR), seen=SEEN)
def test_what_is_expected_lies_between_the_plan_and_what_was_seen(planned: int, seen: list[tuple[int, int]]) -> None:
    found = durations.learned(planned, seen)
    if len(seen) >= durations.AT_LEAST:
        middle = median(seconds for _person, seconds in seen)
        assert min(planned, middle) - 1 <= found.everybody.seconds <= max(planned, middle) + 1
    for person_id, one in found.people.items():
        mine = [seconds for person, seconds in seen if person == person_id]
        assert one.visits == len(mine) >= durations.AT_LEAST
        assert min(found.everybody.seconds, median(mine)) - 1 <= one.seconds <= max(found.everybody.seconds, median(mine)) + 1


@pytest.fixture
def finished(firm: Firm, now: datetime) -> Callable[..., None]:
    """`finished(person, job_type, minutes=30, count=5, ago=1)`: visits done so many days ago, each of these minutes on site."""

    def make(person: Person, job_type: JobType, *, minutes: int, count: int, ago: int = 1, status: str = "done") -> None:
        for number in range(count):
            visit = firm.book(person, now + timedelta(hours=2 * number + 2), job_type=job_type, despite=("shift", "travel"))
            ended = now - timedelta(days=ago, hours=number)
            visit.status, visit.arrived_at, visit.ended_at = status, ended - timedelta(minutes=minutes), ended
            visit.planned_start, visit.planned_end = ended - timedelta(hours=1), ended
            visit.promised_from, visit.promised_until = ended - timedelta(hours=1), ended
            for row in visit.assignments:
                row.during = type(row.during)(ended - timedelta(hours=1), ended)
        database.session.flush()

    return make


def test_finished_visits_of_a_year_are_learned_from_and_shown_with_the_suggestion(
    firm: Firm, finished: Callable[..., None], now: datetime, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    li, bo, gas = firm.technician(), firm.technician("Bo"), firm.job_type(minutes=60)
    other = firm.job_type("other", minutes=30)
    finished(li, gas, minutes=90, count=5)
    finished(bo, gas, minutes=30, count=1)
    finished(bo, gas, minutes=10, count=1, ago=400)
    finished(bo, gas, minutes=10, count=1, ago=3, status="no_access")
    found = experience.durations_of([gas, other], now=now)
    assert (found[gas.id].everybody.visits, found[other.id].everybody) == (6, Learned(1800, 0))
    assert set(found[gas.id].people) == {li.id}
    assert experience.expected_seconds(gas, li, now=now) == found[gas.id].of(li.id).seconds > HOUR
    assert experience.expected_seconds(gas, bo, now=now) == found[gas.id].everybody.seconds
    suggested = find(
        ticket_id=firm.ticket().id, job_type_id=gas.id, now=now, earliest=berlin("2026-03-20 08:00"), latest=berlin("2026-03-20 17:00")
    )
    by_name = {one.technician: one for one in suggested.suggestions}
    one = by_name["Li Wei"]
    assert one.end - one.start == timedelta(minutes=60)
    assert one.expected_seconds == found[gas.id].of(li.id).seconds
    (reason,) = [reason for reason in one.reasons if reason.code == "duration"]
    assert (reason.good, reason.data["visits"], reason.data["planned_seconds"]) == (False, 5, HOUR)
    database.session.commit()
    monkeypatch.setattr(clock, "now", lambda: now)
    planner = sign_in("dispatcher")
    shown = planner.get(f"/api/v1/job-types/{gas.id}/durations").json
    assert (shown["planned_minutes"], shown["learned"]["visits"]) == (60, 6)
    assert [(line["name"], line["visits"]) for line in shown["people"]] == [("Li Wei", 5)]
    listed = {row["key"]: row["learned"] for row in planner.get("/api/v1/job-types").json["items"]}
    assert listed == {"service": shown["learned"], "other": {"minutes": 30, "visits": 0}}

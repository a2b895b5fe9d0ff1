"""A day that has begun, planned again when something happens: Timefold's six live cases. In each the same rules hold, which `again` checks: what has
begun is frozen (the technician goes on from there), promised windows are kept, no more jobs change hands than may, and what is left says why."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest

from dispatch.planning.problem import Job, Kind, Plan, Problem, Route, Stop, Technician
from dispatch.planning.reasons import ReasonCode, reasons
from dispatch.planning.search import replan
from dispatch.planning.search.replanning import changed
from dispatch.planning.simulating import check
from tests.dispatch.planning.test_search import job, problem, technician, times

HOUR = 3600
SECONDS = 0.08  # of this process


def hours(since: float, until: float) -> tuple[float, float]:
    return since * HOUR, until * HOUR


LI, WU = technician("li", shift=hours(8, 17)), technician("wu", shift=hours(8, 17))
# Each promised for two hours; `plan` has them one after the other.
FIRST = job("first", 1, seconds=HOUR, window=hours(8, 10), previous_technician="li")
SECOND = job("second", 2, seconds=HOUR, window=hours(10, 12), previous_technician="li")
THIRD = job("third", 3, seconds=HOUR, window=hours(13, 15), previous_technician="li")
OTHER = job("other", 4, seconds=HOUR, window=hours(9, 11), previous_technician="wu")
LAST = job("last", 4, seconds=HOUR, window=hours(13, 15), previous_technician="wu")
URGENT = job("urgent", 2, seconds=HOUR, window=hours(9, 12), unserved_cost=100_000.0)


def day(people: list[Technician], jobs: list[Job]) -> Problem:
    return problem(people, jobs, change_cost=600.0)


def goes_on(one: Technician, *, place: int, at: float) -> Technician:
    """The technician from the end of the work that is under way."""
    return replace(one, start_place=place, shift=(at * HOUR, one.shift[1]))


def plan(*visits: tuple[str, Job, float]) -> Plan:
    """What was planned: technician, job, hour of its start."""
    routes = []
    for who in dict.fromkeys(name for name, _job, _hour in visits):
        mine = [(one, at * HOUR) for name, one, at in visits if name == who]
        stops = [Stop(kind=Kind.JOB, id=one.id, arrive=at, start=at, end=at + one.seconds) for one, at in mine]
        routes.append(
            Route(
                technician=who, depart=stops[0].arrive - 600 * mine[0][0].place, back=stops[-1].end + 600 * mine[-1][0].place, stops=stops
            )
        )
    return Plan(routes=routes)


def again(left: Problem, before: Plan, *, most: int) -> tuple[dict[str, tuple[str, float]], dict[str, ReasonCode]]:
    """Job → (technician, hour of its start), and why the others are not done."""
    found = replan(left, seconds=SECONDS, most_changes=most, start=before, clock=time.process_time).plan
    assert check(left, found) == []  # windows, shifts, ways, locks
    assert len(changed(left, found)) <= most
    free = {one.id: one.shift[0] for one in left.technicians}
    assert all(route.depart >= free[route.technician] for route in found.routes)
    why = {id: one.code for id, one in reasons(left, found.unserved).items()}
    assert set(why) == set(found.unserved)
    return {id: (done[0][0], done[0][1] / HOUR) for id, done in times(found).items()}, why


def who(found: dict[str, tuple[str, float]], ids: Iterable[str]) -> dict[str, str]:
    return {id: found[id][0] for id in ids}


def test_extended_visit_gives_away_only_the_promise_it_would_break() -> None:
    """The first visit lasts until half past twelve: the second was promised before, the third can wait for its technician."""
    left = day([goes_on(LI, place=1, at=12.5), WU], [SECOND, THIRD, LAST])
    found, unserved = again(left, plan(("li", SECOND, 10), ("li", THIRD, 13), ("wu", LAST, 13)), most=1)
    assert who(found, found) == {"second": "wu", "third": "li", "last": "wu"}
    assert 10 <= found["second"][1] <= 12
    assert not unserved
    assert again(left, plan(("li", SECOND, 10)), most=0)[1] == {"second": ReasonCode.ROOM}  # nobody else may have it: it is left and said


def test_reassignment_moves_the_one_and_leaves_the_others_with_their_technicians() -> None:
    given = replace(SECOND, locked_to="wu")
    found, unserved = again(
        day([LI, WU], [FIRST, given, THIRD, LAST]), plan(("li", FIRST, 8.5), ("li", SECOND, 10), ("li", THIRD, 13)), most=1
    )
    assert who(found, found) == {"first": "li", "second": "wu", "third": "li", "last": "wu"}
    assert not unserved


def test_emergency_is_served_within_its_window_and_every_promise_holds() -> None:
    people = [goes_on(LI, place=1, at=9.5), goes_on(WU, place=4, at=10)]
    found, unserved = again(
        day(people, [SECOND, THIRD, LAST, URGENT]), plan(("li", SECOND, 10), ("li", THIRD, 13), ("wu", LAST, 13)), most=1
    )
    assert not unserved
    assert 9 <= found["urgent"][1] <= 12
    assert all(job.window[0] <= found[job.id][1] * HOUR <= job.window[1] for job in (SECOND, THIRD, LAST) if job.window is not None)


def test_emergency_for_which_there_is_no_room_drops_the_cheapest_and_says_why() -> None:
    alone = goes_on(LI, place=1, at=10)
    narrow = replace(SECOND, window=hours(10, 10.75))
    found, unserved = again(day([alone], [narrow, THIRD, replace(URGENT, window=hours(10, 10.75))]), plan(("li", narrow, 10.2)), most=0)
    assert sorted(found) == ["third", "urgent"]
    assert unserved == {"second": ReasonCode.ROOM}


def test_no_show_gives_its_time_to_work_that_had_no_room() -> None:
    """Nobody opened at the first door: li is free at a quarter past eight, and what nobody could do before is done."""
    waiting = job("waiting", 1, seconds=HOUR, window=hours(8, 9))
    busy = goes_on(LI, place=1, at=9.5)
    assert again(day([busy], [SECOND, THIRD, waiting]), plan(("li", SECOND, 10), ("li", THIRD, 13)), most=0)[1] == {
        "waiting": ReasonCode.OUTSIDE_SHIFTS
    }
    found, unserved = again(
        day([goes_on(LI, place=1, at=8.25)], [SECOND, THIRD, waiting]), plan(("li", SECOND, 10), ("li", THIRD, 13)), most=0
    )
    assert not unserved
    assert 8.25 <= found["waiting"][1] <= 9
    assert 10 <= found["second"][1] <= 12


def test_technician_ill_no_more_visits_change_hands_than_may_and_the_rest_says_why() -> None:
    jobs = [replace(FIRST, unserved_cost=5000.0), replace(SECOND, unserved_cost=5000.0), THIRD, OTHER, LAST]
    before = plan(("wu", OTHER, 9.7), ("wu", LAST, 13.7))
    found, unserved = again(day([WU], jobs), before, most=1)
    assert who(found, found) == {"third": "wu", "other": "wu", "last": "wu"}  # the dearest first, beside the colleague's own promises
    assert unserved == dict.fromkeys(("first", "second"), ReasonCode.ROOM)
    assert len(again(day([WU], jobs), before, most=3)[0]) == 5
    none, left = again(day([WU], jobs), before, most=0)
    assert set(none) == {"other", "last"}
    assert left == dict.fromkeys(("first", "second", "third"), ReasonCode.ROOM)


def test_pinned_work_is_not_moved_whatever_happens() -> None:
    pinned = replace(SECOND, locked_to="li", locked_start=10.5 * HOUR)
    people = [goes_on(LI, place=1, at=9.5), goes_on(WU, place=4, at=9.5)]
    before = plan(("li", pinned, 10.5), ("li", THIRD, 13), ("wu", LAST, 13))
    found, unserved = again(day(people, [pinned, THIRD, LAST, replace(URGENT, window=hours(10.25, 10.75))]), before, most=3)
    assert found["second"] == ("li", 10.5)
    assert found["urgent"][0] == "wu"
    assert not unserved


def test_pinned_work_of_who_is_ill_is_left_and_the_pin_named() -> None:
    pinned = replace(SECOND, locked_to="li")
    left = day([WU], [pinned, LAST])
    found, unserved = again(left, plan(("wu", LAST, 13)), most=3)
    assert (set(found), set(unserved)) == ({"last"}, {"second"})
    assert "li" in str(reasons(left, ["second"])["second"])


@pytest.mark.parametrize(("most", "others"), [(2, 2), (2, 4), (1, 1)])
def test_of_more_that_should_change_hands_than_may_as_many_do_as_may(most: int, others: int) -> None:
    """Li is busy until after all that was promised for the afternoon; the others are free."""
    ours = [
        job(f"visit{number}", 1, window=hours(14 + number, 15 + number), previous_technician="li", unserved_cost=20e6)
        for number in range(3)
    ]
    people = [goes_on(LI, place=1, at=16.9), *(replace(WU, id=f"other{number}") for number in range(others))]
    found, unserved = again(day(people, ours), plan(*(("li", one, 14.5 + number) for number, one in enumerate(ours))), most=most)
    assert (len(found), len(unserved)) == (most, 3 - most)

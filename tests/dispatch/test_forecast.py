"""How a day goes on: from what was reported to what is to be expected of each visit, and why. Pure: hours on a road, places ten minutes apart."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.visits import forecast
from dispatch.visits.durations import remaining
from dispatch.visits.forecast import GRID, Cause, Day, Expected, Remaining, Rest, project
from dispatch.visits.travel import seconds as way_between
from tests.depth import examples

HOUR, MINUTE = 3600, 60
PLACES = [(52.5, 13.40 + 0.05 * number) for number in range(6)]
WAY = way_between(PLACES[0], PLACES[1])


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


def visit(id: int, start: str, place: int = 1, *, minutes: int = 60, window: str = "", **facts: Any) -> Remaining:
    """Booked, promised for the two hours from its start on (or until `window`)."""
    begins = clock(start)
    facts = {name: clock(value) if name in ("left", "arrived") else value for name, value in facts.items()}
    return Remaining(
        id=id,
        status=facts.pop("status", "on_site" if "arrived" in facts else "on_the_way" if "left" in facts else "booked"),
        planned=(begins, begins + minutes * MINUTE),
        promised=(begins, clock(window) if window else begins + 2 * HOUR),
        seconds=facts.pop("seconds", minutes * MINUTE),
        at=PLACES[place],
        **facts,
    )


def day(*visits: Remaining, free: str = "8:00", place: int = 0, **facts: Any) -> Day:
    return Day(visits=visits, at=PLACES[place], free=clock(free), **{"shifts": [(clock("08:00"), clock("18:00"))], **facts})


def expected(found: Day, now: str) -> dict[int, Expected]:
    return {one.id: one for one in project(found, now=clock(now))}


def test_a_day_on_which_nothing_is_amiss_goes_as_planned() -> None:
    found = expected(day(visit(1, "9:00"), visit(2, "11:00", 2)), "8:10")
    assert [(one.start, one.end, one.late, one.cause) for one in found.values()] == [
        (clock("9:00"), clock("10:00"), 0, None),
        (clock("11:00"), clock("12:00"), 0, None),
    ]


def test_work_past_its_expected_end_lasts_longer_and_the_next_customer_waits() -> None:
    running = visit(1, "9:00", arrived="9:00")
    found = expected(day(running, visit(2, "10:30", 2, window="10:40"), visit(3, "15:00", 3)), "10:22")
    assert (found[1].cause, found[1].end) == (Cause.OVERRUN, clock("10:35"))  # a sixth of the hour, rounded up to five minutes
    assert found[2].start == clock("10:35") + WAY
    assert found[2].late == found[2].start - clock("10:40")
    assert (found[2].cause, found[2].because_of) == (Cause.OVERRUN, 1)
    assert (found[3].start, found[3].cause) == (clock("15:00"), None)


def test_parts_of_a_later_visit_are_taken_along_where_those_of_the_first_are_fetched() -> None:
    store = (PLACES[5],)
    second = visit(2, "11:45", 2, pickups=store)
    found = expected(day(visit(1, "10:30", pickups=store), second), "8:10")
    assert [one.cause for one in found.values()] == [None, None]
    assert expected(day(visit(1, "10:30"), second), "8:10")[2].cause is Cause.TIGHT  # nobody went there before


def test_how_much_longer_is_learned_from_work_that_took_as_long() -> None:
    assert remaining(3600, 1200, []) == 2400
    assert remaining(3600, 4000, [3000.0] * 50) == 600
    assert remaining(3600, 4000, [*[3000.0] * 50, 6000, 6400, 7000, 9000, 9900]) == 3000  # the median of the longer five, from there on
    assert remaining(3600, 4000, [6000, 6400, 7000, 9000]) == 600  # four are too few
    assert (remaining(600, 700, []), remaining(6 * HOUR, 7 * HOUR, [])) == (600, 1800)


def test_who_has_not_left_in_time_is_late_by_so_much_and_only_then() -> None:
    mine = day(visit(1, "9:00", window="9:10"))
    leaves = clock("9:00") - WAY
    assert project(mine, now=leaves)[0].cause is None
    found = project(mine, now=clock("9:30"))[0]
    assert (found.cause, found.start) == (Cause.NOT_LEFT, -(-(clock("9:30") + WAY) // GRID) * GRID)
    assert found.late == (found.start or 0) - clock("9:10")


def test_who_is_on_the_way_arrives_after_the_way_and_not_before_the_promise() -> None:
    early = expected(day(visit(1, "9:30", left="8:10")), "8:15")[1]
    assert (early.start, early.cause) == (clock("9:30"), None)
    late = expected(day(visit(1, "9:00", left="9:20", window="9:10")), "9:21")[1]
    assert (late.start, late.cause) == (clock("9:20") + WAY, Cause.ROAD)
    lost = expected(day(visit(1, "9:00", left="9:20")), "10:11")[1]
    assert (lost.start, lost.cause) == (clock("10:20"), Cause.ROAD)  # should have been there: at least five minutes more


def test_a_customer_who_did_not_open_gives_the_time_back() -> None:
    late = day(visit(2, "10:00", 2, window="10:05"), free="10:30", place=1)
    assert project(late, now=clock("10:30"))[0].late > 0
    free = day(visit(2, "10:00", 2), free="9:15", place=1)  # nobody there: free since 9:15
    assert (project(free, now=clock("9:20"))[0].start, project(free, now=clock("9:20"))[0].cause) == (clock("10:00"), None)


def test_a_break_is_taken_in_a_gap_and_delays_only_where_there_is_none() -> None:
    lunch = Rest(clock("11:30"), clock("13:30"), 30 * MINUTE)
    roomy = expected(day(visit(1, "10:00", minutes=90), visit(2, "13:30", 2), rests=(lunch,)), "8:00")
    assert [one.cause for one in roomy.values()] == [None, None]
    close = expected(day(visit(1, "10:00", minutes=150), visit(2, "12:45", 1), rests=(lunch,)), "8:00")
    assert (close[2].start, close[2].cause) == (clock("13:00"), Cause.BREAK)
    over = expected(day(visit(2, "13:40", 1), rests=(lunch,), free="13:20", place=1), "13:35")
    assert over[2].cause is None  # its time is over: nobody reports a break


def test_an_absence_puts_off_what_it_touches_and_the_rest_of_the_day_is_gone_when_it_lasts() -> None:
    ill = expected(day(visit(1, "9:00"), visit(2, "14:00", 2), away=((clock("8:30"), clock("24:00")),)), "8:40")
    assert [(one.start, one.cause) for one in ill.values()] == [(None, Cause.ABSENT)] * 2
    morning = expected(day(visit(1, "9:00"), visit(2, "14:00", 2), away=((clock("8:00"), clock("12:00")),)), "8:00")
    assert (morning[1].start, morning[1].cause) == (clock("12:00") + WAY, Cause.ABSENT)
    assert morning[2].cause is None
    later = expected(day(visit(1, "9:00"), away=((clock("10:30"), clock("24:00")),)), "8:00")
    assert later[1].cause is None


def test_what_waits_for_a_part_takes_nobodys_time() -> None:
    found = expected(day(visit(1, "9:00", waits=True), visit(2, "10:00", 2)), "8:00")
    assert (found[1].start, found[1].cause) == (None, Cause.PART)
    assert found[2].cause is None


def test_work_beyond_the_shift_is_said_unless_it_was_planned_so() -> None:
    found = expected(day(visit(1, "16:00", arrived="16:40", minutes=90), visit(2, "17:00", 1)), "17:00")
    assert found[1].overtime == 10 * MINUTE
    assert found[1].cause is Cause.LATE_START
    assert (found[2].overtime, found[2].because_of) == (70 * MINUTE, 1)
    assert expected(day(visit(1, "17:30")), "8:00")[1].overtime == 0


def test_longer_work_than_planned_is_seen_before_it_happens() -> None:
    found = expected(day(visit(1, "9:00", seconds=100 * MINUTE), visit(2, "10:30", 1, window="10:35")), "8:00")
    assert (found[1].end, found[2].start) == (clock("10:40"), clock("10:40"))
    assert (found[2].cause, found[2].because_of, found[2].late) == (Cause.TIGHT, 1, 5 * MINUTE)


@settings(max_examples=examples(60))
@given(
    data=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 5), st.integers(5, 150), st.sampled_from(["booked", "way", "site"])), max_size=6
    ),
    now=st.integers(7 * 60, 20 * 60),
    step=st.integers(1, 30),
)
def test_whatever_was_reported_visits_follow_each_other_and_time_makes_nothing_earlier(
    data: list[tuple[int, int, int, str]], now: int, step: int
) -> None:
    visits = []
    for id, (quarter, place, minutes, state) in enumerate(data, 1):
        start = f"{8 + quarter // 4}:{quarter % 4 * 15}"
        facts = {} if state == "booked" or id > 1 else {"left": f"{now // 60 - 1}:{now % 60}"}
        if state == "site" and facts:
            facts["arrived"] = facts["left"]
        visits.append(visit(id, start, place, minutes=minutes, **facts))
    mine = day(*visits, rests=(Rest(clock("11:30"), clock("13:30"), 1800),))
    found = project(mine, now=now * MINUTE)
    for one, other in itertools.pairwise(found):
        assert one.start is not None
        assert one.end is not None
        assert one.start < one.end <= (other.start or 0)
    for one in found:
        planned = next(row for row in visits if row.id == one.id)
        assert planned.status != "booked" or (one.start or 0) >= planned.planned[0]
        assert (one.cause is None) or (one.end or 0) > planned.planned[1] + forecast.TOLERANCE or (one.start or 0) > planned.planned[0]
    before_lunch = (now + step) * MINUTE < clock("13:30") or now * MINUTE >= clock("13:30")
    if before_lunch and all(row.status == "booked" for row in visits):
        later = {one.id: one for one in project(mine, now=(now + step) * MINUTE)}
        assert all((later[one.id].start or 0) >= (one.start or 0) for one in found)


@pytest.mark.parametrize("minutes", [0, 1, 2, 3, 4])
def test_a_forecast_changes_every_five_minutes_at_most(minutes: int) -> None:
    running = day(visit(1, "9:00", arrived="9:00"), visit(2, "11:00", 2))
    assert project(running, now=clock("10:20") + minutes * MINUTE + 1) == project(running, now=clock("10:21"))

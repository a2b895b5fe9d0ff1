"""On which days something repeated is due."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotValid
from tests.tickets.conftest import OFFICE
from tickets.maintenance import recurrence
from tickets.maintenance.recurrence import Due
from tickets.sla.calendar import Calendar

BERLIN = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": ["2026-05-01", "2026-12-25", "2026-12-31"]})


def days(given_: dict[str, Any], start: str, count: int, **more: Any) -> list[str]:
    base = more.pop("base", "plan")
    begin = date.fromisoformat(start)
    arguments: dict[str, Any] = {"base": base, "starts_on": begin, "ends_on": None, "calendar": BERLIN, "not_before": begin, **more}
    return [one.due.isoformat()[2:] for one in recurrence.preview(recurrence.checked(given_, base=base), count=count, **arguments)]


@pytest.mark.parametrize(
    ("given_", "start", "wanted"),
    [
        ({"unit": "month", "every": 1}, "2026-01-31", ["26-01-31", "26-02-28", "26-03-31", "26-04-30"]),
        ({"unit": "month", "every": 3, "day": 30}, "2027-11-30", ["27-11-30", "28-02-29", "28-05-30"]),
        ({"unit": "year", "every": 1}, "2024-02-29", ["24-02-29", "25-02-28", "26-02-28", "27-02-28", "28-02-29"]),
        ({"unit": "year", "every": 2, "months": [6]}, "2026-08-15", ["28-06-15", "30-06-15"]),
        ({"unit": "year", "every": 1, "months": [5, 2], "day": 31}, "2026-01-01", ["26-02-28", "26-05-31", "27-02-28"]),
        (
            {"unit": "month", "every": 1, "on": "last_day", "closed": "previous"},
            "2026-01-01",
            ["26-01-30", "26-02-27", "26-03-31", "26-04-30"],
        ),
        (
            {"unit": "month", "every": 1, "on": "last_day", "closed": "previous"},
            "2026-12-01",
            ["26-12-30", "27-01-29"],
        ),  # a holiday, a Sunday
        ({"unit": "month", "every": 1, "on": "weekday", "nth": 2, "weekday": 1}, "2026-03-11", ["26-04-14", "26-05-12"]),
        ({"unit": "month", "every": 1, "on": "weekday", "nth": -1, "weekday": 4}, "2026-03-01", ["26-03-27", "26-04-24"]),
        (
            {"unit": "month", "every": 1, "day": 1, "months": [4, 5, 10], "closed": "next"},
            "2026-03-01",
            ["26-04-01", "26-05-04", "26-10-01"],
        ),
        ({"unit": "week", "every": 2, "weekdays": [0, 3]}, "2026-03-10", ["26-03-12", "26-03-23", "26-03-26"]),
        ({"unit": "week", "every": 1}, "2026-03-10", ["26-03-10", "26-03-17"]),
        ({"unit": "day", "every": 1, "closed": "next"}, "2026-03-13", ["26-03-13", "26-03-16", "26-03-17"]),
        ({"unit": "day", "every": 10}, "2026-03-20", ["26-03-20", "26-03-30", "26-04-09"]),  # over the change of the clocks
        ({"rrule": "rrule:freq=monthly;byday=mo,tu,we,th,fr;bysetpos=-1"}, "2026-01-01", ["26-01-30", "26-02-27"]),
    ],
)
def test_the_dates_are_those_that_people_mean(given_: dict[str, Any], start: str, wanted: list[str]) -> None:
    assert days(given_, start, len(wanted)) == wanted


def test_from_completion_it_counts_from_the_day_it_was_done_in_season() -> None:
    half_yearly = recurrence.checked({"unit": "month", "every": 6, "months": [4, 5, 6, 7, 8, 9]}, base="completion")

    def after(done: str, planned: str) -> str | None:
        found = recurrence.after_completion(
            half_yearly, done_on=date.fromisoformat(done), planned=date.fromisoformat(planned), ends_on=date(2030, 1, 1), calendar=BERLIN
        )
        return found.due.isoformat() if found is not None else None

    assert after("2026-02-28", "2026-03-31") == "2026-08-28"
    assert after("2026-05-20", "2026-05-10") == "2027-04-01"
    assert after("2029-09-20", "2029-09-10") is None
    assert days({"unit": "day", "every": 2}, "2026-03-10", 3, base="completion") == ["26-03-10", "26-03-12", "26-03-14"]


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"unit": "moon"},
        {"unit": "day", "every": 0},
        {"unit": "day", "every": "2"},
        {"unit": "year", "every": 21},
        {"unit": "week", "weekdays": [7]},
        {"unit": "month", "day": 32},
        {"unit": "month", "on": "weekday", "nth": 5, "weekday": 1},
        {"unit": "month", "months": [13]},
        {"unit": "year", "every": 2, "months": [1, 2]},
        {"unit": "day", "closed": "never"},
        {"unit": "day", "colour": 1},
        {"rrule": "FREQ=HOURLY"},
        {"rrule": "FREQ=DAILY;COUNT=3"},
        {"rrule": "FREQ=DAILY;INTERVAL=0"},
        {"rrule": "FREQ=DAILY;BYMONTHDAY=30"},
        {"rrule": "FREQ=MONTHLY;BYDAY=XX"},
        {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rrule": "FREQ=DAILY;INTERVAL=2;INTERVAL=3"},
    ],
)
def test_what_is_no_recurrence_is_refused_with_the_reason(given_: dict[str, Any]) -> None:
    with pytest.raises(NotValid) as refused:
        recurrence.checked(given_, base="plan")
    assert refused.value.field == "recurrence"
    assert str(refused.value)


RULES = st.one_of(
    st.fixed_dictionaries({"unit": st.just("day"), "every": st.integers(1, 40)}),
    st.fixed_dictionaries({"unit": st.just("week"), "every": st.integers(1, 9), "weekdays": st.lists(st.integers(0, 6), max_size=3)}),
    st.fixed_dictionaries({"unit": st.just("month"), "every": st.integers(1, 7), "day": st.integers(1, 31)}),
    st.fixed_dictionaries(
        {"unit": st.just("year"), "every": st.just(1), "day": st.integers(1, 31), "months": st.lists(st.integers(1, 12), max_size=3)}
    ),
)


@settings(max_examples=50, deadline=None)
@given(
    rule=RULES,
    closed=st.sampled_from(recurrence.CLOSED),
    start=st.dates(date(2019, 1, 1), date(2029, 1, 1)),
    base=st.sampled_from(("plan", "completion")),
)
def test_dates_are_strictly_later_each_and_the_same_from_anywhere(rule: dict[str, Any], closed: str, start: date, base: str) -> None:
    stored = recurrence.checked({**rule, "closed": closed}, base=base)
    given_: dict[str, Any] = {"starts_on": start, "ends_on": None, "calendar": BERLIN}
    found = recurrence.preview(stored, base=base, not_before=start, count=20, **given_)
    assert all(sooner.due < later.due and sooner.planned < later.planned for sooner, later in pairwise(found))
    if base == "plan":
        assert list(islice(recurrence.dates(stored, after=found[7], **given_), 12)) == found[8:]
        assert all(stored["closed"] == "keep" or BERLIN.windows_on(one.due) for one in found)
        later = recurrence.preview(stored, base=base, not_before=found[5].due, count=1, **given_)
        assert later == found[5:6]


def test_dates_end_with_the_plan_and_far_from_the_start_are_found_at_once() -> None:
    daily = recurrence.checked({"unit": "day", "every": 3}, base="plan")
    last = date(2026, 3, 15)
    found = recurrence.dates(
        daily, starts_on=date(2000, 1, 1), ends_on=last, calendar=BERLIN, after=Due(last - timedelta(days=6), last - timedelta(days=6))
    )
    assert [one.due for one in found] == [date(2026, 3, 12), date(2026, 3, 15)]

"""Breaks, overtime and cost, as a plan asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.errors import NotValid
from staff import services, working
from staff.models import Person
from staff.rules import WeeklyShift, Window
from staff.working import Cost, Rest, WorkingWindow

DAY = WeeklyShift(1, "08:00", "16:00", break_from="11:30", break_until="13:30", break_minutes=30)
NIGHT = WeeklyShift(1, "22:00", "06:00", break_from="23:30", break_until="02:00", break_minutes=45)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def windows(person: Person, first: str = "10 00:00", last: str = "12 00:00") -> list[WorkingWindow]:
    return working.working_windows_of([person.id], utc(first), utc(last))[person.id]


def test_a_shift_has_its_break_and_its_overtime(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person(kind="technician")
    services.set_shifts(person_id=person.id, shifts=[DAY, NIGHT], now=now)
    services.update_person(person_id=person.id, changes={"overtime_minutes": 90}, now=now)
    assert windows(person) == [
        WorkingWindow(utc("10 07:00"), utc("10 15:00"), (Rest(Window(utc("10 10:30"), utc("10 12:30")), 1800),), 5400),
        WorkingWindow(utc("10 21:00"), utc("11 05:00"), (Rest(Window(utc("10 22:30"), utc("11 01:00")), 2700),), 5400),
    ]


def test_an_absence_ends_overtime_and_takes_the_break_it_leaves_no_room_for(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person(kind="technician")
    services.set_shifts(person_id=person.id, shifts=[DAY], now=now)
    services.update_person(person_id=person.id, changes={"overtime_minutes": 60}, now=now)
    away = {"person_id": person.id, "reason": "Doctor", "now": now}
    services.add_absence(**away, starts_at=utc("10 10:50"), ends_at=utc("10 12:00"))
    services.add_absence(**away, starts_at=utc("10 15:20"), ends_at=utc("10 18:00"))
    assert windows(person) == [
        WorkingWindow(utc("10 07:00"), utc("10 10:50"), (), 0),
        WorkingWindow(utc("10 12:00"), utc("10 15:00"), (Rest(Window(utc("10 12:00"), utc("10 12:30")), 1800),), 1200),
    ]


def test_a_break_is_owed_once_when_an_absence_leaves_room_for_it_twice(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person(kind="technician")
    services.set_shifts(person_id=person.id, shifts=[DAY], now=now)
    services.add_absence(person_id=person.id, reason="Doctor", now=now, starts_at=utc("10 11:10"), ends_at=utc("10 11:50"))
    assert [one.rests for one in windows(person)] == [(Rest(Window(utc("10 10:30"), utc("10 11:10")), 1800),), ()]


def test_other_hours_of_a_date_have_no_break_and_extra_ones_keep_the_usual(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person(kind="technician")
    services.set_shifts(person_id=person.id, shifts=[DAY], now=now)
    change = {"person_id": person.id, "day": date(2026, 3, 10), "now": now}
    services.set_exception(**change, kind="hours", windows=[("10:00", "18:00")])
    assert [one.rests for one in windows(person)] == [()]
    services.set_exception(**change, kind="extra", windows=[("17:00", "18:00")])
    assert [len(one.rests) for one in windows(person)] == [1, 0]


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        (("12:00", "13:00", 0), "break_minutes"),
        (("12:00", "13:00", 61), "break_minutes"),
        (("12:00", "13:00", 200), "break_minutes"),
        (("12:00", None, 30), "break_until"),
        ((None, "13:00", 30), "break_from"),
        (("15:00", "17:00", 30), "break_until"),
        (("06:00", "09:00", 30), "break_until"),
        (("noon", "13:00", 30), "break_from"),
    ],
)
def test_a_break_that_does_not_fit_is_refused_and_names_the_field(
    make_person: Callable[..., Person], now: datetime, rest: Any, field: str
) -> None:
    first, last, minutes = rest
    shift = WeeklyShift(0, "08:00", "16:00", break_from=first, break_until=last, break_minutes=minutes)
    with pytest.raises(NotValid) as refused:
        services.set_shifts(person_id=make_person().id, shifts=[shift], now=now)
    assert refused.value.field == field


def test_an_hour_costs_what_it_cost_on_its_day(make_person: Callable[..., Person], now: datetime) -> None:
    person, today = make_person(), now.date()

    def change(cost: int | None, days: int = 0, since: date | None = None) -> None:
        services.update_person(person_id=person.id, changes={"cost_per_hour": cost}, now=now + timedelta(days=days), cost_since=since)

    def on(days: int) -> int | None:
        found = working.cost_on(working.costs_of([person.id])[person.id], today + timedelta(days=days))
        return found.per_hour if found is not None else None

    change(40_000)
    change(4000)
    assert (on(-500), on(0)) == (4000, 4000), "a slip that was mended on the same day never was, and the first known holds for before"
    change(4400, 30)
    assert [on(days) for days in (-1, 0, 29, 30, 31)] == [4000, 4000, 4000, 4400, 4400]
    change(4300, 40, since=today + timedelta(days=10))
    assert [on(days) for days in (9, 10, 30, 41)] == [4000, 4300, 4300, 4300], "mended from an earlier day on"
    change(4300, 41)
    assert len(working.costs_of([person.id])[person.id]) == 2, "nothing new"
    change(None, 50)
    assert [on(days) for days in (49, 50)] == [4300, None]
    with pytest.raises(NotValid) as refused:
        change(5000, 50, since=today + timedelta(days=52))
    assert refused.value.field == "cost_since"


def test_supervisors_keep_overtime_and_cost_and_dispatchers_do_not_see_it(
    app: Flask, sign_in: Callable[..., FlaskClient], make_person: Callable[..., Person], db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    person = make_person()
    db.session.commit()
    chief, dispatcher = sign_in("supervisor"), sign_in("dispatcher")
    address = f"/api/v1/people/{person.id}/working-time"
    assert working.cost_on(working.costs_of([person.id])[person.id], date(2026, 3, 10)) is None
    saved = chief.patch(address, json={"overtime_minutes": 60, "cost_per_hour": 4250})
    once = {"cost_per_hour": 4250, "cost_currency": "EUR"}
    assert saved.json == chief.get(address).json == {"overtime_minutes": 60, **once, "costs": [{"since": None, **once}]}
    assert working.cost_on(working.costs_of([person.id])[person.id], date(2020, 1, 1)) == Cost(4250, "EUR")
    for wrong in ({"overtime_minutes": 721}, {"cost_per_hour": -1}, {"cost_currency": "euro"}, {"cost_since": "2999-01-01"}):
        refused = chief.patch(address, json=wrong)
        assert (refused.status_code, list(refused.json["errors"])) == (422, list(wrong))
    assert dispatcher.get(address).status_code == 403
    page = f"/settings/rota/{person.id}"
    assert "cost_per_hour" in chief.get(page).get_data(as_text=True)
    assert "cost_per_hour" not in dispatcher.get(page).get_data(as_text=True)
    assert "cost_per_hour" not in dispatcher.get(f"/api/v1/people/{person.id}").get_data(as_text=True)

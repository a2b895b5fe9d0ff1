"""The rota: weeks that hold for a time, dates that are not as every week, and everybody's two weeks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import live
from core.audit import AuditEntry
from core.errors import NotFound, NotValid
from staff import availability, queries, rules, services
from staff.models import Branch, Person, ShiftException
from staff.rules import DateShifts, WeeklyShift, Window, shift_windows
from tickets.sla import publishing

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = date(2026, 3, 10)
WEEKDAYS = [WeeklyShift(day, "08:00", "16:00") for day in range(5)]
DATES = st.none() | st.integers(0, 30).map(lambda number: TUESDAY + timedelta(days=number))
CLOCKS = st.sampled_from(["00:00", "04:00", "06:00", "08:00", "16:00", "22:00"])
SHIFTS = st.builds(WeeklyShift, st.integers(0, 6), CLOCKS, CLOCKS, DATES, DATES)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows(person: Person, first: str, last: str) -> list[tuple[str, str]]:
    """In Berlin's wall time."""
    found = queries.shift_windows(person.id, utc(first), utc(last))
    return [(f"{one.start.astimezone(BERLIN):%d %H:%M}", f"{one.end.astimezone(BERLIN):%d %H:%M}") for one in found]


def test_a_week_holds_from_its_first_day_to_its_last_and_a_night_reaches_beyond_it() -> None:
    night = [WeeklyShift(day, "22:00", "06:00", date(2026, 3, 10), date(2026, 3, 11)) for day in range(7)]
    found = shift_windows(night, zone=BERLIN, start=utc("2026-03-08 00:00"), end=utc("2026-03-15 00:00"))
    assert found == [Window(utc("2026-03-10 21:00"), utc("2026-03-11 05:00")), Window(utc("2026-03-11 21:00"), utc("2026-03-12 05:00"))]


@pytest.mark.parametrize(
    ("kind", "own", "expected"),
    [
        ("extra", (("18:00", "20:00"),), [("07:00", "15:00"), ("17:00", "19:00")]),
        ("hours", (("12:00", "20:00"),), [("11:00", "19:00")]),
        ("hours", (("22:00", "02:00"),), [("21:00", "01:00")]),
        ("off", (), []),
    ],
)
def test_a_date_of_its_own_changes_that_date_only(kind: str, own: Any, expected: list[tuple[str, str]]) -> None:
    exceptions = {TUESDAY: DateShifts(kind, own)}
    found = shift_windows(WEEKDAYS, zone=BERLIN, start=utc("2026-03-09 23:00"), end=utc("2026-03-11 02:00"), exceptions=exceptions)
    assert [(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in found] == expected
    other = {"start": utc("2026-03-11 02:00"), "end": utc("2026-03-13 00:00")}
    assert shift_windows(WEEKDAYS, zone=BERLIN, exceptions=exceptions, **other) == shift_windows(WEEKDAYS, zone=BERLIN, **other)


@given(SHIFTS, SHIFTS)
def test_two_weekly_shifts_clash_when_they_share_time_on_some_date(one: WeeklyShift, other: WeeklyShift) -> None:
    def on(shift: WeeklyShift) -> set[int]:
        start, end = shift.minutes
        days = [TUESDAY + timedelta(days=number) for number in range(-40, 80)]
        hours = (range(start // 60, -(-end // 60)), days)
        return {day.toordinal() * 24 + hour for day in hours[1] if shift.starts_on(day) for hour in hours[0]}

    assert rules.clash(one, other) == rules.clash(other, one) == bool(on(one) & on(other))


def test_other_hours_an_extra_shift_and_off_are_what_everybody_asks_for(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    services.set_shifts(person_id=person.id, shifts=WEEKDAYS, now=now)
    change = {"person_id": person.id, "now": now}
    services.set_exception(**change, day=date(2026, 3, 11), kind="off", note="Comp  time ")
    services.set_exception(**change, day=date(2026, 3, 12), kind="hours", windows=[("22:00", "06:00")])
    services.set_exception(**change, day=date(2026, 3, 14), kind="extra", windows=[("09:00", "12:00")])
    assert windows(person, "2026-03-10 00:00", "2026-03-15 00:00") == [
        ("10 08:00", "10 16:00"),
        ("12 22:00", "13 06:00"),
        ("13 08:00", "13 16:00"),
        ("14 09:00", "14 12:00"),
    ]
    assert queries.on_shift(person.id, utc("2026-03-13 02:00"), utc("2026-03-13 04:00"))
    assert not availability.availabilities([person.id], utc("2026-03-11 09:00"))[person.id].on_shift
    services.remove_exception(**change, day=date(2026, 3, 11))
    assert windows(person, "2026-03-11 00:00", "2026-03-12 00:00") == [("11 08:00", "11 16:00")]
    with pytest.raises(NotFound):
        services.remove_exception(**change, day=date(2026, 3, 11))


def test_who_has_no_weekly_shifts_is_there_always_but_when_off(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    services.set_exception(person_id=person.id, day=TUESDAY, kind="off", now=now)
    assert not availability.availabilities([person.id], now)[person.id].on_shift
    assert availability.availabilities([person.id], now + timedelta(days=1))[person.id].on_shift


@pytest.mark.parametrize(
    ("kind", "own", "field"),
    [
        ("extra", [], "windows"),
        ("off", [("08:00", "09:00")], "windows"),
        ("extra", [("15:00", "17:00")], "windows"),
        ("hours", [("08:00", "12:00"), ("11:00", "13:00")], "windows"),
        ("hours", [("8", "12:00")], "starts"),
        ("hours", [("08:00", "25:00")], "ends"),
        ("holiday", [], "kind"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused_and_names_the_field(
    make_person: Callable[..., Person], now: datetime, db: Any, kind: str, own: Any, field: str
) -> None:
    person = make_person()
    services.set_shifts(person_id=person.id, shifts=WEEKDAYS, now=now)
    with pytest.raises(NotValid) as refused:
        services.set_exception(person_id=person.id, day=TUESDAY, kind=kind, windows=own, now=now)
    assert refused.value.field == field
    assert db.session.scalars(select(ShiftException)).all() == []


def test_weeks_may_follow_each_other_but_not_overlap(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    summer = WeeklyShift(0, "08:00", "16:00", None, date(2026, 8, 31))
    winter = WeeklyShift(0, "09:00", "17:00", date(2026, 9, 1), None)
    services.set_shifts(person_id=person.id, shifts=[winter, summer], now=now)
    assert [rules.weekly(row) for row in queries.shifts(person.id)] == [summer, winter]
    with pytest.raises(NotValid) as refused:
        services.set_shifts(person_id=person.id, shifts=[summer, WeeklyShift(0, "09:00", "17:00", date(2026, 8, 31))], now=now)
    assert refused.value.field == "shifts"
    with pytest.raises(NotValid) as refused:
        services.set_shifts(person_id=person.id, shifts=[WeeklyShift(0, "09:00", "17:00", TUESDAY, date(2026, 3, 1))], now=now)
    assert refused.value.field == "valid_until"


@pytest.fixture
def supervisor(app: Flask, sign_in: Callable[..., FlaskClient], branch: Branch, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    return sign_in("supervisor")


def test_the_rota_shows_dates_absences_and_the_branchs_holidays(
    supervisor: FlaskClient, make_person: Callable[..., Person], branch: Branch, now: datetime, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_person("Ana", kind="technician")
    services.set_shifts(person_id=person.id, shifts=[*WEEKDAYS[:4], WeeklyShift(4, "22:00", "06:00")], now=now)
    away = {"person_id": person.id, "now": now, "reason": "Leave"}
    services.add_absence(**away, starts_at=utc("2026-03-11 23:00"), ends_at=utc("2026-03-12 22:00"))
    services.add_absence(**away, starts_at=utc("2026-03-14 00:00"), ends_at=utc("2026-03-14 02:00"))
    week = {day: [["08:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    definition = {"timezone": "Europe/Berlin", "hours": week, "holidays": {"2026-03-13": "Founders' day"}}
    publishing.create_calendar(name="Berlin", definition=definition, now=now, actor_id=None, branch_id=branch.id)
    db.session.commit()
    touched: list[Any] = []
    monkeypatch.setattr(live, "touch", lambda topic, *keys, **_more: touched.extend((topic, key) for key in keys))
    put = supervisor.put(f"/api/v1/people/{person.id}/days/2026-03-10", json={"kind": "off", "note": "Course"})
    assert (put.status_code, put.json["kind"]) == (200, "off")
    assert ("rota", person.id) in touched
    shown = supervisor.get("/api/v1/rota/days?start=2026-03-09&days=7&kind=technician").json
    assert shown["holidays"] == {str(branch.id): {"2026-03-13": "Founders' day"}}
    (line,) = shown["items"]
    days = line["days"]
    assert list(days) == shown["days"]
    assert (days["2026-03-10"]["exception"], days["2026-03-10"]["windows"], days["2026-03-10"]["note"]) == ("off", [], "Course")
    assert days["2026-03-10"]["weekly"] == [{"starts": "08:00", "ends": "16:00"}]
    assert [one["whole"] for one in days["2026-03-12"]["away"]] == [True]
    # Friday's night shift runs into Saturday, where an hour of it is missing; Saturday itself has no shift.
    assert [one["whole"] for one in days["2026-03-13"]["away"]] == [False]
    assert days["2026-03-11"]["away"] == []
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "shift_exception.set"))
    assert (entry.actor_id, entry.after["kind"], entry.after["day"]) == (supervisor.user.id, "off", "2026-03-10")  # type: ignore[attr-defined]
    assert supervisor.delete(f"/api/v1/people/{person.id}/days/2026-03-10").status_code == 204
    wrong = supervisor.put(f"/api/v1/people/{person.id}/days/tomorrow", json={"kind": "off"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["day"])
    assert supervisor.get("/api/v1/rota/days?start=9999-12-31").status_code == 422
    wrong = supervisor.put(f"/api/v1/people/{person.id}/days/9999-12-31", json={"kind": "off"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["day"])


@pytest.mark.parametrize(
    ("bounds", "field"), [((date.min, None), "valid_from"), ((None, date.max), "valid_until"), ((date.min, date.max), "valid_from")]
)
def test_weeks_do_not_reach_to_the_ends_of_the_calendar(make_person: Callable[..., Person], now: datetime, bounds: Any, field: str) -> None:
    week = [WeeklyShift(0, "22:00", "06:00", *bounds), WeeklyShift(1, "08:00", "16:00", *bounds)]
    with pytest.raises(NotValid) as refused:
        services.set_shifts(person_id=make_person().id, shifts=week, now=now)
    assert refused.value.field == field


@pytest.mark.parametrize(("role", "reads", "writes"), [("agent", False, False), ("technician", False, False), ("dispatcher", True, True)])
def test_who_reads_the_rota_and_who_changes_it(
    app: Flask,
    sign_in: Callable[..., FlaskClient],
    make_person: Callable[..., Person],
    db: Any,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    reads: bool,
    writes: bool,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    person = make_person()
    db.session.commit()
    client = sign_in(role)
    assert (client.get("/rota").status_code == 200) == reads
    assert (client.get("/api/v1/rota/days?start=2026-03-09").status_code == 200) == reads
    assert (client.put(f"/api/v1/people/{person.id}/days/2026-03-10", json={"kind": "off"}).status_code == 200) == writes

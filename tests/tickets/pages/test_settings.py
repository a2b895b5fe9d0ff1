"""Settings of tickets: who opens them, what the worked example answers, and the pure parts of their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.db import db as database
from tests.javascript import evaluate
from tests.tickets.conftest import HOUR, OFFICE, Firm
from tickets.sla.example import friday_evening
from tickets.sla.models import CalendarVersion

SignIn = Callable[..., FlaskClient]
BERLIN = {"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": {}, "exceptions": {}}


def due(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/due-times", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def admin(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    return sign_in("admin")


def test_queues_are_the_administrators_and_service_levels_the_supervisors_too(firm: Firm, sign_in: SignIn) -> None:
    calendar, policy = firm.calendar(), firm.policy(resolution=HOUR)
    ids = (f"calendars/{calendar.id}", f"policies/{policy.id}")
    for page in ("queues", "calendars", "calendars/new", "policies", "policies/new", "on-call", *ids):
        assert sign_in("admin").get(f"/settings/{page}").status_code == 200, page
        assert sign_in("supervisor").get(f"/settings/{page}").status_code == (403 if page == "queues" else 200), page
        assert sign_in("dispatcher").get(f"/settings/{page}").status_code == 403, page
    assert sign_in("admin").get("/settings/calendars/999999").status_code == 404
    assert sign_in("admin").get("/settings/policies/999999").status_code == 404


def test_the_side_list_leads_to_them(firm: Firm, sign_in: SignIn) -> None:
    page = sign_in("admin").get("/settings/queues").get_data(as_text=True)
    for address in ("/settings/queues", "/settings/calendars", "/settings/policies"):
        assert f'href="{address}"' in page


def test_a_fault_of_friday_evening_is_due_on_monday(firm: Firm, admin: FlaskClient) -> None:
    found = due(admin, definition=BERLIN, start="2026-03-13T17:40", seconds=[7200, 1200])
    assert found["time_zone"] == "Europe/Berlin"
    assert [datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Berlin")).strftime("%a %H:%M") for moment in found["due"]] == [
        "Mon 09:40",
        "Fri 18:00",
    ]


def test_a_published_calendar_and_no_calendar_are_computed_too(firm: Firm, admin: FlaskClient) -> None:
    start = "2026-03-13T17:40"
    published = due(admin, calendar_id=firm.calendar().id, start=start, seconds=[7200])
    assert published["due"][0] == due(admin, definition=BERLIN, start=start, seconds=[7200])["due"][0]
    always = due(admin, time_zone="Asia/Shanghai", start=start, seconds=[7200])
    assert datetime.fromisoformat(always["due"][0]).isoformat().startswith("2026-03-13T11:40"), "19:40 in Shanghai"


def test_nothing_is_stored_by_an_example(firm: Firm, admin: FlaskClient) -> None:
    before = database.session.scalar(select(func.count()).select_from(CalendarVersion))
    due(admin, definition=BERLIN, seconds=[60])
    assert database.session.scalar(select(func.count()).select_from(CalendarVersion)) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"definition": {**BERLIN, "hours": {}}, "seconds": [60]}, 422),
        ({"definition": {**BERLIN, "hours": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, "seconds": [60]}, 422),
        ({"definition": {**BERLIN, "timezone": "Mars"}, "seconds": [60]}, 422),
        ({"calendar_id": 999_999, "seconds": [60]}, 404),
        ({"definition": BERLIN, "seconds": []}, 422),
        ({"definition": BERLIN, "seconds": [0]}, 422),
    ],
)
def test_what_cannot_be_computed_is_refused_in_words(firm: Firm, admin: FlaskClient, body: dict[str, Any], status: int) -> None:
    answer = admin.post("/api/v1/due-times", json=body)
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["title"]


def test_only_administrators_may_ask_for_examples(firm: Firm, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    assert sign_in("dispatcher").post("/api/v1/due-times", json={"seconds": [60]}).status_code == 403


@pytest.mark.parametrize(("day", "friday"), [(9, 13), (13, 13), (14, 20), (15, 20)])
def test_the_example_begins_on_the_coming_friday(day: int, friday: int) -> None:
    assert friday_evening(datetime(2026, 3, day, 11, 22, 33, tzinfo=ZoneInfo("Europe/Berlin"))) == datetime(2026, 3, friday, 17, 40)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4 h", 14400),
        ("4h", 14400),
        ("30 min", 1800),
        ("30m", 1800),
        ("1 h 30", 5400),
        ("1:30", 5400),
        ("1,5 h", 5400),
        ("1 h 30 min", 5400),
        ("2 小时 30 分钟", 9000),
        ("", None),
        ("  ", None),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: int | None) -> None:
    assert evaluate("tickets/settings/durations.js", "it.readDuration(given)", text) == seconds


@pytest.mark.parametrize("text", ["soon", "0", "0 min", "-1 h", "1:75", "4", "1 h 1 h"])
def test_other_texts_are_no_durations(text: str) -> None:
    assert evaluate("tickets/settings/durations.js", "Number.isNaN(it.readDuration(given))", text) is True


def test_a_duration_written_is_read_again() -> None:
    given = [60, 1800, 3600, 5400, 259_200]
    assert evaluate("tickets/settings/durations.js", "given.map((seconds) => it.readDuration(it.writeDuration(seconds)))", given) == given


def test_times_of_windows_are_read_as_typed() -> None:
    given = ["8", "8.30", "0830", "24", "24:30", "25", "8:61", "noon"]
    found = ["08:00", "08:30", "08:30", "24:00", None, None, None, None]
    assert evaluate("tickets/settings/hours.js", "given.map(it.clockText)", given) == found


def test_days_with_the_same_hours_are_told_together() -> None:
    hours = {**OFFICE, "sat": [["09:00", "12:00"]]}
    assert [(line["from"], line["to"]) for line in evaluate("tickets/settings/hours.js", "it.grouped(given)", hours)] == [(0, 4), (5, 5)]
    split = {"mon": OFFICE["mon"], "wed": OFFICE["mon"]}
    assert len(evaluate("tickets/settings/hours.js", "it.grouped(given)", split)) == 2

"""Holidays that come by themselves: what a feed's new word does to a calendar, and that a feed gone or broken does nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock, outbox
from core.db import db as database
from core.errors import NotFound, NotValid
from tests.tickets.conftest import HOUR, OFFICE, Firm
from tickets.sla import publishing, recompute, sources
from tickets.sla.errors import HolidaySourceError
from tickets.sla.models import CalendarRow, CalendarSource

YEARS = range(2026, 2029)


def ical(*days: tuple[str, str]) -> str:
    """A feed of whole days, ("20260311", "Founders' day")."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{day}@x\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:{name}\r\nEND:VEVENT\r\n"
        for day, name in days
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n{events}END:VCALENDAR\r\n"


class Feed:
    """A web server on loopback that answers with `text` and `status`."""

    def __init__(self) -> None:
        self.text, self.status, self.asked = ical(("20260311", "Founders' day")), 200, 0
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                feed.asked += 1
                body = feed.text.encode()
                self.send_response(feed.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/holidays.ics"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = Feed()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _loopback_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], webhook_networks=("127.0.0.0/8",)))


@pytest.fixture
def fixed_clock(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


def work_off() -> None:
    """Do the outbox rows of sources as the worker does."""
    database.session.commit()
    rows = list(database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=sources.KIND, done_at=None)))
    for row_id, payload in [(row.id, dict(row.payload)) for row in rows]:
        sources.run(row_id, payload)
    assert not database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=sources.KIND, done_at=None)).all()


def holidays_of(calendar_id: int) -> dict[str, str]:
    found: dict[str, str] = publishing.definition_of(database.session.get_one(CalendarRow, calendar_id)).get("holidays", {})
    return found


def added(firm: Firm, feed: Feed) -> tuple[int, int]:
    """A calendar that was read from the feed once: its id and the source's."""
    calendar = firm.calendar()
    source = sources.add_source(calendar_id=calendar.id, kind="feed", address=feed.address, now=firm.now, actor_id=None)
    found = calendar.id, source.id
    work_off()
    return found


def said(source_id: int) -> CalendarSource:
    return database.session.get_one(CalendarSource, source_id)


@pytest.mark.usefixtures("fixed_clock")
def test_a_feeds_days_are_published_as_a_new_version_and_move_the_due_times(firm: Firm, feed: Feed, now: datetime) -> None:
    firm.policy(resolution=10 * HOUR)
    calendar_id, source_id = added(firm, feed)
    assert holidays_of(calendar_id) == {"2026-03-11": "Founders' day"}
    assert database.session.get_one(CalendarRow, calendar_id).version == 2
    assert (said(source_id).fetched_at, said(source_id).problem, said(source_id).due_at) == (now, None, now + timedelta(days=1))
    asked = database.session.scalars(database.select(outbox.OutboxRow.payload).filter_by(kind=recompute.KIND)).all()
    assert asked[-1]["scope"] == {"calendar_id": calendar_id}
    # Tuesday 10:00 in Berlin: 8 h until closing, the 11th is free, so 2 h on Thursday: 10:00 = 09:00Z.
    ticket = firm.ticket(now)
    assert ticket.due_at == datetime.fromisoformat("2026-03-12T09:00Z")


@pytest.mark.usefixtures("fixed_clock")
def test_the_same_again_publishes_nothing(firm: Firm, feed: Feed) -> None:
    calendar_id, source_id = added(firm, feed)
    sources.look(said(source_id), now=firm.now)
    work_off()
    assert feed.asked == 2
    assert database.session.get_one(CalendarRow, calendar_id).version == 2


@pytest.mark.usefixtures("fixed_clock")
@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (404, "", "The address of the feed answers with status 404."),
        (200, "<html>moved</html>", "The holiday feed is not an iCalendar file"),
        (200, "", "The holiday feed is not an iCalendar file"),
        (200, ical(), "The holiday feed holds no event."),
        (200, ical(("20260311", "A"), ("2026", "B")), "cannot be read"),
    ],
)
def test_a_broken_feed_changes_nothing_and_is_said(firm: Firm, feed: Feed, now: datetime, status: int, text: str, words: str) -> None:
    calendar_id, source_id = added(firm, feed)
    feed.status, feed.text = status, text
    sources.look(said(source_id), now=now)
    work_off()
    assert words in (sources.problem_of(said(source_id)) or "")
    assert said(source_id).due_at == now + timedelta(hours=1)
    assert holidays_of(calendar_id) == {"2026-03-11": "Founders' day"}
    assert said(source_id).days == {"2026-03-11": "Founders' day"}
    # Well again: the problem is gone, and nothing had been lost meanwhile.
    feed.status, feed.text = 200, ical(("20260311", "Founders' day"), ("20260312", "Day after"))
    sources.look(said(source_id), now=now)
    work_off()
    assert sources.problem_of(said(source_id)) is None
    assert list(holidays_of(calendar_id)) == ["2026-03-11", "2026-03-12"]


@pytest.mark.usefixtures("fixed_clock")
def test_a_feed_that_is_gone_is_said_and_its_days_stay(firm: Firm, feed: Feed, now: datetime) -> None:
    calendar_id, source_id = added(firm, feed)
    feed.close()
    sources.look(said(source_id), now=now)
    work_off()
    assert "cannot be reached" in (sources.problem_of(said(source_id)) or "")
    assert holidays_of(calendar_id) == {"2026-03-11": "Founders' day"}


def test_a_feed_that_does_not_end_is_given_up(db: Any, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LARGEST_FEED", 1000)
    feed.text = "x" * 2000
    with pytest.raises(HolidaySourceError, match="too large"):
        sources.fetch(feed.address)


@pytest.mark.usefixtures("fixed_clock")
def test_a_day_that_would_make_the_calendar_impossible_is_refused_and_said(firm: Firm, feed: Feed, now: datetime) -> None:
    """The feed takes back a holiday; without it Wednesday's hours begin while the night of an exceptional Tuesday still runs."""
    calendar = firm.calendar(holidays={"2026-03-11": "Founders' day"}, exceptions={"2026-03-10": [["20:00", "10:00"]]})
    source = CalendarSource(
        calendar_id=calendar.id, kind="feed", address=feed.address, days={"2026-03-11": "Founders' day"}, due_at=now, language=""
    )
    database.session.add(source)
    database.session.flush()
    calendar_id, source_id = calendar.id, source.id
    feed.text = ical(("20260501", "May day"))
    sources.look(source, now=now)
    work_off()
    assert sources.problem_of(said(source_id)) == "Windows overlap: 2026-03-10 20:00–10:00 and 2026-03-11 08:00–18:00."
    assert holidays_of(calendar_id) == {"2026-03-11": "Founders' day"}
    assert database.session.get_one(CalendarRow, calendar_id).version == 1


def test_a_region_is_read_by_itself_and_its_days_are_those_of_the_library(firm: Firm, now: datetime, fixed_clock: None) -> None:
    calendar_id = firm.calendar().id
    sources.add_source(calendar_id=calendar_id, kind="country", address="de-BY", language="en_US", now=now, actor_id=None)
    work_off()
    # Corpus Christi, 60 days after Easter (5 April 2026), is a holiday in Bavaria and none in Berlin.
    assert "2026-06-04" in holidays_of(calendar_id)
    assert {day[:4] for day in holidays_of(calendar_id)} == {"2026", "2027", "2028"}


def test_what_a_source_says_meets_what_people_did() -> None:
    before = {"2026-01-01": "New Year", "2026-05-01": "Labour Day", "2026-12-25": "Christmas"}
    calendar = {"2026-01-01": "New Year", "2026-05-01": "Our own name", "2026-08-08": "Outing"}  # Christmas was switched off
    same = sources.merged(calendar, before=before, said=before, years=YEARS)
    assert same == calendar
    # Taken back there: New Year goes; the renamed day and the one by hand stay; new days come, but not over a day by hand.
    new = {"2026-12-25": "Christmas", "2026-08-08": "Moon", "2026-10-03": "Unity"}
    assert sources.merged(calendar, before=before, said=new, years=YEARS) == {
        "2026-05-01": "Our own name",
        "2026-08-08": "Outing",
        "2026-10-03": "Unity",
    }
    # Not taken back when another source has it, and never for a year that was not asked about.
    assert "2026-01-01" in sources.merged(calendar, before=before, said={}, years=YEARS, others={"2026-01-01"})
    old = {"2024-01-01": "New Year"}
    assert sources.merged(old, before=old, said={}, years=YEARS) == old
    # A name that the source corrects is corrected, unless a person had changed it.
    assert sources.merged(calendar, before=before, said={**before, "2026-01-01": "1 January", "2026-05-01": "May"}, years=YEARS) == {
        **calendar,
        "2026-01-01": "1 January",
    }


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("feed", "holidays.ics"),
        ("feed", "ftp://example.org/holidays.ics"),
        ("feed", "https://"),
        ("feed", "https://example.org:99999/x"),
        ("country", "XX"),
        ("country", "DE-ZZ"),
        ("country", ""),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_at_its_field(firm: Firm, kind: str, address: str) -> None:
    calendar = firm.calendar()
    with pytest.raises(NotValid) as refused:
        sources.add_source(calendar_id=calendar.id, kind=kind, address=address, now=firm.now, actor_id=None)
    assert refused.value.field == "address"
    assert sources.sources_of(calendar.id) == []


def test_each_source_stands_once_and_webcal_means_https(firm: Firm) -> None:
    calendar = firm.calendar()
    made = sources.add_source(calendar_id=calendar.id, kind="feed", address="webcal://example.org/a.ics", now=firm.now, actor_id=None)
    assert made.address == "https://example.org/a.ics"
    with pytest.raises(NotValid):
        sources.add_source(calendar_id=calendar.id, kind="feed", address=made.address, now=firm.now, actor_id=None)
    sources.remove_source(calendar_id=calendar.id, source_id=made.id, now=firm.now, actor_id=None)
    with pytest.raises(NotFound):
        sources.found_source(calendar.id, made.id)


def test_every_source_is_handed_over_once_a_day(firm: Firm, now: datetime) -> None:
    calendar = firm.calendar()
    sources.add_source(calendar_id=calendar.id, kind="country", address="DE", now=now, actor_id=None)

    def handed() -> int:
        return len(database.session.scalars(database.select(outbox.OutboxRow.id).filter_by(kind=sources.KIND)).all())

    assert handed() == 1
    for hours, count in ((1, 1), (24, 2), (25, 2), (48, 3)):
        assert sources.look_at_due(now + timedelta(hours=hours)) is False
        assert handed() == count, f"after {hours} h"


@pytest.fixture
def admin(sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    return sign_in("admin")


def answer(found: Any) -> Any:
    assert found.status_code < 300, found.text
    return found.json


def test_over_http_a_source_comes_is_looked_at_and_goes(firm: Firm, admin: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    calendar = firm.calendar()
    path = f"/api/v1/calendars/{calendar.id}"
    made = answer(admin.post(f"{path}/sources", json={"kind": "country", "address": "DE-BE"}))
    assert (made["address"], made["checked_at"], made["days"]) == ("DE-BE", None, 0)
    assert [one["id"] for one in answer(admin.get(path))["sources"]] == [made["id"]]
    assert admin.post(f"{path}/sources/{made['id']}/check").status_code == 202
    assert admin.post(f"{path}/sources", json={"kind": "country", "address": "Atlantis"}).status_code == 422
    assert admin.post(f"{path}/sources", json={"kind": "moon", "address": "DE"}).status_code == 422
    assert sign_in("dispatcher").post(f"{path}/sources", json={"kind": "country", "address": "DE"}).status_code == 403
    assert admin.delete(f"{path}/sources/{made['id']}").status_code == 204
    assert admin.delete(f"{path}/sources/{1 << 70}").status_code == 404
    assert answer(admin.get(path))["sources"] == []


def test_versions_are_listed_with_who_published_them(firm: Firm, admin: FlaskClient, now: datetime) -> None:
    calendar = firm.calendar()
    user = admin.user  # type: ignore[attr-defined]
    publishing.publish_calendar(calendar_id=calendar.id, definition={"timezone": "UTC", "hours": OFFICE}, now=now, actor_id=user.id)
    found = answer(admin.get(f"/api/v1/calendars/{calendar.id}/versions"))["items"]
    assert [(row["version"], row["published_by"]) for row in found] == [(2, user.name), (1, None)]
    assert admin.get("/api/v1/calendars/999999/versions").status_code == 404


@pytest.mark.usefixtures("fixed_clock")
def test_a_feed_in_our_own_network_is_not_asked_for(app: Flask, firm: Firm, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], webhook_networks=()))
    _calendar_id, source_id = added(firm, feed)
    assert feed.asked == 0
    problem = said(source_id).problem
    assert problem is not None
    assert problem["text"] == "The feed must be at a public address: %(reason)s"

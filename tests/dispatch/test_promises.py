"""What customers are told of a visit is written when it is told, and compared with when somebody was there."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from callcenter.web.panels import visits_panel
from core.db import db as database
from dispatch.promises import queries, subscribers
from dispatch.promises.rules import Outcome, area, outcome
from dispatch.services import apply_field_update, cancel_visit, move_visit
from dispatch.visits.models import DelayNotice, Visit
from dispatch.visits.rules import Channel
from dispatch.visits.services import delays, telling
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, business_time, caller, send

__all__ = ["business_time", "caller"]
START = berlin("2026-03-11 09:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def tell(visit: Visit, person: Person, action: str, at: datetime, *, now: datetime | None = None) -> None:
    apply_field_update(person_id=person.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=at, now=now or at)


def told(visit: Visit) -> list[tuple[str, str | None, int | None]]:
    return [(one.kind, one.outcome, one.minutes_off) for one in queries.promises_of(visit.id)]


@pytest.fixture
def li(firm: Firm) -> Person:
    return firm.technician()


def booked(firm: Firm, li: Person, start: datetime = START, **more: Any) -> Visit:
    return firm.book(
        li, start + HOUR, job_type=firm.job_type(f"job-{next(firm._numbers)}"), promised_from=start, promised_until=start + 2 * HOUR, **more
    )


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(-1, Outcome.EARLY), (0, Outcome.KEPT), (120, Outcome.KEPT), (121, Outcome.LATE)],
    ids=["early", "first", "last", "late"],
)
def test_it_is_kept_from_the_first_to_the_last_moment_of_the_window(minutes: int, found: Outcome) -> None:
    assert outcome(START, START + 2 * HOUR, START + minutes * MINUTE) is found


def test_an_area_is_the_beginning_of_the_postal_code_else_the_city() -> None:
    assert (area(" sw1a 1aa", "London"), area("", "Hong Kong"), area("10115", ""), area("", "")) == ("SW", "Hong Kong", "10", "")


def test_a_booking_is_a_promise_that_the_arrival_settles(firm: Firm, li: Person) -> None:
    visit = booked(firm, li)
    [promise] = queries.promises_of(visit.id)
    assert (promise.channel, promise.person_id, promise.area, promise.local_hour) == ("staff", li.id, "10", 10)
    assert (promise.estimated_at, promise.outcome) == (START + HOUR, None)
    tell(visit, li, "arrived", START + 70 * MINUTE)
    assert told(visit) == [("booked", "kept", 10)]
    tell(visit, li, "done", START + 2 * HOUR)
    assert told(visit) == [("booked", "kept", 10)]


def test_the_customer_sees_when_somebody_on_the_way_will_be_there_and_that_is_a_promise_too(firm: Firm, li: Person) -> None:
    visit = booked(firm, li)
    tell(visit, li, "on_my_way", START)
    way = timedelta(seconds=visit.assignments[0].travel_seconds)
    panel = visits_panel(visit.ticket)
    assert panel is not None
    assert panel[2]["visits"][0]["expected"] == (START + way).isoformat()
    tell(visit, li, "arrived", START + way + 20 * MINUTE)
    assert told(visit) == [("booked", "kept", round((way + 20 * MINUTE - HOUR).total_seconds() / 60)), ("arrival", "late", 20)]


def test_an_arrival_that_is_reported_late_judges_anew_and_tells_no_customer_of_the_past(firm: Firm, li: Person) -> None:
    visit = booked(firm, li)
    tell(visit, li, "done", START + 3 * HOUR)
    assert told(visit) == [("booked", "unknown", None)], "nobody said when the work began"
    tell(visit, li, "arrived", START + 121 * MINUTE, now=START + 4 * HOUR)
    tell(visit, li, "on_my_way", START + 80 * MINUTE, now=START + 4 * HOUR)
    assert told(visit) == [("booked", "late", 61)]


def test_another_window_is_another_promise_and_the_plan_within_it_is_not(firm: Firm, li: Person) -> None:
    visit, other = booked(firm, li), firm.technician("Ana")
    move_visit(visit_id=visit.id, start=START + 90 * MINUTE, now=firm.now, actor_id=None)
    [promise] = queries.promises_of(visit.id)
    assert (promise.estimated_at, promise.kind) == (START + 90 * MINUTE, "booked")
    move_visit(visit_id=visit.id, start=START + 5 * HOUR, person_id=other.id, now=firm.now, actor_id=None, channel=Channel.PORTAL)
    assert told(visit) == [("booked", "replaced", None), ("changed", None, None)]
    latest = queries.promises_of(visit.id)[-1]
    assert (latest.channel, latest.person_id) == ("portal", other.id)
    tell(visit, other, "arrived", START)
    assert told(visit)[0] == ("booked", "replaced", None)
    assert told(visit)[1][1] == "early"


def test_who_calls_it_off_is_told_apart_and_nobody_there_counts_as_neither(firm: Firm, li: Person) -> None:
    ours, theirs, nobody = booked(firm, li), booked(firm, li, START + 3 * HOUR), booked(firm, li, START + 6 * HOUR)
    cancel_visit(visit_id=ours.id, reason="", now=firm.now, actor_id=None)
    cancel_visit(visit_id=theirs.id, reason="", now=firm.now, actor_id=None, channel=Channel.PORTAL)
    tell(nobody, li, "arrived", START + 6 * HOUR)
    tell(nobody, li, "no_access", START + 7 * HOUR)
    found = [told(visit)[0][1] for visit in (ours, theirs, nobody)]
    assert found == ["cancelled", "cancelled_by_customer", "no_access"]


def test_a_window_that_passed_with_nobody_there_is_late_whatever_follows(firm: Firm, li: Person) -> None:
    moved, closed, off = booked(firm, li), booked(firm, li, START + 3 * HOUR), booked(firm, li, START + 6 * HOUR)
    move_visit(visit_id=moved.id, start=START + 49 * HOUR, now=START + 8 * HOUR, actor_id=None)
    tell(moved, li, "arrived", START + 49 * HOUR)
    tell(closed, li, "arrived", START + 8 * HOUR)
    tell(closed, li, "no_access", START + 8 * HOUR + 10 * MINUTE)
    cancel_visit(visit_id=off.id, reason="", now=START + 9 * HOUR, actor_id=None, channel=Channel.PORTAL)
    assert told(moved) == [("booked", "late", None), ("changed", "kept", 0)]
    assert told(closed) == [("booked", "late", 240)]
    assert told(off) == [("booked", "late", None)]


def test_who_reports_nothing_is_late_when_the_window_is_over(firm: Firm, sign_in: Callable[..., FlaskClient]) -> None:
    booked(firm, firm.technician())
    asked: dict[str, Any] = {"start": START - HOUR, "end": START + HOUR, "kinds": ("booked",)}
    assert queries.report(now=START + 2 * HOUR, **asked).outcomes == {"open": 1}
    found = queries.report(now=START + 121 * MINUTE, **asked)
    assert found.outcomes == {"late": 1}
    assert [(line.measured, line.late, line.median) for line in (found.whole, *found.technicians) if line is not None] == [(1, 1, None)] * 2


def test_the_window_agreed_to_because_of_a_delay_is_a_promise(firm: Firm, li: Person) -> None:
    visit = booked(firm, li)
    visit.promised_from, visit.promised_until = START + 3 * HOUR, START + 5 * HOUR
    telling.changed(visit, "promised", now=START + HOUR, actor_id=None)
    latest = queries.promises_of(visit.id)[-1]
    assert told(visit) == [("booked", "replaced", None), ("changed", None, None)]
    assert (latest.promised_from, latest.promised_until) == (START + 3 * HOUR, START + 5 * HOUR)


def say(visit: Visit, at: datetime | None, *, now: datetime) -> None:
    """The customer is told of a delay; of no time for None."""
    database.session.add(
        DelayNotice(
            visit_id=visit.id,
            kind="late",
            state="prepared",
            expected_at=START,
            promised_from=START,
            promised_until=START + HOUR,
            created_at=now,
        )
    )
    database.session.flush()
    delays.send(visit_id=visit.id, text="Later", promise=False, now=now, actor_id=None, told_at=at, no_time=at is None)


def test_the_time_that_is_told_because_of_a_delay_is_a_promise_until_another_one_is(
    firm: Firm, li: Person, sign_in: Callable[..., FlaskClient]
) -> None:
    visit = booked(firm, li)
    say(visit, None, now=START + HOUR)
    assert [kind for kind, *_rest in told(visit)] == ["booked"]
    say(visit, START + 3 * HOUR, now=START + 90 * MINUTE)
    say(visit, START + 4 * HOUR, now=START + 150 * MINUTE)
    assert told(visit) == [("booked", None, None), ("delay", "replaced", None), ("delay", None, None)]
    panel = visits_panel(visit.ticket)
    assert panel is not None
    assert panel[2]["visits"][0]["expected"] == (START + 4 * HOUR).isoformat()
    tell(visit, li, "arrived", START + 4 * HOUR + 15 * MINUTE)
    assert told(visit) == [("booked", "late", 195), ("delay", "replaced", None), ("delay", "kept", 15)]
    page = sign_in("supervisor").get(f"/promises?what=delays&since={START:%Y-%m-%d}&until={START:%Y-%m-%d}").text
    assert "1 of 1 measured" in page
    assert "because of the delay" in page


def test_another_window_or_the_end_of_its_time_ends_what_was_told_of_a_delay(firm: Firm, li: Person) -> None:
    moved, passed = booked(firm, li), booked(firm, li, START + 3 * HOUR)
    say(moved, START + 3 * HOUR, now=START + HOUR)
    move_visit(visit_id=moved.id, start=START + 48 * HOUR, now=START + 2 * HOUR, actor_id=None)
    assert told(moved)[1] == ("delay", "replaced", None)
    say(passed, START + 6 * HOUR, now=START + 5 * HOUR)
    say(passed, START + 7 * HOUR, now=START + 6 * HOUR + 16 * MINUTE)
    assert told(passed)[1:] == [("delay", "late", None), ("delay", None, None)]


def test_whatever_happens_to_a_visit_is_followed_or_known_to_promise_nothing() -> None:
    texts = [path.read_text() for path in Path(subscribers.__file__).parents[1].rglob("*.py")]
    trees = [ast.parse(text) for text in texts if "telling.changed(" in text]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) == 2]
    told = [call.args[1] for call in calls if ast.unparse(call.func) == "telling.changed"]
    whats = {one.value for arg in told for one in ast.walk(arg) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert {"moved", "promised", "told"} <= whats
    assert whats <= {*subscribers.HANDLED, *subscribers.IGNORED}


def week(firm: Firm) -> None:
    """Arrivals 10, 20 and 90 minutes after the plan, of two technicians; and a promise that is still open."""
    li, ana = firm.technician("Li Wei"), firm.technician("Ana")
    for person, hours, late in ((li, 0, 10), (li, 3, 20), (ana, 0, 90)):
        visit = booked(firm, person, START + hours * HOUR + (MINUTE if person is ana else timedelta()))
        tell(visit, person, "arrived", visit.planned_start + late * MINUTE)
    booked(firm, ana, START + 6 * HOUR)


def test_the_report_counts_and_takes_medians_by_technician_hour_and_area(firm: Firm) -> None:
    week(firm)
    found = queries.report(start=START - HOUR, end=START + 24 * HOUR, kinds=("booked", "changed"), now=firm.now)
    assert found.whole is not None
    assert (found.whole.measured, found.whole.kept, found.whole.late, found.whole.median) == (3, 2, 1, 20)
    assert [(one.name, one.measured, one.percent, one.median) for one in found.technicians] == [("Li Wei", 2, 100, 15), ("Ana", 1, 0, 90)]
    assert [(one.key, one.measured, one.median) for one in found.hours] == [(10, 2, 50), (13, 1, 20)]
    assert [one.key for one in found.areas] == ["10"]
    assert found.outcomes == {"kept": 2, "late": 1, "open": 1}
    assert queries.report(start=START - 9 * HOUR, end=START - 8 * HOUR, kinds=("booked",), now=firm.now).whole is None


def test_the_page_the_file_and_the_api_say_the_same(firm: Firm, sign_in: Callable[..., FlaskClient], caller: Callable[..., Caller]) -> None:
    boss = sign_in("supervisor")
    nothing = boss.get("/promises").text
    assert "Nothing was measured in this time." in nothing
    week(firm)
    page = boss.get("/promises?since=2026-03-10&until=2026-03-12").text
    assert "66.7 %" in page
    assert "2 of 3 measured" in page
    assert page.index("Li Wei") < page.index("Ana")
    wrong = boss.get("/promises?since=2026-03-10&until=2026-03-01")
    assert (wrong.status_code, "The period ends before it begins." in wrong.text) == (422, True)
    lines = boss.get("/promises.csv?since=2026-03-10&until=2026-03-12").text.splitlines()
    assert (len(lines), "Ana,10,10," in lines[2] + lines[1]) == (5, True)
    assert sign_in("agent").get("/promises").status_code == 403
    asked = caller("supervisor")
    days = f"since={date(2026, 3, 11)}&until={date(2026, 3, 11)}"
    report = send(asked, "get", f"/promise-report?{days}").json
    assert (report["whole"]["kept"], report["outcomes"]["open"]) == (2, 1)
    assert [one["outcome"] for one in send(asked, "get", f"/promises?{days}").json["items"]] == ["kept", "late", "kept", None]
    refused = send(asked, "get", "/promise-report?since=2026-03-11&until=2026-03-10")
    assert (refused.status_code, "until" in refused.json["errors"]) == (422, True)
    for address in ("/promise-report", "/promises"):
        far = send(asked, "get", f"{address}?since=0001-01-01&until=9999-12-31")
        assert (far.status_code, sorted(far.json["errors"])) == (422, ["since", "until"])
    assert boss.get("/promises?since=9999-12-01&until=9999-12-31").status_code == 422

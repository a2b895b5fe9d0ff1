"""What is stored of how a day goes on: on reports, bookings, absences, parts that come later, and by the clock; and what the screens are told."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.mail.models import Mailbox
from core import clock as clock_of_entries
from core import later, live
from core.audit import AuditEntry
from core.auth import services as accounts
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import ContactPoint
from dispatch import at_risk, displaced
from dispatch.materials.services import update_purchase_line
from dispatch.presenters import visit_lines
from dispatch.promises import queries as promises
from dispatch.services import apply_field_update, cancel_visit, move_visit
from dispatch.visits import queries
from dispatch.visits.models import DelayNotice, Visit, VisitForecast
from dispatch.visits.services import delays, forecasting
from staff import services as staff
from staff.models import Absence, Person
from staff.rules import WeeklyShift
from tests.dispatch.conftest import Firm, berlin
from tests.javascript import evaluate
from tickets import presenters as tickets
from tickets.models import Entry
from tickets.sla.models import Clock

MINUTE = timedelta(minutes=1)
DAY = "2026-03-10"


def at(text: str) -> datetime:
    return berlin(f"{DAY} {text}")


def report(visit: Visit, person: Person, action: str, when: str, **data: Any) -> None:
    answer = apply_field_update(
        person_id=person.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=at(when), now=at(when), data=data
    )
    assert answer["result"] in ("applied", "noted"), answer
    later.settle_all()


def look(when: str) -> None:
    forecasting.look(at(when))


def of(visit: Visit) -> VisitForecast | None:
    return queries.forecasts_of([visit.id]).get(visit.id)


@pytest.fixture
def li(firm: Firm) -> Person:
    return firm.technician()


@pytest.fixture
def pair(firm: Firm, li: Person) -> tuple[Visit, Visit]:
    """Li's visits at eleven and, promised until half past twelve, at half past twelve."""
    job = firm.job_type()
    return firm.book(li, at("11:00"), job_type=job), firm.book(
        li, at("12:30"), job_type=job, promised_from=at("12:00"), promised_until=at("12:30")
    )


def test_an_overrun_is_seen_by_the_clock_told_once_and_gone_when_it_is_done(
    pair: tuple[Visit, Visit], li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    report(first, li, "on_my_way", "10:50")
    report(first, li, "arrived", "11:00")
    assert (of(first), of(second), at_risk.count()) == (None, None, 0)
    look("12:31")
    found, next_one = of(first), of(second)
    assert found is not None
    assert next_one is not None
    assert (found.cause, found.expected_end_at, found.late_seconds) == ("overrun", at("12:45"), 0)
    assert (next_one.cause, next_one.because_of_id) == ("overrun", first.id)
    assert next_one.expected_start_at is not None
    assert next_one.late_seconds == (next_one.expected_start_at - at("12:30")).total_seconds() > 0
    touched: set[tuple[str, Any]] = set()
    monkeypatch.setattr(live, "touch", lambda topic, *keys, **_more: touched.update((topic, key) for key in keys))
    look("12:33")
    assert not touched  # no news, no word
    look("12:41")
    assert {
        (f"dispatch:{DAY}", f"visit:{second.number}"),
        ("risk", second.number),
        (f"ticket:{second.ticket.number}", "ticket"),
    } <= touched
    (line,) = at_risk.lines().values()
    assert (line["number"], line["cause"], line["because_of"], line["branch"]["name"]) == (second.number, "overrun", first.number, "Berlin")
    report(first, li, "done", "12:42")
    after = of(second)
    assert after is not None
    assert after.cause == "tight"  # it began late; nothing else is in its way
    report(second, li, "arrived", "12:50")
    assert at_risk.count() == 0
    report(second, li, "done", "13:30")
    assert of(second) is None


def test_nobody_left_is_noticed_when_time_alone_passes_and_leaving_mends_it(pair: tuple[Visit, Visit], li: Person) -> None:
    first, _second = pair
    look("10:50")
    assert of(first) is None
    look("11:20")
    found = of(first)
    assert found is not None
    assert found.cause == "not_left"
    report(first, li, "on_my_way", "11:02")
    assert of(first) is None or of(first).cause == "road"  # type: ignore[union-attr]


def test_illness_shows_at_once_and_a_visit_given_away_is_as_planned_again(
    firm: Firm, pair: tuple[Visit, Visit], li: Person, now: datetime
) -> None:
    first, second = pair
    absence = staff.add_absence(person_id=li.id, starts_at=now, ends_at=at("23:00"), reason="Ill", now=now)
    later.settle_all()
    assert {(row.cause, row.expected_start_at) for row in queries.forecasts_of([first.id, second.id]).values()} == {("absent", None)}
    assert at_risk.count() == 0  # they are to be placed anew
    bo = firm.technician("Bo")
    move_visit(visit_id=first.id, person_id=bo.id, now=now, actor_id=None)
    later.settle_all()
    assert of(first) is None
    staff.remove_absence(absence_id=absence.id, now=now)
    later.settle_all()
    assert of(second) is None


def test_an_urgent_visit_and_one_called_off_change_what_is_expected(
    firm: Firm, pair: tuple[Visit, Visit], li: Person, now: datetime
) -> None:
    first, second = pair
    far = firm.ticket(firm.site(52.9))  # more than an hour and a half away
    urgent = firm.book(li, at("15:00"), job_type=firm.job_type("urgent"), ticket=far, despite=["travel"])
    later.settle_all()
    found = of(urgent)
    assert found is not None
    assert (found.cause, found.because_of_id, found.late_seconds) == ("tight", None, 0)
    assert found.expected_start_at is not None
    assert found.expected_start_at > at("15:05")
    cancel_visit(visit_id=second.id, reason="", now=now, actor_id=None)
    later.settle_all()
    assert of(urgent) is None
    assert of(first) is None


def test_a_part_that_comes_after_the_visit_is_a_risk(firm: Firm, li: Person, now: datetime) -> None:
    part = firm.part()
    line = firm.order(part, 1, (now - timedelta(days=1)).date())
    visit = firm.book(li, at("14:00"), job_type=firm.job_type(kit={part.id: 1}))
    later.settle_all()
    assert of(visit) is None
    update_purchase_line(line_id=line.id, eta=now.date(), now=now, actor_id=None)
    later.settle_all()
    found = of(visit)
    assert found is not None
    assert (found.cause, found.expected_start_at) == ("part", None)
    assert list(at_risk.lines()) == [str(visit.number)]
    shown = visit_lines([visit])[0]
    assert (shown["expected_start_at"], shown["cause"]) == (None, "part")


def test_a_visit_without_a_forecast_is_expected_as_planned_and_one_that_is_over_not_at_all(pair: tuple[Visit, Visit], li: Person) -> None:
    first, second = pair
    report(first, li, "no_access", "11:20", result="Nobody there")
    shown = visit_lines([first, second])
    assert [line["expected_start_at"] for line in shown] == [None, at("12:30")]
    assert [line["late_seconds"] for line in shown] == [0, 0]


def test_days_to_come_and_what_somebody_forgot_to_end_are_no_part_of_today(firm: Firm, li: Person, now: datetime) -> None:
    visit = firm.book(li, at("11:00") + timedelta(days=3), job_type=firm.job_type())
    later.settle_all()
    assert forecasting.refresh([li.id], now=now) == []
    forecasting.look(at("11:00") + timedelta(days=3, hours=3))
    assert of(visit) is not None
    forecasting.look(at("11:00") + timedelta(days=4, hours=3))  # yesterday's: nothing is forecast any more
    assert of(visit) is None


def test_midnight_does_not_end_a_night_shift(firm: Firm) -> None:
    owl = firm.technician("Owl", shifts=[WeeklyShift(day, "20:00", "06:00") for day in range(7)])
    visit = firm.book(owl, at("23:30"), job_type=firm.job_type("short"), promised_until=at("23:45"))
    before, after, morning = at("23:58"), at("23:58") + timedelta(minutes=5), at("06:01") + timedelta(days=1)
    for now in (before, after):
        forecasting.look(now)
        found = of(visit)
        assert found is not None
        assert (found.cause, found.late_seconds > 900, at_risk.count()) == ("not_left", True, 1)
        assert visit.id in delays.prepared_for([visit.id])
    forecasting.look(morning)  # the night is over
    assert (of(visit), delays.prepared_for([visit.id])) == (None, {})


def test_what_lasts_beyond_a_night_that_still_runs_is_overtime_though_the_next_night_is_of_the_same_date(firm: Firm) -> None:
    owl = firm.technician("Owl", shifts=[WeeklyShift(day, "20:00", "06:00") for day in range(7)])
    job = firm.job_type()
    tonight = firm.book(owl, at("04:30") + timedelta(days=1), job_type=job)
    tomorrow = firm.book(owl, at("23:00") + timedelta(days=1), job_type=job)
    for action, minutes in (("on_my_way", 0), ("arrived", 20)):
        told = at("05:00") + timedelta(days=1, minutes=minutes)
        apply_field_update(person_id=owl.id, uuid=uuid.uuid4(), visit_id=tonight.id, action=action, happened_at=told, now=told)
        later.settle_all()
    found = of(tonight)
    assert found is not None
    assert (found.expected_end_at, found.overtime_seconds) == (at("06:20") + timedelta(days=1), 20 * 60)
    assert of(tomorrow) is None


def test_what_an_absence_only_delays_is_at_risk_and_what_it_takes_is_to_be_placed_anew_and_both_are_told(
    firm: Firm, li: Person, now: datetime
) -> None:
    job = firm.job_type("short")
    taken = firm.book(li, at("11:00"), job_type=job, promised_until=at("11:30"))
    delayed = firm.book(li, at("12:30"), job_type=job, promised_until=at("12:35"))
    staff.add_absence(person_id=li.id, starts_at=at("10:00"), ends_at=at("12:10"), reason="Ill", now=now)
    later.settle_all()
    forecast = of(delayed)
    assert forecast is not None
    assert (forecast.cause, forecast.because_of_id) == ("absent", taken.id)
    assert (list(displaced.lines()), displaced.count()) == ([str(taken.number)], 1)
    assert (list(at_risk.lines()), at_risk.count()) == ([str(delayed.number)], 1)
    placed_anew, later_today = displaced.lines()[str(taken.number)]["notice"], at_risk.lines()[str(delayed.number)]["notice"]
    assert (placed_anew["visit"], placed_anew["kind"], placed_anew["expected_at"]) == (taken.number, "away", None)
    assert "looking for somebody else" in placed_anew["text"]
    assert "12:" not in placed_anew["text"], "when they are back is no time that somebody keeps"
    assert (later_today["visit"], later_today["kind"], later_today["expected_at"]) == (delayed.number, "late", at("13:15"))


def test_who_is_ill_for_the_day_comes_at_no_time_and_who_takes_the_visit_over_at_theirs(firm: Firm, li: Person, now: datetime) -> None:
    visit, wu = firm.book(li, at("11:00"), job_type=firm.job_type("short"), promised_until=at("11:30")), firm.technician("Wu")
    staff.add_absence(person_id=li.id, starts_at=at("10:30"), ends_at=at("23:00"), reason="Ill", now=now)
    later.settle_all()
    draft = delays.prepared_for([visit.id])[visit.id]
    assert (draft.kind, draft.promised_until) == ("away", None)
    with pytest.raises(NotValid) as refused:
        delays.send(visit_id=visit.id, text="We call", promise=True, now=at("10:40"), actor_id=None)
    assert refused.value.field == "promise"
    delays.send(visit_id=visit.id, text="We call", promise=False, now=at("10:40"), actor_id=None)
    later.settle_all()
    assert [one.kind for one in promises.promises_of(visit.id)] == ["booked"], "no time was told"
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.data["event"].astext == "told")).one()
    assert (told.text, told.data["kind"]) == (
        f"Somebody is away; the customer of visit {visit.number} was told by telephone.\nWe call",
        "away",
    )
    look("10:50")
    assert delays.prepared_for([visit.id]) == {}
    move_visit(visit_id=visit.id, person_id=wu.id, start=at("11:20"), now=at("10:50"), actor_id=None)
    later.settle_all()
    assert delays.prepared_for([visit.id]) == {}
    look("12:10")
    assert delays.prepared_for([visit.id])[visit.id].kind == "late"


def test_the_clock_takes_technicians_in_turn_and_finds_who_was_locked_when_an_absence_was_told(
    firm: Firm, li: Person, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(forecasting, "BATCH", 1)
    people, job = [li, firm.technician("Bo")], firm.job_type()
    visits = [firm.book(person, at("14:00"), job_type=job) for person in people]
    later.settle_all()
    assert forecasting.look(now) is False  # nobody's day can have changed
    for person in people:
        database.session.add(Absence(person_id=person.id, starts_at=at("10:00"), ends_at=at("20:00"), reason="Ill"))
    database.session.flush()
    assert forecasting.look(now) is True
    assert [of(visit) is not None for visit in visits] == [True, False]
    assert forecasting.look(now) is False
    assert [of(visit) is not None for visit in visits] == [True, True]
    assert forecasting.look(now) is True  # from the beginning


def test_the_tickets_clock_says_that_the_visit_comes_too_late_until_it_does_not(
    firm: Firm, pair: tuple[Visit, Visit], li: Person, now: datetime
) -> None:
    first, second = pair
    clock = Clock(ticket_id=second.ticket_id, kind="on_site", state="running", started_at=now, target_seconds=9000, due_at=at("12:31"))
    database.session.add(clock)
    database.session.flush()

    def shown() -> datetime | None:
        found = next(row for row in tickets.ticket(second.ticket)["clocks"] if row["id"] == clock.id)
        expected: datetime | None = found["expected_at"]
        return expected

    assert shown() == at("12:30")
    report(first, li, "arrived", "11:00")
    look("12:31")
    late = of(second)
    assert late is not None
    assert shown() == late.expected_start_at
    assert shown() != at("12:30")
    assert at_risk.count() == 1
    report(first, li, "done", "12:31")
    assert shown() == at("12:30")
    assert at_risk.count() == 0
    cancel_visit(visit_id=second.id, reason="", now=now, actor_id=None)
    assert shown() is None


def test_risks_over_http(
    firm: Firm, pair: tuple[Visit, Visit], li: Person, app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(clock_of_entries, "now", lambda: now)
    first, second = pair
    report(first, li, "arrived", "11:00")
    look("12:31")
    user = accounts.create_user(email="d@callout.test", name="Dee", password=None, roles=["dispatcher"], now=now)
    token, secret = accounts.create_token(name="test", user=user, role="dispatcher", now=now, actor_id=None)
    token.last_used_at = now
    database.session.commit()
    headers = {"Accept": "application/json", "Authorization": f"Bearer {secret}"}
    answer = app.test_client().get("/api/v1/visits/at-risk", headers=headers).json
    assert answer is not None
    assert answer["count"] == 1
    (line,) = answer["items"]
    assert {name: line[name] for name in ("number", "cause", "because_of", "overtime_seconds")} == {
        "number": second.number,
        "cause": "overrun",
        "because_of": first.number,
        "overtime_seconds": 0,
    }
    assert line["late_seconds"] > 0
    one = app.test_client().get(f"/api/v1/visits/{first.number}", headers=headers).json
    assert one is not None
    assert one["expected_start_at"] == "2026-03-10T10:00:00+00:00"
    assert one["expected_end_at"] == "2026-03-10T11:45:00+00:00"
    assert app.test_client().get("/api/v1/visits/at-risk", headers={"Accept": "application/json"}).status_code == 401


@pytest.fixture
def late(firm: Firm, pair: tuple[Visit, Visit], li: Person) -> Visit:
    """The second of the pair, expected more than a quarter of an hour after its window; its customer reads Chinese."""
    first, second = pair
    assert second.ticket.customer is not None
    second.ticket.customer.language = "zh_Hans"
    report(first, li, "arrived", "11:00")
    look("12:51")
    return second


def mails() -> list[Entry]:
    return list(database.session.scalars(select(Entry).where(Entry.kind == "message_out")))


def test_a_notice_is_drafted_in_the_customers_language_and_nothing_is_sent_by_itself(late: Visit) -> None:
    draft = delays.prepared_for([late.id])[late.id]
    assert (draft.expected_at, draft.promised_from, draft.promised_until) == (at("13:05"), at("13:05"), at("14:05"))
    assert "13:05" in delays.text_of(draft)
    assert "12:00" in delays.text_of(draft)
    assert "Hello" not in delays.text_of(draft)
    assert mails() == []
    look("12:53")
    assert [row.id for row in database.session.scalars(select(DelayNotice))] == [draft.id]
    look("13:12")
    assert delays.prepared_for([late.id])[late.id].expected_at == at("13:25")


@pytest.fixture
def address(firm: Firm, late: Visit) -> ContactPoint:
    """The customer's, and a mailbox to write from."""
    assert late.ticket.customer is not None
    found = ContactPoint(kind="email", value="jia@example.test", label="")
    late.ticket.customer.contact_points.append(found)
    database.session.add(Mailbox(name="Support", address="support@callout.test", sender_name="Callout", queue=firm.queue))
    database.session.flush()
    return found


@pytest.mark.usefixtures("address")
def test_a_notice_is_sent_once_and_the_window_moves_only_when_the_customer_agrees(late: Visit, now: datetime) -> None:
    seen = delays.prepared_for([late.id])[late.id].expected_at
    for wrong, code in (({"text": "  "}, "text"), ({"text": "x" * 5001}, "text")):
        with pytest.raises(NotValid) as refused:
            delays.send(visit_id=late.id, promise=False, now=at("12:51"), actor_id=None, **wrong)  # type: ignore[arg-type]
        assert refused.value.field == code
    with pytest.raises(Conflict):
        delays.send(visit_id=late.id, text="Later", promise=True, now=at("12:51"), actor_id=None, expected_at=seen - MINUTE)
    assert mails() == []
    delays.send(visit_id=late.id, text="We come at one", promise=True, now=at("12:51"), actor_id=None, expected_at=seen)
    later.settle_all()
    assert [(entry.text, entry.channel, entry.ticket_id) for entry in mails()] == [("We come at one", "email", late.ticket_id)]
    assert (late.promised_from, late.promised_until, late.planned_start) == (at("13:05"), at("14:05"), at("12:30"))
    assert at_risk.count() == 0
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "delay_notice.sent")).one()
    assert entry.target == f"visit {late.number}"
    told = promises.promises_of(late.id)
    assert [(one.kind, one.outcome) for one in told] == [("booked", "late"), ("changed", None), ("delay", None)]
    assert (told[2].promised_from, told[2].estimated_at, told[2].promised_until) == (at("12:50"), at("13:05"), at("13:20"))
    with pytest.raises(Conflict) as again:
        delays.send(visit_id=late.id, text="Again", promise=False, now=at("12:52"), actor_id=None)
    assert again.value.code == "told"
    assert len(mails()) == 1


def test_nobody_is_told_by_mail_when_none_would_leave(late: Visit, address: ContactPoint, now: datetime) -> None:
    assert delays.way_to(late) == ("email", address.value)
    address.undeliverable_at = now
    database.session.flush()
    assert delays.way_to(late)[0] == "phone"
    address.undeliverable_at = None
    database.session.scalars(select(Mailbox)).one().active = False
    database.session.flush()
    assert delays.way_to(late)[0] == "phone"


def test_who_has_no_address_is_rung_and_the_window_stays(late: Visit) -> None:
    assert delays.way_to(late)[0] == "phone"
    for wrong in (at("12:40"), at("12:52") + timedelta(hours=12)):
        with pytest.raises(NotValid) as refused:
            delays.send(visit_id=late.id, text="Li comes", promise=False, now=at("12:51"), actor_id=None, told_at=wrong)
        assert refused.value.field == "told_at"
    delays.send(visit_id=late.id, text="Li comes at one", promise=False, now=at("12:51"), actor_id=None, told_at=at("13:00"))
    later.settle_all()
    assert [one.estimated_at for one in promises.promises_of(late.id) if one.kind == "delay"] == [at("13:00")]
    assert mails() == []
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == late.ticket_id, Entry.data["event"].astext == "told")).one()
    assert told.text == f"Visit {late.number} is late; the customer was told by telephone.\nLi comes at one"
    assert late.promised_until == at("12:30")
    assert at_risk.count() == 1


def test_a_dismissed_delay_comes_back_when_it_grows_and_one_that_is_gone_is_withdrawn(
    late: Visit, pair: tuple[Visit, Visit], li: Person
) -> None:
    delays.dismiss(visit_id=late.id, now=at("12:51"), actor_id=None)
    later.settle_all()
    look("12:57")
    assert delays.prepared_for([late.id]) == {}
    look("13:12")
    assert late.id in delays.prepared_for([late.id])
    report(pair[0], li, "done", "13:13")
    report(late, li, "arrived", "13:14")
    assert delays.prepared_for([late.id]) == {}
    with pytest.raises(Conflict) as gone:
        delays.send(visit_id=late.id, text="Late", promise=False, now=at("13:15"), actor_id=None)
    assert gone.value.code == "told"


def test_what_the_screens_say_of_it() -> None:
    clock = {"kind": "on_site", "state": "running", "due_at": "2026-03-10T16:00:00Z", "expected_at": "2026-03-10T16:40:00Z"}
    words = [clock, {**clock, "expected_at": "2026-03-10T15:40:00Z"}, {**clock, "expected_at": None}, {**clock, "state": "met"}]
    assert evaluate("tickets/words.js", "given.map((one) => Boolean(it.lateWord(one)))", words) == [True, False, False, False]
    visit = {
        "open": True,
        "status": "booked",
        "planned_start": "2026-03-10T10:00:00Z",
        "planned_end": "2026-03-10T11:00:00Z",
        "cause": "tight",
    }
    visit |= {
        "late_seconds": 0,
        "overtime_seconds": 0,
        "expected_start_at": "2026-03-10T10:20:00Z",
        "expected_end_at": "2026-03-10T11:20:00Z",
    }
    visits = [
        {**visit, "late_seconds": 1500, "because_of": 5001, "cause": "overrun"},
        {**visit, "cause": "part", "expected_start_at": None},
        {**visit, "overtime_seconds": 3600},
        {**visit, "expected_start_at": visit["planned_start"], "expected_end_at": visit["planned_end"], "cause": ""},
        {**visit, "open": False, "late_seconds": 1500},
    ]
    said = evaluate("dispatch/forecast.js", "given.map((one) => [it.forecastWord(one), it.causeWord(one), it.departs(one)])", visits)
    assert said == [
        ["late by 25 m", "visit 5001 takes longer", True],
        ["the part comes too late", "a part comes after the visit", False],
        ["1 h beyond the shift", "the plan leaves too little time for work and way", True],
        ["", "", False],
        ["", "the plan leaves too little time for work and way", False],
    ]
    asked = 'given.map(([text, zone]) => it.instantAt(text, zone, Date.parse("2026-03-10T11:51:30Z")))'
    found = evaluate("dispatch/words.js", asked, [["13:05", "Europe/Berlin"], ["12:30", "Europe/Berlin"], ["20:00", "Asia/Shanghai"]])
    assert found == ["2026-03-10T12:05:00.000Z", "2026-03-11T11:30:00.000Z", "2026-03-10T12:00:00.000Z"]  # the next one on that wall
    row = {"clocks": [clock], "visit": {"planned_start": "2026-03-10T15:00:00Z", "expected_start": "2026-03-10T16:40:00Z"}}
    assert evaluate("callcenter/board-rules.js", "it.willBeLate(given)", row) is True

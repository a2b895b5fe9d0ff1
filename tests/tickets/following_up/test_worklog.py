"""The work log: minutes by hand and by timer, calls counted by themselves, corrections kept, sums on the ticket and by day."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.voice.models import Call, Leg
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotAllowed, NotFound, NotValid
from core.sheets import csv_of
from staff.models import Person, Presence
from tests.tickets.conftest import Firm, utc
from tests.tickets.following_up.test_tasks import Screen
from tests.tickets.test_api import Program
from tickets import services as tickets
from tickets.models import Ticket
from tickets.worklog import export, queries, rules, services

DAY = date(2026, 3, 10)


@pytest.fixture
def ana(make_user: Callable[..., User], firm: Firm) -> Person:
    return firm.person(make_user("agent", name="Ana").id)


def log(person: Person, minutes: int, now: datetime, **more: Any) -> Any:
    given = {"activity": "work", **more}
    return services.log(person_id=person.id, minutes=minutes, now=now, actor_id=person.user_id, **given)


def call(person: Person, ticket: Ticket | None, start: datetime, seconds: int, wrap_up: int = 0) -> None:
    """A talk of that long, with the wrap-up after it."""
    end = start + timedelta(seconds=seconds)
    made = Call(
        direction="inbound", from_number="+4930111", to_number="+4930222", ticket_id=ticket.id if ticket else None, started_at=start
    )
    made.state, made.hold_seconds = "ended", 0
    database.session.add(made)
    database.session.flush()
    database.session.add(
        Leg(call_id=made.id, person_id=person.id, label="agent", state="done", created_at=start, joined_at=start, left_at=end)
    )
    if wrap_up:
        until = end + timedelta(seconds=wrap_up)
        database.session.add(Presence(person_id=person.id, state="wrap_up", since=end, until=until))
    database.session.flush()


def test_minutes_stand_on_the_day_and_on_the_ticket(firm: Firm, ana: Person, now: datetime) -> None:
    ticket = firm.ticket()
    log(ana, 25, now, ticket_id=ticket.id, note=" Looked at it ")
    log(ana, 10, now, activity="administration")
    call(ana, ticket, now, 300, wrap_up=60)
    lines = queries.entries(first=DAY, last=DAY, person_id=ana.id)
    assert [(line["minutes"], line["number"], line["note"]) for line in lines] == [(25, ticket.number, "Looked at it"), (10, None, "")]
    counted = queries.counted(first=DAY, last=DAY, person_id=ana.id)
    assert [(line["kind"], line["seconds"], line["number"]) for line in counted] == [
        ("call", 300, ticket.number),
        ("wrap_up", 60, ticket.number),
    ]
    found = queries.of_ticket(ticket.id)
    assert found["seconds"] == 25 * 60 + 360
    assert found["people"] == [{"person": "Ana", "seconds": 1500, "counted_seconds": 360}]


def test_a_call_belongs_to_the_day_on_which_it_began_where_its_agent_is(firm: Firm, ana: Person) -> None:
    call(ana, None, utc("2026-03-09 23:30"), 60)  # half past midnight in Berlin
    assert len(queries.counted(first=DAY, last=DAY, person_id=ana.id)) == 1
    assert queries.counted(first=DAY - timedelta(days=1), last=DAY - timedelta(days=1), person_id=ana.id) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"activity": "sleep"}, "activity"),
        ({"note": "x" * 1001}, "note"),
        ({"day": date(2026, 3, 11)}, "day"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(ana: Person, now: datetime, values: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        log(ana, **{"minutes": 5, "now": now, **values})
    assert refused.value.field == field
    assert queries.entries(first=DAY, last=DAY) == []


def test_a_day_has_24_hours(ana: Person, now: datetime) -> None:
    entry = log(ana, 1400, now)
    with pytest.raises(NotValid):
        log(ana, 41, now)
    log(ana, 40, now)
    with pytest.raises(NotValid):
        services.correct(entry_id=entry.id, minutes=1401, now=now, actor_id=ana.user_id)
    database.session.expire_all()
    assert queries.minutes_of_day(ana.id, DAY) == 1440


def test_corrections_are_kept_and_older_days_are_for_supervisors(ana: Person, make_user: Callable[..., User], now: datetime) -> None:
    entry, boss = log(ana, 30, now), make_user("supervisor", name="Sam")
    seen = entry.version
    services.correct(entry_id=entry.id, minutes=45, note="longer", now=now, actor_id=ana.user_id, expected_version=seen)
    with pytest.raises(Conflict):
        services.correct(entry_id=entry.id, minutes=50, now=now, actor_id=ana.user_id, expected_version=seen)
    later = now + timedelta(days=7)
    with pytest.raises(NotAllowed):
        services.correct(entry_id=entry.id, minutes=60, now=later, actor_id=ana.user_id)
    with pytest.raises(NotAllowed):
        services.correct(entry_id=entry.id, minutes=60, now=now, actor_id=boss.id)
    services.correct(entry_id=entry.id, minutes=60, now=later, actor_id=boss.id, manager=True)
    said = [(change["actor"], change["before"]["minutes"], change["after"]["minutes"]) for change in queries.changes_of(entry.id)]
    assert said == [("Ana", 30, 45), ("Sam", 45, 60)]
    services.remove(entry_id=entry.id, now=later, actor_id=boss.id, manager=True)
    assert queries.entries(first=DAY, last=DAY) == []
    assert queries.changes_of(entry.id)[-1]["after"] == {}
    with pytest.raises(NotFound):
        services.remove(entry_id=entry.id, now=later, actor_id=boss.id, manager=True)


def test_one_timer_for_each_person(firm: Firm, ana: Person, now: datetime) -> None:
    one, other = firm.ticket(), firm.ticket()
    started = {"person_id": ana.id, "actor_id": ana.user_id}
    services.start_timer(ticket_id=one.id, now=now, **started)
    assert services.start_timer(ticket_id=one.id, now=now + timedelta(minutes=1), **started)[0].started_at == now
    _timer, stopped = services.start_timer(ticket_id=other.id, now=now + timedelta(minutes=10, seconds=1), **started)
    assert stopped is not None
    assert (stopped.ticket_id, stopped.minutes) == (one.id, 11)
    entry = services.stop_timer(now=now + timedelta(minutes=10, seconds=2), note="short", **started)
    assert (entry.ticket_id, entry.minutes, entry.note) == (other.id, 1, "short")
    with pytest.raises(NotFound):
        services.stop_timer(now=now, **started)
    services.start_timer(now=now, **started)
    services.discard_timer(now=now, **started)
    assert queries.timer(ana.id) is None
    assert len(queries.entries(first=DAY, last=DAY)) == 2


def test_the_timer_reaches_the_pages_of_its_person(firm: Firm, ana: Person, now: datetime) -> None:
    screen, common = Screen(ana.user), {"person_id": ana.id, "actor_id": ana.user_id, "now": now}
    ticket = firm.ticket()
    services.start_timer(ticket_id=ticket.id, **common)
    screen.hear()
    assert screen.rows["timer"]["number"] == ticket.number
    tickets.set_subject(ticket_id=ticket.id, subject="Another", now=now, actor_id=None)
    screen.hear()
    assert screen.rows["timer"]["subject"] == "Another"
    services.confirm_timer(**{**common, "now": now + timedelta(hours=5)})
    screen.hear()
    services.discard_timer(**common)
    screen.hear()
    assert screen.rows == {}


def test_a_forgotten_timer_is_asked_about_and_not_believed(firm: Firm, ana: Person, now: datetime) -> None:
    common = {"person_id": ana.id, "actor_id": ana.user_id}
    services.start_timer(ticket_id=firm.ticket().id, now=now, **common)
    morning = now + timedelta(hours=23)
    with pytest.raises(NotValid) as refused:
        services.stop_timer(now=morning, **common)
    assert refused.value.code == "forgotten"
    assert services.confirm_timer(now=morning, **common).confirmed_at == morning
    entry = services.stop_timer(minutes=20, now=morning, **common)
    assert (entry.minutes, entry.day, entry.started_at) == (20, DAY, None)


def test_a_call_while_a_timer_runs_is_not_counted_twice(firm: Firm, ana: Person, now: datetime) -> None:
    ticket = firm.ticket()
    services.start_timer(person_id=ana.id, ticket_id=ticket.id, now=now, actor_id=ana.user_id)
    call(ana, ticket, now + timedelta(minutes=5), 600)
    services.stop_timer(person_id=ana.id, now=now + timedelta(minutes=10), actor_id=ana.user_id)
    assert [line["seconds"] for line in queries.counted(first=DAY, last=DAY, person_id=ana.id)] == [300]
    assert queries.of_ticket(ticket.id)["seconds"] == 600 + 300


SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=4)


@settings(max_examples=50, deadline=None)
@given(start=st.integers(0, 100), length=st.integers(0, 60), spans=SPANS)
def test_what_lies_outside_is_what_a_count_of_seconds_says(start: int, length: int, spans: list[tuple[int, int]]) -> None:
    def at(second: int) -> datetime:
        return utc("2026-03-10 09:00") + timedelta(seconds=second)

    inside = {second for begin, stop in spans for second in range(begin, stop)}
    wanted = len(set(range(start, start + length)) - inside)
    ordered = [(at(begin), at(stop)) for begin, stop in spans if begin < stop]
    assert rules.outside(at(start), at(start + length), ordered) == wanted


def test_time_moves_along_when_tickets_are_merged_and_back(firm: Firm, ana: Person, now: datetime) -> None:
    survivor, merged = firm.ticket(), firm.ticket(subject="The same")
    entry = log(ana, 5, now, ticket_id=merged.id)
    services.start_timer(person_id=ana.id, ticket_id=merged.id, now=now, actor_id=ana.user_id)
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=now, actor_id=None)
    assert (entry.ticket_id, queries.timer(ana.id)["number"]) == (survivor.id, survivor.number)  # type: ignore[index]
    tickets.undo_merge(merged_id=merged.id, now=now, actor_id=None)
    assert (entry.ticket_id, queries.timer(ana.id)["number"]) == (merged.id, merged.number)  # type: ignore[index]


def test_the_sheet_has_every_line_and_no_formula(ana: Person, now: datetime) -> None:
    log(ana, 5, now, note='=HYPERLINK("x")')
    call(ana, None, now, 90)
    text = csv_of(export.rows(first=DAY, last=DAY, person_id=None, zone="Europe/Berlin"))
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [line[4] for line in lines[1:]] == ["5", "1.5"]
    assert lines[1][6] == '\'=HYPERLINK("x")'
    assert lines[2][8] == "2026-03-10 10:00"


def test_the_api_of_a_day(firm: Firm, as_role: Callable[..., Program]) -> None:
    agent, boss, other = as_role("agent"), as_role("supervisor"), as_role("agent")
    number = firm.ticket().number
    assert agent("PUT", "/timer", {"ticket": number}).json["timer"]["number"] == number
    assert agent("GET", "/timer").json["timer"]["number"] == number
    assert agent("POST", "/timer/confirmation", {}).status_code == 200
    assert agent("POST", "/timer/stop", {"minutes": 12}).json["minutes"] == 12
    assert agent("DELETE", "/timer").status_code == 204
    made = agent("POST", "/work-entries", {"minutes": 5, "ticket": number, "activity": "mail"}).json
    changed = agent("PATCH", f"/work-entries/{made['id']}", {"minutes": 7, "ticket": None, "version": made["version"]}).json
    assert (changed["minutes"], changed["number"], changed["corrected"]) == (7, None, True)
    assert agent("GET", "/work").json["seconds"] == 19 * 60
    assert other("GET", f"/work?person_id={made['person_id']}").status_code == 403
    assert other("PATCH", f"/work-entries/{made['id']}", {"minutes": 1}).status_code == 403
    assert boss("GET", f"/work?person_id={made['person_id']}&first=2026-03-01&last=2026-03-31").json["seconds"] == 19 * 60
    assert boss("GET", "/work?first=2026-03-31&last=2026-03-01").status_code == 422
    assert agent("GET", f"/work-entries/{made['id']}/corrections").json["items"][0]["after"]["minutes"] == 7
    assert agent("GET", f"/tickets/{number}/work").json["seconds"] == 12 * 60
    assert agent("DELETE", f"/work-entries/{made['id']}").status_code == 204


def test_the_page_and_its_file_are_for_colleagues(firm: Firm, sign_in: Callable[..., FlaskClient]) -> None:
    agent = sign_in("agent")
    person = firm.person(agent.user.id)  # type: ignore[attr-defined]
    database.session.commit()
    assert agent.get("/my-day").status_code == 200
    assert agent.get(f"/my-day/export.csv?person_id={person.id}").mimetype == "text/csv"
    assert agent.get("/my-day/export.csv?first=soon").status_code == 422
    assert agent.get("/my-day/export.csv?person_id=me").status_code == 422
    assert sign_in("technician").get("/my-day").status_code == 403


def test_a_day_costs_the_same_with_one_entry_and_with_many(
    firm: Firm, as_role: Callable[..., Program], now: datetime, statements: list[str]
) -> None:
    agent, counted = as_role("agent"), []
    person = queries.db.session.scalar(database.select(Person).filter_by(user_id=agent.user_id))
    assert person is not None
    for count in (1, 8):
        for number in range(count):
            ticket = firm.ticket()
            log(person, 5, now, ticket_id=ticket.id)
            call(person, ticket, now + timedelta(minutes=20 * number + count), 60, wrap_up=0)
        database.session.commit()
        statements.clear()
        assert agent("GET", "/work").status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1]

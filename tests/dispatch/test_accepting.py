"""A long proposal is accepted group by group on a worker: what it says meanwhile, what a crash leaves, what a second press does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, outbox
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict
from dispatch.materials.services import update_part
from dispatch.plans import accepting, applying, queries, services
from dispatch.plans.models import Plan
from dispatch.plans.presenters import plan_line
from dispatch.roads import known
from dispatch.services import move_visit
from dispatch.visits.models import Visit
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_plan_days import business_time, proposal, reasons, stands

__all__ = ["business_time"]  # fixture
FAILED = "Something went wrong on our side, and was recorded. Try again."
HOURS = ("09", "11", "13", "15", "17")


def at(hour: str, minutes: str = "00") -> datetime:
    return berlin(f"2026-03-11 {hour}:{minutes}")


class Day:
    """Li has five visits that Mia can take, Ann and Bo one each that change places: seven rows in six groups."""

    def __init__(self, firm: Firm, user: User) -> None:
        self.firm, self.job = firm, firm.job_type()
        self.li, self.mia, self.ann, self.bo = (firm.technician(name) for name in ("Li Wei", "Mia", "Ann", "Bo"))
        self.given = [firm.book(self.li, at(hour), job_type=self.job) for hour in HOURS]
        self.one, self.other = (firm.book(who, at("10"), job_type=self.job) for who in (self.ann, self.bo))
        self.user = user
        rows: list[tuple[Visit, Person, datetime]] = [(visit, self.mia, visit.planned_start) for visit in self.given]
        self.plan = proposal(firm, [*rows, (self.one, self.bo, at("10")), (self.other, self.ann, at("10"))], user)

    def press(self, rows: list[int] | None = None) -> Plan:
        return services.accept_plan(plan_id=self.plan.id, rows=rows, now=clock.now(), actor_id=self.user.id)

    def states(self) -> Counter[str]:
        return Counter(row.state for row in queries.rows_of(self.plan.id))


@pytest.fixture
def day(firm: Firm, make_user: Callable[..., User]) -> Day:
    return Day(firm, make_user("dispatcher"))


def jobs() -> list[outbox.OutboxRow]:
    return list(database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == services.ACCEPTANCE)))


def work() -> None:
    """What a worker does with all that is left to it."""
    database.session.commit()
    for row in jobs():
        outbox.run(row.id, clock=clock.now)
    database.session.expire_all()


def test_a_long_proposal_is_done_group_by_group_and_pressed_again_it_is_done_once(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[int, int]] = []
    really = applying.apply

    def seen(plan: Plan, rows: Any, **more: Any) -> applying.Refused:
        tried.append((len(rows), plan.progress))
        return really(plan, rows, **more)

    monkeypatch.setattr(applying, "apply", seen)
    plan = day.press()
    assert (plan.status, day.states(), plan_line(plan)["accepting"]) == ("accepting", {"waiting": 7}, True)
    assert (day.press().status, len(jobs())) == ("accepting", 1)
    with pytest.raises(Conflict, match="being accepted"):
        services.refuse_plan(plan_id=plan.id, now=clock.now(), actor_id=None)
    work()
    assert tried == [(1, 0), (1, 14), (1, 28), (1, 42), (1, 57), (2, 71)]
    assert (plan.status, plan.progress, plan.accepting, day.states()) == ("accepted", 100, [], {"accepted": 7})
    assert [stands(visit)[0] for visit in (*day.given, day.one, day.other)] == ["Mia"] * 5 + ["Bo", "Ann"]
    made = select(AuditEntry).where(AuditEntry.target == f"plan:{plan.id}").order_by(AuditEntry.id)
    entries = list(database.session.scalars(made))
    assert [(entry.action, entry.actor_id) for entry in entries[1:]] == [("plan.accepting", day.user.id), ("plan.accepted", day.user.id)]
    assert entries[-1].after is not None
    assert len(entries[-1].after["accepted"]) == 7
    assert (day.press().status, len(jobs()), jobs()[0].done_at is not None) == ("accepted", 1, True)
    accepting.run(jobs()[0].id, {"plan_id": plan.id})  # handed over twice
    assert len(tried) == 6


def test_groups_are_of_the_ways_that_are_judged_and_of_alternates(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "roads", lambda pairs: dict.fromkeys(pairs, 3 * 3600))
    rows = queries.rows_of(day.plan.id)
    for row, north in zip(rows, range(7), strict=True):
        assert row.ticket.site is not None
        row.ticket.site.latitude = 52.51 + north / 1000
    rows[0].to_person_id, rows[0].to_start, rows[0].to_end = day.bo.id, at("08"), at("09")  # an hour before another leaves him
    assert len(accepting.grouped(rows)[0]) == 3
    pump, better = day.firm.part("Pump"), day.firm.part("Better pump")
    update_part(part_id=pump.id, alternates=[better.id], now=day.firm.now, actor_id=None)
    rows[1].job_type = day.firm.job_type("pump", kit={pump.id: 1})
    changes = accepting._changes(rows)
    assert (changes[1].needs, changes[1].alternates) == ({pump.id: 1}, {pump.id: (better.id,)})


def test_a_group_that_cannot_be_done_says_why_by_row_and_leaves_its_day_as_it_was(day: Day) -> None:
    in_the_way = day.firm.book(day.mia, at("13", "30"), job_type=day.job)
    move_visit(visit_id=day.given[0].id, start=at("09", "30"), now=day.firm.now, actor_id=None)
    day.press()
    work()
    assert day.states() == {"accepted": 5, "conflict": 2}
    assert day.plan.status == "partly"
    moved, taken = reasons(day.plan)
    assert moved == f"Visit {day.given[0].number} was moved meanwhile: Li Wei, 09:30."
    assert f"visit {in_the_way.number}" in taken
    assert [stands(visit) for visit in (*day.given[:3], in_the_way)] == [
        ("Li Wei", "09:30"),
        ("Mia", "11:00"),
        ("Li Wei", "13:00"),
        ("Mia", "13:30"),
    ]


def test_what_there_is_no_room_for_is_tried_again_after_the_others(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a need that the rows do not tell the first half comes too early, and is done in the end."""
    monkeypatch.setattr(accepting, "groups", lambda changes, **_more: [[change.id] for change in changes])
    day.press()
    work()
    assert (day.plan.status, day.states()) == ("accepted", {"accepted": 7})
    assert (stands(day.one)[0], stands(day.other)[0]) == ("Bo", "Ann")


def test_a_worker_that_dies_leaves_groups_done_or_not_and_its_successor_goes_on(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    really = applying.apply
    count = iter(range(99))

    def dies(plan: Plan, rows: Any, **more: Any) -> applying.Refused:
        found = really(plan, rows, **more)
        if next(count) == 2:
            raise SystemExit("killed")
        return found

    monkeypatch.setattr(applying, "apply", dies)
    day.press()
    with pytest.raises(SystemExit):
        work()
    assert (day.plan.status, day.states()) == ("accepting", {"accepted": 2, "waiting": 5})
    assert [stands(visit)[0] for visit in day.given] == ["Mia", "Mia", "Li Wei", "Li Wei", "Li Wei"]
    work()
    assert (day.plan.status, day.states()) == ("accepted", {"accepted": 7})


def test_it_can_be_stopped_and_what_is_done_stays(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    really = accepting._told

    def stopped(plan_id: int, row_id: int, goes_on: bool, *, now: datetime) -> bool:
        if goes_on and database.session.get_one(Plan, plan_id).progress > 20:
            services.cancel_plan(plan_id=plan_id, now=now, actor_id=day.user.id)
        return really(plan_id, row_id, goes_on, now=now)

    monkeypatch.setattr(accepting, "_told", stopped)
    day.press()
    work()
    assert (day.plan.status, day.states()) == ("partly", {"accepted": 2, "open": 5})
    assert jobs()[0].done_at is not None


def test_what_fails_and_who_is_in_the_way_for_long_are_said_and_the_others_are_done(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    first = queries.rows_of(day.plan.id)[0].id
    really = applying.apply

    def held(plan: Plan, rows: Any, **more: Any) -> applying.Refused:
        if rows[0].id == first:
            raise ZeroDivisionError
        if len(rows) == 2:
            raise Conflict("Somebody is at it", code="busy")
        return really(plan, rows, **more)

    monkeypatch.setattr(applying, "apply", held)
    day.press()
    work()
    assert (day.plan.status, day.states()) == ("partly", {"accepted": 4, "conflict": 3})
    assert reasons(day.plan) == [FAILED, "Somebody is at it", "Somebody is at it"]


def test_when_nothing_can_be_tried_all_is_left_with_the_reason_in_the_end(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "groups", lambda *_given, **_more: 1 // 0)
    day.press()
    for _time in range(5):
        with pytest.raises(ZeroDivisionError):
            work()
    assert (day.plan.status, day.states(), set(reasons(day.plan))) == ("ready", {"conflict": 7}, {FAILED})

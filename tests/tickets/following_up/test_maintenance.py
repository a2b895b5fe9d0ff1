"""Maintenance plans: each date gets its ticket exactly once, also late; skipped, postponed, paused, ended; for many at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.db import transaction
from core.errors import Conflict, DomainError, NotValid
from customers import services as customers
from customers.models import Customer, Equipment
from dispatch import maintenance as visits
from dispatch.visits.models import JobType
from tests.threads import at_once
from tests.tickets.conftest import Firm, utc
from tests.tickets.test_api import Program
from tickets import queries as ticket_queries
from tickets import services as tickets
from tickets.maintenance import bulk, opening, queries, services
from tickets.maintenance.models import MaintenancePlan, Occurrence
from tickets.models import Ticket
from tickets.notices.models import Notice

YEARLY = {"unit": "year", "every": 1}
WEEKLY = {"unit": "week", "every": 1}


@pytest.fixture
def boiler(firm: Firm, now: datetime) -> Equipment:
    firm.calendar()
    return thing(now)


def thing(now: datetime, name: str = "Ada", **values: Any) -> Equipment:
    customer = customers.create_customer(name=name, now=now)
    given = {"kind": "Gas boiler", "maker": "Vaillant", "model": "ecoTEC", **values}
    return customers.add_equipment(customer_id=customer.id, values=given, now=now)


def plan(firm: Firm, equipment: Equipment, now: datetime, **values: Any) -> MaintenancePlan:
    given: dict[str, Any] = {
        "name": "Yearly maintenance",
        "queue_id": firm.queue.id,
        "equipment_id": equipment.id,
        "recurrence": YEARLY,
        "starts_on": date(2026, 4, 10),
        "lead_days": 14,
        **values,
    }
    return services.create_plan(now=now, actor_id=None, **given)


def opened() -> list[Ticket]:
    return list(database.session.scalars(database.select(Ticket).order_by(Ticket.id)))


def dates(row: MaintenancePlan) -> list[tuple[int, str, str]]:
    """What became of a plan's dates, the oldest first: number, day due, state."""
    found = database.session.scalars(database.select(Occurrence).filter_by(plan_id=row.id).order_by(Occurrence.number))
    return [(one.number, one.due_on.isoformat(), one.state) for one in found]


def test_the_ticket_opens_so_many_days_before_at_local_midnight_once(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, text="Measure the exhaust.", checklist=["Filter", " Burner "], priority="high")
    assert (row.next_due_on, row.look_at) == (date(2026, 4, 10), utc("2026-03-26 23:00"))  # 14 days before, in Berlin's winter time
    opening.open_due(utc("2026-03-26 22:59"))
    assert opened() == []
    for _again in range(2):
        opening.open_due(utc("2026-03-26 23:00"))
    ticket = opened()[0]
    assert [ticket.id] == [one.id for one in opened()]
    assert (ticket.subject, ticket.kind, ticket.priority, ticket.customer_id) == (
        "Yearly maintenance",
        "maintenance",
        "high",
        boiler.customer_id,
    )
    note = ticket_queries.entries_of(ticket.id)[-1].text
    assert "2026-04-10" in note
    assert "Measure the exhaust." in note
    assert "☐ Burner" in note
    assert (row.next_due_on, row.next_number) == (date(2027, 4, 10), 2)
    assert [(one["number"], one["name"]) for one in queries.of_ticket(ticket.id)] == [(1, "Yearly maintenance")]


def test_after_a_time_without_us_one_ticket_stands_for_the_dates_that_passed(
    firm: Firm, boiler: Equipment, make_user: Callable[..., User], now: datetime
) -> None:
    boss = make_user("supervisor")
    row = plan(firm, boiler, now, recurrence=WEEKLY, starts_on=date(2026, 3, 17), lead_days=0)
    opening.open_due(now + timedelta(days=30))  # Thursday, April 9
    assert dates(row) == [
        (1, "2026-03-17", "missed"),
        (2, "2026-03-24", "missed"),
        (3, "2026-03-31", "missed"),
        (4, "2026-04-07", "opened"),
    ]
    assert row.next_due_on == date(2026, 4, 14)
    notice = database.session.scalar(database.select(Notice).filter_by(user_id=boss.id))
    assert notice is not None
    assert "3" in notice.text
    assert queries.plans(queries.Filters(due="missed"), today=date(2026, 4, 9), limit=9) == [row]


def test_from_completion_the_next_date_waits_until_the_ticket_is_done(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, base="completion", recurrence={"unit": "month", "every": 6}, starts_on=date(2026, 3, 20))
    opening.open_due(now)
    assert row.next_due_on is None
    opening.open_due(now + timedelta(days=900))
    assert len(opened()) == 1
    ticket = opened()[0]
    tickets.resolve(ticket_id=ticket.id, now=utc("2026-04-30 22:30"), actor_id=None)  # May 1 in Berlin
    assert row.next_due_on == date(2026, 11, 1)
    tickets.reopen(ticket_id=ticket.id, now=utc("2026-05-02 09:00"), actor_id=None)
    tickets.resolve(ticket_id=ticket.id, now=utc("2026-05-04 09:00"), actor_id=None)
    assert row.next_due_on == date(2026, 11, 4)
    opening.open_due(utc("2026-10-22 09:00"))
    assert [number for number, _day, _state in dates(row)] == [1, 2]


def test_one_date_is_skipped_or_postponed_with_the_reason(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, recurrence={"unit": "month", "every": 1}, starts_on=date(2026, 3, 20), lead_days=5)
    services.skip_next(plan_id=row.id, reason="On holiday", now=now, actor_id=None)
    assert row.next_due_on == date(2026, 4, 20)
    services.postpone_next(plan_id=row.id, due_on=date(2026, 4, 27), reason="Renovation", now=now, actor_id=None)
    assert (row.next_due_on, row.look_at) == (date(2026, 4, 27), utc("2026-04-21 22:00"))
    for wrong in (date(2026, 3, 1), date(2026, 5, 20)):
        with pytest.raises(NotValid):
            services.postpone_next(plan_id=row.id, due_on=wrong, reason="x", now=now, actor_id=None)
    with pytest.raises(NotValid):
        services.skip_next(plan_id=row.id, reason=" ", now=now, actor_id=None)
    opening.open_due(utc("2026-04-22 09:00"))
    assert dates(row) == [(1, "2026-03-20", "skipped"), (2, "2026-04-27", "opened")]
    assert row.next_due_on == date(2026, 5, 20)
    actions = database.session.scalars(
        database.select(AuditEntry.action).filter_by(target=f"maintenance_plan:{row.id}").order_by(AuditEntry.id)
    )
    assert list(actions) == ["maintenance_plan.created", "maintenance_plan.skipped", "maintenance_plan.postponed"]


def test_a_paused_plan_opens_nothing_and_goes_on_from_today(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, recurrence=WEEKLY, starts_on=date(2026, 3, 17), lead_days=0)
    services.pause_plan(plan_id=row.id, reason="Rebuilding", now=now, actor_id=None)
    with pytest.raises(Conflict):
        services.pause_plan(plan_id=row.id, reason="Again", now=now, actor_id=None)
    later = now + timedelta(days=30)
    opening.open_due(later)
    assert opened() == []
    services.resume_plan(plan_id=row.id, now=later, actor_id=None)
    assert (row.state, row.next_due_on) == ("active", date(2026, 4, 14))
    services.end_plan(plan_id=row.id, reason="Sold the house", now=later, actor_id=None)
    opening.open_due(later + timedelta(days=30))
    assert (row.state, row.next_due_on, opened()) == ("ended", None, [])
    with pytest.raises(Conflict):
        services.change_plan(plan_id=row.id, name="More", now=later, actor_id=None)


def test_equipment_out_of_use_ends_its_plans_now_or_when_the_day_comes(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row, second = plan(firm, boiler, now), thing(now, "Ben")
    other = plan(firm, second, now)
    customers.update_equipment(equipment_id=boiler.id, changes={"retired_on": date(2026, 3, 10)}, now=now)
    assert (row.state, row.state_reason) == ("ended", services.RETIRED)
    customers.update_equipment(equipment_id=second.id, changes={"retired_on": date(2026, 4, 1)}, now=now)
    assert other.state == "active"
    opening.open_due(utc("2026-04-01 09:00"))
    assert (other.state, opened()) == ("ended", [])


def test_a_plan_ends_with_its_last_date_and_says_so(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, recurrence=WEEKLY, starts_on=date(2026, 3, 17), ends_on=date(2026, 3, 24), lead_days=0)
    opening.open_due(now + timedelta(days=7))
    opening.open_due(now + timedelta(days=14))
    assert (len(opened()), row.state, row.state_reason) == (2, "ended", services.NO_DATE)


def test_what_cannot_be_opened_says_why_once_and_is_tried_again(
    firm: Firm, boiler: Equipment, make_user: Callable[..., User], now: datetime
) -> None:
    make_user("supervisor")
    row, good = plan(firm, boiler, now, lead_days=0), plan(firm, boiler, now, name="Filter", recurrence=WEEKLY, lead_days=0)
    other = tickets.create_queue(key="other", name="Other", branch_id=firm.branch.id, now=now, actor_id=None)
    services.change_plan(plan_id=row.id, queue_id=other.id, now=now, actor_id=None)
    tickets.update_queue(queue_id=other.id, active=False, now=now, actor_id=None)
    due = utc("2026-04-10 09:00")
    opening.open_due(due)
    opening.open_due(due + timedelta(hours=1))
    assert (row.problem, row.look_at, good.problem) == ("There is no such queue.", due + timedelta(hours=2), "")
    assert [ticket.subject for ticket in opened()] == ["Filter"]
    assert len(list(database.session.scalars(database.select(Notice)))) == 1
    tickets.update_queue(queue_id=other.id, active=True, now=now, actor_id=None)
    opening.open_due(due + timedelta(hours=2))
    assert (row.problem, len(opened())) == ("", 2)


def test_a_change_of_the_dates_begins_after_the_last_one_settled(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now, starts_on=date(2026, 3, 20))
    opening.open_due(now)
    services.change_plan(plan_id=row.id, recurrence={"unit": "month", "every": 1}, now=now, actor_id=None)
    assert row.next_due_on == date(2026, 4, 20)
    seen = row.version
    services.change_plan(plan_id=row.id, name="Monthly", now=now, actor_id=None, expected_version=seen)
    with pytest.raises(Conflict):
        services.change_plan(plan_id=row.id, name="Other", now=now, actor_id=None, expected_version=seen)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"queue_id": 999}, "queue_id"),
        ({"equipment_id": 999}, "equipment_id"),
        ({"equipment_id": None}, "customer_id"),
        ({"recurrence": {"unit": "moon"}}, "recurrence"),
        ({"lead_days": 366}, "lead_days"),
        ({"recurrence": WEEKLY, "lead_days": 8}, "lead_days"),
        ({"ends_on": date(2026, 4, 9)}, "ends_on"),
        ({"starts_on": date(1999, 1, 1)}, "starts_on"),
        ({"starts_on": date(2025, 1, 1), "ends_on": date(2025, 6, 1)}, "recurrence"),
        ({"job_type": "nothing"}, "job_type"),
        ({"base": "moon"}, "base"),
        ({"checklist": ["x"] * 51}, "checklist"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_field(firm: Firm, boiler: Equipment, now: datetime, values: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        plan(firm, boiler, now, **values)
    assert refused.value.field == field
    database.session.expunge_all()
    assert database.session.query(MaintenancePlan).count() == 0


def test_a_customer_with_plans_is_not_removed_and_archived_ones_wait(firm: Firm, boiler: Equipment, now: datetime) -> None:
    row = plan(firm, boiler, now)
    customers.archive_customer(customer_id=boiler.customer_id, now=now, actor_id=None)
    assert (row.state, row.state_reason) == ("paused", services.ARCHIVED)


def test_a_merged_tickets_date_is_done_with_the_survivor(firm: Firm, boiler: Equipment, now: datetime) -> None:
    plan(firm, boiler, now, starts_on=date(2026, 3, 20))
    opening.open_due(now)
    merged = opened()[0]
    survivor = firm.ticket(customer_id=boiler.customer_id)
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=now, actor_id=None)
    tickets.resolve(ticket_id=survivor.id, now=now, actor_id=None)
    assert database.session.scalar(database.select(Occurrence.completed_on)) == date(2026, 3, 10)


def test_one_plan_for_all_equipment_of_a_model(firm: Firm, boiler: Equipment, now: datetime) -> None:
    thing(now, "Ben", model="ECOTEC")
    thing(now, "Cem", model="other")
    thing(now, "Dan", retired_on=date(2026, 1, 1))
    plan(firm, boiler, now, name="Yearly service")
    which = {"model": "ecotec", "maker": "vaillant"}
    values = {"queue_id": firm.queue.id, "recurrence": YEARLY, "starts_on": date(2026, 4, 10)}
    made = bulk.create_plans(which=which, name="Yearly service", now=now, actor_id=None, **values)
    assert ([one.customer.name for one in made.equipment], made.planned, made.refused) == (["Ben"], 1, {})
    contract = customers.add_contract(
        customer_id=boiler.customer_id, name="Full", equipment_id=boiler.id, starts_on=date(2026, 1, 1), now=now
    )
    covered = bulk.create_plans(which={"contract_id": contract.id}, name="Covered", now=now, actor_id=None, **values)
    assert [one.id for one in covered.equipment] == [boiler.id]
    with pytest.raises(NotValid):
        bulk.create_plans(which={}, name="Yearly service", now=now, actor_id=None, **values)
    with pytest.raises(DomainError):
        bulk.create_plans(which={"model": "other"}, name="x", now=now, actor_id=None, **{**values, "queue_id": 999})


def test_a_plan_has_visits_proposed_before_it_is_due(firm: Firm, boiler: Equipment, now: datetime) -> None:
    database.session.add(
        JobType(key="service", name="Service", minutes=60, checklist=[], equipment_kinds=[], active=True, skills=[], kit=[])
    )
    database.session.flush()
    plan(firm, boiler, now, starts_on=date(2026, 3, 20), job_type="service", propose_visit=True)
    opening.open_due(now)
    ticket = opened()[0]
    visits.propose(ticket_id=ticket.id, job_type="service", due_on=date(2026, 3, 20), now=now)
    assert "Service" in ticket_queries.entries_of(ticket.id)[-1].text
    tickets.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    count = len(ticket_queries.entries_of(ticket.id))
    visits.propose(ticket_id=ticket.id, job_type="service", due_on=date(2026, 3, 20), now=now)
    assert len(ticket_queries.entries_of(ticket.id)) == count


def test_the_api_of_a_plan(firm: Firm, boiler: Equipment, as_role: Callable[..., Program]) -> None:
    boss, agent = as_role("dispatcher"), as_role("agent")
    body = {"name": "Yearly", "queue_id": firm.queue.id, "equipment_id": boiler.id, "recurrence": YEARLY, "starts_on": "2026-04-10"}
    assert agent("POST", "/maintenance-plans", body).status_code == 403
    made = boss("POST", "/maintenance-plans", body)
    assert made.status_code == 201, made.json
    path = f"/maintenance-plans/{made.json['id']}"
    assert [one["due_on"] for one in made.json["following"]][:2] == ["2026-04-10", "2027-04-10"]
    assert made.json["rrule"] == "FREQ=YEARLY;INTERVAL=1;BYMONTH=4;BYMONTHDAY=10"
    assert agent("GET", path).json["customer"] == "Ada"
    changed = boss("PATCH", path, {"lead_days": 7, "version": made.json["version"]})
    assert changed.json["lead_days"] == 7
    assert boss("PATCH", path, {"lead_days": 9, "version": made.json["version"]}).status_code == 409
    assert boss("POST", f"{path}/postponements", {"due_on": "2026-04-20", "reason": "x"}).json["next_due_on"] == "2026-04-20"
    assert boss("POST", f"{path}/skips", {"reason": "x"}).json["next_due_on"] == "2027-04-10"
    assert boss("POST", f"{path}/pause", {"reason": "x"}).json["state"] == "paused"
    assert boss("DELETE", f"{path}/pause").json["state"] == "active"
    assert [one["state"] for one in agent("GET", f"{path}/occurrences").json["items"]] == ["skipped"]
    assert boss("POST", f"{path}/end", {"reason": "sold"}).json["state"] == "ended"
    assert agent("GET", "/maintenance-plans?state=ended").json["items"][0]["id"] == made.json["id"]
    dated = {key: body[key] for key in ("queue_id", "recurrence", "starts_on")}
    assert len(agent("POST", "/maintenance-plans/preview", dated).json["items"]) == 12
    assert agent("POST", "/maintenance-plans/preview", {**dated, "recurrence": {"unit": "x"}}).status_code == 422
    many = {"name": "All", "which": {"kind": "gas boiler"}}
    assert [one["customer"] for one in boss("POST", "/maintenance-plans/bulk/count", many).json["equipment"]] == ["Ada"]
    assert len(boss("POST", "/maintenance-plans/bulk", {**many, **dated}).json["equipment"]) == 1
    assert agent("GET", "/maintenance-plans/999").status_code == 404


def test_the_pages_open_for_who_may(firm: Firm, boiler: Equipment, sign_in: Callable[..., FlaskClient], now: datetime) -> None:
    row = plan(firm, boiler, now)
    database.session.commit()
    boss, agent = sign_in("dispatcher"), sign_in("agent")
    for address in ("/maintenance", f"/maintenance/{row.id}", "/maintenance/export.csv", f"/customers/{boiler.customer_id}"):
        assert agent.get(address).status_code == 200, address
    assert b"Yearly maintenance" in agent.get(f"/customers/{boiler.customer_id}").data
    for address in (f"/maintenance/new?equipment={boiler.id}", "/maintenance/bulk", f"/maintenance/bulk?customer={boiler.customer_id}"):
        assert (boss.get(address).status_code, agent.get(address).status_code) == (200, 403), address
    assert boss.get("/maintenance/new?equipment=999").status_code == 404
    assert agent.get("/maintenance/export.csv?due=tomorrow").status_code == 422


def test_the_list_costs_the_same_for_one_plan_and_for_many(
    firm: Firm, boiler: Equipment, as_role: Callable[..., Program], now: datetime, statements: list[str]
) -> None:
    agent, counted = as_role("agent"), []
    for count in (1, 7):
        for number in range(count):
            plan(firm, thing(now, f"Customer {number}"), now, starts_on=date(2026, 3, 20))
        opening.open_due(now)
        database.session.commit()
        statements.clear()
        assert len(agent("GET", "/maintenance-plans?due=soon").json["items"]) == 0
        assert len(agent("GET", "/maintenance-plans").json["items"]) >= count
        counted.append(len(statements))
    assert counted[0] == counted[1]


@pytest.mark.slow
def test_two_clock_processes_open_each_date_exactly_once(app: Flask, committed_firm: Callable[[], Firm], now: datetime) -> None:
    with transaction():
        firm = committed_firm()
        for number in range(25):
            plan(firm, thing(now, f"Customer {number}"), now, recurrence=WEEKLY, starts_on=date(2026, 3, 17), lead_days=7)

    def sweep() -> None:
        for _turn in range(4):
            with transaction():
                opening.open_due(now + timedelta(days=1))

    at_once(app, sweep)
    assert len(opened()) == 25
    assert database.session.query(Occurrence).filter_by(state="opened").count() == 25
    assert database.session.query(Customer).count() == 25

"""The plan of a day: what is read of the firm, what is proposed, what accepting does to a world that goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, outbox
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import Equipment
from dispatch.plans import job, queries
from dispatch.plans.driving import present, totals
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.services import accept_plan, cancel_plan, make_plan, refuse_plan
from dispatch.plans.world import read_day
from dispatch.services import cancel_visit, hold_visit, lock_plan
from dispatch.visits.models import JobType, Visit
from dispatch.visits.queries import technician_of
from staff import services as staff
from staff.models import Absence, Person
from staff.rules import WeeklyShift
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send  # noqa: F401
from tickets.models import Entry, Ticket

TOMORROW = date(2026, 3, 11)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def business_time(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


def planned(
    firm: Firm, user: User | None = None, *, kind: str = "day", first: date | None = TOMORROW, days: int = 1, seconds: int = 0
) -> Plan:
    """Asked for and found."""
    plan = make_plan(
        kind=kind,
        branch_id=firm.branch.id,
        first_day=first,
        days=days,
        seconds=seconds,
        now=clock.now(),
        actor_id=user.id if user is not None else None,
    )
    work(plan)
    return plan


def work(plan: Plan) -> None:
    """What the worker does."""
    database.session.commit()
    row = database.session.scalars(select(outbox.OutboxRow).filter_by(unique_key=f"plan:{plan.id}")).one()
    outbox.run(row.id, clock=clock.now)
    database.session.refresh(plan)


def said(plan: Plan) -> list[tuple[str, str | None, str]]:
    """[(kind, technician, start where the branch is)] of the difference."""
    rows = queries.rows_of(plan.id)
    return [
        (row.kind, row.to_person.name if row.to_person else None, f"{row.to_start + HOUR:%H:%M}" if row.to_start else "") for row in rows
    ]


def stands(visit: Visit) -> tuple[str, str]:
    database.session.expire_all()
    person = technician_of(visit)
    return person.name if person is not None else "", f"{visit.planned_start + HOUR:%H:%M}"


def waiting(firm: Firm, job_type: JobType, ticket: Ticket | None = None) -> Ticket:
    """A ticket that is to get a visit, for equipment of a kind that the job type is for."""
    found = ticket or firm.ticket()
    job_type.equipment_kinds = [job_type.key]
    assert found.customer_id is not None
    found.equipment = Equipment(customer_id=found.customer_id, site_id=found.site_id, kind=job_type.key.upper())
    database.session.flush()
    return found


def away(person: Person, day: str = "2026-03-11") -> None:
    """Ill for a whole day."""
    start = berlin(f"{day} 00:00")
    database.session.add(Absence(person_id=person.id, starts_at=start, ends_at=start + timedelta(days=1), reason="illness"))
    database.session.flush()


def proposal(firm: Firm, rows: list[tuple[Visit, Person, datetime]], user: User | None = None) -> Plan:
    """A plan that says just this."""
    plan = make_plan(
        kind="day", branch_id=firm.branch.id, first_day=TOMORROW, days=1, seconds=0, now=firm.now, actor_id=user.id if user else None
    )
    plan.status = "ready"
    for position, (visit, person, start) in enumerate(rows):
        before = technician_of(visit)
        assert before is not None
        plan.rows.append(
            PlanRow(
                position=position,
                kind="shift" if person.id == before.id else "give",
                day=TOMORROW,
                ticket_id=visit.ticket_id,
                visit_id=visit.id,
                job_type_id=visit.job_type_id,
                from_person_id=before.id,
                from_start=visit.planned_start,
                to_person_id=person.id,
                to_start=start,
                to_end=start + (visit.planned_end - visit.planned_start),
                facts={},
                state="open",
            )
        )
    database.session.flush()
    return plan


def accept(plan: Plan, rows: list[int] | None = None) -> dict[str, int | None]:
    """Accepted; {state: how many rows}, and what the conflicts say."""
    accept_plan(plan_id=plan.id, rows=rows, now=clock.now(), actor_id=None)
    database.session.expire_all()
    found: dict[str, Any] = {}
    for row in queries.rows_of(plan.id):
        found[row.state] = found.get(row.state, 0) + 1
    return found


def reasons(plan: Plan) -> list[str]:
    return [row.reason for row in queries.rows_of(plan.id) if row.state == "conflict"]


def test_what_waits_is_booked_and_what_nobody_can_do_says_why(firm: Firm) -> None:
    service, cold = firm.job_type(), firm.job_type("cold", name="Chiller", skills={firm.cold.id: 2})
    li = firm.technician(skills={firm.gas.id: 2, firm.cold.id: 1})
    ticket, unable, unknown = waiting(firm, service), waiting(firm, cold), firm.ticket()
    plan = planned(firm)
    assert said(plan)[0] == ("book", "Li Wei", "08:05")
    rows = queries.rows_of(plan.id)
    assert [(row.kind, row.ticket_id) for row in rows] == [("book", ticket.id), ("left", unable.id), ("left", unknown.id)]
    assert [row.facts["why"] for row in rows[1:]] == ["skill.level", "job_type"]
    assert (rows[1].facts["skill"], rows[1].facts["by"]) == ("Refrigerant", li.id)
    assert (plan.before["served"], plan.after["served"], plan.before["left"], plan.after["left"]) == (0, 1, 3, 2)
    assert accept(plan) == {"accepted": 1, "open": 2}
    assert (plan.status, ticket.status) == ("accepted", "scheduled")
    visit = database.session.scalars(select(Visit).filter_by(ticket_id=ticket.id, status="booked")).one()
    assert (visit.promised_from, visit.promised_until) == (berlin("2026-03-11 08:00"), berlin("2026-03-11 10:00"))
    assert accept(plan) == {"accepted": 1, "open": 2}
    made = database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"plan:{plan.id}").order_by(AuditEntry.id)).all()
    assert made == ["plan.made", "plan.accepted"]


def test_the_visits_of_somebody_ill_are_given_away_within_what_was_promised_and_the_customer_hears_nothing_new(firm: Firm) -> None:
    service = firm.job_type()
    li, mia = firm.technician(), firm.technician("Mia")
    stays = firm.book(mia, berlin("2026-03-11 10:00"), job_type=service)
    moved = [firm.book(li, berlin(f"2026-03-11 {hour}:00"), job_type=service) for hour in ("09", "11", "14")]
    windows = [(visit.promised_from, visit.promised_until) for visit in moved]
    away(li)
    plan = planned(firm)
    assert {row.kind for row in queries.rows_of(plan.id)} == {"give"}
    assert {row.facts["because"] for row in queries.rows_of(plan.id)} == {"away"}
    assert (plan.before["served"], plan.after["served"]) == (1, 4)
    assert accept(plan) == {"accepted": 3}
    assert [(visit.promised_from, visit.promised_until) for visit in moved] == windows
    assert all(stands(visit)[0] == "Mia" for visit in [stays, *moved])
    assert all(visit.promised_from <= visit.planned_start <= visit.promised_until for visit in moved)
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == moved[0].ticket_id).order_by(Entry.id.desc()).limit(1)).one()
    assert ("moved" in told.text, told.public) == (True, False)


def test_what_stands_is_not_given_up_for_what_somebody_ill_leaves_behind(firm: Firm) -> None:
    service = firm.job_type(minutes=240)
    li, mia = firm.technician(), firm.technician("Mia")
    stands_at = [firm.book(mia, berlin(f"2026-03-11 {hour}"), job_type=service) for hour in ("08:30", "13:30")]
    lost = [firm.book(li, berlin(f"2026-03-11 {hour}"), job_type=service) for hour in ("08:30", "13:30")]
    away(li)
    plan = planned(firm, seconds=1)
    assert [(row.kind, row.visit_id, row.facts["why"]) for row in queries.rows_of(plan.id)] == [("left", one.id, "room") for one in lost]
    assert [stands(one) for one in stands_at] == [("Mia", "08:30"), ("Mia", "13:30")]


def test_two_visits_change_places(firm: Firm) -> None:
    service = firm.job_type()
    li, mia = firm.technician(), firm.technician("Mia")
    ten = berlin("2026-03-11 10:00")
    one, other = firm.book(li, ten, job_type=service), firm.book(mia, ten, job_type=service)
    plan = proposal(firm, [(one, mia, ten), (other, li, ten)])
    assert accept(plan) == {"accepted": 2}
    assert (stands(one), stands(other), plan.status) == (("Mia", "10:00"), ("Li Wei", "10:00"), "accepted")


def test_half_of_a_swap_is_refused_by_name_and_tried_again_later(firm: Firm) -> None:
    service = firm.job_type()
    li, mia = firm.technician(), firm.technician("Mia")
    ten = berlin("2026-03-11 10:00")
    one, other = firm.book(li, ten, job_type=service), firm.book(mia, ten, job_type=service)
    plan = proposal(firm, [(one, mia, ten), (other, li, ten)])
    first, _second = queries.rows_of(plan.id)
    assert accept(plan, [first.id]) == {"conflict": 1, "open": 1}
    assert f"visit {other.number}" in reasons(plan)[0]
    assert (stands(one), plan.status) == (("Li Wei", "10:00"), "ready")
    assert accept(plan) == {"accepted": 2}
    assert (stands(one), stands(other)) == (("Mia", "10:00"), ("Li Wei", "10:00"))


def test_of_two_planners_the_second_is_told_what_the_first_did_and_the_rest_is_done(firm: Firm, make_user: Callable[..., User]) -> None:
    service = firm.job_type()
    li, mia, ann = firm.technician(), firm.technician("Mia"), firm.technician("Ann")
    one = firm.book(li, berlin("2026-03-11 10:00"), job_type=service)
    other = firm.book(li, berlin("2026-03-11 14:00"), job_type=service)
    first = proposal(firm, [(one, mia, berlin("2026-03-11 10:30"))], make_user("dispatcher"))
    second = proposal(firm, [(one, ann, berlin("2026-03-11 10:00")), (other, ann, berlin("2026-03-11 14:00"))], make_user("dispatcher"))
    assert accept(first) == {"accepted": 1}
    assert accept(second) == {"conflict": 1, "accepted": 1}
    assert reasons(second) == [f"Visit {one.number} was moved meanwhile: Mia, 10:30."]
    assert (stands(one), stands(other), second.status) == (("Mia", "10:30"), ("Ann", "14:00"), "partly")


def test_what_changed_in_the_world_is_refused_row_by_row(firm: Firm) -> None:
    service = firm.job_type()
    li, mia, ann = firm.technician(), firm.technician("Mia"), firm.technician("Ann")
    started, locked, fine, too_far = (firm.book(li, berlin(f"2026-03-11 {hour}:00"), job_type=service) for hour in ("09", "11", "13", "15"))
    far = firm.book(ann, berlin("2026-03-11 13:00"), job_type=service, ticket=firm.ticket(firm.site(52.9)))
    ill, zoe = firm.book(li, berlin("2026-03-11 16:30"), job_type=service), firm.technician("Zoe")
    rows = [(ill, zoe, ill.planned_start)] + [(visit, mia, visit.planned_start) for visit in (started, locked, fine)]
    plan = proposal(firm, [*rows, (too_far, ann, berlin("2026-03-11 15:00")), (far, ann, berlin("2026-03-11 14:00"))])
    cancel_visit(visit_id=started.id, reason="", now=firm.now, actor_id=None)
    lock_plan(visit_id=locked.id, lock="technician", now=firm.now, actor_id=None)
    away(zoe)
    assert accept(plan) == {"conflict": 4, "accepted": 2}
    assert reasons(plan) == [
        "Zoe does not work 16:30-17:30.",
        f"Visit {started.number} is cancelled meanwhile.",
        f"Visit {locked.number} was locked meanwhile.",
        "Ann would come outside of what a customer was promised.",
    ]
    assert (stands(fine), stands(far), stands(too_far)) == (("Mia", "13:00"), ("Ann", "14:00"), ("Li Wei", "15:00"))


def test_what_is_under_way_held_or_locked_is_left_alone_and_the_day_goes_on_from_there(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    service = firm.job_type()
    li, mia = firm.technician(), firm.technician("Mia")
    there = firm.site(52.53)
    at_work = firm.book(li, berlin("2026-03-10 10:15"), job_type=service, ticket=firm.ticket(there))
    after = firm.book(li, berlin("2026-03-10 11:30"), job_type=service)
    held = hold_visit(
        ticket_id=firm.ticket().id,
        job_type_id=service.id,
        person_id=mia.id,
        start=berlin("2026-03-10 13:00"),
        end=berlin("2026-03-10 14:00"),
        promised_from=berlin("2026-03-10 13:00"),
        promised_until=berlin("2026-03-10 15:00"),
        now=firm.now,
        actor_id=None,
    )
    locked = firm.book(mia, berlin("2026-03-10 15:00"), job_type=service)
    lock_plan(visit_id=locked.id, lock="time", now=firm.now, actor_id=None)
    at_work.status, at_work.arrived_at = "on_site", berlin("2026-03-10 11:15")
    now = berlin("2026-03-10 11:50")
    monkeypatch.setattr(clock, "now", lambda: now)
    world = read_day(firm.branch, now.date(), now=now)
    li_now = next(one for one in world.problem.technicians if world.people[one.id] == li.id)
    assert (li_now.shift[0] / 3600, set(world.pieces)) == (12.25, {f"v{after.id}", f"v{held.id}", f"v{locked.id}"})
    jobs = {one.id: one for one in world.problem.jobs}
    assert (jobs[f"v{held.id}"].locked_start, jobs[f"v{locked.id}"].locked_start) == (13 * 3600, 15 * 3600)
    assert totals(world, present(world).plan).late == 0
    plan = planned(firm, kind="repair", first=None, seconds=0)
    assert [(row.visit_id, row.facts["promise"]) for row in queries.rows_of(plan.id)] == [(after.id, "kept")]
    assert accept(plan) == {"accepted": 1}
    assert (stands(at_work), stands(held), stands(locked)) == (("Li Wei", "10:15"), ("Mia", "13:00"), ("Mia", "15:00"))


def test_a_promise_that_nobody_can_keep_any_more_is_said_and_the_customer_told(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    service = firm.job_type()
    li = firm.technician()
    visit = firm.book(li, berlin("2026-03-10 10:30"), job_type=service)
    now = berlin("2026-03-10 12:40")
    monkeypatch.setattr(clock, "now", lambda: now)
    plan = planned(firm, kind="repair", first=None)
    (row,) = queries.rows_of(plan.id)
    assert (row.kind, row.facts["because"], row.facts["promise"], row.promised_from) == (
        "shift",
        "late",
        "moved",
        berlin("2026-03-10 12:30"),
    )
    assert accept(plan) == {"accepted": 1}
    assert visit.promised_from == berlin("2026-03-10 12:30")
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id).order_by(Entry.id.desc()).limit(1)).one()
    assert told.public


def test_once_the_day_has_begun_at_most_two_visits_change_hands(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    service = firm.job_type()
    firm.technician(), firm.technician("Mia", latitude=52.60)
    li = database.session.scalars(select(Person).order_by(Person.id).limit(1)).one()
    for hour in (11, 12, 13, 14, 15, 16):
        firm.book(li, berlin(f"2026-03-10 {hour}:00"), job_type=service, ticket=firm.ticket(firm.site(52.60)), despite=("travel",))
    plan = planned(firm, first=None, seconds=1)
    assert sum(row.kind == "give" for row in queries.rows_of(plan.id)) <= 2
    assert plan.found[0]["engine"] == "lns"


def test_without_technicians_and_without_coordinates(firm: Firm) -> None:
    service = firm.job_type()
    ticket = waiting(firm, service, firm.ticket(firm.site(None, None)))
    plan = planned(firm)
    (row,) = queries.rows_of(plan.id)
    assert (plan.status, row.kind, row.facts["why"]) == ("ready", "left", "technicians.none")
    firm.technician()
    plan = planned(firm)
    (row,) = queries.rows_of(plan.id)
    assert (row.kind, row.facts["no_coordinates"], row.facts["way"]) == ("book", True, 1800)
    assert accept(plan) == {"accepted": 1}
    assert ticket.status == "scheduled"


def test_over_days_parts_are_given_once_and_fetched_where_they_are(firm: Firm) -> None:
    part = firm.part("Fan")
    service = firm.job_type(kit={part.id: 1}, minutes=300)
    li = firm.technician()
    firm.stock(part, firm.van(li), 1)
    firm.stock(part, firm.warehouse, 1)
    tickets = [waiting(firm, service) for _number in range(3)]
    plan = planned(firm, days=3)
    rows = queries.rows_of(plan.id)
    assert sorted(row.kind for row in rows) == ["book", "book", "left"]
    assert {row.facts.get("parts") or tuple(row.facts.get("fetch", ())) for row in rows if row.kind == "book"} == {
        "van",
        (firm.warehouse.id,),
    }
    assert [row.facts["why"] for row in rows if row.kind == "left"] == ["part.short"]
    assert (plan.before["left"], plan.after["left"], plan.after["served"]) == (3, 1, 2)
    assert accept(plan) == {"accepted": 2, "open": 1}
    assert sorted(ticket.status for ticket in tickets) == ["new", "scheduled", "scheduled"]


def test_breaks_are_kept_and_expired_skills_do_not_count(firm: Firm) -> None:
    service = firm.job_type(minutes=120)
    li, mia = firm.technician(), firm.technician("Mia")
    lunch = [WeeklyShift(day, "08:00", "18:00", break_from="12:00", break_until="14:00", break_minutes=60) for day in range(7)]
    staff.set_shifts(person_id=li.id, shifts=lunch, now=firm.now)
    database.session.refresh(mia)
    mia.skills[0].expires_on = date(2026, 3, 10)
    waiting(firm, service), waiting(firm, service)
    waiting(firm, service)
    plan = planned(firm)
    booked = [row for row in queries.rows_of(plan.id) if row.kind == "book"]
    assert {row.to_person_id for row in booked} == {li.id}
    world = read_day(firm.branch, TOMORROW, now=firm.now)
    rest = next(one.rest for one in world.problem.technicians if world.people[one.id] == li.id)
    assert rest is not None
    assert (rest.window[0] / 3600, rest.window[1] / 3600, rest.seconds) == (12, 13, 3600)
    stops = [stop for route in plan.found[0]["routes"] for stop in route["stops"]]
    assert [stop["kind"] for stop in stops].count("break") == 1


def test_a_search_that_is_cancelled_ends_within_a_second(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    service = firm.job_type()
    firm.technician(), firm.technician("Mia")
    for _number in range(3):
        waiting(firm, service)
    plan = make_plan(kind="day", branch_id=firm.branch.id, first_day=TOMORROW, seconds=5, now=firm.now, actor_id=None)
    shares: list[float] = []

    def wanted(plan_id: int, share: float) -> bool:
        shares.append(share)
        if len(shares) == 5:
            cancel_plan(plan_id=plan_id, now=clock.now(), actor_id=None)
        return ask(plan_id, share)

    ask = job._still_wanted
    monkeypatch.setattr(job, "_still_wanted", wanted)
    monkeypatch.setattr(job, "TOLD_EVERY", 0.1)
    work(plan)
    assert (plan.status, len(shares), queries.rows_of(plan.id)) == ("cancelled", 5, [])
    assert 0 < plan.progress < 20
    with pytest.raises(Conflict, match="cancelled"):
        accept_plan(plan_id=plan.id, rows=None, now=clock.now(), actor_id=None)


def test_asking_anew_replaces_ones_own_proposal_and_a_failed_search_says_so(
    firm: Firm, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = make_user("dispatcher"), make_user("dispatcher")
    first, other = planned(firm, mine), planned(firm, theirs)
    assert other.asked[0]["jobs"] == []
    other.finished_at = firm.now - timedelta(days=15)
    second = planned(firm, mine)
    database.session.refresh(first)
    assert (first.status, other.status, second.status) == ("superseded", "ready", "ready")
    database.session.refresh(other)
    assert (other.asked, len(second.asked)) == ([], 1)
    refuse_plan(plan_id=second.id, now=clock.now(), actor_id=mine.id)
    plan = make_plan(kind="day", branch_id=firm.branch.id, first_day=TOMORROW, now=firm.now, actor_id=mine.id)
    monkeypatch.setattr(job, "check", lambda _problem, _plan: ["broken"])
    for _try in range(2):
        with pytest.raises(job.BrokenPlanError):
            work(plan)
    database.session.refresh(plan)
    assert plan.status == "failed"
    assert "broken" in str(plan.problem)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("first_day", {"first_day": date(2026, 3, 9)}),
        ("first_day", {"first_day": date(2027, 3, 9)}),
        ("first_day", {"kind": "repair", "first_day": TOMORROW}),
        ("days", {"days": 8}),
        ("days", {"kind": "repair", "days": 2}),
        ("seconds", {"seconds": 61}),
        ("branch_id", {"branch_id": 99}),
        ("kind", {"kind": "week"}),
    ],
)
def test_what_cannot_be_asked_names_its_field(firm: Firm, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(NotValid) as refused:
        make_plan(**{"kind": "day", "branch_id": firm.branch.id, "now": firm.now, "actor_id": None, **given})
    assert refused.value.field == field


def test_over_http(firm: Firm, caller: Callable[..., Caller], app: Flask) -> None:  # noqa: F811
    dispatcher, agent = caller("dispatcher"), caller("agent")
    service = firm.job_type()
    firm.technician()
    ticket = waiting(firm, service)
    body = {"kind": "day", "branch_id": firm.branch.id, "first_day": "2026-03-11", "days": 1, "seconds": 0}
    assert send(agent, "post", "/plans", body).status_code == 403
    assert send(dispatcher, "post", "/plans", {**body, "seconds": -1}).json["errors"].keys() == {"seconds"}
    made = send(dispatcher, "post", "/plans", body, key="p1")
    assert (made.status_code, made.json["status"], made.headers["Location"]) == (201, "queued", f"/api/v1/plans/{made.json['id']}")
    assert send(dispatcher, "post", "/plans", body, key="p1").json["id"] == made.json["id"]
    number = made.json["id"]
    work(database.session.get_one(Plan, number))
    plan = send(dispatcher, "get", f"/plans/{number}").json
    (row,) = plan["rows"]
    assert (plan["status"], row["kind"], row["ticket"]["number"], row["to_technician"]) == ("ready", "book", ticket.number, "Li Wei")
    assert row["explanation"] == ["Has Gas 2", "5 min on the way, +5 min for the day"]
    assert send(dispatcher, "post", f"/plans/{number}/acceptance", {"rows": [row["id"] + 1]}).json["errors"].keys() == {"rows"}
    done = send(dispatcher, "post", f"/plans/{number}/acceptance", {"rows": None}, key="a1")
    assert (done.json["status"], done.json["rows"][0]["state"]) == ("accepted", "accepted")
    assert send(dispatcher, "post", f"/plans/{number}/acceptance", {"rows": None}, key="a1").headers["Idempotency-Replayed"] == "true"
    assert send(dispatcher, "post", f"/plans/{number}/refusal", {}).json["code"] == "plan_state"
    assert send(dispatcher, "post", f"/plans/{number}/cancellation").status_code == 409
    assert [one["id"] for one in send(dispatcher, "get", "/plans?status=accepted").json["items"]] == [number]
    assert send(dispatcher, "get", "/plans/999999").status_code == 404

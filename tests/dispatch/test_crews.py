"""Work that takes several technicians together: found, booked, moved, called off, reported, expected, paid and planned as one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import later, live
from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, DomainError, NotValid
from core.jsonable import jsonable
from dispatch import costs, displaced, hooks, topics
from dispatch.materials import queries as stock
from dispatch.materials.models import CoreLeft
from dispatch.materials.services import cores, move_stock, outside_place, update_part
from dispatch.plans.world import read_day
from dispatch.presenters import field_visits, technician_lines, van_parts, visit_lines
from dispatch.promises import offering
from dispatch.promises.settings import save_settings
from dispatch.services import apply_field_update, cancel_visit, find, hold_visit, lock_plan, move_visit, update_job_type
from dispatch.visits import queries, schedule
from dispatch.visits.models import Assignment, JobType, Visit
from dispatch.visits.services import delays, forecasting
from staff import services as staff
from staff.models import Person
from staff.rules import WeeklyShift
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, business_time, caller, send
from tests.dispatch.test_plan_days import waiting
from tests.dispatch.test_serials import move
from tests.javascript import evaluate
from tickets.models import Entry, Ticket

__all__ = ["business_time", "caller"]  # fixtures
TEN = berlin("2026-03-11 10:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# What may be used of a part: [visit, van, part].
_FREE = """(([visit, van, id], [part]) => ({ free: part.on_hand - part.reserved + it.promised(visit, id), promised: it.promised(visit, id),
 serials: part.serials.length }))(given, it.partsFor(given[0], given[1]).filter((one) => one.part_id === given[2]))"""


@pytest.fixture
def two(firm: Firm) -> tuple[Person, Person]:
    return firm.technician("Li Wei"), firm.technician("Ana")


@pytest.fixture
def pair(firm: Firm) -> JobType:
    """An hour for two."""
    return firm.job_type("pair", crew=2, name="Boiler exchange")


def crew(visit: Visit) -> list[str]:
    database.session.expire(visit)
    return [person.name for person in queries.crew_of(visit)]


def ways(visit: Visit) -> dict[str, tuple[int, bool]]:
    """Name → (seconds of way, lead)."""
    rows = queries.assignments_of(visit.id)
    return {row.person.name: (row.travel_seconds, row.lead) for row in rows if row.person is not None}


def free(person: Person, start: datetime) -> bool:
    busy = select(Assignment.id).where(Assignment.active, Assignment.person_id == person.id, Assignment.during.contains(start))
    return database.session.scalar(busy) is None


def test_a_booking_takes_everybodys_time_each_with_their_own_way(firm: Firm, pair: JobType) -> None:
    li, ana = firm.technician("Li Wei"), firm.technician("Ana", latitude=52.52)
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id], ticket=firm.ticket(firm.site(52.60)))
    assert crew(visit) == ["Li Wei", "Ana"]
    found = ways(visit)
    assert found["Li Wei"][1], not found["Ana"][1]
    assert found["Li Wei"][0] > found["Ana"][0] > 0
    (line,) = visit_lines([visit])
    assert (line["technician"], [one["name"] for one in line["helpers"]]) == ("Li Wei", ["Ana"])
    assert line["helpers"][0]["travel_seconds"] == found["Ana"][0]
    lanes = technician_lines([li, ana], date(2026, 3, 11), [visit])
    assert [lanes[one.id]["open_visits"] for one in (li, ana)] == [1, 1]
    alone = firm.job_type("alone")
    with pytest.raises(Conflict, match="Ana is already taken 10:00-11:00"):
        firm.book(ana, TEN + 30 * MINUTE, job_type=alone)
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.kind == "visit")).one()
    assert (told.data["technician"], told.data["helpers"]) == ("Li Wei", ["Ana"])
    assert "Li Wei, Ana" in told.text
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    assert free(li, TEN)
    assert free(ana, TEN)


def test_what_is_asked_of_one_is_asked_of_each(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    li, ana = two
    untrained = firm.technician("Bo", skills={})
    early = firm.technician("Zoe", shifts=[WeeklyShift(day, "06:00", "09:00") for day in range(7)])
    for helpers, code in (
        ((), "crew"),
        ((li.id,), "not_valid"),
        ((untrained.id,), "skill"),
        ((early.id,), "shift"),
        ((10**9,), "not_valid"),
    ):
        with pytest.raises(DomainError) as refused:
            firm.book(li, TEN, job_type=pair, helper_ids=helpers)
        assert refused.value.code == code, helpers
    firm.book(ana, TEN, job_type=firm.job_type("alone"))
    with pytest.raises(Conflict, match="Ana is already taken"):
        firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    assert free(li, TEN)  # all or nobody
    with pytest.raises(NotValid) as wrong:
        update_job_type(job_type_id=pair.id, crew=7, now=firm.now, actor_id=None)
    assert wrong.value.field == "crew"
    update_job_type(job_type_id=pair.id, crew=3, now=firm.now, actor_id=None)
    noted = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "job_type.changed")).one()
    assert (noted.before["crew"], noted.after["crew"]) == (2, 3) if noted.before and noted.after else False


def test_only_times_at_which_so_many_can_begin_are_offered_and_what_is_offered_can_be_had(
    firm: Firm, pair: JobType, two: tuple[Person, Person]
) -> None:
    li, ana = two
    part = firm.part()
    update_job_type(job_type_id=pair.id, kit={part.id: 1}, now=firm.now, actor_id=None)
    firm.stock(part, firm.van(ana), 1)
    alone = firm.job_type("alone", minutes=240)
    firm.book(li, berlin("2026-03-11 08:30"), job_type=alone, promised_until=berlin("2026-03-11 09:00"))
    firm.book(ana, berlin("2026-03-11 13:45"), job_type=alone, promised_until=berlin("2026-03-11 14:15"))
    ticket, day = firm.ticket(), {"earliest": berlin("2026-03-11 08:00"), "latest": berlin("2026-03-11 18:00")}

    def offered(ticket: Ticket, count: int = 20) -> list[Any]:
        return list(find(ticket_id=ticket.id, job_type_id=pair.id, now=firm.now, count=count, **day).suggestions)

    (only,) = offered(ticket)
    assert (only.names, only.technician, f"{only.start + HOUR:%H:%M}") == ("Ana, Li Wei", "Ana", "12:30")
    assert {one.code for one in only.reasons} >= {"crew", "parts_on_van"}
    held = hold_visit(
        ticket_id=ticket.id,
        job_type_id=pair.id,
        person_id=only.person_id,
        helper_ids=only.helper_ids,
        start=only.start,
        end=only.end,
        promised_from=only.promised_from,
        promised_until=only.promised_until,
        now=firm.now,
        actor_id=None,
    )
    assert (held.status, crew(held), firm.balance(part, firm.van(ana))) == ("proposed", ["Ana", "Li Wei"], (1, 1))
    firm.stock(part, firm.warehouse, 5)
    assert offered(firm.ticket()) == []
    assert [one.start for one in offered(ticket)] == [only.start]  # what is held for it counts as free


def test_where_no_crew_can_be_had_it_is_said_why(firm: Firm, pair: JobType) -> None:
    firm.technician("Li Wei", shifts=[WeeklyShift(day, "08:00", "12:00") for day in range(7)])

    def obstacle() -> str:
        return str(find(ticket_id=firm.ticket().id, job_type_id=pair.id, now=firm.now).obstacles[0].text)

    assert obstacle() == "It takes 2 technicians together; only 1 has all the skills."
    firm.technician("Ana", shifts=[WeeklyShift(day, "12:00", "18:00") for day in range(7)])
    assert obstacle() == "Of the 2 technicians with these skills no 2 have 1 h 0 min free at the same time."


def test_one_of_a_crew_is_replaced_and_the_lead_changes_with_the_parts(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    li, ana = two
    bo, part = firm.technician("Bo"), firm.part()
    update_job_type(job_type_id=pair.id, kit={part.id: 1}, now=firm.now, actor_id=None)
    for person in (li, ana):
        firm.stock(part, firm.van(person), 1)
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    move_visit(visit_id=visit.id, helper_ids=[bo.id], now=firm.now, actor_id=None)
    assert (crew(visit), free(ana, TEN), visit.planned_start) == (["Li Wei", "Bo"], True, TEN)
    move_visit(visit_id=visit.id, start=TEN + 3 * HOUR, now=firm.now, actor_id=None)
    assert (crew(visit), free(bo, TEN), free(bo, TEN + 3 * HOUR)) == (["Li Wei", "Bo"], True, False)
    move_visit(visit_id=visit.id, person_id=bo.id, now=firm.now, actor_id=None)
    assert crew(visit) == ["Bo", "Li Wei"]
    move_visit(visit_id=visit.id, person_id=ana.id, helper_ids=[bo.id], now=firm.now, actor_id=None)
    assert crew(visit) == ["Ana", "Bo"]
    assert (firm.balance(part, firm.van(li)), firm.balance(part, firm.van(ana))) == ((1, 0), (1, 1))
    for wrong in ([], [1 << 40], [bo.id, bo.id]):
        with pytest.raises(NotValid) as refused:
            move_visit(visit_id=visit.id, helper_ids=wrong, now=firm.now, actor_id=None)
        assert refused.value.field == "helper_ids"
    moved = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id).order_by(Entry.id.desc()).limit(1)).one()
    assert (moved.data["technician_before"], moved.data["technician"], moved.data["helpers"]) == ("Bo, Li Wei", "Ana", ["Bo"])


def test_a_crews_visit_gives_way_to_nobody_but_others_give_way_to_it_in_each_day(
    firm: Firm, pair: JobType, two: tuple[Person, Person]
) -> None:
    li, ana = two
    alone = firm.job_type("alone")
    flexible = [firm.book(person, TEN + HOUR, job_type=alone) for person in two]
    visit = firm.book(li, TEN + 30 * MINUTE, job_type=pair, helper_ids=[ana.id])
    assert all(other.planned_start > TEN + HOUR + 20 * MINUTE for other in flexible)
    with pytest.raises(Conflict, match="Li Wei is already taken 10:30-11:30"):
        firm.book(li, TEN + 15 * MINUTE, job_type=alone)  # it was promised until 12:30, but Ana's day would have to move as well
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    database.session.expire_all()
    assert [other.planned_start for other in flexible] == [TEN + HOUR, TEN + HOUR]


def test_what_gave_way_and_became_a_crews_since_is_not_put_back_without_the_helper(
    firm: Firm, pair: JobType, two: tuple[Person, Person]
) -> None:
    li, ana = two
    alone = firm.job_type("alone")
    company, locked = (firm.book(li, TEN + HOUR + more, job_type=alone) for more in (timedelta(), 2 * HOUR))
    first, second = (firm.book(li, TEN + 30 * MINUTE + more, job_type=alone) for more in (timedelta(), 2 * HOUR))
    stood = company.planned_start, locked.planned_start
    assert stood > (TEN + HOUR, TEN + 3 * HOUR)
    move_visit(visit_id=company.id, helper_ids=[ana.id], now=firm.now, actor_id=None)
    lock_plan(visit_id=locked.id, lock="time", now=firm.now, actor_id=None)
    for visit in (first, second):
        cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    database.session.expire_all()
    assert (company.planned_start, locked.planned_start) == stood
    assert [row.during.upper - company.planned_start for row in queries.assignments_of(company.id)] == [HOUR, HOUR]


def test_anybody_of_the_crew_reports_for_all_and_the_parts_come_from_the_leads_van(
    firm: Firm, pair: JobType, two: tuple[Person, Person]
) -> None:
    li, ana = two
    bo, part = firm.technician("Bo"), firm.part()
    update_job_type(job_type_id=pair.id, kit={part.id: 1}, now=firm.now, actor_id=None)
    firm.stock(part, firm.van(li), 2)
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[bo.id])
    move_visit(visit_id=visit.id, helper_ids=[ana.id], now=firm.now, actor_id=None)
    database.session.expire_all()
    for person in two:
        mine = queries.visits_of_person(person.id, TEN - 2 * HOUR, TEN + 12 * HOUR)
        assert [one["number"] for one in field_visits(mine, person)] == [visit.number]
    assert queries.visits_of_person(bo.id, TEN - 2 * HOUR, TEN + 12 * HOUR) == []

    def report(person: Person, action: str, minutes: int, **data: Any) -> dict[str, Any]:
        when = TEN + minutes * MINUTE
        return apply_field_update(
            person_id=person.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=when, now=when, data=data
        )

    assert report(bo, "on_my_way", -20)["result"] == "conflict"  # not of the crew any more
    assert report(ana, "on_my_way", -15)["result"] == "applied"
    assert report(li, "on_my_way", -20)["result"] == "noted"
    assert report(li, "arrived", 2)["visit"]["status"] == "on_site"
    assert report(ana, "done", 40, used=[{"part_id": part.id, "quantity": 1}], solved=True)["result"] == "applied"
    assert firm.balance(part, firm.van(li)) == (1, 0)
    assert [row.during.upper for row in queries.assignments_of(visit.id)] == [TEN + 40 * MINUTE] * 2
    assert report(li, "done", 45, used=[], solved=True)["result"] == "already"
    assert report(li, "done", 46, result="The key is under the mat")["result"] == "noted"
    assert report(li, "done", 47, used=[{"part_id": part.id, "quantity": 2}])["result"] == "conflict"
    assert (firm.balance(part, firm.van(li)), visit.ended_at) == ((1, 0), TEN + 40 * MINUTE)
    ends = list(database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.data["event"].astext == "done")))
    assert sorted((one.data["words"], len(one.data["used"])) for one in ends) == [("", 1), ("The key is under the mat", 0)]
    assert "is done" in report(ana, "no_access", 50)["message"]
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.data["event"].astext == "on_the_way"))
    assert [entry.data["technician"] for entry in told] == ["Ana"]


def test_parts_of_one_kind_may_lie_on_several_vans_of_the_crew(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    li, ana = two
    filters, board = firm.part(), firm.part("Board")
    update_part(part_id=filters.id, core_value=500, supplier="Acme", now=firm.now, actor_id=None)
    update_part(part_id=board.id, serial_tracked=True, now=firm.now, actor_id=None)
    firm.stock(filters, firm.van(li), 1)
    firm.stock(filters, firm.warehouse, 2)
    for van, number in ((firm.van(li), "A1"), (firm.warehouse, "B1")):
        supplier = outside_place(kind="supplier").id
        move_stock(uuid=uuid.uuid4(), part_id=board.id, from_place_id=supplier, to_place_id=van.id, quantity=1, serials=[number], now=firm.now,
                   actor_id=None)  # fmt: skip
    update_job_type(job_type_id=pair.id, kit={filters.id: 3, board.id: 2}, now=firm.now, actor_id=None)
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    database.session.expire_all()
    assert queries.readiness_of([visit])[visit.id].state == "pickup"

    def report(action: str, minutes: int, **data: Any) -> dict[str, Any]:
        when = TEN + minutes * MINUTE
        return apply_field_update(
            person_id=ana.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=when, now=when, data=data
        )

    fetched = [{"part_id": filters.id, "quantity": 2}, {"part_id": board.id, "quantity": 1, "serials": ["B1"]}]
    assert report("picked_up", -60, parts=[{**line, "place_id": firm.warehouse.id} for line in fetched])["result"] in ("applied", "noted")
    # What Ana has fetched comes along on her van: the lead need not go there.
    assert queries.readiness_of([visit])[visit.id].state == "ready"
    (mine,) = schedule.taken([li.id], TEN, TEN + HOUR, now=firm.now)[li.id]
    assert (mine.stop.pickups, schedule.pickups_for(visit.id, [li.id, ana.id])) == ((), ())
    assert len(schedule.pickups_for(visit.id, [li.id])) == 1
    technicians = read_day(firm.branch, TEN.date(), now=firm.now).problem.technicians
    assert [one.stock.get(str(filters.id)) for one in technicians if one.stock] == [3]
    used = [{"part_id": filters.id, "quantity": 3}, {"part_id": board.id, "quantity": 2, "serials": ["A1", "B1"]}]
    answer = report("done", 40, used=used, cores=[{"part_id": filters.id, "quantity": 2, "why": "One broke"}])
    assert answer["result"] == "applied", answer
    for part in (filters, board):
        assert [firm.balance(part, firm.van(one)) for one in two] == [(0, 0), (0, 0)]
    database.session.expire(visit)
    found = {(usage.part_id, usage.place_id): usage.quantity for usage in visit.usages}
    vans = firm.van(li).id, firm.van(ana).id
    assert found == {(filters.id, vans[0]): 1, (filters.id, vans[1]): 2, (board.id, vans[0]): 1, (board.id, vans[1]): 1}
    assert [row.quantity for row in database.session.scalars(select(CoreLeft))] == [1]
    assert firm.balance(filters, cores.cores_of(firm.van(ana))) == (2, 0)


@pytest.mark.parametrize("tracked", [False, True])
def test_who_reports_for_a_crew_sees_what_a_colleague_brings(
    firm: Firm, pair: JobType, two: tuple[Person, Person], tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, ana = two
    bo, part = firm.technician("Bo", van=False), firm.part("Pump")
    update_job_type(job_type_id=pair.id, kit={part.id: 2}, now=firm.now, actor_id=None)
    update_part(part_id=part.id, serial_tracked=tracked, now=firm.now, actor_id=None)
    for van, numbers in ((firm.van(li), ("A1", "A2", "A3")), (firm.van(ana), ("B1",))):
        if tracked:
            move(firm, part, outside_place(kind="supplier"), van, *numbers)
        else:
            firm.stock(part, van, len(numbers))
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])

    def shown(person: Person) -> tuple[list[dict[str, Any]], list[tuple[int, int, list[str]]], dict[str, int]]:
        (line,) = field_visits([visit], person)
        van = stock.van_of(person.id)
        given = [line, van_parts(van) if van is not None else [], part.id]
        found = evaluate("dispatch/crew-parts.js", _FREE, jsonable(given))
        return line["on_vans"], [(one["on_hand"], one["reserved"], one["serials"]) for one in line["brought"]], found

    promised = [{"part_id": part.id, "quantity": 2}]
    brought = [(2, 2, ["A1", "A2", "A3"] if tracked else [])]
    assert shown(li) == (promised, [], {"free": 3, "promised": 2, "serials": 3 if tracked else 0})
    assert shown(ana) == (promised, brought, {"free": 3, "promised": 2, "serials": 4 if tracked else 0})
    touched: set[tuple[str, Any]] = set()
    with monkeypatch.context() as patched:
        patched.setattr(live, "touch", lambda topic, *keys, **_more: touched.update((topic, key) for key in keys))
        topics.touch_vans([(part.id, firm.van(li).id)])
    assert (f"field:{ana.user_id}", f"visit:{visit.number}") in touched
    move_visit(visit_id=visit.id, helper_ids=[bo.id], now=firm.now, actor_id=None)
    database.session.expire_all()
    assert shown(bo) == (promised, brought, {"free": 2, "promised": 2, "serials": 3 if tracked else 0})
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    database.session.expire_all()
    (line,) = field_visits([visit], li)
    assert (line["on_vans"], line["brought"]) == ([], [])


def test_everybody_waits_for_the_last_and_what_follows_is_late_for_both(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    li, ana = two
    alone, day = firm.job_type("alone"), "2026-03-10"
    first = firm.book(li, berlin(f"{day} 11:00"), job_type=alone)
    visit = firm.book(ana, berlin(f"{day} 12:30"), job_type=pair, helper_ids=[li.id], promised_until=berlin(f"{day} 12:45"))
    last = firm.book(ana, berlin(f"{day} 14:00"), job_type=alone, promised_until=berlin(f"{day} 14:05"))
    for action, when in (("on_my_way", "10:50"), ("arrived", "11:00")):
        apply_field_update(
            person_id=li.id,
            uuid=uuid.uuid4(),
            visit_id=first.id,
            action=action,
            happened_at=berlin(f"{day} {when}"),
            now=berlin(f"{day} {when}"),
        )
    later.settle_all()
    forecasting.look(berlin(f"{day} 13:05"))
    found = queries.forecasts_of([visit.id, last.id])
    both, after = found[visit.id], found[last.id]
    assert (both.person_id, both.cause, both.because_of_id) == (li.id, "overrun", first.id)
    assert both.expected_start_at is not None
    assert both.expected_start_at >= berlin(f"{day} 13:15")
    told = delays.text_of(delays.prepared_for([visit.id])[visit.id])
    assert "our technician Li Wei is later than planned" in told, "Ana, the lead, is there in time"
    assert after.expected_start_at is not None
    assert (after.person_id, after.cause, after.because_of_id) == (ana.id, "crew", visit.id)
    assert after.expected_start_at >= both.expected_start_at + HOUR
    staff.add_absence(person_id=li.id, starts_at=berlin(f"{day} 12:00"), ends_at=berlin(f"{day} 18:00"), reason="Ill", now=firm.now)
    later.settle_all()
    forecasting.refresh([ana.id], now=berlin(f"{day} 13:06"))
    database.session.expire_all()
    assert queries.forecasts_of([visit.id])[visit.id].expected_start_at is None
    assert last.id not in queries.forecasts_of([last.id])  # Ana goes on to it
    shown = displaced.lines()
    assert (list(shown), shown[str(visit.number)]["away"]["name"]) == ([str(visit.number)], "Li Wei")
    assert [hit.number for hit in displaced.hits(li.id, TEN - 2 * 24 * HOUR, TEN)] == [visit.number]


def test_overtime_of_one_is_expected_though_another_is_the_cause(firm: Firm, pair: JobType) -> None:
    li = firm.technician("Li Wei")
    ana = firm.technician("Ana", shifts=[WeeklyShift(day, "08:00", "13:45") for day in range(7)])
    first = firm.book(li, berlin("2026-03-10 11:00"), job_type=firm.job_type("alone"))
    visit = firm.book(ana, berlin("2026-03-10 12:30"), job_type=pair, helper_ids=[li.id])
    first.status, first.left_at, first.arrived_at = "on_site", berlin("2026-03-10 10:50"), berlin("2026-03-10 11:00")
    database.session.flush()
    forecasting.look(berlin("2026-03-10 13:05"))
    found = queries.forecasts_of([visit.id])[visit.id]
    assert (found.person_id, found.because_of_id) == (li.id, first.id)
    assert found.expected_end_at is not None
    assert found.overtime_seconds == (found.expected_end_at - berlin("2026-03-10 13:45")).total_seconds() > 0


def test_the_time_of_each_costs_and_is_charged(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    li, ana = two
    (li.cost_per_hour, li.cost_currency), (ana.cost_per_hour, ana.cost_currency) = (4000, "EUR"), (3000, "EUR")
    update_job_type(job_type_id=pair.id, price_per_hour=9000, now=firm.now, actor_id=None)
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    visit.arrived_at, visit.ended_at, visit.status = TEN, TEN + HOUR, "done"
    database.session.flush()
    found = costs.line(costs.of_visits([visit])[0])
    assert (found["technician"], found["work_seconds"], found["travel_seconds"]) == ("Li Wei, Ana", 7200, 2 * 269)
    (money,) = found["sums"]
    assert (money["labour_cost"], money["travel_cost"], money["work_price"]) == (
        7000,
        round(4000 * 269 / 3600) + round(3000 * 269 / 3600),
        18000,
    )
    ana.cost_per_hour = None
    database.session.flush()
    assert not costs.of_visits([visit])[0].known


def test_a_customer_books_a_crews_window_and_is_told_who_comes(firm: Firm, pair: JobType, two: tuple[Person, Person]) -> None:
    save_settings(values={"own_booking": True, "own_booking_hours": 1, "names_shown": True}, now=firm.now, actor_id=None)
    ticket = waiting(firm, pair)
    firm.book(two[0], berlin("2026-03-11 08:30"), job_type=firm.job_type("alone"))
    found = offering.standing(ticket, now=firm.now)
    first, *others = offering.windows(found, ticket, now=firm.now)
    assert first.technician in ("Ana, Li Wei", "Li Wei, Ana")
    offering.keep(ticket_id=ticket.id, since=first.since, now=firm.now)
    visit = offering.book(ticket_id=ticket.id, now=firm.now)
    assert (visit.status, len(crew(visit)), offering.name_of(visit)) == ("booked", 2, first.technician)
    offering.change(ticket_id=ticket.id, since=others[0].since, now=firm.now)
    assert (visit.promised_from, len(crew(visit))) == (others[0].since, 2)
    sent = hooks.visit(visit.id)
    assert len(sent["helpers"]) == 1
    assert sent["helpers"][0] != sent["technician"]


def test_over_the_api_a_crew_is_named_moved_and_refused_with_a_code(
    firm: Firm, two: tuple[Person, Person], caller: Callable[..., Caller]
) -> None:
    dispatcher, admin = caller("dispatcher"), caller("admin")
    bo, ticket = firm.technician("Bo"), firm.ticket()
    names = {person.id: person.name for person in (*two, bo)}
    body = {"key": "lift", "name": "Lift", "minutes": 60, "crew": 2, "skills": [{"id": firm.gas.id, "level": 2}]}
    kind = send(admin, "post", "/job-types", body).json
    assert kind["crew"] == 2
    assert send(admin, "patch", f"/job-types/{kind['id']}", {"crew": 9}).status_code == 422
    found = send(dispatcher, "get", f"/tickets/{ticket.number}/suggestions?job_type_id={kind['id']}").json
    best = found["suggestions"][0]
    assert (found["job_type"]["crew"], len(best["helpers"])) == (2, 1)
    slot = {name: best[name] for name in ("person_id", "start", "end", "promised_from", "promised_until")}
    asked = {**slot, "ticket": ticket.number, "job_type_id": kind["id"]}
    refused = send(dispatcher, "post", "/visits", asked, key="k1")
    assert (refused.status_code, refused.json["code"]) == (422, "crew")
    helper = best["helpers"][0]["person_id"]
    visit = send(dispatcher, "post", "/visits", {**asked, "helper_ids": [helper]}, key="k2").json
    assert (visit["person_id"], [one["person_id"] for one in visit["helpers"]]) == (best["person_id"], [helper])
    assert visit["helpers"][0]["travel_seconds"] == best["helpers"][0]["travel_seconds"]
    (other,) = set(names) - {best["person_id"], helper}
    path = f"/visits/{visit['number']}/slot"
    tried = send(dispatcher, "post", f"{path}/trial", {"helper_ids": [other]}).json
    assert (tried["possible"], tried["visit"]["helpers"][0]["name"]) == (True, names[other])
    moved = send(dispatcher, "put", path, {"helper_ids": [other]}).json
    assert [one["name"] for one in moved["helpers"]] == [names[other]]
    listed = send(dispatcher, "get", f"/visits?person_id={other}").json["items"]
    assert [one["number"] for one in listed] == [visit["number"]]
    assert send(dispatcher, "get", f"/visits?person_id={helper}").json["items"] == []

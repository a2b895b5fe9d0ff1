"""A technician's reports: each once, in whatever order, however late; and what contradicts is told with what stands."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.db import db as database
from core.errors import NotFound, NotValid
from dispatch.materials.models import StockMove, Usage
from dispatch.services import apply_field_update, book_visit, cancel_visit, move_visit
from dispatch.visits import queries, rules
from dispatch.visits.models import Visit
from dispatch.visits.rules import Action, Effect, Status
from staff.models import Person
from tests.depth import examples
from tests.dispatch.conftest import Firm, berlin
from tickets.models import Entry
from tickets.sla.models import Clock, Policy

TEN = berlin("2026-03-11 10:00")
MINUTE = timedelta(minutes=1)
KEY = {name: uuid.UUID(int=number) for number, name in enumerate(("on_my_way", "arrived", "done"), 1)}
HAPPENED = {"on_my_way": TEN - 20 * MINUTE, "arrived": TEN + 3 * MINUTE, "done": TEN + 40 * MINUTE}
LATE = TEN + timedelta(hours=5)


def report(visit: Visit, person: Person, action: str, *, key: uuid.UUID | None = None, now: datetime = LATE, **data: Any) -> dict[str, Any]:
    at = data.pop("at", HAPPENED.get(action, TEN + 40 * MINUTE))
    return apply_field_update(
        person_id=person.id, uuid=key or uuid.uuid4(), visit_id=visit.id, action=action, happened_at=at, now=now, data=data
    )


def events_of(visit: Visit) -> list[str]:
    query = select(Entry.data["event"].astext).where(Entry.ticket_id == visit.ticket_id, Entry.kind == "visit").order_by(Entry.id)
    return [str(found) for found in database.session.scalars(query)]


def test_the_state_table_leads_from_every_open_status_to_an_end_and_from_no_end_anywhere() -> None:
    for status in Status:
        leads_to = {move.target for move in rules.MOVES if move.source == status}
        assert bool(leads_to) == (status in rules.OPEN), status
    assert rules.target("booked", Action.ARRIVED) == Status.ON_SITE
    assert rules.target("on_site", Action.MOVE) is None
    assert rules.target("proposed", Action.DONE) is None
    assert len({(move.source, move.action) for move in rules.MOVES}) == len(rules.MOVES)


@pytest.mark.parametrize(
    ("status", "action", "effect"),
    [
        ("booked", Action.ON_MY_WAY, Effect.MOVES),
        ("on_site", Action.ON_MY_WAY, Effect.NOTED),
        ("done", Action.ARRIVED, Effect.NOTED),
        ("done", Action.DONE, Effect.ALREADY),
        ("done", Action.NO_ACCESS, Effect.CONTRADICTS),
        ("cancelled", Action.ARRIVED, Effect.CONTRADICTS),
        ("done", Action.PICKED_UP, Effect.CONTRADICTS),
    ],
)
def test_what_a_report_means(status: str, action: Action, effect: Effect) -> None:
    assert rules.effect(status, action) is effect


def test_a_day_in_order(firm: Firm) -> None:
    policy = Policy(name="P", conditions={}, targets={"default": {"on_site": 3600}}, position=1, active=True, warn_percent=75)
    database.session.add(policy)
    database.session.flush()
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 3)
    visit = firm.book(li, TEN, job_type=firm.job_type(kit={part.id: 1}))
    assert report(visit, li, "on_my_way", now=HAPPENED["on_my_way"])["result"] == "applied"
    assert report(visit, li, "arrived", now=HAPPENED["arrived"])["visit"]["status"] == "on_site"
    answer = report(
        visit,
        li,
        "done",
        now=HAPPENED["done"],
        used=[{"part_id": part.id, "quantity": 2}],
        checklist={"c1": True},
        result="Changed the filter.",
    )
    assert (answer["result"], visit.status, visit.ticket.status) == ("applied", "done", "open")
    assert (visit.left_at, visit.arrived_at, visit.ended_at) == tuple(HAPPENED.values())
    assert visit.checklist == {"c1": {"text": "Gas off", "done": True}, "c2": {"text": "Pressure", "done": False}}
    assert firm.balance(part, firm.van(li)) == (1, 0)
    clock = database.session.scalars(select(Clock).filter_by(ticket_id=visit.ticket_id, kind="on_site")).one()
    assert (clock.state, clock.stopped_at) == ("met", HAPPENED["arrived"])
    last = database.session.scalars(select(Entry).where(Entry.kind == "visit").order_by(Entry.id.desc())).first()
    assert last is not None
    assert last.text == f"Visit {visit.number} done. Used: 2 × Filter.\nChanged the filter."
    assert (last.data["words"], last.data["used"][0]["quantity"], last.happened_at) == ("Changed the filter.", 2, HAPPENED["done"])
    assert events_of(visit) == ["booked", "on_the_way", "on_site", "done"]


@pytest.mark.slow
@given(
    order=st.permutations(["on_my_way", "arrived", "done"]),
    repeats=st.lists(st.tuples(st.sampled_from(["on_my_way", "arrived", "done"]), st.booleans()), max_size=6),
    places=st.lists(st.integers(0, 8), min_size=6, max_size=6),
)
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_order_and_every_repeat_ends_the_same(
    firm: Firm, order: list[str], repeats: list[tuple[str, bool]], places: list[int]
) -> None:
    """Repeats with the same uuid are the network's, with a new one a person's who tapped twice."""
    with database.session.begin_nested() as savepoint:
        li, part = firm.technician(), firm.part()
        firm.stock(part, firm.van(li), 5)
        job = firm.job_type(f"job-{uuid.uuid4().hex[:8]}", kit={part.id: 1})
        visit = firm.book(li, TEN, job_type=job)
        sent = [(name, True) for name in order]
        for repeat, place in zip(repeats, places, strict=False):
            sent.insert(min(place, len(sent)), repeat)
        for name, same in sent:
            data = {"used": [{"part_id": part.id, "quantity": 2}]} if name == "done" else {}
            answer = report(visit, li, name, key=KEY[name] if same else None, **data)
            assert answer["result"] in {"applied", "noted", "already"}
        database.session.refresh(visit)
        assert (visit.status, visit.left_at, visit.arrived_at, visit.ended_at) == ("done", *HAPPENED.values())
        assert firm.balance(part, firm.van(li)) == (3, 0)
        assert database.session.scalar(select(func.count()).select_from(Usage).where(Usage.visit_id == visit.id)) == 1
        assert sorted(events_of(visit)) == ["booked", "done", "on_site", "on_the_way"]
        savepoint.rollback()


def test_the_same_uuid_for_another_report_is_refused(firm: Firm) -> None:
    li, key = firm.technician(), uuid.uuid4()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    report(visit, li, "on_my_way", key=key)
    with pytest.raises(NotValid) as caught:
        report(visit, li, "arrived", key=key)
    assert caught.value.code == "key_reused"


def test_two_endings_exclude_each_other_and_the_second_is_told_what_stands(firm: Firm) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    report(visit, li, "no_access", result="Nobody opened")
    answer = report(visit, li, "done", result="Done")
    assert (answer["result"], answer["visit"]["status"], visit.status) == ("conflict", "no_access", "no_access")
    assert (visit.ticket.status, visit.ticket.wait_reason) == ("waiting", "access")
    assert events_of(visit)[-1] == "contradiction"


def test_a_visit_called_off_meanwhile_is_told(firm: Firm) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    answer = report(visit, li, "arrived")
    assert (answer["result"], answer["visit"]["status"]) == ("conflict", "cancelled")
    assert visit.arrived_at is None


def test_a_visit_given_to_a_colleague_is_told_and_one_that_never_was_mine_is_not_found(firm: Firm) -> None:
    li, ana, bo = firm.technician(), firm.technician("Ana"), firm.technician("Bo")
    visit = firm.book(li, TEN, job_type=firm.job_type())
    move_visit(visit_id=visit.id, person_id=ana.id, now=firm.now, actor_id=None)
    answer = report(visit, li, "on_my_way")
    assert (answer["result"], answer["visit"]["technician"]) == ("conflict", "Ana")
    with pytest.raises(NotFound), database.session.begin_nested():
        report(visit, bo, "on_my_way")


def test_parts_that_are_not_there_are_refused_and_nothing_else_happened(firm: Firm) -> None:
    li, part, key = firm.technician(), firm.part("Fan"), uuid.uuid4()
    firm.stock(part, firm.van(li), 1)
    visit = firm.book(li, TEN, job_type=firm.job_type())
    used = [{"part_id": part.id, "quantity": 2}]
    answer = report(visit, li, "done", key=key, used=used)
    assert (answer["result"], answer["code"], visit.status) == ("refused", "short", "booked")
    assert "only 1 of Fan" in answer["message"]
    assert report(visit, li, "done", key=key, used=used) == answer
    assert report(visit, li, "done", used=[{"part_id": part.id, "quantity": 1}])["result"] == "applied"


@pytest.mark.parametrize(
    "used",
    [
        "two filters",
        [{"part_id": 999_999, "quantity": 1}],
        [{"part_id": "x", "quantity": 1}],
        [{"quantity": 1}],
        ["x"],
    ],
)
def test_a_list_of_parts_that_is_none_is_refused(firm: Firm, used: Any) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    answer = report(visit, li, "done", used=used)
    assert (answer["result"], visit.status) == ("refused", "booked")


def test_an_unknown_report_is_refused(firm: Firm) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    with pytest.raises(NotValid):
        report(visit, li, "cancel")


def test_needing_a_part_ends_the_visit_and_the_ticket_waits_for_the_part(firm: Firm) -> None:
    li, part = firm.technician(), firm.part("Fan")
    visit = firm.book(li, TEN, job_type=firm.job_type())
    answer = report(visit, li, "needs_part", parts=[{"part_id": part.id, "quantity": 1}], result="Fan is broken")
    assert (answer["result"], visit.status, visit.ticket.status, visit.ticket.wait_reason) == ("applied", "needs_part", "waiting", "part")
    last = database.session.scalars(select(Entry).where(Entry.kind == "visit").order_by(Entry.id.desc())).first()
    assert last is not None
    assert last.data["needs"] == [{"sku": part.sku, "name": "Fan", "quantity": 1}]


def test_done_and_solved_resolves_the_ticket(firm: Firm) -> None:
    li = firm.technician()
    visit = firm.book(li, TEN, job_type=firm.job_type())
    report(visit, li, "done", solved=True)
    assert visit.ticket.status == "resolved"


def test_with_another_visit_to_come_the_ticket_stays_scheduled(firm: Firm) -> None:
    li, ana, ticket, job = firm.technician(), firm.technician("Ana"), firm.ticket(), firm.job_type()
    visit = firm.book(li, TEN, job_type=job, ticket=ticket)
    firm.book(ana, TEN, job_type=job, ticket=ticket, despite=["second_visit"])
    report(visit, li, "done", solved=True)
    assert ticket.status == "scheduled"


def test_parts_fetched_for_a_visit_are_on_the_van_and_still_promised(firm: Firm) -> None:
    li, part, other = firm.technician(), firm.part(), firm.part("Other")
    firm.stock(part, firm.warehouse, 3)
    firm.stock(other, firm.warehouse, 3)
    visit = firm.book(li, TEN, job_type=firm.job_type(kit={part.id: 2, other.id: 1}))
    fetched = [{"part_id": one.id, "quantity": count, "place_id": firm.warehouse.id} for one, count in ((other, 1), (part, 2))]
    assert report(visit, li, "picked_up", parts=fetched)["result"] == "applied"
    assert (firm.balance(part, firm.van(li)), firm.balance(other, firm.van(li))) == ((2, 2), (1, 1))
    assert queries.readiness_of([visit])[visit.id].state == "ready"
    assert visit.status == "booked"


def test_an_early_end_frees_the_rest_of_the_hour(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    visit = firm.book(li, TEN, job_type=job)
    report(visit, li, "done", now=HAPPENED["done"])
    next_start = TEN + 50 * MINUTE
    ticket = firm.ticket(visit.site)
    booked = book_visit(
        ticket_id=ticket.id,
        job_type_id=job.id,
        person_id=li.id,
        start=next_start,
        end=next_start + timedelta(hours=1),
        promised_from=next_start,
        promised_until=next_start + timedelta(hours=2),
        now=HAPPENED["done"],
        actor_id=None,
    )
    assert booked.status == "booked"


def test_all_orders_of_arrival_times_keep_the_earliest(firm: Firm) -> None:
    for order in itertools.permutations([3, 7, 5]):
        li = firm.technician()
        visit = firm.book(li, TEN, job_type=firm.job_type(f"job-{uuid.uuid4().hex[:8]}"))
        for minutes in order:
            report(visit, li, "arrived", at=TEN + minutes * MINUTE)
        assert visit.arrived_at == TEN + 3 * MINUTE


def test_moves_of_a_report_carry_the_phones_time(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    visit = firm.book(li, TEN, job_type=firm.job_type())
    report(visit, li, "done", used=[{"part_id": part.id, "quantity": 1}])
    move = database.session.scalars(select(StockMove).where(StockMove.visit_id == visit.id)).one()
    assert (move.happened_at, move.recorded_at) == (HAPPENED["done"], LATE)

"""Missing parts: when they come and whether that hurts, worked out by hand; the list, promising anew, and the task that keeps itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, later, live
from core.audit import AuditEntry
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotValid
from dispatch import missing_parts, readiness_watch
from dispatch.materials.missing import Hope, Lack, Outlook, outlooks
from dispatch.materials.models import Part
from dispatch.materials.services import move_stock, receive, update_purchase_line
from dispatch.services import cancel_visit, update_job_type
from dispatch.visits.models import Visit
from dispatch.visits.queries import readiness_of
from tests.dispatch.conftest import Firm, berlin
from tickets.tasks.models import Task, TaskChange
from tickets.tasks.services import finish

PUMP = 1
TENTH, ELEVENTH, TWELFTH, THIRTEENTH = (date(2026, 3, day) for day in (10, 11, 12, 13))
NINE = berlin("2026-03-11 09:00")  # the day after `now`


def look(*lacks: Lack, free: int = 0, coming: Any = ()) -> list[Outlook]:
    found = outlooks(lacks, free={PUMP: free}, coming={PUMP: coming}, today=TENTH)
    return [found[lack.visit, lack.part_id, lack.instead_of] for lack in lacks]


def test_what_comes_on_the_day_itself_is_a_day_too_late() -> None:
    on_order = Lack(7, TWELFTH, PUMP, missing=0, on_order=1, eta=TWELFTH)
    assert look(on_order) == [Outlook(Hope.ORDERED, THIRTEENTH, hurts=True)]
    assert look(on_order)[0].late_days(TWELFTH) == 1
    # The day before it is in time, and says so although nothing is free.
    assert look(Lack(7, TWELFTH, PUMP, 0, 1, ELEVENTH)) == [Outlook(Hope.ORDERED, TWELFTH, hurts=False)]
    # What lies free is better than an order that comes too late.
    assert look(on_order, free=1) == [Outlook(Hope.FREE, TENTH, hurts=False)]


def test_without_a_day_or_with_too_few_nobody_knows() -> None:
    assert look(Lack(7, TWELFTH, PUMP, missing=2), free=1) == [Outlook(Hope.NONE, None, hurts=True)]
    assert look(Lack(7, TWELFTH, PUMP, 0, 1, None)) == [Outlook(Hope.ORDERED, None, hurts=True)]
    # One free and one that comes on the 10th: both are there on the 11th.
    assert look(Lack(7, TWELFTH, PUMP, 2), free=1, coming=[(TENTH, 1)]) == [Outlook(Hope.COMING, ELEVENTH, hurts=False)]


def test_the_earliest_visit_takes_what_is_free_first() -> None:
    later, sooner = Lack(7, TWELFTH, PUMP, 1), Lack(8, ELEVENTH, PUMP, 1)
    assert look(later, sooner, free=1, coming=[(THIRTEENTH, 1)]) == [
        Outlook(Hope.COMING, date(2026, 3, 14), hurts=True),
        Outlook(Hope.FREE, TENTH, hurts=False),
    ]


@pytest.fixture
def pump(firm: Firm) -> Part:
    return firm.part("Pump")


@pytest.fixture
def visit(firm: Firm, pump: Part) -> Visit:
    """Tomorrow at nine, without its two pumps."""
    return firm.book(firm.technician("Bo"), NINE, job_type=firm.job_type(kit={pump.id: 2}), despite=["short"])


def open_tasks(visit: Visit) -> list[Task]:
    query = select(Task).where(Task.ticket_id == visit.ticket_id, Task.done_at.is_(None))
    return list(database.session.scalars(query.execution_options(populate_existing=True)))


def test_the_list_says_what_is_missing_and_where_it_lies(firm: Firm, pump: Part, visit: Visit) -> None:
    (line,) = missing_parts.lines(firm.now)
    assert (line["number"], line["hurts"], line["there_on"], line["late_days"]) == (visit.number, True, None, None)
    assert [(one["sku"], one["missing"], one["short"], one["hope"]) for one in line["lines"]] == [(pump.sku, 2, 2, "none")]
    # Beyond the days that are looked at there is none, nor once it is called off.
    assert missing_parts.lines(firm.now - timedelta(days=4)) == []
    firm.stock(pump, firm.warehouse, 5)
    (line,) = missing_parts.lines(firm.now)
    assert (line["hurts"], line["lines"][0]["hope"], line["lines"][0]["free"][0]["free"]) == (False, "free", 5)
    cancel_visit(visit_id=visit.id, reason="", now=firm.now, actor_id=None)
    assert missing_parts.lines(firm.now) == []


def test_what_became_free_is_promised_by_one_word_and_then_only_to_be_fetched(firm: Firm, pump: Part, visit: Visit) -> None:
    with pytest.raises(Conflict) as refused, database.session.begin_nested():
        missing_parts.promise(number=visit.number, now=firm.now, actor_id=None)
    assert refused.value.code == "nothing_free"
    firm.stock(pump, firm.warehouse, 2)
    missing_parts.promise(number=visit.number, now=firm.now, actor_id=None)
    assert firm.balance(pump, firm.warehouse) == (2, 2)
    assert str(readiness_of([visit])[visit.id].state) == "pickup"
    assert missing_parts.lines(firm.now) == []
    (fetched,) = missing_parts.lines(firm.now, fetch=True)
    (line,) = fetched["lines"]
    assert (fetched["hurts"], line["lies_at"]) == (False, ["Warehouse"])
    # Carried to the van it stays this visit's, and nothing is left to fetch.
    assert line["to_fetch"] == [{"place_id": firm.warehouse.id, "place": "Warehouse", "quantity": 2}]
    move_stock(
        uuid=uuid.uuid4(),
        part_id=line["part_id"],
        from_place_id=firm.warehouse.id,
        to_place_id=fetched["van_id"],
        quantity=2,
        visit_id=visit.id,
        now=firm.now,
        actor_id=None,
    )
    assert str(readiness_of([visit])[visit.id].state) == "ready"
    assert missing_parts.lines(firm.now, fetch=True) == []


def test_a_visit_that_will_lack_parts_gets_one_task_which_follows_and_ends_by_itself(firm: Firm, pump: Part, visit: Visit) -> None:
    readiness_watch.watch(firm.now)
    readiness_watch.watch(firm.now)  # not again while it is open
    (task,) = open_tasks(visit)
    assert task.source == "parts"
    assert task.due_at == NINE
    assert task.text == f"Visit {visit.number} (Wed 11 Mar, 09:00) will lack parts: 2 × Pump, nobody knows from when."
    assert missing_parts.lines(firm.now)[0]["task_id"] == task.id
    # An order that comes too late: the same task says so.
    order = firm.order(pump, 2, ELEVENTH)
    readiness_watch.watch(firm.now)
    (same,) = open_tasks(visit)
    assert (same.id, same.text.endswith("2 × Pump, there from Thu 12 Mar.")) == (task.id, True)
    # It comes today after all: done by itself.
    update_purchase_line(line_id=order.id, eta=TENTH, now=firm.now, actor_id=None)
    readiness_watch.watch(firm.now)
    assert open_tasks(visit) == []
    told = list(database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"visit:{visit.id}").order_by(AuditEntry.id)))
    assert told == ["visit.parts_missing", "visit.parts_missing", "visit.parts_there"]
    done = select(TaskChange.what).where(TaskChange.task_id == task.id).order_by(TaskChange.id)
    assert list(database.session.scalars(done)) == ["created", "changed", "done"]
    # Later again: a new one.
    update_purchase_line(line_id=order.id, eta=THIRTEENTH, now=firm.now, actor_id=None)
    readiness_watch.watch(firm.now)
    assert [one.id > task.id for one in open_tasks(visit)] == [True]
    receive_all(firm, order.id)
    readiness_watch.watch(firm.now)
    assert open_tasks(visit) == []


def receive_all(firm: Firm, line_id: int) -> None:
    receive(uuid=uuid.uuid4(), line_id=line_id, accepted=2, now=firm.now, actor_id=None)


def test_what_somebody_ticked_off_is_not_raised_again_until_it_changes(firm: Firm, pump: Part, visit: Visit) -> None:
    readiness_watch.watch(firm.now)
    (task,) = open_tasks(visit)
    finish(task_id=task.id, now=firm.now, actor_id=None)
    readiness_watch.watch(firm.now)
    assert open_tasks(visit) == []
    firm.order(pump, 2, THIRTEENTH)
    readiness_watch.watch(firm.now)
    assert len(open_tasks(visit)) == 1


def test_switched_off_it_raises_nothing_and_bad_settings_name_their_field(firm: Firm, visit: Visit) -> None:
    missing_parts.change_settings(raise_tasks=False, now=firm.now, actor_id=None)
    readiness_watch.watch(firm.now)
    assert open_tasks(visit) == []
    for field, value in (("missing_days", 0), ("missing_days", 31), ("overtime_percent", 301)):
        with pytest.raises(NotValid) as refused:
            missing_parts.change_settings(**{field: value}, now=firm.now, actor_id=None)
        assert refused.value.field == field
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "material_settings.changed")).one()
    assert (entry.before or {})["raise_tasks"] is True


def test_over_http_everybody_reads_storekeepers_promise_and_administrators_set(
    app: Flask, firm: Firm, make_user: Callable[..., User], pump: Part, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    number = visit.number

    def ask(role: str, path: str, method: str = "get", body: Any = None) -> Any:
        token, secret = accounts.create_token(name="test", user=make_user(role), role=role, now=firm.now, actor_id=None)
        token.last_used_at = firm.now
        database.session.commit()
        headers = {"Authorization": f"Bearer {secret}"}
        return getattr(app.test_client(), method)(f"/api/v1{path}", json=body, headers=headers)

    found = ask("agent", "/stock/missing?days=2").get_json()
    assert (found["days"], [(one["number"], one["hurts"]) for one in found["items"]]) == (2, [(number, True)])
    assert ask("agent", f"/visits/{number}/promise", "post").status_code == 403
    refused = ask("dispatcher", f"/visits/{number}/promise", "post")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "nothing_free")
    firm.stock(pump, firm.warehouse, 2)
    assert ask("dispatcher", f"/visits/{number}/promise", "post").get_json()["readiness"]["state"] == "pickup"
    assert ask("agent", "/stock/missing?hurt=true").get_json()["items"] == []
    assert ask("dispatcher", "/stock/settings", "patch", {"missing_days": 5}).status_code == 403
    assert ask("admin", "/stock/settings", "patch", {"missing_days": 5}).get_json()["missing_days"] == 5
    assert list(ask("admin", "/stock/settings", "patch", {"missing_days": 99}).get_json()["errors"]) == ["missing_days"]
    assert ask("agent", f"/visits/{number}/coverage", "put", {"coverage": "goodwill"}).status_code == 403
    assert ask("dispatcher", f"/visits/{number}/coverage", "put", {"coverage": "goodwill"}).get_json()["coverage"] == "goodwill"


def test_another_kit_is_heard_of_by_those_who_look_whether_parts_are_there(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    part, job = firm.part(), firm.job_type()
    visit = firm.book(firm.technician(), NINE, job_type=job)
    later.settle_all()
    touched: set[tuple[str, Any]] = set()
    monkeypatch.setattr(live, "touch", lambda topic, *keys, **_more: touched.update((topic, key) for key in keys or (None,)))
    update_job_type(job_type_id=job.id, name="Another name", now=firm.now, actor_id=None)
    later.settle_all()
    assert touched == set()
    update_job_type(job_type_id=job.id, kit={part.id: 1}, now=firm.now, actor_id=None)
    later.settle_all()
    assert {("missing", None), ("dispatch:2026-03-11", f"visit:{visit.number}")} <= touched
    assert readiness_of([visit])[visit.id].state == "short"

"""The customer books on the page of their ticket: the same windows, five minutes to say yes, changing until some hours before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from callcenter.web import links
from core.audit import AuditEntry
from core.db import db as database
from core.errors import NotValid
from customers.models import Equipment
from dispatch.promises import offering
from dispatch.promises.settings import save_settings
from dispatch.services import hold_visit, lock_plan
from dispatch.visits import queries
from dispatch.visits.models import JobType
from staff.models import Person
from tests.callcenter.mail.conftest import business_time
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send
from tickets.models import Ticket
from tickets.queries import entries_of
from tickets.services import change_status

__all__ = ["business_time", "caller"]
HOUR = timedelta(hours=1)


@dataclass
class Customer:
    """Somebody on the page of their ticket, without JavaScript."""

    client: FlaskClient
    page: str
    ticket: Ticket
    token: str = ""

    def look(self, query: str = "") -> str:
        return str(self.client.get(self.page + query).text)

    def windows(self, query: str = "") -> list[str]:
        return [unescape(one) for one in re.findall(r'name="since" value="([^"]+)"', self.look(query))]

    def press(self, what: str, **data: str) -> Any:
        if not self.token:
            self.token = re.findall(r'name="csrf_token"[^>]*? value="([^"]+)"', self.look())[0]
        return self.client.post(f"{self.page}/visit/{what}", data={"csrf_token": self.token, **data})


@dataclass
class House:
    firm: Firm
    job: JobType
    li: Person
    now: Callable[..., datetime]
    app: Flask

    def customer(self, ticket: Ticket) -> Customer:
        page = links.path_of(links.link_for(ticket.id, now=self.now()))
        database.session.commit()
        return Customer(self.app.test_client(), page, ticket)

    def ticket(self, *, category: str = "Gas boiler", **more: Any) -> Ticket:
        site = self.firm.site()
        thing = Equipment(customer_id=site.customer_id, site_id=site.id, kind=category, maker="A", model="B", serial="", notes="")
        database.session.add(thing)
        database.session.flush()
        return self.firm.ticket(site, equipment_id=thing.id, **more)


@pytest.fixture
def house(firm: Firm, app: Flask, business_time: Callable[..., datetime]) -> House:
    job = firm.job_type()
    job.equipment_kinds = ["gas boiler"]
    save_settings(values={"own_booking": True}, now=firm.now, actor_id=None)
    return House(firm, job, firm.technician(), business_time, app)


def test_it_is_offered_only_where_the_firm_wants_it_and_the_work_is_known(house: House) -> None:
    ada = house.customer(house.ticket())
    days = [datetime.fromisoformat(one).date() for one in ada.windows()]
    assert (len(days), max(days.count(day) for day in days)) == (6, 3), "customers choose among days too"
    assert "Li Wei" not in ada.look(), "names are told only where the firm wants it"
    for other in (house.ticket(category="Oven"), house.ticket(kind="question"), house.firm.ticket()):
        assert house.customer(other).windows() == []
    waiting = house.ticket()
    change_status(ticket_id=waiting.id, status="waiting", wait_reason="part", now=house.now(), actor_id=None)
    assert house.customer(waiting).windows() == []
    save_settings(values={"own_booking": False}, now=house.now(), actor_id=None)
    assert "visitor-panel" not in ada.look()
    with pytest.raises(NotValid) as refused:
        save_settings(values={"own_booking_hours": 400}, now=house.now(), actor_id=None)
    assert refused.value.field == "own_booking_hours"
    [switched, back] = database.session.scalars(database.select(AuditEntry).filter_by(target="visit_settings").order_by(AuditEntry.id))
    assert (switched.after, back.after) == ({"own_booking": True}, {"own_booking": False})


def test_one_click_keeps_a_window_and_another_books_it(house: House) -> None:
    ada = house.customer(house.ticket())
    first, second = ada.windows()[:2]
    assert ada.press("hold", since=first).status_code == 303
    [kept] = queries.held_visits(ada.ticket.id)
    assert kept.held_until == house.now() + timedelta(minutes=5)
    page = ada.look()
    assert "Nothing is booked yet." in page
    assert 'name="since"' not in page
    assert ada.press("release").status_code == 303
    assert ada.press("hold", since=second).status_code == 303
    answer = ada.press("confirmation")
    assert (answer.status_code, answer.location) == (303, f"{ada.page}#booking")
    assert ada.press("confirmation").status_code == 303, "pressed twice it is one visit"
    [visit] = queries.open_visits(ada.ticket.id)
    assert (visit.status, visit.promised_from.isoformat(), ada.ticket.status) == ("booked", second, "scheduled")
    entry = entries_of(ada.ticket.id, kinds=("visit",))[-1]
    assert (entry.data["channel"], entry.data["words"]) == ("portal", "By the customer, on the page of the ticket.")
    save_settings(values={"names_shown": True}, now=house.now(), actor_id=None)
    assert "Li Wei comes to you." in ada.look()


def test_where_two_kinds_of_job_fit_the_customer_chooses_first(house: House) -> None:
    repair = house.firm.job_type("repair", name="Boiler repair", minutes=120)
    repair.equipment_kinds = ["Gas boiler"]
    gone = house.firm.job_type("old", name="Old work")
    gone.equipment_kinds, gone.active = ["Gas boiler"], False
    ada = house.customer(house.ticket())
    page = ada.look()
    assert "What is to be done?" in page
    assert [(int(number), name) for number, name in re.findall(r'\?job=(\d+)#booking">([^<]+)<', page)] == [
        (repair.id, "Boiler repair"),
        (house.job.id, "Boiler service"),
    ]
    assert ada.windows() == []
    for wrong in ("0", "x", str(gone.id), "9" * 30):
        assert ada.windows(f"?job={wrong}") == [], "still to be chosen"
    windows = ada.windows(f"?job={repair.id}")
    assert f'data-address="{ada.page}/visit?job={repair.id}"' in ada.look(f"?job={repair.id}"), "what the script fetches anew is the same"
    for job in ({}, {"job": str(gone.id)}):
        refused = ada.press("hold", since=windows[0], **job)
        assert (refused.status_code, "Choose what is to be done." in refused.text) == (422, True)
    assert ada.press("hold", since=windows[0], job=str(repair.id)).status_code == 303
    [kept] = queries.held_visits(ada.ticket.id)
    assert (kept.job_type_id, kept.planned_end - kept.planned_start) == (repair.id, 2 * HOUR)
    assert "Boiler repair" in ada.look()
    assert ada.press("release", job=str(repair.id)).location == f"{ada.page}?job={repair.id}#booking"
    ada.press("hold", since=windows[-1], job=str(repair.id))
    assert ada.press("confirmation").status_code == 303
    assert [visit.job_type_id for visit in queries.open_visits(ada.ticket.id)] == [repair.id]
    assert ada.windows("?change=1"), "changed, it is the same work"


def test_what_a_colleague_takes_first_is_said_in_words_that_tell_nothing_of_others(house: House) -> None:
    ada = house.customer(house.ticket())
    wanted, *others = ada.windows()
    start = queries_start(ada.ticket, wanted, house.now())
    while (at := queries_start(ada.ticket, wanted, house.now())) is not None:
        house.firm.book(house.li, at, job_type=house.job, promised_from=start, promised_until=start + 2 * HOUR)
    refused = ada.press("hold", since=wanted)
    assert refused.status_code == 409
    assert "This time was just taken. These are free now." in refused.text
    assert "Li Wei" not in refused.text
    assert refused.text.index("booking-problem") < refused.text.index('id="booking"'), "beside what the script fetches anew, so it stays"
    assert wanted not in ada.windows()
    assert set(others) & set(ada.windows()), "other windows stand below it"
    assert ada.press("hold", since="tomorrow").status_code == 422


def queries_start(ticket: Ticket, since: str, now: datetime) -> Any:
    """When the technician would come for this window; None when nobody can."""
    found = offering.standing(ticket, now=now)
    return next((one.start for one in offering._suggestions(found, ticket, now=now) if one.promised_from.isoformat() == since), None)


def test_another_window_is_kept_with_all_locks_in_order(house: House) -> None:
    zoe, part = house.firm.technician("Zoe"), house.firm.part()
    house.firm.job_type("fan", kit={part.id: 1}).equipment_kinds = ["oven"]
    for person in (house.li, zoe):
        house.firm.stock(part, house.firm.van(person), 1)
    ticket = house.ticket(category="Oven")
    since, later, *_others = [one.since for one in offering.windows(offering.standing(ticket, now=house.now()), ticket, now=house.now())]
    first = offering.keep(ticket_id=ticket.id, since=since, now=house.now())
    house.li.active = False
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", note := lambda _connection, _cursor, statement, *_rest: said.append(statement))
    second = offering.keep(ticket_id=ticket.id, since=later, now=house.now())
    event.remove(database.engine, "before_cursor_execute", note)
    assert [queries.held_visits(ticket.id), first.status] == [[second], "lapsed"]
    assert [one.person_id for one in second.assignments] == [zoe.id]
    people = [place for place, one in enumerate(said) if "pg_advisory_xact_lock" in one]
    stock = [place for place, one in enumerate(said) if "stock_balance" in one and ("FOR UPDATE" in one or "ON CONFLICT" in one)]
    assert max(people) < min(stock), "all technicians before the stock, as everybody else does"


def test_a_colleague_who_holds_a_time_on_the_telephone_has_the_ticket(house: House, make_user: Callable[..., Any]) -> None:
    ada, agent = house.customer(house.ticket()), make_user("agent")
    assert ada.press("hold", since=ada.windows()[0]).status_code == 303
    start = berlin("2026-03-12 09:00")
    window = {"promised_from": start, "promised_until": start + 2 * HOUR}
    hold_visit(
        ticket_id=ada.ticket.id,
        job_type_id=house.job.id,
        person_id=house.li.id,
        start=start,
        end=start + HOUR,
        now=house.now(),
        actor_id=agent.id,
        **window,
    )
    database.session.commit()
    assert "A colleague of ours is arranging a time for you just now." in ada.look()
    assert ada.press("confirmation").status_code == 409
    assert [visit.created_by_id for visit in queries.held_visits(ada.ticket.id)] == [agent.id]


def test_what_is_kept_too_long_is_not_booked(house: House) -> None:
    ada = house.customer(house.ticket())
    ada.press("hold", since=ada.windows()[0])
    house.now(minutes=6)
    refused = ada.press("confirmation")
    assert refused.status_code == 409
    assert "We could not keep this time any longer." in refused.text
    assert queries.open_visits(ada.ticket.id) == []


def test_it_is_changed_and_called_off_until_some_hours_before(house: House) -> None:
    ada = house.customer(house.ticket())
    ada.press("hold", since=ada.windows()[-1])
    ada.press("confirmation")
    [visit] = queries.open_visits(ada.ticket.id)
    other = ada.windows("?change=1")[-1]
    assert ada.press("change", since=other).status_code == 303
    assert visit.promised_from.isoformat() == other
    gone = ada.press("change", since="2026-03-12T03:00:00+00:00")
    assert (gone.status_code, "This time was just taken. These are free now." in gone.text) == (409, True)
    assert 'name="since"' in gone.text, "and they stand below it"
    house.now(seconds=(visit.promised_from - house.now()).total_seconds() - 23 * 3600)
    late = ada.press("cancellation", reason="Mended itself")
    assert late.status_code == 409
    assert "Here this is possible until 24 hours before. Please call us." in late.text
    assert 'class="booking-off"' not in ada.look()
    save_settings(values={"own_booking_hours": 4}, now=house.now(), actor_id=None)
    assert ada.press("cancellation", reason="Mended itself").status_code == 303
    assert (visit.status, visit.cancel_reason, ada.ticket.status) == ("cancelled", "Mended itself", "open")
    assert ada.windows(), "and chosen anew"


def test_a_change_leaves_what_a_colleague_settled(house: House) -> None:
    zoe = house.firm.technician("Zoe")
    save_settings(values={"names_shown": True}, now=house.firm.now, actor_id=None)
    ada = house.customer(house.ticket())
    start = berlin("2026-03-13 09:00")
    window = {"promised_from": start, "promised_until": start + 2 * HOUR}
    visit = house.firm.book(zoe, start, end=start + 3 * HOUR, job_type=house.job, ticket=ada.ticket, **window)
    lock_plan(visit_id=visit.id, lock="technician", now=house.now(), actor_id=None)
    found = offering.windows(offering.standing(ada.ticket, now=house.now()), ada.ticket, now=house.now())
    assert {one.technician for one in found} == {"Zoe"}
    offering.change(ticket_id=ada.ticket.id, since=found[0].since, now=house.now())
    assert (visit.promised_from, visit.planned_end - visit.planned_start) == (found[0].since, 3 * HOUR)
    assert (visit.lock, [one.person_id for one in visit.assignments if one.active]) == ("technician", [zoe.id])
    lock_plan(visit_id=visit.id, lock="time", now=house.now(), actor_id=None)
    database.session.commit()
    assert "To change this appointment, please call us." in ada.look("?change=1")
    refused = ada.press("change", since=found[1].since.isoformat())
    assert (refused.status_code, visit.promised_from) == (409, found[0].since)


def test_a_wrong_link_books_nothing_and_one_ticket_cannot_be_asked_without_end(
    house: House, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = house.customer(house.ticket())
    nobody = Customer(ada.client, "/t/wrong", ada.ticket)
    assert nobody.press("hold", since="2026-03-12T09:00:00+00:00").status_code == 404
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    answers = [ada.press("release").status_code for _ in range(21)]
    assert (answers[0], answers[-1]) == (303, 429)


def test_administrators_change_the_settings_over_the_api(firm: Firm, business_time: Any, caller: Callable[..., Caller]) -> None:
    admin = caller("admin")
    assert send(admin, "get", "/visit-settings").json == {"own_booking": False, "own_booking_hours": 24, "names_shown": False}
    assert send(admin, "patch", "/visit-settings", {"own_booking_hours": -1}).status_code == 422
    assert send(admin, "patch", "/visit-settings", {"own_booking": True}).json["own_booking"] is True
    assert send(caller("dispatcher"), "get", "/visit-settings").status_code == 403

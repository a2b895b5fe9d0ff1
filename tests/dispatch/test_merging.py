"""Visits of merged tickets move along, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.db import db as database
from core.errors import DomainError
from dispatch import panels
from dispatch.services import cancel_visit
from dispatch.visits import queries
from tests.dispatch.conftest import Firm, berlin
from tickets import services as tickets
from tickets.models import Entry, Ticket
from tickets.sla.models import Clock, Policy

TEN = berlin("2026-03-11 10:00")
LATER = timedelta(minutes=10)


def on_site(ticket: Ticket) -> Clock:
    found = database.session.scalars(select(Clock).filter_by(ticket_id=ticket.id, kind="on_site").order_by(Clock.id.desc())).first()
    assert found is not None
    return found


def told(ticket: Ticket) -> list[str]:
    query = select(Entry.data["event"].as_string()).where(Entry.ticket_id == ticket.id, Entry.kind == "visit").order_by(Entry.id)
    return list(database.session.scalars(query))


def test_an_open_visit_moves_along_with_its_appointment_and_goes_back_with_what_became_of_it(firm: Firm) -> None:
    database.session.add(
        Policy(name="All", conditions={}, targets={"default": {"on_site": 36_000}}, position=1, active=True, warn_percent=75)
    )
    database.session.flush()
    li, job, site = firm.technician(), firm.job_type(), firm.site()
    survivor, merged = firm.ticket(site), firm.ticket(site)
    visit = firm.book(li, TEN, job_type=job, ticket=merged)
    due = on_site(merged).due_at
    own_due = on_site(survivor).due_at
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=firm.now + LATER, actor_id=None)
    assert [found.id for found in queries.visits_of_ticket(survivor.id)] == [visit.id]
    assert (survivor.status, merged.status) == ("scheduled", "closed")
    # The clock until somebody is there counts from the window that the customer agreed to.
    assert (on_site(survivor).due_at, on_site(merged).state) == (due, "cancelled")
    assert str(visit.number) in str(panels.ticket_panel(survivor))
    with pytest.raises(DomainError) as refused:
        tickets.resolve(ticket_id=survivor.id, now=firm.now + LATER, actor_id=None)
    assert refused.value.code == "open_visit"
    cancel_visit(visit_id=visit.id, reason="ill", now=firm.now + 2 * LATER, actor_id=None)
    assert told(survivor) == ["cancelled"]

    tickets.undo_merge(merged_id=merged.id, now=firm.now + 3 * LATER, actor_id=None)
    database.session.expire_all()
    assert [found.id for found in queries.visits_of_ticket(merged.id)] == [visit.id]
    assert queries.visits_of_ticket(survivor.id) == []
    assert (told(survivor), told(merged)) == ([], ["booked", "cancelled"])
    assert on_site(survivor).due_at == own_due


def test_an_open_visit_to_another_customer_stands_in_the_way(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    survivor, merged = firm.ticket(), firm.ticket()
    visit = firm.book(li, TEN, job_type=job, ticket=merged)
    with pytest.raises(DomainError) as refused, database.session.begin_nested():
        tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, other_customer=True, now=firm.now, actor_id=None)
    assert (refused.value.code, refused.value.details["visit"]) == ("open_visit", visit.number)
    database.session.expire_all()
    assert (merged.status, merged.merged_into_id, visit.ticket_id) == ("scheduled", None, merged.id)
    cancel_visit(visit_id=visit.id, reason="not needed", now=firm.now, actor_id=None)
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, other_customer=True, now=firm.now, actor_id=None)
    assert visit.ticket_id == survivor.id

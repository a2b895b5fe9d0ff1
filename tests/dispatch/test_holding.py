"""A time is kept for a caller while they decide; then it is booked, or free again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.db import db as database
from core.errors import Conflict, DomainError
from dispatch.services import cancel_visit, confirm_visit, hold_visit, move_visit, release_visit
from dispatch.visits import queries
from dispatch.visits.models import Visit
from dispatch.visits.services.held import let_lapse
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tickets.models import Ticket
from tickets.queries import entries_of
from tickets.services import change_status

START = berlin("2026-03-11 09:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def held(firm: Firm, person: Person, ticket: Ticket, job_id: int, *, start: datetime = START, now: datetime | None = None) -> Visit:
    with database.session.begin_nested():
        return hold_visit(
            ticket_id=ticket.id,
            job_type_id=job_id,
            person_id=person.id,
            start=start,
            end=start + HOUR,
            promised_from=start,
            promised_until=start + 2 * HOUR,
            now=now or firm.now,
            actor_id=None,
        )


def test_what_is_held_is_taken_for_others_and_promised_to_nobody(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    job, ticket = firm.job_type(kit={part.id: 1}), firm.ticket()
    kept = held(firm, li, ticket, job.id)
    assert (kept.status, kept.held_until) == ("proposed", firm.now + 5 * MINUTE)
    assert (ticket.status, firm.balance(part, firm.van(li))) == ("new", (1, 1))
    with pytest.raises(Conflict) as refused:
        firm.book(li, START, job_type=job)
    assert refused.value.code == "taken"
    assert queries.open_visits(ticket.id) == []
    assert queries.visits_of_person(li.id, START - HOUR, START + HOUR) == [], "nobody sets out for it"
    booked = confirm_visit(visit_id=kept.id, now=firm.now + MINUTE, actor_id=None)
    assert (booked.id, booked.status, booked.held_until, ticket.status) == (kept.id, "booked", None, "scheduled")
    assert confirm_visit(visit_id=kept.id, now=firm.now + MINUTE, actor_id=None).status == "booked"
    assert let_lapse(firm.now + HOUR) is False
    assert booked.status == "booked"


def test_it_lapses_when_its_time_is_over_and_then_nobody_can_have_it_by_the_old_word(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    job = firm.job_type(kit={part.id: 1})
    kept = held(firm, li, firm.ticket(), job.id)
    assert let_lapse(firm.now + 4 * MINUTE) is False
    assert kept.status == "proposed"
    let_lapse(firm.now + 5 * MINUTE)
    assert (kept.status, firm.balance(part, firm.van(li))) == ("lapsed", (1, 0))
    assert queries.visits_of_ticket(kept.ticket_id) == []
    assert kept not in queries.visits_of_day(START.date())
    with pytest.raises(Conflict) as refused:
        confirm_visit(visit_id=kept.id, now=firm.now + 5 * MINUTE, actor_id=None)
    assert refused.value.code == "lapsed"
    firm.book(li, START, job_type=job)


def test_the_next_choice_of_the_same_caller_takes_the_place_of_the_first(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.van(li), 1)
    job, ticket = firm.job_type(kit={part.id: 1}), firm.ticket()
    first = held(firm, li, ticket, job.id)
    second = held(firm, li, ticket, job.id, start=START + HOUR / 2)
    assert (first.status, second.status, firm.balance(part, firm.van(li))) == ("lapsed", "proposed", (1, 1))
    booked = firm.book(li, START, job_type=job, ticket=ticket)
    assert (second.status, booked.status) == ("lapsed", "booked")
    with pytest.raises(DomainError, match="only held"):
        move_visit(visit_id=held(firm, li, firm.ticket(), firm.job_type("b").id, start=START + 4 * HOUR).id, now=firm.now, actor_id=None)
    assert release_visit(visit_id=booked.id, now=firm.now, actor_id=None).status == "booked", "only what is held is let go"


def test_called_off_before_it_was_promised_it_leaves_no_word(firm: Firm) -> None:
    li, job, ticket = firm.technician(), firm.job_type(), firm.ticket()
    kept = held(firm, li, ticket, job.id)
    lines = len(entries_of(ticket.id))
    assert cancel_visit(visit_id=kept.id, reason="no", now=firm.now, actor_id=None).status == "lapsed"
    assert (ticket.status, len(entries_of(ticket.id))) == ("new", lines)


def test_a_ticket_can_be_resolved_meanwhile_and_then_takes_no_visit(firm: Firm) -> None:
    li, job, ticket = firm.technician(), firm.job_type(), firm.ticket()
    kept = held(firm, li, ticket, job.id)
    change_status(ticket_id=ticket.id, status="open", now=firm.now, actor_id=None)
    change_status(ticket_id=ticket.id, status="resolved", now=firm.now, actor_id=None)
    with pytest.raises(DomainError) as refused:
        confirm_visit(visit_id=kept.id, now=firm.now, actor_id=None)
    assert refused.value.code == "ticket_done"

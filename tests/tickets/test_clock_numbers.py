"""The numbers of the notes on SLA clocks, through the ticket's own verbs: what an agent does, what the clocks then say."""

from __future__ import annotations

from datetime import datetime

from tests.tickets.conftest import HOUR, Firm, utc
from tickets import services
from tickets.models import Ticket

CREATED = utc("2013-03-21 09:30")  # a Thursday, 10:30 in Berlin


def peers_ticket(firm: Firm) -> Ticket:
    """Zammad's example: Berlin, Monday to Friday 08-18; first response 60, next response 120, resolution 180 minutes."""
    firm.calendar()
    firm.policy(first_response=1 * HOUR, next_response=2 * HOUR, resolution=3 * HOUR)
    ticket = firm.ticket(CREATED)
    services.receive_message(ticket_id=ticket.id, text="It drips.", now=CREATED, channel="email")
    return ticket


def dues(firm: Firm, ticket: Ticket, *kinds: str) -> list[datetime | None]:
    return [firm.clock(ticket, kind).due_at for kind in kinds]


def test_due_times_of_a_new_ticket(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    assert dues(firm, ticket, "first_response", "resolution") == [utc("2013-03-21 10:30"), utc("2013-03-21 12:30")]
    assert ticket.due_at == utc("2013-03-21 10:30")


def test_an_answer_in_time_leaves_half_of_the_hour(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(ticket_id=ticket.id, text="We come.", actor_id=None, now=utc("2013-03-21 10:00"))
    clock = firm.clock(ticket, "first_response")
    assert (clock.state, clock.used_seconds, clock.target_seconds - clock.used_seconds) == ("met", 30 * 60, 30 * 60)
    assert ticket.due_at == utc("2013-03-21 12:30")
    assert ticket.status == "open"
    assert ticket.unanswered_since is None


def test_an_answer_at_two_is_over_by_210_minutes(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(ticket_id=ticket.id, text="We come.", actor_id=None, now=utc("2013-03-21 14:00"))
    clock = firm.clock(ticket, "first_response")
    assert (clock.state, clock.used_seconds) == ("missed", 270 * 60)
    assert clock.breached_at == utc("2013-03-21 14:00")  # no sweep ran: the verb itself records it


def test_the_next_message_after_an_answer_is_due_in_two_hours_and_repeats_do_not_move_it(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(ticket_id=ticket.id, text="We come.", actor_id=None, now=CREATED)
    services.receive_message(ticket_id=ticket.id, text="When?", now=utc("2013-03-21 09:31"), channel="email")
    services.receive_message(ticket_id=ticket.id, text="When??", now=utc("2013-03-21 10:31"), channel="email")
    clock = firm.clock(ticket, "next_response")
    assert (clock.state, clock.due_at) == ("running", utc("2013-03-21 11:31"))
    assert ticket.due_at == utc("2013-03-21 11:31")


def test_resolved_in_time_has_used_120_and_late_210_minutes(firm: Firm) -> None:
    early, late = peers_ticket(firm), None
    services.resolve(ticket_id=early.id, now=utc("2013-03-21 11:30"), actor_id=None)
    assert (firm.clock(early, "resolution").state, firm.clock(early, "resolution").used_seconds) == ("met", 120 * 60)
    late = firm.ticket(CREATED)
    services.resolve(ticket_id=late.id, now=utc("2013-03-21 13:00"), actor_id=None)
    assert (firm.clock(late, "resolution").state, firm.clock(late, "resolution").used_seconds) == ("missed", 210 * 60)
    assert late.due_at is None


def test_two_pauses_move_the_due_time_to_a_quarter_to_twelve(firm: Firm) -> None:
    every_day = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    firm.calendar(every_day)
    firm.policy(resolution=2 * HOUR)
    ticket = firm.ticket(utc("2013-06-04 09:00"))
    for at, status, reason in (
        ("09:30", "waiting", "customer"),
        ("09:45", "open", None),
        ("10:00", "waiting", "part"),
        ("10:30", "open", None),
    ):
        services.change_status(ticket_id=ticket.id, status=status, wait_reason=reason, now=utc(f"2013-06-04 {at}"), actor_id=None)
    clock = firm.clock(ticket, "resolution")
    assert (clock.state, clock.due_at) == ("running", utc("2013-06-04 11:45"))
    assert [entry.reason for entry in clock.pauses] == ["customer", "part"]


def test_no_clock_is_due_while_it_waits_and_what_is_left_is_kept(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(
        ticket_id=ticket.id, text="Which model?", actor_id=None, now=utc("2013-03-21 10:00"), then_status="waiting", wait_reason="customer"
    )
    clock = firm.clock(ticket, "resolution")
    assert (clock.state, clock.due_at, clock.remaining_seconds, clock.fire_at) == ("paused", None, 150 * 60, None)
    assert ticket.due_at is None


def test_the_customers_message_ends_the_wait_from_that_second(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(
        ticket_id=ticket.id, text="Which model?", actor_id=None, now=utc("2013-03-21 10:00"), then_status="waiting", wait_reason="customer"
    )
    services.receive_message(ticket_id=ticket.id, text="The red one.", now=utc("2013-03-21 11:00"), channel="email")
    assert (ticket.status, ticket.wait_reason) == ("open", None)
    assert firm.clock(ticket, "resolution").due_at == utc("2013-03-21 13:30")
    assert firm.clock(ticket, "next_response").due_at == utc("2013-03-21 13:00")


def test_an_out_of_office_answer_changes_nothing(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(
        ticket_id=ticket.id, text="Which model?", actor_id=None, now=utc("2013-03-21 10:00"), then_status="waiting", wait_reason="customer"
    )
    services.receive_message(ticket_id=ticket.id, text="I am away.", now=utc("2013-03-21 10:01"), channel="email", automatic=True)
    assert (ticket.status, ticket.unanswered_since) == ("waiting", None)


def test_reopening_goes_on_with_the_time_already_used(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    services.reply(ticket_id=ticket.id, text="Done.", actor_id=None, now=utc("2013-03-21 11:30"), then_status="resolved")
    services.receive_message(ticket_id=ticket.id, text="It drips again.", now=utc("2013-03-22 08:00"), channel="email")
    clock = firm.clock(ticket, "resolution")
    # 120 of 180 minutes were used; the other hour runs from Friday 09:00 in Berlin.
    assert (clock.state, clock.due_at, ticket.reopened) == ("running", utc("2013-03-22 09:00"), 1)
    assert (ticket.resolved_at, ticket.status) == (None, "open")


def test_a_calls_worth_as_an_answer(firm: Firm) -> None:
    ticket = peers_ticket(firm)
    call = {"ticket_id": ticket.id, "text": "", "data": {}, "by_staff": True}
    services.add_call(direction="out", answered=False, now=utc("2013-03-21 09:40"), **call)
    assert firm.clock(ticket, "first_response").state == "running"
    services.add_call(direction="out", answered=True, now=utc("2013-03-21 09:50"), **call)
    assert (firm.clock(ticket, "first_response").state, ticket.status) == ("met", "open")
    services.add_call(ticket_id=ticket.id, direction="in", answered=False, by_staff=False, text="", data={}, now=utc("2013-03-21 09:55"))
    assert firm.clock(ticket, "next_response").due_at == utc("2013-03-21 11:55")

"""Who owns a ticket, and what happens when they go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.db import db as database
from staff import services as staff
from tests.tickets.conftest import Firm
from tickets import services as tickets
from tickets.models import Ticket


def test_the_open_tickets_of_a_colleague_who_leaves_go_back_to_their_queue(
    firm: Firm, make_user: Callable[..., Any], now: datetime
) -> None:
    user = make_user("agent")
    person = firm.person(user.id)
    waiting, done = firm.ticket(), firm.ticket()
    for ticket in (waiting, done):
        tickets.assign(ticket_id=ticket.id, person_id=person.id, now=now, actor_id=None)
    tickets.resolve(ticket_id=done.id, now=now, actor_id=None)
    staff.deactivate(user_id=user.id, now=now)
    owners = {ticket.id: ticket.assignee_id for ticket in database.session.query(Ticket)}
    assert owners == {waiting.id: None, done.id: person.id}

"""The topic `me`: an agent's own presence, offer, call and tickets, in every window they have open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from callcenter.voice import queries as voice
from callcenter.voice.events import CallChanged, OfferChanged
from callcenter.voice.models import Call, Offer
from callcenter.voice.presenters import call_row, offer_row
from core import events, later, live
from core.db import db
from core.live import Argument, Topic, Viewer
from customers.events import CustomerChanged
from staff import queries as staff
from staff.events import PresenceChanged
from staff.models import Person
from tickets import presenters
from tickets.events import ClockBreached, ClockWarned, MessageReceived, ReplySent, TicketChanged, TicketOpened
from tickets.models import Ticket

MINE = 200
STAFF = "staff"


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if viewer.subject == argument and viewer.may("console.use") else None


def _person(argument: str) -> Person | None:
    return staff.person_of_user(int(argument))


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: `presence`, `offer:<id>`, `call`, `ticket:<id>` (open ones assigned to me, the most urgent 200).

    `call` names no id: the newest call takes the place of another that is not wrapped up, and gives it back, without a word about the other.
    """
    person = _person(argument)
    if person is None:
        return {}
    rows: dict[str, Any] = {"presence": _presence(person)}
    offer, call = voice.open_offer_of(person.id), voice.call_of_person(person.id)
    if offer is not None:
        rows[f"offer:{offer.id}"] = offer_row(offer)
    if call is not None:
        rows["call"] = _call(call, person)
    return rows | {f"ticket:{key}": line for key, line in presenters.lines_of(_my_ticket_ids(person.id)).items()}


def _render(argument: str, _audience: str, keys: frozenset[str]) -> dict[str, Any]:
    rows = _rows(argument, STAFF)
    return {key: rows[key] for key in keys if key in rows}


def _presence(person: Person) -> dict[str, Any]:
    current = staff.current_presence(person.id)
    return {
        "person_id": person.id,
        "state": current.state if current else "offline",
        "reason": current.reason if current else None,
        "since": current.since if current else None,
    }


def _call(call: Call, person: Person) -> dict[str, Any]:
    leg = voice.leg_of(call.id, person.id)
    return call_row(call, voice.open_entry(call.id)) | {"my_state": leg.state if leg else None}


def _my_ticket_ids(person_id: int) -> list[int]:
    query = select(Ticket.id).where(Ticket.assignee_id == person_id, Ticket.status.not_in(("resolved", "closed")))
    return list(db.session.scalars(query.order_by(Ticket.due_at.asc().nulls_last(), Ticket.id).limit(MINE)))


def _touch_person(person_id: int | None, key: str) -> None:
    person = db.session.get(Person, person_id) if person_id else None
    if person is not None:
        live.touch(f"me:{person.user_id}", key)


def _on_presence(event: PresenceChanged) -> None:
    live.touch(f"me:{event.user_id}", "presence")


def _on_offer(event: OfferChanged) -> None:
    live.touch(f"me:{event.user_id}", f"offer:{event.offer_id}")


def _on_call(event: CallChanged) -> None:
    _touch_call(event.call_id, event.person_ids)


def _touch_call(call_id: int, person_ids: Iterable[int]) -> None:
    for person_id in person_ids:
        _touch_person(person_id, "call")
    # The offer on somebody's screen shows the caller too.
    offered = select(Offer.id, Offer.person_id).where(Offer.state == "open", Offer.entry.has(call_id=call_id))
    for offer_id, person_id in db.session.execute(offered):
        _touch_person(person_id, f"offer:{offer_id}")


def _on_ticket(event: TicketOpened | TicketChanged | MessageReceived | ReplySent | ClockWarned | ClockBreached) -> None:
    later.once(_touch_assignees, event.ticket_id)
    for person_id in {event.assignee_id_before, event.assignee_id} - {None} if isinstance(event, TicketChanged) else ():
        _touch_person(person_id, f"ticket:{event.ticket_id}")


def _touch_assignees(ticket_ids: list[int]) -> None:
    query = select(Ticket.id, Person.user_id).join(Person, Person.id == Ticket.assignee_id).where(Ticket.id.in_(ticket_ids))
    for ticket_id, user_id in db.session.execute(query):
        live.touch(f"me:{user_id}", f"ticket:{ticket_id}")


def _on_customer(event: CustomerChanged) -> None:
    """Name and tier stand on their tickets, calls and offers."""
    for call_id in voice.running_of_customer(event.customer_id):
        _touch_call(call_id, voice.person_ids_on(db.session.get_one(Call, call_id)))
    mine = select(Ticket.id, Ticket.assignee_id).where(Ticket.customer_id == event.customer_id, Ticket.assignee_id.is_not(None))
    for ticket_id, person_id in db.session.execute(mine.where(Ticket.status.not_in(("resolved", "closed")))):
        _touch_person(person_id, f"ticket:{ticket_id}")


def register() -> None:
    """Make the topic known and listen to what changes it."""
    live.register(Topic(name="me", audiences=(STAFF,), audience_of=_audience, rows=_rows, render=_render, argument=Argument.OWN))
    events.subscribe(PresenceChanged, _on_presence)
    events.subscribe(OfferChanged, _on_offer)
    events.subscribe(CallChanged, _on_call)
    events.subscribe(CustomerChanged, _on_customer)
    for kind in (TicketOpened, TicketChanged, MessageReceived, ReplySent, ClockWarned, ClockBreached):
        events.subscribe(kind, _on_ticket)

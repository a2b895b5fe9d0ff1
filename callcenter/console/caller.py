"""The topic `caller:<customer id>`: what an agent sees of the customer they talk to, kept true while they talk.

Keys: `card` (who they are, what they have, what covers it, what they agreed to), `contacts` (the last calls and messages),
`ticket:<id>` (their open tickets), `visit:<number>` (their open visits).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from callcenter.voice import queries as voice
from callcenter.voice.events import CallChanged
from callcenter.voice.models import Call
from core import clock, events, later, live
from core.db import db
from core.live import Argument, Topic, Viewer
from customers import presenters as customers
from customers.events import CustomerChanged
from customers.models import Customer
from dispatch import presenters as dispatch
from dispatch.events import VisitBooked, VisitChanged
from dispatch.visits.models import Visit
from dispatch.visits.rules import OPEN
from tickets import presenters, queries
from tickets.events import ClockBreached, ClockWarned, MessageReceived, ReplySent, TicketChanged, TicketOpened
from tickets.models import Entry, Ticket

STAFF = "staff"
CONTACTS = 8
MOST = 50
FIRST_WORDS = 160


def _audience(viewer: Viewer, argument: str) -> str | None:
    known = argument.isascii() and argument.isdigit() and len(argument) < 18
    return STAFF if known and viewer.may("console.use") and viewer.may("customers.read") else None


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    """See the module. Empty for a customer who is not there."""
    customer_id = int(argument)
    if db.session.get(Customer, customer_id) is None:
        return {}
    # Numbers in international form and the day in UTC: the same for every reader; the browser says dates in theirs.
    card = customers.card_of(customer_id, on=clock.now().date(), country="")
    del card["last_contact_at"]  # no change of the customer, so nobody is told of it; the contacts below say it
    return {
        "card": card,
        "contacts": contacts(customer_id),
        **_tickets(customer_id),
        **_visits(customer_id),
    }


def _render(argument: str, audience: str, keys: frozenset[str]) -> dict[str, Any]:
    customer_id = int(argument)
    if "card" in keys:
        return _rows(argument, audience)
    found: dict[str, Any] = {"contacts": contacts(customer_id)} if "contacts" in keys else {}
    if any(key.startswith("ticket:") for key in keys):
        found |= _tickets(customer_id)
    if any(key.startswith("visit:") for key in keys):
        found |= _visits(customer_id)
    return found


def _tickets(customer_id: int) -> dict[str, Any]:
    ids = [ticket_id for ticket_id, _number, _queue_id in queries.open_ids_of_customer(customer_id, limit=MOST)]
    return {f"ticket:{key}": line for key, line in presenters.lines_of(ids).items()}


def _visits(customer_id: int) -> dict[str, Any]:
    query = select(Visit).join(Ticket, Ticket.id == Visit.ticket_id).where(Ticket.customer_id == customer_id, Visit.status.in_(OPEN))
    visits = list(db.session.scalars(query.order_by(Visit.planned_start, Visit.id).limit(MOST)))
    return {f"visit:{line['number']}": line for line in dispatch.visit_lines(visits)}


def contacts(customer_id: int) -> list[dict[str, Any]]:
    """The last calls and messages, the newest first: kind (call, message_in, message_out), at, ticket, text, outcome, disposition."""
    calls = [_call(call) for call in voice.calls_of_customer(customer_id, CONTACTS)]
    query = (
        select(Entry, Ticket.number)
        .join(Ticket, Ticket.id == Entry.ticket_id)
        .where(Ticket.customer_id == customer_id, Entry.kind.in_(("message_in", "message_out")))
        .order_by(Entry.happened_at.desc(), Entry.id.desc())
        .limit(CONTACTS)
    )
    messages = [_message(entry, number) for entry, number in db.session.execute(query)]
    return sorted(calls + messages, key=lambda contact: contact["at"], reverse=True)[:CONTACTS]


def _call(call: Call) -> dict[str, Any]:
    return {
        "kind": "call",
        "at": call.started_at,
        "ended_at": call.ended_at,
        "ticket": call.ticket.number if call.ticket else None,
        "channel": "phone",
        "text": call.note[:FIRST_WORDS],
        "outcome": call.outcome,
        "disposition": call.disposition,
        "direction": call.direction,
    }


def _message(entry: Entry, number: int) -> dict[str, Any]:
    text = " ".join((entry.new_text or entry.text)[:FIRST_WORDS].split())
    return {"kind": entry.kind, "at": entry.happened_at, "ticket": number, "channel": entry.channel, "text": text}


def _touch(customer_ids: Iterable[int | None], *keys: str) -> None:
    for customer_id in {found for found in customer_ids if found is not None}:
        live.touch(f"caller:{customer_id}", *keys)


def _on_customer(event: CustomerChanged) -> None:
    """Their name stands on every line."""
    later.once(_touch_all, event.customer_id)


def _touch_all(customer_ids: list[int]) -> None:
    for customer_id in customer_ids:
        visits = select(Visit.number).join(Ticket, Ticket.id == Visit.ticket_id)
        visits = visits.where(Ticket.customer_id == customer_id, Visit.status.in_(OPEN)).limit(MOST)
        keys = [f"visit:{number}" for number in db.session.scalars(visits)]
        keys += [f"ticket:{ticket_id}" for ticket_id, _number, _queue_id in queries.open_ids_of_customer(customer_id, limit=MOST)]
        _touch([customer_id], "card", *keys)


def _on_ticket(event: TicketOpened | TicketChanged | ClockWarned | ClockBreached) -> None:
    before = event.changes.get("customer_id", (None, None))[0] if isinstance(event, TicketChanged) else None
    later.once(_touch_tickets, (event.ticket_id, False))
    if before is not None:
        later.once(_touch_former, (event.ticket_id, before))


def _on_message(event: MessageReceived | ReplySent) -> None:
    later.once(_touch_tickets, (event.ticket_id, True))


def _touch_tickets(touched: list[tuple[int, bool]]) -> None:
    """(ticket, whether somebody wrote): what it is about and when it is due stands on its own line and on its visits'."""
    written = {ticket_id for ticket_id, wrote in touched if wrote}
    for ticket_id, customer_id, visit_number in _with_visits({ticket_id for ticket_id, _wrote in touched}):
        contacts = ["contacts"] if ticket_id in written else []
        _touch([customer_id], f"ticket:{ticket_id}", *contacts, *([f"visit:{visit_number}"] if visit_number else []))


def _touch_former(moved: list[tuple[int, int]]) -> None:
    """(ticket, customer it was taken from): it leaves the one's card, with its visits and messages, and comes to the other's."""
    former: dict[int, list[int]] = {}
    for ticket_id, customer_id in moved:
        former.setdefault(ticket_id, []).append(customer_id)
    for ticket_id, owner_id, visit_number in _with_visits(former):
        keys = [f"ticket:{ticket_id}", "contacts", *([f"visit:{visit_number}"] if visit_number else [])]
        _touch([owner_id, *former[ticket_id]], *keys)


def _with_visits(ticket_ids: Iterable[int]) -> Iterable[tuple[int, int | None, int | None]]:
    """(ticket, its customer, number of an open visit): a row for each visit, or one without."""
    query = select(Ticket.id, Ticket.customer_id, Visit.number).outerjoin(Visit, (Visit.ticket_id == Ticket.id) & Visit.status.in_(OPEN))
    return db.session.execute(query.where(Ticket.id.in_(ticket_ids))).tuples()


def _on_visit(event: VisitBooked | VisitChanged) -> None:
    later.once(_touch_tickets, (event.ticket_id, False))
    later.once(_touch_visits, event.visit_id)


def _touch_visits(visit_ids: list[int]) -> None:
    """Also those that are no longer open."""
    query = select(Ticket.customer_id, Visit.number).join(Visit, Visit.ticket_id == Ticket.id).where(Visit.id.in_(visit_ids))
    for customer_id, number in db.session.execute(query):
        _touch([customer_id], f"visit:{number}")


def _on_call(event: CallChanged) -> None:
    _touch([event.customer_id], "contacts")


def register() -> None:
    """Make the topic known and listen to what changes it."""
    live.register(Topic(name="caller", audiences=(STAFF,), audience_of=_audience, rows=_rows, render=_render, argument=Argument.NAMED))
    events.subscribe(CustomerChanged, _on_customer)
    events.subscribe(CallChanged, _on_call)
    for message in (MessageReceived, ReplySent):
        events.subscribe(message, _on_message)
    for visit in (VisitBooked, VisitChanged):
        events.subscribe(visit, _on_visit)
    for kind in (TicketOpened, TicketChanged, ClockWarned, ClockBreached):
        events.subscribe(kind, _on_ticket)

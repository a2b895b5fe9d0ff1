"""What a ticket is found by: its number, subject, customer, contacts, equipment and what was written to and fro."""

from __future__ import annotations

from sqlalchemy import func, inspect, select

from core import search
from core.db import db
from core.phones import ways_to_type
from tickets.models import Entry, Ticket

# Enough to find a long thread by its newest words, little enough to index on every message.
ENTRIES = 50
CHARACTERS = 60_000


def index(ticket: Ticket) -> None:
    """Add or renew the ticket's search entry in the caller's transaction: at its end, once for all that it does to the ticket."""
    search.put_off(_index, ticket)


def _index(tickets: list[Ticket]) -> None:
    there = [ticket for ticket in tickets if inspect(ticket).persistent]
    texts = _texts_of([ticket.id for ticket in there])
    search.put_dated(kind="ticket", entries=[(*_words_of(ticket, texts.get(ticket.id, [])), ticket.updated_at) for ticket in there])


def _texts_of(ticket_ids: list[int]) -> dict[int, list[str]]:
    """What was written on each ticket, the newest first."""
    place = func.row_number().over(partition_by=Entry.ticket_id, order_by=Entry.id.desc()).label("place")
    said = (
        select(Entry.ticket_id, func.coalesce(func.nullif(Entry.new_text, ""), Entry.text).label("text"), place)
        .where(Entry.ticket_id.in_(ticket_ids), Entry.kind.in_(("message_in", "message_out", "note", "call", "visit")))
        .subquery()
    )
    found: dict[int, list[str]] = {}
    for ticket_id, text in db.session.execute(select(said.c.ticket_id, said.c.text).where(said.c.place <= ENTRIES).order_by(said.c.place)):
        found.setdefault(ticket_id, []).append(text)
    return found


def _words_of(ticket: Ticket, texts: list[str]) -> tuple[int, str, str]:
    facts = [str(ticket.number), ticket.contact_email, *ways_to_type(ticket.contact_phone or "")]
    if ticket.customer is not None:
        facts.append(ticket.customer.name)
    if ticket.equipment is not None:
        facts += [ticket.equipment.label, ticket.equipment.serial]
    if ticket.site is not None:
        facts += [ticket.site.name, ticket.site.address]
    facts += [value for value in ticket.fields.values() if isinstance(value, str)]
    text = "\n".join(fact for fact in facts if fact) + "\n" + "\n".join(texts)[:CHARACTERS]
    return ticket.id, f"#{ticket.number} {ticket.subject}", text

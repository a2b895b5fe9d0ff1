"""What a ticket is found by: its number, subject, customer, contacts, equipment and what was written to and fro."""

from __future__ import annotations

from sqlalchemy import select

from core import search
from core.db import db
from core.phones import ways_to_type
from tickets.models import Entry, Ticket

# Enough to find a long thread by its newest words, little enough to index on every message.
ENTRIES = 50
CHARACTERS = 60_000


def index(ticket: Ticket) -> None:
    """Add or renew the ticket's search entry in the caller's transaction."""
    query = (
        select(Entry.new_text, Entry.text)
        .where(Entry.ticket_id == ticket.id, Entry.kind.in_(("message_in", "message_out", "note", "call", "visit")))
        .order_by(Entry.id.desc())
        .limit(ENTRIES)
    )
    texts = [new_text or text for new_text, text in db.session.execute(query)]
    facts = [str(ticket.number), ticket.contact_email, *ways_to_type(ticket.contact_phone or "")]
    if ticket.customer is not None:
        facts.append(ticket.customer.name)
    if ticket.equipment is not None:
        facts += [ticket.equipment.label, ticket.equipment.serial]
    if ticket.site is not None:
        facts += [ticket.site.name, ticket.site.address]
    text = "\n".join(fact for fact in facts if fact) + "\n" + "\n".join(texts)[:CHARACTERS]
    search.put(kind="ticket", ref=ticket.id, title=f"#{ticket.number} {ticket.subject}", text=text, now=ticket.updated_at)

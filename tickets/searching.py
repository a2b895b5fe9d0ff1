"""Tickets in the search at the top of every page."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from core import search
from core.auth.security import may
from core.db import db
from core.search_api import Found, excerpt
from customers import queries as customers
from customers.queries import search_text
from tickets import queries
from tickets.models import Entry, Ticket

ENTRIES_READ = 200  # of the tickets found, to show where the words stand


def find(text: str, limit: int) -> list[Found] | None:
    """By number, subject, what was written, customer, serial and phone (also parts of four signs); of the newest those whose subject has the words
    first, then the newer before the older."""
    if not may("tickets.read"):
        return None
    number = _number(text)
    ids = search.best("ticket", search_text(text), limit=limit) or _of_customers(text, limit)
    if number is not None and (exact := queries.ids_of([number]).get(number)) is not None:
        ids = [exact, *(other for other in ids if other != exact)][:limit]
    rows = queries.rows_of(ids)
    words = search.runs(text)
    said = _said(ids, words)
    return [
        Found(
            kind="ticket",
            title=f"#{row.number} {row.subject}",
            text=" · ".join(part for part in (row.customer or row.contact_email or row.contact_phone, row.queue, said.get(row.id)) if part),
            address=f"/tickets/{row.number}",
            icon="ticket",
            at=row.updated_at,
            exact=row.number == number,
        )
        for ticket_id in ids
        if (row := rows.get(ticket_id)) is not None
    ]


def _of_customers(text: str, limit: int) -> list[int]:
    """The newest tickets of customers whose name was misspelt."""
    alike = [customer.id for customer in customers.found(text, limit=5)]
    if not alike:
        return []
    return list(db.session.scalars(select(Ticket.id).where(Ticket.customer_id.in_(alike)).order_by(Ticket.id.desc()).limit(limit)))


def _number(text: str) -> int | None:
    """`#1042` or `1042`."""
    digits = text.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _said(ticket_ids: Collection[int], words: list[str]) -> dict[int, str]:
    """By ticket, the surroundings of the words in the newest entry that has one of them."""
    if not ticket_ids:
        return {}
    like = [Entry.text.icontains(word, autoescape=True) for word in words]
    query = select(Entry.ticket_id, Entry.text).where(Entry.ticket_id.in_(ticket_ids), Entry.kind != "change", or_(*like))
    found: dict[int, str] = {}
    for ticket_id, text in db.session.execute(query.order_by(Entry.id.desc()).limit(ENTRIES_READ)):
        found.setdefault(ticket_id, excerpt(text, words))
    return found

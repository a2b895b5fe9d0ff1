"""What in an article looks like somebody's: email addresses, phone numbers, names. A publisher removes each, or confirms that it may stand there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import phonenumbers
from sqlalchemy import func, select

from core.db import db
from customers.models import Customer
from staff.queries import branches
from tickets.models import Entry, Ticket

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INTERNATIONAL = re.compile(r"(?<!\w)\+\d[\d ()/.-]{6,}\d")
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Herr|Frau)\.? [A-Z][\w'-]+(?: [A-Z][\w'-]+)?|[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|太太)", re.UNICODE
)
_TWO_NAMES = re.compile(r"\b[A-Z\u00c0-\u017f][\w'-]+ [A-Z\u00c0-\u017f][\w'-]+\b")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u017f]")
SHORTEST_NAME = 3  # letters of a Latin name's part; of a Chinese name two characters
MOST_ASKED = 500


class Finding(NamedTuple):
    """`kind`: email, phone, name; `text` as it stands in the article."""

    kind: str
    text: str


def found_in(texts: Iterable[str], *, ticket_id: int | None = None) -> list[Finding]:
    """Each once, in the order of the kinds. `ticket_id`: where the article comes from; the names of its customer and writers are looked for."""
    whole = "\n".join(texts)
    found = [*_addresses(whole), *_phones(whole), *_names(whole, ticket_id)]
    return list(dict.fromkeys(found))


def _addresses(text: str) -> Iterator[Finding]:
    return (Finding("email", match[0]) for match in _EMAIL.finditer(text))


def _phones(text: str) -> Iterator[Finding]:
    """Numbers that are ones in a country where we have a branch, and whatever begins with a country's code."""
    spans: list[tuple[int, int]] = []
    for country in {branch.country for branch in branches()} or {"DE"}:
        spans += [(match.start, match.end) for match in phonenumbers.PhoneNumberMatcher(text, country)]
    spans += [match.span() for match in _INTERNATIONAL.finditer(text)]
    last = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last:
            last = end
            yield Finding("phone", text[start:end])


def _names(text: str, ticket_id: int | None) -> Iterator[Finding]:
    yield from (Finding("name", match[0]) for match in _TITLED.finditer(text))
    yield from (Finding("name", name) for name in _customers_in(text))
    yield from (Finding("name", name) for name in (_people_of(ticket_id) if ticket_id is not None else ()) if _stands_in(name, text))


def _customers_in(text: str) -> Collection[str]:
    """Two capitalised words that are a customer's name."""
    candidates = list(dict.fromkeys(match[0] for match in _TWO_NAMES.finditer(text)))[:MOST_ASKED]
    if not candidates:
        return []
    lowered = func.lower(Customer.name)  # as the index has it
    known = set(db.session.scalars(select(lowered).where(lowered.in_([name.lower() for name in candidates]))))
    return [name for name in candidates if name.lower() in known]


def _people_of(ticket_id: int) -> list[str]:
    """Whom the ticket names, whole and in parts: its customer and who wrote to us. A firm's name is one thing."""
    customer = select(Customer.name, Customer.kind).join(Ticket, Ticket.customer_id == Customer.id).where(Ticket.id == ticket_id)
    found = [part for name, kind in db.session.execute(customer) for part in ([name] if kind == "organisation" else _parts(name))]
    firms = {name for name in found if " " in name}
    writers = select(Entry.author_name).where(Entry.ticket_id == ticket_id, Entry.kind == "message_in").distinct()
    for name in db.session.scalars(writers):
        found += [] if name in firms else _parts(name)
    return list(dict.fromkeys(found))


def _parts(name: str) -> list[str]:
    """The whole name and its parts, as far as they say who it is."""
    words = [word for word in name.split() if len(word) >= (SHORTEST_NAME if _LATIN.match(word) else 2)]
    return [name, *words] if name else []


def _stands_in(name: str, text: str) -> bool:
    if not _LATIN.search(name):
        return name in text
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None

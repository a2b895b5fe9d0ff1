"""Which ticket a message belongs to, and whether its writer may speak on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from callcenter.mail import queries, rules
from callcenter.mail.parsing import ParsedMail
from callcenter.mail.services.writing import sender_of
from callcenter.mail.tokens import find_subject_tokens
from config import Config
from core.errors import NotFound
from tickets import queries as tickets
from tickets.models import Ticket

MOST_TOKENS = 10
# "Re:", "AW:", "回复：" and our own mark: what mail programs put before the same subject.
_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|fw|fwd|wg|tr|回复|答复|转发|回覆|轉寄)\s*(?:\[\d+\])?\s*[:：]|\[\s*#\s*\d{1,12}\s*\])\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Match:
    """`ticket` None: a new one is needed. `is_customer` False: a stranger wrote, an agent has to confirm. `named_another`: the subject has the
    number of a ticket that is somebody else's."""

    ticket: Ticket | None = None
    is_customer: bool = True
    named_another: bool = False


def own_reason(mail: ParsedMail, config: Config) -> str | None:
    """Why this is our own mail coming back, as a key of `rules.REASONS`; None when it is not.

    A Message-ID on our domain alone proves nothing, for colleagues may write from the same domain: it must be one that we made, or stand under
    one of our mailboxes as sender.
    """
    own_id = rules.kept_id(mail.message_id)
    if own_id and queries.own_mail([own_id]) is not None:
        return "own_message"
    if rules.loop_token(config.secret_key) in mail.loops:
        return "loop"
    if own_id and rules.ticket_of_own_id(own_id, domain=config.mail_domain, secret=config.secret_key) is not None:
        return "own_message"
    on_our_domain = own_id.rpartition("@")[2].lower() == config.mail_domain.lower()
    if on_our_domain and rules.plain_address(mail.from_email) in queries.own_addresses():
        return "own_message"
    return None


def find_ticket(mail: ParsedMail, *, recipient: str, config: Config, now: datetime) -> Match:
    """By our Message-ID, the signed reply address, the numbers in the subject, then by what others' copies of the conversation became."""
    sender = sender_of(mail)
    answered = _by_own_id(rules.answered_ids(mail), config)
    if answered is not None:
        return Match(answered)
    addresses = [recipient, *(one.email for one in (*mail.to, *mail.cc))]
    addressed = _numbered(rules.ticket_of_address(addresses, secret=config.secret_key))
    if addressed is not None:
        return Match(addressed, is_customer=queries.takes_part(addressed, sender))
    named = [ticket for number in find_subject_tokens(mail.subject)[:MOST_TOKENS] if (ticket := _numbered(number)) is not None]
    for ticket in named:
        if queries.takes_part(ticket, sender):
            return Match(ticket)
    thread = _by_thread(mail, sender, now)
    if thread is not None:
        return Match(thread)
    if named and queries.newest_customer(sender) is None:
        return Match(named[0], is_customer=False)
    # Somebody we know: the number may be one of their own, and their request must not end as a note on another's ticket.
    return Match(named_another=bool(named))


def _by_own_id(ids: list[str], config: Config) -> Ticket | None:
    """A mail of ours is answered. Its id cannot be guessed, so whoever names it has the mail."""
    if not ids:
        return None
    own = queries.own_mail(ids)
    if own is not None:
        return own.ticket
    for one in ids:
        ticket = _numbered(rules.ticket_of_own_id(one, domain=config.mail_domain, secret=config.secret_key))
        if ticket is not None:
            return ticket
    return None


def _by_thread(mail: ParsedMail, sender: str, now: datetime) -> Ticket | None:
    """Another copy of the conversation came before. Sharing an id is not enough (a newsletter has the same for everybody): the writer must have
    been part of it, or write to the ticket's customer."""
    named = {one.email.lower() for one in (*mail.to, *mail.cc)}
    for ticket in queries.tickets_of_thread(rules.answered_ids(mail), rules.kept_id(mail.message_id), now=now):
        if queries.takes_part(ticket, sender) or ticket.contact_email in named:
            return ticket
    return None


def _numbered(number: int | None) -> Ticket | None:
    if number is None:
        return None
    try:
        return tickets.by_number(number)
    except NotFound:
        return None


def without_prefixes(subject: str) -> str:
    """The subject without any "Re:" and without our mark in front."""
    rest = subject
    while (found := _PREFIX.match(rest)) and found.end():
        rest = rest[found.end() :]
    return rest.strip()

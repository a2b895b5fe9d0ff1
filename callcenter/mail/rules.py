"""Rules of mail, without a database: how ids are kept, what is our own, how much we write by ourselves."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _

from callcenter.mail.parsing import ParsedMail
from callcenter.mail.tokens import find_reply_token, read_ticket

# Automatic mail: so many in WINDOW, then silence. A loop between two machines ends here at the latest.
WINDOW = timedelta(minutes=10)
MOST_PER_TICKET = 10
MOST_PER_RECIPIENT = 30
# Tries of applying a message while the database is unwell, before it is put aside.
MOST_TRIES = 5
# Of a message larger than the limit so much is read: the headers and the first words.
BEGINNING = 256 * 1024
MOST_ATTACHMENTS = 200
LONGEST_ID = 500  # bytes; an index entry of PostgreSQL has at most 2,704
# A Date further back than this says nothing about when the customer wrote.
OLDEST_DATE = timedelta(days=14)

REASONS = {
    "own_message": _("Our own message came back."),
    "loop": _("A message that went through here before."),
    "unknown_bounce": _("A delivery report about a mail that is not ours."),
    "delivery_report": _("A mail system's report that belongs to no ticket."),
    "too_large": _("Too large: only the beginning was read."),
    "stranger": _("From somebody who is not this ticket's customer: confirm it."),
    "confirmed": _("Confirmed as the customer's message."),
    "other_ticket": _("The subject names another customer's ticket."),
}


_BUSY = _("The database was away or busy each time it was tried. Try again when all is well.")
_REFUSED = _("A rule of this installation refused it. Put that right, then try again.")
_UNSTORABLE = _("It holds something that the database does not take. It is kept as it came; try again after the next update.")
# Why a message waits in quarantine, by the kind of error; others are bugs of ours, or of what we stand on.
TROUBLES = {
    "NoSender": _("It names no sender, so there is nobody to answer."),
    "FileNotFoundError": _("The file store has lost its bytes. Bring them back from a backup, then try again."),
    **dict.fromkeys(("OperationalError", "InterfaceError", "TimeoutError"), _BUSY),
    **dict.fromkeys(("DomainError", "Conflict", "NotValid", "NotFound", "Forbidden"), _REFUSED),
    **dict.fromkeys(("DataError", "IntegrityError", "ProgrammingError"), _UNSTORABLE),
    "MemoryError": _("There was not enough memory for it. Give the mailroom more, then try again."),
}
UNREADABLE = _("It could not be read. It is kept as it came; try again after the next update.")


def trouble(error: str) -> str:
    """An error of `RawMessage.error` (`NoSender: …`) as a sentence."""
    return str(TROUBLES.get(error.partition(":")[0], UNREADABLE))


def kept_id(message_id: str) -> str:
    """A Message-ID as it is stored: without brackets, a very long one as its digest. Empty for none."""
    bare = message_id.strip().removeprefix("<").removesuffix(">").strip()
    data = bare.encode("utf-8", "replace")
    return bare if len(data) <= LONGEST_ID else f"sha256-{hashlib.sha256(data).hexdigest()}"


def answered_ids(mail: ParsedMail) -> list[str]:
    """The ids a message answers: In-Reply-To first, then References from the newest back; each once, as stored."""
    found = [mail.in_reply_to, *reversed(mail.references)]
    return list(dict.fromkeys(kept_id(one) for one in found if one))


def loop_token(secret: str) -> str:
    """What our X-Loop says: the same for all mail of this installation, different from every other's."""
    return "callout-" + hmac.new(secret.encode(), b"callout x-loop v1", hashlib.sha256).hexdigest()[:20]


def ticket_of_own_id(message_id: str, *, domain: str, secret: str) -> int | None:
    """The ticket number that one of our Message-IDs (`token.random@domain`) was made for; None for anybody else's, and for forged ones."""
    local, at, found = kept_id(message_id).rpartition("@")
    if not at or found.lower() != domain.lower():
        return None
    return read_ticket(local.partition(".")[0], secret=secret)


def ticket_of_address(addresses: Iterable[str], *, secret: str) -> int | None:
    """The ticket number in a signed reply address among these; None when there is none of ours."""
    for address in addresses:
        token = find_reply_token([address])
        number = read_ticket(token, secret=secret) if token else None
        if number is not None:
            return number
    return None


def plain_address(address: str) -> str:
    """Lower case, without the part after "+": the mailbox that an extended address belongs to."""
    local, _at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def sent_at(mail: ParsedMail, now: datetime) -> datetime | None:
    """When the customer wrote, where their Date can be true: not in the future, not long ago."""
    return mail.date if mail.date is not None and now - OLDEST_DATE <= mail.date <= now else None

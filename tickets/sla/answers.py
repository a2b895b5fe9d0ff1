"""Which contact counts as an answer, and from there when the response clocks start and stop.

Only public communication by staff counts: an internal note never, an auto-reply never, a phone call when it was answered.
An automatic message of the customer (out of office) asks for nothing, so it starts no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Party(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of a ticket's timeline that may have been said to the other side.

    `public`: the customer sees it. `automatic`: no person wrote it. `reached`: for a call, whether it was answered by the
    other side; always True for a message.
    """

    at: datetime
    party: Party
    public: bool = True
    automatic: bool = False
    reached: bool = True


class ResponseRun(NamedTuple):
    """One run of the next_response clock: from the oldest unanswered customer message until the answer (None: not yet)."""

    started_at: datetime
    stopped_at: datetime | None


def is_answer(contact: Contact) -> bool:
    return contact.party is Party.STAFF and contact.public and contact.reached and not contact.automatic


def asks_for_answer(contact: Contact) -> bool:
    """Whether the customer waits after it; a call of theirs that nobody took (not reached) counts like a message."""
    return contact.party is Party.CUSTOMER and contact.public and not contact.automatic


def first_answer_at(contacts: Iterable[Contact]) -> datetime | None:
    """When first_response stops: at the earliest answer."""
    return min((contact.at for contact in contacts if is_answer(contact)), default=None)


def next_response_runs(contacts: Iterable[Contact]) -> list[ResponseRun]:
    """All runs of next_response in order of time; only the last can be open.

    It runs only after a first answer was given; further messages of the customer do not move it. Contacts may come in any
    order; of two in the same instant the customer's message is taken to be the earlier, so the answer answers it.
    """
    runs: list[ResponseRun] = []
    answered = False
    waiting_since: datetime | None = None
    for contact in sorted(contacts, key=lambda entry: (entry.at, entry.party is Party.STAFF)):
        if is_answer(contact):
            if waiting_since is not None:
                runs.append(ResponseRun(waiting_since, contact.at))
            answered, waiting_since = True, None
        elif answered and waiting_since is None and asks_for_answer(contact):
            waiting_since = contact.at
    if waiting_since is not None:
        runs.append(ResponseRun(waiting_since, None))
    return runs


def on_site_started_at(created_at: datetime, appointment_ends_at: datetime | None) -> datetime:
    """When on_site starts: at the end of the agreed appointment's window, else at creation."""
    return created_at if appointment_ends_at is None else appointment_ends_at

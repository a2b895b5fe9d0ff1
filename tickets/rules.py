"""What a ticket may be and which moves are legal: one table each. Pure: nothing here reads the database or the clock."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from core.errors import DomainError, NotValid
from tickets.sla.clocks import ClockKind


class Status(StrEnum):
    NEW = "new"  # nobody has answered yet
    OPEN = "open"  # somebody has to do something
    WAITING = "waiting"  # somebody else has to; `wait_reason` says who
    SCHEDULED = "scheduled"  # a visit is booked
    RESOLVED = "resolved"  # done in our eyes; the customer may still say no
    CLOSED = "closed"  # done for good


class WaitReason(StrEnum):
    CUSTOMER = "customer"
    PART = "part"
    ACCESS = "access"
    APPROVAL = "approval"
    THIRD_PARTY = "third_party"


class Who(StrEnum):
    """Whose deed moves a ticket: a colleague's, the customer's (by writing), or the machine's (a first answer, a booked visit, time)."""

    STAFF = "staff"
    CUSTOMER = "customer"
    MACHINE = "machine"


class Move(NamedTuple):
    """One legal move: from where, whither, by whom, what for (in words for people). `ends`: of `OUTCOME_KINDS` only after the outcome was told."""

    source: Status
    target: Status
    by: frozenset[Who]
    why: Any
    ends: bool = False


class Wait(NamedTuple):
    """What waiting for a reason means: the clocks that stand still, and whether the customer's message ends it."""

    pauses: frozenset[ClockKind]
    ended_by_customer: bool


_STAFF = frozenset({Who.STAFF, Who.MACHINE})
_ALL = frozenset(Who)
_WORKING = (Status.NEW, Status.OPEN, Status.WAITING, Status.SCHEDULED)

# Every legal move. A wait for one reason may become a wait for another; a scheduled ticket stays one when its visit moves.
MOVES: tuple[Move, ...] = (
    Move(Status.NEW, Status.OPEN, _STAFF, _("Somebody takes it up, or the customer got a first answer.")),
    Move(Status.NEW, Status.WAITING, _STAFF, _("Somebody else has to act first; the reason says who.")),
    Move(Status.NEW, Status.SCHEDULED, _STAFF, _("A visit is booked.")),
    Move(Status.NEW, Status.RESOLVED, _STAFF, _("It is done in our eyes."), ends=True),
    Move(Status.OPEN, Status.WAITING, _STAFF, _("Somebody else has to act first; the reason says who.")),
    Move(Status.OPEN, Status.SCHEDULED, _STAFF, _("A visit is booked.")),
    Move(Status.OPEN, Status.RESOLVED, _STAFF, _("It is done in our eyes."), ends=True),
    Move(Status.WAITING, Status.OPEN, _ALL, _("What it waited for is there, or the customer wrote.")),
    Move(Status.WAITING, Status.WAITING, _STAFF, _("It waits for something else now.")),
    Move(Status.WAITING, Status.SCHEDULED, _STAFF, _("A visit is booked.")),
    Move(Status.WAITING, Status.RESOLVED, _STAFF, _("It is done in our eyes."), ends=True),
    Move(Status.SCHEDULED, Status.OPEN, _STAFF, _("The visit was called off, or left something to do.")),
    Move(Status.SCHEDULED, Status.WAITING, _STAFF, _("The visit needs a part or a way in first.")),
    Move(Status.SCHEDULED, Status.RESOLVED, _STAFF, _("The visit solved it."), ends=True),
    Move(Status.RESOLVED, Status.OPEN, _ALL, _("The customer says no, or we were wrong.")),
    Move(Status.RESOLVED, Status.CLOSED, _ALL, _("The customer agrees, or nothing more was said."), ends=True),
    Move(Status.CLOSED, Status.OPEN, _ALL, _("The customer writes again, or something was left.")),
)
_BY_PAIR = {(move.source, move.target): move for move in MOVES}

# The duty to answer stands still for nothing: a customer who writes while we wait for a part gets an answer in time.
_WORK = frozenset({ClockKind.ON_SITE, ClockKind.RESOLUTION})
WAITS: dict[WaitReason, Wait] = {
    WaitReason.CUSTOMER: Wait(_WORK, ended_by_customer=True),
    WaitReason.PART: Wait(_WORK, ended_by_customer=False),
    WaitReason.ACCESS: Wait(_WORK, ended_by_customer=False),
    WaitReason.APPROVAL: Wait(_WORK, ended_by_customer=False),
    WaitReason.THIRD_PARTY: Wait(_WORK, ended_by_customer=False),
}

KINDS = ("fault", "installation", "maintenance", "complaint", "suggestion", "question")
PRIORITIES = ("urgent", "high", "normal", "low")
CHANNELS = ("phone", "email", "web", "chat", "sms", "api", "internal")
# "This is a … of that." The machine alone makes follow_up (an answer to a ticket closed long ago) and split; people the others.
LINKS = ("follow_up", "duplicate", "child", "caused_by", "split")
LINKS_BY_HAND = ("duplicate", "child", "caused_by")
TAGS_AT_MOST = 30

# A customer's message to a ticket closed longer than this opens a linked one instead.
CLOSED_FOR_GOOD = timedelta(days=14)


# What the customer wants of these is an answer: they do not end before the outcome was told.
OUTCOME_KINDS = frozenset({"complaint", "suggestion"})
LONGEST_OUTCOME = 5000
LONGEST_WAIT_NOTE = 500


def is_open(status: str) -> bool:
    """Whether clocks of a ticket in this status run or are paused."""
    return Status(status) in _WORKING


def check_status(status: str, wait_reason: str | None) -> tuple[Status, WaitReason | None]:
    """The status and reason as typed values. Raises NotValid when unknown, or when a reason is missing or out of place."""
    try:
        found = Status(status)
    except ValueError:
        raise NotValid(_("There is no status “%(status)s”.", status=status), field="status") from None
    if found is not Status.WAITING:
        if wait_reason:
            raise NotValid(_("Only a waiting ticket has a reason for waiting."), field="wait_reason")
        return found, None
    try:
        return found, WaitReason(wait_reason or "")
    except ValueError:
        raise NotValid(_("Say what the ticket waits for."), field="wait_reason") from None


def check_move(source: str, target: str, by: Who) -> None:
    """Raises DomainError (code `move`) when the table does not hold this move, or not for this doer."""
    move = _BY_PAIR.get((Status(source), Status(target)))
    if move is None or by not in move.by:
        raise DomainError(
            _("A ticket that is %(source)s cannot become %(target)s.", source=status_word(source), target=status_word(target)),
            field="status",
            code="move",
            details={"status_now": source, "possible": [str(status) for status in targets(source, by)]},
        )


def targets(source: str, by: Who = Who.STAFF) -> list[Status]:
    """The statuses that a ticket in `source` may take next."""
    return [move.target for move in MOVES if move.source == source and by in move.by]


def needs_outcome(kind: str, status: str) -> bool:
    """Whether a ticket of this kind may be in this status only after the customer was told the outcome."""
    return kind in OUTCOME_KINDS and any(move.ends for move in MOVES if move.target == status)


def paused_clocks(status: str, wait_reason: str | None, running_waits: Collection[str] = ()) -> frozenset[ClockKind]:
    """The kinds of clocks that stand still in this status. `running_waits`: the reasons for which the policy lets them run on."""
    if status != Status.WAITING or wait_reason is None or wait_reason in running_waits:
        return frozenset()
    return WAITS[WaitReason(wait_reason)].pauses


def customer_ends_wait(status: str, wait_reason: str | None) -> bool:
    """Whether a message of the customer makes the ticket open again."""
    return status == Status.WAITING and wait_reason is not None and WAITS[WaitReason(wait_reason)].ended_by_customer


def check_wait_note(note: str) -> str | None:
    """What exactly the ticket waits for, on one line; None for nothing. Raises NotValid when it is too long."""
    clean = " ".join(note.split())
    if len(clean) > LONGEST_WAIT_NOTE:
        raise NotValid(_("A text has at most %(count)d characters.", count=LONGEST_WAIT_NOTE), field="wait_note")
    return clean or None


def check_tag(name: str) -> str:
    """The tag's name on one line. Raises NotValid when it is empty, too long or has a comma (which separates tags)."""
    clean = " ".join(name.split())
    if not clean:
        raise NotValid(_("A tag needs a name."), field="tags")
    if len(clean) > 50 or "," in clean:
        raise NotValid(_("A tag has at most 50 characters and no comma."), field="tags")
    return clean


def tag_key(name: str) -> str:
    """What two spellings of one tag have in common."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def check_kind(kind: str) -> str:
    """Raises NotValid for an unknown kind."""
    if kind not in KINDS:
        raise NotValid(_("There is no kind of ticket “%(kind)s”.", kind=kind), field="kind")
    return kind


def check_priority(priority: str) -> str:
    """Raises NotValid for an unknown priority."""
    if priority not in PRIORITIES:
        raise NotValid(_("There is no priority “%(priority)s”.", priority=priority), field="priority")
    return priority


def check_subject(subject: str) -> str:
    """The subject on one line, at most 300 characters. Raises NotValid when nothing is left."""
    clean = " ".join(subject.split())[:300]
    if not clean:
        raise NotValid(_("A ticket needs a subject."), field="subject")
    return clean


def status_word(status: str) -> str:
    """The status as people read it, in the reader's language when shown."""
    return STATUS_WORDS[Status(status)]


STATUS_WORDS: dict[Status, str] = {
    Status.NEW: _("new"),
    Status.OPEN: _("open"),
    Status.WAITING: _("waiting"),
    Status.SCHEDULED: _("scheduled"),
    Status.RESOLVED: _("resolved"),
    Status.CLOSED: _("closed"),
}
WAIT_WORDS: dict[WaitReason, str] = {
    WaitReason.CUSTOMER: _("waiting for the customer"),
    WaitReason.PART: _("waiting for a part"),
    WaitReason.ACCESS: _("waiting for access"),
    WaitReason.APPROVAL: _("waiting for approval"),
    WaitReason.THIRD_PARTY: _("waiting for a third party"),
}
# After "Waits for".
WAIT_REASON_WORDS: dict[WaitReason, str] = {
    WaitReason.CUSTOMER: _("the customer"),
    WaitReason.PART: _("a part"),
    WaitReason.ACCESS: _("access"),
    WaitReason.APPROVAL: _("approval"),
    WaitReason.THIRD_PARTY: _("a third party"),
}
KIND_WORDS: dict[str, str] = {
    "fault": _("Fault"),
    "installation": _("Installation"),
    "maintenance": _("Maintenance"),
    "complaint": _("Complaint"),
    "suggestion": _("Suggestion"),
    "question": _("Question"),
}
PRIORITY_WORDS: dict[str, str] = {"urgent": _("Urgent"), "high": _("High"), "normal": _("Normal"), "low": _("Low")}
CHANNEL_WORDS: dict[str, str] = {
    "phone": _("Phone"),
    "email": _("Email"),
    "web": _("Web"),
    "chat": _("Chat"),
    "sms": _("SMS"),
    "api": _("API"),
    "internal": _("Internal"),
}
CLOCK_WORDS: dict[ClockKind, str] = {
    ClockKind.FIRST_RESPONSE: _("First response"),
    ClockKind.NEXT_RESPONSE: _("Next response"),
    ClockKind.ON_SITE: _("On site"),
    ClockKind.RESOLUTION: _("Resolution"),
}

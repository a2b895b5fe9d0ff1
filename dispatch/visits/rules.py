"""What a visit may be and which moves are legal: one table. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from flask_babel import lazy_gettext as _


class Status(StrEnum):
    PROPOSED = "proposed"  # planned, or held for a caller; promised to nobody
    BOOKED = "booked"  # the customer was promised a window
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    DONE = "done"
    NEEDS_PART = "needs_part"  # ended: cannot go on without a part
    NO_ACCESS = "no_access"  # ended: nobody there, or not let in
    CANCELLED = "cancelled"
    LAPSED = "lapsed"  # was held for a caller who did not take it


class Lock(StrEnum):
    """What planning must leave as it is."""

    NONE = "none"
    TECHNICIAN = "technician"
    TIME = "time"  # technician and time


class Channel(StrEnum):
    """Who says what a customer is promised, and where."""

    STAFF = "staff"  # a colleague, or the machine for them
    PORTAL = "portal"  # the customer, on the page of their ticket
    FIELD = "field"  # the technician, on the way


class Action(StrEnum):
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    LAPSE = "lapse"
    ON_MY_WAY = "on_my_way"
    ARRIVED = "arrived"
    DONE = "done"
    NEEDS_PART = "needs_part"
    NO_ACCESS = "no_access"
    PICKED_UP = "picked_up"


class Move(NamedTuple):
    source: Status
    action: Action
    target: Status


OPEN = (Status.PROPOSED, Status.BOOKED, Status.ON_THE_WAY, Status.ON_SITE)
_TOLD = (Status.BOOKED, Status.ON_THE_WAY, Status.ON_SITE)
ENDED = (Status.DONE, Status.NEEDS_PART, Status.NO_ACCESS)
ENDINGS = {Action.DONE: Status.DONE, Action.NEEDS_PART: Status.NEEDS_PART, Action.NO_ACCESS: Status.NO_ACCESS}

# Every legal move. A technician who forgot to say "on my way" may still arrive, one who forgot to say "arrived" may still be done.
MOVES: tuple[Move, ...] = (
    Move(Status.PROPOSED, Action.BOOK, Status.BOOKED),
    Move(Status.PROPOSED, Action.MOVE, Status.PROPOSED),
    Move(Status.PROPOSED, Action.LAPSE, Status.LAPSED),
    Move(Status.BOOKED, Action.MOVE, Status.BOOKED),
    *(Move(status, Action.CANCEL, Status.CANCELLED) for status in OPEN),
    Move(Status.BOOKED, Action.ON_MY_WAY, Status.ON_THE_WAY),
    Move(Status.BOOKED, Action.ARRIVED, Status.ON_SITE),
    Move(Status.ON_THE_WAY, Action.ARRIVED, Status.ON_SITE),
    *(Move(status, action, target) for status in _TOLD for action, target in ENDINGS.items()),
    *(Move(status, Action.PICKED_UP, status) for status in _TOLD),
)
_BY_PAIR = {(move.source, move.action): move.target for move in MOVES}

# What happened on the road may be reported late, when the visit is further already: the time is noted, the status stays.
_LATE = {
    Action.ON_MY_WAY: frozenset({Status.ON_THE_WAY, Status.ON_SITE, *ENDED}),
    Action.ARRIVED: frozenset({Status.ON_SITE, *ENDED}),
}
FIELD_ACTIONS = (Action.PICKED_UP, Action.ON_MY_WAY, Action.ARRIVED, Action.DONE, Action.NEEDS_PART, Action.NO_ACCESS)

# What a dispatcher may do all the same, when named: parts short, outside the shift, too little time to drive, a second visit for the ticket.
OVERRIDABLE = frozenset({"short", "shift", "travel", "second_visit"})

HELD = timedelta(minutes=5)  # how long a visit is kept for a caller who has not said yes
WINDOW = timedelta(hours=2)  # what a customer is promised, by default
LONGEST = timedelta(hours=12)
MOST_CREW = 6  # technicians at one visit


class Effect(StrEnum):
    """What reporting an action does: moves the visit on, adds a time to what is known, says what is known, or contradicts it."""

    MOVES = "moves"
    NOTED = "noted"
    ALREADY = "already"
    CONTRADICTS = "contradicts"


def target(status: str, action: Action) -> Status | None:
    """Where an action leads; None when the table does not hold it."""
    return _BY_PAIR.get((Status(status), action))


def effect(status: str, action: Action) -> Effect:
    """What a technician's report means for a visit in this status."""
    if target(status, action) is not None:
        return Effect.MOVES
    if Status(status) in _LATE.get(action, frozenset()):
        return Effect.NOTED
    return Effect.ALREADY if ENDINGS.get(action) == status else Effect.CONTRADICTS


def is_open(status: str) -> bool:
    """Whether something is still to be done."""
    return Status(status) in OPEN


def status_word(status: str) -> str:
    """The status as people read it, in the reader's language when shown."""
    return STATUS_WORDS[Status(status)]


STATUS_WORDS: dict[Status, str] = {
    Status.PROPOSED: _("proposed"),
    Status.BOOKED: _("booked"),
    Status.ON_THE_WAY: _("on the way"),
    Status.ON_SITE: _("on site"),
    Status.DONE: _("done"),
    Status.NEEDS_PART: _("needs a part"),
    Status.NO_ACCESS: _("no access"),
    Status.CANCELLED: _("cancelled"),
    Status.LAPSED: _("not taken"),
}

"""What a plan may be and what may be done with it. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _


class Kind(StrEnum):
    DAY = "day"
    REPAIR = "repair"


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    ACCEPTING = "accepting"
    PARTLY = "partly"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class RowState(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFLICT = "conflict"


UNDER_WAY = (Status.QUEUED, Status.RUNNING)
DECIDABLE = (Status.READY, Status.PARTLY)
UNDECIDED = (RowState.OPEN, RowState.CONFLICT)  # a conflict may be gone when it is tried again
AT_ONCE = 6  # rows that are accepted while the dispatcher waits; more by a worker
LEFT = "left"  # the kind of a row that can only be read

MOST_DAYS = 7
MOST_SECONDS = 60
SECONDS = {Kind.DAY: 10, Kind.REPAIR: 5}  # where none are asked for
LEAD = timedelta(minutes=5)  # from the end of the search until somebody can set out by it
MOST_CHANGES = 2  # visits that change hands once the day has begun
AHEAD = timedelta(days=60)
KEPT = timedelta(days=14)  # the problem that was put to the search; what came of it stays

STATUS_WORDS: dict[Status, str] = {
    Status.QUEUED: _("waiting"),
    Status.RUNNING: _("being planned"),
    Status.READY: _("to be decided"),
    Status.ACCEPTING: _("being accepted"),
    Status.PARTLY: _("accepted in part"),
    Status.ACCEPTED: _("accepted"),
    Status.REFUSED: _("refused"),
    Status.CANCELLED: _("cancelled"),
    Status.FAILED: _("failed"),
    Status.SUPERSEDED: _("replaced by a newer one"),
}

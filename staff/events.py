"""What staff tells the packages above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PresenceChanged(DomainEvent):
    """Sent by `set_presence` when somebody's state or reason became another. `before` and `after` are states of `staff.rules`."""

    name = "presence.changed"
    person_id: int
    user_id: int
    before: str
    after: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class PersonChanged(DomainEvent):
    """Sent when a person's name, place, skills, shifts or absences changed. A receiver reads afresh what it shows."""

    name = "person.changed"
    person_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PersonLeaving(DomainEvent):
    """Sent before a person stops working here (deactivated, or no longer agent or technician).

    A receiver takes over what would be orphaned (tickets go back to their queue) or refuses by raising a DomainError that says what is
    still open. The person may be signed in and on a call when it is sent.
    """

    name = "person.leaving"
    person_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class LeaveChanged(DomainEvent):
    """Sent when leave was asked for, approved, refused or cancelled (`state`), after the row and its absence were flushed. `hits`: how much booked
    work an approval takes the person away from. A receiver may tell who decides, or who asked."""

    name = "leave.changed"
    leave_id: int
    person_id: int
    user_id: int
    state: str
    hits: int = 0


@dataclass(frozen=True, kw_only=True)
class CertificateExpiring(DomainEvent):
    """Sent once for each last day of a certificate, 30 days before it. A receiver may tell who sees to it."""

    name = "certificate.expiring"
    person_id: int
    user_id: int
    skill_id: int
    expires_on: date

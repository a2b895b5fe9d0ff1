"""Questions about leave: one's own, what waits for a decision, and what booked work it hits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.auth.models import Role, User
from core.auth.permissions import PERMISSIONS
from core.db import db
from core.errors import NotFound
from staff import leave_rules
from staff.models import LeaveRequest, Person
from staff.rules import Window
from staff.slots import ABSENCE_HITS, Hit

DECIDE = "leave.decide"
MOST = 100


def request(leave_id: int) -> LeaveRequest:
    """Raises NotFound."""
    found = db.session.get(LeaveRequest, leave_id) if leave_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such leave."))
    return found


def of_person(person_id: int) -> list[LeaveRequest]:
    """Somebody's requests, the latest days first; at most 100."""
    query = select(LeaveRequest).where(LeaveRequest.person_id == person_id)
    return list(db.session.scalars(query.order_by(LeaveRequest.first_day.desc(), LeaveRequest.id.desc()).limit(MOST)))


def waiting(user_id: int) -> list[LeaveRequest]:
    """What this account is to decide, the soonest first; at most 100. Its own only when nobody else could."""
    query = select(LeaveRequest).where(LeaveRequest.state == "requested")
    if others_decide(user_id):
        query = query.where(LeaveRequest.person.has(Person.user_id != user_id))
    return list(db.session.scalars(query.order_by(LeaveRequest.first_day, LeaveRequest.id).limit(MOST)))


def decided(limit: int = 30) -> list[LeaveRequest]:
    """What was decided or cancelled last, the newest first."""
    query = select(LeaveRequest).where(LeaveRequest.state != "requested", LeaveRequest.decided_at.is_not(None))
    return list(db.session.scalars(query.order_by(LeaveRequest.decided_at.desc(), LeaveRequest.id.desc()).limit(limit)))


def span(row: LeaveRequest) -> Window:
    """Where it lies in real time."""
    zone = ZoneInfo(row.person.branch.time_zone)
    return leave_rules.window(first_day=row.first_day, last_day=row.last_day, starts=row.starts, ends=row.ends, zone=zone)


def hits(person_id: int, start: datetime, end: datetime) -> list[Hit]:
    """The booked work that an absence between two instants takes the person away from, soonest first."""
    found = [hit for some in ABSENCE_HITS.call(person_id, start, end) for hit in some]
    return sorted(found, key=lambda hit: (hit.start, hit.number))


def deciders() -> list[User]:
    """Accounts that may decide, by id."""
    roles = [name for name, permissions in PERMISSIONS.items() if DECIDE in permissions]
    return list(db.session.scalars(select(User).where(User.active, User.roles.any(Role.name.in_(roles))).order_by(User.id)))


def others_decide(user_id: int) -> bool:
    """Whether anybody but this account may decide, so that its own leave is theirs to decide."""
    return any(user.id != user_id for user in deciders())


def of_absence(absence_id: int) -> int | None:
    """The leave that this absence is, None for one that was entered directly."""
    return db.session.scalar(select(LeaveRequest.id).where(LeaveRequest.absence_id == absence_id))

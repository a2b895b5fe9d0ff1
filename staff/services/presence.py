"""What somebody is doing now, as a history without gaps or overlaps."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff import rules
from staff.events import PresenceChanged
from staff.models import Person, Presence


def set_presence(*, person_id: int, state: str, now: datetime, reason: str | None = None, actor_id: int | None = None) -> Presence:
    """Close the current row and open one in `state`. The same state and reason again changes nothing and publishes nothing.

    Locks the person's row, so that two changes at once follow each other. Raises NotFound, NotValid (no such state), Conflict (a state
    that cannot follow, or an inactive person who would be anything but offline).
    """
    if state not in rules.STATES:
        raise NotValid(_("There is no such state."), field="state")
    person = db.session.scalar(
        select(Person).where(Person.id == person_id).with_for_update(of=Person).execution_options(populate_existing=True)
    )
    if person is None:
        raise NotFound(_("There is no such person."))
    if state != "offline" and not (person.active and person.user.active):
        raise Conflict(_("%(name)s does not work here any more.", name=person.name))
    current = db.session.scalar(
        select(Presence).where(Presence.person_id == person_id, Presence.until.is_(None)).execution_options(populate_existing=True)
    )
    before = current.state if current else "offline"
    if current is not None and (before, current.reason) == (state, reason):
        return current
    if not rules.may_follow(before, state):
        raise Conflict(_("This cannot follow now."), field="state", details={"before": before, "after": state})
    return _opened(person, current, state=state, reason=reason, now=now, actor_id=actor_id)


def _opened(person: Person, current: Presence | None, *, state: str, reason: str | None, now: datetime, actor_id: int | None) -> Presence:
    before = current.state if current else "offline"
    if current is not None:
        # Clocks of two machines may differ a little: a row never ends before it began.
        now = max(now, current.since)
        current.until = now
        db.session.flush()
    row = Presence(person_id=person.id, state=state, reason=reason, since=now, until=None)
    db.session.add(row)
    db.session.flush()
    events.publish(
        PresenceChanged(person_id=person.id, user_id=person.user_id, before=before, after=state, reason=reason, at=now, actor_id=actor_id)
    )
    return row

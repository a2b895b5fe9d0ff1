"""Who stands in for whom."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select

from core import audit, events
from core.db import db
from core.errors import NotFound, NotValid
from staff.events import PersonChanged
from staff.models import Deputy, Person
from staff.services import checks
from staff.services.rota import LONGEST_ABSENCE, locked_person

_FACTS = ("deputy_id", "starts_at", "ends_at")


def add_deputy(
    *,
    person_id: int,
    deputy_id: int,
    now: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor_id: int | None = None,
) -> Deputy:
    """`deputy_id` stands in for the person: with both times (UTC) in that time, without always while they are absent, in the place of the
    standing deputy there was. Locks the person. Raises NotFound, NotValid."""
    person = locked_person(person_id)
    deputy = db.session.get(Person, deputy_id)
    if deputy is None or not deputy.active or not deputy.user.active:
        raise NotValid(_("There is no such colleague."), field="deputy_id")
    if deputy_id == person_id:
        raise NotValid(_("Nobody stands in for themselves."), field="deputy_id")
    if (starts_at is None) != (ends_at is None):
        raise NotValid(
            _("Give both times, or none: then always while they are absent."), field="ends_at" if ends_at is None else "starts_at"
        )
    if starts_at is not None and ends_at is not None:
        if ends_at <= starts_at:
            raise NotValid(_("The end has to be after the start."), field="ends_at")
        if ends_at - starts_at > LONGEST_ABSENCE:
            raise NotValid(_("That is longer than three years."), field="ends_at")
    before = None
    if starts_at is None:
        standing = db.session.scalar(select(Deputy).where(Deputy.person_id == person_id, Deputy.starts_at.is_(None)))
        before = checks.picked(standing, _FACTS) if standing is not None else None
        db.session.execute(delete(Deputy).where(Deputy.person_id == person_id, Deputy.starts_at.is_(None)))
    row = Deputy(person_id=person_id, deputy_id=deputy_id, starts_at=starts_at, ends_at=ends_at)
    db.session.add(row)
    db.session.flush()
    _tell("deputy.added", person, actor_id, now, before=before, after=checks.picked(row, _FACTS))
    return row


def remove_deputy(*, deputy_row_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Nobody stands in any more. Raises NotFound."""
    row = db.session.get(Deputy, deputy_row_id)
    if row is None:
        raise NotFound(_("This deputy is not there any more."))
    person = locked_person(row.person_id)
    before = checks.picked(row, _FACTS)
    db.session.delete(row)
    db.session.flush()
    _tell("deputy.removed", person, actor_id, now, before=before)


def _tell(
    action: str,
    person: Person,
    actor_id: int | None,
    now: datetime,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    audit.record(action=action, target=f"person:{person.id}", actor_id=actor_id, now=now, before=before, after=after)
    events.publish(PersonChanged(person_id=person.id, user_id=person.user_id, at=now, actor_id=actor_id))

"""Questions about certificates: skills that end on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Select, select

from core.auth.models import User
from core.db import db
from staff.models import Person, PersonSkill

AHEAD = 60  # days that lists look ahead, when not told otherwise
TOLD_BEFORE = timedelta(days=30)
BATCH = 100


def _of_active() -> Select[PersonSkill]:
    query = select(PersonSkill).join(Person, Person.id == PersonSkill.person_id).join(User, User.id == Person.user_id)
    return query.where(Person.active, User.active, PersonSkill.expires_on.is_not(None))


def expiring(today: date, *, days: int = AHEAD) -> list[PersonSkill]:
    """Certificates that end within so many days, and those that have ended, of people who work here; the first to end first. At most 500."""
    query = _of_active().where(PersonSkill.expires_on <= today + timedelta(days=days))
    return list(db.session.scalars(query.order_by(PersonSkill.expires_on, User.name, PersonSkill.skill_id).limit(500)))


def to_be_told(now: datetime) -> list[PersonSkill]:
    """Certificates that end within 30 days and that nobody was told of yet, at most 100, their rows locked; those that another transaction holds are
    left out. What has ended already is in the lists."""
    today = now.date()
    query = _of_active().where(
        PersonSkill.expires_on.between(today, today + TOLD_BEFORE), PersonSkill.reminded_for.is_distinct_from(PersonSkill.expires_on)
    )
    query = query.order_by(PersonSkill.expires_on, PersonSkill.person_id, PersonSkill.skill_id).limit(BATCH)
    return list(db.session.scalars(query.with_for_update(of=PersonSkill, skip_locked=True).execution_options(populate_existing=True)))

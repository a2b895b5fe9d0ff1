"""Weekly shifts and absences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete

from core import audit, events
from core.db import db
from core.errors import NotFound, NotValid
from staff import queries, rules
from staff.events import PersonChanged
from staff.models import Absence, Person, Shift
from staff.rules import WeeklyShift
from staff.services import checks

LONGEST_ABSENCE = timedelta(days=3 * 366)


def set_shifts(*, person_id: int, shifts: Sequence[WeeklyShift], now: datetime, actor_id: int | None = None) -> list[Shift]:
    """Replace the week of a person. Raises NotFound; NotValid for a time that is none or windows that overlap (also over midnight)."""
    person = locked_person(person_id)
    week = sorted(shifts, key=lambda shift: (shift.weekday, shift.starts))
    _check_week(week)
    before = [_line(WeeklyShift(shift.weekday, shift.starts, shift.ends)) for shift in queries.shifts(person_id)]
    after = [_line(shift) for shift in week]
    if before != after:
        db.session.execute(delete(Shift).where(Shift.person_id == person_id))
        db.session.add_all(Shift(person_id=person_id, weekday=shift.weekday, starts=shift.starts, ends=shift.ends) for shift in week)
        db.session.flush()
        _audit("shifts.changed", person, actor_id, now, before={"shifts": before}, after={"shifts": after})
    return queries.shifts(person_id)


def _check_week(week: Sequence[WeeklyShift]) -> None:
    taken: list[tuple[int, int]] = []
    for shift in week:
        if not 0 <= shift.weekday <= 6:
            raise NotValid(_("There is no such day of the week."), field="weekday")
        starts, ends = rules.wall_time(shift.starts), rules.wall_time(shift.ends)
        start = shift.weekday * 1440 + starts.hour * 60 + starts.minute
        end = shift.weekday * 1440 + ends.hour * 60 + ends.minute
        taken.append((start, end if end > start else end + 1440))
    taken.sort()
    # The week is a ring: Sunday's night shift may run into Monday's first.
    for (_start, end), (following, _end) in zip(taken, [*taken[1:], *((start + 10080, end) for start, end in taken[:1])], strict=True):
        if end > following:
            raise NotValid(_("Two of these windows overlap."), field="shifts")


def _line(shift: WeeklyShift) -> str:
    return f"{shift.weekday} {shift.starts}-{shift.ends}"


def add_absence(
    *, person_id: int, starts_at: datetime, ends_at: datetime, reason: str, now: datetime, actor_id: int | None = None
) -> Absence:
    """Somebody will not be there from one instant to the other (UTC). Raises NotFound, NotValid."""
    person = locked_person(person_id)
    if ends_at <= starts_at:
        raise NotValid(_("The end has to be after the start."), field="ends_at")
    if ends_at - starts_at > LONGEST_ABSENCE:
        raise NotValid(_("That is longer than three years."), field="ends_at")
    row = Absence(person_id=person_id, starts_at=starts_at, ends_at=ends_at, reason=checks.text(reason, field="reason"))
    db.session.add(row)
    db.session.flush()
    _audit("absence.added", person, actor_id, now, after=checks.picked(row, ("starts_at", "ends_at", "reason")))
    return row


def remove_absence(*, absence_id: int, now: datetime, actor_id: int | None = None) -> None:
    """They come after all. Raises NotFound."""
    row = db.session.get(Absence, absence_id)
    if row is None:
        raise NotFound(_("This absence is not there any more."))
    person = locked_person(row.person_id)
    was = checks.picked(row, ("starts_at", "ends_at", "reason"))
    db.session.delete(row)
    db.session.flush()
    _audit("absence.removed", person, actor_id, now, before=was)


def locked_person(person_id: int) -> Person:
    """The person's row, locked for the rest of the transaction. Raises NotFound."""
    person = db.session.get(Person, person_id, with_for_update={"of": Person}, populate_existing=True)
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def _audit(
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

"""Weekly shifts, dates that are not as every week, absences."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select

from core import audit, events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff import leave, queries, rules
from staff.events import PersonChanged
from staff.models import Absence, Person, Shift, ShiftException
from staff.rules import DateShifts, WeeklyShift
from staff.services import checks

LONGEST_ABSENCE = timedelta(days=3 * 366)
MOST_SHIFTS = 200  # of all weeks of one person together
LONGEST_BREAK = 180  # minutes
MOST_WINDOWS = 6  # of one date
_EXCEPTION = ("kind", "windows", "note")


def set_shifts(*, person_id: int, shifts: Sequence[WeeklyShift], now: datetime, actor_id: int | None = None) -> list[Shift]:
    """Replace the weeks of a person, each shift with the dates it holds for. Raises NotFound; NotValid for a time that is none or for windows
    that overlap on some date (also over midnight)."""
    person = locked_person(person_id)
    week = sorted(shifts, key=lambda shift: (shift.valid_from or date.min, shift.weekday, shift.starts))
    _check_week(week)
    before = [_line(rules.weekly(shift)) for shift in queries.shifts(person_id)]
    after = [_line(shift) for shift in week]
    if sorted(before) != sorted(after):
        db.session.execute(delete(Shift).where(Shift.person_id == person_id))
        db.session.add_all(Shift(person_id=person_id, **dataclasses.asdict(shift)) for shift in week)
        db.session.flush()
        _audit("shifts.changed", person, actor_id, now, before={"shifts": before}, after={"shifts": after})
    return queries.shifts(person_id)


def _check_week(week: Sequence[WeeklyShift]) -> None:
    if len(week) > MOST_SHIFTS:
        raise NotValid(_("At most %(count)d windows.", count=MOST_SHIFTS), field="shifts")
    for shift in week:
        if not 0 <= shift.weekday <= 6:
            raise NotValid(_("There is no such day of the week."), field="weekday")
        rules.wall_time(shift.starts)
        rules.wall_time(shift.ends, field="ends")
        for bound, field in ((shift.valid_from, "valid_from"), (shift.valid_until, "valid_until")):
            if bound is not None:
                rules.check_date(bound, field=field)
        if shift.valid_from is not None and shift.valid_until is not None and shift.valid_until < shift.valid_from:
            raise NotValid(_("The last day is before the first."), field="valid_until")
        _check_rest(shift)
    if any(rules.clash(one, other) for one, other in itertools.combinations(week, 2)):
        raise NotValid(_("Two of these windows overlap."), field="shifts")


def _check_rest(shift: WeeklyShift) -> None:
    if shift.break_minutes == 0 and shift.break_from is None and shift.break_until is None:
        return
    if not 1 <= shift.break_minutes <= LONGEST_BREAK:
        raise NotValid(_("A break takes from 1 to %(count)d minutes.", count=LONGEST_BREAK), field="break_minutes")
    if not shift.break_from or not shift.break_until:
        raise NotValid(_("Say within which times the break is taken."), field="break_until" if shift.break_from else "break_from")
    assert shift.rest is not None
    end, (first, last) = shift.minutes[1], shift.rest
    if last > end:
        raise NotValid(_("The break has to lie within the shift."), field="break_until")
    if last - first < shift.break_minutes:
        raise NotValid(_("The break does not fit between these times."), field="break_minutes")


def _line(shift: WeeklyShift) -> str:
    text = f"{shift.weekday} {shift.starts}-{shift.ends}"
    if shift.valid_from is not None or shift.valid_until is not None:
        text += f" ({shift.valid_from or ''}/{shift.valid_until or ''})"
    if shift.break_minutes:
        text += f", break {shift.break_minutes} min within {shift.break_from}-{shift.break_until}"
    return text


def set_exception(
    *,
    person_id: int,
    day: date,
    kind: str,
    now: datetime,
    windows: Sequence[tuple[str, str]] = (),
    note: str = "",
    actor_id: int | None = None,
) -> ShiftException:
    """What somebody works on one date: `extra` windows beside the weekly ones, other `hours` in their place, or `off`. Replaces what the date had
    of its own. Raises NotFound; NotValid for a window that is none, overlaps another of the date, or is missing."""
    person = locked_person(person_id)
    own = tuple(sorted((starts, ends) for starts, ends in windows))
    _check_exception(person, day, kind, own)
    row = db.session.get(ShiftException, (person_id, day))
    before = checks.picked(row, _EXCEPTION) if row is not None else None
    if row is None:
        row = ShiftException(person_id=person_id, day=day)
        db.session.add(row)
    row.kind, row.windows = kind, [list(window) for window in own]
    row.note = checks.text(note, field="note") if note.strip() else ""
    db.session.flush()
    after = checks.picked(row, _EXCEPTION)
    if before != after:
        _audit("shift_exception.set", person, actor_id, now, before=before, after=after | {"day": str(day)})
    return row


def _check_exception(person: Person, day: date, kind: str, own: Sequence[tuple[str, str]]) -> None:
    if kind not in rules.EXCEPTION_KINDS:
        raise NotValid(_("Choose extra, hours or off."), field="kind")
    if (kind == "off") != (not own):
        raise NotValid(_("Who is off has no hours.") if own else _("Say from when to when."), field="windows")
    if len(own) > MOST_WINDOWS:
        raise NotValid(_("At most %(count)d windows.", count=MOST_WINDOWS), field="windows")
    usual = [rules.weekly(shift) for shift in queries.shifts(person.id)]
    of_the_day = rules.planned(day, usual, DateShifts(kind, tuple(own)))
    if rules.overlapping(shift.minutes for shift in of_the_day):
        raise NotValid(_("Two of these windows overlap."), field="windows")


def remove_exception(*, person_id: int, day: date, now: datetime, actor_id: int | None = None) -> None:
    """The date is as every week again. Raises NotFound."""
    person = locked_person(person_id)
    row = db.session.get(ShiftException, (person_id, day))
    if row is None:
        raise NotFound(_("This date is as every week already."))
    was = checks.picked(row, _EXCEPTION) | {"day": str(day)}
    db.session.delete(row)
    db.session.flush()
    _audit("shift_exception.removed", person, actor_id, now, before=was)


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
    """They come after all. Raises NotFound; Conflict (`leave`) for approved leave, which is cancelled as what it is."""
    person_id = db.session.scalar(select(Absence.person_id).where(Absence.id == absence_id))
    if person_id is None:
        raise NotFound(_("This absence is not there any more."))
    locked_person(person_id)
    row = db.session.get(Absence, absence_id, populate_existing=True)
    if row is None:
        raise NotFound(_("This absence is not there any more."))
    if leave.of_absence(absence_id) is not None:
        raise Conflict(_("This absence is approved leave. Ask a supervisor to cancel the leave."), code="leave")
    delete_absence(row, now=now, actor_id=actor_id)


def delete_absence(row: Absence, *, now: datetime, actor_id: int | None) -> None:
    """Take an absence away, its person locked by the caller."""
    person = db.session.get_one(Person, row.person_id)
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

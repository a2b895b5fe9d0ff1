"""The verbs of the work log: write down, correct, take away; start, stop, confirm and discard the timer. They lock, flush, never commit.

Common arguments: `person_id` whose time it is, `actor_id` the acting user, `manager` whether they may write down others' and older days.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import live
from core.db import db, locked_row
from core.errors import Conflict, NotAllowed, NotFound, NotValid
from core.jsonable import jsonable
from staff.models import Person
from tickets.locking import lock_survivor
from tickets.models import Ticket
from tickets.worklog import queries, rules
from tickets.worklog.models import WorkChange, WorkEntry, WorkTimer

_FACTS = ("day", "minutes", "activity", "note", "ticket_id")


def log(
    *,
    person_id: int,
    minutes: int,
    activity: str,
    now: datetime,
    actor_id: int,
    day: date | None = None,
    ticket_id: int | None = None,
    note: str = "",
    manager: bool = False,
) -> WorkEntry:
    """Minutes of a day (None: today), on a ticket or not. A merged ticket's go to its survivor. Raises NotValid, NotAllowed, NotFound."""
    person = _locked_person(person_id, actor_id, manager)
    today = queries.today_of(person, now)
    entry = WorkEntry(
        person=person,
        person_id=person.id,
        ticket_id=lock_survivor(ticket_id).id if ticket_id is not None else None,
        day=rules.check_day(day or today, today=today, manager=manager),
        minutes=rules.check_minutes(minutes),
        activity=rules.check_activity(activity),
        note=rules.check_note(note),
        created_at=now,
    )
    _check_sum(entry)
    return _added(entry)


def correct(
    *, entry_id: int, now: datetime, actor_id: int, manager: bool = False, expected_version: int | None = None, **values: Any
) -> WorkEntry:
    """Change some of day, minutes, activity, note, ticket_id; what it said before is kept. Raises as `log`, and Conflict after another's change."""
    entry = _locked(entry_id, now, actor_id, manager)
    if expected_version is not None and expected_version != entry.version:
        raise Conflict(_("A colleague has changed this meanwhile. Look at it again."), code="changed_meanwhile")
    before, numbers = _facts(entry), [entry.ticket_id]
    if "day" in values:
        entry.day = rules.check_day(values["day"], today=queries.today_of(entry.person, now), manager=manager)
    if "minutes" in values:
        entry.minutes = rules.check_minutes(values["minutes"])
    if "activity" in values:
        entry.activity = rules.check_activity(values["activity"])
    if "note" in values:
        entry.note = rules.check_note(values["note"])
    if "ticket_id" in values:
        entry.ticket_id = lock_survivor(values["ticket_id"]).id if values["ticket_id"] is not None else None
    _check_sum(entry)
    after = _facts(entry)
    if before != after:
        db.session.add(WorkChange(entry_id=entry.id, at=now, actor_id=actor_id, before=before, after=after))
        db.session.flush()
        show_on({*numbers, entry.ticket_id})
    return entry


def remove(*, entry_id: int, now: datetime, actor_id: int, manager: bool = False) -> None:
    """It counts no more; what it said is kept. Raises NotFound, NotAllowed."""
    entry = _locked(entry_id, now, actor_id, manager)
    entry.removed_at = now
    db.session.add(WorkChange(entry_id=entry.id, at=now, actor_id=actor_id, before=_facts(entry), after={}))
    db.session.flush()
    show_on({entry.ticket_id})


def start_timer(
    *, person_id: int, now: datetime, actor_id: int, ticket_id: int | None = None, activity: str = "work", note: str = ""
) -> tuple[WorkTimer, WorkEntry | None]:
    """Start; one that runs is stopped and written down first (the second of the pair). One on the same ticket goes on.

    Raises NotValid (code `forgotten`) when the running one was forgotten: say first how long it was.
    """
    person = _locked_person(person_id, actor_id, manager=False)
    ticket = lock_survivor(ticket_id) if ticket_id is not None else None
    running = _running(person.id)
    if running is not None and running.ticket_id == (ticket.id if ticket else None):
        return running, None
    stopped = _stop(person, running, now, None) if running is not None else None
    timer = WorkTimer(
        person_id=person.id,
        ticket_id=ticket.id if ticket else None,
        activity=rules.check_activity(activity),
        note=rules.check_note(note),
        started_at=now,
        confirmed_at=now,
    )
    db.session.add(timer)
    db.session.flush()
    _show_timer(person, timer.ticket_id)
    return timer, stopped


def stop_timer(
    *, person_id: int, now: datetime, actor_id: int, minutes: int | None = None, activity: str | None = None, note: str | None = None
) -> WorkEntry:
    """Stop and write down the minutes that it ran, or those that are said. Raises NotFound without a timer, NotValid (code `forgotten`) when it ran
    for more than twelve hours and nobody says how long it really was."""
    person = _locked_person(person_id, actor_id, manager=False)
    running = _running(person.id)
    if running is None:
        raise NotFound(_("No timer runs."))
    if activity is not None:
        running.activity = rules.check_activity(activity)
    if note is not None:
        running.note = rules.check_note(note)
    return _stop(person, running, now, minutes)


def confirm_timer(*, person_id: int, now: datetime, actor_id: int) -> WorkTimer:
    """They are still at it: nobody asks again for a while. Raises NotFound."""
    person = _locked_person(person_id, actor_id, manager=False)
    running = _running(person.id)
    if running is None:
        raise NotFound(_("No timer runs."))
    running.confirmed_at = now
    db.session.flush()
    _show_timer(person, running.ticket_id)
    return running


def discard_timer(*, person_id: int, now: datetime, actor_id: int) -> None:
    """It was a mistake: nothing is written down. Without a timer nothing happens."""
    person = _locked_person(person_id, actor_id, manager=False)
    running = _running(person.id)
    if running is not None:
        db.session.delete(running)
        db.session.flush()
        _show_timer(person, running.ticket_id)


def move_all(entry_ids: list[int], person_ids: list[int], ticket: Ticket) -> None:
    """Put these entries, and these people's timers, onto another ticket (merging); the caller holds both tickets' rows."""
    for entry in db.session.scalars(select(WorkEntry).where(WorkEntry.id.in_(entry_ids))):
        entry.ticket_id = ticket.id
    for timer in db.session.scalars(select(WorkTimer).where(WorkTimer.person_id.in_(person_ids))):
        timer.ticket, timer.ticket_id = ticket, ticket.id
        show_timer(timer.person_id)
    db.session.flush()
    show_on({ticket.id})


def show_timer(person_id: int) -> None:
    """A person's timer may look different on their pages."""
    live.touch(f"work:{db.session.get_one(Person, person_id).user_id}", "timer")


def show_on(ticket_ids: set[int | None]) -> None:
    """The panel of these tickets may look different."""
    known = ticket_ids - {None}
    for number in db.session.scalars(select(Ticket.number).where(Ticket.id.in_(known))) if known else ():
        live.touch(f"ticket:{number}", "panel:work")


def _stop(person: Person, running: WorkTimer, now: datetime, minutes: int | None) -> WorkEntry:
    if minutes is None and now - running.started_at > rules.FORGOTTEN:
        raise NotValid(
            _("This timer ran for more than twelve hours. Say how many minutes it really was, or throw it away."),
            field="minutes",
            code="forgotten",
        )
    timed = minutes is None
    entry = WorkEntry(
        person=person,
        person_id=person.id,
        ticket_id=running.ticket_id,
        day=queries.today_of(person, running.started_at),
        minutes=rules.check_minutes(rules.minutes_between(running.started_at, now) if minutes is None else minutes),
        activity=running.activity,
        note=running.note,
        started_at=running.started_at if timed else None,
        ended_at=max(now, running.started_at) if timed else None,
        created_at=now,
    )
    _check_sum(entry)
    db.session.delete(running)
    _added(entry)
    _show_timer(person, entry.ticket_id)
    return entry


def _added(entry: WorkEntry) -> WorkEntry:
    db.session.add(entry)
    db.session.flush()
    show_on({entry.ticket_id})
    return entry


def _check_sum(entry: WorkEntry) -> None:
    with db.session.no_autoflush:
        others = queries.minutes_of_day(entry.person_id, entry.day, without=entry.id)
    if others + entry.minutes > rules.DAY_MINUTES:
        raise NotValid(_("This day would have more than 24 hours."), field="minutes")


def _running(person_id: int) -> WorkTimer | None:
    return locked_row(WorkTimer, person_id)


def _locked_person(person_id: int, actor_id: int, manager: bool) -> Person:
    """The person, their row locked: the sum of a day and the one timer are kept by whoever holds it. Raises NotFound, NotAllowed."""
    person = locked_row(Person, person_id)
    if person is None:
        raise NotFound(_("There is no such person."))
    if person.user_id != actor_id and not manager:
        raise NotAllowed(_("This is a colleague's own work."))
    return person


def _locked(entry_id: int, now: datetime, actor_id: int, manager: bool) -> WorkEntry:
    person = _locked_person(queries.entry(entry_id).person_id, actor_id, manager)
    entry = locked_row(WorkEntry, entry_id)
    if entry is None or entry.removed_at is not None:
        raise NotFound(_("There is no such entry."))
    rules.check_day(entry.day, today=queries.today_of(person, now), manager=manager)
    return entry


def _facts(entry: WorkEntry) -> dict[str, Any]:
    return {name: jsonable(getattr(entry, name)) for name in _FACTS}


def _show_timer(person: Person, ticket_id: int | None) -> None:
    live.touch(f"work:{person.user_id}", "timer")
    show_on({ticket_id})

"""Leave: asked for, approved, refused, cancelled. Approved it is an absence, which shifts, assignment and visits know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit, events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff import leave, leave_rules, rules
from staff.events import LeaveChanged
from staff.models import Absence, LeaveRequest
from staff.services import checks
from staff.services.rota import add_absence, delete_absence, locked_person
from staff.slots import Hit

_FACTS = ("kind", "first_day", "last_day", "starts", "ends", "note", "state")


def ask_for_leave(
    *,
    person_id: int,
    kind: str,
    first_day: date,
    last_day: date,
    now: datetime,
    starts: str | None = None,
    ends: str | None = None,
    note: str = "",
    actor_id: int | None = None,
) -> LeaveRequest:
    """Ask for whole days, both included; with `starts` or `ends` ("HH:MM") for a part of the first or the last. Locks the person. Raises NotFound;
    NotValid for days that are over, too many, or asked for already."""
    person = locked_person(person_id)
    if kind not in leave_rules.KINDS:
        raise NotValid(_("There is no such kind of leave."), field="kind")
    rules.check_date(first_day, field="first_day")
    rules.check_date(last_day, field="last_day")
    if last_day < first_day:
        raise NotValid(_("The last day is before the first."), field="last_day")
    if last_day - first_day > leave_rules.LONGEST:
        raise NotValid(_("That is longer than a year."), field="last_day")
    zone = ZoneInfo(person.branch.time_zone)
    asked = leave_rules.window(first_day=first_day, last_day=last_day, starts=starts, ends=ends, zone=zone)
    if asked.end <= asked.start:
        raise NotValid(_("The end has to be after the start."), field="ends")
    if asked.end <= now:
        raise NotValid(_("This time has passed."), field="last_day")
    for other in _standing(person_id):
        there = leave.span(other)
        if there.start < asked.end and asked.start < there.end:
            raise NotValid(
                _("There is leave in these days already: %(state)s.", state=leave_rules.STATE_WORDS[other.state]), field="first_day"
            )
    row = LeaveRequest(person_id=person_id, kind=kind, first_day=first_day, last_day=last_day, starts=starts or None, ends=ends or None)
    row.note = checks.text(note, field="note", most=1000) if note.strip() else ""
    row.state, row.asked_at = "requested", now
    db.session.add(row)
    db.session.flush()
    _tell("leave.asked", row, actor_id, now)
    return row


def _standing(person_id: int) -> list[LeaveRequest]:
    query = select(LeaveRequest).where(LeaveRequest.person_id == person_id, LeaveRequest.state.in_(("requested", "approved")))
    return list(db.session.scalars(query))


def approve_leave(*, leave_id: int, now: datetime, answer: str = "", actor_id: int | None = None) -> tuple[LeaveRequest, list[Hit]]:
    """They will not be there: an absence is written. Returns the booked work it hits, which stays booked and shows up as to be placed anew.
    Raises NotFound, Conflict when it was decided or taken back meanwhile, or is the actor's own (`own`) and somebody else could decide."""
    row = _locked(leave_id, "approved")
    _check_not_own(row, actor_id)
    asked = leave.span(row)
    hits = leave.hits(row.person_id, asked.start, asked.end)
    with force_locale(row.person.branch.language):
        reason = str(leave_rules.KINDS[row.kind])
    absence = add_absence(person_id=row.person_id, starts_at=asked.start, ends_at=asked.end, reason=reason, now=now, actor_id=actor_id)
    row.absence_id = absence.id
    _decide(row, "approved", answer, now=now, actor_id=actor_id, hits=hits)
    return row, hits


def refuse_leave(*, leave_id: int, answer: str, now: datetime, actor_id: int | None = None) -> LeaveRequest:
    """Not granted, with a word why. Raises NotFound, Conflict as for approving, NotValid without a word."""
    row = _locked(leave_id, "refused")
    _check_not_own(row, actor_id)
    _decide(row, "refused", checks.text(answer, field="answer", most=1000), now=now, actor_id=actor_id)
    return row


def cancel_leave(*, leave_id: int, now: datetime, own_only: bool = False, actor_id: int | None = None) -> LeaveRequest:
    """Taken back: an absence that came of it goes. `own_only`: by who asked, who cannot take back approved leave that has begun. Raises NotFound,
    Conflict."""
    row = _locked(leave_id, "cancelled")
    if own_only and row.state == "approved" and leave.span(row).start <= now:
        raise Conflict(_("This leave has begun. Ask a supervisor."))
    absence = db.session.get(Absence, row.absence_id) if row.absence_id is not None else None
    row.absence_id = None
    _decide(row, "cancelled", row.answer, now=now, actor_id=actor_id)
    if absence is not None:
        delete_absence(absence, now=now, actor_id=actor_id)
    return row


def _locked(leave_id: int, following: str) -> LeaveRequest:
    """The request, its person locked first, as all who write absences do. Raises NotFound; Conflict when that state cannot follow."""
    person_id = db.session.scalar(select(LeaveRequest.person_id).where(LeaveRequest.id == leave_id)) if leave_id < 1 << 63 else None
    if person_id is None:
        raise NotFound(_("There is no such leave."))
    locked_person(person_id)
    row = db.session.get(LeaveRequest, leave_id, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such leave."))
    if following not in leave_rules.MOVES[row.state]:
        raise Conflict(_("This leave is %(state)s already.", state=leave_rules.STATE_WORDS[row.state]), code="decided")
    return row


def _check_not_own(row: LeaveRequest, actor_id: int | None) -> None:
    if actor_id is not None and row.person.user_id == actor_id and leave.others_decide(actor_id):
        raise Conflict(_("This is your own leave. Somebody else decides on it."), code="own")


def _decide(row: LeaveRequest, state: str, answer: str, *, now: datetime, actor_id: int | None, hits: list[Hit] | None = None) -> None:
    before = checks.picked(row, ("state",))
    row.state, row.decided_at, row.decided_by_id = state, now, actor_id
    row.answer = checks.text(answer, field="answer", most=1000) if answer.strip() else ""
    db.session.flush()
    db.session.refresh(row, ["decided_by"])
    _tell(f"leave.{state}", row, actor_id, now, before=before, hits=hits or [])


def _tell(
    action: str,
    row: LeaveRequest,
    actor_id: int | None,
    now: datetime,
    *,
    before: dict[str, object] | None = None,
    hits: list[Hit] | None = None,
) -> None:
    after = checks.picked(row, _FACTS if before is None else ("state", "answer"))
    if row.state in ("approved", "refused") and row.person.user_id == actor_id:
        after["own"] = True  # nobody else could decide
    if hits:
        after["hits"] = [f"{hit.kind} {hit.number}" for hit in hits]
    audit.record(
        action=action, target=f"person:{row.person_id}", actor_id=actor_id, now=now, before=before, after=after | {"leave": row.id}
    )
    events.publish(
        LeaveChanged(
            leave_id=row.id,
            person_id=row.person_id,
            user_id=row.person.user_id,
            state=row.state,
            hits=len(hits or []),
            at=now,
            actor_id=actor_id,
        )
    )

"""Booking, moving and calling off a visit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import DomainError, NotFound
from dispatch.errors import changed_meanwhile, clear_errors
from dispatch.materials.services import release, reserve, reserve_anew
from dispatch.visits import placing, queries, rules
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.rules import Action, Status
from dispatch.visits.services import checks, telling
from tickets.locking import lock_ticket
from tickets.sla import services as sla


@clear_errors
def book_visit(
    *,
    ticket_id: int,
    job_type_id: int,
    person_id: int,
    start: datetime,
    end: datetime,
    promised_from: datetime,
    promised_until: datetime,
    now: datetime,
    actor_id: int | None,
    despite: Collection[str] = (),
) -> Visit:
    """A visit with its technician taken, its kit reserved, its ticket scheduled; all or nothing.

    `start` and `end` are the work; the way there is added. Of two who want the same hour or the last part one gets it, the other a Conflict that
    names what is gone: `taken`, `short`, `second_visit`. Raises NotValid naming the field; DomainError `skill`, `shift`, `travel`, `ticket_done`.
    """
    allowed = checks.overrides(despite)
    checks.times(start=start, end=end, promised_from=promised_from, promised_until=promised_until, now=now)
    job_type = checks.active_job_type(job_type_id)
    ticket = lock_ticket(ticket_id)
    checks.ticket_takes_visits(ticket, second="second_visit" in allowed)
    person = checks.technician(person_id)
    checks.skills(person, job_type, start)
    placing.lock_people([person.id])
    if "shift" not in allowed:
        placing.check_shift(person, start, end)
    placing.check_free(person, start, end, now=now)
    visit = Visit(
        ticket_id=ticket.id,
        job_type=job_type,
        site_id=ticket.site_id,
        status=Status.BOOKED,
        promised_from=promised_from,
        promised_until=promised_until,
        planned_start=start,
        planned_end=end,
        result="",
        checklist={},
        created_at=now,
        created_by_id=actor_id,
        updated_at=now,
        assignments=[],
    )
    visit.ticket, visit.site = ticket, ticket.site
    db.session.add(visit)
    db.session.flush()
    reserve(
        visit_id=visit.id,
        lines=checks.kit(job_type),
        place_ids=checks.sources(visit, person),
        incoming_by=start.date(),
        now=now,
        actor_id=actor_id,
        allow_short="short" in allowed,
    )
    placing.put_in(visit, person, now=now, despite_travel="travel" in allowed)
    telling.set_status(visit, "scheduled", now=now, actor_id=actor_id, why=f"visit {visit.number}")
    sla.appointment_agreed(ticket_id=ticket.id, ends_at=promised_until, now=now)
    telling.entry(visit, "booked", now=now, actor_id=actor_id, public=True)
    telling.booked(visit, person, now=now, actor_id=actor_id)
    return visit


@clear_errors
def move_visit(
    *,
    visit_id: int,
    now: datetime,
    actor_id: int | None,
    person_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    promised_from: datetime | None = None,
    promised_until: datetime | None = None,
    despite: Collection[str] = (),
    expected_version: int | None = None,
    reason: str = "",
) -> Visit:
    """To another technician or time; what is not given stays, and with only a new start the length. The promised window stays when the new start
    lies within it, else it moves along with the start.

    With another technician or day the parts are reserved anew. Refusals as in `book_visit`; Conflict `changed_meanwhile` for a stale
    `expected_version`; DomainError `move` for a visit that is under way or over.
    """
    allowed = checks.overrides(despite)
    visit, assignment = _locked(visit_id, also=person_id, expected_version=expected_version)
    _check(visit, Action.MOVE)
    before = queries.technician_of(visit)
    start_before, end_before = visit.planned_start, visit.planned_end
    new_start = start or start_before
    new_end = end or new_start + (end_before - start_before)
    window = _window(visit, new_start, promised_from, promised_until)
    checks.times(start=new_start, end=new_end, promised_from=window[0], promised_until=window[1], now=now)
    person = checks.technician(person_id if person_id is not None else before.id if before is not None else 0)
    checks.skills(person, visit.job_type, new_start)
    if "shift" not in allowed:
        placing.check_shift(person, new_start, new_end)
    if assignment is not None:
        placing.take_out(assignment, now=now)
    placing.check_free(person, new_start, new_end, now=now, without=visit.id)
    other_day = new_start.date() != start_before.date()
    visit.planned_start, visit.planned_end, visit.updated_at = new_start, new_end, now
    visit.promised_from, visit.promised_until = window
    db.session.flush()
    if other_day or before is None or person.id != before.id:
        reserve_anew(
            visit_id=visit.id,
            lines=checks.kit(visit.job_type),
            place_ids=checks.sources(visit, person),
            incoming_by=new_start.date(),
            now=now,
            actor_id=actor_id,
            allow_short="short" in allowed,
        )
    same = assignment if assignment is not None and assignment.person_id == person.id else None
    placing.put_in(visit, person, now=now, despite_travel="travel" in allowed, assignment=same)
    sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=visit.promised_until, now=now)
    telling.entry(
        visit,
        "moved",
        now=now,
        actor_id=actor_id,
        text=reason.strip(),
        public=True,
        start_before=start_before,
        technician_before=before.name if before is not None else None,
    )
    telling.changed(
        visit,
        "moved",
        now=now,
        actor_id=actor_id,
        person_id_before=before.id if before is not None else None,
        planned_start_before=start_before,
    )
    return visit


@clear_errors
def cancel_visit(*, visit_id: int, reason: str, now: datetime, actor_id: int | None, expected_version: int | None = None) -> Visit:
    """Call a visit off: its parts and its technician are free again, its ticket is open again unless another visit is to come.

    A visit called off already: nothing happens. Raises DomainError (code `move`) for one that is over, Conflict `changed_meanwhile`.
    """
    visit, assignment = _locked(visit_id, expected_version=expected_version)
    if visit.status == Status.CANCELLED:
        return visit
    _check(visit, Action.CANCEL)
    visit.status, visit.cancel_reason, visit.updated_at = str(Status.CANCELLED), reason.strip()[:500], now
    if assignment is not None:
        placing.take_out(assignment, now=now)
    release(visit_id=visit.id, now=now, actor_id=actor_id)
    telling.settle_ticket(visit, "open", now=now, actor_id=actor_id, why=f"visit {visit.number}")
    if not queries.open_visits(visit.ticket_id):
        sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=None, now=now)
    telling.entry(visit, "cancelled", now=now, actor_id=actor_id, text=visit.cancel_reason or "", public=True)
    telling.changed(visit, "cancelled", now=now, actor_id=actor_id)
    return visit


def _locked(visit_id: int, *, also: int | None = None, expected_version: int | None = None) -> tuple[Visit, Assignment | None]:
    """Ticket, technicians (the present one and `also`), visit: locked in this order, read afresh. Raises NotFound, Conflict."""
    visit = lock_visit(visit_id, also=also)
    if expected_version is not None and expected_version != visit.version:
        raise changed_meanwhile()
    return visit, queries.assignment_of(visit.id)


def lock_visit(visit_id: int, *, also: int | None = None) -> Visit:
    """Lock a visit's ticket, its technicians and its row, in this order; read afresh. Raises NotFound; Conflict when it went to somebody else while
    we waited."""
    ticket_id = db.session.scalar(select(Visit.ticket_id).where(Visit.id == visit_id))
    if ticket_id is None:
        raise NotFound(_("There is no such visit."))
    lock_ticket(ticket_id)
    # Assignments of a visit change only under its ticket's lock, so from here on they stay.
    present = select(Assignment.person_id).where(Assignment.visit_id == visit_id, Assignment.active, Assignment.person_id.is_not(None))
    people = {person_id for person_id in db.session.scalars(present) if person_id is not None}
    placing.lock_people(people | ({also} if also is not None else set()))
    query = select(Visit).where(Visit.id == visit_id).with_for_update(of=Visit).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def _check(visit: Visit, action: Action) -> None:
    if rules.target(visit.status, action) is None:
        word = rules.status_word(visit.status)
        raise DomainError(
            _("Visit %(number)s is %(status)s; this is no longer possible.", number=visit.number, status=word),
            code="move",
            details={"status_now": visit.status},
        )


def _window(visit: Visit, start: datetime, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    if since is not None and until is not None:
        return since, until
    if visit.promised_from <= start <= visit.promised_until:
        return visit.promised_from, visit.promised_until
    shift = start - visit.planned_start
    return visit.promised_from + shift, visit.promised_until + shift

"""Holding, booking, moving and calling off a visit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import Conflict, DomainError, NotFound, NotValid
from dispatch.errors import changed_meanwhile, clear_errors
from dispatch.materials.locking import lock_all
from dispatch.materials.services import release, reserve, reserve_anew
from dispatch.visits import placing, queries, rules, wording
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.placing import Shifted
from dispatch.visits.rules import Action, Channel, Status
from dispatch.visits.services import checks, telling
from staff.models import Person
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
    helper_ids: Sequence[int] = (),
    despite: Collection[str] = (),
    channel: Channel = Channel.STAFF,
) -> Visit:
    """A visit with its technician taken, its kit reserved, its ticket scheduled; all or nothing.

    `start` and `end` are the work; the way there is added. Visits around it give way within what was promised. Times held for the same ticket are
    free again. `helper_ids`: who goes along with `person_id`, the lead, who brings the parts; at least as many as the job type's crew lacks. What
    is asked of one is asked of each: skills, shift, a free time, the way.

    Of two who want the same hour or the last part one gets it, the other a Conflict that names what is gone: `taken`, `short`,
    `second_visit`. Raises NotValid naming the field (code `crew` for too few); DomainError `skill`, `shift`, `travel`, `ticket_done`.
    """
    slot = _Slot(person_id, start, end, promised_from, promised_until, tuple(helper_ids))
    visit, shifted = _place(ticket_id, job_type_id, slot, now=now, actor_id=actor_id, despite=despite, held_until=None)
    _promise(visit, now=now, actor_id=actor_id, channel=channel)
    telling.gave_way(shifted, visit, now=now, actor_id=actor_id)
    return visit


@clear_errors
def hold_visit(
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
    helper_ids: Sequence[int] = (),
    lasts: timedelta = rules.HELD,
) -> Visit:
    """Keep a time for a caller who has not said yes: technicians and kit are taken as by `book_visit`, nothing is promised, the ticket stays as
    it is.

    It lapses after `lasts` (the clock looks every few seconds) unless `confirm_visit` comes first; a later hold or booking for the ticket replaces
    it. Refusals as in `book_visit`.
    """
    slot = _Slot(person_id, start, end, promised_from, promised_until, tuple(helper_ids))
    visit, shifted = _place(ticket_id, job_type_id, slot, now=now, actor_id=actor_id, despite=(), held_until=now + lasts)
    telling.changed(visit, "held", now=now, actor_id=actor_id)
    telling.gave_way(shifted, visit, now=now, actor_id=actor_id)
    return visit


@clear_errors
def confirm_visit(*, visit_id: int, now: datetime, actor_id: int | None, channel: Channel = Channel.STAFF) -> Visit:
    """The caller said yes: what was held is booked. Booked already: nothing happens. Raises Conflict `lapsed`, DomainError `ticket_done`."""
    visit, _rows = _locked(visit_id)
    if visit.status == Status.BOOKED:
        return visit
    if visit.status == Status.LAPSED:
        raise Conflict(_("This time was not kept any longer. Choose again from what works now."), code="lapsed")
    _check(visit, Action.BOOK)
    checks.ticket_takes_visits(visit.ticket, second=False)
    if visit.site_id != visit.ticket.site_id:  # the ticket was merged into another's, or its site changed
        raise Conflict(_("The ticket is for another address now. Choose again from what works now."), code="lapsed")
    visit.status, visit.held_until, visit.updated_at = str(Status.BOOKED), None, now
    _promise(visit, now=now, actor_id=actor_id, channel=channel)
    return visit


@clear_errors
def release_visit(*, visit_id: int, now: datetime, actor_id: int | None) -> Visit:
    """What was held for a caller is free again. Not held (any more): nothing happens."""
    visit, crew = _locked(visit_id)
    if rules.target(visit.status, Action.LAPSE) is not None:
        _let_lapse(visit, crew, now=now, actor_id=actor_id)
    return visit


def _let_lapse(visit: Visit, crew: Sequence[Assignment], *, now: datetime, actor_id: int | None) -> None:
    visit.status, visit.updated_at = str(Status.LAPSED), now
    helpers = _helpers(crew)
    _take_out(visit, crew, now=now)
    release(visit_id=visit.id, now=now, actor_id=actor_id)
    telling.changed(visit, "lapsed", now=now, actor_id=actor_id, helper_ids_before=helpers)


def _take_out(visit: Visit, crew: Sequence[Assignment], *, now: datetime) -> None:
    """The technicians' time is free again; those that gave way for the visit and still stand there go back, where their old time is free."""
    for row in crew:
        placing.take_out(row, now=now)
    for row in crew:
        if row.person is not None:
            placing.put_back(row.person, visit, now=now)
    if crew:
        visit.gave_way = []


def _helpers(crew: Sequence[Assignment]) -> tuple[int, ...]:
    return tuple(row.person_id for row in crew[1:] if row.person_id is not None)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Who, when, and what to tell the customer."""

    person_id: int
    start: datetime
    end: datetime
    promised_from: datetime
    promised_until: datetime
    helper_ids: tuple[int, ...] = ()


def _place(
    ticket_id: int,
    job_type_id: int,
    slot: _Slot,
    *,
    now: datetime,
    actor_id: int | None,
    despite: Collection[str],
    held_until: datetime | None,
) -> tuple[Visit, list[Shifted]]:
    """A new visit, proposed, with its technicians and its kit; and who gave way for it."""
    allowed = checks.overrides(despite)
    checks.times(start=slot.start, end=slot.end, promised_from=slot.promised_from, promised_until=slot.promised_until, now=now)
    job_type = checks.active_job_type(job_type_id)
    ticket = lock_ticket(ticket_id)
    checks.ticket_takes_visits(ticket, second="second_visit" in allowed)
    crew = checks.crew(slot.person_id, slot.helper_ids, least=job_type.crew)
    for person in crew:
        checks.skills(person, job_type, slot.start)
    kit = checks.kit(job_type)
    _drop_held(ticket.id, kit, crew, slot.start, now=now, actor_id=actor_id)
    at = placing.site_point(ticket.site)
    for person in crew:
        if "shift" not in allowed:
            placing.check_shift(person, slot.start, slot.end)
        placing.check_free(None, person, slot.start, slot.end, at=at, now=now, still="travel" in allowed)
    visit = Visit(
        ticket_id=ticket.id,
        job_type=job_type,
        site_id=ticket.site_id,
        status=Status.PROPOSED,
        promised_from=slot.promised_from,
        promised_until=slot.promised_until,
        planned_start=slot.start,
        planned_end=slot.end,
        held_until=held_until,
        lock=str(rules.Lock.NONE),
        gave_way=[],
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
        lines=kit,
        place_ids=checks.sources(visit, crew[0]),
        incoming_by=slot.start.date(),
        now=now,
        actor_id=actor_id,
        allow_short="short" in allowed,
    )
    return visit, _put_in(visit, crew, (), now=now, despite_travel="travel" in allowed)


def _put_in(visit: Visit, crew: Sequence[Person], rows: Sequence[Assignment], *, now: datetime, despite_travel: bool) -> list[Shifted]:
    """Everybody's time is taken, the lead first; who gave way. `rows` are used again for whoever has one."""
    known = {row.person_id: row for row in rows}
    ids = [person.id for person in crew]
    shifted: list[Shifted] = []
    for place, person in enumerate(crew):
        row = known.get(person.id)
        _row, some = placing.put_in(visit, person, now=now, despite_travel=despite_travel, lead=place == 0, crew=ids, assignment=row)
        shifted += some
    return shifted


def _drop_held(
    ticket_id: int, kit: Collection[int], crew: Sequence[Person], start: datetime, *, now: datetime, actor_id: int | None
) -> None:
    """What is held for the ticket lapses; everything that this and what follows need is locked, in order."""
    held = queries.held_visits(ticket_id)
    people = {row.person_id for visit in held for row in visit.assignments if row.active and row.person_id is not None}
    placing.lock_people(people | {person.id for person in crew})
    places = [(person_id, visit.planned_start) for person_id in sorted(people) for visit in held]
    placing.lock_visits([*((person.id, start) for person in crew), *places], also=[visit.id for visit in held])
    if not held:
        return
    lock_all(set(kit) | {row.part_id for visit in held for row in visit.reservations})
    for visit in held:
        _let_lapse(visit, queries.assignments_of(visit.id), now=now, actor_id=actor_id)


def _promise(visit: Visit, *, now: datetime, actor_id: int | None, channel: Channel) -> None:
    """The customer was told: ticket, clocks, timeline and screens follow."""
    person = queries.technician_of(visit)
    assert person is not None, "a visit is placed before it is promised"
    visit.status = str(Status.BOOKED)
    db.session.flush()
    telling.set_status(visit, "scheduled", now=now, actor_id=actor_id, why=f"visit {visit.number}")
    sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=visit.promised_until, now=now)
    telling.entry(visit, "booked", now=now, actor_id=actor_id, text=wording.by_customer(channel), public=True, channel=str(channel))
    telling.booked(visit, person, now=now, actor_id=actor_id, channel=channel)


@clear_errors
def move_visit(
    *,
    visit_id: int,
    now: datetime,
    actor_id: int | None,
    person_id: int | None = None,
    helper_ids: Sequence[int] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    promised_from: datetime | None = None,
    promised_until: datetime | None = None,
    despite: Collection[str] = (),
    expected_version: int | None = None,
    reason: str = "",
    people_before: Sequence[int] = (),
    quietly: bool = False,
    channel: Channel = Channel.STAFF,
) -> Visit:
    """To another technician or time; what is not given stays, and with only a new start the length. The promised window stays when the new start
    lies within it, else it moves along with the start.

    Of a crew `person_id` is the lead, `helper_ids` are the others; a helper who becomes the lead changes places with who was. More may go than
    before, not fewer than the job type says.

    With another lead or day the parts are reserved anew. `people_before`: whose it was, the lead first, where they were taken out already.
    `quietly`: the customer sees it only when the promised window is another one. Refusals as in `book_visit`; Conflict `changed_meanwhile` for a
    stale `expected_version`; DomainError `move` for a visit under way or over.
    """
    allowed = checks.overrides(despite)
    wanted = [checks.technician(person_id).id] if person_id is not None else []
    wanted += [checks.technician(one, field="helper_ids").id for one in helper_ids or ()]
    visit, rows = _locked(visit_id, also=wanted, at=start, expected_version=expected_version)
    _check(visit, Action.MOVE)
    _check_promised(visit)
    before = _people_before(visit, people_before)
    lead_before = before[0] if before else None
    start_before, end_before = visit.planned_start, visit.planned_end
    new_start = start or start_before
    new_end = end or new_start + (end_before - start_before)
    window = _window(visit, new_start, promised_from, promised_until)
    same_promise = window == (visit.promised_from, visit.promised_until)
    checks.times(start=new_start, end=new_end, promised_from=window[0], promised_until=window[1], now=now)
    crew = _crew(visit, rows, person_id, helper_ids)
    lead = crew[0]
    for person in crew:
        checks.skills(person, visit.job_type, new_start)
        if "shift" not in allowed:
            placing.check_shift(person, new_start, new_end)
    _take_out(visit, rows, now=now)
    still = "travel" in allowed
    for person in crew:
        placing.check_free(visit, person, new_start, new_end, at=placing.point_of(visit), now=now, still=still)
    other_day = new_start.date() != start_before.date()
    visit.planned_start, visit.planned_end, visit.updated_at = new_start, new_end, now
    visit.promised_from, visit.promised_until = window
    db.session.flush()
    if other_day or lead_before is None or lead.id != lead_before.id:
        reserve_anew(
            visit_id=visit.id,
            lines=checks.kit(visit.job_type),
            place_ids=checks.sources(visit, lead),
            incoming_by=new_start.date(),
            now=now,
            actor_id=actor_id,
            allow_short="short" in allowed,
        )
    shifted = _put_in(visit, crew, rows, now=now, despite_travel=still)
    telling.gave_way(shifted, visit, now=now, actor_id=actor_id)
    sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=visit.promised_until, now=now)
    telling.entry(
        visit,
        "moved",
        now=now,
        actor_id=actor_id,
        text=reason.strip() or wording.by_customer(channel),
        public=not (quietly and same_promise),
        channel=str(channel),
        start_before=start_before,
        technician_before=", ".join(one.name for one in before) or None,
    )
    telling.changed(
        visit,
        "moved",
        now=now,
        actor_id=actor_id,
        person_id_before=lead_before.id if lead_before is not None else None,
        helper_ids_before=[one.id for one in before[1:]],
        planned_start_before=start_before,
        channel=channel,
    )
    return visit


def _people_before(visit: Visit, person_ids: Sequence[int]) -> list[Person]:
    """Whose it was, the lead first."""
    return [db.session.get_one(Person, one) for one in person_ids] or queries.crew_of(visit)


def _crew(visit: Visit, rows: Sequence[Assignment], person_id: int | None, helper_ids: Sequence[int] | None) -> list[Person]:
    """Who goes once it is moved, the lead first. Raises NotValid."""
    present = [row.person_id for row in rows if row.person_id is not None]
    before = present[0] if present else 0
    lead = person_id if person_id is not None else before
    if helper_ids is None:
        helper_ids = [before if one == lead else one for one in present[1:]]
    return checks.crew(lead, helper_ids, least=min(len(present), visit.job_type.crew))


@dataclass(frozen=True, slots=True)
class Trial:
    """What a move would do. `refusal`: why it is not possible; otherwise how the visit would stand (`line`, shown by the caller's `show` before
    everything is taken back) and who would give way: (number, customer, start before, start)."""

    refusal: DomainError | None = None
    line: Any = None
    shifted: tuple[tuple[int, str | None, datetime, datetime], ...] = ()


def try_move(*, show: Callable[[Visit], Any], visit_id: int, now: datetime, actor_id: int | None, **wish: Any) -> Trial:
    """`move_visit`, taken back: the same rules, so what is said here is what a drop would be told. Holds the locks until the transaction ends."""
    tried = db.session.begin_nested()
    try:
        people = [one for one in (wish.get("person_id"), *(wish.get("helper_ids") or ())) if one is not None]
        before = {visit.id: visit.planned_start for visit in queries.visits_beside(visit_id, people, wish.get("start"))}
        visit = move_visit(visit_id=visit_id, now=now, actor_id=actor_id, **wish)
        others = [other for other in queries.visits_of_ids(before) if other.id != visit_id and other.planned_start != before[other.id]]
        shifted = tuple(
            (other.number, other.ticket.customer.name if other.ticket.customer is not None else None, before[other.id], other.planned_start)
            for other in sorted(others, key=lambda other: other.planned_start)
        )
        return Trial(line=show(visit), shifted=shifted)
    except DomainError as error:
        return Trial(refusal=error)
    finally:
        tried.rollback()
        db.session.expire_all()


@clear_errors
def lock_plan(*, visit_id: int, lock: str, now: datetime, actor_id: int | None) -> Visit:
    """What planning leaves as it is (`rules.Lock`). Raises NotValid; DomainError (code `move`) for a visit that is under way or over."""
    if lock not in tuple(rules.Lock):
        raise NotValid(_("There is no such lock."), field="lock")
    visit, _rows = _locked(visit_id)
    _check(visit, Action.MOVE)
    _check_promised(visit)
    if visit.lock != lock:
        before, visit.lock, visit.updated_at = visit.lock, str(rules.Lock(lock)), now
        db.session.flush()
        telling.entry(visit, "locked", now=now, actor_id=actor_id, lock=visit.lock, lock_before=before)
        telling.changed(visit, "locked", now=now, actor_id=actor_id)
    return visit


@clear_errors
def cancel_visit(
    *,
    visit_id: int,
    reason: str,
    now: datetime,
    actor_id: int | None,
    expected_version: int | None = None,
    channel: Channel = Channel.STAFF,
) -> Visit:
    """Call a visit off: its parts and its technicians are free again, its ticket is open again unless another visit is to come.

    A visit called off already: nothing happens. One that is only held lapses. Raises DomainError (code `move`) for one that is over, Conflict
    `changed_meanwhile`.
    """
    visit, crew = _locked(visit_id, expected_version=expected_version)
    if visit.status == Status.CANCELLED:
        return visit
    if visit.held_until is not None and visit.status == Status.PROPOSED:
        _let_lapse(visit, crew, now=now, actor_id=actor_id)
        return visit
    _check(visit, Action.CANCEL)
    visit.status, visit.cancel_reason, visit.updated_at = str(Status.CANCELLED), reason.strip()[:500], now
    helpers = _helpers(crew)
    _take_out(visit, crew, now=now)
    release(visit_id=visit.id, now=now, actor_id=actor_id)
    telling.settle_ticket(visit, "open", now=now, actor_id=actor_id, why=f"visit {visit.number}")
    if not queries.open_visits(visit.ticket_id):
        sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=None, now=now)
    words = "\n".join(filter(None, (wording.by_customer(channel), visit.cancel_reason)))
    telling.entry(visit, "cancelled", now=now, actor_id=actor_id, text=words, public=True, channel=str(channel))
    telling.changed(visit, "cancelled", now=now, actor_id=actor_id, helper_ids_before=helpers, channel=channel)
    return visit


def _locked(
    visit_id: int, *, also: Collection[int] = (), at: datetime | None = None, expected_version: int | None = None
) -> tuple[Visit, list[Assignment]]:
    """`lock_visit`, and the active assignments of its people, the lead's first. Raises NotFound, Conflict."""
    visit = lock_visit(visit_id, also=also, at=at)
    if expected_version is not None and expected_version != visit.version:
        raise changed_meanwhile()
    return visit, queries.assignments_of(visit.id)


def lock_visit(visit_id: int, *, also: Collection[int] = (), at: datetime | None = None) -> Visit:
    """Lock a visit's ticket, its technicians (and `also`), its row and those of the visits that could give way for it (around `at`, else where it
    stands), in this order; read afresh. Raises NotFound."""
    found = db.session.execute(select(Visit.ticket_id, Visit.planned_start).where(Visit.id == visit_id)).first()
    if found is None:
        raise NotFound(_("There is no such visit."))
    lock_ticket(found.ticket_id)
    # Assignments of a visit change only under its ticket's lock, so from here on they stay.
    present = select(Assignment.person_id).where(Assignment.visit_id == visit_id, Assignment.active, Assignment.person_id.is_not(None))
    people = {person_id for person_id in db.session.scalars(present) if person_id is not None}
    people |= set(also)
    placing.lock_people(people)
    times = [found.planned_start, *([at] if at is not None else [])]
    placing.lock_visits([(person_id, moment) for person_id in sorted(people) for moment in times], also=[visit_id])
    return db.session.get_one(Visit, visit_id)


def _check(visit: Visit, action: Action) -> None:
    if rules.target(visit.status, action) is None:
        word = rules.status_word(visit.status)
        raise DomainError(
            _("Visit %(number)s is %(status)s; this is no longer possible.", number=visit.number, status=word),
            code="move",
            details={"status_now": visit.status},
        )


def _check_promised(visit: Visit) -> None:
    """What is only held for a caller is booked or let go, nothing else."""
    if visit.held_until is not None:
        raise DomainError(_("Visit %(number)s is only held. Book it or let it go first.", number=visit.number), code="held")


def _window(visit: Visit, start: datetime, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    if since is not None and until is not None:
        return since, until
    if visit.promised_from <= start <= visit.promised_until:
        return visit.promised_from, visit.promised_until
    shift = start - visit.planned_start
    return visit.promised_from + shift, visit.promised_until + shift

"""What customers do with visits themselves, on the page of their ticket: choose a window, change it, call it off.

All keyword-only; they flush and never commit. Refusals say nothing of technicians, other visits or other customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _

from core.errors import Conflict, DomainError, NotValid
from dispatch.promises.settings import settings
from dispatch.visits import queries
from dispatch.visits.models import JobType, Visit
from dispatch.visits.rules import Channel, Lock, Status
from dispatch.visits.services import cancel_visit, confirm_visit, hold_visit, move_visit, release_visit
from dispatch.visits.suggesting import Suggestion, find
from dispatch.visits.work import kinds_for
from tickets.locking import lock_ticket
from tickets.models import Ticket

OFFERED = 6
LEAD = timedelta(hours=2)  # nobody is offered what begins sooner
VISITED = ("fault", "installation", "maintenance")  # kinds of tickets that somebody comes for
A_DAY = 3
_ASKED = 40
_DAYTIME = (7, 20)  # hours on the wall of the place
_HOUR = 3600


class State(StrEnum):
    """What the customer may do."""

    NOTHING = "nothing"
    WINDOWS = "windows"  # choose one
    KEPT = "kept"  # one is kept for them: book it or not
    ARRANGING = "arranging"  # a colleague keeps one for them, on the telephone
    BOOKED = "booked"  # change it, or call it off
    FIXED = "fixed"  # booked, and too near to change here, or its time was settled by a colleague


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands. `visit`: the one that is kept or booked. `kinds`: what the customer may choose from where several kinds of job fit; until
    one is chosen `job_type_id` is None."""

    state: State
    job_type_id: int | None = None
    visit: Visit | None = None
    kinds: Sequence[JobType] = ()

    @property
    def settled(self) -> bool:
        """A colleague fixed the time of the visit that is booked, however far off it is."""
        return self.visit is not None and self.visit.lock == Lock.TIME


@dataclass(frozen=True, slots=True)
class Window:
    """What a customer is told: nothing of the plan behind it. `technician`: None unless the firm tells names."""

    since: datetime
    until: datetime
    technician: str | None


def standing(ticket: Ticket, *, now: datetime, job_type_id: int | None = None) -> Standing:
    """What the customer may do now. `job_type_id`: what they chose where several kinds of job fit. Reads only."""
    firm = settings()
    if not firm.own_booking:
        return Standing(State.NOTHING)
    booked = queries.open_visits(ticket.id)
    if booked:
        visit = booked[0]
        if len(booked) > 1 or visit.status != Status.BOOKED:
            return Standing(State.NOTHING)
        free = visit.lock != Lock.TIME and visit.promised_from - now >= timedelta(hours=firm.own_booking_hours)
        return Standing(State.BOOKED if free else State.FIXED, visit.job_type_id, visit)
    held = next((visit for visit in queries.held_visits(ticket.id) if visit.held_until is not None and visit.held_until > now), None)
    if held is not None:
        return Standing(State.KEPT if held.created_by_id is None else State.ARRANGING, held.job_type_id, held)
    return _free(ticket, job_type_id)


def _free(ticket: Ticket, job_type_id: int | None) -> Standing:
    """As if nothing were kept."""
    kinds = kinds_for(ticket) if _may_be_visited(ticket) else []
    if len(kinds) < 2:
        return Standing(State.WINDOWS, kinds[0].id) if kinds else Standing(State.NOTHING)
    chosen = next((row.id for row in kinds if row.id == job_type_id), None)
    return Standing(State.WINDOWS, chosen, kinds=kinds)


def _may_be_visited(ticket: Ticket) -> bool:
    waits_for_us = ticket.status == "waiting" and ticket.wait_reason not in ("customer", "access")
    return ticket.kind in VISITED and ticket.site_id is not None and ticket.status in ("new", "open", "waiting") and not waits_for_us


def windows(found: Standing, ticket: Ticket, *, now: datetime) -> list[Window]:
    """The best that work, by time; none when nobody can come, or there is nothing to choose."""
    named = settings().names_shown
    return [
        Window(one.promised_from, one.promised_until, one.names if named else None)
        for one in sorted(_suggestions(found, ticket, now=now), key=lambda one: one.promised_from)
    ]


def _suggestions(found: Standing, ticket: Ticket, *, now: datetime) -> list[Suggestion]:
    """The best of each window, at most OFFERED and A_DAY of each day; at night only what is urgent, or where there is nothing else. The one that is
    booked already is none."""
    if found.job_type_id is None or found.state not in (State.WINDOWS, State.BOOKED):
        return []
    # From a full hour on: who reads for some minutes finds the same windows still.
    earliest = datetime.fromtimestamp(-(-(now + LEAD).timestamp() // _HOUR) * _HOUR, UTC)
    offered = find(
        ticket_id=ticket.id,
        job_type_id=found.job_type_id,
        now=now,
        earliest=earliest,
        count=_ASKED,
        moving=found.visit.id if found.visit is not None else None,
        only=_only(found),
    ).suggestions
    present = found.visit.promised_from if found.visit is not None else None
    best: dict[datetime, Suggestion] = {}
    for one in offered:
        if one.promised_from >= now and one.promised_from != present:
            best.setdefault(one.promised_from, one)
    zone = ZoneInfo(ticket.site.time_zone if ticket.site is not None else ticket.queue.branch.time_zone)
    by_day = [
        one for one in best.values() if ticket.priority == "urgent" or _DAYTIME[0] <= one.promised_from.astimezone(zone).hour < _DAYTIME[1]
    ]
    return _few_of_each_day(by_day or list(best.values()), zone)


def _only(found: Standing) -> list[int] | None:
    """Whom a colleague settled on for the visit that is booked; None: whoever fits."""
    people = queries.crew_of(found.visit) if found.visit is not None and found.visit.lock != Lock.NONE else []
    return [person.id for person in people] or None


def _few_of_each_day(offered: Sequence[Suggestion], zone: ZoneInfo) -> list[Suggestion]:
    count: Counter[date] = Counter()
    chosen = []
    for one in offered:
        day = one.promised_from.astimezone(zone).date()
        count[day] += 1
        if count[day] <= A_DAY:
            chosen.append(one)
    return chosen[:OFFERED]


def keep(*, ticket_id: int, since: datetime, now: datetime, job_type_id: int | None = None) -> Visit:
    """Keep a window for five minutes, with the technician who fits best now. What was kept before is free again. `job_type_id`: the kind that was
    chosen where several fit.

    Raises Conflict: `taken`, `arranged`; NotValid (field job)."""
    found, ticket = _locked(ticket_id, now, job_type_id)
    if found.state is State.KEPT:
        found = _free(ticket, job_type_id)  # `hold_visit` lets what was kept lapse, once it has locked both technicians
    _must_be(found, State.WINDOWS)
    wanted = found.job_type_id
    if wanted is None:
        raise NotValid(_("Choose what is to be done."), field="job")
    chosen = _chosen(found, ticket, since, now)
    return _discreet(lambda: hold_visit(ticket_id=ticket_id, job_type_id=wanted, now=now, actor_id=None, **_slot(chosen)))


def book(*, ticket_id: int, now: datetime) -> Visit:
    """The window that is kept is booked. Booked already: nothing happens. Raises Conflict: `lapsed`, `arranged`."""
    found, _ticket = _locked(ticket_id, now)
    if found.visit is not None and found.state in (State.BOOKED, State.FIXED):
        return found.visit
    if found.state is State.WINDOWS:
        raise Conflict(_("We could not keep this time any longer. These are free now."), code="lapsed")
    _must_be(found, State.KEPT)
    visit_id = found.visit.id if found.visit is not None else 0
    return _discreet(lambda: confirm_visit(visit_id=visit_id, now=now, actor_id=None, channel=Channel.PORTAL))


def let_go(*, ticket_id: int, now: datetime) -> None:
    """What is kept for the customer is free again; nothing kept: nothing happens."""
    found, _ticket = _locked(ticket_id, now)
    if found.state is State.KEPT and found.visit is not None:
        release_visit(visit_id=found.visit.id, now=now, actor_id=None)


def change(*, ticket_id: int, since: datetime, now: datetime) -> Visit:
    """Move the booked visit to another window. That it has already: nothing happens. Raises Conflict: `taken`, `too_late`, `settled`,
    `arranged`."""
    found, ticket = _locked(ticket_id, now)
    _must_be(found, State.BOOKED)
    assert found.visit is not None
    visit = found.visit
    if visit.promised_from == since:
        return visit
    slot = _slot(_chosen(found, ticket, since, now))
    return _discreet(lambda: move_visit(visit_id=visit.id, now=now, actor_id=None, channel=Channel.PORTAL, **slot))


def call_off(*, ticket_id: int, reason: str, now: datetime) -> None:
    """The customer needs no visit, or cannot. Raises Conflict: `too_late`, `settled`, `arranged`."""
    found, _ticket = _locked(ticket_id, now)
    _must_be(found, State.BOOKED)
    assert found.visit is not None
    visit_id = found.visit.id
    _discreet(lambda: cancel_visit(visit_id=visit_id, reason=reason, now=now, actor_id=None, channel=Channel.PORTAL))


def _locked(ticket_id: int, now: datetime, job_type_id: int | None = None) -> tuple[Standing, Ticket]:
    """Under the ticket's lock, so that it stays as it is read."""
    ticket = lock_ticket(ticket_id)
    return standing(ticket, now=now, job_type_id=job_type_id), ticket


def _must_be(found: Standing, state: State) -> None:
    if found.state is state:
        return
    if found.state is State.FIXED:
        if found.settled:
            raise Conflict(_("To change this appointment, please call us."), code="settled")
        hours = settings().own_booking_hours
        raise Conflict(_("Here this is possible until %(hours)d hours before. Please call us.", hours=hours), code="too_late")
    raise Conflict(_("Somebody changed this meanwhile: see how it stands now."), code="arranged")


def _chosen(found: Standing, ticket: Ticket, since: datetime, now: datetime) -> Suggestion:
    if since.tzinfo is None:
        raise NotValid(_("Choose a time."), field="since")
    chosen = next((one for one in _suggestions(found, ticket, now=now) if one.promised_from == since), None)
    if chosen is None:
        raise _taken()
    return chosen


def _slot(chosen: Suggestion) -> dict[str, Any]:
    names = ("person_id", "helper_ids", "start", "end", "promised_from", "promised_until")
    return {name: getattr(chosen, name) for name in names}


def _taken() -> Conflict:
    return Conflict(_("This time was just taken. These are free now."), code="taken")


def _discreet(verb: Callable[[], Visit]) -> Visit:
    """Do it; a refusal, which names technicians and their other visits, becomes one that a customer may read."""
    try:
        return verb()
    except DomainError as error:
        _tell(error)


def _tell(error: DomainError) -> NoReturn:
    if error.code == "lapsed":
        raise Conflict(_("We could not keep this time any longer. These are free now."), code="lapsed") from error
    if error.code in ("busy", "changed_meanwhile"):
        raise Conflict(_("Somebody is working on your request just now. Try again in a moment."), code="busy") from error
    if error.code in ("second_visit", "ticket_done", "move", "held"):
        raise Conflict(_("Somebody changed this meanwhile: see how it stands now."), code="arranged") from error
    raise _taken() from error


def name_of(visit: Visit) -> str | None:
    """Who comes; None unless the firm tells names."""
    return queries.names_of(visit) if settings().names_shown else None

"""What is asked before a visit is placed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _

from core.db import db
from core.errors import Conflict, DomainError, NotValid
from dispatch.materials import queries as stock
from dispatch.materials.sourcing import in_order
from dispatch.visits import queries, rules
from dispatch.visits.models import JobType, Visit
from dispatch.visits.placing import clock_of, point_of
from dispatch.visits.suggesting import spot_of
from staff.models import Person
from staff.rules import TECHNICIAN_KINDS
from tickets import rules as ticket_rules
from tickets.models import Ticket


def times(*, start: datetime, end: datetime, promised_from: datetime, promised_until: datetime, now: datetime) -> None:
    """A visit in the future, of sensible length, that begins within what the customer is told. Raises NotValid naming the field."""
    for name, value in (("start", start), ("end", end), ("promised_from", promised_from), ("promised_until", promised_until)):
        if value.tzinfo is None:
            raise NotValid(_("A time needs its zone."), field=name)
    if end <= start:
        raise NotValid(_("The visit ends before it starts."), field="end")
    if end - start > rules.LONGEST:
        raise NotValid(_("A visit takes at most 12 hours."), field="end")
    if end <= now:
        raise NotValid(_("This time has passed."), field="start")
    if promised_until <= promised_from:
        raise NotValid(_("The promised window ends before it starts."), field="promised_until")
    if not promised_from <= start <= promised_until:
        raise NotValid(_("The visit does not start within the promised window."), field="promised_from")


def overrides(despite: Collection[str]) -> frozenset[str]:
    """Raises NotValid for a rule that nobody may set aside."""
    unknown = set(despite) - rules.OVERRIDABLE
    if unknown:
        raise NotValid(_("“%(name)s” cannot be set aside.", name=sorted(unknown)[0]), field="despite")
    return frozenset(despite)


def active_job_type(job_type_id: int) -> JobType:
    """Raises NotValid."""
    found = db.session.get(JobType, job_type_id)
    if found is None or not found.active:
        raise NotValid(_("There is no such kind of job."), field="job_type_id")
    return found


def technician(person_id: int, *, field: str = "person_id") -> Person:
    """Raises NotValid for somebody who does not drive out (any more)."""
    person = db.session.get(Person, person_id)
    if person is None or not person.active or not person.user.active or person.kind not in TECHNICIAN_KINDS:
        raise NotValid(_("There is no such technician."), field=field)
    return person


def crew(person_id: int, helper_ids: Sequence[int], *, least: int) -> list[Person]:
    """Who goes, the lead first. Raises NotValid for fewer than `least`, for more than there may be, for the same one twice."""
    if len({person_id, *helper_ids}) <= len(helper_ids):
        raise NotValid(_("The same technician is named twice."), field="helper_ids")
    if len(helper_ids) >= rules.MOST_CREW:
        raise NotValid(_("At most %(most)d technicians go to a visit.", most=rules.MOST_CREW), field="helper_ids")
    if len(helper_ids) + 1 < least:
        raise NotValid(
            _("This takes %(count)d technicians: name %(more)d more.", count=least, more=least - len(helper_ids) - 1),
            field="helper_ids",
            code="crew",
        )
    return [technician(person_id), *(technician(one, field="helper_ids") for one in helper_ids)]


def skills(person: Person, job_type: JobType, at: datetime) -> None:
    """Nobody sets this aside: the law, or the customer's boiler, would not. Raises DomainError (code `skill`)."""
    has = {one.skill_id: one.level for one in person.skills if one.expires_on is None or one.expires_on >= at.date()}
    for line in job_type.skills:
        if has.get(line.skill_id, 0) < line.level:
            raise DomainError(
                _("%(name)s does not have %(skill)s at level %(level)d.", name=person.name, skill=line.skill.name, level=line.level),
                field="person_id",
                code="skill",
                details={"skill": line.skill.key, "level": line.level},
            )


def ticket_takes_visits(ticket: Ticket, *, second: bool) -> None:
    """Raises DomainError for a ticket that is done; Conflict when it has an open visit already and no second one is wanted."""
    if not ticket_rules.is_open(ticket.status):
        raise DomainError(
            _(
                "Ticket %(number)s is %(status)s. Open it again first.",
                number=ticket.number,
                status=ticket_rules.status_word(ticket.status),
            ),
            code="ticket_done",
        )
    others = [] if second else queries.open_visits(ticket.id)
    if others:
        other = others[0]
        person = queries.technician_of(other)
        name, start = (person.name, clock_of(person, other.planned_start)) if person is not None else ("–", f"{other.planned_start:%H:%M}")
        raise Conflict(
            _(
                "Ticket %(number)s has visit %(visit)s already: %(name)s, %(start)s.",
                number=ticket.number,
                visit=other.number,
                name=name,
                start=start,
            ),
            code="second_visit",
            details={"visit": other.number},
        )


def sources(visit: Visit, person: Person) -> list[int]:
    """The places a visit's parts may come from, in the order `suggest` reckons with."""
    van = stock.van_of(person.id)
    site = point_of(visit)
    return [spot.id for spot in in_order((spot_of(place, site) for place in stock.places()), van.id if van is not None else None)]


def kit(job_type: JobType) -> dict[int, int]:
    """Part → quantity."""
    return {line.part_id: line.quantity for line in job_type.kit}

"""What a visit's verbs leave behind on the ticket: a line of its timeline, its status, its appointment; and the event."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from core import audit, events
from core.db import db
from core.errors import DomainError
from core.jsonable import jsonable
from dispatch.events import VisitBooked, VisitChanged
from dispatch.visits import queries, wording
from dispatch.visits.models import Visit
from dispatch.visits.placing import Shifted
from dispatch.visits.rules import Channel
from dispatch.visits.services import finding
from staff.models import Person
from tickets import rules as ticket_rules
from tickets import services as tickets
from tickets.rules import Who
from tickets.sla import services as sla


def entry(
    visit: Visit,
    what: str,
    *,
    now: datetime,
    actor_id: int | None,
    text: str = "",
    public: bool = False,
    happened_at: datetime | None = None,
    **data: Any,
) -> None:
    """A line of the ticket's timeline. Its data say what happened in codes: {event, visit, technician, helpers, start, …, words}; its text in a
    sentence, followed by what somebody wrote (`text`, also the data's `words`)."""
    person = queries.technician_of(visit)
    facts = {
        "event": what,
        "visit": visit.number,
        "technician": person.name if person is not None else None,
        "helpers": [one.name for one in queries.crew_of(visit)[1:]],
        "job_type": visit.job_type.name,
        "start": visit.planned_start,
        "end": visit.planned_end,
        "promised_from": visit.promised_from,
        "promised_until": visit.promised_until,
        "words": text,
        **data,
    }
    said = "\n".join(part for part in (wording.sentence(visit, what, facts), text) if part)
    tickets.add_visit_entry(
        ticket_id=visit.ticket_id, text=said, data=jsonable(facts), now=now, actor_id=actor_id, public=public, happened_at=happened_at
    )


def set_status(visit: Visit, status: str, *, now: datetime, actor_id: int | None, wait_reason: str | None = None, why: str = "") -> None:
    """Move the ticket on, by the machine; where its table does not know the move (somebody was quicker) it stays as it is."""
    if not ticket_rules.is_open(visit.ticket.status):
        return
    try:
        tickets.change_status(
            ticket_id=visit.ticket_id, status=status, wait_reason=wait_reason, now=now, actor_id=actor_id, by=Who.MACHINE, why=why
        )
    except DomainError as error:
        if error.code != "move":
            raise


def settle_ticket(visit: Visit, status: str, *, now: datetime, actor_id: int | None, wait_reason: str | None = None, why: str = "") -> None:
    """After a visit ended or was called off: with another one open the ticket stays scheduled, else it becomes `status`. The appointment follows."""
    others = queries.open_visits(visit.ticket_id, without=visit.id)
    if others:
        sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=others[0].promised_until, now=now)
        return
    set_status(visit, status, now=now, actor_id=actor_id, wait_reason=wait_reason, why=why)


def gave_way(shifted: Collection[Shifted], visit: Visit, *, now: datetime, actor_id: int | None) -> None:
    """The audit says who starts earlier or later because of a visit, and the visit knows it, so that they can be put back. Their tickets are left
    alone: what was promised holds, and locking them after stock would be out of order."""
    visit.gave_way = [[one.visit.id, one.start_before.isoformat(), one.visit.planned_start.isoformat()] for one in shifted]
    for one in shifted:
        audit.record(
            action="visit.gave_way",
            target=f"visit {one.visit.number}",
            actor_id=actor_id,
            now=now,
            before={"start": one.start_before},
            after={"start": one.visit.planned_start, "because_of": visit.number},
        )
    db.session.flush()


def booked(visit: Visit, person: Person, *, now: datetime, actor_id: int | None, channel: Channel) -> None:
    finding.index(visit)
    events.publish(
        VisitBooked(
            at=now,
            actor_id=actor_id,
            visit_id=visit.id,
            number=visit.number,
            ticket_id=visit.ticket_id,
            ticket_number=visit.ticket.number,
            person_id=person.id,
            helper_ids=tuple(one.id for one in queries.crew_of(visit)[1:]),
            planned_start=visit.planned_start,
            promised_from=visit.promised_from,
            promised_until=visit.promised_until,
            channel=str(channel),
        )
    )


def changed(
    visit: Visit,
    what: str,
    *,
    now: datetime,
    actor_id: int | None,
    person_id_before: int | None = None,
    helper_ids_before: Sequence[int] = (),
    planned_start_before: datetime | None = None,
    channel: Channel = Channel.STAFF,
) -> None:
    if what not in ("held", "lapsed", "forecast"):  # promised to nobody: nobody looks for it; or nothing of it changed
        finding.index(visit)
    person = queries.technician_of(visit)
    events.publish(
        VisitChanged(
            at=now,
            actor_id=actor_id,
            visit_id=visit.id,
            number=visit.number,
            ticket_id=visit.ticket_id,
            ticket_number=visit.ticket.number,
            what=what,
            status=visit.status,
            person_id=person.id if person is not None else None,
            person_id_before=person_id_before,
            helper_ids=tuple(one.id for one in queries.crew_of(visit)[1:]),
            helper_ids_before=tuple(helper_ids_before),
            planned_start=visit.planned_start,
            planned_start_before=planned_start_before,
            channel=str(channel),
        )
    )

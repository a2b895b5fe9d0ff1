"""What a technician reports from the road: each report once, in whatever order and however late it comes.

Everybody of a crew may report for all of it: the visit moves on once. Reports are facts with the phone's time. "On my way" and "arrived" that
come late add their time and leave the status; of the same fact told twice the earlier time counts; so the end is the same in every order. Only
endings exclude each other: the second is answered with what stands.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from core import inbox
from core.db import db
from core.errors import DomainError, NotFound, NotValid
from core.jsonable import jsonable
from dispatch.errors import clear_errors
from dispatch.visits import queries, rules
from dispatch.visits.models import Visit
from dispatch.visits.rules import Action, Effect
from dispatch.visits.services import fieldwork, telling
from dispatch.visits.services.booking import lock_visit
from staff.models import Person
from tickets.sla import services as sla


@dataclass(frozen=True, slots=True)
class Report:
    """One report, checked. `happened_at` is the phone's time, never later than `now`."""

    uuid: uuids.UUID
    action: Action
    happened_at: datetime
    now: datetime
    actor_id: int | None
    data: Mapping[str, Any]


def source_of(person_id: int) -> str:
    """The inbox's door of a technician."""
    return f"field:{person_id}"


def raw_of(visit_id: int, action: str, happened_at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """A report as the inbox keeps it."""
    return dict(jsonable({"visit_id": visit_id, "action": action, "happened_at": happened_at, "data": dict(data)}))


@clear_errors
def apply_field_update(
    *,
    person_id: int,
    uuid: uuids.UUID,
    visit_id: int,
    action: str,
    happened_at: datetime,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    actor_id: int | None = None,
) -> dict[str, Any]:
    """Apply a technician's report once; the same `uuid` again gets the first answer and has no second effect.

    `action`: picked_up {parts: [{part_id, quantity, place_id, serials}]}, on_my_way, arrived, done {used: [{part_id, quantity, serials}],
    checklist: {key: bool}, result, solved, cores: [{part_id, quantity, why}]}, needs_part {parts: [{part_id, quantity}], result, used, checklist,
    cores}, no_access {result}; `serials` (of tracked parts only) names the pieces; `cores`: so many old ones of a used part were taken along, and why
    not all.
    The answer: {result, visit: {number, status, …}, message?, field?, code?}; `result` is applied, noted (a late fact), already, conflict (the visit
    stands otherwise: see `visit`) or refused (`message` says what to mend; send it again under a new uuid). `person_id`: the technician, or anybody
    of the crew. Raises NotFound for a visit that never was this person's, NotValid for an unknown action or a uuid used for another report,
    Conflict `busy` to be sent again as it is.
    """
    raw = raw_of(visit_id, action, happened_at, data or {})
    received = inbox.receive(source=source_of(person_id), key=str(uuid), raw=raw, now=now)
    row = inbox.claim(received.row_id)
    if row is None:
        stored = db.session.get_one(inbox.InboxRow, received.row_id)
        if stored.raw != raw:
            raise NotValid(_("This report was sent before with other contents."), field="uuid", code="key_reused")
        return dict(stored.answer or {})
    person = db.session.get(Person, person_id)
    if person is None or not queries.was_assigned(visit_id, person_id):
        raise NotFound(_("There is no such visit."))
    report = Report(uuid, _action(action), min(happened_at, now), now, actor_id if actor_id is not None else person.user_id, data or {})
    answer = _applied(visit_id, person, report)
    inbox.applied(row, answer=answer, now=now)
    db.session.flush()
    return answer


def _action(action: str) -> Action:
    if action not in rules.FIELD_ACTIONS:
        raise NotValid(_("There is no such report."), field="action")
    return Action(action)


def _applied(visit_id: int, person: Person, report: Report) -> dict[str, Any]:
    """The effect, in a savepoint: a refusal leaves nothing but its answer."""
    try:
        with db.session.begin_nested():
            return _apply(visit_id, person, report)
    except DomainError as error:
        if error.code == "busy":
            raise
        visit = db.session.get_one(Visit, visit_id, populate_existing=True)
        return {**answer_of("refused", visit), "message": str(error.message), "field": error.field, "code": error.code}


def _apply(visit_id: int, person: Person, report: Report) -> dict[str, Any]:
    visit = lock_visit(visit_id)
    mine = person.id in {row.person_id for row in queries.assignments_of(visit.id)}
    effect = rules.effect(visit.status, report.action) if mine else Effect.CONTRADICTS
    if effect is Effect.ALREADY and fieldwork.tells_more(visit, report.data):
        effect = Effect.CONTRADICTS
    if effect is Effect.CONTRADICTS:
        return _contradiction(visit, person, report)
    if effect is Effect.ALREADY:
        return answer_of("noted" if fieldwork.tell_words(visit, person, report) else "already", visit)
    status_before = visit.status
    _DEEDS[report.action](visit, person, report, effect)
    visit.updated_at = report.now
    db.session.flush()
    if effect is Effect.MOVES and visit.status != status_before:
        telling.changed(visit, visit.status, now=report.now, actor_id=report.actor_id)
    else:
        telling.changed(visit, "parts" if report.action is Action.PICKED_UP else "noted", now=report.now, actor_id=report.actor_id)
    return answer_of("applied" if effect is Effect.MOVES else "noted", visit)


def _on_my_way(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    first = visit.left_at is None
    visit.left_at = _earlier(visit.left_at, report.happened_at)
    if effect is Effect.MOVES:
        visit.status = str(rules.Status.ON_THE_WAY)
    if first:
        _tell(visit, "on_the_way", person, report, public=True)


def _arrived(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    first = visit.arrived_at is None
    visit.arrived_at = _earlier(visit.arrived_at, report.happened_at)
    if effect is Effect.MOVES:
        visit.status = str(rules.Status.ON_SITE)
    sla.technician_arrived(ticket_id=visit.ticket_id, at=report.happened_at, now=report.now)
    if first:
        _tell(visit, "on_site", person, report, public=True)


def _tell(visit: Visit, what: str, person: Person, report: Report, **more: Any) -> None:
    """A line of the timeline, of whoever reported it."""
    telling.entry(visit, what, now=report.now, actor_id=report.actor_id, happened_at=report.happened_at, technician=person.name, **more)


def _earlier(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)


def _done(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    used = fieldwork.finish(visit, person, report.action, report)
    # Whoever is done has been there, also if nobody said so. An "arrived" that comes later with an earlier time still counts.
    sla.technician_arrived(ticket_id=visit.ticket_id, at=report.happened_at, now=report.now)
    fieldwork.tell_end(visit, report, used, old=fieldwork.old_pieces(visit, person, report, used))
    fieldwork.settle_done(visit, report)


def _needs_part(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    used = fieldwork.finish(visit, person, report.action, report)
    sla.technician_arrived(ticket_id=visit.ticket_id, at=report.happened_at, now=report.now)
    old = fieldwork.old_pieces(visit, person, report, used)
    fieldwork.tell_end(visit, report, used, needs=fieldwork.needed(report.data), old=old)
    telling.settle_ticket(visit, "waiting", wait_reason="part", now=report.now, actor_id=report.actor_id, why=f"visit {visit.number}")


def _no_access(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    fieldwork.finish(visit, person, report.action, report)
    fieldwork.tell_end(visit, report, [])
    telling.settle_ticket(visit, "waiting", wait_reason="access", now=report.now, actor_id=report.actor_id, why=f"visit {visit.number}")


def _picked_up(visit: Visit, person: Person, report: Report, effect: Effect) -> None:
    taken = fieldwork.pick_up(visit, person, report)
    _tell(visit, "parts", person, report, parts=taken)


_DEEDS: dict[Action, Callable[[Visit, Person, Report, Effect], None]] = {
    Action.ON_MY_WAY: _on_my_way,
    Action.ARRIVED: _arrived,
    Action.DONE: _done,
    Action.NEEDS_PART: _needs_part,
    Action.NO_ACCESS: _no_access,
    Action.PICKED_UP: _picked_up,
}


def _contradiction(visit: Visit, person: Person, report: Report) -> dict[str, Any]:
    """The visit is another's, called off or ended otherwise: nothing changes but the timeline, where both versions stand."""
    owner = queries.technician_of(visit)
    telling.entry(
        visit,
        "contradiction",
        now=report.now,
        actor_id=report.actor_id,
        text=str(report.data.get("result") or "")[: fieldwork.LONGEST_TEXT],
        happened_at=report.happened_at,
        reported=str(report.action),
        reported_by=person.name,
        status=visit.status,
    )
    if owner is not None and person.id not in {one.id for one in queries.crew_of(visit)}:
        message = gettext("This visit is now %(name)s's.", name=owner.name)
    else:
        message = gettext("This visit is %(status)s.", status=str(rules.status_word(visit.status)))
    return {**answer_of("conflict", visit), "message": message}


def answer_of(result: str, visit: Visit) -> dict[str, Any]:
    """What the phone needs to know of how the visit stands now."""
    person = queries.technician_of(visit)
    facts = {
        "number": visit.number,
        "status": visit.status,
        "left_at": visit.left_at,
        "arrived_at": visit.arrived_at,
        "ended_at": visit.ended_at,
        "planned_start": visit.planned_start,
        "technician": person.name if person is not None else None,
        "version": visit.version,
    }
    return {"result": result, "visit": jsonable(facts)}

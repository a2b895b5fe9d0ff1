"""The work log over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import fields

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.errors import NotAllowed, NotValid
from staff import queries as staff
from staff.models import Person
from tickets import queries as tickets
from tickets.schemas import identity, listed, one_of, plain
from tickets.worklog import queries, rules, services
from tickets.worklog.models import WorkEntry

blueprint = ApiBlueprint("work", "What people spent their time on")
LONGEST_PERIOD = timedelta(days=366)


class EntryPatch(ma.Schema):
    """Only what is sent changes. `version`: as the sender saw it."""

    day = fields.Date()
    minutes = fields.Integer(strict=True)
    activity = one_of(rules.ACTIVITIES)
    note = plain(rules.LONGEST_NOTE)
    ticket = identity(allow_none=True, metadata={"description": "The ticket's number"})
    version = fields.Integer(strict=True)


class EntryInput(EntryPatch):
    """`day`: today when left out. `person_id`: a colleague's (supervisors only)."""

    class Meta:
        exclude = ("version",)

    minutes = fields.Integer(strict=True, required=True)
    activity = one_of(rules.ACTIVITIES, load_default="work")
    person_id = identity()


class WorkEntrySchema(ma.Schema):
    id = fields.Integer()
    person_id = fields.Integer()
    person = fields.String()
    day = fields.Date()
    number = fields.Integer(allow_none=True, metadata={"description": "The ticket's"})
    subject = fields.String(allow_none=True)
    minutes = fields.Integer()
    activity = fields.String()
    note = fields.String()
    started_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When a timer ran"})
    ended_at = fields.AwareDateTime(allow_none=True)
    corrected = fields.Boolean()
    version = fields.Integer()


class CountedSchema(ma.Schema):
    """`seconds`: without what lies in a timer's run."""

    person_id = fields.Integer()
    person = fields.String()
    day = fields.Date()
    kind = fields.String(metadata={"description": "call, wrap_up"})
    number = fields.Integer(allow_none=True)
    subject = fields.String(allow_none=True)
    started_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime()
    seconds = fields.Integer()


class WorkQuery(ma.Schema):
    """A day, or from one to another, both included; one's own unless a supervisor asks for `person_id`."""

    first = fields.Date(load_default=None, metadata={"description": "Today when left out"})
    last = fields.Date(load_default=None, metadata={"description": "The same as `first` when left out"})
    person_id = identity(strict=False, load_default=None)


class WorkSchema(ma.Schema):
    first = fields.Date()
    last = fields.Date()
    entries = fields.List(fields.Nested(WorkEntrySchema))
    counted = fields.List(fields.Nested(CountedSchema))
    seconds = fields.Integer(metadata={"description": "All together"})


class CorrectionSchema(ma.Schema):
    at = fields.AwareDateTime()
    actor = fields.String(allow_none=True)
    before = fields.Dict()
    after = fields.Dict(metadata={"description": "Empty: it was taken away"})


class TimerInput(ma.Schema):
    ticket = identity(allow_none=True, load_default=None)
    activity = one_of(rules.ACTIVITIES, load_default="work")
    note = plain(rules.LONGEST_NOTE, load_default="")


class StopInput(ma.Schema):
    """`minutes`: how long it really was, when it was forgotten."""

    minutes = fields.Integer(strict=True, load_default=None, allow_none=True)
    activity = one_of(rules.ACTIVITIES, load_default=None, allow_none=True)
    note = plain(rules.LONGEST_NOTE, load_default=None, allow_none=True)


class TimerSchema(ma.Schema):
    number = fields.Integer(allow_none=True)
    subject = fields.String(allow_none=True)
    activity = fields.String()
    note = fields.String()
    started_at = fields.AwareDateTime()
    confirmed_at = fields.AwareDateTime()


class TimerStateSchema(ma.Schema):
    timer = fields.Nested(TimerSchema, allow_none=True)
    stopped = fields.Nested(WorkEntrySchema, allow_none=True, metadata={"description": "What the timer before was written down as"})


class TicketPersonSchema(ma.Schema):
    person = fields.String()
    seconds = fields.Integer(metadata={"description": "Written down"})
    counted_seconds = fields.Integer(metadata={"description": "Calls"})


class RunningSchema(ma.Schema):
    person_id = fields.Integer()
    person = fields.String()
    started_at = fields.AwareDateTime()


class TicketWorkSchema(ma.Schema):
    seconds = fields.Integer()
    people = fields.List(fields.Nested(TicketPersonSchema))
    running = fields.List(fields.Nested(RunningSchema))


def myself() -> Person:
    """The reader as a colleague. Raises NotAllowed for an account that is nobody here."""
    person = staff.person_of_user(current_user.id)
    if person is None:
        raise NotAllowed(_("Only colleagues have a day's work."))
    return person


def asked_person(person_id: int | None) -> Person:
    """Whose work is asked for. Raises NotAllowed for a colleague's, unless a supervisor asks."""
    if person_id is None:
        return myself()
    person = staff.person(person_id)
    if person.user_id != current_user.id and not may("staff.supervise"):
        raise NotAllowed(_("This is a colleague's own work."))
    return person


def asked_period(person: Person | None, first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for. Raises NotValid for a period that ends before it begins, or is longer than a year."""
    begin = first or (queries.today_of(person, clock.now()) if person is not None else clock.now().date())
    end = last or begin
    if end < begin or end - begin > LONGEST_PERIOD:
        raise NotValid(_("From a day to a later one, at most a year."), field="last")
    return begin, end


def day_of(person_id: int | None, first: date, last: date) -> dict[str, Any]:
    """The work of these days: of one person, or of everybody."""
    entries = queries.entries(first=first, last=last, person_id=person_id)
    counted = queries.counted(first=first, last=last, person_id=person_id)
    seconds = sum(one["minutes"] * 60 for one in entries) + sum(one["seconds"] for one in counted)
    return {"first": first, "last": last, "entries": entries, "counted": counted, "seconds": seconds}


def _who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id, "manager": may("staff.supervise")}


def _shown(entry: WorkEntry) -> dict[str, Any]:
    found = queries.entries(first=entry.day, last=entry.day, person_id=entry.person_id)
    return next(one for one in found if one["id"] == entry.id)


def _ticket_id(number: int | None) -> int | None:
    return tickets.by_number(number).id if number is not None else None


@blueprint.route("/work")
@permission("tickets.read")
@blueprint.arguments(WorkQuery, location="query")
@blueprint.response(200, WorkSchema)
def get_work(query: dict[str, Any]) -> dict[str, Any]:
    """What was written down and what was counted (calls, wrap-up) on these days."""
    person = asked_person(query["person_id"])
    return day_of(person.id, *asked_period(person, query["first"], query["last"]))


@blueprint.route("/work-entries", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(EntryInput)
@blueprint.response(201, WorkEntrySchema)
def create_entry(body: dict[str, Any]) -> dict[str, Any]:
    """Write down minutes of a day."""
    person = asked_person(body.pop("person_id", None))
    ticket_id = _ticket_id(body.pop("ticket", None))
    return _shown(services.log(person_id=person.id, ticket_id=ticket_id, **body, **_who()))


@blueprint.route("/work-entries/<int:entry_id>", methods=("PATCH",))
@permission("tickets.write")
@blueprint.arguments(EntryPatch)
@blueprint.response(200, WorkEntrySchema)
def correct_entry(body: dict[str, Any], entry_id: int) -> dict[str, Any]:
    """Correct it: one's own of the last seven days, supervisors everything. What it said before is kept."""
    if "ticket" in body:
        body["ticket_id"] = _ticket_id(body.pop("ticket"))
    return _shown(services.correct(entry_id=entry_id, expected_version=body.pop("version", None), **_who(), **body))


@blueprint.route("/work-entries/<int:entry_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(204)
def remove_entry(entry_id: int) -> None:
    """It counts no more; that it was there is kept."""
    services.remove(entry_id=entry_id, **_who())


@blueprint.route("/work-entries/<int:entry_id>/corrections")
@permission("tickets.read")
@blueprint.response(200, listed(CorrectionSchema))
def list_corrections(entry_id: int) -> dict[str, Any]:
    """Who changed what, the oldest first."""
    asked_person(queries.entry(entry_id).person_id)
    return {"items": queries.changes_of(entry_id), "next": None}


@blueprint.route("/timer")
@permission("tickets.read")
@blueprint.response(200, TimerStateSchema)
def get_timer() -> dict[str, Any]:
    """One's running timer."""
    return {"timer": queries.timer(myself().id), "stopped": None}


@blueprint.route("/timer", methods=("PUT",))
@permission("tickets.write")
@blueprint.arguments(TimerInput)
@blueprint.response(200, TimerStateSchema)
def start_timer(body: dict[str, Any]) -> dict[str, Any]:
    """Start it, on a ticket or not; one that runs is stopped and written down."""
    person, ticket_id = myself(), _ticket_id(body.pop("ticket"))
    _timer, stopped = services.start_timer(person_id=person.id, ticket_id=ticket_id, now=clock.now(), actor_id=current_user.id, **body)
    return {"timer": queries.timer(person.id), "stopped": _shown(stopped) if stopped is not None else None}


@blueprint.route("/timer/stop", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(StopInput)
@blueprint.response(201, WorkEntrySchema)
def stop_timer(body: dict[str, Any]) -> dict[str, Any]:
    """Stop it and write the minutes down."""
    return _shown(services.stop_timer(person_id=myself().id, now=clock.now(), actor_id=current_user.id, **body))


@blueprint.route("/timer/confirmation", methods=("POST",))
@permission("tickets.write")
@blueprint.response(200, TimerStateSchema)
def confirm_timer() -> dict[str, Any]:
    """Still at it."""
    person = myself()
    services.confirm_timer(person_id=person.id, now=clock.now(), actor_id=current_user.id)
    return {"timer": queries.timer(person.id), "stopped": None}


@blueprint.route("/timer", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(204)
def discard_timer() -> None:
    """Throw it away: nothing is written down."""
    services.discard_timer(person_id=myself().id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/tickets/<int:number>/work")
@permission("tickets.read")
@blueprint.response(200, TicketWorkSchema)
def get_work_of_ticket(number: int) -> dict[str, Any]:
    """What a ticket took, by person."""
    return queries.of_ticket(tickets.by_number(number).id)

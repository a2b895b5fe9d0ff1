"""Shapes of the dispatch part of the API: visits, job types, the technician's day. Those of
materials: `material_schemas`, `count_schemas`, `order_schemas`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from core.api import PageQuery
from core.errors import NotFound
from dispatch.visits.forecast import Cause
from dispatch.visits.rules import FIELD_ACTIONS, MOST_CREW, OVERRIDABLE, Lock, Status
from tickets.schemas import identity, one_of, plain, without_nul

LONGEST_TEXT = 10_000


def key(value: int) -> int:
    """An id of an address as the database can ask for it. Raises NotFound for one that no row can have."""
    if not 0 < value < 1 << 63:
        raise NotFound(_("There is nothing at this address."))
    return value


def money(**options: Any) -> fields.Integer:
    """Minor units of a currency, or none."""
    return fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, 10**9), **options)


def helper_ids(**options: Any) -> fields.List[Any]:
    """People besides the lead."""
    return fields.List(identity(), validate=validate.Length(max=MOST_CREW - 1), **options)


def quantity(**options: object) -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(1, 1_000_000), **options)  # type: ignore[arg-type]


class PlaceNameSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()


class VisitPartSchema(ma.Schema):
    """One part of a visit. `state`: on_van, staged, warehouse, other_van, on_order (`eta`), short (`missing`)."""

    part_id = fields.Integer()
    sku = fields.String()
    name = fields.String()
    names = fields.Dict(metadata={"description": "By language; what is missing is called by `name`"})
    quantity = fields.Integer()
    state = fields.String()
    places = fields.List(fields.Nested(PlaceNameSchema))
    eta = fields.Date(allow_none=True)
    missing = fields.Integer()
    serial_tracked = fields.Boolean()
    instead_of = fields.String(allow_none=True, metadata={"description": "The part of the kit that this alternate replaces"})
    instead_of_names = fields.Dict()


class ReadinessSchema(ma.Schema):
    """`state`: ready, pickup, waiting (until `eta`), short."""

    state = fields.String()
    eta = fields.Date(allow_none=True)
    lines = fields.List(fields.Nested(VisitPartSchema))


class VisitSiteSchema(ma.Schema):
    name = fields.String()
    address = fields.String()
    access = fields.String()
    time_zone = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)


class VisitTicketSchema(ma.Schema):
    id = fields.Integer()
    number = fields.Integer()
    subject = fields.String()
    kind = fields.String()
    priority = fields.String()
    due_at = fields.AwareDateTime(allow_none=True)


class VisitSkillSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    level = fields.Integer(metadata={"description": "The least that the technician needs, 1 to 5"})


class VisitJobSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    minutes = fields.Integer()
    skills = fields.List(fields.Nested(VisitSkillSchema))


class HelperSchema(ma.Schema):
    """Who goes along with the technician."""

    person_id = fields.Integer()
    name = fields.String()
    travel_seconds = fields.Integer()


class VisitSchema(ma.Schema):
    """`technician` is of a crew its lead, who brings the parts. `promised_*` is what the customer was told, `planned_*` the work, `left_at`,
    `arrived_at`, `ended_at` what happened."""

    id = fields.Integer()
    number = fields.Integer()
    status = fields.String(metadata={"description": ", ".join(Status)})
    open = fields.Boolean()
    ticket = fields.Nested(VisitTicketSchema)
    customer = fields.String(allow_none=True)
    customer_id = fields.Integer(allow_none=True)
    job_type = fields.Nested(VisitJobSchema)
    site = fields.Nested(VisitSiteSchema, allow_none=True)
    person_id = fields.Integer(allow_none=True)
    technician = fields.String(allow_none=True)
    helpers = fields.List(fields.Nested(HelperSchema), metadata={"description": "The others of the crew"})
    planned_start = fields.AwareDateTime()
    planned_end = fields.AwareDateTime()
    promised_from = fields.AwareDateTime()
    promised_until = fields.AwareDateTime()
    held_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Until when a proposed visit is kept for a caller who has not said yes"}
    )
    lock = fields.String(metadata={"description": ", ".join(Lock)})
    travel_seconds = fields.Integer()
    left_at = fields.AwareDateTime(allow_none=True)
    arrived_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    result = fields.String()
    cancel_reason = fields.String(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When the promise wants somebody there or the work done"})
    readiness = fields.Nested(ReadinessSchema, allow_none=True)
    expected_start_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When work is likely to begin, from what was reported; none: not on this day, or over"}
    )
    expected_end_at = fields.AwareDateTime(allow_none=True)
    late_seconds = fields.Integer(metadata={"description": "By how much that is after the promised window"})
    overtime_seconds = fields.Integer(metadata={"description": "By how much the end is after the technician's shift, beyond the plan"})
    cause = fields.String(metadata={"description": f"Why it departs from the plan: {', '.join(Cause)}; empty: it does not, or is earlier"})
    because_of = fields.Integer(allow_none=True, metadata={"description": "Number of the earlier visit that is the cause"})
    version = fields.Integer()


class BranchNameSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()


class DelayNoticeSchema(ma.Schema):
    """What a customer is to be told of a late visit. `channel`: email, else phone, and a person rings `to`; `text` in the customer's language."""

    visit = fields.Integer()
    kind = fields.String(
        metadata={"description": "late; away (its technician will not be there: somebody else is looked for, there are no times)"}
    )
    state = fields.String(metadata={"description": "prepared, sent, dismissed"})
    expected_at = fields.AwareDateTime(allow_none=True)
    told_at = fields.AwareDateTime(allow_none=True, metadata={"description": "The time that the customer was told"})
    time_zone = fields.String(metadata={"description": "In which the customer is told times"})
    promised_from = fields.AwareDateTime(allow_none=True, metadata={"description": "What is promised instead to a customer who agrees"})
    promised_until = fields.AwareDateTime(allow_none=True)
    channel = fields.String()
    to = fields.String(allow_none=True)
    text = fields.String()


class DelayInput(ma.Schema):
    """What to tell the customer. `promise`: they agree, the window of the notice is promised; `expected_at`: of the draft that was read."""

    text = plain(LONGEST_TEXT, required=True)
    promise = fields.Boolean(load_default=False)
    expected_at = fields.AwareDateTime(load_default=None, allow_none=True)
    told_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "The time that the text names; left out: the one expected. Kept as a promise"},
    )
    no_time = fields.Boolean(load_default=False, metadata={"description": "The text names no time"})


class RiskSchema(VisitSchema):
    """A visit that is not going to happen as promised."""

    branch = fields.Nested(BranchNameSchema, metadata={"description": "Its technician's"})
    notice = fields.Nested(
        DelayNoticeSchema,
        allow_none=True,
        metadata={"description": "Drafted when it is late by more than a quarter of an hour, or its technician is not there"},
    )


class RisksSchema(ma.Schema):
    """The first hundred by planned start, and how many there are."""

    items = fields.List(fields.Nested(RiskSchema))
    count = fields.Integer()


class VisitQuery(PageQuery):
    date = fields.Date(load_default=None, metadata={"description": "A day (UTC) on which the visit is planned"})
    status = plain(200, load_default=None, metadata={"description": "One or more, separated by commas"})
    person_id = identity(strict=False, load_default=None)
    ticket = identity(strict=False, load_default=None, metadata={"description": "A ticket's number"})


class SlotInput(ma.Schema):
    """A technician and a time. `despite`: rules a dispatcher sets aside."""

    person_id = identity()
    helper_ids = helper_ids(allow_none=True, metadata={"description": "All others of the crew, instead of those now"})
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    promised_from = fields.AwareDateTime()
    promised_until = fields.AwareDateTime()
    despite = fields.List(one_of(tuple(sorted(OVERRIDABLE))), load_default=list)
    version = fields.Integer(strict=True, load_default=None)
    reason = plain(500, load_default="")


class HoldInput(ma.Schema):
    """As a suggestion gives it."""

    ticket = identity(required=True, metadata={"description": "The ticket's number"})
    job_type_id = identity(required=True)
    person_id = identity(required=True)
    helper_ids = helper_ids(load_default=list, metadata={"description": "Who goes along; at least the job type's crew less one"})
    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)
    promised_from = fields.AwareDateTime(required=True)
    promised_until = fields.AwareDateTime(required=True)


class BookingInput(HoldInput):
    """As a suggestion gives it."""

    despite = fields.List(one_of(tuple(sorted(OVERRIDABLE))), load_default=list)


class LockInput(ma.Schema):
    """What planning leaves as it is: nothing, the technician, technician and time."""

    lock = one_of(tuple(Lock), required=True)


class GaveWaySchema(ma.Schema):
    number = fields.Integer()
    customer = fields.String(allow_none=True)
    start_before = fields.AwareDateTime()
    start = fields.AwareDateTime()


class TrialSchema(ma.Schema):
    """What would happen. Not `possible`: `code` and `message` name the rule in the way; `overridable`: whether a dispatcher may set it aside."""

    possible = fields.Boolean()
    code = fields.String()
    message = fields.String()
    overridable = fields.Boolean()
    visit = fields.Nested(VisitSchema, allow_none=True)
    shifted = fields.List(fields.Nested(GaveWaySchema))


class VisitCancellationInput(ma.Schema):
    reason = plain(500, load_default="")
    version = fields.Integer(strict=True, load_default=None)


class SuggestionQuery(ma.Schema):
    job_type_id = identity(strict=False, required=True)
    earliest = fields.AwareDateTime(load_default=None)
    latest = fields.AwareDateTime(load_default=None)
    count = fields.Integer(load_default=6, validate=validate.Range(1, 50))
    visit = identity(
        strict=False,
        load_default=None,
        metadata={"description": "The number of a visit that is to be moved: its own time and parts count as free"},
    )


class ReasonSchema(ma.Schema):
    """`text` in the reader's language; `good`: for it, against it, neither."""

    code = fields.String()
    text = fields.String()
    good = fields.Boolean(allow_none=True)
    data = fields.Dict()


class SuggestionSchema(ma.Schema):
    person_id = fields.Integer()
    technician = fields.String()
    helpers = fields.List(fields.Nested(HelperSchema), metadata={"description": "Who goes along, where the work takes a crew"})
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    arrival = fields.AwareDateTime()
    promised_from = fields.AwareDateTime()
    promised_until = fields.AwareDateTime()
    travel_minutes = fields.Integer()
    travel_seconds = fields.Integer()
    extra_seconds = fields.Integer()
    shifted_seconds = fields.Integer(metadata={"description": "By how much visits before and after it give way, within what was promised"})
    expected_seconds = fields.Integer(metadata={"description": "How long the work is likely to take this technician, by experience"})
    readiness = fields.Nested(ReadinessSchema)
    sla_holds = fields.Boolean(allow_none=True)
    spare_seconds = fields.Integer(allow_none=True)
    reasons = fields.List(fields.Nested(ReasonSchema))


class LevelSchema(ma.Schema):
    id = identity(required=True)
    key = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    level = fields.Integer(strict=True, required=True, validate=validate.Range(1, 5))


class KitLineSchema(ma.Schema):
    part_id = identity(required=True)
    sku = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    quantity = quantity()


class LearnedSchema(ma.Schema):
    """What to expect, from finished visits."""

    minutes = fields.Integer()
    visits = fields.Integer(metadata={"description": "How many it was learned from; 0: nothing yet, the minutes are the planned ones"})


class LearnedOfSchema(LearnedSchema):
    person_id = fields.Integer()
    name = fields.String()


class DurationsSchema(ma.Schema):
    """How long a kind of job takes, planned and learned."""

    planned_minutes = fields.Integer()
    learned = fields.Nested(LearnedSchema)
    people = fields.List(fields.Nested(LearnedOfSchema), metadata={"description": "Technicians with at least five finished visits"})


class JobTypeSchema(ma.Schema):
    """A kind of job: how long it takes, what it needs. `crew`: so many technicians go together, each with all the skills."""

    id = fields.Integer(dump_only=True)
    key = plain(60, required=True)
    name = plain(100, required=True)
    minutes = fields.Integer(strict=True, required=True, validate=validate.Range(1, 720))
    crew = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, MOST_CREW))
    active = fields.Boolean(load_default=True)
    skills = fields.List(fields.Nested(LevelSchema), load_default=list)
    kit = fields.List(fields.Nested(KitLineSchema), load_default=list)
    checklist = fields.List(plain(300), load_default=list, validate=validate.Length(max=100))
    equipment_kinds = fields.List(plain(100), load_default=list, validate=validate.Length(max=100))
    price = money(load_default=None, metadata={"description": "Fixed, in minor units; null: by the hour"})
    price_per_hour = money(load_default=None, metadata={"description": "In minor units; null: work is not charged"})
    price_currency = plain(3, load_default="EUR")
    learned = fields.Nested(LearnedSchema, dump_only=True)


class JobTypePatch(ma.Schema):
    name = plain(100)
    minutes = fields.Integer(strict=True, validate=validate.Range(1, 720))
    crew = fields.Integer(strict=True, validate=validate.Range(1, MOST_CREW))
    active = fields.Boolean()
    skills = fields.List(fields.Nested(LevelSchema))
    kit = fields.List(fields.Nested(KitLineSchema))
    checklist = fields.List(plain(300), validate=validate.Length(max=100))
    equipment_kinds = fields.List(plain(100), validate=validate.Length(max=100))
    price = money()
    price_per_hour = money()
    price_currency = plain(3)


class FoundSchema(ma.Schema):
    """The best first; without any, `obstacles` say why."""

    job_type = fields.Nested(JobTypeSchema)
    suggestions = fields.List(fields.Nested(SuggestionSchema))
    obstacles = fields.List(fields.Nested(ReasonSchema))


class UpdateInput(ma.Schema):
    """A technician's report. `uuid` is made on the phone, once for each report; `happened_at` is the phone's time."""

    uuid = fields.UUID(required=True)
    visit = identity(required=True, metadata={"description": "The visit's number"})
    action = one_of(tuple(FIELD_ACTIONS), required=True)
    happened_at = fields.AwareDateTime(required=True)
    data = fields.Dict(keys=plain(50), load_default=dict, validate=without_nul)


class UpdateAnswer(ma.Schema):
    """`result`: applied, noted (a fact told late), already, conflict (see `visit` for what stands), refused (`message` says what to mend)."""

    result = fields.String()
    visit = fields.Dict()
    message = fields.String()
    field = fields.String(allow_none=True)
    code = fields.String()


class VanPartSchema(ma.Schema):
    part_id = fields.Integer()
    sku = fields.String()
    name = fields.String()
    names = fields.Dict(metadata={"description": "By language; what is missing is called by `name`"})
    unit = fields.String()
    on_hand = fields.Integer()
    reserved = fields.Integer()
    serial_tracked = fields.Boolean()
    core = fields.Boolean(metadata={"description": "The old piece has to come back when a new one is used"})
    old = fields.Integer(metadata={"description": "Old pieces on the van, to be handed in"})
    serials = fields.List(fields.String())


class FieldDaySchema(ma.Schema):
    """A technician's own visits of today and the next days, and what is on the van."""

    at = fields.AwareDateTime()
    person = fields.Dict(allow_none=True)
    visits = fields.List(fields.Dict())
    van = fields.List(fields.Nested(VanPartSchema))


class PartSearch(ma.Schema):
    text = plain(required=True)


class FoundPartSchema(ma.Schema):
    id = fields.Integer()
    sku = fields.String()
    name = fields.String()

"""Shapes of plans in the API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from dispatch.plans.rules import MOST_DAYS, MOST_SECONDS, Kind, RowState, Status
from tickets.schemas import identity, one_of, plain


class DayPlanInput(ma.Schema):
    """`kind`: day (the days as a whole, tickets that wait for a visit too) or repair (today, with the least disturbance, and what is urgent)."""

    kind = one_of(tuple(Kind), required=True)
    branch_id = identity(required=True)
    first_day = fields.Date(load_default=None, metadata={"description": "Today where the branch is, if left out"})
    days = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, MOST_DAYS))
    seconds = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MOST_SECONDS),
        metadata={"description": "How long the search may last; 0: the first plan at once. Left out: 10, of a repair 5"},
    )


class DayPlanQuery(PageQuery):
    branch_id = identity(strict=False, load_default=None)
    status = plain(20, load_default="", metadata={"description": ", ".join(Status)})


class DayPlanRowChoice(ma.Schema):
    rows = fields.List(
        identity(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=2000),
        metadata={"description": "Ids of rows; null: all that are not decided on"},
    )


class DayPlanTotalsSchema(ma.Schema):
    """Of the days as they stand, or as proposed. Times in seconds. `late`: visits after what was promised or is due, by `lateness` together;
    `duty`: working time from departures to returns, `money` what it costs in minor units (null where somebody's hour has no price); `changes`:
    visits that change technician; `score`: what the search makes less of."""

    served = fields.Integer()
    left = fields.Integer()
    late = fields.Integer()
    lateness = fields.Integer()
    travel = fields.Integer()
    duty = fields.Integer()
    changes = fields.Integer()
    money = fields.Integer(allow_none=True)
    currency = fields.String()
    score = fields.Integer()


class DayPlanLineSchema(ma.Schema):
    id = fields.Integer()
    kind = fields.String(metadata={"description": ", ".join(Kind)})
    branch_id = fields.Integer()
    branch = fields.String()
    time_zone = fields.String()
    first_day = fields.Date()
    last_day = fields.Date()
    seconds = fields.Integer()
    status = fields.String(metadata={"description": ", ".join(Status)})
    progress = fields.Integer(metadata={"description": "Percent of the search; while `accepting` of the rows to be done"})
    problem = fields.String(allow_none=True, metadata={"description": "Why it failed"})
    before = fields.Nested(DayPlanTotalsSchema, allow_none=True)
    after = fields.Nested(DayPlanTotalsSchema, allow_none=True)
    created_at = fields.AwareDateTime()
    created_by = fields.String(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    under_way = fields.Boolean()
    accepting = fields.Boolean(
        metadata={"description": "Rows are being done: read it again until it is false, or watch the live topic `plans`"}
    )
    decidable = fields.Boolean()


class DayPlanTicketSchema(ma.Schema):
    number = fields.Integer()
    subject = fields.String()
    priority = fields.String()


class DayPlanRowSchema(ma.Schema):
    """One difference. `kind`: book (a ticket gets its visit), give (to another technician), shift (another time), left (nobody can come: only to be
    read). `promise_changes`: the customer is told another window. `reason`: why it could not be done; of a row that
    waits why not at first: it is tried again after the others."""

    id = fields.Integer()
    kind = fields.String(metadata={"description": "book, give, shift, left"})
    day = fields.Date()
    ticket = fields.Nested(DayPlanTicketSchema)
    visit = fields.Integer(allow_none=True, metadata={"description": "Its number"})
    customer = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    job_type = fields.String(allow_none=True)
    from_person_id = fields.Integer(allow_none=True)
    from_technician = fields.String(allow_none=True)
    from_helpers = fields.List(fields.String(), metadata={"description": "Of a crew the others"})
    from_start = fields.AwareDateTime(allow_none=True)
    to_person_id = fields.Integer(allow_none=True)
    to_technician = fields.String(allow_none=True)
    to_helpers = fields.List(fields.String())
    to_helper_ids = fields.List(fields.Integer())
    to_start = fields.AwareDateTime(allow_none=True)
    to_end = fields.AwareDateTime(allow_none=True)
    promised_from = fields.AwareDateTime(allow_none=True)
    promised_until = fields.AwareDateTime(allow_none=True)
    promise_changes = fields.Boolean()
    explanation = fields.List(fields.String())
    state = fields.String(metadata={"description": ", ".join(RowState)})
    undecided = fields.Boolean()
    reason = fields.String()
    reason_code = fields.String()


class DayPlanSchema(DayPlanLineSchema):
    """With its difference. `technicians`: working windows of the days; `incomplete`: the time was over before every visit had been tried once."""

    technicians = fields.Integer()
    incomplete = fields.Boolean()
    rows = fields.List(fields.Nested(DayPlanRowSchema))

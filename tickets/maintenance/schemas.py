"""Shapes of the maintenance part of the API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from tickets import rules as ticket_rules
from tickets.maintenance import queries, recurrence, rules
from tickets.schemas import identity, one_of, plain


def _numbers(**options: object) -> fields.List[int]:
    return fields.List(fields.Integer(strict=True), validate=validate.Length(max=31), **options)  # type: ignore[arg-type]


class RecurrenceSchema(ma.Schema):
    """By simple words, or by `rrule` (RFC 5545). Monday is 0. `closed`: what becomes of a date without working hours in the branch's calendar; the
    last working day of a month is `on` last_day with `closed` previous. A day that a month does not have is its last one."""

    unit = one_of(tuple(recurrence.UNITS))
    every = fields.Integer(strict=True)
    weekdays = _numbers(metadata={"description": "Of weeks"})
    on = one_of(recurrence.ON)
    day = fields.Integer(strict=True, allow_none=True)
    nth = fields.Integer(strict=True, allow_none=True, metadata={"description": "1 to 4, or -1 for the last"})
    weekday = fields.Integer(strict=True, allow_none=True)
    months = _numbers(metadata={"description": "Only in these months"})
    closed = one_of(recurrence.CLOSED)
    rrule = plain(500, allow_none=True)


class DatesInput(ma.Schema):
    """What decides on the dates."""

    queue_id = identity(required=True)
    recurrence = fields.Nested(RecurrenceSchema, required=True)
    base = one_of(
        rules.BASES, load_default="plan", metadata={"description": "Counted from the plan's dates, or from the day the last was done"}
    )
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    lead_days = fields.Integer(strict=True, load_default=14, metadata={"description": "The ticket opens so many days before"})


class TemplateInput(DatesInput):
    name = plain(200, required=True)
    text = plain(rules.LONGEST_TEXT, load_default="")
    checklist = fields.List(plain(1000), load_default=list, validate=validate.Length(max=200))
    kind = one_of(ticket_rules.KINDS, load_default="maintenance")
    priority = one_of(ticket_rules.PRIORITIES, load_default="normal")
    job_type = plain(100, load_default="")
    propose_visit = fields.Boolean(load_default=False)


class PlanInput(TemplateInput):
    """A plan for equipment, a site or a customer."""

    customer_id = identity(load_default=None, allow_none=True)
    site_id = identity(load_default=None, allow_none=True)
    equipment_id = identity(load_default=None, allow_none=True)


class PlanPatch(ma.Schema):
    """Only what is sent changes. `version`: as the sender saw it."""

    name = plain(200)
    text = plain(rules.LONGEST_TEXT)
    checklist = fields.List(plain(1000), validate=validate.Length(max=200))
    kind = one_of(ticket_rules.KINDS)
    priority = one_of(ticket_rules.PRIORITIES)
    queue_id = identity()
    job_type = plain(100)
    propose_visit = fields.Boolean()
    customer_id = identity()
    site_id = identity(allow_none=True)
    equipment_id = identity(allow_none=True)
    recurrence = fields.Nested(RecurrenceSchema)
    base = one_of(rules.BASES)
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    lead_days = fields.Integer(strict=True)
    version = fields.Integer(strict=True)


class DateSchema(ma.Schema):
    planned_on = fields.Date(metadata={"description": "By the rule"})
    due_on = fields.Date(metadata={"description": "After closed days, or where it was postponed to"})
    opens_at = fields.AwareDateTime(metadata={"description": "When its ticket opens"})


class DatesPreviewSchema(ma.Schema):
    items = fields.List(fields.Nested(DateSchema))
    rrule = fields.String(allow_none=True)


class NewestSchema(ma.Schema):
    number = fields.Integer(metadata={"description": "The how manieth"})
    due_on = fields.Date()
    completed_on = fields.Date(allow_none=True)
    ticket = fields.Integer()
    status = fields.String()


class PlanLineSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    text = fields.String()
    checklist = fields.List(fields.String())
    kind = fields.String()
    priority = fields.String()
    queue_id = fields.Integer()
    queue = fields.String()
    job_type = fields.String()
    propose_visit = fields.Boolean()
    customer_id = fields.Integer()
    customer = fields.String()
    site_id = fields.Integer(allow_none=True)
    site = fields.String(allow_none=True)
    equipment_id = fields.Integer(allow_none=True)
    equipment = fields.String(allow_none=True)
    serial = fields.String(allow_none=True)
    recurrence = fields.Dict()
    rrule = fields.String(allow_none=True)
    base = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    lead_days = fields.Integer()
    state = fields.String(metadata={"description": "active, paused, ended"})
    state_reason = fields.String()
    next_planned_on = fields.Date(allow_none=True)
    next_due_on = fields.Date(allow_none=True)
    next_number = fields.Integer()
    problem = fields.String(metadata={"description": "Why the last ticket could not be opened"})
    version = fields.Integer()
    newest = fields.Nested(NewestSchema, allow_none=True, metadata={"description": "The ticket opened last"})


class PlanSchema(PlanLineSchema):
    """One plan, with its next twelve dates."""

    following = fields.List(fields.Nested(DateSchema))


class PlanQuery(PageQuery):
    customer_id = identity(strict=False, load_default=None)
    equipment_id = identity(strict=False, load_default=None)
    queue_id = identity(strict=False, load_default=None)
    state = one_of(rules.STATES, load_default=None)
    due = one_of(queries.DUE, load_default=None, metadata={"description": "overdue, soon (30 days), missed"})
    trouble = fields.Boolean(load_default=None)


class ReasonInput(ma.Schema):
    reason = plain(1000, required=True)


class PostponeInput(ReasonInput):
    due_on = fields.Date(required=True)


class OccurrenceSchema(ma.Schema):
    id = fields.Integer()
    number = fields.Integer()
    planned_on = fields.Date()
    due_on = fields.Date()
    state = fields.String(metadata={"description": "postponed, opened, skipped, missed"})
    reason = fields.String()
    at = fields.AwareDateTime()
    actor = fields.String(allow_none=True)
    completed_on = fields.Date(allow_none=True)
    ticket = fields.Integer(allow_none=True)
    status = fields.String(allow_none=True)


class WhichSchema(ma.Schema):
    """Equipment in use: of a sort (all that is named, compared without case), of a customer, or under a contract."""

    kind = plain(200, allow_none=True)
    maker = plain(200, allow_none=True)
    model = plain(200, allow_none=True)
    customer_id = identity(allow_none=True)
    contract_id = identity(allow_none=True)


class ManyPlansInput(TemplateInput):
    which = fields.Nested(WhichSchema, required=True)


class CountPlansInput(ma.Schema):
    name = plain(200, required=True)
    which = fields.Nested(WhichSchema, required=True)


class ThingSchema(ma.Schema):
    id = fields.Integer()
    label = fields.String()
    serial = fields.String()
    customer = fields.String(attribute="customer.name")


class RefusedThingSchema(ma.Schema):
    equipment_id = fields.Integer()
    title = fields.String()


class MadePlansSchema(ma.Schema):
    equipment = fields.List(fields.Nested(ThingSchema))
    planned = fields.Integer(metadata={"description": "Left out: they have a plan of this name already"})
    refused = fields.List(fields.Nested(RefusedThingSchema))

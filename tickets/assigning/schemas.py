"""Shapes of the assignment part of the API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from staff.availability import PRESENCES
from tickets.assigning import rules
from tickets.schemas import SkillLevelSchema, TicketSchema, identity, one_of, plain, without_nul

__all__ = ["TicketSchema"]


class AssignmentRulePatch(ma.Schema):
    """`conditions`: as `GET /tickets/condition-fields` describes; {} fits every ticket. Minutes null: never."""

    name = plain(200)
    active = fields.Boolean()
    queue_id = identity(allow_none=True)
    conditions = fields.Dict(validate=without_nul)
    method = one_of(rules.METHODS)
    skills = fields.List(fields.Nested(SkillLevelSchema), validate=validate.Length(max=100))
    sources = fields.List(one_of(rules.SOURCES))
    presence = one_of(PRESENCES)
    on_shift = fields.Boolean()
    widen_after = fields.Integer(strict=True, allow_none=True, metadata={"description": "Minutes until whoever serves the queue will do"})
    tell_after = fields.Integer(strict=True, allow_none=True, metadata={"description": "Minutes until supervisors are told"})


class AssignmentRuleInput(AssignmentRulePatch):
    name = plain(200, required=True)


class AssignmentRuleSchema(AssignmentRulePatch):
    id = fields.Integer()
    position = fields.Integer()
    problem = fields.String(allow_none=True, metadata={"description": "What its conditions ask for and is gone; then it fits nothing"})


class AssignmentOrderInput(ma.Schema):
    ids = fields.List(identity(), required=True, validate=validate.Length(max=1000))


class NeedSchema(ma.Schema):
    source = one_of(rules.SOURCES, required=True)
    value = plain(100, required=True, metadata={"description": "A kind of ticket, a category of equipment, a language"})
    skill_id = identity(required=True)
    level = fields.Integer(strict=True, load_default=1)


class NeedsSchema(ma.Schema):
    items = fields.List(fields.Nested(NeedSchema), required=True)


class RouteSchema(ma.Schema):
    """Null: any."""

    from_queue_id = identity(load_default=None, allow_none=True)
    kind = plain(50, load_default=None, allow_none=True)
    equipment_kind = plain(100, load_default=None, allow_none=True)
    queue_id = identity(required=True)


class RoutesSchema(ma.Schema):
    items = fields.List(fields.Nested(RouteSchema), required=True)


class SettingsPatch(ma.Schema):
    flow = one_of(rules.FLOWS)
    by_hand = one_of(rules.BY_HAND)
    weights = fields.Dict(validate=without_nul, metadata={"description": '{"priority": {"urgent": 2}, "kind": {…}, "status": {…}}'})
    long_absence_hours = fields.Integer(strict=True)


class AgainstSchema(ma.Schema):
    code = fields.String(metadata={"description": "skill, absent, off_shift, full"})
    skills = fields.List(fields.String())
    until = fields.AwareDateTime()
    reason = fields.String()
    held = fields.Float()
    capacity = fields.Integer()


class CandidateSchema(ma.Schema):
    person_id = fields.Integer()
    name = fields.String()
    held = fields.Float()
    capacity = fields.Integer()
    against = fields.List(fields.Nested(AgainstSchema))


class AssignmentSchema(ma.Schema):
    """`assigned`: why who has the ticket got it; `waiting`: what the rules found for one that nobody has; `candidates`: who could be picked."""

    assigned = fields.Dict(allow_none=True)
    waiting = fields.Dict(allow_none=True)
    candidates = fields.List(fields.Nested(CandidateSchema))


class WorkloadSchema(ma.Schema):
    person_id = fields.Integer()
    name = fields.String()
    held = fields.Float(metadata={"description": "Open tickets as weighed, and what else counts"})
    capacity = fields.Integer()
    presence = fields.String()
    away = fields.Boolean()
    on_shift = fields.Boolean()
    absent_until = fields.AwareDateTime(allow_none=True)
    reason = fields.String()


class AwaySchema(ma.Schema):
    person_id = fields.Integer()
    name = fields.String()
    absence_id = fields.Integer()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String()
    open = fields.Integer(metadata={"description": "Their open tickets"})


class WaitingSchema(ma.Schema):
    number = fields.Integer()
    subject = fields.String()
    queue = fields.String()
    due_at = fields.AwareDateTime(allow_none=True)
    since = fields.AwareDateTime()
    told_at = fields.AwareDateTime(allow_none=True)
    why = fields.Dict()


class HandoverInput(ma.Schema):
    """`to_id` null: to whom the rules find for each ticket. `numbers` null: all open tickets of the person."""

    person_id = identity(required=True)
    to_id = identity(load_default=None, allow_none=True)
    numbers = fields.List(identity(), load_default=None, allow_none=True, validate=validate.Length(1, 500))


class HandoverSchema(ma.Schema):
    id = fields.Integer()
    reason = fields.String()
    person_id = fields.Integer(allow_none=True)
    person = fields.String(allow_none=True)
    customer_id = fields.Integer(allow_none=True)
    tickets = fields.Integer(metadata={"description": "How many changed hands"})
    unplaced = fields.Integer(metadata={"description": "How many of them went back to their queue"})
    to = fields.List(fields.String())
    done_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)


class UndoneSchema(ma.Schema):
    back = fields.Integer()
    kept = fields.Integer(metadata={"description": "Somebody changed these since: they stay as they are"})


class FlowChange(ma.Schema):
    service_flow = one_of(rules.FLOWS, allow_none=True)
    representative_id = identity(allow_none=True)
    deputy_id = identity(allow_none=True)


class FlowInput(FlowChange):
    """`version`: the customer's, as it was read. `move_open`: open tickets change hands too."""

    version = fields.Integer(required=True, strict=True)
    move_open = fields.Boolean(load_default=False)


class FlowPreviewSchema(ma.Schema):
    open = fields.Integer()
    move = fields.Integer(metadata={"description": "How many of the open tickets would change hands"})
    to = fields.String(allow_none=True)


class FlowSchema(ma.Schema):
    customer_id = fields.Integer()
    version = fields.Integer()
    service_flow = fields.String(allow_none=True)
    firm_flow = fields.String()
    flow = fields.String()
    representative_id = fields.Integer(allow_none=True)
    representative = fields.String(allow_none=True)
    deputy_id = fields.Integer(allow_none=True)
    deputy = fields.String(allow_none=True)
    now = fields.Dict(allow_none=True)
    skipped = fields.List(fields.Dict())
    open = fields.Integer()


class FlowSwitchedSchema(FlowSchema):
    handover_id = fields.Integer(metadata={"description": "`DELETE /handovers/{id}` takes it back"})
    moved = fields.Integer()

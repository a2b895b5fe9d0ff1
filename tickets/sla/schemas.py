"""Shapes of the SLA part of the API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from tickets.schemas import identity, plain, without_nul
from tickets.sla.holidays import FIRST_YEAR, LAST_YEAR


class PolicyPatch(ma.Schema):
    """`version`: as the sender saw it; 409 when somebody changed the policy since."""

    name = plain(100)
    position = fields.Integer(strict=True, validate=validate.Range(0, 1_000_000))
    active = fields.Boolean()
    conditions = fields.Dict(
        keys=plain(50),
        validate=without_nul,
        metadata={"description": "queue_ids, kinds, priorities, tiers: lists; equipment, contract: true or false. Absent: any"},
    )
    targets = fields.Dict(
        keys=plain(50),
        values=fields.Dict(keys=plain(50), values=fields.Integer(strict=True, allow_none=True)),
        metadata={"description": "Priority (or default) → kind of clock → seconds of working time"},
    )
    calendar_id = identity(allow_none=True, metadata={"description": "null: the calendar of the queue's branch"})
    warn_percent = fields.Integer(strict=True, validate=validate.Range(0, 100))
    ladder = fields.List(
        fields.Dict(keys=plain(20)),
        validate=[validate.Length(max=20), without_nul],
        metadata={"description": "Escalation after a breach: [{after: seconds of working time, actions: [{do, to, …}]}]"},
    )
    running_waits = fields.List(
        plain(20),
        validate=validate.Length(max=20),
        metadata={"description": "For which the clocks of a waiting ticket run on: customer, part, access, approval, third_party"},
    )
    version = fields.Integer(strict=True)


class PolicyInput(PolicyPatch):
    class Meta:
        exclude = ("version",)

    name = plain(100, required=True)
    targets = fields.Dict(
        keys=plain(50), values=fields.Dict(keys=plain(50), values=fields.Integer(strict=True, allow_none=True)), required=True
    )


class PolicySchema(PolicyPatch):
    id = fields.Integer()


class CalendarInput(ma.Schema):
    name = plain(100, required=True)
    branch_id = identity(load_default=None, allow_none=True)
    definition = fields.Dict(
        required=True,
        validate=without_nul,
        metadata={"description": 'timezone, hours {"mon": [["08:00", "18:00"]]}, holidays {"2026-12-25": "Christmas Day"}, exceptions'},
    )


class CalendarPatch(ma.Schema):
    name = plain(100, required=True)
    branch_id = identity(load_default=None, allow_none=True)


class VersionInput(ma.Schema):
    definition = fields.Dict(required=True, validate=without_nul)
    version = fields.Integer(strict=True, load_default=None, metadata={"description": "The published version the sender saw"})


class VersionSchema(ma.Schema):
    version = fields.Integer()
    definition = fields.Dict()


class PublishedSchema(ma.Schema):
    version = fields.Integer()
    published_at = fields.AwareDateTime()
    published_by = fields.String(allow_none=True, metadata={"description": "null: a source of holidays"})


class SourceInput(ma.Schema):
    kind = fields.String(required=True, validate=validate.OneOf(("feed", "country")))
    address = plain(1000, required=True, metadata={"description": "Of a feed its URL; of a country DE, or DE-BY for a region"})
    language = plain(10, load_default="", metadata={"description": "Of a country: names in de or zh_CN, where they are known"})


class SourceSchema(SourceInput):
    """`fetched_at`: when it last answered well; `problem`: why it did not when it was last looked at."""

    id = fields.Integer()
    days = fields.Integer(metadata={"description": "How many days it named"})
    checked_at = fields.AwareDateTime(allow_none=True)
    fetched_at = fields.AwareDateTime(allow_none=True)
    problem = fields.String(allow_none=True)


class CalendarSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    branch_id = fields.Integer(allow_none=True)
    version = fields.Integer()
    definition = fields.Dict()
    sources = fields.List(fields.Nested(SourceSchema))


class HolidayQuery(ma.Schema):
    country = plain(2, required=True, metadata={"description": "ISO 3166, as DE"})
    region = plain(10, load_default=None, metadata={"description": "As BY"})
    year = fields.List(fields.Integer(validate=validate.Range(FIRST_YEAR, LAST_YEAR)), required=True, validate=validate.Length(1, 10))
    language = plain(10, load_default=None, metadata={"description": "As de or zh_CN, where it is known"})


class HolidaySchema(ma.Schema):
    day = fields.Date()
    name = fields.String()


class ExplanationSchema(ma.Schema):
    """Carried + windows − pauses = counted, counted + remaining = target; all in seconds of working time."""

    clock_id = fields.Integer()
    ticket_id = fields.Integer()
    kind = fields.String()
    state = fields.String()
    policy = fields.String(allow_none=True)
    calendar = fields.String(allow_none=True)
    calendar_version = fields.Integer(metadata={"description": "0: no calendar, around the clock"})
    time_zone = fields.String()
    started_at = fields.String()
    stopped_at = fields.AwareDateTime(allow_none=True)
    breached_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    target_seconds = fields.Integer()
    carried_seconds = fields.Integer()
    windows = fields.List(fields.Dict())
    pauses = fields.List(fields.Dict())
    holidays = fields.List(fields.Dict())
    replaced_days = fields.List(fields.Dict())
    counted_until = fields.String()
    counted_seconds = fields.Integer()
    remaining_seconds = fields.Integer()
    due_at = fields.String(allow_none=True)

"""Shapes of the staff part of the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import fields, validate

from core.api import PageQuery


class PresenceSchema(ma.Schema):
    state = fields.String(required=True, metadata={"description": "offline, ready, on_call, wrap_up, break"})
    reason = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Which break: break, lunch, meeting, training, other"}
    )
    since = fields.AwareDateTime(dump_only=True, allow_none=True)


class PhoneSchema(ma.Schema):
    e164 = fields.String()
    extension = fields.String()
    text = fields.String(metadata={"description": "In the reader's form"})


class ProofSchema(ma.Schema):
    """The certificate as a file."""

    name = fields.String()
    size = fields.Integer(metadata={"description": "Bytes"})
    address = fields.String()


class PersonSkillSchema(ma.Schema):
    skill_id = fields.Integer(required=True)
    level = fields.Integer(required=True, metadata={"description": "1 to 5"})
    expires_on = fields.Date(load_default=None, allow_none=True)
    key = fields.String(dump_only=True)
    name = fields.String(dump_only=True)
    proof = fields.Nested(ProofSchema, dump_only=True, allow_none=True)


class CertificateSchema(PersonSkillSchema):
    """A skill of somebody that ends on a day."""

    person_id = fields.Integer()
    person = fields.String()
    user_id = fields.Integer()
    days_left = fields.Integer(metadata={"description": "Until its last day; negative when that has passed"})


class CertificateQuery(ma.Schema):
    days = fields.Integer(load_default=60, validate=validate.Range(0, 3660))


class ProofInput(ma.Schema):
    file = Upload(required=True)


class DeputySchema(ma.Schema):
    """Without times: always while the person is absent."""

    id = fields.Integer(dump_only=True)
    person_id = fields.Integer(dump_only=True)
    deputy_id = fields.Integer(required=True)
    deputy = fields.String(dump_only=True)
    starts_at = fields.AwareDateTime(load_default=None, allow_none=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)


class PersonSchema(ma.Schema):
    id = fields.Integer()
    user_id = fields.Integer()
    name = fields.String()
    kind = fields.String(metadata={"description": "agent, technician, both"})
    branch_id = fields.Integer()
    branch = fields.String()
    time_zone = fields.String()
    team_id = fields.Integer(allow_none=True)
    team = fields.String(allow_none=True)
    phone = fields.Nested(PhoneSchema, allow_none=True)
    home_latitude = fields.Float(allow_none=True)
    home_longitude = fields.Float(allow_none=True)
    capacity = fields.Integer()
    active = fields.Boolean()
    skills = fields.List(fields.Nested(PersonSkillSchema))
    presence = fields.Nested(PresenceSchema)


class PersonInput(ma.Schema):
    """Columns of a person; `kind` null: takes no calls and drives nowhere."""

    kind = fields.String(allow_none=True)
    branch_id = fields.Integer(allow_none=True)
    team_id = fields.Integer(allow_none=True)
    phone = fields.String(allow_none=True)
    home_latitude = fields.Float(allow_none=True)
    home_longitude = fields.Float(allow_none=True)
    capacity = fields.Integer()


class UserSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    active = fields.Boolean()
    waiting = fields.Boolean(metadata={"description": "Invited, has not signed in yet"})
    roles = fields.List(fields.String())
    language = fields.String()
    time_zone = fields.String()
    last_sign_in_at = fields.AwareDateTime(allow_none=True)
    person = fields.Nested(PersonSchema, allow_none=True)


class UserPatch(ma.Schema):
    name = fields.String()
    email = fields.String()
    roles = fields.List(fields.String())
    language = fields.String()
    time_zone = fields.String()
    person = fields.Nested(PersonInput)


class UserInput(UserPatch):
    name = fields.String(required=True)
    email = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class InvitedSchema(ma.Schema):
    user = fields.Nested(UserSchema)
    link = fields.String(metadata={"description": "One-time address, shown once, good for seven days"})


class UserQuery(ma.Schema):
    q = fields.String(load_default="")
    active = fields.Boolean(load_default=None)


class PeopleQuery(ma.Schema):
    kind = fields.List(fields.String(), load_default=list)
    branch_id = fields.Integer(load_default=None)
    all = fields.Boolean(load_default=False, metadata={"description": "Also those who no longer work here"})


class SkillsInput(ma.Schema):
    skills = fields.List(fields.Nested(PersonSkillSchema), required=True)


class ShiftSchema(ma.Schema):
    weekday = fields.Integer(required=True, metadata={"description": "0 is Monday"})
    starts = fields.String(required=True, metadata={"description": "HH:MM in the branch's zone"})
    ends = fields.String(required=True, metadata={"description": "HH:MM; not after `starts`: on the next day"})
    valid_from = fields.Date(load_default=None, allow_none=True, metadata={"description": "First date on which it starts; null: no bound"})
    valid_until = fields.Date(load_default=None, allow_none=True, metadata={"description": "Last date on which it starts; null: no bound"})
    break_from = fields.String(load_default=None, allow_none=True, metadata={"description": "HH:MM: the break is not taken before"})
    break_until = fields.String(load_default=None, allow_none=True, metadata={"description": "HH:MM: the break is over by then"})
    break_minutes = fields.Integer(load_default=0, metadata={"description": "0: none"})


class ShiftsSchema(ma.Schema):
    shifts = fields.List(fields.Nested(ShiftSchema), required=True)


class WorkingTimeSchema(ma.Schema):
    overtime_minutes = fields.Integer(strict=True, metadata={"description": "How long after a shift they may still work"})
    cost_per_hour = fields.Integer(
        strict=True, allow_none=True, metadata={"description": "In minor units of the currency; null: not known"}
    )
    cost_currency = fields.String(metadata={"description": "Three capital letters"})
    cost_since = fields.Date(
        allow_none=True,
        load_only=True,
        metadata={"description": "From when on the cost holds, not after today; null: today, when it changes"},
    )
    costs = fields.List(
        fields.Nested(lambda: CostSinceSchema()),
        dump_only=True,
        metadata={"description": "What it cost from which day on, the newest first"},
    )


class CostSinceSchema(ma.Schema):
    since = fields.Date(allow_none=True, metadata={"description": "null: from the beginning"})
    cost_per_hour = fields.Integer(allow_none=True)
    cost_currency = fields.String()


class AbsenceSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    person_id = fields.Integer(dump_only=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    hits = fields.List(
        fields.Nested(lambda: HitSchema()), dump_only=True, metadata={"description": "When just written: booked work it hits"}
    )


class RotaSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    branch = fields.String()
    time_zone = fields.String()
    week = fields.List(fields.Nested(ShiftSchema))
    absences = fields.List(fields.Nested(AbsenceSchema))


class WallWindowSchema(ma.Schema):
    starts = fields.String(required=True, metadata={"description": "HH:MM in the branch's zone"})
    ends = fields.String(required=True, metadata={"description": "HH:MM; not after `starts`: on the next day"})


class ExceptionSchema(ma.Schema):
    """A date that is not as every week."""

    person_id = fields.Integer(dump_only=True)
    day = fields.Date(dump_only=True)
    kind = fields.String(required=True, metadata={"description": "extra (beside the weekly shifts), hours (in their place), off"})
    windows = fields.List(fields.Nested(WallWindowSchema), load_default=list)
    note = fields.String(load_default="")


class RotaDaysQuery(ma.Schema):
    start = fields.Date(required=True)
    days = fields.Integer(load_default=14, validate=validate.Range(1, 62))
    kind = fields.List(fields.String(), load_default=list)
    branch_id = fields.Integer(load_default=None)
    team_id = fields.Integer(load_default=None)


class RotaAwaySchema(ma.Schema):
    id = fields.Integer()
    reason = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    whole = fields.Boolean(metadata={"description": "Nothing is left of the date's shifts"})


class RotaDaySchema(ma.Schema):
    windows = fields.List(fields.Nested(WallWindowSchema), metadata={"description": "Shifts that start on this date"})
    weekly = fields.List(fields.Nested(WallWindowSchema), metadata={"description": "What it would have as every week"})
    exception = fields.String(allow_none=True, metadata={"description": "extra, hours, off; null: as every week"})
    note = fields.String()
    away = fields.List(fields.Nested(RotaAwaySchema))


class RotaLineSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    branch_id = fields.Integer()
    branch = fields.String()
    team = fields.String(allow_none=True)
    time_zone = fields.String()
    days = fields.Dict(keys=fields.String(), values=fields.Nested(RotaDaySchema), metadata={"description": "By date (YYYY-MM-DD)"})


class RotaDaysSchema(ma.Schema):
    days = fields.List(fields.Date())
    holidays = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "By branch and date, the holiday's name"},
    )
    items = fields.List(fields.Nested(RotaLineSchema))


class HitSchema(ma.Schema):
    """Booked work that an absence takes its person away from."""

    kind = fields.String(metadata={"description": "visit"})
    number = fields.Integer()
    title = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    address = fields.String(metadata={"description": "Its page"})


class LeaveSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    person_id = fields.Integer(dump_only=True)
    person = fields.String(dump_only=True)
    kind = fields.String(required=True, metadata={"description": "vacation, illness, training, special, other"})
    kind_name = fields.String(dump_only=True, metadata={"description": "In the reader's language"})
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True, metadata={"description": "Included"})
    starts = fields.String(load_default=None, allow_none=True, metadata={"description": "HH:MM: on the first day only from then on"})
    ends = fields.String(load_default=None, allow_none=True, metadata={"description": "HH:MM: on the last day only until then"})
    note = fields.String(load_default="")
    state = fields.String(dump_only=True, metadata={"description": "requested, approved, refused, cancelled"})
    asked_at = fields.AwareDateTime(dump_only=True)
    decided_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    decided_by = fields.String(dump_only=True, allow_none=True)
    answer = fields.String(dump_only=True)
    hits = fields.List(fields.Nested(HitSchema), dump_only=True)


class LeaveQuery(ma.Schema):
    decided = fields.Boolean(load_default=False, metadata={"description": "What was decided last, instead of what waits"})


class LeaveAnswer(ma.Schema):
    answer = fields.String(load_default="")


class RangeQuery(ma.Schema):
    start = fields.AwareDateTime(load_default=None)
    end = fields.AwareDateTime(load_default=None)


class BranchSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    country = fields.String(required=True, metadata={"description": "Two letters"})
    language = fields.String()
    address = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    active = fields.Boolean()


class TeamSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    name = fields.String(required=True)
    branch_id = fields.Integer(allow_none=True)


class SkillSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    key = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(metadata={"description": "trade, product, language"})


class TokenSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    user_id = fields.Integer(allow_none=True, load_default=None, metadata={"description": "Acts as this account; default: yours"})
    user = fields.String(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
    last_used_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    revoked_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class TokenMade(ma.Schema):
    token = fields.Nested(TokenSchema)
    secret = fields.String(metadata={"description": "Shown once, kept nowhere"})


class AuditQuery(PageQuery):
    target = fields.String(load_default="")
    action = fields.String(load_default="")


class AuditSchema(ma.Schema):
    id = fields.Integer()
    at = fields.AwareDateTime()
    actor = fields.String(allow_none=True)
    action = fields.String()
    target = fields.String()
    before = fields.Dict()
    after = fields.Dict()


def listed(schema: type[ma.Schema]) -> type[ma.Schema]:
    """The answer of a list: {items, next}."""
    name = schema.__name__.removesuffix("Schema") + "List"
    return ma.Schema.from_dict(
        {"items": fields.List(fields.Nested(schema)), "next": fields.String(allow_none=True, dump_default=None)}, name=name
    )


def patch_of(schema: type[ma.Schema]) -> type[ma.Schema]:
    """The same shape for a PATCH: every field may be left out."""

    def optional(self: ma.Schema, **options: Any) -> None:
        schema.__init__(self, **({"partial": True} | options))

    return type(schema.__name__.removesuffix("Schema") + "Patch", (schema,), {"__init__": optional})

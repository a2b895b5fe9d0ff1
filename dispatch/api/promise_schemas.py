"""Shapes of promises and of the firm's settings of visits."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from dispatch.promises import rules
from dispatch.promises.presenters import FIRST_DAY, LAST_DAY
from dispatch.promises.settings import MOST_HOURS
from tickets.schemas import one_of


class VisitSettingsPatch(ma.Schema):
    own_booking = fields.Boolean(metadata={"description": "Customers book, change and call off visits on the page of their ticket"})
    own_booking_hours = fields.Integer(
        strict=True,
        validate=validate.Range(0, MOST_HOURS),
        metadata={"description": "Until so many hours before the window customers change or call off themselves"},
    )
    names_shown = fields.Boolean(metadata={"description": "Customers are told the technician's name"})


class _Period(ma.Schema):
    """Promises whose window begins from `since` to the end of `until`, days in UTC."""

    since = fields.Date(required=True, validate=validate.Range(FIRST_DAY, LAST_DAY))
    until = fields.Date(required=True, validate=validate.Range(FIRST_DAY, LAST_DAY))


class ReportQuery(_Period):
    kind = one_of(tuple(rules.GROUPS), load_default="windows")


class PromiseQuery(PageQuery, _Period):
    kind = one_of(tuple(rules.Kind), load_default=None)


class PromiseSchema(ma.Schema):
    id = fields.Integer()
    visit = fields.Integer(metadata={"description": "Its number"})
    ticket = fields.Integer(metadata={"description": "Its number"})
    kind = fields.String(
        metadata={"description": "booked or changed (a window), arrival (told on the way), delay (told because a visit is late)"}
    )
    channel = fields.String(metadata={"description": "staff, portal (the customer, on their page), field (the technician)"})
    given_at = fields.AwareDateTime()
    promised_from = fields.AwareDateTime()
    promised_until = fields.AwareDateTime()
    estimated_at = fields.AwareDateTime()
    person_id = fields.Integer(allow_none=True)
    technician = fields.String(allow_none=True)
    area = fields.String()
    local_hour = fields.Integer()
    arrived_at = fields.AwareDateTime(allow_none=True)
    minutes_off = fields.Integer(allow_none=True, metadata={"description": "The arrival after (negative: before) the estimate"})
    outcome = fields.String(
        allow_none=True,
        metadata={"description": "kept, early, late; no_access, cancelled, cancelled_by_customer, replaced, unknown; null: still to come"},
    )


class LineSchema(ma.Schema):
    key = fields.Raw(allow_none=True)
    name = fields.String()
    measured = fields.Integer()
    kept = fields.Integer()
    early = fields.Integer()
    late = fields.Integer()
    percent = fields.Float(metadata={"description": "Kept of the measured"})
    median = fields.Float(allow_none=True, metadata={"description": "Minutes after (negative: before) the estimate"})


class ReportSchema(ma.Schema):
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())
    whole = fields.Nested(LineSchema, allow_none=True)
    technicians = fields.List(fields.Nested(LineSchema))
    hours = fields.List(fields.Nested(LineSchema))
    areas = fields.List(fields.Nested(LineSchema))

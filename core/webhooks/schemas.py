"""Shapes of webhooks in the API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from core.webhooks.queries import STATES


class EventSchema(ma.Schema):
    name = fields.String()
    label = fields.String(metadata={"description": "In the reader's language"})
    version = fields.Integer(metadata={"description": "Of the body's `data`"})


class EventsSchema(ma.Schema):
    items = fields.List(fields.Nested(EventSchema))


class WebhookBody(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(max=200))
    url = fields.String(required=True, validate=validate.Length(max=2000))
    events = fields.List(fields.String(), required=True, metadata={"description": "Names of `GET /webhooks/events`"})


class WebhookChanges(ma.Schema):
    name = fields.String(validate=validate.Length(max=200))
    url = fields.String(validate=validate.Length(max=2000))
    events = fields.List(fields.String())


class WebhookSchema(WebhookBody):
    id = fields.Integer()
    state = fields.String(metadata={"description": "active, failing (nothing was accepted since failing_since), paused"})
    paused_at = fields.AwareDateTime(allow_none=True)
    paused_because = fields.String(
        allow_none=True, metadata={"description": "by_hand; gone: it answered 410; failing: nothing was accepted for a day"}
    )
    failing_since = fields.AwareDateTime(allow_none=True)
    rest_until = fields.AwareDateTime(allow_none=True, metadata={"description": "It did not answer: nothing is sent before"})
    last_success_at = fields.AwareDateTime(allow_none=True)
    previous_secret_until = fields.AwareDateTime(allow_none=True, metadata={"description": "The secret before signs too until then"})
    created_at = fields.AwareDateTime()
    deliveries = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "Kept, by state"})


class WebhooksSchema(ma.Schema):
    items = fields.List(fields.Nested(WebhookSchema))
    next = fields.String(allow_none=True)


class SecretSchema(ma.Schema):
    webhook = fields.Nested(WebhookSchema)
    secret = fields.String(metadata={"description": "Shown in this answer only"})


class RotationBody(ma.Schema):
    overlap_hours = fields.Integer(
        load_default=24, validate=validate.Range(0, 168), metadata={"description": "So long the secret before signs too; 0: not at all"}
    )


class DeliveryQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    event = fields.String(load_default=None)


class AttemptSchema(ma.Schema):
    at = fields.AwareDateTime()
    milliseconds = fields.Integer()
    status = fields.Integer(allow_none=True, metadata={"description": "HTTP status; null when no answer came"})
    problem = fields.String(allow_none=True, metadata={"description": "Why no answer came"})
    answer = fields.String(metadata={"description": "The first 2 kB of the response, or the error"})


class DeliverySchema(ma.Schema):
    id = fields.Integer()
    key = fields.UUID(metadata={"description": "Callout-Delivery: the same in all attempts and replays"})
    event = fields.String()
    event_id = fields.Integer(allow_none=True)
    state = fields.String(metadata={"description": ", ".join(STATES)})
    attempts = fields.Integer(metadata={"description": "Since it was made or last replayed"})
    next_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)
    last = fields.Nested(AttemptSchema, allow_none=True)


class DeliveriesSchema(ma.Schema):
    items = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


class DeliveryInFullSchema(DeliverySchema):
    body = fields.String(allow_none=True, metadata={"description": "As sent; null before the first attempt"})
    tries = fields.List(fields.Nested(AttemptSchema))


class ReplayBody(ma.Schema):
    since = fields.AwareDateTime(required=True)
    missed = fields.Boolean(
        load_default=False,
        metadata={"description": "Also what was not noted: while paused, before the webhook was there (14 days are kept)"},
    )


class ReplayedSchema(ma.Schema):
    count = fields.Integer()

"""Shapes of the firm's settings of visits."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from dispatch.promises.settings import MOST_HOURS


class VisitSettingsPatch(ma.Schema):
    own_booking = fields.Boolean(metadata={"description": "Customers book, change and call off visits on the page of their ticket"})
    own_booking_hours = fields.Integer(
        strict=True,
        validate=validate.Range(0, MOST_HOURS),
        metadata={"description": "Until so many hours before the window customers change or call off themselves"},
    )
    names_shown = fields.Boolean(metadata={"description": "Customers are told the technician's name"})

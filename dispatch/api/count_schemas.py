"""Shapes of stock-taking in the API: a count, its lines, what closing it would change."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from dispatch.api.material_schemas import ReservationSchema, StockMoveSchema, some
from tickets.schemas import identity, plain


class StockCountInput(ma.Schema):
    """`blind`: who counts is not shown what is expected. A difference of `recount_from` or more is counted twice; 0: never."""

    place_id = identity(required=True)
    blind = fields.Boolean(load_default=False)
    recount_from = some(load_default=3)


class StockCountSchema(ma.Schema):
    """`counted` parts, `left` that lie there and were not counted, `recount` to be counted again."""

    id = fields.Integer()
    place_id = fields.Integer()
    place = fields.String()
    kind = fields.String()
    blind = fields.Boolean()
    recount_from = fields.Integer()
    state = fields.String(metadata={"description": "open, closed, cancelled"})
    opened_at = fields.AwareDateTime()
    opened_by = fields.String(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    ended_by = fields.String(allow_none=True)
    counted = fields.Integer()
    left = fields.Integer()
    recount = fields.Integer()


class StockCountQuery(PageQuery):
    place_id = identity(strict=False, load_default=None)
    open = fields.Boolean(load_default=False)


class StockCountLineQuery(PageQuery):
    text = plain(load_default="", metadata={"description": "In number or name; finds also what is not expected there"})
    left = fields.Boolean(load_default=False, metadata={"description": "Only what is not counted yet"})


class StockCountLineSchema(ma.Schema):
    """A part of a count. `expected` and `difference` are null while a blind count is open; `counted` null: not yet."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    counted = fields.Integer(allow_none=True)
    expected = fields.Integer(allow_none=True)
    difference = fields.Integer(allow_none=True)
    recount = fields.Boolean(metadata={"description": "A large difference: count it again"})
    times = fields.Integer()
    first_counted = fields.Integer(allow_none=True)
    counted_at = fields.AwareDateTime(allow_none=True)
    counted_by = fields.String(allow_none=True)


class StockCountLineInput(ma.Schema):
    """`times`: how often you saw it counted; 409 `counted_meanwhile` when somebody else counted it since."""

    counted = some(required=True)
    times = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 1_000_000))


class LosingVisitSchema(ma.Schema):
    number = fields.Integer()
    technician = fields.String(allow_none=True)
    planned_start = fields.AwareDateTime()
    quantity = fields.Integer()


class DifferenceSchema(ma.Schema):
    """`worth`: the difference at cost, in minor units; `short`: so many promised pieces are not there, which `visits` lose."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    counted = fields.Integer()
    expected = fields.Integer()
    difference = fields.Integer()
    worth = fields.Integer()
    currency = fields.String()
    recount = fields.Boolean()
    short = fields.Integer()
    visits = fields.List(fields.Nested(LosingVisitSchema))


class StockCountReviewSchema(StockCountSchema):
    differences = fields.List(fields.Nested(DifferenceSchema))


class StockCountClosureSchema(StockCountSchema):
    """`moves` made, and what visits lost."""

    moves = fields.List(fields.Nested(StockMoveSchema))
    released = fields.List(fields.Nested(ReservationSchema))

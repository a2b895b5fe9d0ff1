"""Shapes of purchase orders in the API: the document with its lines, and suppliers."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from dispatch.api.material_schemas import PurchaseSchema
from dispatch.api.schemas import quantity
from tickets.schemas import identity, one_of, plain


class SupplierSchema(ma.Schema):
    """`email`: where orders are mailed to, in `language`; `our_number`: what they know us by."""

    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    language = fields.String()
    our_number = fields.String()


class SupplierPatch(ma.Schema):
    email = plain(254)
    language = plain(10)
    our_number = plain(60)


class PurchaseOrderLineSchema(PurchaseSchema):
    """`cost` of one in minor units, as it was ordered."""

    cost = fields.Integer()
    currency = fields.String()
    unit = fields.String()
    lead_days = fields.Integer()


class AmountSchema(ma.Schema):
    amount = fields.Integer()
    currency = fields.String()


class PurchaseOrderSchema(ma.Schema):
    """`state`: draft, sent, partly, received, cancelled. `mails`: how often it was mailed; the last to `mailed_to`, taken at `mailed_at` unless
    `mail_problem` says why not; both null: on its way."""

    number = fields.Integer()
    state = fields.String()
    supplier = fields.Nested(SupplierSchema)
    note = fields.String()
    lines = fields.List(fields.Nested(PurchaseOrderLineSchema))
    totals = fields.List(fields.Nested(AmountSchema))
    expected = fields.Date(allow_none=True)
    created_at = fields.AwareDateTime()
    created_by = fields.String(allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    sent_by = fields.String(allow_none=True)
    cancelled_at = fields.AwareDateTime(allow_none=True)
    mails = fields.Integer()
    mailed_to = fields.String()
    mailed_at = fields.AwareDateTime(allow_none=True)
    mail_problem = fields.String(allow_none=True)


class PurchaseOrderQuery(PageQuery):
    state = one_of(("", "draft", "sent", "cancelled"), load_default="")
    supplier = plain(load_default="", metadata={"description": "A part of its name"})


class PurchaseOrderLineInput(ma.Schema):
    part_id = identity(required=True)
    place_id = identity(required=True)
    quantity = quantity()


class PurchaseOrderInput(ma.Schema):
    """Without `lines`: all that is to be bought from this supplier now."""

    supplier = plain(200, required=True)
    lines = fields.List(fields.Nested(PurchaseOrderLineInput), load_default=None, allow_none=True, validate=validate.Length(max=500))
    note = plain(2000, load_default="")


class PurchaseOrderPatch(ma.Schema):
    note = plain(2000, required=True)


class PurchaseOrderSending(ma.Schema):
    """`mail`: to the supplier's address. `expected_on`: of all lines; left out, each after its part's days."""

    mail = fields.Boolean(load_default=True)
    expected_on = fields.Date(load_default=None, allow_none=True)

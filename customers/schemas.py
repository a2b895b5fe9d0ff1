"""Shapes of the customers part of the API."""

from __future__ import annotations

import marshmallow as ma
from flask_smorest.fields import Upload
from marshmallow import fields

from core.api import PageQuery


class ContactPointSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    kind = fields.String(required=True, metadata={"description": "phone or email"})
    value = fields.String(required=True, metadata={"description": "A number in any form, kept as E.164; an address"})
    label = fields.String(load_default="")
    country = fields.String(load_only=True, load_default=None, allow_none=True, metadata={"description": "How a national number is meant"})
    extension = fields.String(dump_only=True)
    text = fields.String(dump_only=True, metadata={"description": "In the reader's form"})
    undeliverable_at = fields.AwareDateTime(dump_only=True, allow_none=True)


class ContactPointPatch(ma.Schema):
    value = fields.String()
    label = fields.String()
    country = fields.String(load_default=None, allow_none=True)


class SiteSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    name = fields.String()
    street = fields.String()
    postal_code = fields.String()
    city = fields.String()
    country = fields.String(metadata={"description": "Two letters"})
    time_zone = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    access = fields.String(metadata={"description": "How a technician gets in"})
    address = fields.String(dump_only=True)


class ContractSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    name = fields.String(required=True)
    coverage = fields.String()
    equipment_id = fields.Integer(allow_none=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True)
    visits_per_year = fields.Integer()
    runs = fields.Boolean(dump_only=True)


class EquipmentSchema(ma.Schema):
    id = fields.Integer(dump_only=True)
    site_id = fields.Integer(allow_none=True)
    kind = fields.String(required=True)
    maker = fields.String()
    model = fields.String()
    serial = fields.String()
    installed_on = fields.Date(allow_none=True)
    warranty_until = fields.Date(allow_none=True, metadata={"description": "Last day covered"})
    retired_on = fields.Date(allow_none=True)
    notes = fields.String()
    label = fields.String(dump_only=True)
    site = fields.String(dump_only=True)
    warranty = fields.String(dump_only=True, metadata={"description": "unknown, covered, ending, over"})
    contract = fields.Nested(ContractSchema, dump_only=True, allow_none=True)


class ConsentSchema(ma.Schema):
    kind = fields.String(required=True, metadata={"description": "recording, sms, email"})
    given = fields.Boolean(required=True)
    source = fields.String(load_default="agent")
    at = fields.AwareDateTime(dump_only=True)


class CustomerSchema(ma.Schema):
    id = fields.Integer()
    kind = fields.String()
    name = fields.String()
    language = fields.String()
    tier = fields.String()
    representative_id = fields.Integer(allow_none=True)
    deputy_id = fields.Integer(allow_none=True)
    service_flow = fields.String(allow_none=True, metadata={"description": "department, representative; null: the firm's default"})
    organisation_id = fields.Integer(allow_none=True)
    notes = fields.String()
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    last_contact_at = fields.AwareDateTime(allow_none=True)
    archived_at = fields.AwareDateTime(allow_none=True)
    contact_points = fields.List(fields.Nested(ContactPointSchema))


class CustomerLineSchema(CustomerSchema):
    address = fields.String()


class OrganisationSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()


class CardSchema(CustomerSchema):
    organisation = fields.Nested(OrganisationSchema, allow_none=True)
    representative = fields.String(allow_none=True)
    sites = fields.List(fields.Nested(SiteSchema))
    equipment = fields.List(fields.Nested(EquipmentSchema))
    contracts = fields.List(fields.Nested(ContractSchema))
    consent = fields.Dict(keys=fields.String(), values=fields.Nested(ConsentSchema))


class CustomerPatch(ma.Schema):
    kind = fields.String()
    name = fields.String()
    language = fields.String()
    tier = fields.String()
    representative_id = fields.Integer(allow_none=True)
    deputy_id = fields.Integer(allow_none=True)
    service_flow = fields.String(allow_none=True, metadata={"description": "department, representative; null: the firm's default"})
    organisation_id = fields.Integer(allow_none=True)
    notes = fields.String()
    version = fields.Integer(required=True, metadata={"description": "The version that was read"})


class CustomerInput(ma.Schema):
    name = fields.String(required=True)
    kind = fields.String(load_default="person")
    language = fields.String(load_default="en")
    tier = fields.String(load_default="standard")
    representative_id = fields.Integer(load_default=None, allow_none=True)
    organisation_id = fields.Integer(load_default=None, allow_none=True)
    notes = fields.String(load_default="")
    country = fields.String(load_default=None, allow_none=True)
    phones = fields.List(fields.String(), load_default=list)
    emails = fields.List(fields.String(), load_default=list)
    sites = fields.List(fields.Nested(SiteSchema), load_default=list)
    equipment = fields.List(fields.Nested(EquipmentSchema), load_default=list)


class CustomerQuery(PageQuery):
    q = fields.String(load_default="")
    tier = fields.String(load_default=None)
    archived = fields.Boolean(load_default=False)
    phone = fields.String(load_default=None, metadata={"description": "Who has this number (E.164)"})
    email = fields.String(load_default=None, metadata={"description": "Who has this address"})


class TextQuery(ma.Schema):
    q = fields.String(load_default="")


class UploadSchema(ma.Schema):
    file = Upload(required=True)


class ImportColumns(ma.Schema):
    targets = fields.List(fields.String(), required=True)
    country = fields.String(required=True)
    language = fields.String(required=True)


class ChoiceSchema(ma.Schema):
    key = fields.String()
    name = fields.String()


class ImportSchema(ma.Schema):
    id = fields.Integer()
    state = fields.String()
    problem = fields.String()
    file_name = fields.String()
    headers = fields.List(fields.String())
    targets = fields.List(fields.String())
    country = fields.String()
    language = fields.String()
    choices = fields.List(fields.Nested(ChoiceSchema))
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    total = fields.Integer()
    importable = fields.Integer()
    created_at = fields.AwareDateTime()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    undone_at = fields.AwareDateTime(allow_none=True)


class ImportLineQuery(PageQuery):
    outcome = fields.String(load_default=None)


class ImportLineSchema(ma.Schema):
    number = fields.Integer()
    cells = fields.List(fields.String())
    outcome = fields.String()
    decision = fields.String()
    problems = fields.Dict(keys=fields.String(), values=fields.String())
    like = fields.List(fields.Dict())
    same_as = fields.Integer(allow_none=True)
    customer_id = fields.Integer(allow_none=True)


class ImportLinePatch(ma.Schema):
    cells = fields.List(fields.String())
    decision = fields.String()


class DecisionSchema(ma.Schema):
    decision = fields.String(required=True, metadata={"description": "skip or add, for all possible duplicates"})

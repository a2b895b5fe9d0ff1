"""Shapes of custom fields and opening forms in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from tickets import rules as ticket_rules
from tickets.fields import rules
from tickets.schemas import identity, one_of, plain, without_nul


def _texts(longest: int, **options: Any) -> fields.Dict:
    """Texts by language."""
    return fields.Dict(keys=plain(20), values=plain(longest * 4, allow_none=True), **options)


class FieldPatch(ma.Schema):
    """Key and kind of a field stay as they are."""

    labels = _texts(
        rules.LONGEST_LABEL, metadata={"description": "By language: en, zh_Hans, zh_Hant; at least one", "example": {"en": "Floor"}}
    )
    helps = _texts(rules.LONGEST_HELP)
    ticket_kinds = fields.List(one_of(ticket_rules.KINDS), metadata={"description": "Kinds of tickets that have it; none: all"})
    options = fields.Dict(
        keys=plain(20),
        validate=without_nul,
        metadata={
            "description": "number: unit, decimals, min, max; choice and choices: choices [{key, labels, retired}], without key for a new one; "
            "reference: to (customer, equipment, person, ticket); text: lines (several)"
        },
    )
    required = one_of(rules.REQUIRED)
    required_when = fields.Dict(
        keys=plain(20),
        allow_none=True,
        validate=without_nul,
        metadata={"description": '{"field": another key or priority, "op": "is" or "filled", "value": [..]}, for required = when'},
    )
    public = fields.Boolean(metadata={"description": "Customers see it, and fill it in on the help form"})


class FieldInput(FieldPatch):
    """Without `key` one is made of the label."""

    key = plain(50)
    kind = one_of(rules.KINDS, required=True)
    labels = _texts(rules.LONGEST_LABEL, required=True)


class FieldSchema(FieldPatch):
    id = fields.Integer()
    key = fields.String()
    kind = fields.String()
    label = fields.String(metadata={"description": "In the reader's language"})
    position = fields.Integer()
    retired = fields.Boolean(metadata={"description": "Asked for no more; tickets that have a value keep it"})


class UseSchema(ma.Schema):
    """What a field is used by: tickets (`count`), a field, view, rule … (`name`, `address`)."""

    what = fields.String()
    count = fields.Integer()
    name = fields.String()
    address = fields.String()


class FieldOrderInput(ma.Schema):
    ids = fields.List(identity(), required=True, validate=validate.Length(1, rules.FIELDS_AT_MOST))


class AsksInput(ma.Schema):
    asks = fields.Dict(
        keys=plain(50),
        values=one_of(rules.LEVELS),
        required=True,
        metadata={"description": "customer_id, contact_phone, contact_email, site_id, equipment_id → hidden, asked, opening, resolving"},
    )


class KindSchema(ma.Schema):
    """A kind of ticket: its opening form."""

    kind = fields.String()
    label = fields.String(metadata={"description": "In the reader's language"})
    asks = fields.Dict(keys=fields.String(), values=fields.String())
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields", metadata={"description": "Keys of its custom fields"})

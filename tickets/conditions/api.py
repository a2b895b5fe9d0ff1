"""What conditions can ask about, over HTTP: what the editor shows."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from marshmallow import fields

from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotFound
from tickets import conditions
from tickets.conditions.fields import VALUES, Field, Option
from tickets.schemas import plain

blueprint = ApiBlueprint("conditions", "What conditions can ask of a ticket")


class ConditionOptionSchema(ma.Schema):
    value = fields.Raw(metadata={"description": "A code, or an id"})
    label = fields.String()


class ConditionFieldSchema(ma.Schema):
    """A field of conditions. `options` null: of a reference type to find (`…/options`), of a text or a date type it."""

    name = fields.String()
    label = fields.String()
    kind = fields.String(metadata={"description": "choice, person, text, number, yes_no, moment, tags, reference"})
    operators = fields.List(fields.String())
    options = fields.List(fields.Nested(ConditionOptionSchema), allow_none=True)
    unit = fields.String()


class ConditionFieldsSchema(ma.Schema):
    items = fields.List(fields.Nested(ConditionFieldSchema))


class OptionsQuery(ma.Schema):
    text = plain(200, load_default="")
    values = fields.String(load_default="", metadata={"description": "Ids, separated by commas: exactly these"})


class ConditionOptionsSchema(ma.Schema):
    items = fields.List(fields.Nested(ConditionOptionSchema))


def told(field: Field) -> dict[str, Any]:
    """A field as data."""
    options = [_option(option) for option in field.options()] if field.options is not None else None
    return {
        "name": field.name,
        "label": str(field.label),
        "kind": field.kind,
        "operators": list(field.operators),
        "options": options,
        "unit": str(field.unit),
    }


def _option(option: Option) -> dict[str, Any]:
    return {"value": option.value, "label": str(option.label)}


@blueprint.route("/tickets/condition-fields")
@permission("tickets.read")
@blueprint.response(200, ConditionFieldsSchema)
def list_fields() -> dict[str, Any]:
    """All fields with their operators and what there is to choose from."""
    return {"items": [told(field) for field in conditions.fields().values()]}


@blueprint.route("/tickets/condition-fields/<name>/options")
@permission("tickets.read")
@blueprint.arguments(OptionsQuery, location="query")
@blueprint.response(200, ConditionOptionsSchema)
def list_options(query: dict[str, Any], name: str) -> dict[str, Any]:
    """Of a reference: the first that match `text`, or those named by `values`."""
    field = conditions.fields().get(name)
    if field is None or field.find is None:
        raise NotFound(_("There is no such field."))
    values = [int(part) for part in query["values"].split(",") if part.strip().isdecimal() and len(part) < 19][:VALUES]
    return {"items": [_option(option) for option in field.find(query["text"], values)]}

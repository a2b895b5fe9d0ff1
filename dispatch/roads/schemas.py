"""Shapes of the firm's routing service over HTTP."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from dispatch.roads.settings import KEY_PLACES, KINDS, LONGEST_KEY
from tickets.schemas import one_of, plain


class RoadProviderPatch(ma.Schema):
    kind = one_of(KINDS, metadata={"description": "none: ways are reckoned by straight line; osrm and valhalla speak those protocols"})
    address = plain(2000, metadata={"description": "Of the service, without its path: https://osrm.example"})
    key = plain(
        LONGEST_KEY,
        allow_none=True,
        load_only=True,
        metadata={"description": "Sealed and never given out; null: as it is, empty: none any more. Not kept for another server"},
    )
    key_in = one_of(KEY_PLACES, metadata={"description": "header: Authorization: Bearer …; query: api_key=…"})


class RoadProviderSchema(ma.Schema):
    kind = fields.String()
    address = fields.String()
    key_in = fields.String()
    has_key = fields.Boolean()
    state = fields.String(metadata={"description": "off, waiting (for the first question), ok, failing"})
    problem = fields.String(allow_none=True, metadata={"description": "What is wrong, in words"})
    failing_since = fields.AwareDateTime(allow_none=True)
    asked_again_at = fields.AwareDateTime(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    known = fields.Integer(metadata={"description": "Ways that are known by road"})
    without = fields.Integer(metadata={"description": "Ways of which the service says that there are none"})
    waiting = fields.Integer(metadata={"description": "Ways that it is still to be asked for"})

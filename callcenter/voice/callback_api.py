"""Callbacks over `/api/v1`: who is to be called back, and taking somebody out of it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user

from callcenter.voice import queries, rules, services
from callcenter.voice.models import Callback
from callcenter.voice.presenters import callback_row
from core import clock
from core.api import ApiBlueprint, PageQuery, page
from core.auth.access import permission
from core.jsonable import jsonable

blueprint = ApiBlueprint("callbacks", "Callers who keep their place in a queue and are called back.")


class CallbackOut(ma.Schema):
    """A callback; times are ISO 8601 in UTC. `enqueued_at` is when they first came into the queue, `not_before` when the next try is due."""

    id = ma.fields.Integer()
    state = ma.fields.String(metadata={"description": ", ".join(rules.CALLBACK_STATES)})
    number = ma.fields.String()
    number_shown = ma.fields.String()
    queue_id = ma.fields.Integer()
    priority = ma.fields.Integer()
    enqueued_at = ma.fields.String()
    asked_at = ma.fields.String()
    attempts = ma.fields.Integer()
    call_id = ma.fields.Integer(allow_none=True)
    not_before = ma.fields.String(allow_none=True)
    ended_at = ma.fields.String(allow_none=True)
    ended_by_id = ma.fields.Integer(allow_none=True)
    reason = ma.fields.String(metadata={"description": "why it was cancelled; `called_in`: the customer called again"})


class CallbacksOut(ma.Schema):
    callbacks = ma.fields.List(ma.fields.Nested(CallbackOut))
    next = ma.fields.String(allow_none=True)


class CallbacksQuery(PageQuery):
    state = ma.fields.String(load_default=None, validate=ma.validate.OneOf(rules.CALLBACK_STATES))


class CancellationIn(ma.Schema):
    reason = ma.fields.String(required=True, validate=ma.validate.Length(max=300))


@blueprint.route("/callbacks")
@permission("calls.read")
@blueprint.arguments(CallbacksQuery, location="query")
@blueprint.response(200, CallbacksOut)
def list_callbacks(query: dict[str, Any]) -> dict[str, Any]:
    """Callbacks, the newest first."""
    rows, following = page(
        queries.callbacks(query["state"]), order=[Callback.id], after=query["after"], limit=query["limit"], descending=True
    )
    return {"callbacks": [jsonable(callback_row(row)) for row in rows], "next": following}


@blueprint.route("/callbacks/<int:callback_id>/cancellation", methods=("POST",))
@permission("calls.take")
@blueprint.arguments(CancellationIn)
@blueprint.response(200, CallbackOut)
def cancel(body: dict[str, Any], callback_id: int) -> dict[str, Any]:
    """Take a callback out of the queue, with a reason. 409 when it is over, or a colleague is calling them just now (`taken`)."""
    row = services.cancel_callback(callback_id=callback_id, reason=body["reason"], now=clock.now(), actor_id=current_user.id)
    return dict(jsonable(callback_row(row)))

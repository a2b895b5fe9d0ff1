"""What a draft of a policy would have done, over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user
from marshmallow import fields, validate

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets.schemas import identity
from tickets.sla import schemas, trials
from tickets.sla.models import PolicyTrial

LONGEST = 366
blueprint = ApiBlueprint("policy_trials", "Trying a policy on past tickets")


class PolicyTrialInput(ma.Schema):
    policy_id = identity(load_default=None, allow_none=True, metadata={"description": "The policy it would replace; null: a new one"})
    policy = fields.Nested(schemas.PolicyInput, required=True)
    days = fields.Integer(strict=True, load_default=90, validate=validate.Range(1, LONGEST))


class TrialRowSchema(ma.Schema):
    """Clocks that were met, missed, or are still open, before and after."""

    priority = fields.String()
    queue_id = fields.Integer()
    kind = fields.String()
    before = fields.Dict(keys=fields.String(), values=fields.Integer())
    after = fields.Dict(keys=fields.String(), values=fields.Integer())


class PolicyTrialSchema(ma.Schema):
    id = fields.Integer()
    policy_id = fields.Integer(allow_none=True)
    days = fields.Integer()
    state = fields.String(metadata={"description": "running, done, cancelled"})
    total = fields.Integer()
    done = fields.Integer()
    tickets = fields.Integer(metadata={"description": "Counted so far"})
    moved = fields.Integer(metadata={"description": "Would stand under another policy"})
    untold = fields.Integer(metadata={"description": "Clocks that were not promised then and cannot be told from the timeline"})
    rows = fields.List(fields.Nested(TrialRowSchema))


def _trial(row: PolicyTrial) -> dict[str, Any]:
    counted = {"tickets": 0, "moved": 0, "untold": 0, "rows": [], **row.result}
    return {**{name: getattr(row, name) for name in ("id", "policy_id", "days", "state", "total", "done")}, **counted}


@blueprint.route("/policy-trials", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(PolicyTrialInput)
@blueprint.response(202, PolicyTrialSchema)
def begin_trial(body: dict[str, Any]) -> dict[str, Any]:
    """Have a draft tried in the background. Nothing changes for any ticket."""
    return _trial(
        trials.begin(policy_id=body["policy_id"], values=body["policy"], days=body["days"], now=clock.now(), actor_id=current_user.id)
    )


@blueprint.route("/policy-trials/<int:trial_id>")
@permission("sla.manage")
@blueprint.response(200, PolicyTrialSchema)
def get_trial(trial_id: int) -> dict[str, Any]:
    """How far it is and what it says so far."""
    return _trial(trials.found_trial(trial_id))


@blueprint.route("/policy-trials/<int:trial_id>", methods=("DELETE",))
@permission("sla.manage")
@blueprint.response(204)
def cancel_trial(trial_id: int) -> None:
    """Stop it."""
    trials.cancel(trial_id=trial_id, now=clock.now())

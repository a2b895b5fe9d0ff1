"""Shapes of rules in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from tickets.automation import actions, rules
from tickets.schemas import identity, plain, without_nul


def _json(**options: Any) -> fields.Dict:
    return fields.Dict(keys=plain(50), validate=without_nul, **options)


class RuleTriggerSchema(ma.Schema):
    """WHEN. `on`: a trigger's name (`GET /rules/choices`); `only`: values of its inputs, each with a list; `after`: seconds to wait after it."""

    class Meta:
        include = {"only": _json(load_default=dict)}  # as an attribute it would be the schema's own `only`

    on = plain(50, required=True)
    after = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, rules.LONGEST_DELAY))


class RuleDefinition(ma.Schema):
    """WHEN `trigger` IF `condition` THEN `actions`, as `GET /rules/choices` and `GET /tickets/condition-fields` say."""

    trigger = fields.Nested(RuleTriggerSchema, required=True)
    condition = _json(allow_none=True, load_default=None, metadata={"description": "{match: all | any, items: […]}; null: always"})
    actions = fields.List(
        _json(), required=True, validate=validate.Length(1, actions.MOST), metadata={"description": "{do: an action's name, its inputs}"}
    )
    stop_after = fields.Boolean(load_default=False, metadata={"description": "No rule after this one is tried on the same occasion"})
    stop_on_failure = fields.Boolean(load_default=False, metadata={"description": "Actions after a failed one are skipped"})


class AutomationRuleInput(RuleDefinition):
    name = plain(200, required=True)
    active = fields.Boolean(load_default=False)


class AutomationRulePut(AutomationRuleInput):
    version = identity(metadata={"description": "The version that you saw: 409 when somebody saved another meanwhile"})


class AutomationRuleSchema(RuleDefinition):
    """`circle`: names of the rules by which it may start itself ([]: by itself), null: it cannot; the loop protection ends that when it happens.
    `problem`: something it names is gone, so that it cannot work."""

    id = fields.Integer()
    name = fields.String()
    active = fields.Boolean()
    position = fields.Integer()
    version = fields.Integer()
    updated_at = fields.AwareDateTime()
    circle = fields.List(fields.String(), allow_none=True)
    problem = fields.String(allow_none=True)


class AutomationRuleListedSchema(AutomationRuleSchema):
    """The counts are of the last seven days; `troubled`: failed or stopped by the loop protection."""

    fired = fields.Integer()
    troubled = fields.Integer()
    last_at = fields.AwareDateTime(allow_none=True)
    paused_on = fields.Integer(metadata={"description": "Tickets on which it is paused because it fired too often"})


class RuleSwitchInput(ma.Schema):
    active = fields.Boolean(required=True)


class AutomationOrderInput(ma.Schema):
    ids = fields.List(identity(), required=True, validate=validate.Length(max=rules.MOST_RULES))


class RuleChoicesSchema(ma.Schema):
    triggers = fields.List(fields.Dict())
    actions = fields.List(fields.Dict())
    most_actions = fields.Integer()


class RuleSampleSchema(ma.Schema):
    key = fields.String()
    name = fields.String()
    text = fields.String()
    definition = fields.Nested(RuleDefinition)


class RuleVersionSchema(ma.Schema):
    version = fields.Integer()
    name = fields.String()
    active = fields.Boolean()
    definition = fields.Nested(RuleDefinition)
    at = fields.AwareDateTime()
    by = fields.String(allow_none=True)


class LogQuery(PageQuery):
    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("done", "failed", "retrying", "stopped")))


class RuleFiringSchema(ma.Schema):
    """`state`: done, failed, retrying, stopped (`reason`: itself, depth, rate). `results`: each action with its state: done, failed (`problem`),
    retrying, waiting, skipped. `depth`: how many rules had set each other off before it."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    version = fields.Integer()
    number = fields.Integer()
    subject = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    depth = fields.Integer()
    results = fields.List(fields.Dict())


class RulePausedSchema(ma.Schema):
    at = fields.AwareDateTime()
    number = fields.Integer()
    subject = fields.String()


class RuleTrialInput(ma.Schema):
    rule = fields.Nested(AutomationRuleInput, required=True)
    number = identity(required=True, metadata={"description": "The ticket's"})


class RuleTrialSchema(ma.Schema):
    """`would`: whether the condition holds now; `because`: its items, each with `held`; `results`: what each action would come to."""

    number = fields.Integer()
    would = fields.Boolean()
    because = fields.List(fields.Dict())
    results = fields.List(fields.Dict())


class RulePastTrialInput(ma.Schema):
    rule = fields.Nested(AutomationRuleInput, required=True)


class RulePastTrialSchema(ma.Schema):
    """Of the last 200 occasions (`occasions`: those that the WHEN asks for) on `tickets` tickets it would have fired on `touched`, as they are now.
    For a rule that looks at all tickets both are null. `more`: there are more than were counted."""

    occasions = fields.Integer(allow_none=True)
    tickets = fields.Integer(allow_none=True)
    touched = fields.Integer()
    more = fields.Boolean()
    items = fields.List(fields.Nested(ma.Schema.from_dict({"number": fields.Integer(), "subject": fields.String()}, name="TouchedTicket")))

"""In which order policies are tried, and which one a ticket would get and why, over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import fields, validate
from sqlalchemy import select

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from core.errors import NotValid
from customers.rules import TIERS
from tickets import queries as tickets
from tickets import rules
from tickets.models import Queue, Ticket
from tickets.schemas import identity, listed, one_of
from tickets.sla import policies, queries, schemas
from tickets.sla.choosing import Facts, facts_of, failing, in_order, targets_of
from tickets.sla.models import CalendarRow, Policy

MOST = 1000
blueprint = ApiBlueprint("policy_choice", "Which policy a ticket gets")


class OrderInput(ma.Schema):
    ids = fields.List(identity(), required=True, validate=validate.Length(1, MOST))


class PolicyChoiceInput(ma.Schema):
    """A ticket by its number, else what it would be like."""

    ticket = identity(
        load_default=None, allow_none=True, metadata={"description": "A ticket's number; the other fields then count for nothing"}
    )
    queue_id = identity(load_default=None, allow_none=True)
    kind = one_of(rules.KINDS, load_default="fault")
    priority = one_of(rules.PRIORITIES, load_default="normal")
    tier = one_of(TIERS, load_default=None, allow_none=True)
    equipment = fields.Boolean(load_default=False)
    contract = fields.Boolean(load_default=False)


class PolicyCandidateSchema(ma.Schema):
    """`failing`: the conditions that do not hold; `chosen`: the first active policy without any."""

    policy_id = fields.Integer()
    name = fields.String()
    active = fields.Boolean()
    failing = fields.List(fields.String())
    chosen = fields.Boolean()


class PolicyChoiceSchema(ma.Schema):
    facts = fields.Dict()
    candidates = fields.List(fields.Nested(PolicyCandidateSchema))
    targets = fields.Dict(keys=fields.String(), values=fields.Integer())
    calendar = fields.String(allow_none=True, metadata={"description": "null: around the clock"})
    current_policy_id = fields.Integer(allow_none=True, metadata={"description": "What the ticket named has now"})


@blueprint.route("/policy-order", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(OrderInput)
@blueprint.response(200, listed(schemas.PolicySchema))
def order_policies(body: dict[str, Any]) -> dict[str, Any]:
    """Try the policies in this order. Those without conditions come last all the same."""
    return {"items": policies.order_policies(policy_ids=body["ids"], now=clock.now(), actor_id=current_user.id), "next": None}


@blueprint.route("/policy-choices", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(PolicyChoiceInput)
@blueprint.response(200, PolicyChoiceSchema)
def choose(body: dict[str, Any]) -> dict[str, Any]:
    """Which policy such a ticket would get, and why not the others. Nothing is stored."""
    ticket = tickets.by_number(body["ticket"]) if body["ticket"] is not None else None
    facts = facts_of(ticket) if ticket is not None else _facts(body)
    candidates = [(policy, list(failing(policy.conditions, facts))) for policy in in_order(queries.policies())]
    chosen = next((policy for policy, reasons in candidates if policy.active and not reasons), None)
    return {
        "facts": {
            "queue_id": facts.queue_id,
            "kind": facts.kind,
            "priority": facts.priority,
            "tier": facts.tier,
            "equipment": facts.equipment,
            "contract": facts.contract(),
        },
        "candidates": [
            {"policy_id": policy.id, "name": policy.name, "active": policy.active, "failing": reasons, "chosen": policy is chosen}
            for policy, reasons in candidates
        ],
        "targets": targets_of(chosen.targets, facts.priority) if chosen is not None else {},
        "calendar": _calendar(chosen, facts),
        "current_policy_id": ticket.policy_id if isinstance(ticket, Ticket) else None,
    }


def _facts(body: dict[str, Any]) -> Facts:
    """Raises NotValid for an unknown queue."""
    if body["queue_id"] is not None and db.session.get(Queue, body["queue_id"]) is None:
        raise NotValid(_("There is no such queue."), field="queue_id")
    contract = body["contract"]
    return Facts(body["queue_id"], body["kind"], body["priority"], body["tier"], body["equipment"], lambda: contract)


def _calendar(policy: Policy | None, facts: Facts) -> str | None:
    """The name of the calendar that would count."""
    if policy is not None and policy.calendar_id is not None:
        return db.session.get_one(CalendarRow, policy.calendar_id).name
    branches = select(Queue.branch_id).where(Queue.id == facts.queue_id)
    return db.session.scalar(select(CalendarRow.name).where(CalendarRow.branch_id.in_(branches)))

"""Rules over HTTP: keeping, ordering, trying, and what they did."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from tickets import conditions
from tickets import queries as tickets
from tickets.automation import presenters, queries, rules, samples, schemas, services, trying
from tickets.automation.models import Rule, RuleFiring
from tickets.schemas import listed

blueprint = ApiBlueprint("rules", "Rules: when something happens to a ticket, if a condition holds, then do this")
MANAGE = "settings.manage"
SHOWN = 50


def _definition(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("trigger", "condition", "actions", "stop_after", "stop_on_failure")}


def _who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id}


def _told(rule: Rule) -> dict[str, Any]:
    problem = rules.problem(rule.definition, conditions.fields(), clock.now())
    return presenters.one(rule, queries.rules(), problem)


def _all() -> dict[str, Any]:
    return {"items": presenters.listed(queries.rules(), now=clock.now()), "next": None}


@blueprint.route("/rules")
@permission(MANAGE)
@blueprint.response(200, listed(schemas.AutomationRuleListedSchema))
def list_rules() -> dict[str, Any]:
    """All, in the order in which they are tried."""
    return _all()


@blueprint.route("/rules", methods=("POST",))
@permission(MANAGE)
@blueprint.arguments(schemas.AutomationRuleInput)
@blueprint.response(201, schemas.AutomationRuleSchema)
def create_rule(body: dict[str, Any]) -> dict[str, Any]:
    """A new rule, the last of the list."""
    return _told(services.save(rule_id=None, name=body["name"], active=body["active"], definition=_definition(body), **_who()))


@blueprint.route("/rules/choices")
@permission(MANAGE)
@blueprint.response(200, schemas.RuleChoicesSchema)
def list_choices() -> dict[str, Any]:
    """What WHEN and THEN can be, with what each asks for."""
    return presenters.offered()


@blueprint.route("/rules/samples")
@permission(MANAGE)
@blueprint.response(200, listed(schemas.RuleSampleSchema))
def list_samples() -> dict[str, Any]:
    """Rules to start from; none of them is kept yet."""
    return {"items": samples.samples(), "next": None}


@blueprint.route("/rules/<int:rule_id>")
@permission(MANAGE)
@blueprint.response(200, schemas.AutomationRuleSchema)
def show_rule(rule_id: int) -> dict[str, Any]:
    """One rule."""
    return _told(queries.rule(rule_id))


@blueprint.route("/rules/<int:rule_id>", methods=("PUT",))
@permission(MANAGE)
@blueprint.arguments(schemas.AutomationRulePut)
@blueprint.response(200, schemas.AutomationRuleSchema)
def save_rule(body: dict[str, Any], rule_id: int) -> dict[str, Any]:
    """Put another in its place, as a new version."""
    values = {"name": body["name"], "active": body["active"], "definition": _definition(body)}
    return _told(services.save(rule_id=rule_id, **values, expected_version=body.get("version"), **_who()))


@blueprint.route("/rules/<int:rule_id>", methods=("DELETE",))
@permission(MANAGE)
@blueprint.response(204)
def remove_rule(rule_id: int) -> None:
    """It fires no more; `POST …/restoration` brings it back."""
    services.remove(rule_id=rule_id, **_who())


@blueprint.route("/rules/<int:rule_id>/restoration", methods=("POST",))
@permission(MANAGE)
@blueprint.response(200, schemas.AutomationRuleSchema)
def restore_rule(rule_id: int) -> dict[str, Any]:
    """A removed rule as it was."""
    return _told(services.restore(rule_id=rule_id, **_who()))


@blueprint.route("/rules/<int:rule_id>/switch", methods=("POST",))
@permission(MANAGE)
@blueprint.arguments(schemas.RuleSwitchInput)
@blueprint.response(200, schemas.AutomationRuleSchema)
def switch_rule(body: dict[str, Any], rule_id: int) -> dict[str, Any]:
    """On or off."""
    return _told(services.switch(rule_id=rule_id, active=body["active"], **_who()))


@blueprint.route("/rule-order", methods=("POST",))
@permission(MANAGE)
@blueprint.arguments(schemas.AutomationOrderInput)
@blueprint.response(200, listed(schemas.AutomationRuleListedSchema))
def order_rules(body: dict[str, Any]) -> dict[str, Any]:
    """The order in which they are tried: the ids of all."""
    services.put_in_order(ids=body["ids"], **_who())
    return _all()


@blueprint.route("/rules/<int:rule_id>/versions")
@permission(MANAGE)
@blueprint.response(200, listed(schemas.RuleVersionSchema))
def list_versions(rule_id: int) -> dict[str, Any]:
    """What it was, and who made it so; the newest 50."""
    queries.rule(rule_id)
    names = ("version", "name", "active", "definition", "at")
    rows = queries.versions(rule_id, limit=SHOWN)
    return {"items": [{**{name: getattr(row, name) for name in names}, "by": who} for row, who in rows], "next": None}


@blueprint.route("/rules/<int:rule_id>/firings")
@permission(MANAGE)
@blueprint.arguments(schemas.LogQuery, location="query")
@blueprint.response(200, listed(schemas.RuleFiringSchema))
def list_firings(query: dict[str, Any], rule_id: int) -> dict[str, Any]:
    """What it did in the last 90 days, the newest first."""
    queries.rule(rule_id)
    rows = queries.log(rule_id)
    if query["state"]:
        rows = rows.where(RuleFiring.state == query["state"])
    found, after = page(rows, order=[RuleFiring.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": presenters.log(found), "next": after}


@blueprint.route("/rules/<int:rule_id>/pauses")
@permission(MANAGE)
@blueprint.response(200, listed(schemas.RulePausedSchema))
def list_pauses(rule_id: int) -> dict[str, Any]:
    """Tickets on which it fired too often and is paused; the newest 50."""
    queries.rule(rule_id)
    rows = queries.pauses(rule_id, limit=SHOWN)
    return {"items": [{"at": at, "number": number, "subject": subject} for at, number, subject in rows], "next": None}


@blueprint.route("/rules/<int:rule_id>/pauses/<int:number>", methods=("DELETE",))
@permission(MANAGE)
@blueprint.response(204)
def resume_rule(rule_id: int, number: int) -> None:
    """It may fire on this ticket again."""
    services.resume(rule_id=rule_id, number=number, **_who())


@blueprint.route("/rules/trial", methods=("POST",))
@permission(MANAGE)
@blueprint.arguments(schemas.RuleTrialInput)
@blueprint.response(200, schemas.RuleTrialSchema)
def try_rule(body: dict[str, Any]) -> dict[str, Any]:
    """What a rule, saved or not, would do to one ticket as it is now. Nothing happens to it."""
    definition, name = rules.checked(_definition(body["rule"])), rules.checked_name(body["rule"]["name"])
    ticket_id = tickets.by_number(body["number"]).id
    return trying.on_ticket(definition=definition, name=name, number=body["number"], ticket_id=ticket_id, now=clock.now())


@blueprint.route("/rules/past-trial", methods=("POST",))
@permission(MANAGE)
@blueprint.arguments(schemas.RulePastTrialInput)
@blueprint.response(200, schemas.RulePastTrialSchema)
def try_on_the_past(body: dict[str, Any]) -> dict[str, Any]:
    """On how many tickets of the last 200 occasions a rule would have fired."""
    return trying.on_the_past(definition=rules.checked(_definition(body["rule"])), now=clock.now())

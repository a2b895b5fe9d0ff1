"""Rules as data for the pages and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tickets import conditions
from tickets.automation import actions, inputs, queries, rules, triggers
from tickets.automation.models import Rule, RuleFiring


def listed(found: Sequence[Rule], *, now: datetime) -> list[dict[str, Any]]:
    """All rules in their order with what they did in the last seven days; the same number of statements for any number of rules."""
    ids = [rule.id for rule in found]
    counts, pauses = queries.counts(ids, queries.week(now)), queries.pause_counts(ids)
    known = conditions.fields()
    with inputs.remembering():
        problems = {rule.id: rules.problem(rule.definition, known, now) for rule in found}
    return [one(rule, found, problems[rule.id]) | _counted(counts.get(rule.id), pauses.get(rule.id, 0)) for rule in found]


def _counted(counts: tuple[int, int, datetime | None] | None, paused: int) -> dict[str, Any]:
    fired, troubled, last = counts or (0, 0, None)
    return {"fired": fired, "troubled": troubled, "last_at": last, "paused_on": paused}


def one(rule: Rule, others: Sequence[Rule], problem: str | None) -> dict[str, Any]:
    """A rule with what is to be warned of. `others`: all rules, itself may be among them. `problem`: as `rules.problem`."""
    return {
        "id": rule.id,
        "name": rule.name,
        "active": rule.active,
        "position": rule.position,
        "version": rule.version,
        "updated_at": rule.updated_at,
        **rule.definition,
        "circle": circle(rule, others),
        "problem": problem,
    }


def circle(rule: Rule, others: Sequence[Rule]) -> list[str] | None:
    """As `rules.circle`, over the rules in force."""
    drafts = [rules.Draft(other.id, other.name, other.definition) for other in others if other.id != rule.id and other.active]
    return rules.circle(rules.Draft(rule.id, rule.name, rule.definition), drafts)


def offered() -> dict[str, Any]:
    """What the editor offers, in the reader's words."""
    with inputs.remembering():
        when = [
            {"name": name, "label": str(trigger.label), "waits": trigger.event is not None, "inputs": inputs.described(trigger.inputs)}
            for name, trigger in triggers.known().items()
        ]
        then = [{"name": name, "label": str(one.label), "inputs": inputs.described(one.inputs)} for name, one in actions.known().items()]
    return {"triggers": when, "actions": then, "most_actions": actions.MOST}


def log(rows: Sequence[RuleFiring]) -> list[dict[str, Any]]:
    """Lines of a rule's log with their tickets; one query for all."""
    names = queries.names_of({row.ticket_id for row in rows})
    return [
        {
            "id": row.id,
            "at": row.at,
            "version": row.version,
            "number": names[row.ticket_id][0],
            "subject": names[row.ticket_id][1],
            "state": row.state,
            "reason": row.reason,
            "depth": len(row.chain) - 1,
            "results": row.results,
        }
        for row in rows
    ]

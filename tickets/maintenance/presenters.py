"""Maintenance plans as data: codes, ids and dates; the reader's side finds the words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tickets.maintenance import dating, queries, recurrence
from tickets.maintenance.models import MaintenancePlan
from tickets.maintenance.recurrence import Due

_COLUMNS = (
    "id", "name", "text", "checklist", "kind", "priority", "queue_id", "job_type", "propose_visit", "customer_id", "site_id", "equipment_id",
    "recurrence", "base", "starts_on", "ends_on", "lead_days", "state", "state_reason", "next_planned_on", "next_due_on", "next_number",
    "problem", "version",
)  # fmt: skip


def lines(plans: Iterable[MaintenancePlan]) -> list[dict[str, Any]]:
    """Plans of a list, each with its newest ticket; one query for these."""
    found = list(plans)
    newest = queries.newest_of([plan.id for plan in found])
    return [line(plan) | {"newest": newest.get(plan.id)} for plan in found]


def line(plan: MaintenancePlan) -> dict[str, Any]:
    """A plan's own columns, with the names of what it refers to."""
    site = plan.site or (plan.equipment.site if plan.equipment is not None else None)
    return {name: getattr(plan, name) for name in _COLUMNS} | {
        "queue": plan.queue.name,
        "customer": plan.customer.name,
        "equipment": plan.equipment.label if plan.equipment is not None else None,
        "serial": plan.equipment.serial if plan.equipment is not None else None,
        "site": (site.address or site.name) if site is not None else None,
        "rrule": recurrence.rule_of(plan.recurrence, plan.starts_on) if plan.base == "plan" else None,
    }


def plan(row: MaintenancePlan) -> dict[str, Any]:
    """One plan, with its next dates."""
    return lines([row])[0] | {"following": [_date(row, one) for one in dating.preview_of(row)]}


def _date(row: MaintenancePlan, one: Due) -> dict[str, Any]:
    return {"planned_on": one.planned, "due_on": one.due, "opens_at": dating.opens_at(row, one.due)}

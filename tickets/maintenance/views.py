"""Pages of maintenance plans: the list, one plan, a new one, one for many; the list as a table to take away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from core import clock
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.errors import NotFound, NotValid
from core.jsonable import jsonable
from core.sheets import csv_of
from customers import queries as customers
from customers.models import Equipment
from tickets import queries as tickets
from tickets import rules
from tickets.maintenance import presenters, queries
from tickets.maintenance.queries import Filters
from tickets.maintenance.rules import STATES
from tickets.maintenance.slots import JOB_TYPES

blueprint = Blueprint("maintenance", __name__)
EXPORTED = 20_000
_ON_A_PAGE = 50
_EXPORTED = ("name", "customer", "equipment", "serial", "site", "queue", "state", "next_due_on", "rrule", "lead_days", "problem")


def _choices() -> dict[str, Any]:
    """What the forms choose from."""
    return {
        "queues": [{"id": queue.id, "name": queue.name} for queue in tickets.queues(only_active=True)],
        "job_types": [job for jobs in JOB_TYPES.call() for job in jobs],
        "kinds": list(rules.KINDS),
        "priorities": list(rules.PRIORITIES),
        "may_write": may("maintenance.write"),
        "today": clock.now().date().isoformat(),
    }


@blueprint.get("/maintenance")
@permission("tickets.read")
def plan_list() -> str:
    """All plans, what is due first; the address holds the filters."""
    return render_template("tickets/maintenance.html", page_data=_choices())


@blueprint.get("/maintenance/new")
@permission("maintenance.write")
def new_plan() -> str:
    """A new plan: `?customer=` and `?equipment=` say for whom."""
    return render_template("tickets/maintenance_plan.html", plan=None, page_data=_choices() | {"plan": None, "subject": _subject()})


@blueprint.get("/maintenance/bulk")
@permission("maintenance.write")
def bulk() -> str:
    """One plan for many things: of a sort, or with `?customer=` all of theirs, or those under one of their contracts."""
    customer_id = _number(request.args.get("customer"))
    data = {"plan": None, "subject": None, "bulk": True, "owner": _owner(customer_id) if customer_id is not None else None}
    return render_template("tickets/maintenance_plan.html", plan=None, bulk=True, page_data=_choices() | data)


@blueprint.get("/maintenance/<int:plan_id>")
@permission("tickets.read")
def plan_page(plan_id: int) -> str:
    """One plan: what, when, its dates to come and those that were."""
    row = queries.plan(plan_id)
    data = {"plan": presenters.plan(row), "subject": _parts(row.customer_id), "occurrences": queries.dates_of(row.id)}
    return render_template("tickets/maintenance_plan.html", plan=row, page_data=_choices() | jsonable(data))


def _owner(customer_id: int) -> dict[str, Any]:
    """The customer whose things a plan is for, with what runs for them."""
    card = customers.card(customer_id, on=clock.now().date())
    return {"id": customer_id, "name": card.customer.name, "contracts": [{"id": row.id, "name": row.name} for row in card.contracts]}


def _subject() -> dict[str, Any] | None:
    """What a new plan may be for: the customer's sites and equipment, with what the address has chosen."""
    equipment = _found(Equipment, request.args.get("equipment"))
    customer_id = equipment.customer_id if equipment is not None else _number(request.args.get("customer"))
    if customer_id is None:
        return None
    return jsonable(_parts(customer_id) | {"equipment_id": equipment.id if equipment is not None else None})  # type: ignore[no-any-return]


def _parts(customer_id: int) -> dict[str, Any]:
    card = customers.card(customer_id, on=clock.now().date())
    return {
        "customer_id": customer_id,
        "customer": card.customer.name,
        "equipment": [{"id": one.equipment.id, "label": one.equipment.label, "serial": one.equipment.serial} for one in card.equipment],
        "sites": [{"id": site.id, "label": site.address or site.name} for site in card.sites],
    }


def _found(model: type[Equipment], text: str | None) -> Equipment | None:
    number = _number(text)
    if number is None:
        return None
    row = db.session.get(model, number)
    if row is None:
        raise NotFound(_("There is no such equipment."))
    return row


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None


@blueprint.get("/maintenance/export.csv")
@permission("tickets.read")
def export_csv() -> Response:
    """The list with its filters, at most 20,000 lines."""
    state, due = request.args.get("state") or None, request.args.get("due") or None
    if state not in (None, *STATES) or due not in (None, *queries.DUE):
        raise NotValid(_("There is no such filter."), field="due")
    found = presenters.lines(queries.plans(Filters(state=state, due=due), today=clock.now().date(), limit=EXPORTED))
    head = [_("Plan"), _("Customer"), _("Equipment"), _("Serial number"), _("Site"), _("Queue"), _("State"), _("Next due"), _("Rule"),
            _("Lead days"), _("Problem"), _("Last ticket")]  # fmt: skip
    rows = [[one[name] for name in _EXPORTED] + [one["newest"]["ticket"] if one["newest"] else None] for one in found]
    headers = {"Content-Disposition": 'attachment; filename="maintenance-plans.csv"'}
    return Response(csv_of([head, *rows]), mimetype="text/csv", headers=headers)


def customer_panel(customer_id: int) -> Markup | None:
    """The customer's plans on their page, and the way to a new one."""
    if not may("tickets.read"):
        return None
    plans = queries.plans(Filters(customer_id=customer_id), today=clock.now().date(), limit=_ON_A_PAGE)
    if not plans and not may("maintenance.write"):
        return None
    page = render_template("tickets/customer_plans.html", customer_id=customer_id, plans=presenters.lines(plans))
    return Markup(page)  # noqa: S704 - a template of ours, which escapes

"""What visits cost and who pays for them, over HTTP."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import fields

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from dispatch import costs
from dispatch.materials.costing import Coverage
from dispatch.visits import queries
from tickets.schemas import listed, one_of

blueprint = ApiBlueprint("costs", "Costs: what visits cost, what is charged, who covers it")
MOST_DAYS = 92


class DueSchema(ma.Schema):
    """In minor units of the currency."""

    amount = fields.Integer()
    currency = fields.String()


class ChargeSchema(ma.Schema):
    """`coverage`: warranty, contract, goodwill, charged; `by_hand`: somebody said so. `due`: what the customer pays, once the visit is over."""

    coverage = fields.String()
    covered_by = fields.String(allow_none=True, metadata={"description": "The contract's name"})
    by_hand = fields.Boolean()
    due = fields.List(fields.Nested(DueSchema))


class CostSumSchema(ma.Schema):
    """In one currency, in its minor units."""

    currency = fields.String()
    parts_cost = fields.Integer()
    labour_cost = fields.Integer()
    travel_cost = fields.Integer()
    cost = fields.Integer()
    parts_price = fields.Integer()
    work_price = fields.Integer()
    price = fields.Integer()
    due = fields.Integer()


class VisitCostsSchema(ChargeSchema):
    """`actual`: the time is as reported; otherwise as planned. `labour_known`: what an hour of the technician costs is known."""

    number = fields.Integer()
    ticket = fields.Integer()
    customer = fields.String(allow_none=True)
    job_type = fields.String()
    technician = fields.String(allow_none=True)
    status = fields.String()
    ended_at = fields.AwareDateTime(allow_none=True)
    work_seconds = fields.Integer()
    overtime_seconds = fields.Integer()
    travel_seconds = fields.Integer()
    actual = fields.Boolean()
    labour_known = fields.Boolean()
    sums = fields.List(fields.Nested(CostSumSchema))


class CostsQuery(ma.Schema):
    since = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "First day, in the reader's zone; default: 30 days ago"}
    )
    until = fields.Date(load_default=None, allow_none=True, metadata={"description": "Last day, included; default: today"})


class CoverageInput(ma.Schema):
    coverage = one_of(tuple(Coverage), required=True, allow_none=True, metadata={"description": "null: as warranty and contracts say"})


@blueprint.route("/visits/costs")
@permission("costs.read")
@blueprint.arguments(CostsQuery, location="query")
@blueprint.response(200, listed(VisitCostsSchema))
def list_costs(query: dict[str, Any]) -> dict[str, Any]:
    """What visits that ended on these days cost, in order of their end. At most 92 days."""
    since, until = days(**query)
    return {"items": [costs.line(found) for found in costs.table_of(since=since, until=until)], "next": None}


@blueprint.route("/visits/<int:number>/costs")
@permission("costs.read")
@blueprint.response(200, VisitCostsSchema)
def get_costs(number: int) -> dict[str, Any]:
    """What a visit cost."""
    return costs.line(costs.of_visits([queries.visit_by_number(number)])[0])


@blueprint.route("/visits/<int:number>/charge")
@permission("visits.read")
@blueprint.response(200, ChargeSchema)
def get_charge(number: int) -> dict[str, Any]:
    """Who covers a visit, and what the customer pays."""
    return costs.charge(costs.of_visits([queries.visit_by_number(number)])[0])


@blueprint.route("/visits/<int:number>/coverage", methods=("PUT",))
@permission("visits.manage")
@blueprint.arguments(CoverageInput)
@blueprint.response(200, ChargeSchema)
def set_coverage(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Say who pays for a visit."""
    visit = costs.cover(number=number, coverage=body["coverage"], now=clock.now(), actor_id=current_user.id)
    return costs.charge(costs.of_visits([visit])[0])


def days(since: date | None, until: date | None) -> tuple[datetime, datetime]:
    """From the first to after the last day in the reader's zone, as instants. Raises NotValid naming the field."""
    zone = ZoneInfo(current_user.time_zone)
    last = until or clock.now().astimezone(zone).date()
    first = since or last - timedelta(days=30)
    if not date(2000, 1, 1) <= last <= date(2200, 1, 1):
        raise NotValid(_("This is no day to ask for."), field="until")
    if first > last:
        raise NotValid(_("This day lies before the first one."), field="until")
    if (last - first).days >= MOST_DAYS:
        raise NotValid(_("At most %(count)d days.", count=MOST_DAYS), field="since")
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)

"""What a visit is found by: its number, who comes, the job, the customer and the address, the parts, and what the technician wrote."""

from __future__ import annotations

from sqlalchemy import select

from core import search
from core.db import db
from dispatch.materials.models import Part, Usage
from dispatch.visits import queries
from dispatch.visits.models import Visit

KIND = "visit"


def index(visit: Visit) -> None:
    """Add or renew the visit's search entry in the caller's transaction."""
    customer, site = visit.ticket.customer, visit.site
    used = select(Part.sku, Part.name).join(Usage, Usage.part_id == Part.id).where(Usage.visit_id == visit.id)
    words = [
        visit.job_type.name,
        queries.names_of(visit) or "",
        customer.name if customer is not None else "",
        f"{site.name} {site.address}" if site is not None else "",
        *(f"{sku} {name}" for sku, name in db.session.execute(used)),
        visit.result,
        visit.cancel_reason or "",
    ]
    search.put(kind=KIND, ref=visit.id, title=f"Visit {visit.number}", text="\n".join(words), now=visit.updated_at)

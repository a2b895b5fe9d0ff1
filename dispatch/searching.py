"""Visits in the search at the top of every page."""

from __future__ import annotations

from flask_babel import gettext as _

from core import search
from core.auth.security import may
from core.db import db
from core.pages import short_time
from core.search_api import Found
from dispatch.visits import queries, rules
from dispatch.visits.models import Visit
from dispatch.visits.services.finding import KIND

LONGEST_NUMBER = 12  # digits


def find(text: str, limit: int) -> list[Found] | None:
    """By number, technician, customer, address, job, parts used and what was written; the newest change first, the number typed before all."""
    if not (may("visits.read") and may("tickets.read")):
        return None
    number = _number(text)
    refs = search.refs(KIND, text, limit=limit)
    ids = list(db.session.scalars(refs)) if refs is not None else []
    visits = {visit.id: visit for visit in queries.visits_of_ids(ids)}
    found = [visits[visit_id] for visit_id in ids if visit_id in visits]
    if number is not None:
        exact = queries.visits_named([number])
        found = (exact + [visit for visit in found if visit.number != number])[:limit]
    return [_found(visit, exact=visit.number == number) for visit in found]


def _number(text: str) -> int | None:
    """`#5001` or `5001`."""
    digits = text.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < LONGEST_NUMBER else None


def _found(visit: Visit, *, exact: bool) -> Found:
    """It leads to its place on its ticket, which everybody who may find it may open."""
    customer = visit.ticket.customer
    facts = (
        short_time(visit.planned_start),
        str(rules.status_word(visit.status)),
        queries.names_of(visit) or "",
        customer.name if customer is not None else "",
    )
    return Found(
        kind=KIND,
        title=_("Visit %(number)s · %(job)s", number=visit.number, job=visit.job_type.name),
        text=" · ".join(fact for fact in facts if fact),
        address=f"/tickets/{visit.ticket.number}#visit-{visit.number}",
        icon="truck",
        at=visit.updated_at,
        exact=exact,
    )

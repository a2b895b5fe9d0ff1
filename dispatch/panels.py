"""What dispatch shows on the pages of the packages below."""

from __future__ import annotations

from typing import Any

from flask import render_template
from markupsafe import Markup

from core.auth.security import may
from core.jsonable import jsonable
from dispatch import costs, presenters
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.visits import queries
from dispatch.visits.rules import STATUS_WORDS
from tickets.models import Ticket

NAME = "visits"


def ticket_panel(ticket: Ticket) -> tuple[str, Any] | None:
    """The ticket's visits, the newest plan first, with readiness, who is on the way, and who pays."""
    visits = queries.visits_of_ticket(ticket.id)
    if not visits:
        return None
    charges = costs.charges(visits)
    lines = [{**line, "charge": charges[line["id"]]} for line in presenters.visit_lines(visits)]
    return NAME, jsonable({"visits": lines})


def customer_panel(customer_id: int) -> Markup | None:
    """The customer's visits: what is to come, then the newest of those that were."""
    visits = queries.visits_of_customer(customer_id, limit=20) if may("visits.read") else []
    if not visits:
        return None
    return Markup(render_template("dispatch/customer_panel.html", visits=presenters.visit_lines(visits), words=STATUS_WORDS))  # noqa: S704


def pieces_panel(customer_id: int) -> Markup | None:
    """Tracked parts that are in the customer's equipment now, the newest first."""
    found = stock.serials_of_customer(customer_id, limit=50) if may("stock.read") else []
    if not found:
        return None
    return Markup(render_template("dispatch/pieces_panel.html", pieces=stock_presenters.serials(found)))  # noqa: S704

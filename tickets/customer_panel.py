"""The customer's tickets on the customer's page."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup

from core.auth.security import may
from tickets import queries, rules

SHOWN = 10


def of(customer_id: int) -> Markup | None:
    """First the open ones, then the newest of the others, at most ten together; None for who may not read tickets."""
    if not may("tickets.read"):
        return None
    rows, more = queries.ticket_rows(queries.Filters(customer_id=customer_id, is_open=True), sort="due", after=None, limit=SHOWN)
    if left := SHOWN - len(rows):
        done, more = queries.ticket_rows(queries.Filters(customer_id=customer_id, is_open=False), sort="updated", after=None, limit=left)
        rows += done
    html = render_template("tickets/customer_panel.html", customer_id=customer_id, tickets=rows, more=more, status_word=rules.status_word)
    return Markup(html)  # noqa: S704

"""The customer's tickets on the customer's page."""

from __future__ import annotations

from typing import Any

from flask import render_template
from markupsafe import Markup

from core.auth.security import may
from tickets import queries, rules
from tickets.saved_views import listing
from tickets.saved_views.columns import columns, sorting

SHOWN = 10


def of(customer_id: int) -> Markup | None:
    """First the open ones, then the newest of the others, at most ten together; None for who may not read tickets."""
    if not may("tickets.read"):
        return None
    rows, more = _lines(customer_id, is_open=True, sort="due", limit=SHOWN)
    if left := SHOWN - len(rows):
        done, more = _lines(customer_id, is_open=False, sort="updated", limit=left)
        rows += done
    html = render_template("tickets/customer_panel.html", customer_id=customer_id, tickets=rows, more=more, status_word=rules.status_word)
    return Markup(html)  # noqa: S704


def _lines(customer_id: int, *, is_open: bool, sort: str, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    where = queries.conditions(queries.Filters(customer_id=customer_id, is_open=is_open))
    return listing.lines(where, sort=sorting(sort, columns()), descending=None, after=None, limit=limit)

"""The customer's own booking, behind the secret of their ticket. Works without JavaScript; what is refused is said above the times free now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from callcenter.web import limits, views
from callcenter.web.limits import limiter
from callcenter.web.models import MagicLink
from core import clock
from core.auth.access import public
from core.db import db, transaction
from core.errors import DomainError, NotValid
from dispatch.promises import offering

LONGEST_REASON = 400
blueprint = Blueprint("visitor_booking", __name__)
blueprint.after_request(views.keep_the_secret)
Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("/t/<secret>/visit")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def section(secret: str) -> Answer:
    """The part of the page about the visit, for its script."""
    link = views.opened(secret)
    return views.wrong_link() if link is None else views.shown_booking(link, secret)


@blueprint.post("/t/<secret>/visit/<any(hold, confirmation, release, change, cancellation):what>")
@public
@limiter.limit(limits.BOOKING, exempt_when=limits.off)
@limiter.limit(limits.BOOKING, key_func=limits.ticket_of_link, exempt_when=limits.off)
@limiter.limit(limits.WRONG_LINKS, exempt_when=limits.off, deduct_when=limits.is_wrong_link)
def act(secret: str, what: str) -> Answer:
    """Keep a window (`since`, and `job` where several kinds of job fit), book what is kept or let it go, change to another window, call the visit off
    (`reason`)."""
    link = views.opened(secret)
    if link is None:
        return views.wrong_link()
    ticket_id = link.ticket_id
    try:
        with transaction():
            _ACTS[what](ticket_id, clock.now())
    except DomainError as error:
        again = db.session.get_one(MagicLink, link.id, populate_existing=True)
        return views.shown_page(again, secret, views.new_form(), changing=what == "change", problem=str(error.message)), error.status
    chosen = f"?job={job}" if what == "release" and (job := views.chosen_job()) is not None else ""
    return redirect(f"/t/{quote(secret)}{chosen}#booking", code=303)


def _since() -> datetime:
    try:
        found = datetime.fromisoformat(request.form.get("since", ""))
    except ValueError:
        raise NotValid(_("Choose a time."), field="since") from None
    if found.tzinfo is None:
        raise NotValid(_("Choose a time."), field="since")
    return found


def _reason() -> str:
    return request.form.get("reason", "").replace("\0", "")[:LONGEST_REASON]


_ACTS: dict[str, Callable[[int, datetime], Any]] = {
    "hold": lambda ticket_id, now: offering.keep(ticket_id=ticket_id, since=_since(), now=now, job_type_id=views.chosen_job()),
    "confirmation": lambda ticket_id, now: offering.book(ticket_id=ticket_id, now=now),
    "release": lambda ticket_id, now: offering.let_go(ticket_id=ticket_id, now=now),
    "change": lambda ticket_id, now: offering.change(ticket_id=ticket_id, since=_since(), now=now),
    "cancellation": lambda ticket_id, now: offering.call_off(ticket_id=ticket_id, reason=_reason(), now=now),
}

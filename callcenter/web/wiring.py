"""How the customers' pages are joined to the rest; called by `wsgi.py`."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from callcenter.mail.slots import TICKET_LINK
from callcenter.web import articles, booking_views, help_centre, limits, links, live, panels, presenters, services, views
from callcenter.web.slots import VISITOR_PANELS
from core import events, sweeps
from core.api import Api
from dispatch.events import VisitBooked, VisitChanged
from tickets.events import MessageReceived, ReplySent, TicketChanged


def wire(app: Flask, _rest: Api) -> None:
    """Pages, limits, topic, subscribers, slots, sweep."""
    # Our pages behind a link send no Referer, so Flask-WTF cannot compare it. The CSRF token itself is asked for as everywhere.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    limits.init_app(app)
    app.register_blueprint(views.blueprint)
    app.register_blueprint(booking_views.blueprint)
    app.register_blueprint(articles.blueprint)
    app.jinja_env.filters["marked"] = help_centre.marked
    app.jinja_env.filters["window"] = presenters.window
    app.jinja_env.filters["clock_time"] = presenters.clock_time
    live.register()
    events.subscribe(TicketChanged, live.touch_ticket)
    events.subscribe(MessageReceived, live.touch_entry)
    events.subscribe(ReplySent, live.touch_entry)
    events.subscribe(VisitBooked, live.touch_visit)
    events.subscribe(VisitChanged, live.touch_visit)
    TICKET_LINK.fill("web", links.address_for)
    VISITOR_PANELS.fill("visits", panels.visits_panel, weight=10)
    sweeps.register("web-left-over", 30, _sweep)


def _sweep(now: datetime) -> None:
    services.apply_left_over(now)

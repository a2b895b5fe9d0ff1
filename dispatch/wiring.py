"""Joins dispatch to the application: API, pages, live topics, subscriptions, slots, what the clock does."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from core import sweeps
from core.api import Api
from core.pages import SHELL_MODULES
from core.search_api import SEARCH
from core.settings_pages import FIRST_STEPS, SETTINGS, Step
from core.web import MENU
from customers.views import CUSTOMER_PANELS
from dispatch import automation, displaced, maintenance, merging, panels, readiness_watch, searching, subscribers, topics, views
from dispatch import conditions as visit_conditions
from dispatch.api import catalogue, cores, costs, counts, field, missing, orders, plans, promises, stock, visits
from dispatch.materials import sweeps as stock_sweeps
from dispatch.materials.models import Part
from dispatch.plans import accepting
from dispatch.plans import job as planning
from dispatch.promises import lateness
from dispatch.promises import pages as promise_pages
from dispatch.promises import subscribers as promise_subscribers
from dispatch.roads import ahead as roads_ahead
from dispatch.roads import api as roads
from dispatch.roads import lane as roads_lane
from dispatch.roads import metrics as road_metrics
from dispatch.visits import pace
from dispatch.visits import queries as visit_queries
from dispatch.visits.models import JobType
from dispatch.visits.services import forecasting, held
from staff.slots import ABSENCE_HITS
from tickets import conditions
from tickets.maintenance.slots import JOB_TYPES, VISIT_PROPOSALS
from tickets.slots import EXPECTED, TICKET_MODULES, TICKET_PANELS

_WORKERS = (planning, accepting)  # imported for what they do: it stands in their outbox handlers
_PAGES = {
    "dispatch": (55, {"label": _("Dispatch"), "icon": "calendar-time", "address": "/dispatch", "permission": "dispatch.use", "key": "g d"}),
    "promises": (
        80,
        {"label": _("Promises"), "icon": "calendar-event", "address": "/promises", "permission": "reports.read", "key": "g p"},
    ),
    "materials": (60, {"label": _("Materials"), "icon": "packages", "address": "/materials", "permission": "stock.read", "key": "g m"}),
    "field": (20, {"label": _("My day"), "icon": "truck", "address": "/field", "permission": "field.use", "key": "g f"}),
}
_SETTINGS = {
    "job-types": (10, _("Job types"), "clipboard-list"),
    "parts": (20, _("Parts"), "package"),
    "places": (30, _("Places"), "building-warehouse"),
    "visits": (5, _("Visits"), "calendar-event"),
}
_STEPS = (
    ("job types", 90, Step(label=_("Job types"), text=_("How long each kind of repair takes, which skills and parts it needs."),
                           address="/settings/job-types", permission="settings.manage", there=select(JobType.id))),
    ("parts", 95, Step(label=_("Parts and places"), text=_("What lies in the warehouse and on the vans."),
                       address="/settings/parts", permission="settings.manage", there=select(Part.id))),
)  # fmt: skip


def wire(app: Flask, api: Api) -> None:
    """Register everything of dispatch."""
    for module in (visits, field, stock, cores, missing, costs, counts, orders, catalogue, plans, promises, roads):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(views.blueprint)
    app.register_blueprint(promise_pages.blueprint)
    app.register_blueprint(roads.pages)
    road_metrics.register()
    topics.register()
    promise_subscribers.subscribe()  # first: screens show what was told
    subscribers.subscribe()
    merging.subscribe()
    automation.fill()
    TICKET_PANELS.fill(panels.NAME, panels.ticket_panel, weight=30)
    conditions.provide(visit_conditions.fields)
    sweeps.register("held-visits", 5, held.let_lapse)
    sweeps.register("forecasts", 60, forecasting.look)
    sweeps.register("travel-pace", 3600, pace.learn)
    sweeps.register("roads", 2, roads_lane.hand_over)
    sweeps.register("roads-ahead", roads_ahead.EVERY, roads_ahead.hand_over)
    sweeps.register("forget-roads", 3600, roads_lane.forget)
    sweeps.register("lateness", 3600, lateness.learn)
    sweeps.register(readiness_watch.NAME, readiness_watch.EVERY, readiness_watch.watch)
    sweeps.register("stock-check", 600, stock_sweeps.check_stock)
    EXPECTED.fill("visits", visit_queries.expected_of)
    TICKET_MODULES.fill("dispatch", lambda: "js/dispatch/ticket-panel.js", weight=30)
    CUSTOMER_PANELS.fill("visits", panels.customer_panel, weight=30)
    CUSTOMER_PANELS.fill("pieces", panels.pieces_panel, weight=35)
    SEARCH.fill("visits", searching.find, weight=30)
    SHELL_MODULES.fill("field", lambda: f"js/dispatch/field-kept.js?user={current_user.id}")
    ABSENCE_HITS.fill("visits", displaced.hits)
    JOB_TYPES.fill("dispatch", maintenance.job_types)
    VISIT_PROPOSALS.fill("dispatch", maintenance.put_off)
    _fill_menus()


def _fill_menus() -> None:
    for name, (weight, entry) in _PAGES.items():
        MENU.fill(name, lambda entry=entry: entry, weight=weight)
    for name, (weight, label, picture) in _SETTINGS.items():
        page = {"group": "field", "label": label, "address": f"/settings/{name}", "icon": picture, "permission": "settings.manage"}
        SETTINGS.fill(name, lambda page=page: page, weight=weight)
    for name, weight, step in _STEPS:
        FIRST_STEPS.fill(name, lambda step=step: step, weight=weight)

"""Joins dispatch to the application: API, pages, live topics, subscriptions, slots, what the clock does."""

from __future__ import annotations

from flask import Flask

from core import sweeps
from core.api import Api
from dispatch import panels, subscribers, topics
from dispatch.api import catalogue, field, stock, visits
from dispatch.materials import sweeps as stock_sweeps
from tickets.slots import TICKET_PANELS


def wire(app: Flask, api: Api) -> None:
    """Register everything of dispatch."""
    for blueprint in (visits.blueprint, field.blueprint, stock.blueprint, catalogue.blueprint):
        api.register_blueprint(blueprint)
    topics.register()
    subscribers.subscribe()
    TICKET_PANELS.fill(panels.NAME, panels.ticket_panel, weight=30)
    sweeps.register("stock-check", 600, stock_sweeps.check_stock)

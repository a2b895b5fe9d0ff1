"""Every part of the interface in every state on one page, `/styleguide`: for whoever builds pages, in a demo or under test only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, current_app, render_template

from core import clock
from core.auth.access import permission

blueprint = Blueprint("styleguide", __name__)


def init_app(app: Flask) -> None:
    """Register the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/styleguide")
@permission("account.use")
def show() -> str:
    """The page, or 404 in an installation that works for real."""
    if not (current_app.config["CALLOUT"].demo or current_app.testing):
        abort(404)
    return render_template("core/styleguide.html", page_data={"clocks": example_clocks()}, now=clock.now())


@blueprint.get("/styleguide/explanation")
@permission("account.use")
def explanation() -> dict[str, Any]:
    """What a clock chip shows when it is opened, as a ticket's clock answers it."""
    if not (current_app.config["CALLOUT"].demo or current_app.testing):
        abort(404)
    now = clock.now()
    return {
        "steps": [
            {"label": "Started", "at": (now - timedelta(hours=3)).isoformat(), "text": "ticket created by email"},
            {"label": "Paused", "at": (now - timedelta(hours=2)).isoformat(), "text": "waiting for the customer, 40 min"},
            {"label": "Due", "at": (now + timedelta(hours=1)).isoformat(), "text": "4 h of working time, Branch North, version 3"},
        ]
    }


def example_clocks() -> list[dict[str, Any]]:
    """One clock for each state, relative to now, in the form `clock-chip.js` takes."""
    now = clock.now()

    def made(label: str, state: str, *, budget: int, used: int, **more: Any) -> dict[str, Any]:
        due = now + timedelta(seconds=budget - used)
        base = {"label": label, "state": state, "budget": budget, "used": used, "as_of": now.isoformat(), "due_at": due.isoformat()}
        return {**base, "explain": "/styleguide/explanation", **more}

    return [
        made("First answer", "running", budget=7200, used=2880),
        made("First answer", "running", budget=3600, used=2940),
        made("Technician on site", "running", budget=120, used=85),
        made("Solved", "running", budget=14400, used=15130),
        made("Solved", "paused", budget=28800, used=9000, reason="part"),
        made("Next answer", "met", budget=3600, used=1500, ended_at=(now - timedelta(minutes=20)).isoformat()),
        made("First answer", "breached", budget=3600, used=4800, ended_at=(now - timedelta(minutes=5)).isoformat()),
        made("Solved", "running", budget=172800, used=20000),
    ]

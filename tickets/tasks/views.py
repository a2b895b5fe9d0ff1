"""The page "My tasks"."""

from __future__ import annotations

from flask import Blueprint, render_template

from core.auth.access import permission
from tickets import views
from tickets.tasks import api

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tasks")
@permission("tickets.read")
def tasks() -> str:
    """What the reader has to do, and the queues they serve; kept true by the topic `work`."""
    return render_template("tickets/tasks.html", page_data=views.choices() | {"by_mail": api.wants_mail()})

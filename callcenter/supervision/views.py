"""The supervisors' board, and the same for a screen on the wall."""

from __future__ import annotations

from flask import Blueprint, render_template

from core.auth.access import permission
from tickets import queries as tickets

blueprint = Blueprint("supervision", __name__)


def _data() -> dict[str, object]:
    return {"queues": [{"id": queue.id, "name": queue.name} for queue in tickets.queues(only_active=True)]}


@blueprint.get("/board")
@permission("board.read")
def board() -> str:
    """Columns by time left, rows by queue, figures above."""
    return render_template("callcenter/board.html", page_data=_data())


@blueprint.get("/board/wall")
@permission("board.read")
def wall() -> str:
    """The board for a TV: dark, large, no controls, turns its pages by itself."""
    return render_template("callcenter/wall.html", page_data=_data())

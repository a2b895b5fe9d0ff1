"""The snapshot over HTTP. Contract: join first, then fetch; what comes by the socket meanwhile is newer or the same (by version)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask_babel import lazy_gettext as _
from flask_login import user_logged_out

from core import clock
from core.auth.access import public
from core.auth.models import User
from core.auth.security import NotSignedIn
from core.db import db, snapshot
from core.live import epoch, viewers
from core.live.metrics import register_metrics
from core.live.topics import place_for
from core.live.touches import kick

blueprint = Blueprint("live", __name__)


def init_app(app: Flask) -> None:
    """The live channel's part in the web role."""
    app.register_blueprint(blueprint)
    user_logged_out.connect(_signed_out, app)
    register_metrics()


def _signed_out(_app: Flask, user: User | None = None, **_more: Any) -> None:
    """Signing out ends the sockets of the browser's other pages too. Flask-Security's view has no transaction of ours."""
    if user is None or not user.is_authenticated:
        return
    kick(user.id)
    if not db.session().info.get("in_entry"):
        db.session.commit()


@blueprint.get("/live/snapshot/<address>")
@public  # the topic's own rule decides, for users, tokens and visitors alike
def snapshot_of(address: str) -> Response:
    """A topic (`board`, `ticket:42`, `me`) as the reader's audience sees it: {topic, epoch, version, rows, tiles, at}."""
    viewer = viewers.of_request()
    if viewer is None:
        raise NotSignedIn(_("Sign in first."))
    with snapshot() as version:
        place = place_for(viewer, address)
        found = place.snapshot()
        answer: dict[str, Any] = {"topic": place.address, "epoch": epoch.current(), "version": version}
    return jsonify({**answer, "rows": found.rows, "tiles": found.tiles, "at": clock.now()})

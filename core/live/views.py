"""The snapshot over HTTP. Contract: join first, then fetch; what comes by the socket meanwhile is newer or the same (by version)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask_babel import lazy_gettext as _
from flask_login import user_logged_out
from redis.exceptions import RedisError

from core import clock
from core.auth.access import public
from core.auth.models import User
from core.auth.security import NotSignedIn
from core.db import db, snapshot
from core.live import epoch, streams, viewers
from core.live.metrics import register_metrics
from core.live.streams import Tiles
from core.live.topics import Place, place_for
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
    """A topic (`board`, `ticket:42`, `me`) as the reader's audience sees it: {topic, epoch, version, rows, tiles, tiles_version, at}.

    The tiles may be those that were published last, of an older version than the rows: nothing changed them since, or the change is on its way.
    With `?count=now` they are counted, which is for checking.
    """
    viewer = viewers.of_request()
    if viewer is None:
        raise NotSignedIn(_("Sign in first."))
    place = place_for(viewer, address)
    head = (
        None if request.args.get("count") == "now" else _head(place)
    )  # before the picture is taken: what is published later reaches whoever watches
    with snapshot() as version:
        current = epoch.current()
        tiles = _tiles(place, version, current, head)
        answer = {"topic": place.address, "epoch": current, "version": version, "rows": place.rows()}
    return jsonify({**answer, "tiles": tiles.data, "tiles_version": tiles.version, "at": clock.now()})


def _head(place: Place) -> str | None:
    """The newest id of the place's stream, which begins with it; None where no tiles are kept: there are none, or no Redis."""
    if place.topic.tiles is None:
        return None
    try:
        return streams.begin(place.room)
    except RedisError:
        return None


def _tiles(place: Place, version: int, current: str, head: str | None) -> Tiles:
    """As published last, else counted now."""
    with suppress(RedisError):
        found = streams.tiles_of(place.room) if head else None
        if found is not None and found.epoch == current and found.version <= version:
            return found
    counted = Tiles(place.tiles(), version, current)
    with suppress(RedisError):
        if head:
            streams.keep_tiles(place.room, counted, head=head)
    return counted

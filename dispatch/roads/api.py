"""The firm's routing service over HTTP, and trying it from its page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask_login import current_user
from marshmallow import ValidationError

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from core.errors import NotValid
from dispatch.roads import schemas, settings
from dispatch.roads.protocols import TroubleError
from dispatch.roads.wording import in_words

blueprint = ApiBlueprint("roads", "Ways by road: the routing service")
pages = Blueprint("roads", __name__)


@blueprint.route("/road-provider")
@permission("settings.manage")
@blueprint.response(200, schemas.RoadProviderSchema)
def get_provider() -> dict[str, Any]:
    """Which service is asked, and how it does."""
    return settings.standing(settings.provider(), now=clock.now())


@blueprint.route("/road-provider", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.RoadProviderPatch)
@blueprint.response(200, schemas.RoadProviderSchema)
def change_provider(body: dict[str, Any]) -> dict[str, Any]:
    """Choose another one, or none. Nobody is asked by this: a wrong address shows in `problem` soon after."""
    secret = current_app.config["CALLOUT"].secret_key
    row = settings.save_provider(values=body, secret_key=secret, now=clock.now(), actor_id=current_user.id)
    return settings.standing(row, now=clock.now())


@pages.post("/settings/visits/ways/check")
@permission("settings.manage")
def check_provider() -> Response:
    """Ask the service as it was typed for one way, and say what came or what is wrong. No transaction is open meanwhile."""
    config = current_app.config["CALLOUT"]
    try:
        values = schemas.RoadProviderPatch().load(request.get_json(silent=True) or {})
    except ValidationError as error:
        field, texts = next(iter(error.messages_dict.items()))
        raise NotValid(" ".join(map(str, texts)) if isinstance(texts, list) else str(texts), field=str(field)) from error
    try:
        service, between = settings.tried(values, secret_key=config.secret_key), settings.sample()
    except TroubleError as trouble:
        return jsonify({"ok": False, "problem": in_words(trouble.code)})
    db.session.rollback()
    return jsonify(settings.look(service, between, networks=config.webhook_networks))

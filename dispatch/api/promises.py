"""The firm's settings of visits over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from dispatch.api import promise_schemas as schemas
from dispatch.promises import settings

blueprint = ApiBlueprint("promises", "Promises: settings of visits")


@blueprint.route("/visit-settings")
@permission("settings.manage")
@blueprint.response(200, schemas.VisitSettingsPatch)
def get_settings() -> dict[str, Any]:
    """What holds for the whole firm."""
    return settings.facts(settings.settings())


@blueprint.route("/visit-settings", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.VisitSettingsPatch)
@blueprint.response(200, schemas.VisitSettingsPatch)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """Change some of it."""
    return settings.facts(settings.save_settings(values=body, now=clock.now(), actor_id=current_user.id))

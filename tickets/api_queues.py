"""Queues over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import queries, schemas, services
from tickets.models import Queue

blueprint = ApiBlueprint("queues", "Queues of tickets and calls")


def _levels(body: dict[str, Any]) -> dict[str, Any]:
    """The body with `skills` as the services take them: skill id → level."""
    if "skills" in body:
        body["skills"] = {skill["skill_id"]: skill["level"] for skill in body["skills"]}
    return body


@blueprint.route("/queues")
@permission("queues.read")
@blueprint.response(200, schemas.listed(schemas.QueueSchema))
def list_queues() -> dict[str, Any]:
    """All queues in their order, those no longer used too."""
    return {"items": queries.queues(), "next": None}


@blueprint.route("/queues", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.QueueInput)
@blueprint.response(201, schemas.QueueSchema)
def create_queue(body: dict[str, Any]) -> Queue:
    """A new queue of a branch."""
    return services.create_queue(**_levels(body), now=clock.now(), actor_id=current_user.id)


@blueprint.route("/queues/<int:queue_id>")
@permission("queues.read")
@blueprint.response(200, schemas.QueueSchema)
def get_queue(queue_id: int) -> Queue:
    """One queue."""
    return queries.queue(queue_id)


@blueprint.route("/queues/<int:queue_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.QueuePatch)
@blueprint.response(200, schemas.QueueSchema)
def change_queue(body: dict[str, Any], queue_id: int) -> Queue:
    """Change some of it."""
    return services.update_queue(queue_id=queries.queue(queue_id).id, **_levels(body), now=clock.now(), actor_id=current_user.id)

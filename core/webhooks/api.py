"""Webhooks over HTTP: settings, the delivery log, tests and replays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, answer_holds_a_secret, page
from core.auth.access import permission
from core.webhooks import presenters, queries, schemas, signing
from core.webhooks.models import Delivery, Endpoint
from core.webhooks.services import deliveries, endpoints

blueprint = ApiBlueprint("webhooks", "Outgoing webhooks and what became of each delivery")


@blueprint.route("/webhooks/events")
@permission("webhooks.manage")
@blueprint.response(200, schemas.EventsSchema)
def list_events() -> dict[str, Any]:
    """What can be told."""
    return {"items": presenters.events()}


@blueprint.route("/webhooks")
@permission("webhooks.manage")
@blueprint.response(200, schemas.WebhooksSchema)
def list_webhooks() -> dict[str, Any]:
    """All webhooks by name."""
    return {"items": presenters.webhooks(queries.endpoints()), "next": None}


@blueprint.route("/webhooks", methods=("POST",))
@permission("webhooks.manage")
@blueprint.arguments(schemas.WebhookBody)
@blueprint.response(201, schemas.SecretSchema)
def add_webhook(body: dict[str, Any]) -> dict[str, Any]:
    """A new webhook, active at once. Its secret is in this answer only."""
    return _with_secret(endpoints.create(**body, networks=_networks(), actor_id=current_user.id, now=clock.now()))


@blueprint.route("/webhooks/<int:webhook_id>")
@permission("webhooks.manage")
@blueprint.response(200, schemas.WebhookSchema)
def show_webhook(webhook_id: int) -> dict[str, Any]:
    """One webhook."""
    return presenters.webhook(queries.endpoint(webhook_id))


@blueprint.route("/webhooks/<int:webhook_id>", methods=("PATCH",))
@permission("webhooks.manage")
@blueprint.arguments(schemas.WebhookChanges)
@blueprint.response(200, schemas.WebhookSchema)
def change_webhook(body: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """Change name, address or events."""
    found = endpoints.change(endpoint_id=webhook_id, changes=body, networks=_networks(), actor_id=current_user.id, now=clock.now())
    return presenters.webhook(found)


@blueprint.route("/webhooks/<int:webhook_id>", methods=("DELETE",))
@permission("webhooks.manage")
@blueprint.response(204)
def remove_webhook(webhook_id: int) -> None:
    """Remove it with its log; what waits is not sent."""
    endpoints.remove(endpoint_id=webhook_id, actor_id=current_user.id, now=clock.now())


@blueprint.route("/webhooks/<int:webhook_id>/pause", methods=("POST",))
@permission("webhooks.manage")
@blueprint.response(200, schemas.WebhookSchema)
def pause_webhook(webhook_id: int) -> dict[str, Any]:
    """Send nothing until it is resumed."""
    return presenters.webhook(endpoints.pause(endpoint_id=webhook_id, actor_id=current_user.id, now=clock.now()))


@blueprint.route("/webhooks/<int:webhook_id>/resumption", methods=("POST",))
@permission("webhooks.manage")
@blueprint.response(200, schemas.WebhookSchema)
def resume_webhook(webhook_id: int) -> dict[str, Any]:
    """Send again, what waits first."""
    return presenters.webhook(endpoints.resume(endpoint_id=webhook_id, actor_id=current_user.id, now=clock.now()))


@blueprint.route("/webhooks/<int:webhook_id>/secret", methods=("POST",))
@permission("webhooks.manage")
@blueprint.arguments(schemas.RotationBody)
@blueprint.response(201, schemas.SecretSchema)
def rotate_secret(body: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """A new secret, in this answer only. The one before signs too for a while."""
    overlap = timedelta(hours=body["overlap_hours"])
    found = endpoints.rotate_secret(endpoint_id=webhook_id, overlap=overlap, actor_id=current_user.id, now=clock.now())
    return _with_secret(found)


@blueprint.route("/webhooks/<int:webhook_id>/test", methods=("POST",))
@permission("webhooks.manage")
@blueprint.response(201, schemas.DeliverySchema)
def send_test(webhook_id: int) -> dict[str, Any]:
    """Send `webhook.test` once, also while it is paused. How it went stands on the delivery a moment later."""
    found = deliveries.send_test(endpoint_id=webhook_id, actor_id=current_user.id, now=clock.now())
    return presenters.delivery(found)


@blueprint.route("/webhooks/<int:webhook_id>/replay", methods=("POST",))
@permission("webhooks.manage")
@blueprint.arguments(schemas.ReplayBody)
@blueprint.response(202, schemas.ReplayedSchema)
def replay_since(body: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """Send again all that failed since then, and with `missed` what was never noted."""
    return {"count": deliveries.replay_since(**body, endpoint_id=webhook_id, actor_id=current_user.id, now=clock.now())}


@blueprint.route("/webhooks/<int:webhook_id>/deliveries")
@permission("webhooks.manage")
@blueprint.arguments(schemas.DeliveryQuery, location="query")
@blueprint.response(200, schemas.DeliveriesSchema)
def list_deliveries(asked: dict[str, Any], webhook_id: int) -> dict[str, Any]:
    """The delivery log of 14 days, the newest first."""
    queries.endpoint(webhook_id)
    query = queries.deliveries(webhook_id, state=asked["state"], event=asked["event"])
    rows, after = page(query, order=[Delivery.id], after=asked["after"], limit=asked["limit"], descending=True)
    return {"items": presenters.deliveries(rows), "next": after}


@blueprint.route("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>")
@permission("webhooks.manage")
@blueprint.response(200, schemas.DeliveryInFullSchema)
def show_delivery(webhook_id: int, delivery_id: int) -> dict[str, Any]:
    """One delivery: what was sent, and every attempt."""
    return presenters.delivery(queries.delivery(webhook_id, delivery_id))


@blueprint.route("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/replay", methods=("POST",))
@permission("webhooks.manage")
@blueprint.response(202, schemas.DeliverySchema)
def replay_delivery(webhook_id: int, delivery_id: int) -> dict[str, Any]:
    """Send it once more, with the same Callout-Delivery and body."""
    found = deliveries.replay(endpoint_id=webhook_id, delivery_id=delivery_id, actor_id=current_user.id, now=clock.now())
    return presenters.delivery(found)


def _networks() -> tuple[str, ...]:
    found: tuple[str, ...] = current_app.config["CALLOUT"].webhook_networks
    return found


def _with_secret(row: Endpoint) -> dict[str, Any]:
    answer_holds_a_secret()
    return {"webhook": presenters.webhook(row), "secret": signing.secret_of(row.seed, current_app.config["CALLOUT"].secret_key)}

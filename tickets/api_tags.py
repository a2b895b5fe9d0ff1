"""Tags over HTTP: on tickets, and the tags themselves."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user
from sqlalchemy import func, select

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from tickets import presenters, queries, rules, services
from tickets.models import Tag, TicketTag
from tickets.schemas import TicketSchema, identity, listed, plain, tag_names

blueprint = ApiBlueprint("tags", "Tags of tickets")
TAGS_SHOWN = 500


class TagSchema(ma.Schema):
    id = ma.fields.Integer()
    name = ma.fields.String()
    tickets = ma.fields.Integer(metadata={"description": "How many tickets have it"})


class TagQuery(ma.Schema):
    text = plain(load_default="", metadata={"description": "The beginning of its name"})


class TagInput(ma.Schema):
    name = plain(200, required=True)


class TagMergeInput(ma.Schema):
    into_id = identity(required=True)


class TagsInput(ma.Schema):
    tags = tag_names(required=True)


@blueprint.route("/tags")
@permission("tickets.read")
@blueprint.arguments(TagQuery, location="query")
@blueprint.response(200, listed(TagSchema))
def list_tags(query: dict[str, Any]) -> dict[str, Any]:
    """The first 500 tags by name, with the number of tickets that have them."""
    rows = select(Tag.id, Tag.name, func.count(TicketTag.ticket_id).label("tickets")).outerjoin(TicketTag, TicketTag.tag_id == Tag.id)
    if query["text"]:
        rows = rows.where(Tag.key.startswith(rules.tag_key(query["text"]), autoescape=True))
    rows = rows.group_by(Tag.id).order_by(Tag.key).limit(TAGS_SHOWN)
    return {"items": [dict(row._mapping) for row in db.session.execute(rows)], "next": None}


@blueprint.route("/tags", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(TagInput)
@blueprint.response(201, TagSchema)
def create_tag(body: dict[str, Any]) -> dict[str, Any]:
    """A tag to choose from. (Typing a new one on a ticket makes it too.)"""
    return _told(services.create_tag(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/tags/<int:tag_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(TagInput)
@blueprint.response(200, TagSchema)
def rename_tag(body: dict[str, Any], tag_id: int) -> dict[str, Any]:
    """Call it otherwise, on every ticket. 409 `tag_exists` when another one is called so."""
    return _told(services.rename_tag(tag_id=tag_id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/tags/<int:tag_id>", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(204)
def remove_tag(tag_id: int) -> None:
    """Take it off every ticket, for good."""
    services.remove_tag(tag_id=tag_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/tags/<int:tag_id>/merging", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(TagMergeInput)
@blueprint.response(200, TagSchema)
def merge_tag(body: dict[str, Any], tag_id: int) -> dict[str, Any]:
    """Every ticket with this tag has the other instead; this one is gone."""
    return _told(services.merge_tags(tag_id=tag_id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/tickets/<int:number>/tags", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(TagsInput)
@blueprint.response(200, TicketSchema)
def add_tags(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Put these on as well."""
    return _changed(number, add=body["tags"])


@blueprint.route("/tickets/<int:number>/tags", methods=("DELETE",))
@permission("tickets.write")
@blueprint.arguments(TagsInput)
@blueprint.response(200, TicketSchema)
def take_tags(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Take these off."""
    return _changed(number, remove=body["tags"])


def _changed(number: int, **tags: list[str]) -> dict[str, Any]:
    ticket = services.change_tags(ticket_id=queries.by_number(number).id, **tags, now=clock.now(), actor_id=current_user.id)
    return presenters.ticket(ticket)


def _told(tag: Tag) -> dict[str, Any]:
    count = db.session.scalar(select(func.count()).select_from(TicketTag).where(TicketTag.tag_id == tag.id))
    return {"id": tag.id, "name": tag.name, "tickets": count}

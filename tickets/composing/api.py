"""Drafts and held replies over HTTP: everybody's own."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import queries
from tickets.api_files import own_uploads
from tickets.composing import presenters, services
from tickets.schemas import LONGEST_TEXT, ReplyInput, identity, listed, one_of, plain

blueprint = ApiBlueprint("composing", "Drafts, and replies that can be taken back")


class DraftSchema(ma.Schema):
    kind = ma.fields.String(metadata={"description": "reply, note"})
    text = ma.fields.String()
    updated_at = ma.fields.AwareDateTime()


class DraftInput(ma.Schema):
    """An empty text forgets the draft."""

    kind = one_of(services.KINDS, required=True)
    text = plain(LONGEST_TEXT, required=True)


class HeldInput(ReplyInput):
    """As a message. `seen`: id of the newest message that its author has seen; 409 `answered_meanwhile` when somebody else wrote since."""

    seen = identity(load_default=None, allow_none=True)


class HeldSchema(ma.Schema):
    id = ma.fields.Integer()
    author_id = ma.fields.Integer()
    author = ma.fields.String()
    text = ma.fields.String()
    file_ids = ma.fields.List(ma.fields.Integer())
    send_at = ma.fields.AwareDateTime()
    refused = ma.fields.String(allow_none=True, metadata={"description": "Why it could not be sent; it waits for its author"})


@blueprint.route("/tickets/<int:number>/drafts")
@permission("tickets.write")
@blueprint.response(200, listed(DraftSchema))
def list_drafts(number: int) -> dict[str, Any]:
    """What you have written on this ticket and not sent."""
    return {"items": services.drafts_of(ticket_id=queries.by_number(number).id, user_id=current_user.id), "next": None}


@blueprint.route("/tickets/<int:number>/drafts", methods=("PUT",))
@permission("tickets.write")
@blueprint.arguments(DraftInput)
@blueprint.response(204)
def save_draft(body: dict[str, Any], number: int) -> None:
    """Keep your draft of a reply or note."""
    services.save_draft(ticket_id=queries.by_number(number).id, user_id=current_user.id, now=clock.now(), **body)


@blueprint.route("/tickets/<int:number>/held-replies", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(HeldInput)
@blueprint.response(201, HeldSchema)
def hold(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Answer the customer in ten seconds; until then it can be taken back. What would be refused is refused at once."""
    files = own_uploads(body.pop("file_ids"), current_user.id)
    ticket = queries.by_number(number)
    return presenters.held(services.hold_reply(ticket_id=ticket.id, user_id=current_user.id, files=files, now=clock.now(), **body))


@blueprint.route("/tickets/<int:number>/held-replies/<int:held_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, HeldSchema)
def take_back(number: int, held_id: int) -> dict[str, Any]:
    """Do not send it; the answer is what it said. 409 `sent` when it went out."""
    return presenters.held(services.take_back(ticket_id=queries.by_number(number).id, held_id=held_id, user_id=current_user.id))

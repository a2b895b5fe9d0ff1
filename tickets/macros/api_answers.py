"""Canned answers over HTTP: keeping them, seeing one on a ticket, using one."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import queries
from tickets.macros import queries as macros
from tickets.macros import rules as macro_rules
from tickets.macros import services
from tickets.macros.api import KeptSchema, folder_name, shown, texts_by_language, who
from tickets.macros.models import CannedAnswer
from tickets.schemas import identity, listed, plain

blueprint = ApiBlueprint("canned_answers", "Canned answers")


class AnswerInput(ma.Schema):
    name = plain(200, required=True)
    folder = folder_name()
    shortcut = plain(100, load_default="", metadata={"description": "Typed after a slash in the composer"})
    shared = ma.fields.Boolean(load_default=False)
    texts = texts_by_language(required=True)


class AnswerSchema(KeptSchema):
    shortcut = ma.fields.String()
    texts = texts_by_language()


class AnswerUseInput(ma.Schema):
    answer_id = identity(required=True)


class TextPreviewInput(ma.Schema):
    texts = texts_by_language(required=True)


class RenderedSchema(ma.Schema):
    text = ma.fields.String()
    missing = ma.fields.List(ma.fields.String())


class TextPreviewSchema(RenderedSchema):
    language = ma.fields.String()


@blueprint.route("/canned-answers")
@permission("tickets.write")
@blueprint.response(200, listed(AnswerSchema))
def list_answers() -> dict[str, Any]:
    """Everybody's and one's own."""
    return {"items": [shown(row) for row in macros.visible(CannedAnswer, current_user.id)], "next": None}


@blueprint.route("/canned-answers", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(AnswerInput)
@blueprint.response(201, AnswerSchema)
def create_answer(body: dict[str, Any]) -> dict[str, Any]:
    """A new canned answer."""
    return shown(services.save_answer(answer=None, **body, **who()))


@blueprint.route("/canned-answers/<int:answer_id>", methods=("PATCH",))
@permission("tickets.write")
@blueprint.arguments(AnswerInput)
@blueprint.response(200, AnswerSchema)
def change_answer(body: dict[str, Any], answer_id: int) -> dict[str, Any]:
    """Put another in its place."""
    return shown(services.save_answer(answer=macros.one(CannedAnswer, answer_id, current_user.id), **body, **who()))


@blueprint.route("/canned-answers/<int:answer_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(204)
def remove_answer(answer_id: int) -> None:
    """For good."""
    services.remove(row=macros.one(CannedAnswer, answer_id, current_user.id), **who())


@blueprint.route("/tickets/<int:number>/canned-answers/<int:answer_id>")
@permission("tickets.write")
@blueprint.response(200, RenderedSchema)
def render_answer(number: int, answer_id: int) -> dict[str, Any]:
    """The text for this ticket: in its language, with the variables filled."""
    ticket, answer = queries.by_number(number), macros.one(CannedAnswer, answer_id, current_user.id)
    text, missing = macro_rules.rendered(answer.texts, ticket.language, services.values_of(ticket, current_user.id))
    return {"text": text, "missing": missing}


@blueprint.route("/tickets/<int:number>/canned-answer-uses", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(AnswerUseInput)
@blueprint.response(201, RenderedSchema)
def use_answer(body: dict[str, Any], number: int) -> dict[str, Any]:
    """As reading it for this ticket, and the use is counted."""
    answer = macros.one(CannedAnswer, body["answer_id"], current_user.id)
    text, missing = services.use_answer(ticket=queries.by_number(number), answer=answer, now=clock.now(), actor_id=current_user.id)
    return {"text": text, "missing": missing}


@blueprint.route("/tickets/<int:number>/text-previews", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(TextPreviewInput)
@blueprint.response(200, listed(TextPreviewSchema))
def preview_texts(body: dict[str, Any], number: int) -> dict[str, Any]:
    """What texts that are being written would say on this ticket, in each of their languages. Nothing is kept."""
    texts = macro_rules.checked_texts(body["texts"], "texts")
    values = services.values_of(queries.by_number(number), current_user.id)
    shown = [(language, *macro_rules.rendered({language: text}, language, values)) for language, text in texts.items()]
    return {"items": [{"language": language, "text": text, "missing": missing} for language, text, missing in shown], "next": None}

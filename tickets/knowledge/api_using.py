"""Articles on a ticket over HTTP: what fits it, and putting one into the answer."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import queries as tickets
from tickets.knowledge import presenters, queries, schemas, using

blueprint = ApiBlueprint("knowledge_using", "Knowledge articles on tickets")


@blueprint.route("/tickets/<int:number>/articles")
@permission("knowledge.read")
@blueprint.response(200, schemas.ArticleSuggestionsSchema)
def suggestions(number: int) -> dict[str, Any]:
    """Published articles like this ticket, with the words that they share; in the ticket's language as far as they are there."""
    return presenters.suggestions(tickets.by_number(number), now=clock.now())


@blueprint.route("/tickets/<int:number>/article-uses", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.ArticleUseInput)
@blueprint.response(201, schemas.ArticleUseSchema)
def use(body: dict[str, Any], number: int) -> Any:
    """The words for the answer, in the customer's language; the use is counted."""
    article = queries.one(body["article_id"])
    ticket = tickets.by_number(number)
    return using.use_article(article=article, ticket=ticket, how=body["how"], into=body["into"], now=clock.now(), actor_id=current_user.id)

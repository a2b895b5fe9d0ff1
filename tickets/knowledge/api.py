"""Articles over HTTP: finding, writing, publishing. Texts of it: `api_versions`; articles on tickets: `api_using`."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock, search
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.i18n import current_language
from tickets import queries as tickets
from tickets.knowledge import categories, presenters, publishing, queries, schemas, searching, services
from tickets.knowledge.models import Article, ArticleMark
from tickets.models import Ticket
from tickets.schemas import listed

blueprint = ApiBlueprint("knowledge", "Knowledge articles")
PUBLISH = "knowledge.publish"


def who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id}


def shown(article: Article) -> dict[str, Any]:
    """One article for the signed-in reader."""
    db.session.flush()
    db.session.refresh(article)
    mine = db.session.get(ArticleMark, (article.id, current_user.id))
    ticket = db.session.get(Ticket, article.ticket_id) if article.ticket_id is not None else None
    return {
        **presenters.article(article, language=current_language(), now=clock.now()),
        "ticket": ticket.number if ticket is not None else None,
        "mine": mine,
        "findings": [one._asdict() for one in publishing.findings(article)],
    }


@blueprint.route("/articles")
@permission("knowledge.read")
@blueprint.arguments(schemas.ArticleQuery, location="query")
@blueprint.response(200, schemas.ArticleListSchema)
def list_articles(query: dict[str, Any]) -> dict[str, Any]:
    """All but the archived ones, the last changed first; with `text` the best matches first, all on one page."""
    now, language, text = clock.now(), current_language(), (query["text"] or "").strip()
    filters = queries.Filters(
        status=query["status"],
        public=query["public"],
        category_id=query["category_id"],
        tag=query["tag"],
        overdue_on=now.date() if query["overdue"] else None,
    )
    overdue = queries.overdue_count(now.date())
    if not text:
        rows, after = queries.listed(filters, after=query["after"], limit=query["limit"])
        return {"items": presenters.lines(rows, language=language, now=now), "next": after, "words": [], "overdue": overdue}
    hits = dict(searching.found(text, filters, limit=min(query["limit"], searching.MOST)))
    rows_by_id, words = queries.by_ids(hits), search.runs(text)
    rows = [rows_by_id[article_id] for article_id in hits]
    items = presenters.lines(rows, language=language, now=now, found_in=hits, words=words)
    return {"items": items, "next": None, "words": words, "overdue": overdue}


@blueprint.route("/articles", methods=("POST",))
@permission("knowledge.write")
@blueprint.arguments(schemas.ArticleInput)
@blueprint.response(201, schemas.ArticleSchema)
def create_article(body: dict[str, Any]) -> dict[str, Any]:
    """A draft with its first text. Pictures and attachments are uploaded to `/files` first."""
    facts = {name: body[name] for name in services.FACTS if name in body}
    ticket_id = tickets.by_number(body["ticket"]).id if body["ticket"] is not None else None
    texts = {name: body[name] for name in ("language", "title", "body", "file_ids")}
    return shown(services.create_article(facts=facts, ticket_id=ticket_id, **texts, **who()))


@blueprint.route("/articles/<int:article_id>")
@permission("knowledge.read")
@blueprint.response(200, schemas.ArticleSchema)
def show_article(article_id: int) -> dict[str, Any]:
    """One with all its languages: the newest text of each, and the one that readers see."""
    return shown(queries.one(article_id))


@blueprint.route("/articles/<int:article_id>", methods=("PATCH",))
@permission("knowledge.write")
@blueprint.arguments(schemas.ArticlePatch)
@blueprint.response(200, schemas.ArticleSchema)
def change_article(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Change facts. 409 when a colleague changed them since `version`."""
    expected = body.pop("version")
    done = services.change_article(article_id=article_id, facts=body, expected_version=expected, publisher=may(PUBLISH), **who())
    return shown(done)


@blueprint.route("/articles/<int:article_id>", methods=("DELETE",))
@permission("knowledge.write")
@blueprint.response(204)
def remove_article(article_id: int) -> None:
    """For good: one's own draft, or as a publisher any that was never in an answer."""
    services.remove_article(article_id=article_id, publisher=may(PUBLISH), **who())


@blueprint.route("/articles/<int:article_id>/publication", methods=("POST",))
@permission("knowledge.publish")
@blueprint.arguments(schemas.PublicationInput)
@blueprint.response(200, schemas.ArticleSchema)
def publish(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Readers see the newest texts from now on. 422 with `findings` while something that looks like private data is not `confirmed`."""
    return shown(publishing.publish(article_id=article_id, **body, **who()))


@blueprint.route("/articles/<int:article_id>/publication", methods=("DELETE",))
@permission("knowledge.publish")
@blueprint.response(200, schemas.ArticleSchema)
def withdraw(article_id: int) -> dict[str, Any]:
    """A draft again."""
    return shown(publishing.withdraw(article_id=article_id, **who()))


@blueprint.route("/articles/<int:article_id>/archival", methods=("POST",))
@permission("knowledge.publish")
@blueprint.response(200, schemas.ArticleSchema)
def archive(article_id: int) -> dict[str, Any]:
    """No longer offered."""
    return shown(publishing.archive(article_id=article_id, **who()))


@blueprint.route("/articles/<int:article_id>/archival", methods=("DELETE",))
@permission("knowledge.publish")
@blueprint.response(200, schemas.ArticleSchema)
def restore(article_id: int) -> dict[str, Any]:
    """Out of the archive."""
    return shown(publishing.restore(article_id=article_id, **who()))


@blueprint.route("/articles/<int:article_id>/review", methods=("POST",))
@permission("knowledge.publish")
@blueprint.arguments(schemas.ArticleReviewInput)
@blueprint.response(200, schemas.ArticleSchema)
def review(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Looked at and right, until the next day named."""
    return shown(publishing.reviewed(article_id=article_id, **body, **who()))


@blueprint.route("/article-categories")
@permission("knowledge.read")
@blueprint.response(200, listed(schemas.ArticleCategorySchema))
def list_categories() -> dict[str, Any]:
    """In their order."""
    language, counts = current_language(), queries.counts_by_category()
    rows = [presenters.category(row, language=language, articles=counts.get(row.id, 0)) for row in queries.categories()]
    return {"items": rows, "next": None}


@blueprint.route("/article-categories", methods=("POST",))
@permission("knowledge.publish")
@blueprint.arguments(schemas.ArticleCategoryInput)
@blueprint.response(201, schemas.ArticleCategorySchema)
def create_category(body: dict[str, Any]) -> dict[str, Any]:
    """A new shelf."""
    return presenters.category(categories.save_category(category=None, **body, **who()), language=current_language())


@blueprint.route("/article-categories/<int:category_id>", methods=("PATCH",))
@permission("knowledge.publish")
@blueprint.arguments(schemas.ArticleCategoryInput)
@blueprint.response(200, schemas.ArticleCategorySchema)
def change_category(body: dict[str, Any], category_id: int) -> dict[str, Any]:
    """Other names, another place."""
    row = categories.save_category(category=queries.category(category_id), **body, **who())
    return presenters.category(row, language=current_language(), articles=queries.counts_by_category().get(row.id, 0))


@blueprint.route("/article-categories/<int:category_id>", methods=("DELETE",))
@permission("knowledge.publish")
@blueprint.response(204)
def remove_category(category_id: int) -> None:
    """An empty one."""
    categories.remove_category(category_id=category_id, **who())

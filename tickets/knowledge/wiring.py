"""Joins the knowledge base to the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.api import Api
from core.auth.security import may
from core.search import runs
from core.search_api import SEARCH, Found
from core.web import MENU
from tickets.knowledge import api, api_using, api_versions, presenters, queries, searching, views


def wire(app: Flask, rest: Api) -> None:
    """API, pages, menu, search."""
    for module in (api, api_versions, api_using):
        rest.register_blueprint(module.blueprint)
    app.register_blueprint(views.blueprint)
    MENU.fill("knowledge", _in_menu, weight=55)
    SEARCH.fill("articles", find, weight=40)


def _in_menu() -> dict[str, object]:
    return {"label": _("Knowledge"), "icon": "book", "address": "/knowledge", "permission": "knowledge.read", "key": "g k"}


def find(text: str, limit: int) -> list[Found] | None:
    """Articles in the search at the top of every page."""
    if not may("knowledge.read"):
        return None
    hits = dict(searching.found(text, queries.Filters(), limit=limit))
    rows = queries.by_ids(hits)
    return [
        Found(
            kind="article",
            title=presenters.title(rows[article_id], language),
            text=presenters.excerpt_of(rows[article_id], language, runs(text)),
            address=f"/knowledge/{article_id}",
            icon="book",
            at=rows[article_id].updated_at,
        )
        for article_id, language in hits.items()
    ]

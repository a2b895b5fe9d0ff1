"""The shelves of the knowledge base. Only people with `knowledge.publish` come here; changes are in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit
from core.db import db
from core.errors import DomainError
from tickets.knowledge import indexing, queries, rules
from tickets.knowledge.models import Article, ArticleCategory


def save_category(
    *, category: ArticleCategory | None, names: Mapping[str, str | None], position: int, now: datetime, actor_id: int
) -> ArticleCategory:
    """A new one (None), or change one; its articles are found by the new name. Raises NotValid without a name."""
    clean = rules.checked_names(names)
    before = _facts(category) if category is not None else None
    if category is None:
        category = ArticleCategory()
        db.session.add(category)
    category.names, category.position = clean, position
    db.session.flush()
    for article in db.session.scalars(select(Article).where(Article.category_id == category.id)):
        indexing.index(article)
    verb = "created" if before is None else "changed"
    _audit(verb, category, now=now, actor_id=actor_id, before=before, after=_facts(category))
    return category


def remove_category(*, category_id: int, now: datetime, actor_id: int) -> None:
    """Raises DomainError (code `in_use`) while articles stand there, NotFound."""
    category = queries.category(category_id)
    count = db.session.scalar(select(func.count()).select_from(Article).where(Article.category_id == category_id)) or 0
    if count:
        raise DomainError(_("%(count)d articles stand there. Move them first.", count=count), code="in_use")
    _audit("removed", category, now=now, actor_id=actor_id, before=_facts(category), after={})
    db.session.delete(category)
    db.session.flush()


def _facts(category: ArticleCategory) -> dict[str, Any]:
    return {"names": category.names, "position": category.position}


def _audit(
    verb: str, category: ArticleCategory, *, now: datetime, actor_id: int, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    target = f"article_category:{category.id}"
    audit.record(action=f"article_category.{verb}", target=target, actor_id=actor_id, now=now, before=before, after=after)

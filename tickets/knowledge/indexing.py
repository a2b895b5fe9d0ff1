"""What an article is found by, kept beside each of its languages: title before facts before text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from core import later, search
from core.db import db
from tickets.knowledge import rules
from tickets.knowledge.models import Article, ArticleText, ArticleVersion

CHARACTERS = 60_000
# D, C, B, A: nothing, text, facts, title.
WEIGHTS = "{0.1, 0.3, 0.7, 1.0}"


def index(article: Article) -> None:
    """Renew the lines' titles, texts and words at the end of the caller's transaction."""
    later.once(_index, article.id)


def _index(article_ids: list[int]) -> None:
    for article in db.session.scalars(select(Article).where(Article.id.in_(article_ids))):
        shown = _shown(article.id)
        for line in article.texts:
            if (found := shown.get(line.language)) is not None:
                line.title, line.text = found.title, found.text
                line.words = words_of(article, line.language, found.title, found.text)
    db.session.flush()


def settle() -> None:
    """Do it now: for who searches in the transaction that wrote."""
    later.settle(_index)


def _shown(article_id: int) -> dict[str, ArticleVersion]:
    """By language the published version, else the newest."""
    query = select(ArticleVersion).join(
        ArticleText, (ArticleText.article_id == ArticleVersion.article_id) & (ArticleText.language == ArticleVersion.language)
    )
    number = func.coalesce(ArticleText.published, ArticleText.latest)
    return {
        row.language: row
        for row in db.session.scalars(query.where(ArticleVersion.article_id == article_id, ArticleVersion.number == number))
    }


def words_of(article: Article, language: str, title: str, text: str) -> ColumnElement[Any]:
    """The expression for `words`."""
    category = [rules.name_in(article.category.names, language)] if article.category is not None else []
    facts = [*article.tags, *article.models, *article.skus, *category]
    return _weighed(title, "A").concat(_weighed("\n".join(facts), "B")).concat(_weighed(text[:CHARACTERS], "C"))


def _weighed(text: str, weight: str) -> ColumnElement[Any]:
    return func.setweight(func.to_tsvector("simple", search.lexemes(text)), literal_column(f"'{weight}'"))

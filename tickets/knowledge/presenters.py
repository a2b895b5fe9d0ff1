"""Articles as data for pages and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.search_api import excerpt
from tickets import presenters as tickets
from tickets.knowledge import queries, rules, using
from tickets.knowledge.models import Article, ArticleCategory, ArticleText, ArticleVersion
from tickets.models import Ticket

EXCERPT = 160


def lines(
    articles: Sequence[Article], *, language: str, now: datetime, found_in: Mapping[int, str] | None = None, words: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows of a list in the reader's language. `found_in`: by article the language in which it was found by these words: then that is shown."""
    ids = [article.id for article in articles]
    uses, marks = queries.uses(ids, now), queries.marks(ids)
    return [_line(article, (found_in or {}).get(article.id, language), language, now, uses, marks, words) for article in articles]


def _line(
    article: Article,
    shown: str,
    wanted: str,
    now: datetime,
    uses: Mapping[int, tuple[int, int]],
    marks: Mapping[int, tuple[int, int]],
    words: Sequence[str],
) -> dict[str, Any]:
    by_language = {row.language: row for row in article.texts}
    language = rules.nearest(shown, by_language) or wanted
    row = by_language.get(language)
    used, recently = uses.get(article.id, (0, 0))
    helpful, not_helpful = marks.get(article.id, (0, 0))
    return {
        "id": article.id,
        "title": row.title if row is not None else "",
        "language": language,
        "fallback": language != wanted,
        "languages": [one for one in rules.LANGUAGES if one in by_language],
        "excerpt": _excerpt(row, words),
        "status": article.status,
        "public": article.public,
        "unpublished": article.status == "published" and queries.unpublished(article),
        "category_id": article.category_id,
        "category": rules.name_in(article.category.names, wanted) if article.category is not None else None,
        **{name: getattr(article, name) for name in ("tags", "kinds", "models", "skus", "reviewer_id", "review_by", "version")},
        "author": article.author.name if article.author is not None else None,
        "reviewer": article.reviewer.name if article.reviewer is not None else None,
        "overdue": article.review_by is not None and article.review_by < now.date() and article.status != "archived",
        "created_at": article.created_at,
        "updated_at": article.updated_at,
        "published_at": article.published_at,
        "used": used,
        "used_recently": recently,
        "helpful": helpful,
        "not_helpful": not_helpful,
    }


def title(article: Article, language: str) -> str:
    """Its title for a reader of this language."""
    by_language = {row.language: row.title for row in article.texts}
    return by_language.get(rules.nearest(language, by_language) or "", "")


def excerpt_of(article: Article, language: str, words: Sequence[str]) -> str:
    """Where the words stand in its text, else its beginning."""
    return _excerpt(queries.text_of(article, language), words)


def _excerpt(row: ArticleText | None, words: Sequence[str]) -> str:
    if row is None:
        return ""
    beginning = " ".join(row.text[: 2 * EXCERPT].split())
    return excerpt(row.text, words) or (beginning[:EXCERPT] + "…" if len(beginning) > EXCERPT else beginning)


def article(row: Article, *, language: str, now: datetime) -> dict[str, Any]:
    """Everything about one."""
    newest, shown = queries.current(row, published=False), queries.current(row, published=True)
    files = queries.files_of({one for version in (*newest.values(), *shown.values()) for one in version.file_ids})
    told = [_told(row, newest[one], shown.get(one), files) for one in rules.LANGUAGES if one in newest]
    return {**lines([row], language=language, now=now)[0], "lines": told}


def _told(row: Article, newest: ArticleVersion, shown: ArticleVersion | None, files: Mapping[int, Any]) -> dict[str, Any]:
    public = row.public and row.status == "published" and shown is not None
    return {
        "language": newest.language,
        "latest": version(newest, published=shown is newest, files=files),
        "published": version(shown, published=True, files=files) if shown is not None else None,
        "address": using.path_of(row.id, newest.language) if public else None,
    }


def version_line(row: ArticleVersion, *, published: bool) -> dict[str, Any]:
    """A version without its text."""
    plain = {name: getattr(row, name) for name in ("language", "number", "title", "note", "restored_from", "at")}
    return {**plain, "by": row.author.name if row.author is not None else None, "published": published}


def version(row: ArticleVersion, *, published: bool, files: Mapping[int, Any] | None = None) -> dict[str, Any]:
    """A version whole."""
    known = files if files is not None else queries.files_of(row.file_ids)
    attached = [{**tickets.file(known[one]), "address": f"/help/articles/files/{one}"} for one in row.file_ids if one in known]
    return {**version_line(row, published=published), "body": row.body, "text": row.text, "files": attached}


def suggestions(ticket: Ticket, *, now: datetime) -> dict[str, Any]:
    """What is like the ticket, in its language; and what was written from it."""
    similar = using.suggested(ticket)
    articles = queries.by_ids([one.article_id for one in similar])
    written, _next = queries.listed(queries.Filters(ticket_id=ticket.id), after=None, limit=5)
    rows = {line["id"]: line for line in lines(list(articles.values()), language=ticket.language, now=now)}
    items = [{**rows[one.article_id], "matches": one.matches} for one in similar if one.article_id in rows]
    return {"items": items, "written": [{"id": row.id, "title": title(row, ticket.language)} for row in written]}


def category(row: ArticleCategory, *, language: str, articles: int = 0) -> dict[str, Any]:
    """A shelf, its name in the reader's language."""
    name = rules.name_in(row.names, language)
    return {"id": row.id, "names": row.names, "name": name, "position": row.position, "articles": articles}

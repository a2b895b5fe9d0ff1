"""Draft → published → archived, and looking at it again by a day. Only people with `knowledge.publish` come here, and all of it is in the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core import audit
from core.db import db
from core.errors import Conflict, DomainError, NotValid
from tickets.knowledge import indexing, queries
from tickets.knowledge.models import Article
from tickets.knowledge.private_data import Finding, found_in

# From which states each verb goes.
MOVES = {"publish": ("draft", "published"), "withdraw": ("published",), "archive": ("draft", "published"), "restore": ("archived",)}
STATUS_WORDS = {"draft": _("a draft"), "published": _("published"), "archived": _("archived")}


def findings(article: Article) -> list[Finding]:
    """What in the newest versions looks like private data and nobody has confirmed."""
    rows = queries.current(article, published=False).values()
    found = found_in([part for row in rows for part in (row.title, row.text)], ticket_id=article.ticket_id)
    return [one for one in found if one.text not in article.confirmed]


def publish(
    *, article_id: int, now: datetime, actor_id: int, confirmed: Collection[str] = (), seen: Mapping[str, int] | None = None
) -> Article:
    """Readers see the newest version of every language from now on. `confirmed`: texts that look like private data and may stand there; `seen`: the
    numbers that the publisher has read, by language.

    Raises NotValid (code `private_data`, with the findings) while one is not confirmed, Conflict (code `newer_version`) when somebody saved
    since, DomainError for an archived article. Locks the article.
    """
    article = _moving(article_id, "publish")
    if seen is not None and seen != {line.language: line.latest for line in article.texts}:
        raise Conflict(_("Somebody saved a newer version meanwhile. Read it first, then publish."), code="newer_version")
    known = sorted({*article.confirmed, *(text for text in confirmed)})
    article.confirmed = [text for text in known if text in article.confirmed or text in {one.text for one in findings(article)}]
    if left := findings(article):
        raise NotValid(
            _("Remove private data, or confirm that it may stand there."),
            code="private_data",
            details={"findings": [one._asdict() for one in left]},
        )
    for line in article.texts:
        line.published = line.latest
    return _moved(article, "published", "published", now=now, actor_id=actor_id, more={"confirmed": article.confirmed})


def withdraw(*, article_id: int, now: datetime, actor_id: int) -> Article:
    """A draft again: nobody is offered it, customers do not find it."""
    article = _moving(article_id, "withdraw")
    for line in article.texts:
        line.published = None
    return _moved(article, "draft", "withdrawn", now=now, actor_id=actor_id)


def archive(*, article_id: int, now: datetime, actor_id: int) -> Article:
    """No longer offered; links to it say so. Its history stays."""
    return _moved(_moving(article_id, "archive"), "archived", "archived", now=now, actor_id=actor_id)


def restore(*, article_id: int, now: datetime, actor_id: int) -> Article:
    """Out of the archive: published when it was, else a draft."""
    article = _moving(article_id, "restore")
    status = "published" if any(line.published is not None for line in article.texts) else "draft"
    return _moved(article, status, "restored", now=now, actor_id=actor_id)


def reviewed(*, article_id: int, review_by: date | None, now: datetime, actor_id: int) -> Article:
    """Somebody looked at it and it is right; `review_by`: the next time. Raises NotValid for a day that is over. Locks the article."""
    article = queries.locked(article_id)
    if review_by is not None and review_by <= now.date():
        raise NotValid(_("Choose a day to come."), field="review_by")
    before = {"review_by": article.review_by}
    article.review_by, article.reviewed_at, article.reviewer_id, article.version = review_by, now, actor_id, article.version + 1
    db.session.flush()
    db.session.expire(article, ["reviewer"])
    _record("reviewed", article, now=now, actor_id=actor_id, before=before, after={"review_by": review_by})
    return article


def _moving(article_id: int, verb: str) -> Article:
    article = queries.locked(article_id)
    if article.status not in MOVES[verb]:
        raise DomainError(_("This article is not in a state for that: it is %(status)s.", status=STATUS_WORDS[article.status]), code="move")
    return article


def _moved(article: Article, status: str, verb: str, *, now: datetime, actor_id: int, more: dict[str, Any] | None = None) -> Article:
    before = {"status": article.status}
    article.status, article.updated_at, article.version = status, now, article.version + 1
    if verb == "published":
        article.published_at = now
    db.session.flush()
    indexing.index(article)
    titles = {line.language: line.title for line in article.texts}
    numbers = {line.language: line.published for line in article.texts}
    after = {"status": status, "titles": titles, "versions": numbers, **(more or {})}
    _record(verb, article, now=now, actor_id=actor_id, before=before, after=after)
    return article


def _record(verb: str, article: Article, *, now: datetime, actor_id: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(action=f"article.{verb}", target=f"article:{article.id}", actor_id=actor_id, now=now, before=before, after=after)

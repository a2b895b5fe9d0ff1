"""Writing articles: facts, and for each language a line of versions. Nothing that was saved is lost: who saves over a colleague's newer version is
told of it and sees both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.auth.models import User
from core.db import db
from core.errors import Conflict, DomainError, NotAllowed, NotValid
from tickets.api_files import own_uploads
from tickets.knowledge import indexing, queries, rich_text, rules
from tickets.knowledge.models import Article, ArticleFile, ArticleText, ArticleUse, ArticleVersion

FACTS = ("public", "category_id", "tags", "kinds", "models", "skus", "reviewer_id", "review_by")


def create_article(
    *,
    language: str,
    title: str,
    body: str,
    now: datetime,
    actor_id: int,
    facts: dict[str, Any] | None = None,
    file_ids: Sequence[int] = (),
    ticket_id: int | None = None,
) -> Article:
    """A draft with its first version. `facts` as for `change_article`. Raises NotValid, NotFound for a category that is not there."""
    found = _checked(facts or {})
    article = Article(author_id=actor_id, created_at=now, updated_at=now, ticket_id=ticket_id, **found)
    db.session.add(article)
    db.session.flush()
    save_version(article_id=article.id, language=language, title=title, body=body, base=0, file_ids=file_ids, now=now, actor_id=actor_id)
    db.session.refresh(article)
    return article


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    found = rules.checked_facts(facts)
    if found.get("category_id") is not None:
        queries.category(found["category_id"])
    if found.get("reviewer_id") is not None and db.session.get(User, found["reviewer_id"]) is None:
        raise NotValid(_("There is no such colleague."), field="reviewer_id")
    return found


def change_article(
    *, article_id: int, facts: dict[str, Any], expected_version: int, publisher: bool, now: datetime, actor_id: int
) -> Article:
    """Change facts (see `FACTS`), only those given. Whoever may not publish does not open a published article to customers.

    Raises Conflict (code `changed_meanwhile`) when somebody changed the facts since `expected_version`, NotAllowed, NotValid. Locks the article.
    """
    article = queries.locked(article_id)
    found = _checked(facts)
    before = facts_of(article)
    changes = {name: value for name, value in found.items() if getattr(article, name) != value}
    if article.version != expected_version and changes:
        raise Conflict(
            _("A colleague changed this article meanwhile. Look at it and save once more."),
            code="changed_meanwhile",
            details={"version": article.version},
        )
    if changes.get("public") and article.status == "published" and not publisher:
        raise NotAllowed(_("Only who may publish opens an article to customers."))
    if not changes:
        return article
    for name, value in changes.items():
        setattr(article, name, value)
    article.version += 1
    article.updated_at = now
    db.session.flush()
    db.session.expire(article, ["category", "reviewer"])
    indexing.index(article)
    _audit("changed", article, now=now, actor_id=actor_id, before=before)
    return article


def save_version(
    *,
    article_id: int,
    language: str,
    title: str,
    body: str,
    base: int,
    now: datetime,
    actor_id: int,
    note: str = "",
    file_ids: Sequence[int] = (),
    restored_from: int | None = None,
) -> ArticleVersion:
    """A new version in one language; readers go on seeing the published one. `base`: number of the version that the author began with, 0: none.

    Raises Conflict (code `newer_version`, with the newer one) when there is a newer one, NotValid. The same text again is no new version.
    Locks the article.
    """
    article = queries.locked(article_id)
    clean_title, clean_body = rules.checked_title(title), rich_text.checked_body(body)
    line = queries.text_of(article, rules.checked_language(language))
    latest = queries.version(article.id, language, line.latest) if line is not None else None
    files = _checked_files(article.id, file_ids, clean_body, actor_id)
    if latest is not None and (latest.title, latest.body, latest.file_ids) == (clean_title, clean_body, files):
        return latest
    if (latest.number if latest is not None else 0) != base:
        raise _newer(latest)
    version = ArticleVersion(
        article_id=article.id,
        language=language,
        number=base + 1,
        title=clean_title,
        body=clean_body,
        text=rich_text.text_of(clean_body),
        file_ids=files,
        note=" ".join(note.split())[: rules.LONGEST_NOTE],
        restored_from=restored_from,
        author_id=actor_id,
        at=now,
    )
    db.session.add(version)
    _set_line(article, line, version)
    article.updated_at = now
    db.session.flush()
    indexing.index(article)
    return version


def _set_line(article: Article, line: ArticleText | None, version: ArticleVersion) -> None:
    if line is None:
        words = indexing.words_of(article, version.language, version.title, "")
        line = ArticleText(language=version.language, latest=version.number, title=version.title, text=version.text, words=words)
        article.texts.append(line)
    line.latest = version.number


def _newer(latest: ArticleVersion | None) -> Conflict:
    if latest is None:
        return Conflict(_("There is nothing in this language yet. Reload the page."), code="newer_version")
    theirs = {
        "number": latest.number,
        "title": latest.title,
        "body": latest.body,
        "by": latest.author.name if latest.author is not None else "",
        "at": latest.at.isoformat(),
    }
    return Conflict(_("%(name)s saved this text while you wrote.", name=theirs["by"]), code="newer_version", details={"theirs": theirs})


def _checked_files(article_id: int, file_ids: Sequence[int], body: str, actor_id: int) -> list[int]:
    """The attachments, each once. All of them, and what the text shows, are the article's already or uploads of the author."""
    attached = list(dict.fromkeys(file_ids))
    if len(attached) > rules.MOST_FILES:
        raise NotValid(_("At most %(count)d files at once.", count=rules.MOST_FILES), field="file_ids")
    known = queries.own_files(article_id)
    fresh = own_uploads([one for one in (*attached, *rich_text.images_of(body)) if one not in known], actor_id)
    if fresh:
        rows = [{"article_id": article_id, "file_id": one} for one in fresh]
        db.session.execute(insert(ArticleFile).values(rows).on_conflict_do_nothing())
    return attached


def restore_version(*, article_id: int, language: str, number: int, base: int, now: datetime, actor_id: int) -> ArticleVersion:
    """What it said then, as a new version. Raises as `save_version`, NotFound."""
    old = queries.version(article_id, language, number)
    return save_version(
        article_id=article_id,
        language=language,
        title=old.title,
        body=old.body,
        base=base,
        file_ids=old.file_ids,
        restored_from=old.number,
        now=now,
        actor_id=actor_id,
    )


def remove_article(*, article_id: int, publisher: bool, now: datetime, actor_id: int) -> None:
    """For good, with all versions. Authors remove their own drafts, publishers everything that never was in an answer: what customers were sent
    is archived instead. Raises NotAllowed, DomainError (code `used`). Locks the article."""
    article = queries.locked(article_id)
    if not publisher and not (article.author_id == actor_id and article.published_at is None):
        raise NotAllowed(_("Only its author removes a draft, and only who may publish removes the rest."))
    if db.session.scalar(select(ArticleUse.id).where(ArticleUse.article_id == article.id).limit(1)) is not None:
        raise DomainError(_("It was used in answers and links to it are with customers. Archive it instead."), code="used")
    _audit("removed", article, now=now, actor_id=actor_id, before=facts_of(article), after={})
    db.session.delete(article)
    db.session.flush()


def facts_of(article: Article) -> dict[str, Any]:
    """For the audit."""
    titles = {row.language: row.title for row in article.texts}
    return {"titles": titles, "status": article.status, **{name: getattr(article, name) for name in FACTS}}


def _audit(
    verb: str, article: Article, *, now: datetime, actor_id: int, before: dict[str, Any], after: dict[str, Any] | None = None
) -> None:
    told = facts_of(article) if after is None else after
    audit.record(action=f"article.{verb}", target=f"article:{article.id}", actor_id=actor_id, now=now, before=before, after=told)

"""The texts of an article over HTTP: a new version, the list, what changed, an old one brought back; and marks."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core.api import ApiBlueprint
from core.auth.access import permission
from tickets.knowledge import differences, presenters, queries, schemas, services, using
from tickets.knowledge.api import shown, who
from tickets.knowledge.models import ArticleVersion
from tickets.schemas import listed

blueprint = ApiBlueprint("knowledge_versions", "Texts of knowledge articles")


def _published(article_id: int, language: str) -> int | None:
    line = queries.text_of(queries.one(article_id), language)
    return line.published if line is not None else None


@blueprint.route("/articles/<int:article_id>/versions")
@permission("knowledge.read")
@blueprint.arguments(schemas.VersionQuery, location="query")
@blueprint.response(200, listed(schemas.ArticleVersionLineSchema))
def list_versions(query: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Of one language, the newest first."""
    published = _published(article_id, query["language"])
    rows = queries.versions(article_id, query["language"])
    return {"items": [presenters.version_line(row, published=row.number == published) for row in rows], "next": None}


@blueprint.route("/articles/<int:article_id>/versions", methods=("POST",))
@permission("knowledge.write")
@blueprint.arguments(schemas.ArticleVersionInput)
@blueprint.response(201, schemas.ArticleSchema)
def save_version(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Save a text. 409 (code `newer_version`, `theirs`) when somebody saved since `base`; send it again with their number to put yours on top: theirs
    stays among the versions."""
    services.save_version(article_id=article_id, **body, **who())
    return shown(queries.one(article_id))


@blueprint.route("/articles/<int:article_id>/versions/<int:number>")
@permission("knowledge.read")
@blueprint.arguments(schemas.VersionQuery, location="query")
@blueprint.response(200, schemas.ArticleVersionSchema)
def show_version(query: dict[str, Any], article_id: int, number: int) -> dict[str, Any]:
    """One version whole."""
    row = queries.version(article_id, query["language"], number)
    return presenters.version(row, published=row.number == _published(article_id, query["language"]))


@blueprint.route("/articles/<int:article_id>/versions/<int:number>/difference")
@permission("knowledge.read")
@blueprint.arguments(schemas.DifferenceQuery, location="query")
@blueprint.response(200, schemas.ArticleDifferenceSchema)
def difference(query: dict[str, Any], article_id: int, number: int) -> dict[str, Any]:
    """What this version changed."""
    language = query["language"]
    new = queries.version(article_id, language, number)
    against = query["against"] if query["against"] is not None else number - 1
    return _difference(queries.version(article_id, language, against) if against > 0 else None, new, _published(article_id, language))


def _difference(old: ArticleVersion | None, new: ArticleVersion, published: int | None) -> dict[str, Any]:
    before = set(old.file_ids) if old is not None else set()
    files = queries.files_of(before | set(new.file_ids))
    old_title, old_text = (old.title, old.text) if old is not None else ("", "")
    return {
        "old": presenters.version_line(old, published=old.number == published) if old is not None else None,
        "new": presenters.version_line(new, published=new.number == published),
        "title": _parts(old_title, new.title),
        "text": _parts(old_text, new.text),
        "files_added": [files[one].name for one in new.file_ids if one not in before and one in files],
        "files_removed": [files[one].name for one in before - set(new.file_ids) if one in files],
        "only_form": (old_title, old_text) == (new.title, new.text) and old is not None and old.body != new.body,
    }


def _parts(old: str, new: str) -> list[dict[str, str]]:
    return [{"kind": kind, "text": text} for kind, text in differences.differences(old, new)]


@blueprint.route("/articles/<int:article_id>/restorations", methods=("POST",))
@permission("knowledge.write")
@blueprint.arguments(schemas.RestorationInput)
@blueprint.response(201, schemas.ArticleSchema)
def restore(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Bring an old version back, as a new one."""
    services.restore_version(article_id=article_id, **body, **who())
    return shown(queries.one(article_id))


@blueprint.route("/articles/<int:article_id>/marks")
@permission("knowledge.read")
@blueprint.response(200, listed(schemas.ArticleMarkSchema))
def list_marks(article_id: int) -> dict[str, Any]:
    """Who found it helpful, who did not, and what they said."""
    return {"items": queries.marks_of(queries.one(article_id).id), "next": None}


@blueprint.route("/articles/<int:article_id>/mark", methods=("PUT",))
@permission("knowledge.read")
@blueprint.arguments(schemas.ArticleMarkInput)
@blueprint.response(200, schemas.ArticleSchema)
def mark(body: dict[str, Any], article_id: int) -> dict[str, Any]:
    """Say whether it helped; again to change one's mind."""
    using.mark(article_id=article_id, **body, **who())
    return shown(queries.one(article_id))


@blueprint.route("/articles/<int:article_id>/mark", methods=("DELETE",))
@permission("knowledge.read")
@blueprint.response(200, schemas.ArticleSchema)
def unmark(article_id: int) -> dict[str, Any]:
    """Take one's mark back."""
    using.unmark(article_id=article_id, actor_id=current_user.id)
    return shown(queries.one(article_id))

"""Pages of the knowledge base for colleagues, and the files of articles for whoever may read them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import files
from core.auth.access import permission, public
from core.auth.security import may
from core.db import db
from core.errors import NotFound
from core.files import File
from core.i18n import current_language
from staff import queries as staff
from tickets import queries as tickets
from tickets.knowledge import presenters, queries, rich_text, using
from tickets.knowledge.models import Article

UNKNOWN_TYPE = "application/octet-stream"
blueprint = Blueprint("knowledge", __name__)


def _choices() -> dict[str, Any]:
    """What lists and editors choose from."""
    language = current_language()
    return {
        "categories": [presenters.category(row, language=language) for row in queries.categories()],
        "may_write": may("knowledge.write"),
        "may_publish": may("knowledge.publish"),
        "user_id": current_user.id,
        "language": language,
    }


@blueprint.get("/knowledge")
@permission("knowledge.read")
def articles() -> str:
    """All articles, searched and filtered; the address holds the whole state."""
    return render_template("tickets/knowledge/articles.html", page_data=_choices())


@blueprint.get("/knowledge/new")
@permission("knowledge.write")
def new_article() -> str:
    """Write one; `?ticket=42` begins with what was asked and done there."""
    number = request.args.get("ticket", type=int)
    found = using.written_down(tickets.by_number(number)) if number is not None else None
    return render_template("tickets/knowledge/edit.html", article=None, page_data=_editing() | {"id": None, "written": found})


@blueprint.get("/knowledge/<int:article_id>")
@permission("knowledge.read")
def article(article_id: int) -> str:
    """One article to read."""
    row = queries.one(article_id)
    title = presenters.title(row, current_language())
    return render_template("tickets/knowledge/article.html", article=row, article_title=title, page_data=_choices() | {"id": row.id})


@blueprint.get("/knowledge/<int:article_id>/edit")
@permission("knowledge.write")
def edit_article(article_id: int) -> str:
    """Write on."""
    row = queries.one(article_id)
    return render_template("tickets/knowledge/edit.html", article=row, page_data=_editing() | {"id": row.id, "written": None})


def _editing() -> dict[str, Any]:
    people = [{"id": person.user_id, "name": person.name} for person in staff.people(kinds=("agent", "both"))]
    return _choices() | {"people": people, "files": rich_text.FILES}


@blueprint.get("/knowledge/categories")
@permission("knowledge.publish")
def categories() -> str:
    """The shelves."""
    return render_template("tickets/knowledge/categories.html")


@blueprint.get("/help/articles/files/<int:file_id>")
@public
def file(file_id: int) -> Response:
    """A picture or attachment of an article: to everybody when it stands in what customers may read, else to colleagues. Pictures are shown in
    place, everything else is a download."""
    row = db.session.get(File, file_id) if file_id < 1 << 63 else None
    holders = queries.with_file(file_id) if row is not None else []
    to_all = any(_shows(article, file_id) for article in holders)
    if row is None or not (to_all or _for_colleagues(row, holders)):
        raise NotFound(_("There is no such file."))
    try:
        content = files.read(row)
    except FileNotFoundError:
        raise NotFound(_("The file store has lost this file.")) from None
    shown = files.is_picture(row, content)
    response = Response(content, content_type=row.content_type if shown else UNKNOWN_TYPE)
    response.headers["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(row.name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    # An hour: a file that is taken out of an article is soon gone everywhere.
    response.headers["Cache-Control"] = "public, max-age=3600" if to_all else "private, max-age=3600"
    return response


def _shows(row: Article, file_id: int) -> bool:
    """Whether customers see the file in it."""
    if row.status != "published" or not row.public:
        return False
    shown = queries.current(row, published=True).values()
    return any(file_id in version.file_ids or file_id in rich_text.images_of(version.body) for version in shown)


def _for_colleagues(row: File, holders: list[Article]) -> bool:
    if not current_user.is_authenticated:
        return False
    return bool(row.created_by_id == current_user.id or (holders and may("knowledge.read")))

"""Files: uploaded by somebody first, then named in a message or note; downloaded by everybody who may read tickets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_smorest.fields import Upload
from sqlalchemy import select

from core import clock, files
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from core.errors import NotFound, NotValid
from core.files import UNKNOWN_TYPE, File
from tickets import presenters, queries, schemas

LARGEST = 25 * 1024 * 1024
blueprint = ApiBlueprint("files", "Files for messages and notes")
pages = Blueprint("files", __name__)


class UploadInput(ma.Schema):
    file = Upload(required=True)


@blueprint.route("/files", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(UploadInput, location="files")
@blueprint.response(201, schemas.FileSchema)
def upload(body: dict[str, Any]) -> dict[str, Any]:
    """Store one file of at most 25 MB. Name its id as one of `file_ids` within a message or note."""
    given = body["file"]
    content = given.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NotValid(_("A file may have at most %(size)d MB.", size=LARGEST // (1024 * 1024)), field="file")
    if not content:
        raise NotValid(_("This file is empty."), field="file")
    stored = files.save(
        content,
        name=given.filename or "file",
        content_type=(given.mimetype or UNKNOWN_TYPE)[:200],
        now=clock.now(),
        actor_id=current_user.id,
    )
    return presenters.file(stored)


def own_uploads(file_ids: Iterable[int], user_id: int) -> list[int]:
    """The ids, each once, in their order. Raises NotValid for a file that somebody else uploaded: naming it would let one read it."""
    wanted = list(dict.fromkeys(file_ids))
    if not wanted:
        return []
    known = set(db.session.scalars(select(File.id).where(File.id.in_(wanted), File.created_by_id == user_id)))
    if known != set(wanted):
        raise NotValid(_("This file is not there any more. Attach it again."), field="file_ids")
    return wanted


@pages.get("/files/<int:file_id>")
@permission("tickets.read")
def download(file_id: int) -> Response:
    """A file of a ticket's timeline, or one that the reader uploaded; always as a download, never run in our pages."""
    row = db.session.get(File, file_id) if file_id < 1 << 63 else None
    if row is None or not (row.created_by_id == current_user.id or queries.is_attached(file_id)):
        raise NotFound(_("There is no such file."))
    return files.as_download(row)

"""The sound of recordings. Every listening and every download is written into the audit."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _
from flask_login import current_user

from callcenter.voice import queries
from callcenter.voice.models import Recording
from core import audit, clock, files
from core.auth.access import permission
from core.auth.security import may
from core.db import db, transaction
from core.errors import NotAllowed, NotFound
from core.files import File

blueprint = Blueprint("recordings", __name__)


@blueprint.get("/recordings/<int:recording_id>")
@permission("calls.read")
def sound(recording_id: int) -> Response:
    """A recording as WAV, for who took part in the call or may listen to all; `?inline=1` to listen, else as a download."""
    inline = request.args.get("inline") == "1"
    with transaction():
        row = db.session.get(Recording, recording_id) if recording_id < 1 << 63 else None
        file = db.session.get(File, row.file_id) if row is not None and row.file_id is not None else None
        if row is None or file is None:
            raise NotFound(_("There is no such recording (yet)."))
        if not (may("recordings.listen") or queries.took_part(row.call_id, current_user.id)):
            raise NotAllowed(_("You may listen to recordings of your own calls only."))
        if _from_the_start():
            action = "recording.heard" if inline else "recording.downloaded"
            after = {"call_id": row.call_id, "kind": row.kind}
            audit.record(action=action, target=f"recording:{row.id}", actor_id=current_user.id, now=clock.now(), after=after)
        try:
            content = files.read(file)
        except FileNotFoundError:
            raise NotFound(_("The file store has lost this recording.")) from None
        name = file.name
    response = Response(content, mimetype="audio/wav")
    response.headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return cast(Response, response.make_conditional(request, accept_ranges=True, complete_length=len(content)))


def _from_the_start() -> bool:
    """Players ask for pieces; moving about in a recording is not listening again."""
    return request.range is None or any(start == 0 for start, _stop in request.range.ranges)

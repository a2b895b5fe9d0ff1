"""Recordings over `/api/v1`: an agent pauses the one that runs, and what was recorded is listed."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user

from callcenter.voice import queries, services
from callcenter.voice.api import CallOut, acting_person_id, call_shown
from callcenter.voice.models import Call
from callcenter.voice.presenters import recording_row
from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from core.errors import NotFound
from core.jsonable import jsonable

blueprint = ApiBlueprint("recordings", "Recordings of calls: messages, and talks that the customer let us record.")


class RecordingIn(ma.Schema):
    paused = ma.fields.Boolean(required=True)


class RecordingOut(ma.Schema):
    id = ma.fields.Integer()
    kind = ma.fields.String(metadata={"description": "voicemail or conversation"})
    seconds = ma.fields.Integer()
    created_at = ma.fields.String()
    address = ma.fields.String(allow_none=True, metadata={"description": "where the sound is; null until it was fetched"})


class RecordingsOut(ma.Schema):
    recordings = ma.fields.List(ma.fields.Nested(RecordingOut))


@blueprint.route("/calls/<int:call_id>/recording", methods=("PUT",))
@permission("calls.take")
@blueprint.arguments(RecordingIn)
@blueprint.response(202, CallOut)
def pause(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Pause the recording of my call (a card's number is read out), or go on; `recording` of the call says when the carrier did it."""
    services.pause_recording(
        call_id=call_id, person_id=acting_person_id(), paused=body["paused"], now=clock.now(), actor_id=current_user.id
    )
    return call_shown(call_id)


@blueprint.route("/calls/<int:call_id>/recordings")
@permission("calls.read")
@blueprint.response(200, RecordingsOut)
def list_recordings(call_id: int) -> dict[str, Any]:
    """What was recorded of a call. Who may listen to it is asked at its address."""
    if db.session.get(Call, call_id) is None:
        raise NotFound(_("There is no such call."))
    return {"recordings": [jsonable(recording_row(row)) for row in queries.recordings(call_id)]}

"""On-call rotas, the log of escalations, and the notices that tell of them, over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user
from marshmallow import fields, validate

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets.notices import services as notices
from tickets.schemas import identity, listed, plain
from tickets.sla import escalating, on_call
from tickets.sla.models import OnCallRota

blueprint = ApiBlueprint("escalation", "Escalation: on-call rotas, log, notices")
PAGE = 50


class SwapSchema(ma.Schema):
    """A stand-in, before whoever's turn it is."""

    class Meta:
        include = {
            "from": fields.AwareDateTime(required=True),
            "until": fields.AwareDateTime(required=True),
        }

    person_id = identity(required=True)


class OnCallRotaPatch(ma.Schema):
    name = plain(100)
    time_zone = plain(60)
    starts_on = fields.Date(metadata={"description": "The first day of the first one's turn"})
    handover = plain(5, metadata={"description": "HH:MM on the clock of the zone"})
    turn_days = fields.Integer(strict=True, validate=validate.Range(1, 366))
    people = fields.List(identity(), metadata={"description": "Ids of persons in the order of their turns"})
    swaps = fields.List(fields.Nested(SwapSchema), validate=validate.Length(max=on_call.MOST_SWAPS))


class OnCallRotaInput(OnCallRotaPatch):
    name = plain(100, required=True)
    time_zone = plain(60, required=True)
    starts_on = fields.Date(required=True)
    people = fields.List(identity(), required=True)


class OnCallRotaSchema(ma.Schema):
    id = fields.Integer()
    name = fields.String()
    time_zone = fields.String()
    starts_on = fields.Date()
    handover = fields.String()
    turn_days = fields.Integer()
    people = fields.List(fields.Integer())
    swaps = fields.List(fields.Dict())
    now = fields.Dict(allow_none=True, metadata={"description": "{id, name} of the person on call now"})


class LogQuery(ma.Schema):
    before = identity(strict=False, load_default=None, metadata={"description": "The id of the last row seen"})


class EscalationSchema(ma.Schema):
    """`done`: what came of each action, null while it is being done; `withdrawn_at`: the breach was none after all."""

    id = fields.Integer()
    number = fields.Integer()
    subject = fields.String()
    kind = fields.String()
    level = fields.Integer()
    reached_at = fields.AwareDateTime()
    fired_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    done = fields.List(fields.Dict(), allow_none=True)


def _rota(row: OnCallRota) -> dict[str, Any]:
    person = on_call.person_on_call(row.id, clock.now())
    return {"id": row.id, **on_call.facts(row), "now": {"id": person.id, "name": person.name} if person is not None else None}


@blueprint.route("/on-call-rotas")
@permission("sla.manage")
@blueprint.response(200, listed(OnCallRotaSchema))
def list_rotas() -> dict[str, Any]:
    """All by name, each with who is on call now."""
    return {"items": [_rota(row) for row in on_call.rotas()], "next": None}


@blueprint.route("/on-call-rotas", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(OnCallRotaInput)
@blueprint.response(201, OnCallRotaSchema)
def create_rota(body: dict[str, Any]) -> dict[str, Any]:
    """A new rota."""
    values = {"handover": "08:00", "turn_days": 7, **body}
    return _rota(on_call.save_rota(rota_id=None, values=values, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/on-call-rotas/<int:rota_id>", methods=("PATCH",))
@permission("sla.manage")
@blueprint.arguments(OnCallRotaPatch)
@blueprint.response(200, OnCallRotaSchema)
def change_rota(body: dict[str, Any], rota_id: int) -> dict[str, Any]:
    """Change some of it; `swaps` replaces all stand-ins."""
    return _rota(on_call.save_rota(rota_id=rota_id, values=body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/on-call-rotas/<int:rota_id>", methods=("DELETE",))
@permission("sla.manage")
@blueprint.response(204)
def remove_rota(rota_id: int) -> None:
    """Ladders that name it tell nobody from then on, and say so."""
    on_call.remove_rota(rota_id=rota_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/escalations")
@permission("board.supervise")
@blueprint.arguments(LogQuery, location="query")
@blueprint.response(200, listed(EscalationSchema))
def list_escalations(query: dict[str, Any]) -> dict[str, Any]:
    """The log, the newest first, those withdrawn too; `next` is the `before` of the next page."""
    rows = escalating.log_rows(limit=PAGE, before=query["before"])
    return {"items": rows, "next": str(rows[-1]["id"]) if len(rows) == PAGE else None}


@blueprint.route("/notices/<int:notice_id>/sighting", methods=("POST",))
@permission("tickets.read")
@blueprint.response(204)
def see_notice(notice_id: int) -> None:
    """I have seen it: it leaves my screens."""
    if notice_id < 1 << 63:
        escalating.see(notice_id=notice_id, user_id=current_user.id, now=clock.now())


@blueprint.route("/personal-notices/<int:notice_id>/sighting", methods=("POST",))
@permission("account.use")
@blueprint.response(204)
def see_personal_notice(notice_id: int) -> None:
    """I have seen what a rule, a reminder or a decision told me: it leaves my screens."""
    if notice_id < 1 << 63:
        notices.see(notice_id=notice_id, user_id=current_user.id, now=clock.now())

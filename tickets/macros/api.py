"""Macros over HTTP: keeping them, seeing what one would do, doing it, taking it back. Canned answers: `api_answers`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.errors import NotValid
from core.jsonable import jsonable
from tickets import presenters, queries, rules
from tickets.editing import names_of
from tickets.macros import queries as macros
from tickets.macros import rules as macro_rules
from tickets.macros import services
from tickets.macros.models import CannedAnswer, Macro
from tickets.schemas import TicketSchema, identity, listed, one_of, plain, tag_names

blueprint = ApiBlueprint("macros", "Macros")
MANAGE = "settings.manage"


def texts_by_language(**options: Any) -> ma.fields.Dict:
    """A text by language: en, zh_Hans, zh_Hant."""
    return ma.fields.Dict(keys=plain(20), values=plain(macro_rules.LONGEST, allow_none=True), **options)


class StepsSchema(ma.Schema):
    """What is done; only what is named. `assignee_id`: a person's id, null for nobody; `assign_me` whoever runs it. Variables in texts: {{customer}},
    {{number}}, {{subject}}, {{queue}}, {{equipment}}, {{serial}}, {{site}}, {{agent}}, {{email}}, {{phone}}."""

    status = one_of(tuple(rules.Status))
    wait_reason = one_of(tuple(rules.WaitReason), allow_none=True)
    priority = one_of(rules.PRIORITIES)
    assignee_id = identity(allow_none=True)
    assign_me = ma.fields.Boolean()
    queue_id = identity()
    add_tags = tag_names()
    remove_tags = tag_names()
    note = texts_by_language()
    text = texts_by_language(metadata={"description": "Put into the composer; the agent sends it"})


def folder_name() -> ma.fields.String:
    """In which folder it stands."""
    return plain(200, load_default="", metadata={"description": "A name that several share, empty for none"})


class MacroInput(ma.Schema):
    name = plain(200, required=True)
    folder = folder_name()
    shared = ma.fields.Boolean(load_default=False, metadata={"description": "Everybody's (administrators only), else one's own"})
    steps = ma.fields.Nested(StepsSchema, required=True)


class KeptSchema(ma.Schema):
    id = ma.fields.Integer()
    name = ma.fields.String()
    folder = ma.fields.String()
    shared = ma.fields.Boolean()
    used = ma.fields.Integer(metadata={"description": "How often"})
    used_at = ma.fields.AwareDateTime(allow_none=True, metadata={"description": "The last time"})


class MacroSchema(KeptSchema):
    steps = ma.fields.Nested(StepsSchema)


class RunInput(ma.Schema):
    macro_id = identity(required=True)


class ChangeSchema(ma.Schema):
    """Values as codes and ids, with the names of what they refer to."""

    field = ma.fields.String()
    before = ma.fields.Raw(allow_none=True)
    after = ma.fields.Raw(allow_none=True)
    before_name = ma.fields.String(allow_none=True)
    after_name = ma.fields.String(allow_none=True)


class PreviewSchema(ma.Schema):
    changes = ma.fields.List(ma.fields.Nested(ChangeSchema))
    note = ma.fields.String()
    text = ma.fields.String()
    missing = ma.fields.List(ma.fields.String(), metadata={"description": "Variables without a value: left out of the texts"})


class RunSchema(PreviewSchema):
    entry_id = ma.fields.Integer()
    can_undo = ma.fields.Boolean()


def shown(row: Macro | CannedAnswer) -> dict[str, Any]:
    """One of them, for whoever may see it."""
    plain_ones = {name: getattr(row, name) for name in ("id", "name", "folder", "used", "used_at")}
    common = {**plain_ones, "shared": row.owner_id is None}
    if isinstance(row, CannedAnswer):
        return {**common, "shortcut": row.shortcut, "texts": row.texts}
    steps = dict(row.steps)
    if steps.get("assignee_id") == macro_rules.ME:
        del steps["assignee_id"]
        steps["assign_me"] = True
    return {**common, "steps": steps}


def who() -> dict[str, Any]:
    """Keyword arguments of the services."""
    return {"manager": may(MANAGE), "now": clock.now(), "actor_id": current_user.id}


def _steps(body: dict[str, Any]) -> dict[str, Any]:
    steps = dict(body["steps"])
    if steps.pop("assign_me", False):
        steps["assignee_id"] = macro_rules.ME
    if "queue_id" in steps and not queries.queue(steps["queue_id"]).active:
        raise NotValid(_("There is no such queue."), field="queue_id")
    return {**body, "steps": steps}


@blueprint.route("/macros")
@permission("tickets.write")
@blueprint.response(200, listed(MacroSchema))
def list_macros() -> dict[str, Any]:
    """Everybody's and one's own."""
    return {"items": [shown(row) for row in macros.visible(Macro, current_user.id)], "next": None}


@blueprint.route("/macros", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(MacroInput)
@blueprint.response(201, MacroSchema)
def create_macro(body: dict[str, Any]) -> dict[str, Any]:
    """A new macro."""
    return shown(services.save_macro(macro=None, **_steps(body), **who()))


@blueprint.route("/macros/<int:macro_id>", methods=("PATCH",))
@permission("tickets.write")
@blueprint.arguments(MacroInput)
@blueprint.response(200, MacroSchema)
def change_macro(body: dict[str, Any], macro_id: int) -> dict[str, Any]:
    """Put another in its place: name, steps, whose it is."""
    return shown(services.save_macro(macro=macros.one(Macro, macro_id, current_user.id), **_steps(body), **who()))


@blueprint.route("/macros/<int:macro_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(204)
def remove_macro(macro_id: int) -> None:
    """For good; what it did stays."""
    services.remove(row=macros.one(Macro, macro_id, current_user.id), **who())


@blueprint.route("/tickets/<int:number>/macros/<int:macro_id>")
@permission("tickets.write")
@blueprint.response(200, PreviewSchema)
@blueprint.alt_response(409, "CONFLICT")
def preview(number: int, macro_id: int) -> dict[str, Any]:
    """What the macro would do to this ticket now; 409 with the reason when it would be refused."""
    ticket, macro = queries.by_number(number), macros.one(Macro, macro_id, current_user.id)
    before = names_of(ticket)
    tried = db.session.begin_nested()
    try:
        run = services.run_macro(ticket_id=ticket.id, macro=macro, now=clock.now(), actor_id=current_user.id)
        return _told(run, before)
    finally:
        tried.rollback()
        db.session.rollback()


@blueprint.route("/tickets/<int:number>/macro-runs", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(RunInput)
@blueprint.response(201, RunSchema)
def run_macro(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Do all of its steps, or none with the reason. `text` is for the composer."""
    ticket, macro = queries.by_number(number), macros.one(Macro, body["macro_id"], current_user.id)
    before = names_of(ticket)
    run = services.run_macro(ticket_id=ticket.id, macro=macro, now=clock.now(), actor_id=current_user.id)
    return {**_told(run, before), "entry_id": run.entry.id, "can_undo": run.can_undo}


@blueprint.route("/tickets/<int:number>/macro-runs/<int:entry_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, TicketSchema)
def undo_run(number: int, entry_id: int) -> dict[str, Any]:
    """Take back what it changed; its note stays. 409 when a colleague changed the same since."""
    ticket = queries.by_number(number)
    return presenters.ticket(services.undo_run(ticket_id=ticket.id, entry_id=entry_id, now=clock.now(), actor_id=current_user.id))


def _told(run: services.Run, before: dict[str, str | None]) -> dict[str, Any]:
    after = names_of(run.ticket)
    changes = [
        {"field": name, "before": jsonable(old), "after": jsonable(new), "before_name": before.get(name), "after_name": after.get(name)}
        for name, (old, new) in run.changes.items()
    ]
    return {"changes": changes, "note": run.note, "text": run.text, "missing": run.missing}

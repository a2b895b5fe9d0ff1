"""Everything that a list selects, over HTTP: how many, as a table, changed at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask import Response, send_file, stream_with_context
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import fields, validate

from core import audit, clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.db import transaction
from core.errors import NotValid
from tickets.saved_views import bulk, exporting, listing
from tickets.saved_views.asking import selection_of
from tickets.schemas import BulkChange, RefusedSchema, SelectionQuery, identity, one_of

blueprint = ApiBlueprint("many_tickets", "Many tickets at once: counted, exported, changed")
MOST_XLSX = 100_000
PICKED = 500
BATCH = 1000
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class CountSchema(ma.Schema):
    count = fields.Integer()
    more = fields.Boolean(metadata={"description": "There are more than `count`"})


class ExportQuery(SelectionQuery):
    format = one_of(tuple(_TYPES), load_default="csv")


class BulkRunInput(ma.Schema):
    """`numbers`, or `selection` with the query of GET /tickets, or both: of those, these."""

    numbers = fields.List(identity(), validate=validate.Length(1, PICKED))
    selection = fields.Nested(SelectionQuery)
    changes = fields.Nested(BulkChange, required=True)

    @ma.validates_schema
    def _says_which(self, data: dict[str, Any], **_more: Any) -> None:
        if not data.get("numbers") and "selection" not in data:
            raise ma.ValidationError(str(_("Say which tickets: numbers or a selection.")), "numbers")


class BulkRunSchema(ma.Schema):
    """`waiting` … `kept`: tickets by outcome; `same` were so already, `kept` could not be taken back."""

    id = fields.Integer()
    state = fields.String(metadata={"description": "running, done, cancelled, undoing, undone"})
    total = fields.Integer()
    waiting = fields.Integer()
    changed = fields.Integer()
    same = fields.Integer()
    refused = fields.Integer()
    undone = fields.Integer()
    kept = fields.Integer()
    problems = fields.List(
        fields.Nested(RefusedSchema), metadata={"description": "The first 100 of those refused or kept, with the reason"}
    )


@blueprint.route("/tickets/count")
@permission("tickets.read")
@blueprint.arguments(SelectionQuery, location="query")
@blueprint.response(200, CountSchema)
def count_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """How many tickets a list has, up to 1,000."""
    found = listing.capped_counts({"list": selection_of(query).where})["list"]
    if found is None:
        raise NotValid(_("Counting these takes too long."), code="slow")
    return {"count": min(found, listing.COUNTED), "more": found > listing.COUNTED}


@blueprint.route("/tickets/export")
@permission("tickets.export")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200, content_type="text/csv", description="The table; with format=xlsx a workbook")
def export_tickets(query: dict[str, Any]) -> Response:
    """All tickets of a list with its columns, in its order, as CSV or XLSX. This is written into the audit."""
    chosen, kind, now = selection_of(query), query["format"], clock.now()
    columns, zone = list(chosen.columns), ZoneInfo(current_user.time_zone)
    shown = {name: value for name, value in query.items() if value is not None} | {"columns": [column.name for column in columns]}
    with transaction():
        audit.record(action="tickets.exported", target="tickets", actor_id=current_user.id, now=now, after=shown)

    def lines() -> Iterator[dict[str, Any]]:
        return listing.everything(chosen.where, sort=chosen.sort, descending=chosen.descending, extra=columns, batch=BATCH)

    name = f"tickets-{now.astimezone(zone):%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        return send_file(
            exporting.xlsx_file(_at_most(lines(), MOST_XLSX), columns, zone), mimetype=_TYPES[kind], as_attachment=True, download_name=name
        )
    answer = Response(stream_with_context(exporting.csv_lines(lines(), columns, zone)), mimetype=_TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _at_most(lines: Iterator[dict[str, Any]], most: int) -> Iterator[dict[str, Any]]:
    for place, line in enumerate(lines):
        if place == most:
            raise NotValid(_("A workbook has at most %(most)d tickets here: narrow the view or take CSV.", most=most), field="format")
        yield line


@blueprint.route("/tickets/bulk-runs", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(BulkRunInput)
@blueprint.response(202, BulkRunSchema)
def begin_run(body: dict[str, Any]) -> dict[str, Any]:
    """Change many tickets, each whole or not at all: a few at once, the others in the background; ask for the run to see how far it is."""
    where = selection_of(body["selection"]).where if "selection" in body else []
    run = bulk.begin(where=where, numbers=body.get("numbers"), changes=body["changes"], now=clock.now(), actor_id=current_user.id)
    return bulk.told(run)


@blueprint.route("/tickets/bulk-runs/<int:run_id>")
@permission("tickets.write")
@blueprint.response(200, BulkRunSchema)
def get_run(run_id: int) -> dict[str, Any]:
    """How far it is, and what was refused."""
    return bulk.told(bulk.run_of(run_id, user_id=current_user.id, manager=may("settings.manage")))


@blueprint.route("/tickets/bulk-runs/<int:run_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, BulkRunSchema)
def cancel_run(run_id: int) -> dict[str, Any]:
    """Leave the rest as it is."""
    run = bulk.run_of(run_id, user_id=current_user.id, manager=may("settings.manage"), lock=True)
    return bulk.told(bulk.cancel(run=run, now=clock.now()))


@blueprint.route("/tickets/bulk-runs/<int:run_id>/undoing", methods=("POST",))
@permission("tickets.write")
@blueprint.response(202, BulkRunSchema)
def undo_run(run_id: int) -> dict[str, Any]:
    """Take it back, ticket by ticket, where no colleague changed the same since."""
    run = bulk.run_of(run_id, user_id=current_user.id, manager=may("settings.manage"), lock=True)
    return bulk.told(bulk.undo(run=run, now=clock.now()))

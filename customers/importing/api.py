"""Imports over HTTP: upload, columns, lines, confirm, undo."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.i18n import LANGUAGES
from customers import presenters, schemas
from customers.importing import queries, services
from customers.models import CustomerImportRow
from staff.queries import home_country
from staff.schemas import listed

blueprint = ApiBlueprint("customer_imports", "Reading customers in from CSV or XLSX")


def _now() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id}


@blueprint.route("/customers/imports")
@permission("customers.import")
@blueprint.response(200, listed(schemas.ImportSchema))
def list_imports() -> dict[str, Any]:
    """The newest 20."""
    return {"items": [presenters.import_(row) for row in queries.recent()], "next": None}


@blueprint.route("/customers/imports", methods=("POST",))
@permission("customers.import")
@blueprint.arguments(schemas.UploadSchema, location="files")
@blueprint.response(201, schemas.ImportSchema)
def upload(files: dict[str, Any]) -> dict[str, Any]:
    """Upload a table (field `file`). It is kept as it is; nothing is read in before it is confirmed."""
    given = files["file"]
    language = current_user.language if current_user.language in LANGUAGES else "en"
    row = services.start(
        content=given.read(), name=given.filename or "customers", country=home_country(current_user.id), language=language, **_now()
    )
    return presenters.import_(row)


@blueprint.route("/customers/imports/<int:import_id>")
@permission("customers.import")
@blueprint.response(200, schemas.ImportSchema)
def get_import(import_id: int) -> dict[str, Any]:
    """How far an import is."""
    return presenters.import_(queries.one(import_id))


@blueprint.route("/customers/imports/<int:import_id>/columns", methods=("PUT",))
@permission("customers.import")
@blueprint.arguments(schemas.ImportColumns)
@blueprint.response(202, schemas.ImportSchema)
def put_columns(body: dict[str, Any], import_id: int) -> dict[str, Any]:
    """Say what each column stands for; all lines are checked then."""
    return presenters.import_(services.choose_columns(import_id=import_id, **body, **_now()))


@blueprint.route("/customers/imports/<int:import_id>/lines")
@permission("customers.import")
@blueprint.arguments(schemas.ImportLineQuery, location="query")
@blueprint.response(200, listed(schemas.ImportLineSchema))
def list_lines(query: dict[str, Any], import_id: int) -> dict[str, Any]:
    """Lines with their verdict, in the file's order."""
    queries.one(import_id)
    rows, following = queries.lines(import_id, **query)
    return {"items": [presenters.import_line(row) for row in rows], "next": following}


@blueprint.route("/customers/imports/<int:import_id>/lines/<int:number>", methods=("PATCH",))
@permission("customers.import")
@blueprint.arguments(schemas.ImportLinePatch)
@blueprint.response(200, schemas.ImportLineSchema)
def change_line(body: dict[str, Any], import_id: int, number: int) -> dict[str, Any]:
    """Correct the text of a line, or decide about a possible duplicate."""
    line: CustomerImportRow | None = None
    if "cells" in body:
        line = services.correct_row(import_id=import_id, number=number, cells=body["cells"], **_now())
    if "decision" in body:
        services.decide(import_id=import_id, number=number, decision=body["decision"], **_now())
    return presenters.import_line(line or queries.line(import_id, number))


@blueprint.route("/customers/imports/<int:import_id>/decision", methods=("PUT",))
@permission("customers.import")
@blueprint.arguments(schemas.DecisionSchema)
@blueprint.response(200, schemas.ImportSchema)
def decide_all(body: dict[str, Any], import_id: int) -> dict[str, Any]:
    """Skip or add all possible duplicates."""
    services.decide(import_id=import_id, number=None, decision=body["decision"], **_now())
    return presenters.import_(queries.one(import_id))


@blueprint.route("/customers/imports/<int:import_id>/confirmation", methods=("POST",))
@permission("customers.import")
@blueprint.response(202, schemas.ImportSchema)
def confirm(import_id: int) -> dict[str, Any]:
    """Read the good lines in."""
    return presenters.import_(services.confirm(import_id=import_id, **_now()))


@blueprint.route("/customers/imports/<int:import_id>/undoing", methods=("POST",))
@permission("customers.import")
@blueprint.response(202, schemas.ImportSchema)
def undo(import_id: int) -> dict[str, Any]:
    """Take the customers of this import out again. Those with tickets or later changes stay and are named."""
    return presenters.import_(services.undo(import_id=import_id, **_now()))

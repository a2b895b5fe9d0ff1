"""The verbs of an import that a person says. The long work behind them (`work`) is an outbox job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import insert, update

from core import audit, files, outbox
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from core.i18n import LANGUAGES
from core.phones import COUNTRIES
from customers.importing import duplicates, queries, reading
from customers.importing.columns import REPEATABLE, TARGETS, guess
from customers.importing.tables import read_table
from customers.models import CustomerImport, CustomerImportRow

JOB = "customers.import"
# What a person may ask for in which state; the job moves checking, importing and undoing on by itself.
MAY = {
    "check": ("uploaded", "checked", "failed"),
    "correct": ("checked",),
    "confirm": ("checked", "failed"),
    "undo": ("confirmed", "failed"),
}


def start(*, content: bytes, name: str, country: str, language: str, now: datetime, actor_id: int | None) -> CustomerImport:
    """Keep the file, take its lines in as they are, and guess what the columns stand for. Raises NotValid (field file)."""
    table = read_table(content, name)
    stored = files.save(content, name=name, content_type="application/octet-stream", now=now, actor_id=actor_id)
    columns = {"headers": table.headers, "targets": guess(table.headers), "country": country, "language": language}
    row = CustomerImport(
        file_id=stored.id, state="uploaded", columns=columns, created_by_id=actor_id, created_at=now, confirmed_at=None, undone_at=None
    )
    db.session.add(row)
    db.session.flush()
    lines = [{"import_id": row.id, "number": number, "cells": cells} for number, cells in enumerate(table.rows, 1)]
    db.session.execute(insert(CustomerImportRow), lines)
    return row


def choose_columns(
    *, import_id: int, targets: Sequence[str], country: str, language: str, now: datetime, actor_id: int | None
) -> CustomerImport:
    """Say what the columns stand for and have all lines checked (job). Raises NotFound, NotValid, Conflict."""
    row = locked(import_id, "check")
    if len(targets) != len(row.columns["headers"]) or set(targets) - set(TARGETS):
        raise NotValid(_("Choose what each column stands for."), field="targets")
    for target in set(targets) - REPEATABLE:
        if list(targets).count(target) > 1:
            raise NotValid(_("Only one column can be “%(name)s”.", name=TARGETS[target][0]), field="targets")
    if not {"name", "first_name", "last_name"} & set(targets):
        raise NotValid(_("Choose the column that holds the name."), field="targets")
    if country not in COUNTRIES:
        raise NotValid(_("Write the country's two letters, like DE."), field="country")
    if language not in LANGUAGES:
        raise NotValid(_("We do not speak this language yet."), field="language")
    if queries.counts(import_id).get("done"):
        raise Conflict(_("Some lines were read in already. Undo the import first."))
    row.columns = {**row.columns, "targets": list(targets), "country": country, "language": language}
    db.session.execute(update(CustomerImportRow).where(CustomerImportRow.import_id == import_id).values(outcome="open"))
    return _go_on(row, "checking", now)


def correct_row(*, import_id: int, number: int, cells: Sequence[str], now: datetime, actor_id: int | None) -> CustomerImportRow:
    """Put other text into a line and check it at once. Raises NotFound, NotValid, Conflict."""
    row = locked(import_id, "correct")
    line = queries.line(import_id, number)
    if len(cells) != len(row.columns["headers"]):
        raise NotValid(_("The line has another number of columns."), field="cells")
    line.cells = [cell.strip() for cell in cells]
    found = reading.read(line.cells, reading.layout(row.columns, queries.all_cells(import_id)))
    like = duplicates.likes([found])[0] if not found.problems else []
    judge(line, found, like)
    db.session.flush()
    return line


def judge(line: CustomerImportRow, found: reading.Reading, like: list[dict[str, Any]]) -> None:
    """Write the verdict on a line."""
    line.problems, line.like, line.same_as = found.problems, like, None
    line.outcome = "problem" if found.problems else "duplicate" if like else "ok"


def decide(*, import_id: int, decision: str, number: int | None, now: datetime, actor_id: int | None) -> None:
    """What happens to a possible duplicate, or to all of them: skip it, or add it as a customer of its own. Raises NotFound, NotValid, Conflict."""
    locked(import_id, "correct")
    if decision not in ("skip", "add"):
        raise NotValid(_("Choose one of the list."), field="decision")
    lines = update(CustomerImportRow).where(CustomerImportRow.import_id == import_id, CustomerImportRow.outcome == "duplicate")
    if number is not None:
        queries.line(import_id, number)
        lines = lines.where(CustomerImportRow.number == number)
    db.session.execute(lines.values(decision=decision))


def confirm(*, import_id: int, now: datetime, actor_id: int | None) -> CustomerImport:
    """Read the good lines in (job). Raises NotFound, Conflict."""
    row = locked(import_id, "confirm")
    if not queries.importable(import_id):
        raise Conflict(_("There is no line that could be read in."))
    audit.record(action="customers.import_confirmed", target=f"customer_import:{row.id}", actor_id=actor_id, now=now)
    return _go_on(row, "importing", now)


def undo(*, import_id: int, now: datetime, actor_id: int | None) -> CustomerImport:
    """Take the customers out again (job); those who have tickets or were changed since stay, and are named. Raises NotFound, Conflict."""
    row = locked(import_id, "undo")
    audit.record(action="customers.import_undone", target=f"customer_import:{row.id}", actor_id=actor_id, now=now)
    return _go_on(row, "undoing", now)


def _go_on(row: CustomerImport, state: str, now: datetime) -> CustomerImport:
    row.state, row.problem = state, ""
    db.session.flush()
    outbox.put(kind=JOB, payload={"import_id": row.id}, now=now)
    return row


def locked(import_id: int, verb: str) -> CustomerImport:
    """The import, locked, when `verb` may be said of it now. Raises NotFound, Conflict."""
    row = db.session.get(CustomerImport, import_id, with_for_update={"of": CustomerImport}, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such import."))
    if row.state not in MAY[verb]:
        raise Conflict(_("That cannot be done now: the import has moved on."), details={"state": row.state})
    return row

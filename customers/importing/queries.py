"""Questions about imports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, func, or_, select

from core.api import page
from core.db import db
from core.errors import NotFound
from customers.models import CustomerImport, CustomerImportRow

OUTCOMES = ("open", "ok", "joins", "duplicate", "problem", "done", "undone", "kept")
GOOD = or_(
    CustomerImportRow.outcome.in_(("ok", "joins")), and_(CustomerImportRow.outcome == "duplicate", CustomerImportRow.decision == "add")
)


def one(import_id: int) -> CustomerImport:
    """Raises NotFound."""
    found = db.session.get(CustomerImport, import_id)
    if found is None:
        raise NotFound(_("There is no such import."))
    return found


def recent(*, limit: int = 20) -> list[CustomerImport]:
    """The newest first."""
    return list(db.session.scalars(select(CustomerImport).order_by(CustomerImport.id.desc()).limit(limit)))


def counts(import_id: int) -> dict[str, int]:
    """Lines by outcome."""
    query = select(CustomerImportRow.outcome, func.count()).where(CustomerImportRow.import_id == import_id)
    return dict(db.session.execute(query.group_by(CustomerImportRow.outcome)).tuples().all())


def importable(import_id: int) -> int:
    """How many lines would be read in."""
    return db.session.scalar(select(func.count()).select_from(CustomerImportRow).where(CustomerImportRow.import_id == import_id, GOOD)) or 0


def all_cells(import_id: int) -> list[list[str]]:
    """The text of all lines, in order."""
    query = select(CustomerImportRow.cells).where(CustomerImportRow.import_id == import_id).order_by(CustomerImportRow.number)
    return list(db.session.scalars(query))


def lines(import_id: int, *, outcome: str | None, after: str | None, limit: int) -> tuple[list[CustomerImportRow], str | None]:
    """A page of lines, in the file's order."""
    query = select(CustomerImportRow).where(CustomerImportRow.import_id == import_id)
    if outcome is not None:
        query = query.where(CustomerImportRow.outcome == outcome)
    return page(query, order=[CustomerImportRow.number], after=after, limit=limit)


def line(import_id: int, number: int) -> CustomerImportRow:
    """One line. Raises NotFound."""
    found = db.session.get(CustomerImportRow, (import_id, number))
    if found is None:
        raise NotFound(_("There is no such line."))
    return found

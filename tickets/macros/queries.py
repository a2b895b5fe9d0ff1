"""Which macros and canned answers somebody has."""

from __future__ import annotations

from typing import TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from core.db import db
from core.errors import NotFound
from tickets.macros.models import CannedAnswer, Macro

Kept = TypeVar("Kept", Macro, CannedAnswer)


def visible(kind: type[Kept], user_id: int) -> list[Kept]:
    """Everybody's and the user's own, by folder and name; those in no folder first."""
    query = select(kind).where(or_(kind.owner_id.is_(None), kind.owner_id == user_id))
    return list(db.session.scalars(query.order_by(kind.folder, kind.name, kind.id)))


def one(kind: type[Kept], row_id: int, user_id: int) -> Kept:
    """One that the user may see. Raises NotFound."""
    found = db.session.get(kind, row_id) if row_id < 1 << 63 else None
    if found is None or found.owner_id not in (None, user_id):
        raise NotFound(_("There is no such macro.") if kind is Macro else _("There is no such answer."))
    return found

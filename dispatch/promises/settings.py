"""What the firm says about visits: read, and changed by administrators. Every change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit
from core.db import db
from core.errors import NotValid
from dispatch.promises.models import CHANGE_HOURS, VisitSettings

NAMES = ("own_booking", "own_booking_hours", "names_shown")
MOST_HOURS = 336
_LOCK = 0x7E58  # of PostgreSQL's advisory locks: the one row that may not be there yet


def settings() -> VisitSettings:
    """The firm's, the defaults while nobody changed any (then not stored)."""
    found = db.session.get(VisitSettings, 1)
    return found or VisitSettings(id=1, own_booking=False, own_booking_hours=CHANGE_HOURS, names_shown=False)


def facts(row: VisitSettings) -> dict[str, Any]:
    """As data: for the audit and the API."""
    return {name: getattr(row, name) for name in NAMES}


def save_settings(*, values: Mapping[str, Any], now: datetime, actor_id: int | None) -> VisitSettings:
    """Change some of NAMES. One at a time: takes an advisory lock until the transaction ends. Raises NotValid naming the field."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    row = settings()
    before = facts(row)
    hours = values.get("own_booking_hours", row.own_booking_hours)
    if not 0 <= hours <= MOST_HOURS:
        raise NotValid(_("From 0 to %(most)d hours.", most=MOST_HOURS), field="own_booking_hours")
    for name in NAMES:
        if name in values:
            setattr(row, name, values[name])
    db.session.add(row)
    db.session.flush()
    audit.record(action="visit_settings.changed", target="visit_settings", actor_id=actor_id, now=now, before=before, after=facts(row))
    return row

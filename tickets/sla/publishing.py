"""Calendars and policies: what an administrator publishes. Every change is audited and recomputes the open tickets it touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from staff.models import Branch
from tickets.sla import recompute
from tickets.sla.calendar import Calendar
from tickets.sla.choosing import lock_terms
from tickets.sla.errors import SlaInputError
from tickets.sla.models import CalendarRow, CalendarVersion


def said(error: SlaInputError) -> Any:
    """The engine's message in the reader's language, when shown."""
    return _(error.message_id, **error.values)


def checked_definition(definition: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The definition in its normal form, as this version. Raises NotValid saying what cannot be meant, and for a week without working hours."""
    try:
        calendar = Calendar.from_dict({**definition, "version": version})
    except SlaInputError as error:
        raise NotValid(said(error), field="definition") from error
    if calendar.is_empty:
        raise NotValid(_("This calendar has no working hours: nothing would ever be due."), field="definition")
    return calendar.to_dict()


def create_calendar(
    *, name: str, definition: Mapping[str, Any], now: datetime, actor_id: int | None, branch_id: int | None = None
) -> CalendarRow:
    """A new calendar, published as version 1. `definition` as `Calendar.from_dict` reads it. With `branch_id` it is that branch's
    own. Raises NotValid."""
    lock_terms()
    checked = checked_definition(definition, 1)
    row = CalendarRow(name=_free_name(name, None), branch_id=_free_branch(branch_id, None), version=1)
    db.session.add(row)
    db.session.flush()
    _add_version(row, checked, now, actor_id)
    audit.record(
        action="calendar.created", target=f"calendar:{row.id}", actor_id=actor_id, now=now, after={"name": row.name, "definition": checked}
    )
    _request(row, now)
    return row


def publish_calendar(
    *, calendar_id: int, definition: Mapping[str, Any], now: datetime, actor_id: int | None, expected_version: int | None = None
) -> CalendarVersion:
    """Publish a new version; the old ones stay. Raises NotFound, NotValid, Conflict when somebody published meanwhile."""
    lock_terms()
    row = locked_calendar(calendar_id)
    _same_version(row.version, expected_version)
    checked = checked_definition(definition, row.version + 1)
    before = definition_of(row)
    row.version += 1
    version = _add_version(row, checked, now, actor_id)
    audit.record(
        action="calendar.published",
        target=f"calendar:{row.id}",
        actor_id=actor_id,
        now=now,
        before={"version": row.version - 1, "definition": before},
        after={"version": row.version, "definition": checked},
    )
    _request(row, now)
    return version


def rename_calendar(*, calendar_id: int, name: str, branch_id: int | None, now: datetime, actor_id: int | None) -> CalendarRow:
    """Change the name, or whose own calendar it is. Raises NotFound, NotValid."""
    lock_terms()
    row = locked_calendar(calendar_id)
    before = {"name": row.name, "branch_id": row.branch_id}
    row.name, row.branch_id = _free_name(name, row.id), _free_branch(branch_id, row.id)
    db.session.flush()
    after = {"name": row.name, "branch_id": row.branch_id}
    audit.record(action="calendar.changed", target=f"calendar:{row.id}", actor_id=actor_id, now=now, before=before, after=after)
    if before["branch_id"] != row.branch_id:
        recompute.request(now=now, scope={}, why={"calendar": row.name, "version": row.version})
    return row


def locked_calendar(calendar_id: int) -> CalendarRow:
    """Raises NotFound."""
    row = db.session.get(CalendarRow, calendar_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such calendar."))
    return row


def definition_of(row: CalendarRow, version: int | None = None) -> dict[str, Any]:
    """A version's definition, the published one by default. Raises NotFound."""
    if version is not None and version >= 1 << 31:
        raise NotFound(_("There is no such version of this calendar."))
    query = select(CalendarVersion.definition).where(
        CalendarVersion.calendar_id == row.id, CalendarVersion.version == (version or row.version)
    )
    found: dict[str, Any] | None = db.session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such version of this calendar."))
    return found


def _add_version(row: CalendarRow, definition: dict[str, Any], now: datetime, actor_id: int | None) -> CalendarVersion:
    version = CalendarVersion(calendar_id=row.id, version=row.version, definition=definition, published_at=now, published_by_id=actor_id)
    db.session.add(version)
    db.session.flush()
    return version


def _request(row: CalendarRow, now: datetime) -> None:
    recompute.request(now=now, scope={"calendar_id": row.id}, why={"calendar": row.name, "version": row.version})


def _same_version(version: int, expected: int | None) -> None:
    if expected is not None and expected != version:
        raise Conflict(
            _("Somebody published version %(version)d meanwhile. Look at it and publish again.", version=version),
            code="changed_meanwhile",
            details={"version": version},
        )


def _free_name(name: str, own_id: int | None) -> str:
    clean = name.strip()[:100]
    if not clean:
        raise NotValid(_("A calendar needs a name."), field="name")
    if db.session.scalar(select(CalendarRow.id).where(CalendarRow.name == clean, CalendarRow.id != (own_id or 0))):
        raise NotValid(_("There is a calendar with this name already."), field="name")
    return clean


def _free_branch(branch_id: int | None, own_id: int | None) -> int | None:
    if branch_id is None:
        return None
    if db.session.get(Branch, branch_id) is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    if db.session.scalar(select(CalendarRow.id).where(CalendarRow.branch_id == branch_id, CalendarRow.id != (own_id or 0))):
        raise NotValid(_("This branch has its own calendar already."), field="branch_id")
    return branch_id

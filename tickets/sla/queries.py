"""Questions about clocks, policies and calendars."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.auth.models import User
from core.db import among, db, dicts
from core.errors import NotFound
from tickets.models import Queue, Ticket
from tickets.sla.choosing import calendar_of
from tickets.sla.explain import explain
from tickets.sla.models import CalendarRow, CalendarVersion, Clock, Pause, Policy
from tickets.sla.timekeeping import facts, moment_of

CLOCK_COLUMNS = (
    Clock.id,
    Clock.kind,
    Clock.state,
    Clock.started_at,
    Clock.stopped_at,
    Clock.target_seconds,
    Clock.used_seconds,
    Clock.remaining_seconds,
    Clock.due_at,
    Clock.warn_at,
    Clock.warned_at,
    Clock.breached_at,
    Clock.withdrawn_at,
    Clock.level,
)


def clock_rows(ticket_ids: Collection[int], *, ended: bool = False) -> dict[int, list[dict[str, Any]]]:
    """Running and paused clocks (with `ended` all) of many tickets by one query: dicts of CLOCK_COLUMNS and `pause_reason`, which is None
    unless the clock is paused. Nothing in them depends on the time of asking."""
    found: dict[int, list[dict[str, Any]]] = {ticket_id: [] for ticket_id in ticket_ids}
    if not found:
        return found
    query = (
        select(Clock.ticket_id, *CLOCK_COLUMNS, Pause.reason.label("pause_reason"))
        .outerjoin(Pause, (Pause.clock_id == Clock.id) & Pause.ends_at.is_(None))
        .where(among(Clock.ticket_id, found))
        .order_by(Clock.id)
    )
    if not ended:
        query = query.where(Clock.stopped_at.is_(None))
    for data in dicts(db.session.execute(query)):
        found[data.pop("ticket_id")].append(data)
    return found


def explanation(clock_id: int, now: datetime) -> dict[str, Any]:
    """The sum behind a clock's due time (`tickets.sla.explain.Explanation` as JSON-ready data), with `state`, `policy`, `calendar`,
    `breached_at` and `withdrawn_at`. Raises NotFound."""
    row = db.session.get(Clock, clock_id) if clock_id < 1 << 63 else None
    if row is None:
        raise NotFound(_("There is no such clock."))
    queue = db.session.execute(select(Queue).join(Ticket, Ticket.queue_id == Queue.id).where(Ticket.id == row.ticket_id)).scalar_one()
    clock = facts(row)
    told = explain(clock, calendar_of(row.calendar_version, queue.branch), row.target_seconds, moment_of(clock, now))
    policy = db.session.get(Policy, row.policy_id) if row.policy_id is not None else None
    calendar = db.session.get(CalendarRow, row.calendar_version.calendar_id) if row.calendar_version is not None else None
    return {
        **told.to_dict(),
        "clock_id": row.id,
        "ticket_id": row.ticket_id,
        "state": row.state,
        "policy": policy.name if policy is not None else None,
        "calendar": calendar.name if calendar is not None else None,
        "stopped_at": row.stopped_at,
        "breached_at": row.breached_at,
        "withdrawn_at": row.withdrawn_at,
    }


def policies() -> list[Policy]:
    """All policies in the order in which they are tried."""
    return list(db.session.scalars(select(Policy).order_by(Policy.position, Policy.id)))


def policy(policy_id: int) -> Policy:
    """Raises NotFound."""
    found = db.session.get(Policy, policy_id) if policy_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such policy."))
    return found


def calendars() -> list[CalendarRow]:
    """All calendars by name."""
    return list(db.session.scalars(select(CalendarRow).order_by(CalendarRow.name)))


def calendar(calendar_id: int) -> CalendarRow:
    """Raises NotFound."""
    found = db.session.get(CalendarRow, calendar_id) if calendar_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such calendar."))
    return found


def versions(calendar_id: int) -> list[dict[str, Any]]:
    """Version, time and publisher's name (None: a source of holidays) of all that was published, the newest first."""
    query = (
        select(CalendarVersion.version, CalendarVersion.published_at, User.name.label("published_by"))
        .outerjoin(User, User.id == CalendarVersion.published_by_id)
        .where(CalendarVersion.calendar_id == calendar_id)
        .order_by(CalendarVersion.version.desc())
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def known_id(given: int) -> int:
    """An id of an address that the database can hold. Raises NotFound."""
    if given >= 1 << 63:
        raise NotFound(_("There is no such thing."))
    return given

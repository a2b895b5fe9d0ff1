"""One change of many tickets: which ones is settled at once, then they are changed in batches, each ticket whole or not at all, with the way back.

The first batch is worked in the request itself, so that a handful is done when it is answered; the rest in the background. A batch is one
transaction and marks its tickets, so a killed worker's successor goes on where it stood. Tickets are locked in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, func, insert, literal, select

from core import clock, outbox
from core.auth.models import User
from core.db import db, transaction
from core.errors import DomainError, NotAllowed, NotFound, NotValid
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.saved_views.models import BulkRun, BulkRunTicket
from tickets.services import change_ticket
from tickets.services.taking_back import seen, way_back

KIND = "tickets.bulk"
BATCH = 50
MOST = 20_000
LEASE = 300
_WORKED_ON = {"running": "waiting", "undoing": "changed"}
_ENDS = {"running": "done", "undoing": "undone"}


def begin(
    *,
    where: Sequence[ColumnElement[bool]],
    changes: Mapping[str, Any],
    now: datetime,
    actor_id: int,
    numbers: Collection[int] | None = None,
) -> BulkRun:
    """Change all tickets that these conditions (and numbers) select now. Raises NotValid when there is none or too many, or nothing to change."""
    if not changes:
        raise NotValid(_("Say what to change."), field="changes")
    run = BulkRun(created_by_id=actor_id, created_at=now, changes=dict(changes))
    db.session.add(run)
    db.session.flush()
    chosen = select(literal(run.id), Ticket.id).where(*where).limit(MOST + 1)
    if numbers is not None:
        chosen = chosen.where(Ticket.number.in_(list(numbers)))
    db.session.execute(insert(BulkRunTicket).from_select(["run_id", "ticket_id"], chosen))
    run.total = db.session.scalar(select(func.count()).select_from(BulkRunTicket).where(BulkRunTicket.run_id == run.id)) or 0
    if run.total == 0:
        raise NotValid(_("There is no ticket to change."), code="nothing")
    if run.total > MOST:
        raise NotValid(_("At most %(most)d tickets can be changed at once: narrow the view.", most=MOST), code="too_many")
    return _go_on(run, now)


def undo(*, run: BulkRun, now: datetime) -> BulkRun:
    """Take back what was changed, where no colleague changed the same since. Raises DomainError while it is not done, and when it was undone."""
    if run.state not in ("done", "cancelled"):
        raise DomainError(_("This cannot be taken back now."), code="state")
    run.state, run.finished_at = "undoing", None
    return _go_on(run, now)


def cancel(*, run: BulkRun, now: datetime) -> BulkRun:
    """Leave the rest as it is; without effect when it is over."""
    if run.state == "running":
        run.state, run.finished_at = "cancelled", now
        db.session.flush()
    return run


def run_of(run_id: int, *, user_id: int, manager: bool, lock: bool = False) -> BulkRun:
    """A run that this user began, for managers anybody's. Raises NotFound, NotAllowed."""
    run = db.session.get(BulkRun, run_id, with_for_update=lock, populate_existing=lock) if 0 < run_id < 1 << 63 else None
    if run is None:
        raise NotFound(_("There is no such change of many tickets."))
    if run.created_by_id != user_id and not manager:
        raise NotAllowed(_("Somebody else changed these tickets."))
    return run


def _go_on(run: BulkRun, now: datetime) -> BulkRun:
    """The first batch now, the rest in the background."""
    if batch(run.id, now=now):
        outbox.put(kind=KIND, payload={"run_id": run.id}, now=now, due_at=now)
    return run


@outbox.handles(KIND, queue="heavy", lease=LEASE, attempts=10)
def work_off(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    work(row_id, payload["run_id"], now=clock.now)


def work(row_id: int, run_id: int, *, now: Callable[[], datetime]) -> None:
    """All batches that are left; each is a transaction of its own."""
    more = True
    while more:
        with transaction():
            more = batch(run_id, now=now())
            if more:
                outbox.keep(row_id, seconds=LEASE, now=now())
            else:
                outbox.finish(row_id, now=now())


def batch(run_id: int, *, now: datetime) -> bool:
    """Change the next tickets in the caller's transaction, or take their change back; whether more are left. Locks the run first."""
    run = db.session.get(BulkRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.state not in _WORKED_ON:
        return False
    outcome, language = _WORKED_ON[run.state], db.session.scalar(select(User.language).where(User.id == run.created_by_id))
    query = select(BulkRunTicket).where(BulkRunTicket.run_id == run_id, BulkRunTicket.outcome == outcome)
    rows = list(db.session.scalars(query.order_by(BulkRunTicket.ticket_id).limit(BATCH + 1)))
    with force_locale(language or "en"):
        for row in rows[:BATCH]:
            _change(run, row, now) if outcome == "waiting" else _take_back(run, row, now)
    if len(rows) <= BATCH:
        run.state, run.finished_at = _ENDS[run.state], now
    db.session.flush()
    return len(rows) > BATCH


def _change(run: BulkRun, row: BulkRunTicket, now: datetime) -> None:
    try:
        with db.session.begin_nested():
            ticket = lock_ticket(row.ticket_id)
            before = seen(ticket)
            ticket = change_ticket(ticket_id=row.ticket_id, changes=dict(run.changes), now=now, actor_id=run.created_by_id)
            after = seen(ticket)
            changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
            row.outcome = "changed" if changes else "same"
            row.back, row.version = way_back(changes, before), ticket.version
    except DomainError as error:
        row.outcome, row.code, row.problem = "refused", error.code, str(error.message)


def _take_back(run: BulkRun, row: BulkRunTicket, now: datetime) -> None:
    try:
        if not row.back:
            raise DomainError(_("There is no way back to what it was."), code="no_way_back")
        with db.session.begin_nested():
            change_ticket(ticket_id=row.ticket_id, changes=row.back, now=now, actor_id=run.created_by_id, expected_version=row.version)
            row.outcome = "undone"
    except DomainError as error:
        row.outcome, row.code, row.problem = "kept", error.code, str(error.message)


def told(run: BulkRun, *, problems: int = 100) -> dict[str, Any]:
    """How far it is: counts by outcome, and the first of those that were refused."""
    counted = select(BulkRunTicket.outcome, func.count()).where(BulkRunTicket.run_id == run.id).group_by(BulkRunTicket.outcome)
    counts: dict[str, int] = dict(db.session.execute(counted).tuples().all())
    refused = (
        select(Ticket.number, BulkRunTicket.code, BulkRunTicket.problem.label("title"))
        .join(Ticket, Ticket.id == BulkRunTicket.ticket_id)
        .where(BulkRunTicket.run_id == run.id, BulkRunTicket.outcome.in_(("refused", "kept")))
        .order_by(BulkRunTicket.ticket_id)
        .limit(problems)
    )
    outcomes = {name: counts.get(name, 0) for name in ("waiting", "changed", "same", "refused", "undone", "kept")}
    return {
        "id": run.id,
        "state": run.state,
        "total": run.total,
        **outcomes,
        "problems": [dict(row._mapping) for row in db.session.execute(refused)],
    }

"""Asking for a plan, calling it off, accepting it whole or by row, refusing it. All keyword-only; they flush and never commit.

Locks, always in this order: plan → tickets by id → technicians by id → visits by id → stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import func, update

from core import audit, events, outbox
from core.db import db, locked_row
from core.errors import Conflict, DomainError, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import PlanChanged
from dispatch.plans import applying, queries, rules
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.rules import Kind, RowState, Status
from staff.models import Branch

JOB = "dispatch.plan"
ACCEPTANCE = "dispatch.plan.acceptance"


def make_plan(
    *,
    kind: str,
    branch_id: int,
    first_day: date | None = None,
    days: int = 1,
    seconds: int | None = None,
    now: datetime,
    actor_id: int | None,
) -> Plan:
    """Ask for a plan of a branch's days (None: from today where it is); a worker finds it. What the same person asked for these days before, and has
    not decided on, is superseded. A repair is of today. Raises NotValid naming the field."""
    branch = db.session.get(Branch, branch_id)
    if branch is None or not branch.active:
        raise NotValid(_("There is no such branch."), field="branch_id")
    if kind not in tuple(Kind):
        raise NotValid(_("There is no such kind of plan."), field="kind")
    today = now.astimezone(ZoneInfo(branch.time_zone)).date()
    first = first_day or today
    if first < today:
        raise NotValid(_("This day has passed."), field="first_day")
    if first > today + rules.AHEAD:
        raise NotValid(_("This day is too far ahead: at most %(days)d days.", days=rules.AHEAD.days), field="first_day")
    if not 1 <= days <= rules.MOST_DAYS:
        raise NotValid(_("A plan is for 1 to %(most)d days.", most=rules.MOST_DAYS), field="days")
    if kind == Kind.REPAIR and first != today:
        raise NotValid(_("Only today is repaired: other days are planned."), field="first_day")
    if kind == Kind.REPAIR and days != 1:
        raise NotValid(_("Only one day is repaired at a time."), field="days")
    wanted = rules.SECONDS[Kind(kind)] if seconds is None else seconds
    if not 0 <= wanted <= rules.MOST_SECONDS:
        raise NotValid(_("The search takes 0 to %(most)d seconds.", most=rules.MOST_SECONDS), field="seconds")
    last = first + timedelta(days=days - 1)
    for older in queries.undecided_of(actor_id, branch_id=branch_id, first_day=first, last_day=last) if actor_id is not None else []:
        _supersede(older.id, now=now, actor_id=actor_id)
    plan = Plan(
        kind=kind,
        branch=branch,
        first_day=first,
        last_day=last,
        seconds=wanted,
        status=str(Status.QUEUED),
        progress=0,
        created_at=now,
        created_by_id=actor_id,
        asked=[],
        found=[],
        before={},
        after={},
        accepting=[],
        rows=[],
    )
    db.session.add(plan)
    db.session.flush()
    _forget(now)
    facts = {"kind": kind, "branch": branch.name, "first_day": first, "last_day": last, "seconds": wanted}
    audit.record(action="plan.made", target=_target(plan), actor_id=actor_id, now=now, after=facts)
    outbox.put(kind=JOB, payload={"plan_id": plan.id}, now=now, unique_key=f"plan:{plan.id}")
    tell(plan, now=now, actor_id=actor_id)
    return plan


def _forget(now: datetime) -> None:
    """Problems of plans that were found long ago: of a large day some hundred kilobytes."""
    old = update(Plan).where(Plan.finished_at < now - rules.KEPT, func.jsonb_array_length(Plan.asked) > 0)
    db.session.execute(old.values(asked=[]).execution_options(synchronize_session=False))


def _supersede(plan_id: int, *, now: datetime, actor_id: int | None) -> None:
    plan = _locked(plan_id)
    if plan.status in (*rules.UNDER_WAY, Status.READY):
        _set(plan, Status.SUPERSEDED, "plan.superseded", now=now, actor_id=actor_id)


def cancel_plan(*, plan_id: int, now: datetime, actor_id: int | None) -> Plan:
    """Stop looking: a search that runs ends within a second. Stop accepting: what is done stays, what waits is open again. Cancelled already: nothing
    happens. Raises NotFound, Conflict (`plan_state`)."""
    plan = _locked(plan_id)
    if plan.status == Status.CANCELLED:
        return plan
    if plan.status == Status.ACCEPTING:
        for row in queries.waiting_rows(plan.id):
            row.state, row.reason, row.reason_code, row.decided_at, row.decided_by_id = str(RowState.OPEN), "", "", None, None
        _end_acceptance(plan, now=now, actor_id=actor_id, stopped=True)
        return plan
    if plan.status not in rules.UNDER_WAY:
        raise _state(plan)
    _set(plan, Status.CANCELLED, "plan.cancelled", now=now, actor_id=actor_id)
    return plan


@clear_errors
def accept_plan(*, plan_id: int, rows: Sequence[int] | None, now: datetime, actor_id: int | None) -> Plan:
    """Do what is proposed: these rows, or all that are not decided on (None). Each is checked against the world as it is now; one that cannot be done
    any more stays in the list as a conflict with the reason, the others are done. Rows that were accepted before are left alone.

    A handful is done at once, in one transaction. More are left to a worker, group by group, each in a transaction of its own (`accepting`): the plan
    is `accepting` until then, its rows are `waiting`. Pressed again meanwhile: nothing happens.

    Raises NotFound, NotValid for a row that is not one of the plan's, Conflict (`plan_state`).
    """
    plan = _locked(plan_id)
    chosen = _chosen(plan, rows)
    if plan.status not in rules.DECIDABLE:
        settled = plan.status == Status.ACCEPTED and all(row.state == RowState.ACCEPTED for row in chosen)
        going_on = plan.status == Status.ACCEPTING and all(row.state != RowState.OPEN for row in chosen)
        if settled or going_on:
            return plan
        raise _state(plan)
    wanted = [row for row in chosen if row.state in rules.UNDECIDED]
    if len(wanted) > rules.AT_ONCE:
        _begin_acceptance(plan, wanted, now=now, actor_id=actor_id)
    elif wanted:
        refused = applying.apply(plan, wanted, now=now, actor_id=actor_id).all
        for row in wanted:
            _decide(row, refused.get(row.id), now=now, actor_id=actor_id)
        db.session.flush()
        _note_accepted(plan, wanted, now=now, actor_id=actor_id)
        _settle(plan, now=now, actor_id=actor_id)
    return plan


def _begin_acceptance(plan: Plan, rows: Sequence[PlanRow], *, now: datetime, actor_id: int | None) -> None:
    for row in rows:
        row.state, row.reason, row.reason_code = str(RowState.WAITING), "", ""
        row.decided_at, row.decided_by_id = now, actor_id
    plan.accepting, plan.progress = [row.id for row in rows], 0
    _set(plan, Status.ACCEPTING, "plan.accepting", now=now, actor_id=actor_id, rows=[_name(row) for row in rows])
    outbox.put(kind=ACCEPTANCE, payload={"plan_id": plan.id}, now=now)


@clear_errors
def accept_group(*, plan_id: int, row_ids: Sequence[int], last_try: bool, now: datetime) -> bool:
    """Do those of the rows that still wait, as whoever accepted the plan; whether the acceptance goes on. What there is no room or part for is tried
    again after the others, unless this is the `last_try`: then none was done, and the others wait for another turn.

    Raises NotFound; Conflict (`busy`, `changed_meanwhile`): nothing was done.
    """
    plan = _locked(plan_id)
    if plan.status != Status.ACCEPTING:
        return False
    rows = queries.waiting_rows(plan.id, row_ids)
    refused = applying.apply(plan, rows, now=now, actor_id=plan.decided_by_id, once=True)
    for row in [row for row in rows if row.id not in refused.left]:
        unable = None if last_try else refused.unable.get(row.id)
        if unable is not None:
            row.reason, row.reason_code = str(unable.message), unable.code
        else:
            _decide(row, refused.all.get(row.id), now=now, actor_id=plan.decided_by_id)
    return _go_on(plan, now=now)


def give_up_group(*, plan_id: int, row_ids: Sequence[int] | None, because: DomainError, now: datetime) -> bool:
    """Leave those of the rows (None: of all) that still wait as conflicts; whether the acceptance goes on. Raises NotFound."""
    plan = _locked(plan_id)
    if plan.status != Status.ACCEPTING:
        return False
    for row in queries.waiting_rows(plan.id, row_ids):
        _decide(row, because, now=now, actor_id=plan.decided_by_id)
    return _go_on(plan, now=now)


def _go_on(plan: Plan, *, now: datetime) -> bool:
    """Say how far it is; at the end what came of it."""
    db.session.flush()
    waiting = queries.count_waiting(plan.id)
    if waiting:
        plan.progress = min(99, 100 * (len(plan.accepting) - waiting) // len(plan.accepting))
    else:
        _end_acceptance(plan, now=now, actor_id=plan.decided_by_id)
    db.session.flush()
    return waiting > 0


def _end_acceptance(plan: Plan, *, now: datetime, actor_id: int | None, stopped: bool = False) -> None:
    db.session.flush()
    chosen = set(plan.accepting)
    rows = [row for row in queries.rows_of(plan.id) if row.id in chosen]
    _note_accepted(plan, rows, now=now, actor_id=actor_id, stopped=stopped)
    plan.progress = 100
    _settle(plan, now=now, actor_id=actor_id)


def _note_accepted(plan: Plan, rows: Sequence[PlanRow], *, now: datetime, actor_id: int | None, stopped: bool = False) -> None:
    after: dict[str, Any] = {
        "accepted": [_name(row) for row in rows if row.state == RowState.ACCEPTED],
        "conflicts": {_name(row): row.reason for row in rows if row.state == RowState.CONFLICT},
    }
    if stopped:
        after["stopped"] = True
    audit.record(action="plan.accepted", target=_target(plan), actor_id=actor_id, now=now, after=after)


def refuse_plan(*, plan_id: int, rows: Sequence[int] | None = None, now: datetime, actor_id: int | None) -> Plan:
    """Leave it: these rows, or all that are not decided on (None). Raises NotFound, NotValid, Conflict (`plan_state`)."""
    plan = _locked(plan_id)
    chosen = _chosen(plan, rows)
    if plan.status == Status.REFUSED:
        return plan
    if plan.status not in rules.DECIDABLE:
        raise _state(plan)
    wanted = [row for row in chosen if row.state in rules.UNDECIDED]
    for row in wanted:
        row.state, row.reason, row.reason_code = str(RowState.REFUSED), "", ""
        row.decided_at, row.decided_by_id = now, actor_id
    db.session.flush()
    audit.record(action="plan.refused", target=_target(plan), actor_id=actor_id, now=now, after={"rows": [_name(row) for row in wanted]})
    _settle(plan, now=now, actor_id=actor_id, refusing=True)
    return plan


def _locked(plan_id: int) -> Plan:
    plan = locked_row(Plan, plan_id) if 0 < plan_id < 1 << 63 else None
    if plan is None:
        raise NotFound(_("There is no such plan."))
    return plan


def _chosen(plan: Plan, ids: Sequence[int] | None) -> list[PlanRow]:
    """Rows that can be decided on. Raises NotValid."""
    rows = {row.id: row for row in queries.rows_of(plan.id) if row.kind != rules.LEFT}
    if ids is None:
        return list(rows.values())
    for id in ids:
        if id not in rows:
            raise NotValid(_("Row %(row)s is none of this plan that can be decided on.", row=id), field="rows")
    return [rows[id] for id in dict.fromkeys(ids)]


def _decide(row: PlanRow, error: DomainError | None, *, now: datetime, actor_id: int | None) -> None:
    """Accepted, or a conflict with the reason."""
    row.state = str(RowState.ACCEPTED if error is None else RowState.CONFLICT)
    row.reason, row.reason_code = (str(error.message), error.code) if error is not None else ("", "")
    row.decided_at, row.decided_by_id = now, actor_id


def _settle(plan: Plan, *, now: datetime, actor_id: int | None, refusing: bool = False) -> None:
    """The plan's own status follows its rows."""
    states = {row.state for row in queries.rows_of(plan.id) if row.kind != rules.LEFT}
    if RowState.ACCEPTED in states:
        status = Status.ACCEPTED if states == {RowState.ACCEPTED} else Status.PARTLY
    elif refusing and not states & {RowState.OPEN, RowState.CONFLICT}:
        status = Status.REFUSED
    else:
        status = Status.READY if plan.status == Status.ACCEPTING else Status(plan.status)
    plan.status, plan.accepting = str(status), []
    plan.decided_at, plan.decided_by_id = now, actor_id
    db.session.flush()
    tell(plan, now=now, actor_id=actor_id)


def _set(plan: Plan, status: Status, action: str, *, now: datetime, actor_id: int | None, **more: Any) -> None:
    before, plan.status = plan.status, str(status)
    plan.decided_at, plan.decided_by_id = now, actor_id
    db.session.flush()
    audit.record(
        action=action, target=_target(plan), actor_id=actor_id, now=now, before={"status": before}, after={"status": plan.status, **more}
    )
    tell(plan, now=now, actor_id=actor_id)


def tell(plan: Plan, *, now: datetime, actor_id: int | None) -> None:
    """Publish that the plan is another now."""
    events.publish(PlanChanged(at=now, actor_id=actor_id, plan_id=plan.id, kind=plan.kind, status=plan.status, branch_id=plan.branch_id))


def _state(plan: Plan) -> Conflict:
    word = rules.STATUS_WORDS[Status(plan.status)]
    return Conflict(
        _("Plan %(number)s is %(status)s; this is no longer possible.", number=plan.id, status=word),
        code="plan_state",
        details={"status_now": plan.status},
    )


def _name(row: PlanRow) -> str:
    return f"visit {row.visit.number}" if row.visit is not None else f"ticket {row.ticket.number}"


def _target(plan: Plan) -> str:
    return f"plan:{plan.id}"

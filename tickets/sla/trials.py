"""What-if: a draft of a policy counted over the tickets of the past days, in the background, before anybody switches to it.

Before is what the stored clocks say. After is what the same instants (start, stop, pauses) would say under the draft's choice of policy, targets
and calendar. A clock that was not promised then is built from the ticket and its timeline: the first answer and the resolution are known from there,
the next answer and the arrival are not, and are counted as untold.

The result: {"rows": [{"priority", "queue_id", "kind", "before", "after"}], "tickets", "moved" (to another policy), "untold"}, `before` and `after`
as {"met", "missed", "open"} clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit, clock, outbox
from core.db import db, transaction
from core.errors import NotFound
from tickets import rules
from tickets.models import Ticket
from tickets.sla import clocks, history, policies
from tickets.sla.choosing import Book, Terms
from tickets.sla.clocks import ClockKind, ClockState
from tickets.sla.models import Clock, Policy, PolicyTrial
from tickets.sla.timekeeping import breach_stands, clocks_by_ticket, facts, moment_of

KIND = "sla.trial"
BATCH = 250
LEASE = 300
OUTCOMES = ("met", "missed", "open")
_PAUSED = (ClockKind.ON_SITE, ClockKind.RESOLUTION)


def begin(*, policy_id: int | None, values: Mapping[str, Any], days: int, now: datetime, actor_id: int | None) -> PolicyTrial:
    """Have a draft tried on the tickets opened in the past `days`. Raises NotFound, NotValid as saving the policy would."""
    draft = policies.facts(policies.draft_of(policy_id=policy_id, values=values))
    total = db.session.scalar(select(func.count()).select_from(Ticket).where(*_tried(now, days))) or 0
    trial = PolicyTrial(policy_id=policy_id, draft=draft, days=days, total=total, created_at=now, created_by_id=actor_id)
    db.session.add(trial)
    db.session.flush()
    audit.record(action="policy.tried", target=f"trial:{trial.id}", actor_id=actor_id, now=now, after={"draft": draft, "days": days})
    outbox.put(kind=KIND, payload={"trial_id": trial.id}, now=now)
    return trial


def found_trial(trial_id: int) -> PolicyTrial:
    """Raises NotFound."""
    trial = db.session.get(PolicyTrial, trial_id) if trial_id < 1 << 63 else None
    if trial is None:
        raise NotFound(_("There is no such trial."))
    return trial


def cancel(*, trial_id: int, now: datetime) -> None:
    """Stop counting; without effect when it is over. Raises NotFound."""
    trial = db.session.get(PolicyTrial, found_trial(trial_id).id, with_for_update=True, populate_existing=True)
    if trial is not None and trial.state == "running":
        trial.state, trial.finished_at = "cancelled", now
        db.session.flush()


@outbox.handles(KIND, queue="heavy", lease=LEASE, attempts=10)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    work(row_id, payload["trial_id"], now=clock.now)


def work(row_id: int, trial_id: int, *, now: Callable[[], datetime]) -> None:
    """All batches from where the trial stands; each is a transaction of its own, so a killed worker's successor goes on from there."""
    more = True
    while more:
        with transaction():
            more = batch(trial_id, now=now())
            outbox_row = db.session.get(outbox.OutboxRow, row_id, with_for_update=True)
            if outbox_row is not None:
                outbox_row.due_at = now() + timedelta(seconds=LEASE)
            if not more:
                outbox.finish(row_id, now=now())


def batch(trial_id: int, *, now: datetime) -> bool:
    """Count the next tickets in the caller's transaction; whether there may be more. Locks the trial; tickets are only read."""
    trial = db.session.get(PolicyTrial, trial_id, with_for_update=True, populate_existing=True)
    if trial is None or trial.state != "running":
        return False
    query = select(Ticket).where(Ticket.id > trial.place, *_tried(trial.created_at, trial.days)).order_by(Ticket.id).limit(BATCH)
    tickets = list(db.session.scalars(query))
    if not tickets:
        trial.state, trial.finished_at, trial.done = "done", now, trial.total
        return False
    with db.session.no_autoflush:
        book = Book(Policy(id=trial.policy_id, **trial.draft))
        trial.result = _counted(trial.result, book, tickets, trial.created_at)
    trial.place, trial.done = tickets[-1].id, trial.done + len(tickets)
    trial.total = max(trial.total, trial.done)
    db.session.flush()
    return True


def _tried(now: datetime, days: int) -> tuple[Any, ...]:
    return Ticket.created_at > now - timedelta(days=days), Ticket.created_at <= now


def _counted(result: Mapping[str, Any], book: Book, tickets: Iterable[Ticket], now: datetime) -> dict[str, Any]:
    """The result with these tickets added."""
    rows = {(row["priority"], row["queue_id"], row["kind"]): row for row in result.get("rows", [])}
    sums = {name: result.get(name, 0) for name in ("tickets", "moved", "untold")}
    found = list(tickets)
    stored = clocks_by_ticket([ticket.id for ticket in found])
    for ticket in found:
        terms = book.terms_of(ticket)
        sums["tickets"] += 1
        sums["moved"] += terms.policy_id != ticket.policy_id
        for side, kind, outcome in _outcomes(ticket, stored[ticket.id], terms, now):
            if outcome is None:
                sums["untold"] += 1
                continue
            fresh = {"priority": ticket.priority, "queue_id": ticket.queue_id, "kind": kind}
            fresh |= {name: dict.fromkeys(OUTCOMES, 0) for name in ("before", "after")}
            row = rows.setdefault((ticket.priority, ticket.queue_id, kind), fresh)
            row[side] = {**row[side], outcome: row[side][outcome] + 1}
    return {**sums, "rows": [rows[key] for key in sorted(rows)]}


def _outcomes(ticket: Ticket, stored: list[Clock], terms: Terms, now: datetime) -> Iterator[tuple[str, str, str | None]]:
    """(before or after, kind, outcome) of each clock; None: not to be known."""
    for row in stored:
        if row.state != "cancelled":
            missed = row.state == "missed" or breach_stands(row)
            yield "before", row.kind, "missed" if missed else "met" if row.state == "met" else "open"
    for kind, target in terms.targets.items():
        told = [_waiting_as(ticket, row, terms, now) for row in stored if row.kind == kind] or _from_timeline(ticket, kind, terms, now)
        if told is None:
            yield "after", kind, None
            continue
        for one in told:
            outcome = _outcome(one, terms, target, now)
            if outcome is not None:
                yield "after", kind, outcome


def _outcome(told: clocks.Clock, terms: Terms, target: int, now: datetime) -> str | None:
    """What a clock's instants say under these terms; None when it ended without its aim, and in time."""
    state = clocks.state(told, terms.calendar, target, moment_of(told, now))
    if state is ClockState.STOPPED:
        return None
    return {ClockState.MET: "met", ClockState.BREACHED: "missed"}.get(state, "open")


def _waiting_as(ticket: Ticket, row: Clock, terms: Terms, now: datetime) -> clocks.Clock:
    """The stored instants, with the pauses that these terms would have made: another policy may let a clock run while the ticket waits."""
    told = facts(row)
    policy = db.session.get(Policy, row.policy_id) if row.policy_id is not None else None
    if policy is None or told.kind not in _PAUSED or frozenset(policy.running_waits or ()) == terms.running_waits:
        return told
    return replace(told, pauses=history.pauses_of(ticket, told.kind, now, terms.running_waits))


def _from_timeline(ticket: Ticket, kind: str, terms: Terms, now: datetime) -> list[clocks.Clock] | None:
    """A clock that was not promised, from what the ticket and its timeline tell. None when they do not."""
    if kind in (ClockKind.NEXT_RESPONSE, ClockKind.ON_SITE):
        return None
    ended_at = None if rules.is_open(ticket.status) else ticket.resolved_at or ticket.closed_at
    reached_at = ticket.first_response_at if kind == ClockKind.FIRST_RESPONSE else ended_at
    pauses = history.pauses_of(ticket, ClockKind.RESOLUTION, now, terms.running_waits) if kind == ClockKind.RESOLUTION else ()
    return [
        clocks.Clock(
            ClockKind(kind), ticket.created_at, pauses, reached_at or ended_at, cancelled=reached_at is None and ended_at is not None
        )
    ]

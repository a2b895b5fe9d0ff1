"""What happens to a ticket's clocks. All but `technician_arrived` and `appointment_agreed` are called by the ticket's own verbs, which hold the row
lock and write the timeline. `now` and `at` are aware and in UTC."""

from __future__ import annotations

from datetime import datetime

from core import events
from core.db import db
from tickets import rules
from tickets.events import TicketChanged
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.sla import clocks, history
from tickets.sla.answers import on_site_started_at
from tickets.sla.choosing import Book, Terms, book_of_transaction, calendar_of, published_version, running_waits_of
from tickets.sla.clocks import ClockKind
from tickets.sla.models import Clock
from tickets.sla.timekeeping import clocks_of, facts, keep, keep_due, settle


def start(*, ticket: Ticket, now: datetime) -> None:
    """Give a new ticket its clocks: it has none, and no history."""
    realign(ticket=ticket, now=now, rows=[], new=True)


def realign(
    *,
    ticket: Ticket,
    now: datetime,
    recount_ended: bool = False,
    book: Book | None = None,
    rows: list[Clock] | None = None,
    new: bool = False,
) -> None:
    """Put the ticket's clocks under the terms that hold now: the policy chosen anew, targets and calendar as published.

    Running and paused clocks get them; those no longer covered are cancelled; those newly covered start at their own beginning, with the pauses
    they would have had. Ended clocks keep the terms they ended under; `recount_ended` (a calendar was corrected) counts them again by
    the newest version of their calendar. Does nothing but that for a ticket that is not open.

    `book` and `rows` (all clocks of the ticket, to which new ones are added) spare the queries when many tickets are done in one transaction; a `new`
    ticket has not waited yet.
    """
    terms = (book or book_of_transaction()).terms_of(ticket)
    rows = clocks_of(ticket.id) if rows is None else rows
    for row in list(rows):
        if row.stopped_at is None:
            _put_under(ticket, row, terms, now)
        elif recount_ended:
            _recount(ticket, row, now)
    for kind, started_at in _wanted(ticket, rows):
        if kind in terms.targets:
            rows.append(_begin(ticket, rows, kind, started_at, terms, now, past=not new))
    ticket.policy_id = terms.policy_id
    keep_due(ticket, rows)


def answered(*, ticket: Ticket, at: datetime) -> None:
    """Staff answered in public: the response clocks end."""
    rows = clocks_of(ticket.id)  # read before the ticket is changed: one UPDATE of it will do
    ticket.first_response_at = ticket.first_response_at or at
    ticket.unanswered_since = None
    _stop(ticket, rows, at, ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
    keep_due(ticket, rows)


def asked(*, ticket: Ticket, at: datetime) -> None:
    """The customer wrote or called in vain: after a first answer next_response runs from the oldest such message."""
    if ticket.unanswered_since is not None:
        return
    waits = ticket.first_response_at is not None and rules.is_open(ticket.status)
    rows = clocks_of(ticket.id) if waits else []
    ticket.unanswered_since = at
    if waits:
        realign(ticket=ticket, now=at, rows=rows)


def status_changed(*, ticket: Ticket, now: datetime) -> None:
    """Pause and resume the clocks as the ticket's status and reason for waiting say."""
    paused = rules.paused_clocks(ticket.status, ticket.wait_reason, running_waits_of(ticket))
    rows = clocks_of(ticket.id)
    for row in rows:
        if row.stopped_at is not None:
            continue
        clock = facts(row)
        if ClockKind(row.kind) in paused:
            clock = clocks.pause(clock, now, str(ticket.wait_reason))
        elif any(entry.ended_at is None for entry in clock.pauses):
            clock = clocks.resume(clock, now)
        keep(row, clock)
        settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=now)
    keep_due(ticket, rows)


def resolved(*, ticket: Ticket, now: datetime) -> None:
    """The resolution clock has reached its aim; the others end without theirs (nobody waits for an answer or a technician any more)."""
    ticket.unanswered_since = None
    rows = clocks_of(ticket.id)
    _stop(ticket, rows, now, ClockKind.RESOLUTION)
    _stop(ticket, rows, now, *ClockKind, cancelled=True)
    keep_due(ticket, rows)


def reopened(*, ticket: Ticket, now: datetime) -> None:
    """Re-arm what resolving ended, with the time already used; the time the ticket was resolved does not count. Then the terms of today."""
    terms = book_of_transaction().terms_of(ticket)
    for row in clocks_of(ticket.id):
        if row.kind in terms.targets and _runs_again(ticket, row):
            keep(row, clocks.reopen(facts(row), now))
            settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=now)
    realign(ticket=ticket, now=now)


def technician_arrived(*, ticket_id: int, at: datetime, now: datetime | None = None) -> None:
    """A technician stands at the customer's door: on_site ends at `at`, which may be reported later (`now`, default `at`).

    Of several arrivals the earliest counts, also when it is reported last. Locks the ticket. Raises NotFound.
    """
    ticket = lock_ticket(ticket_id)
    reported = max(now or at, at)
    rows = clocks_of(ticket_id)
    for row in rows:
        if row.kind != ClockKind.ON_SITE:
            continue
        clock = facts(row)
        if clock.stopped_at is None:
            clock = clocks.stop(clock, at)
        elif not clock.cancelled and at < clock.stopped_at:
            # Pauses that lie behind the new stop are cut by the engine when it counts.
            clock = clocks.stop(clocks.Clock(clock.kind, clock.started_at, clock.pauses, None, clock.carried_seconds), at)
        keep(row, clock)
        settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=reported)
    keep_due(ticket, rows)
    _tell(ticket, reported)


def appointment_agreed(*, ticket_id: int, ends_at: datetime | None, now: datetime) -> None:
    """The customer agreed to a visit whose window ends at `ends_at`: on_site counts from there; None: from the ticket's creation again.

    Locks the ticket. Raises NotFound. Without effect once a technician has arrived.
    """
    ticket = lock_ticket(ticket_id)
    rows = clocks_of(ticket_id)
    for row in rows:
        if row.kind == ClockKind.ON_SITE and row.stopped_at is None:
            row.started_at = on_site_started_at(ticket.created_at, ends_at)
            settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=now)
    keep_due(ticket, rows)
    _tell(ticket, now)


def _tell(ticket: Ticket, now: datetime) -> None:
    """These two are called from above, not by a verb of the ticket that publishes anyway: every list shows the clocks."""
    db.session.flush()
    events.publish(
        TicketChanged(
            at=now,
            ticket_id=ticket.id,
            number=ticket.number,
            queue_id_before=ticket.queue_id,
            queue_id=ticket.queue_id,
            assignee_id_before=ticket.assignee_id,
            assignee_id=ticket.assignee_id,
        )
    )


def _stop(ticket: Ticket, rows: list[Clock], at: datetime, *kinds: ClockKind, cancelled: bool = False) -> None:
    for row in rows:
        if row.stopped_at is None and row.kind in kinds:
            keep(row, clocks.stop(facts(row), at, cancelled=cancelled))
            settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=at)


def _put_under(ticket: Ticket, row: Clock, terms: Terms, now: datetime) -> None:
    if row.kind not in terms.targets:
        keep(row, clocks.stop(facts(row), now, cancelled=True))
        settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=now)
        return
    _name_terms(row, terms)
    _stand_or_run(ticket, row, terms, now)
    settle(ticket, row, terms.calendar, now=now)


def _stand_or_run(ticket: Ticket, row: Clock, terms: Terms, now: datetime) -> None:
    """From now on the clock stands still or runs as the policy has it for what the ticket waits for; what stood still until now did."""
    clock = facts(row)
    paused = ClockKind(row.kind) in rules.paused_clocks(ticket.status, ticket.wait_reason, terms.running_waits)
    stands = any(entry.ended_at is None for entry in clock.pauses)
    if paused and not stands:
        keep(row, clocks.pause(clock, now, str(ticket.wait_reason)))
    elif stands and not paused:
        keep(row, clocks.resume(clock, now))


def _name_terms(row: Clock, terms: Terms) -> None:
    row.policy_id, row.warn_percent, row.ladder = terms.policy_id, terms.warn_percent, list(terms.ladder)
    row.calendar_version = terms.calendar_version
    row.target_seconds = terms.targets[row.kind]


def _recount(ticket: Ticket, row: Clock, now: datetime) -> None:
    """Count an ended clock again, when the calendar it names was published anew."""
    used = row.calendar_version
    newest = published_version(used.calendar_id) if used is not None else None
    if newest is not None and newest is not used:
        row.calendar_version = newest
        settle(ticket, row, calendar_of(newest, ticket.queue.branch), now=now)


def _runs_again(ticket: Ticket, row: Clock) -> bool:
    """Whether re-opening re-arms this clock: it ended by the resolving, and its aim is open again or was never reached."""
    if row.stopped_at is None or row.stopped_at != ticket.resolved_at:
        return False
    if row.kind == ClockKind.FIRST_RESPONSE:
        return row.cancelled and ticket.first_response_at is None
    return row.kind == ClockKind.RESOLUTION or (row.kind == ClockKind.ON_SITE and row.cancelled)


def _wanted(ticket: Ticket, rows: list[Clock]) -> list[tuple[ClockKind, datetime]]:
    """The clocks that ought to run, (kind, since), and have no row that runs or reached its aim."""
    if not rules.is_open(ticket.status):
        return []
    wanted = [(ClockKind.RESOLUTION, ticket.created_at)]
    if ticket.first_response_at is None:
        wanted.append((ClockKind.FIRST_RESPONSE, ticket.created_at))
    elif ticket.unanswered_since is not None:
        wanted.append((ClockKind.NEXT_RESPONSE, ticket.unanswered_since))
    wanted.append((ClockKind.ON_SITE, ticket.created_at))
    return [(kind, since) for kind, since in wanted if not any(_holds(row, kind) for row in rows)]


def _holds(row: Clock, kind: ClockKind) -> bool:
    """Whether this row is the clock of that kind: it runs, or it has reached its aim (next_response has a new aim each time)."""
    if row.kind != kind:
        return False
    return row.stopped_at is None or (not row.cancelled and kind is not ClockKind.NEXT_RESPONSE)


def _begin(ticket: Ticket, rows: list[Clock], kind: ClockKind, since: datetime, terms: Terms, now: datetime, *, past: bool) -> Clock:
    """A clock since then: a new row, or the one that was cancelled when a policy did not cover it."""
    again = kind is not ClockKind.NEXT_RESPONSE
    row = next((row for row in rows if row.kind == kind and (row.started_at == since or (again and row.cancelled))), None)
    if row is None:
        row = Clock(ticket_id=ticket.id, kind=str(kind), state="running", started_at=since, carried_seconds=0, cancelled=False, pauses=[])
        _name_terms(row, terms)
        db.session.add(row)
    else:
        rows.remove(row)
        _name_terms(row, terms)
    pauses = history.pauses_of(ticket, kind, now, terms.running_waits) if again and past else ()
    keep(row, clocks.Clock(kind, row.started_at, pauses, None, row.carried_seconds))
    settle(ticket, row, terms.calendar, now=now)
    return row

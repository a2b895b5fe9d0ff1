"""Tickets that wait for the rules to find somebody: asked for by what happens, tried by a sweep, again after a while, until somebody has them.

The sweep locks tickets, then `queries.lock`, so that nobody gets more than they can hold; both without waiting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import lazyload

from core import later, live
from core.auth.models import Role, User
from core.db import db
from core.jsonable import jsonable
from staff.models import Person
from tickets import rules
from tickets.assigning import queries
from tickets.assigning.deciding import Decision, decide
from tickets.assigning.models import Placement
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.notices import services as notices
from tickets.services.assigning import assign

log = structlog.get_logger()
NAME, EVERY = "assignment", 0.5
BATCH = 20
PANEL = "panel:assignment"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
AFTER_A_FAILURE = timedelta(minutes=5)
KICKED = 20  # tickets tried again at once when somebody has room again


def request(ticket_ids: Iterable[int], *, now: datetime) -> None:
    """Have the rules find somebody for these tickets, those that are open and nobody's (or of somebody who left), from the end of the transaction
    on."""
    if wanted := [(ticket_id, now) for ticket_id in ticket_ids]:
        later.once(_store, *wanted)


def _store(items: list[tuple[int, datetime]]) -> None:
    """The minutes of a rule's steps count anew."""
    now = max(moment for _ticket_id, moment in items)
    here = select(Person.id).join(User, User.id == Person.user_id).where(Person.active, User.active)
    lies = or_(Ticket.assignee_id.is_(None), Ticket.assignee_id.not_in(here))
    query = select(Ticket.id, Ticket.number).where(Ticket.id.in_([ticket_id for ticket_id, _now in items]), lies, Ticket.is_open)
    wanted = dict(db.session.execute(query.order_by(Ticket.id)).tuples().all())
    if wanted:
        row = insert(Placement).values([{"ticket_id": ticket_id, "since": now, "due_at": now, "tries": 0} for ticket_id in wanted])
        again = {"since": row.excluded.since, "due_at": row.excluded.due_at, "tries": 0, "why": None, "told_at": None}
        db.session.execute(row.on_conflict_do_update(index_elements=["ticket_id"], set_=again))
        for number in wanted.values():
            live.touch(f"ticket:{number}", PANEL)


def kick(*, now: datetime) -> None:
    """Somebody may have room: those that wait for longest are tried at once."""
    later.once(_kick, now)


def _kick(moments: list[datetime]) -> None:
    now = max(moments)
    waiting = select(Placement.ticket_id).where(Placement.due_at > now).order_by(Placement.since, Placement.ticket_id).limit(KICKED)
    chosen = waiting.with_for_update(skip_locked=True)
    again = update(Placement).where(Placement.ticket_id.in_(chosen)).values(due_at=now)
    db.session.execute(again, execution_options={"synchronize_session": False})


def place_due(now: datetime) -> bool:
    """The sweep: one batch, the longest due first; True when there may be more. What somebody works on is tried at the next turn."""
    query = (
        select(Placement)
        .join(Ticket, Ticket.id == Placement.ticket_id)
        .where(Placement.due_at <= now)
        .order_by(Placement.due_at, Placement.ticket_id)
        .limit(BATCH)
        .options(lazyload("*"))
        .with_for_update(of=[Placement, Ticket], skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).all()
    if not found or not queries.lock_if_free():
        return False
    for placement in found:
        try:
            with db.session.begin_nested():
                _place(placement, now)
        except Exception:
            # One ticket that cannot be placed must not keep all others waiting.
            log.exception("a ticket could not be placed", ticket_id=placement.ticket_id)
            placement.due_at = now + AFTER_A_FAILURE
    db.session.flush()
    return len(found) == BATCH


def _place(placement: Placement, now: datetime) -> None:
    ticket = lock_ticket(placement.ticket_id)
    if not _lies(ticket):
        db.session.delete(placement)
        return
    if ticket.assignee_id is not None:
        assign(ticket_id=ticket.id, person_id=None, actor_id=None, now=now)
    decision = decide(ticket, now=now, since=placement.since)
    if decision.person_id is not None:
        db.session.delete(placement)
        give(ticket, decision, now=now, actor_id=None)
    elif decision.waits:
        _wait(placement, ticket, decision, now)
    else:
        db.session.delete(placement)
        live.touch(f"ticket:{ticket.number}", PANEL)


def _lies(ticket: Ticket) -> bool:
    """Open, and nobody's or of somebody who left (and has it since it was re-opened)."""
    if not rules.is_open(ticket.status) or ticket.merged_into_id is not None:
        return False
    return ticket.assignee is None or not (ticket.assignee.active and ticket.assignee.user.active)


def give(ticket: Ticket, decision: Decision, *, now: datetime, actor_id: int | None) -> None:
    """Assign as decided; the rule's next turn is the next one's. The ticket and `queries.lock` are held."""
    assign(ticket_id=ticket.id, person_id=decision.person_id, actor_id=actor_id, now=now, told=decision.told)
    if decision.rule is not None:
        decision.rule.last_person_id = decision.person_id
        db.session.flush()


def _wait(placement: Placement, ticket: Ticket, decision: Decision, now: datetime) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(placement.tries, 10), LONGEST_PAUSE)
    placement.tries += 1
    placement.due_at = min(now + pause, decision.next_at or now + pause)
    why, tell = jsonable(decision.told), decision.tell and placement.told_at is None
    if placement.why != why or tell:
        placement.why = why
        live.touch(f"ticket:{ticket.number}", PANEL)
    if tell:
        placement.told_at = now
        tell_supervisors(ticket, now=now)


def tell_supervisors(ticket: Ticket, *, now: datetime) -> None:
    """Nobody could be found: each is told in their own language."""
    query = select(User.id, User.language).where(User.active, User.roles.any(Role.name == "supervisor")).order_by(User.language)
    by_language: dict[str, list[int]] = {}
    for user_id, language in db.session.execute(query).tuples():
        by_language.setdefault(language, []).append(user_id)
    for language, user_ids in by_language.items():
        with force_locale(language):
            title = _("Nobody was found for ticket %(number)s", number=ticket.number)
            text = _("It waits in “%(queue)s”. The ticket says who was asked and why they could not.", queue=ticket.queue.name)
        notices.tell(user_ids=user_ids, kind="assignment", title=title, text=text, ticket_id=ticket.id, now=now)

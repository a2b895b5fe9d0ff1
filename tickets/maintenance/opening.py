"""The sweep: tickets of plans whose day to open has come, each exactly once.

Safe when two run at once: a plan's row is locked while its date is settled, and each date has one row. After a time in which nothing ran, of the
dates that passed only the newest gets a ticket; the others are written down as missed, and supervisors are told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core.auth.models import Role, User
from core.db import db
from core.errors import DomainError
from tickets import services as tickets
from tickets.maintenance import dating, queries, services
from tickets.maintenance.models import MaintenancePlan
from tickets.maintenance.slots import VISIT_PROPOSALS
from tickets.models import Ticket
from tickets.notices import services as notices

NAME = "maintenance"
EVERY = 5.0
BATCH = 20
MOST_AT_ONCE = 400  # dates of one plan in one turn: a year of daily ones
AGAIN = timedelta(hours=1)


def open_due(now: datetime) -> bool:
    """One batch, in the caller's transaction; each plan whole or not at all. True: there may be more."""
    found = queries.due_plans(now, BATCH)
    for plan in found:
        try:
            with db.session.begin_nested():
                _look_at(plan, now)
        except DomainError as error:
            _trouble(plan, str(error.message), now)
    return len(found) == BATCH


def _look_at(plan: MaintenancePlan, now: datetime) -> None:
    today = dating.today_of(plan, now)
    if plan.customer.archived_at is not None:
        services.set_state(plan, "paused", services.ARCHIVED, now=now, actor_id=None)
        return
    missed = 0
    for _turn in range(MOST_AT_ONCE):
        if plan.next_due_on is None or dating.opens_at(plan, plan.next_due_on) > now:
            break
        if _out_of_use(plan):
            services.set_state(plan, "ended", services.RETIRED, now=now, actor_id=None)
            break
        this = dating.next_of(plan)
        later = dating.after_this(plan, this)
        if this.due < today and later is not None and later.due <= today:  # it passed, and the one after has come: that one stands for this
            services.settle(plan, "missed", now=now, actor_id=None)
            missed += 1
            continue
        _open(plan, now, missed)
        missed = 0
    if plan.problem:
        plan.problem = ""
    if plan.state == "active" and plan.next_due_on is None and not dating.waits_for_completion(plan):
        services.set_state(plan, "ended", services.NO_DATE, now=now, actor_id=None)
    db.session.flush()


def _out_of_use(plan: MaintenancePlan) -> bool:
    thing = plan.equipment
    return thing is not None and thing.retired_on is not None and plan.next_due_on is not None and thing.retired_on <= plan.next_due_on


def _open(plan: MaintenancePlan, now: datetime, missed: int) -> Ticket:
    """The next date's ticket, with what is to be done as its first note."""
    due_on = dating.next_of(plan).due
    ticket = tickets.open_ticket(
        subject=plan.name,
        channel="internal",
        queue_id=plan.queue_id,
        now=now,
        actor_id=None,
        kind=plan.kind,
        priority=plan.priority,
        language=plan.customer.language,
        customer_id=plan.customer_id,
        site_id=plan.site_id,
        equipment_id=plan.equipment_id,
    )
    services.settle(plan, "opened", now=now, actor_id=None, ticket_id=ticket.id)
    tickets.add_note(ticket_id=ticket.id, text=_words(plan, due_on.isoformat(), missed), actor_id=None, now=now)
    if plan.propose_visit:
        VISIT_PROPOSALS.call(ticket.id, plan.job_type, due_on, now)
    if missed:
        _tell_missed(plan, ticket, missed, now)
    return ticket


def _words(plan: MaintenancePlan, due_on: str, missed: int) -> str:
    """What is to be done, in the branch's language."""
    with force_locale(plan.queue.branch.language):
        lines = [_("Due on %(day)s.", day=due_on)]
        if missed:
            lines.append(_("%(count)s dates before it passed while nothing ran; this ticket stands for them too.", count=missed))
    parts = [" ".join(lines), plan.text, "\n".join(f"☐ {line}" for line in plan.checklist)]
    return "\n\n".join(part for part in parts if part)


def _tell_missed(plan: MaintenancePlan, ticket: Ticket, missed: int, now: datetime) -> None:
    with force_locale(plan.queue.branch.language):
        text = _("%(count)s dates of a maintenance plan passed while nothing ran. One ticket was opened instead.", count=missed)
    notices.tell(user_ids=_supervisors(), kind="maintenance", title=plan.name, text=text, ticket_id=ticket.id, now=now)


def _trouble(plan: MaintenancePlan, problem: str, now: datetime) -> None:
    """No ticket could be opened: the plan says why, supervisors are told once, and it is tried again in an hour."""
    if plan.problem != problem:
        plan.problem = problem
        address = f"/maintenance/{plan.id}"
        notices.tell(user_ids=_supervisors(), kind="maintenance", title=plan.name, text=problem, address=address, now=now)
    plan.look_at = now + AGAIN
    db.session.flush()


def _supervisors() -> list[int]:
    return list(db.session.scalars(select(User.id).where(User.active, User.roles.any(Role.name == "supervisor"))))

"""What plans hear of: their tickets are done, merged, re-opened; their equipment goes out of use; their customer is archived or to be removed."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select

from core import events
from core.db import db
from core.errors import DomainError
from customers.events import CustomerChanged, CustomerRemoving
from customers.models import Equipment
from tickets.events import MergeUndone, TicketChanged, TicketMerged, TicketResolved
from tickets.maintenance import dating, services
from tickets.maintenance.models import MaintenancePlan, Occurrence

_MOVED = "maintenance"


def subscribe() -> None:
    """Take up the subscriptions."""
    events.subscribe(TicketResolved, _on_resolved)
    events.subscribe(TicketChanged, _on_ticket)
    events.subscribe(TicketMerged, _on_merged)
    events.subscribe(MergeUndone, _on_undone)
    events.subscribe(CustomerChanged, _on_customer)
    events.subscribe(CustomerRemoving, _on_removing)


def _on_resolved(event: TicketResolved) -> None:
    for occurrence in _dates_of(event.ticket_id):
        plan = services.locked(occurrence.plan_id)
        services.completed(occurrence, plan, done_on=dating.today_of(plan, event.at), now=event.at)


def _on_ticket(event: TicketChanged) -> None:
    """Open again: it was not done after all. What comes next is decided when it is."""
    if event.changes.get("status", (None, None))[0] in ("resolved", "closed") and event.changes["status"][1] == "open":
        for occurrence in _dates_of(event.ticket_id):
            occurrence.completed_on = None
        db.session.flush()


def _on_merged(event: TicketMerged) -> None:
    found = _dates_of(event.merged_id)
    for occurrence in found:
        occurrence.ticket_id = event.survivor_id
    if found:
        event.moved[_MOVED] = [occurrence.id for occurrence in found]
        db.session.flush()


def _on_undone(event: MergeUndone) -> None:
    query = select(Occurrence).where(Occurrence.id.in_(event.moved.get(_MOVED, [])), Occurrence.ticket_id == event.survivor_id)
    for occurrence in db.session.scalars(query):
        occurrence.ticket_id = event.merged_id
    db.session.flush()


def _on_customer(event: CustomerChanged) -> None:
    """Equipment sold or scrapped ends its plans at once; an archived customer's are paused."""
    if event.what == "equipment":
        for plan_id in _running(event.customer_id, Equipment.retired_on.is_not(None)):
            _end_if_retired(plan_id, event.at)
    elif event.what == "archived":
        for plan_id in _running(event.customer_id, MaintenancePlan.state == "active"):
            services.set_state(services.locked(plan_id), "paused", services.ARCHIVED, now=event.at, actor_id=event.actor_id)


def _end_if_retired(plan_id: int, now: datetime) -> None:
    plan = services.locked(plan_id)
    retired_on = plan.equipment.retired_on if plan.equipment is not None else None
    if retired_on is not None and retired_on <= dating.today_of(plan, now):
        services.set_state(plan, "ended", services.RETIRED, now=now, actor_id=None)


def _on_removing(event: CustomerRemoving) -> None:
    if db.session.scalar(select(MaintenancePlan.id).where(MaintenancePlan.customer_id == event.customer_id).limit(1)) is not None:
        raise DomainError(_("This customer has maintenance plans."), code="has_plans")


def _running(customer_id: int, *more: ColumnElement[bool]) -> list[int]:
    """Ids of the customer's plans that are not over."""
    query = select(MaintenancePlan.id).outerjoin(Equipment, Equipment.id == MaintenancePlan.equipment_id)
    query = query.where(MaintenancePlan.customer_id == customer_id, MaintenancePlan.state != "ended", *more)
    return list(db.session.scalars(query.order_by(MaintenancePlan.id)))


def _dates_of(ticket_id: int) -> list[Occurrence]:
    return list(db.session.scalars(select(Occurrence).where(Occurrence.ticket_id == ticket_id).order_by(Occurrence.id)))

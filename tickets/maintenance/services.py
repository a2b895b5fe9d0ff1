"""The verbs of maintenance plans: create, change, pause, end, skip and postpone a date. They lock the plan, flush, never commit; each is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete

from core import audit
from core.db import db, locked_row
from core.errors import Conflict, NotFound, NotValid
from customers.models import Equipment, Site
from tickets import rules as ticket_rules
from tickets.maintenance import dating, queries, recurrence, rules
from tickets.maintenance.models import MaintenancePlan, Occurrence
from tickets.maintenance.recurrence import Due
from tickets.maintenance.slots import JOB_TYPES
from tickets.services import references

# What decides on the dates: a change of one of these makes the next date anew.
_DATED = ("recurrence", "base", "starts_on", "ends_on", "lead_days", "queue_id")
_PLAIN = ("name", "text", "checklist", "kind", "priority", "job_type", "propose_visit", "customer_id", "site_id", "equipment_id")
# Reasons of a state that the machine gives, as codes; people write theirs in words.
NO_DATE, RETIRED, ARCHIVED = "no_date", "retired", "archived"
FIELDS = (*_PLAIN, *_DATED)
DEFAULTS: dict[str, Any] = {
    "text": "",
    "checklist": (),
    "kind": "maintenance",
    "priority": "normal",
    "job_type": "",
    "propose_visit": False,
    "customer_id": None,
    "site_id": None,
    "equipment_id": None,
    "base": "plan",
    "ends_on": None,
    "lead_days": 14,
}


def create_plan(*, now: datetime, actor_id: int | None, **values: Any) -> MaintenancePlan:
    """A plan for equipment, a site or a customer. `values`: of FIELDS at least name, queue_id, recurrence, starts_on, and one of equipment_id,
    site_id, customer_id. Dates before today are not made up for: it begins with the first from today on. Raises NotValid naming the field."""
    plan = MaintenancePlan(
        state="active", state_reason="", next_number=1, problem="", created_at=now, created_by_id=actor_id, updated_at=now, look_at=None
    )
    plan.next_planned_on = plan.next_due_on = None
    _fill(plan, {**DEFAULTS, **values})
    _set_next(plan, dating.first(plan, dating.today_of(plan, now)), now)
    if plan.next_due_on is None:
        raise NotValid(_("There is no date between the beginning and the end."), field="recurrence")
    db.session.add(plan)
    db.session.flush()
    _audit("created", plan, now=now, actor_id=actor_id, after=facts(plan))
    return plan


def change_plan(
    *, plan_id: int, now: datetime, actor_id: int | None, expected_version: int | None = None, **values: Any
) -> MaintenancePlan:
    """Change some of FIELDS. When they decide on the dates, the next date is made anew after the last one settled, never before today.

    Raises NotFound, NotValid; Conflict (`changed_meanwhile`) after a colleague's change, (`ended`) for a plan that is over.
    """
    plan = locked(plan_id, expected_version)
    if plan.state == "ended":
        raise Conflict(_("This plan is over. Make a new one."), code="ended")
    before = facts(plan)
    _fill(plan, {name: values.get(name, getattr(plan, name)) for name in FIELDS})
    after = facts(plan)
    if before == after:
        return plan
    if any(before[name] != after[name] for name in _DATED) and not dating.waits_for_completion(plan):
        _forget_postponed(plan)
        _set_next(plan, dating.following(plan, today=dating.today_of(plan, now)), now)
        if plan.next_due_on is None:
            raise NotValid(_("There is no date between the beginning and the end."), field="recurrence")
    _changed("changed", plan, now=now, actor_id=actor_id, before=before)
    return plan


def pause_plan(*, plan_id: int, reason: str, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """Nothing is opened until it is resumed. Raises NotFound, NotValid, Conflict unless it is active."""
    plan = locked(plan_id)
    _must_be(plan, "active")
    return set_state(plan, "paused", rules.check_reason(reason), now=now, actor_id=actor_id)


def resume_plan(*, plan_id: int, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """On with the first date from today on; those that passed meanwhile are not made up for. Raises NotFound, Conflict unless it is paused."""
    plan = locked(plan_id)
    _must_be(plan, "paused")
    before = facts(plan)
    plan.state, plan.state_reason, plan.problem = "active", "", ""
    today = dating.today_of(plan, now)
    if not dating.waits_for_completion(plan) and (plan.next_due_on is None or plan.next_due_on < today):
        _forget_postponed(plan)
        _set_next(plan, dating.following(plan, today=today), now)
    else:
        _look(plan, now)
    _changed("resumed", plan, now=now, actor_id=actor_id, before=before)
    if plan.next_due_on is None and not dating.waits_for_completion(plan):
        return set_state(plan, "ended", NO_DATE, now=now, actor_id=actor_id)
    return plan


def end_plan(*, plan_id: int, reason: str, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """For good; what it opened stays. Raises NotFound, NotValid, Conflict when it has ended."""
    plan = locked(plan_id)
    _must_be(plan, "active", "paused")
    return set_state(plan, "ended", rules.check_reason(reason), now=now, actor_id=actor_id)


def skip_next(*, plan_id: int, reason: str, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """The next date is left out, with the reason kept. Raises NotFound, NotValid, Conflict when there is none."""
    plan = locked(plan_id)
    settle(plan, "skipped", now=now, actor_id=actor_id, reason=rules.check_reason(reason))
    if plan.next_due_on is None and plan.state == "active":
        set_state(plan, "ended", NO_DATE, now=now, actor_id=actor_id)
    return plan


def postpone_next(*, plan_id: int, due_on: date, reason: str, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """The next date is due on another day; those after it stay. Raises NotFound, NotValid (in the past, not before the date after), Conflict."""
    plan = locked(plan_id)
    planned = dating.next_of(plan)
    why = rules.check_reason(reason)
    if due_on < dating.today_of(plan, now):
        raise NotValid(_("This day is over."), field="due_on")
    after = dating.after_this(plan, planned)
    if after is not None and due_on >= after.due:
        raise NotValid(_("The date after it is %(day)s. Skip this one instead.", day=after.due.isoformat()), field="due_on")
    before = facts(plan)
    row = queries.postponed(plan.id) or Occurrence(plan_id=plan.id, number=plan.next_number, planned_on=planned.planned)
    row.due_on, row.state, row.reason, row.at, row.actor_id = due_on, "postponed", why, now, actor_id
    db.session.add(row)
    plan.next_due_on = due_on
    _look(plan, now)
    _changed("postponed", plan, now=now, actor_id=actor_id, before=before)
    return plan


def completed(occurrence: Occurrence, plan: MaintenancePlan, *, done_on: date, now: datetime) -> None:
    """The date's ticket was resolved. What counts from completion goes on from there, unless a later date is under way. The plan's row is locked."""
    occurrence.completed_on = done_on
    newest = occurrence.number == plan.next_number - 1
    if plan.base == "completion" and newest and plan.state != "ended" and queries.postponed(plan.id) is None:
        _set_next(plan, dating.after_done(plan, done_on, occurrence.planned_on), now)
        plan.updated_at = now
    db.session.flush()
    if newest and plan.base == "completion" and plan.next_due_on is None and plan.state == "active":
        set_state(plan, "ended", NO_DATE, now=now, actor_id=None)


def settle(
    plan: MaintenancePlan, state: str, *, now: datetime, actor_id: int | None, reason: str = "", ticket_id: int | None = None
) -> Occurrence:
    """Write down what becomes of the next date, and go on to the one after (of what counts from completion: once it is done, or skipped)."""
    planned = dating.next_of(plan)
    before = facts(plan)
    row = queries.postponed(plan.id) or Occurrence(plan_id=plan.id, number=plan.next_number, planned_on=planned.planned)
    row.due_on, row.state, row.ticket_id, row.at, row.actor_id = planned.due, state, ticket_id, now, actor_id
    row.reason = reason or row.reason or ""
    db.session.add(row)
    plan.next_number += 1
    if plan.base == "completion":
        _set_next(plan, dating.after_done(plan, planned.due, planned.planned) if state == "skipped" else None, now)
    else:
        _set_next(plan, dating.after_this(plan, planned), now)
    if state == "skipped":
        _changed(state, plan, now=now, actor_id=actor_id, before=before)
    plan.updated_at = now
    db.session.flush()
    return row


def set_state(plan: MaintenancePlan, state: str, reason: str, *, now: datetime, actor_id: int | None) -> MaintenancePlan:
    """Paused or ended, with the reason; the plan's row is locked."""
    before = facts(plan)
    plan.state, plan.state_reason, plan.look_at = state, reason, None
    if state == "ended":
        _forget_postponed(plan)
        plan.next_planned_on = plan.next_due_on = None
    _changed(state, plan, now=now, actor_id=actor_id, before=before)
    return plan


def locked(plan_id: int, expected_version: int | None = None) -> MaintenancePlan:
    """The plan, read afresh, its row locked. Raises NotFound, Conflict (`changed_meanwhile`)."""
    plan = locked_row(MaintenancePlan, plan_id)
    if plan is None:
        raise NotFound(_("There is no such maintenance plan."))
    if expected_version is not None and plan.version != expected_version:
        raise Conflict(_("A colleague has changed this meanwhile. Look at it again."), code="changed_meanwhile")
    return plan


def facts(plan: MaintenancePlan) -> dict[str, Any]:
    """For the audit."""
    found = {name: getattr(plan, name) for name in FIELDS}
    return found | {"state": plan.state, "state_reason": plan.state_reason, "next_due_on": plan.next_due_on}


def _fill(plan: MaintenancePlan, values: Mapping[str, Any]) -> None:
    plan.name, plan.text = rules.check_name(values["name"]), rules.check_text(values["text"])
    plan.checklist = rules.check_checklist(values["checklist"])
    plan.kind, plan.priority = ticket_rules.check_kind(values["kind"]), ticket_rules.check_priority(values["priority"])
    plan.queue = references.active_queue(values["queue_id"])
    plan.queue_id = plan.queue.id
    plan.job_type, plan.propose_visit = _checked_job(values["job_type"]), bool(values["propose_visit"])
    if plan.propose_visit and not plan.job_type:
        raise NotValid(_("Choose a job type: visits are proposed for one."), field="job_type")
    _put_subject(plan, values)
    rules.check_period(values["starts_on"], values["ends_on"])
    plan.base = rules.check_base(values["base"])
    plan.starts_on, plan.ends_on = values["starts_on"], values["ends_on"]
    plan.recurrence = recurrence.checked(values["recurrence"], base=plan.base)
    following_dates = recurrence.preview(
        plan.recurrence,
        base=plan.base,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        calendar=dating.calendar_for(plan),
        not_before=plan.starts_on,
    )
    plan.lead_days = rules.check_lead(values["lead_days"], following_dates)


def _checked_job(key: str) -> str:
    if key and key not in {job["key"] for jobs in JOB_TYPES.call() for job in jobs}:
        raise NotValid(_("There is no such job type."), field="job_type")
    return key


def _put_subject(plan: MaintenancePlan, values: Mapping[str, Any]) -> None:
    """Equipment says whose it is, a site too; what is named must belong together."""
    equipment = db.session.get(Equipment, values["equipment_id"]) if values["equipment_id"] is not None else None
    site = db.session.get(Site, values["site_id"]) if values["site_id"] is not None else None
    if values["equipment_id"] is not None and equipment is None:
        raise NotValid(_("There is no such equipment."), field="equipment_id")
    if values["site_id"] is not None and site is None:
        raise NotValid(_("There is no such site."), field="site_id")
    owner = values["customer_id"] or (equipment or site).customer_id if (equipment or site or values["customer_id"]) else None  # type: ignore[union-attr]
    if owner is None:
        raise NotValid(_("Say for whom: equipment, a site or a customer."), field="customer_id")
    if any(part is not None and part.customer_id != owner for part in (equipment, site)):
        raise NotValid(_("This belongs to another customer."), field="equipment_id")
    if equipment is not None and equipment.retired_on is not None and equipment.retired_on <= values["starts_on"]:
        raise NotValid(_("This equipment is out of use."), field="equipment_id")
    customer = references.known_customer(owner)
    assert customer is not None
    plan.customer, plan.customer_id = customer, customer.id
    plan.site, plan.site_id = site, site.id if site is not None else None
    plan.equipment, plan.equipment_id = equipment, equipment.id if equipment is not None else None


def _set_next(plan: MaintenancePlan, found: Due | None, now: datetime) -> None:
    plan.next_planned_on, plan.next_due_on = found if found is not None else (None, None)
    _look(plan, now)


def _look(plan: MaintenancePlan, now: datetime) -> None:
    """When the sweep is to act on it next."""
    active = plan.state == "active" and plan.next_due_on is not None
    plan.look_at = max(now, dating.opens_at(plan, plan.next_due_on)) if active and plan.next_due_on is not None else None


def _forget_postponed(plan: MaintenancePlan) -> None:
    db.session.execute(delete(Occurrence).where(Occurrence.plan_id == plan.id, Occurrence.state == "postponed"))


def _must_be(plan: MaintenancePlan, *states: str) -> None:
    if plan.state not in states:
        words = {"active": _("This plan is running."), "paused": _("This plan is paused."), "ended": _("This plan is over.")}
        raise Conflict(words[plan.state], code="state", details={"state_now": plan.state})


def _changed(what: str, plan: MaintenancePlan, *, now: datetime, actor_id: int | None, before: dict[str, Any]) -> None:
    plan.updated_at = now
    db.session.flush()
    _audit(what, plan, now=now, actor_id=actor_id, before=before, after=facts(plan))


def _audit(what: str, plan: MaintenancePlan, **more: Any) -> None:
    audit.record(action=f"maintenance_plan.{what}", target=f"maintenance_plan:{plan.id}", **more)

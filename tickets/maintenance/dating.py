"""When a plan is due next, and the dates after: its recurrence, its calendar, and what became of the dates before. Reads only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _

from core.errors import Conflict
from tickets.maintenance import queries, recurrence
from tickets.maintenance.models import MaintenancePlan
from tickets.maintenance.recurrence import Due
from tickets.sla.calendar import Calendar
from tickets.sla.choosing import branch_version, calendar_of
from tickets.sla.instants import local_to_seconds, to_datetime


def calendar_for(plan: MaintenancePlan) -> Calendar:
    """The working days that closed days are moved by: of the queue's branch."""
    return calendar_of(branch_version(plan.queue.branch_id), plan.queue.branch)


def today_of(plan: MaintenancePlan, now: datetime) -> date:
    """The local date where the queue is."""
    return now.astimezone(calendar_for(plan).zone).date()


def following(plan: MaintenancePlan, *, today: date) -> Due | None:
    """The first date after the last one settled, from today on."""
    last = queries.last_date(plan.id)
    if plan.base == "completion":
        if last is None:
            return first(plan, today)
        done = after_done(plan, last.completed_on or last.due_on, last.planned_on)
        return Due(max(done.planned, today), max(done.due, today)) if done is not None else None
    since = recurrence.before(today) if today > plan.starts_on else None
    if last is not None and (since is None or last.planned_on > since.planned):
        since = Due(last.planned_on, max(last.due_on, since.due) if since is not None else last.due_on)
    return next(_dates(plan, since), None)


def waits_for_completion(plan: MaintenancePlan) -> bool:
    """Whether its next date is not known before a ticket is done."""
    last = queries.last_date(plan.id) if plan.base == "completion" and plan.id is not None else None
    return last is not None and last.state == "opened" and last.completed_on is None


def preview_of(plan: MaintenancePlan, *, count: int = recurrence.PREVIEW) -> list[Due]:
    """The next dates as they stand: a postponed one where it was put; what counts from completion as if done when due."""
    if plan.next_planned_on is None or plan.next_due_on is None:
        return []
    found = [Due(plan.next_planned_on, plan.next_due_on)]
    if plan.base == "plan":
        return found + list(itertools.islice(_dates(plan, found[0]), count - 1))
    calendar = calendar_for(plan)
    while len(found) < count:
        one = recurrence.after_completion(
            plan.recurrence, done_on=found[-1].due, planned=found[-1].planned, ends_on=plan.ends_on, calendar=calendar
        )
        if one is None:
            break
        found.append(one)
    return found


def opens_at(plan: MaintenancePlan, due_on: date) -> datetime:
    """When the ticket of a date is opened: the local midnight so many days before."""
    day = datetime.combine(due_on - timedelta(days=plan.lead_days), time.min)
    return to_datetime(local_to_seconds(day, calendar_for(plan).zone))


def _dates(plan: MaintenancePlan, after: Due | None) -> Iterator[Due]:
    return recurrence.dates(plan.recurrence, starts_on=plan.starts_on, ends_on=plan.ends_on, calendar=calendar_for(plan), after=after)


def first(plan: MaintenancePlan, today: date) -> Due | None:
    """The first date of a plan that has none yet, from today on."""
    given = {"starts_on": plan.starts_on, "ends_on": plan.ends_on, "calendar": calendar_for(plan), "not_before": today}
    found = recurrence.preview(plan.recurrence, base=plan.base, count=1, **given)  # type: ignore[arg-type]
    return found[0] if found and (plan.ends_on is None or found[0].due <= plan.ends_on) else None


def after_this(plan: MaintenancePlan, date_: Due) -> Due | None:
    """The date after this one by the rule; of what counts from completion nobody knows it yet."""
    return next(_dates(plan, date_), None) if plan.base == "plan" else None


def after_done(plan: MaintenancePlan, done_on: date, planned: date) -> Due | None:
    """The date after one that was done on a day, of what counts from completion."""
    return recurrence.after_completion(plan.recurrence, done_on=done_on, planned=planned, ends_on=plan.ends_on, calendar=calendar_for(plan))


def next_of(plan: MaintenancePlan) -> Due:
    """The next date. Raises Conflict (`no_date`) when there is none."""
    if plan.next_planned_on is None or plan.next_due_on is None:
        raise Conflict(_("This plan has no next date now."), code="no_date")
    return Due(plan.next_planned_on, plan.next_due_on)

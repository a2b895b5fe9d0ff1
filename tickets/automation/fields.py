"""What conditions can ask beside a ticket's own facts because rules need it: whether somebody is at work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, false

from tickets import queries
from tickets.conditions.fields import Field, YesNoField
from tickets.models import Ticket
from tickets.sla.choosing import branch_version, calendar_of


@dataclass(frozen=True, kw_only=True)
class WorkingHoursField(YesNoField):
    """Whether `now` lies in the working hours of the ticket's queue: of the calendar of its branch."""

    def holds(self, op: str, value: Any, now: datetime, person_id: int | None) -> ColumnElement[bool]:
        at_work = Ticket.queue_id.in_(open_queues(now))
        return at_work if value else ~at_work


def open_queues(now: datetime) -> list[int]:
    """Ids of the queues whose working hours hold this instant; a branch without a calendar always works."""
    queues = queries.queues()
    calendars = {branch.id: calendar_of(branch_version(branch.id), branch) for branch in {queue.branch for queue in queues}}
    working = {branch_id for branch_id, calendar in calendars.items() if calendar.work_seconds(now, now + timedelta(seconds=1))}
    return [queue.id for queue in queues if queue.branch_id in working]


def fields() -> Iterable[Field]:
    """The provider."""
    return _FIELDS


_FIELDS = (WorkingHoursField(name="working_hours", label=_("Within the queue's working hours, now"), column=false()),)

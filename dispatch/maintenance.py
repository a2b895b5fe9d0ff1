"""Maintenance plans ask for visits: which job types there are, and a proposal in the ticket of when somebody could come before the day it is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core import clock, outbox
from core.db import db, transaction
from core.errors import DomainError
from dispatch.visits import queries
from dispatch.visits.models import JobType
from dispatch.visits.suggesting import AHEAD, Suggestion, suggest
from tickets import rules
from tickets import services as tickets
from tickets.models import Ticket

KIND = "dispatch.propose"
SHOWN = 3


def job_types() -> list[dict[str, str]]:
    """What a plan may name."""
    return [{"key": row.key, "name": row.name} for row in queries.job_types()]


def put_off(ticket_id: int, job_type: str, due_on: date, now: datetime) -> None:
    """A worker proposes soon: looking for openings takes longer than the sweep may."""
    payload = {"ticket_id": ticket_id, "job_type": job_type, "due_on": due_on.isoformat()}
    outbox.put(kind=KIND, payload=payload, now=now, unique_key=f"propose:{ticket_id}")


@outbox.handles(KIND, queue="heavy", lease=120, attempts=5)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    now = clock.now()
    with transaction():
        propose(ticket_id=payload["ticket_id"], job_type=payload["job_type"], due_on=date.fromisoformat(payload["due_on"]), now=now)
        outbox.finish(row_id, now=now)


def propose(*, ticket_id: int, job_type: str, due_on: date, now: datetime) -> None:
    """A note with the best openings before the end of the due day. Nothing is held. A ticket that is done, or has a visit, needs none."""
    ticket = db.session.get_one(Ticket, ticket_id)
    known = db.session.scalar(select(JobType).where(JobType.key == job_type, JobType.active))
    if known is None or not rules.is_open(ticket.status) or queries.open_visits(ticket_id):
        return
    zone = ZoneInfo(ticket.queue.branch.time_zone)
    latest = max(datetime.combine(due_on + timedelta(days=1), time.min, zone).astimezone(UTC), now + timedelta(days=1))
    earliest = max(now, latest - AHEAD)  # near the day it is due, not as soon as possible
    found = suggest(ticket_id=ticket_id, job_type_id=known.id, now=now, earliest=earliest, latest=latest, count=SHOWN)
    with force_locale(ticket.queue.branch.language):
        text = _words(known, found, zone, ticket.queue.branch.language)
    try:
        tickets.add_note(ticket_id=ticket_id, text=text, actor_id=None, now=now)
    except DomainError:  # merged or closed in this very moment
        return


def _words(job_type: JobType, found: list[Suggestion], zone: ZoneInfo, language: str) -> str:
    if not found:
        return str(_("Nobody can come for “%(job)s” before it is due. Book the visit by hand, or postpone it.", job=job_type.name))
    lines = [
        _("%(time)s: %(name)s", time=format_datetime(one.start, "EEE d MMM, HH:mm", tzinfo=zone, locale=language), name=one.names)
        for one in found
    ]
    return "\n".join([_("Proposed visits for “%(job)s”:", job=job_type.name), *lines])

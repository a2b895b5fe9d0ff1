"""What finished visits say about how long work takes; nothing of it changes a booking yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, true

from core.db import db
from dispatch.visits.durations import Durations, learned
from dispatch.visits.models import Assignment, JobType, Visit
from staff.models import Person

SINCE = timedelta(days=365)
MOST = 500  # finished visits of a job type, the newest


def durations_of(job_types: Sequence[JobType], *, now: datetime) -> dict[int, Durations]:
    """By job type, from the newest 500 finished visits of each within a year; one query for all."""
    seen = seen_of(job_types, now=now)
    return {row.id: learned(row.minutes * 60, seen.get(row.id, [])) for row in job_types}


def seen_of(job_types: Sequence[JobType], *, now: datetime) -> dict[int, list[tuple[int, float]]]:
    """The same visits as (person, seconds): from arrival to end, as technicians reported."""
    newest = (
        select(Visit.id, func.extract("epoch", Visit.ended_at - Visit.arrived_at).label("seconds"))
        .where(Visit.job_type_id == JobType.id, Visit.status == "done", Visit.ended_at >= now - SINCE)
        .where(Visit.arrived_at.is_not(None))
        .order_by(Visit.ended_at.desc())
        .limit(MOST)
        .lateral()
    )
    query = (
        select(JobType.id, Assignment.person_id, newest.c.seconds)
        .select_from(JobType)
        .join(newest, true())
        .join(Assignment, Assignment.visit_id == newest.c.id)
        .where(JobType.id.in_([row.id for row in job_types]), Assignment.active, Assignment.lead)  # a crew's visit counts once
    )
    seen: dict[int, list[tuple[int, float]]] = {}
    for job_type_id, person_id, seconds in db.session.execute(query):
        seen.setdefault(job_type_id, []).append((person_id, float(seconds)))
    return seen


def expected_seconds(job_type: JobType, person: Person, *, now: datetime) -> int:
    """How long this work is likely to take this person: the job type's own minutes as long as little is known."""
    return durations_of([job_type], now=now)[job_type.id].of(person.id).seconds

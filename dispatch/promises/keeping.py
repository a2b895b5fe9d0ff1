"""What was promised is written when it is told, and judged when the technician is there. All in the transaction of the visit's own verb, whose
locks cover the promise: it is written under the visit's row lock alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.db import db
from dispatch.promises import lateness, queries, rules
from dispatch.promises.models import Promise
from dispatch.promises.rules import Kind, Outcome
from dispatch.visits.models import Visit
from dispatch.visits.queries import assignment_of, technician_of
from dispatch.visits.rules import ENDED, Status
from dispatch.visits.services import delays


def tell_window(visit: Visit, kind: Kind, *, channel: str, now: datetime, actor_id: int | None) -> Promise:
    """The customer was told a window."""
    return _give(visit, kind, visit.promised_from, visit.promised_until, visit.planned_start, channel=channel, now=now, actor_id=actor_id)


def tell_arrival(visit: Visit, *, now: datetime, actor_id: int | None) -> Promise | None:
    """The technician set out: the customer is told about when they will be there. Nothing where the report came so late that this is over."""
    row = assignment_of(visit.id)
    if visit.left_at is None or row is None:
        return None
    reckoned = visit.left_at + timedelta(seconds=row.travel_seconds)
    more = lateness.usual(lateness.ARRIVAL).minutes(row.person_id, _hour(visit, reckoned), _area(visit))
    expected = max(reckoned + timedelta(minutes=more), visit.left_at)
    if expected < now:
        return None
    window = (expected - rules.ABOUT, expected + rules.ABOUT)
    told = _give(visit, Kind.ARRIVAL, *window, expected, channel="field", now=now, actor_id=actor_id)
    told.correction_minutes = round((expected - reckoned).total_seconds() / 60)
    return told


def tell_delay(visit: Visit, *, now: datetime, actor_id: int | None) -> Promise | None:
    """The customer was sent a message, or rung, because the visit is late. The time that they were told takes the place of one told before; nothing
    where they were told none."""
    at = delays.told_at(visit.id, sent_at=now)
    if at is None:
        return None
    _replace_delays(visit, now=now)
    return _give(visit, Kind.DELAY, at - rules.ABOUT, at + rules.ABOUT, at, channel="staff", now=now, actor_id=actor_id)


def _replace_delays(visit: Visit, *, now: datetime) -> None:
    """What was told of a delay holds no more; where its time was over already it is late."""
    for told in queries.promises_of(visit.id):
        if told.kind == Kind.DELAY and told.outcome is None:
            _settle(told, _passed(told, visit, now) or Outcome.REPLACED, now=now)


def follow_plan(visit: Visit, *, channel: str, now: datetime, actor_id: int | None) -> None:
    """The visit stands at another time, or is another's: another window is another promise; within the window the estimate follows.
    A window that was over already was not replaced: it is late."""
    told = queries.open_window(visit.id)
    if told is None:
        return
    if (told.promised_from, told.promised_until) != (visit.promised_from, visit.promised_until):
        _settle(told, _passed(told, visit, now) or Outcome.REPLACED, now=now)
        _replace_delays(visit, now=now)
        tell_window(visit, Kind.CHANGED, channel=channel, now=now, actor_id=actor_id)
        return
    person = technician_of(visit)
    told.person_id = person.id if person is not None else None
    told.estimated_at, told.local_hour = visit.planned_start, _hour(visit, visit.planned_start)


def call_off(visit: Visit, *, by_customer: bool, now: datetime) -> None:
    """What was promised is taken back; where nobody had come by its end it is late."""
    for told in queries.promises_of(visit.id):
        if told.outcome is None:
            taken_back = Outcome.CANCELLED_BY_CUSTOMER if by_customer else Outcome.CANCELLED
            _settle(told, _passed(told, visit, now) or taken_back, now=now)


def judge(visit: Visit, *, now: datetime) -> None:
    """Compare with when the technician was there; again when an earlier arrival, or an end, is reported later."""
    if visit.status not in (Status.ON_SITE, *ENDED):
        return
    person = technician_of(visit)
    for told in queries.promises_of(visit.id):
        if told.outcome is not None and told.outcome in rules.TAKEN_BACK:
            continue
        if (
            told.outcome == Outcome.LATE
            and told.arrived_at is None
            and (visit.arrived_at is None or visit.arrived_at > told.promised_until)
        ):
            continue  # nobody came: what followed was another promise
        told.person_id = person.id if person is not None else told.person_id
        told.arrived_at = visit.arrived_at
        told.minutes_off = None
        if visit.arrived_at is not None:
            told.minutes_off = round((visit.arrived_at - told.estimated_at).total_seconds() / 60)
        in_time = visit.arrived_at is None or visit.arrived_at <= told.promised_until
        if visit.status == Status.NO_ACCESS and in_time:
            _settle(told, Outcome.NO_ACCESS, now=now)
        elif visit.arrived_at is None:
            _settle(told, Outcome.UNKNOWN, now=now)
        else:
            _settle(told, rules.outcome(told.promised_from, told.promised_until, visit.arrived_at), now=now)


def _give(
    visit: Visit,
    kind: Kind,
    since: datetime,
    until: datetime,
    estimated_at: datetime,
    *,
    channel: str,
    now: datetime,
    actor_id: int | None,
) -> Promise:
    person = technician_of(visit)
    told = Promise(
        visit_id=visit.id,
        kind=str(kind),
        channel=channel,
        given_at=now,
        given_by_id=actor_id,
        promised_from=since,
        promised_until=until,
        estimated_at=estimated_at,
        person_id=person.id if person is not None else None,
        area=_area(visit),
        local_hour=_hour(visit, estimated_at),
        correction_minutes=0,
    )
    db.session.add(told)
    db.session.flush()
    return told


def _passed(told: Promise, visit: Visit, now: datetime) -> Outcome | None:
    """LATE where the promise's time is over and nobody was there, whatever follows."""
    return Outcome.LATE if now > told.promised_until and visit.arrived_at is None else None


def _settle(told: Promise, outcome: Outcome, *, now: datetime) -> None:
    told.outcome, told.settled_at = str(outcome), now


def _area(visit: Visit) -> str:
    return rules.area(visit.site.postal_code, visit.site.city) if visit.site is not None else ""


def _hour(visit: Visit, at: datetime) -> int:
    zone = visit.site.time_zone if visit.site is not None else visit.ticket.queue.branch.time_zone
    return at.astimezone(ZoneInfo(zone)).hour

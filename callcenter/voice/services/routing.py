"""The router: waiting callers by priority then age meet the longest-idle agent with the skill. And the sweep that makes everything converge."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, Leg, Offer, QueueEntry
from callcenter.voice.services.calling_back import is_callback, release_leg
from callcenter.voice.services.common import (
    call_if_free,
    changed,
    end_offer,
    forget_skips_when_all_were_asked,
    locked_entry,
    number_of,
    offer_changed,
    pause_agent,
)
from callcenter.voice.services.conferences import never_came, return_to_queue
from core import outbox
from core.db import db
from staff import queries as staff
from staff import services as staff_services
from staff.models import Person
from tickets.models import Queue


def route(*, now: datetime) -> int:
    """Offer what can be offered in every queue with a waiting caller. Returns how many offers were made."""
    waiting = select(QueueEntry.queue_id).where(QueueEntry.state == "waiting").distinct()
    return sum(route_queue(queue_id=queue_id, now=now) for queue_id in db.session.scalars(waiting).all())


def route_queue(*, queue_id: int, now: datetime) -> int:
    """Offer the queue's waiting callers, best first, until agents or callers run out. Locked rows are somebody else's business."""
    queue = db.session.get_one(Queue, queue_id)
    if not _somebody_ready(now):
        return 0  # the usual case of a full house: nobody's place is locked or looked at in vain
    made = 0
    seen: list[int] = []
    while True:
        query = select(QueueEntry).where(QueueEntry.queue_id == queue_id, QueueEntry.state == "waiting", QueueEntry.id.not_in(seen))
        query = query.where(or_(QueueEntry.not_before.is_(None), QueueEntry.not_before <= now))
        query = query.order_by(QueueEntry.priority.desc(), QueueEntry.enqueued_at, QueueEntry.id).limit(1)
        entry = db.session.scalar(query.with_for_update(of=QueueEntry, skip_locked=True).execution_options(populate_existing=True))
        if entry is None:
            return made
        seen.append(entry.id)
        if not _may_be_offered(entry, now):
            continue
        person = _agent_for(entry, queue, now)
        if person is not None and _offer(entry, person, now):
            made += 1
        elif person is None and entry.target_person_id is None and not entry.skip_person_ids:
            return made  # nobody is free for anybody in this queue


def _may_be_offered(entry: QueueEntry, now: datetime) -> bool:
    """Whom we are to call back we do not call outside our branch's hours."""
    number = number_of(entry.call) if is_callback(entry.call) else None
    return number is None or queries.branch_open(number.branch_id, now)


def _busy() -> set[int]:
    """People with an offer on their screen."""
    return set(db.session.scalars(select(Offer.person_id).where(Offer.state == "open")))


def _somebody_ready(now: datetime) -> bool:
    """Whether anybody at all could be asked; which queue they serve is seen later."""
    return bool(staff.ready_agents_longest_idle({}, on=now.date(), without=_busy(), limit=1, lock=False))


def _agent_for(entry: QueueEntry, queue: Queue, now: datetime) -> Person | None:
    """The longest-idle ready agent who may be asked, their presence locked. A transfer's addressee alone, as long as that lasts."""
    without = _busy() | set(entry.skip_person_ids)
    skills = queries.skill_levels(queue)
    if entry.target_person_id is not None and entry.target_until is not None and now < entry.target_until:
        skills = {}
        everybody = staff.ready_agents_longest_idle(skills, on=now.date(), without=without, limit=500, lock=False)
        if all(person.id != entry.target_person_id for person in everybody):
            return None
        without = {person.id for person in everybody if person.id != entry.target_person_id} | without
    found = staff.ready_agents_longest_idle(skills, on=now.date(), without=without, limit=1, lock=True)
    return found[0] if found else None


def _offer(entry: QueueEntry, person: Person, now: datetime) -> bool:
    """Make the offer. The partial unique indexes have the last word: False when another was faster."""
    offer = Offer(
        entry_id=entry.id,
        person_id=person.id,
        state="open",
        offered_at=now,
        deadline_at=now + rules.OFFER_LASTS,
        decided_at=None,
        token_sha256=None,
        token_used_at=None,
    )
    try:
        with db.session.begin_nested():
            db.session.add(offer)
            entry.state = "offered"
    except IntegrityError:
        db.session.refresh(entry)
        return False
    db.session.refresh(offer, ["entry", "person"])
    offer_changed(offer, now=now)
    changed(entry.call, now=now)
    return True


def expire_offers(*, now: datetime) -> int:
    """Offers nobody took in time: the caller goes on waiting for the next agent, the agent takes a break until they say they are there.

    One whose agent went away meanwhile (closed the browser, took a break) rings at nobody and is over at once.
    """
    there = staff.is_ready(Offer.person_id)
    overdue = select(Offer.id).where(Offer.state == "open", or_(Offer.deadline_at <= now, ~there))
    count = 0
    for offer_id in db.session.scalars(overdue).all():
        call_id = db.session.scalar(select(QueueEntry.call_id).join(Offer, Offer.entry_id == QueueEntry.id).where(Offer.id == offer_id))
        call = call_if_free(call_id) if call_id is not None else None
        if call is None:
            continue
        entry = locked_entry(call.id)
        offer = db.session.get_one(Offer, offer_id, with_for_update={"of": Offer}, populate_existing=True)
        if offer.state != "open":
            continue
        end_offer(offer, "expired", now=now)
        if entry is not None and entry.id == offer.entry_id:
            entry.state = "waiting"
            entry.skip_person_ids = [*entry.skip_person_ids, offer.person_id]
            forget_skips_when_all_were_asked(entry, now)
        pause_agent(offer.person_id, reason="missed_call", now=now)
        changed(call, now=now)
        count += 1
    return count


def sweep(*, now: datetime) -> None:
    """Every second: offers run out, joins that never came, agents lost, wrap-ups too long; then route.

    Each step is safe when two sweeps run at once: it locks, looks again and acts on what it finds. A call that somebody else has locked is left
    for the next second: waiting here would hold up every other call, and the clock with all its sweeps.
    """
    expire_offers(now=now)
    _joins_that_never_came(now)
    _customers_not_brought(now)
    _lost_agents(now)
    _talks_with_nobody(now)
    _long_wrap_ups(now)
    route(now=now)


def _joins_that_never_came(now: datetime) -> None:
    """Agents who accepted and never dialled in are let go. Who dialled in may be there without our having been told: the carrier is asked, and if
    it has nothing to say for long, they are let go too."""
    query = select(Leg.id, Leg.call_id).where(Leg.state == "joining", Leg.joined_at.is_(None), Leg.created_at <= now - rules.JOIN_WITHIN)
    for leg_id, call_id in db.session.execute(query).all():
        call = call_if_free(call_id)
        if call is None:
            continue
        leg = db.session.get_one(Leg, leg_id, populate_existing=True)
        if leg.state != "joining":
            continue
        if leg.call_sid is not None and leg.created_at > now - rules.JOIN_AT_LAST:
            _look(call_id, now, rules.JOIN_WITHIN)
        else:
            never_came(call, leg, now=now)


def _customers_not_brought(now: datetime) -> None:
    """The agent waits in the conference and the customer should be there by now: perhaps they are."""
    query = select(Leg.call_id).join(QueueEntry, QueueEntry.call_id == Leg.call_id)
    query = query.where(QueueEntry.state == "joining", Leg.state == "joined", Leg.joined_at <= now - rules.JOIN_WITHIN)
    for call_id in db.session.scalars(query.distinct()).all():
        _look(call_id, now, rules.JOIN_WITHIN)


def _look(call_id: int, now: datetime, every: timedelta) -> None:
    """Have the carrier asked who is in the conference, once in so much time."""
    turn = int(now.timestamp() // every.total_seconds())
    key = f"look:{call_id}:{every.total_seconds():.0f}:{turn}"
    outbox.put(kind="voice.look", payload={"call_id": call_id}, now=now, unique_key=key)


def ask_about_unheard(*, now: datetime) -> None:
    """The carrier says once that a call is over, and we may not have heard it. So once a minute it is asked about every call that should be on:
    those whose wait page nobody asked for in the last minute, and all others older than that; and who is in the conferences of those who talk."""
    place = select(QueueEntry.heartbeat_at).where(QueueEntry.call_id == Call.id, QueueEntry.state.in_(("waiting", "offered")))
    heard = func.coalesce(place.limit(1).scalar_subquery(), Call.started_at)
    query = select(Call.id).where(Call.ended_at.is_(None), Call.call_sid.is_not(None), heard <= now - rules.SILENT_AFTER)
    minute = int(now.timestamp()) // 60
    for call_id in db.session.scalars(query).all():
        outbox.put(kind="voice.reconcile", payload={"call_id": call_id}, now=now, unique_key=f"reconcile:{call_id}:{minute}")
    talks = select(Call.id).where(Call.ended_at.is_(None), Call.state == "talking", Call.answered_at <= now - rules.SILENT_AFTER)
    for call_id in db.session.scalars(talks).all():
        _look(call_id, now, rules.SILENT_AFTER)


def _lost_agents(now: datetime) -> None:
    query = select(Leg.id, Leg.call_id).where(Leg.state == "lost", Leg.left_at <= now - rules.REJOIN_WITHIN)
    for leg_id, call_id in db.session.execute(query).all():
        call = call_if_free(call_id)
        if call is None:
            continue
        leg = db.session.get_one(Leg, leg_id, populate_existing=True)
        if leg.state != "lost":
            continue
        leg.state = "released"
        pause_agent(leg.person_id, reason="connection_lost", now=now)
        _without_agent(call, leg.person_id, now)
        changed(call, now=now)


def _without_agent(call: Call, person_id: int, now: datetime) -> None:
    """An agent has left for good before or while they talked: the next one, and the customer is not left in an empty conference."""
    if any(leg.state in ("joined", "joining") for leg in call.legs):
        return
    entry = locked_entry(call.id)
    if call.state == "talking":
        return_to_queue(call_id=call.id, now=now)
    elif entry is not None and entry.state == "joining" and is_callback(call) and call.call_sid is not None:
        release_leg(call.call_sid, now=now)  # it rings at a customer for whom nobody is there; tried again later
    elif entry is not None and entry.state == "joining":
        entry.state = "waiting"
        entry.skip_person_ids = [*entry.skip_person_ids, person_id]
        forget_skips_when_all_were_asked(entry, now)


def _talks_with_nobody(now: datetime) -> None:
    """A customer came into the conference when the agent had just gone: back into the queue with the original time."""
    there = Call.legs.any(Leg.state.in_(("joining", "joined", "lost")))
    for call_id in db.session.scalars(select(Call.id).where(Call.state == "talking", Call.ended_at.is_(None), ~there)).all():
        call = call_if_free(call_id)
        if call is None or call.state != "talking" or call.ended_at is not None:
            continue
        if not any(leg.state in ("joining", "joined", "lost") for leg in call.legs):
            return_to_queue(call_id=call_id, now=now)


def _long_wrap_ups(now: datetime) -> None:
    query = select(Leg.id, Leg.call_id, Leg.person_id).where(Leg.state == "wrap_up", Leg.left_at <= now - rules.WRAP_UP_LASTS)
    for leg_id, call_id, person_id in db.session.execute(query).all():
        call = call_if_free(call_id)
        if call is None:
            continue
        leg = db.session.get_one(Leg, leg_id, populate_existing=True)
        if leg.state != "wrap_up":
            continue
        leg.state = "done"
        call.state, call.wrapped_up_at = "ended", now
        current = staff.current_presence(person_id)
        if current is not None and current.state == "wrap_up":
            staff_services.set_presence(person_id=person_id, state="ready", now=now)
        changed(call, now=now)

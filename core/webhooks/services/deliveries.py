"""What is told to whom: noting an event, claiming what is due, writing down how it went, replaying.

A delivery's row is written in the transaction of what happened; everything after is found again in it after any crash.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, insert, select, update

from core import audit
from core.db import db
from core.errors import NotFound, NotValid
from core.events import DomainEvent, EventRow
from core.jsonable import jsonable
from core.webhooks import queries, rules, signing
from core.webhooks.hooks import TEST, Hook, declared
from core.webhooks.models import Attempt, Delivery, Endpoint
from core.webhooks.sending import Answer
from core.webhooks.services import endpoints

log = structlog.get_logger()
CLAIMED = timedelta(seconds=120)  # longer than any attempt takes; after that its worker is dead and another may try
FORGOTTEN_AT_ONCE = 5_000
MOST_REPLAYED = 100_000


@dataclass(frozen=True)
class Parcel:
    """A delivery ready to go. `body` None: it could not be rendered. `keys`: the secrets that sign, the newest first."""

    delivery_id: int
    key: uuid.UUID
    event: str
    url: str
    body: bytes | None
    keys: tuple[str, ...]


def note(published: list[tuple[DomainEvent, int]]) -> None:
    """Write a delivery for every endpoint that wants one of these events (with their numbers in the feed). Runs at the end of the publisher's
    transaction: one small query when somebody could want them, one statement when somebody does."""
    known = declared()
    rows = [_row(receiver(event), event, number) for event, number in published if (receiver := _receiver(known, event)) is not None]
    told = [(event, number) for event, number in published if event.name in known and known[event.name].receiver is None]
    if told:
        wanted = db.session.execute(queries.subscribed({event.name for event, _number in told})).all()
        rows += [_row(endpoint_id, event, number) for event, number in told for endpoint_id, names in wanted if event.name in names]
    if rows:
        db.session.execute(insert(Delivery), rows)


def _receiver(known: Mapping[str, Hook], event: DomainEvent) -> Callable[[Any], int] | None:
    return known[event.name].receiver if event.name in known else None


def _row(endpoint_id: int, event: DomainEvent, number: int) -> dict[str, Any]:
    return {"endpoint_id": endpoint_id, "event_id": number, "event": event.name, "next_at": event.at, "created_at": event.at}


def claim(endpoint_id: int, *, secret_key: str, limit: int, now: datetime) -> list[Parcel] | None:
    """Take due deliveries of an endpoint, the oldest first: nobody else gets them for two minutes. None: nothing is due.

    What there turns out to be nothing to tell of is dropped, so the list may be shorter than what was due, even empty.
    """
    endpoint = db.session.get(Endpoint, endpoint_id)
    if endpoint is None:
        return None
    query = (
        select(Delivery).join(Endpoint, Endpoint.id == Delivery.endpoint_id).where(Delivery.endpoint_id == endpoint_id, queries.due(now))
    )
    query = query.order_by(Delivery.id).limit(limit).with_for_update(of=Delivery, skip_locked=True)
    seeds = [endpoint.seed]
    if endpoint.previous_seed and endpoint.previous_until and endpoint.previous_until > now:
        seeds.append(endpoint.previous_seed)
    keys = tuple(signing.secret_of(seed, secret_key) for seed in seeds)
    due = db.session.scalars(query).all()
    if not due:
        return None
    fresh = [delivery.event_id for delivery in due if delivery.body is None]
    feed = {row.id: row for row in db.session.scalars(select(EventRow).where(EventRow.id.in_(fresh)))} if fresh else {}
    found = []
    for delivery in due:
        if delivery.body is None and not _render(delivery, feed.get(delivery.event_id or 0)):
            db.session.delete(delivery)
            continue
        delivery.next_at = now + CLAIMED
        body = delivery.body.encode() if delivery.body is not None else None
        found.append(Parcel(delivery.id, delivery.key, delivery.event, endpoint.url, body, keys))
    db.session.flush()
    return found


def _render(delivery: Delivery, row: EventRow | None) -> bool:
    """Put the body together from a fresh read. False: there is nothing to tell. A bug in a presenter leaves `body` None, and is logged."""
    hook = declared().get(delivery.event)
    if row is None or hook is None:
        return False
    try:
        with db.session.begin_nested():
            data = hook.present(row.data)
    except Exception:
        log.exception("a webhook's body could not be rendered", delivery=delivery.id, event_name=delivery.event)
        return True
    if data is None:
        return False
    delivery.body = _body(str(row.id), delivery.event, hook.version, row.at, data)
    return True


def _body(event_id: str, event: str, version: int, occurred_at: datetime, data: object) -> str:
    found = {"id": event_id, "event": event, "version": version, "occurred_at": occurred_at, "data": data}
    return json.dumps(jsonable(found), ensure_ascii=False, separators=(",", ":"))


def record(endpoint_id: int, answers: Mapping[int, Answer], *, now: datetime) -> None:
    """Write down attempts (by delivery) and what follows from them: done, tried again later, given up, the endpoint rested or paused."""
    try:
        endpoint = endpoints.locked(endpoint_id)  # lock order everywhere: the endpoint, then its deliveries
    except NotFound:
        return  # removed meanwhile, with its log
    query = select(Delivery).where(Delivery.id.in_(list(answers))).order_by(Delivery.id).with_for_update()
    for delivery in db.session.scalars(query.execution_options(populate_existing=True)).all():
        _note_attempt(endpoint, delivery, answers[delivery.id], now)
    db.session.flush()


def _note_attempt(endpoint: Endpoint, delivery: Delivery, answer: Answer, now: datetime) -> None:
    delivery.attempts += 1
    db.session.add(
        Attempt(
            delivery_id=delivery.id,
            at=now,
            milliseconds=answer.milliseconds,
            status=answer.status,
            problem=answer.problem,
            answer=answer.text,
        )
    )
    if delivery.state != "waiting":
        pass  # a worker thought dead was only slow, and another one has settled it
    elif rules.accepted(answer.status):
        _finish(delivery, "delivered", now)
        endpoint.last_success_at = now
        endpoint.failing_since = endpoint.rest_until = None
    else:
        _failed(endpoint, delivery, answer, now)


def _failed(endpoint: Endpoint, delivery: Delivery, answer: Answer, now: datetime) -> None:
    if delivery.event == TEST:  # somebody is looking at it; it says nothing about the others
        _finish(delivery, "failed", now)
        return
    endpoint.failing_since = endpoint.failing_since or now
    again = rules.next_attempt(delivery.attempts, now=now)
    if answer.status == rules.GONE:
        _finish(delivery, "failed", now)
        _give_in(endpoint, "gone", now)
    elif again is not None:
        delivery.next_at = again
    else:
        _finish(delivery, "failed", now)
        if now - endpoint.failing_since >= rules.PAUSED_AFTER:
            _give_in(endpoint, "failing", now)
    if answer.status is None and answer.problem != "not_rendered":
        endpoint.rest_until = rules.rest(endpoint.failing_since, now=now)


def _give_in(endpoint: Endpoint, because: str, now: datetime) -> None:
    if endpoint.paused_at is None:
        endpoints.pause(endpoint_id=endpoint.id, actor_id=None, now=now, because=because)
        log.warning("webhook paused", webhook=endpoint.id, because=because)


def _finish(delivery: Delivery, state: str, now: datetime) -> None:
    delivery.state, delivery.next_at, delivery.done_at = state, None, now


def send_test(*, endpoint_id: int, actor_id: int | None, now: datetime) -> Delivery:
    """A delivery that says nothing but that it arrived; one attempt, also while the endpoint is paused. Raises NotFound."""
    endpoint = endpoints.locked(endpoint_id)
    key = uuid.uuid4()
    body = _body(f"test-{key}", TEST, 1, now, {"webhook": {"id": endpoint.id, "name": endpoint.name}})
    delivery = Delivery(
        key=key, endpoint_id=endpoint.id, event_id=None, event=TEST, body=body, state="waiting", next_at=now, created_at=now, done_at=None
    )
    db.session.add(delivery)
    db.session.flush()
    audit.record(action="webhook.tested", target=f"webhook:{endpoint.id}", actor_id=actor_id, now=now)
    return delivery


def replay(*, endpoint_id: int, delivery_id: int, actor_id: int | None, now: datetime) -> Delivery:
    """Send a delivery once more, with the same key and body, whatever became of it. Raises NotFound, Conflict (paused)."""
    endpoint = endpoints.active(endpoint_id)
    queries.delivery(endpoint_id, delivery_id)
    delivery = db.session.get_one(Delivery, delivery_id, with_for_update=True)
    endpoint.rest_until = None
    delivery.state, delivery.attempts, delivery.next_at, delivery.done_at = "waiting", 0, now, None
    db.session.flush()
    audit.record(
        action="webhook.replayed", target=f"webhook:{endpoint_id}", actor_id=actor_id, now=now, after={"delivery": str(delivery.key)}
    )
    return delivery


def replay_since(*, endpoint_id: int, since: datetime, missed: bool, actor_id: int | None, now: datetime) -> int:
    """Send again all that failed of what happened since then; with `missed` also what was never noted (while paused, before the endpoint was
    there), out of the feed. Returns how many. Raises NotFound, Conflict (paused), NotValid (too many)."""
    endpoint = endpoints.active(endpoint_id)
    failed = update(Delivery).where(
        Delivery.endpoint_id == endpoint_id, Delivery.state == "failed", Delivery.event != TEST, Delivery.created_at >= since
    )
    ids = db.session.scalars(failed.values(state="waiting", attempts=0, next_at=now, done_at=None).returning(Delivery.id)).all()
    count = len(ids)
    if missed:
        count += _note_missed(endpoint, since, now)
    if count > MOST_REPLAYED:
        raise NotValid(_("These are %(count)d deliveries. Choose a later time.", count=count), field="since")
    endpoint.rest_until = None
    after = {"since": since, "missed": missed, "count": count}
    audit.record(action="webhook.replayed", target=f"webhook:{endpoint_id}", actor_id=actor_id, now=now, after=after)
    db.session.flush()
    return count


def _note_missed(endpoint: Endpoint, since: datetime, now: datetime) -> int:
    there = exists().where(Delivery.endpoint_id == endpoint.id, Delivery.event_id == EventRow.id)
    feed = select(EventRow.id, EventRow.name, EventRow.at).where(EventRow.at >= max(since, now - rules.KEPT), ~there)
    feed = feed.where(EventRow.name.in_(endpoint.events)).order_by(EventRow.id).limit(MOST_REPLAYED + 1)
    rows = [
        {"endpoint_id": endpoint.id, "event_id": row.id, "event": row.name, "next_at": now, "created_at": row.at}
        for row in db.session.execute(feed)
    ]
    if rows:
        db.session.execute(insert(Delivery), rows)
    return len(rows)


def forget_old(*, now: datetime) -> bool:
    """Delete deliveries older than 14 days with their attempts, a bounded number. Returns whether there may be more."""
    old = select(Delivery.id).where(Delivery.created_at < now - rules.KEPT).limit(FORGOTTEN_AT_ONCE)
    gone: int = db.session.execute(delete(Delivery).where(Delivery.id.in_(old))).rowcount  # type: ignore[attr-defined]
    return gone >= FORGOTTEN_AT_ONCE

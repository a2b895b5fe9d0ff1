"""The way out. Twice a second the clock looks which endpoints have something due and puts one outbox row for each (a lane) that has none open; the
worker `heavy` empties it, a few deliveries at a time.

One row for each endpoint and not for each delivery, because a receiver may take ten seconds over each: so one worker serves a dead receiver with a
queue of thousands at the price of a few tries, and never the worker `fast` that calls depend on. A lane lost with its worker is handed over again by
the outbox; a delivery lost in it becomes due again after two minutes, with the same Callout-Delivery.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from core import clock, outbox
from core.db import db, transaction
from core.webhooks import queries, sending, signing
from core.webhooks.services import deliveries

KIND = "webhook.lane"
TURN = 20.0  # seconds after which other work of the worker comes first
AT_ONCE = 4
LEASE = 90


def hand_over(now: datetime) -> None:
    """The clock's sweep: a lane for every endpoint with something due."""
    due = queries.endpoints_due(now)
    if not due:
        return
    row = outbox.OutboxRow
    lanes = select(row.payload).where(row.queue == "heavy", row.kind == KIND, row.done_at.is_(None), row.gave_up_at.is_(None))
    busy = {payload["endpoint_id"] for payload in db.session.scalars(lanes)}
    for endpoint_id in due:
        if endpoint_id not in busy:
            outbox.put(kind=KIND, payload={"endpoint_id": endpoint_id}, now=now)


@outbox.handles(KIND, queue="heavy", lease=LEASE)
def send(_row_id: int, payload: dict[str, Any]) -> None:
    """Send what is due of one endpoint, until nothing is or the turn is over."""
    config = current_app.config["CALLOUT"]
    ends = time.monotonic() + TURN
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while time.monotonic() < ends:
            with transaction():
                parcels = deliveries.claim(payload["endpoint_id"], secret_key=config.secret_key, limit=AT_ONCE, now=clock.now())
            if parcels is None:
                return
            answers = list(threads.map(lambda parcel: _post(parcel, config.webhook_networks), parcels))
            with transaction():
                found = {parcel.delivery_id: answer for parcel, answer in zip(parcels, answers, strict=True)}
                deliveries.record(payload["endpoint_id"], found, now=clock.now())


def _post(parcel: deliveries.Parcel, networks: tuple[str, ...]) -> sending.Answer:
    """Outside any transaction. The signature carries real time, not business time: receivers compare it with their own clocks."""
    if parcel.body is None:
        return sending.Answer(0, problem="not_rendered")
    stamp = int(datetime.now(UTC).timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Callout-Webhooks/1",
        "Callout-Event": parcel.event,
        "Callout-Delivery": str(parcel.key),
        "Callout-Signature": signing.signature(parcel.body, keys=parcel.keys, timestamp=stamp),
    }
    return sending.post(urlsplit(parcel.url), parcel.body, headers, networks=networks)

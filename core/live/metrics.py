"""Figures of the live channel for /metrics. Several processes count, so the counters are in Redis; what waits, the database says."""

from __future__ import annotations

from collections.abc import Iterator

from flask import has_app_context
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core import clock, redis
from core.db import db
from core.live.streams import COUNTERS

_COUNTERS = {
    "emitted": ("callout_live_changes_emitted", "Changes added to streams and emitted"),
    "resets_sent": ("callout_live_resets_sent", "Changes that told watchers to read anew (too much at once, or not renderable)"),
    "resets": ("callout_live_resets", "Clients told to read a snapshot again because the stream no longer had what they missed"),
    "relayed": ("callout_relay_rows", "Live outbox rows done"),
    "relay_seconds": ("callout_relay_row_seconds", "Sum of the time from commit to done, over all live outbox rows"),
}
_OPEN = text(
    "SELECT queue, count(*), coalesce(extract(epoch FROM :now - min(due_at)), 0) FROM outbox"
    " WHERE done_at IS NULL AND gave_up_at IS NULL AND due_at <= :now GROUP BY queue"
)


class LiveCollector(Collector):
    """Asked at each scrape, inside the request's context."""

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        if not has_app_context():
            return
        try:
            found = redis.client().hgetall(COUNTERS)
        except RedisError:
            found = {}
        for field, (name, words) in _COUNTERS.items():
            yield CounterMetricFamily(name, words, value=float(found.get(field.encode(), 0)))
        waiting = GaugeMetricFamily("callout_outbox_waiting", "Outbox rows that are due and not done", labels=["queue"])
        lag = GaugeMetricFamily("callout_outbox_lag_seconds", "How long the oldest of them has been due", labels=["queue"])
        try:
            for queue, number, seconds in db.session.execute(_OPEN, {"now": clock.now()}):
                waiting.add_metric([queue], float(number))
                lag.add_metric([queue], float(seconds))
        except SQLAlchemyError:
            db.session.rollback()
        yield waiting
        yield lag


_collector = LiveCollector()
_registered = False


def register_metrics() -> None:
    """Once for a process, however many applications it makes."""
    global _registered
    if not _registered:
        REGISTRY.register(_collector)
    _registered = True

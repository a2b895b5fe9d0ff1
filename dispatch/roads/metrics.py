"""How the routing service does, for /metrics; nothing where there is none."""

from __future__ import annotations

from collections.abc import Iterator

from flask import has_app_context
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.db import db
from dispatch.roads.models import RoadProvider, RoadWish


class RoadCollector(Collector):
    """Asked at each scrape, inside the request's context."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if not has_app_context():
            return
        try:
            row = db.session.get(RoadProvider, 1)
            if row is None or row.kind == "none":
                return
            failing = (clock.now() - row.failing_since).total_seconds() if row.failing_since is not None else 0.0
            waiting = db.session.scalar(select(func.count()).select_from(RoadWish)) or 0
        except SQLAlchemyError:
            db.session.rollback()
            return
        yield GaugeMetricFamily(
            "callout_roads_failing_seconds", "Since when the routing service does not answer; 0: it does", value=failing
        )
        yield GaugeMetricFamily(
            "callout_roads_wishes", "Lists of ways that the routing service is still to be asked for", value=float(waiting)
        )


_collector = RoadCollector()
_registered = False


def register() -> None:
    """Once for a process, however many applications it makes."""
    global _registered
    if not _registered:
        REGISTRY.register(_collector)
    _registered = True

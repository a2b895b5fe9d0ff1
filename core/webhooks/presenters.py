"""Webhooks as data for the page and the API. Secrets are in none of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.webhooks import queries
from core.webhooks.hooks import offered
from core.webhooks.models import Attempt, Delivery, Endpoint


def events() -> list[dict[str, Any]]:
    """What can be told, in the reader's words."""
    return [{"name": name, "label": str(hook.label), "version": hook.version} for name, hook in offered().items()]


def webhooks(rows: Iterable[Endpoint]) -> list[dict[str, Any]]:
    """With the counts of their logs; one query for all."""
    found = list(rows)
    counts = queries.counts(row.id for row in found)
    return [_webhook(row, counts.get(row.id, {})) for row in found]


def webhook(row: Endpoint) -> dict[str, Any]:
    """One of them."""
    return webhooks([row])[0]


def _webhook(row: Endpoint, counts: dict[str, int]) -> dict[str, Any]:
    names = ("id", "name", "url", "events", "paused_at", "paused_because", "failing_since", "rest_until", "last_success_at", "created_at")
    return {name: getattr(row, name) for name in names} | {
        "state": "paused" if row.paused_at else "failing" if row.failing_since else "active",
        "previous_secret_until": row.previous_until,
        "deliveries": {state: counts.get(state, 0) for state in queries.STATES},
    }


def deliveries(rows: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Lines of the log with their last attempt; one query for all."""
    found = list(rows)
    last = queries.last_attempts(row.id for row in found)
    return [_delivery(row, last.get(row.id)) for row in found]


def delivery(row: Delivery) -> dict[str, Any]:
    """One with what was sent and every attempt."""
    tries = [attempt(one) for one in row.tries]
    return _delivery(row, row.tries[-1] if row.tries else None) | {"body": row.body, "tries": tries}


def _delivery(row: Delivery, last: Attempt | None) -> dict[str, Any]:
    names = ("id", "key", "event", "event_id", "state", "attempts", "next_at", "created_at", "done_at")
    return {name: getattr(row, name) for name in names} | {"last": attempt(last) if last else None}


def attempt(row: Attempt) -> dict[str, Any]:
    """How one try went."""
    return {name: getattr(row, name) for name in ("at", "milliseconds", "status", "problem", "answer")}

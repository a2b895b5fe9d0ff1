"""The settings' verbs: add, change, pause, resume, rotate the secret, remove. Each leaves an audit entry; secrets are in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from core.webhooks import addresses, rules, signing
from core.webhooks.hooks import offered
from core.webhooks.models import Delivery, Endpoint

MOST = 50


def create(*, name: str, url: str, events: Sequence[str], networks: Sequence[str], actor_id: int | None, now: datetime) -> Endpoint:
    """A new endpoint, active at once. `networks`: the setting WEBHOOK_NETWORKS. Raises NotValid."""
    if (db.session.scalar(select(func.count()).select_from(Endpoint)) or 0) >= MOST:
        raise NotValid(_("There are %(count)d webhooks already. Remove one first.", count=MOST))
    endpoint = Endpoint(
        name=_checked_name(name),
        url=_checked_url(url, networks),
        events=_checked_events(events),
        seed=signing.new_seed(),
        created_at=now,
        created_by_id=actor_id,
    )
    db.session.add(endpoint)
    db.session.flush()
    _record("created", endpoint, actor_id=actor_id, now=now, after=_facts(endpoint))
    return endpoint


def change(*, endpoint_id: int, changes: dict[str, Any], networks: Sequence[str], actor_id: int | None, now: datetime) -> Endpoint:
    """Change `name`, `url`, `events`. Another address gets a fresh start: what waits is tried there at once. Raises NotFound, NotValid."""
    endpoint = locked(endpoint_id)
    before = _facts(endpoint)
    if "name" in changes:
        endpoint.name = _checked_name(changes["name"])
    if "events" in changes:
        endpoint.events = _checked_events(changes["events"])
    if "url" in changes:
        endpoint.url = _checked_url(changes["url"], networks)
        if endpoint.url != before["url"]:
            _start_afresh(endpoint, now)
    if _facts(endpoint) != before:
        _record("changed", endpoint, actor_id=actor_id, now=now, before=before, after=_facts(endpoint))
    db.session.flush()
    return endpoint


def pause(*, endpoint_id: int, actor_id: int | None, now: datetime, because: str = "by_hand") -> Endpoint:
    """Send nothing until resumed; what waits goes on waiting, what happens meanwhile is not noted (it can be replayed from the feed).

    By hand on one that was paused by itself: somebody has seen it, the notice goes. Raises NotFound.
    """
    endpoint = locked(endpoint_id)
    if endpoint.paused_because == because:
        return endpoint
    before = {"paused": endpoint.paused_because}
    endpoint.paused_at, endpoint.paused_because = endpoint.paused_at or now, because
    _record("paused", endpoint, actor_id=actor_id, now=now, before=before, after={"paused": because})
    db.session.flush()
    return endpoint


def resume(*, endpoint_id: int, actor_id: int | None, now: datetime) -> Endpoint:
    """Send again, what waits first. Raises NotFound."""
    endpoint = locked(endpoint_id)
    if endpoint.paused_at is None:
        return endpoint
    before = {"paused": endpoint.paused_because}
    endpoint.paused_at = endpoint.paused_because = None
    _start_afresh(endpoint, now)
    _record("resumed", endpoint, actor_id=actor_id, now=now, before=before, after={"paused": None})
    db.session.flush()
    return endpoint


def rotate_secret(*, endpoint_id: int, overlap: timedelta, actor_id: int | None, now: datetime) -> Endpoint:
    """A new secret; the one before signs too for `overlap` (zero: not at all, for one that leaked). Raises NotFound, NotValid."""
    if not timedelta() <= overlap <= rules.LONGEST_OVERLAP:
        raise NotValid(_("The old secret can stay valid for at most seven days."), field="overlap_hours")
    endpoint = locked(endpoint_id)
    endpoint.previous_seed, endpoint.previous_until = (endpoint.seed, now + overlap) if overlap else (None, None)
    endpoint.seed = signing.new_seed()
    _record("secret_rotated", endpoint, actor_id=actor_id, now=now, after={"previous_until": endpoint.previous_until})
    db.session.flush()
    return endpoint


def remove(*, endpoint_id: int, actor_id: int | None, now: datetime) -> None:
    """Forget the endpoint with its log; what waits is not sent. Raises NotFound."""
    endpoint = locked(endpoint_id)
    _record("removed", endpoint, actor_id=actor_id, now=now, before=_facts(endpoint))
    db.session.delete(endpoint)
    db.session.flush()


def _start_afresh(endpoint: Endpoint, now: datetime) -> None:
    """The trouble is over, or somebody believes so: what waits for a later attempt is tried now."""
    endpoint.failing_since = endpoint.rest_until = None
    later = update(Delivery).where(Delivery.endpoint_id == endpoint.id, Delivery.state == "waiting", Delivery.next_at > now)
    db.session.execute(later.values(next_at=now))


def locked(endpoint_id: int) -> Endpoint:
    """The endpoint, locked against its other changes, not against those who only name it (an event being noted). Raises NotFound."""
    query = select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def active(endpoint_id: int) -> Endpoint:
    """The endpoint, locked. Raises NotFound, and Conflict when it is paused."""
    endpoint = locked(endpoint_id)
    if endpoint.paused_at is not None:
        raise Conflict(_("This webhook is paused. Resume it first."), code="paused")
    return endpoint


def _checked_name(name: str) -> str:
    if not name.strip():
        raise NotValid(_("This cannot be empty."), field="name")
    return name.strip()[:200]


def _checked_url(url: str, networks: Sequence[str]) -> str:
    """By its text alone: names are resolved when something is sent, outside any transaction."""
    parts = rules.checked_url(url)
    encrypted = parts.scheme == "https"
    if not encrypted and not networks:
        raise NotValid(_("The address must begin with https://."), field="url")
    found = addresses.literal(parts.hostname or "")
    if found is not None and not addresses.permitted(found, networks, encrypted=encrypted):
        raise NotValid(_("Webhooks are sent to public addresses only. Others must be named in the setting WEBHOOK_NETWORKS."), field="url")
    return url.strip()


def _checked_events(names: Sequence[str]) -> list[str]:
    known = offered()
    if unknown := sorted(set(names) - known.keys()):
        raise NotValid(_("Unknown event: %(names)s", names=", ".join(unknown)[:200]), field="events")
    if not names:
        raise NotValid(_("Choose at least one event."), field="events")
    return [name for name in known if name in names]


def _facts(endpoint: Endpoint) -> dict[str, Any]:
    return {"name": endpoint.name, "url": endpoint.url, "events": list(endpoint.events)}


def _record(verb: str, endpoint: Endpoint, *, actor_id: int | None, now: datetime, **sides: dict[str, Any]) -> None:
    audit.record(action=f"webhook.{verb}", target=f"webhook:{endpoint.id}", actor_id=actor_id, now=now, **sides)

"""Which routing service the firm uses: read, changed by administrators (audited), tried. Its key is sealed and never given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit
from core.db import db, locked_row
from core.errors import NotValid
from core.sealing import NotSealed, seal, unseal
from core.webhooks.rules import checked_url
from customers.models import Site
from dispatch.roads import asking, known, rules
from dispatch.roads.asking import Service
from dispatch.roads.models import Road, RoadProvider, RoadWish
from dispatch.roads.protocols import DIALECTS, TroubleError
from dispatch.roads.tables import TooHardError
from dispatch.roads.wording import in_words
from dispatch.visits import travel
from dispatch.visits.travel import Point, point
from staff.models import Branch

KINDS = ("none", *DIALECTS)
KEY_PLACES = ("header", "query")
LONGEST_KEY = 500
CHECK_SECONDS = 6.0
_PURPOSE = "routing service key"
_LOCK = 0x7E59  # of PostgreSQL's advisory locks: the one row that may not be there yet


def provider() -> RoadProvider:
    """The firm's, none while nobody chose any (then not stored)."""
    found = db.session.get(RoadProvider, 1)
    return found or RoadProvider(id=1, kind="none", address="", key_sealed="", key_in="header", generation=1, failures=0, problem_text="")


def facts(row: RoadProvider) -> dict[str, Any]:
    """As data, for the audit and the API: of the key only whether there is one."""
    return {"kind": row.kind, "address": row.address, "key_in": row.key_in, "has_key": bool(row.key_sealed)}


def standing(row: RoadProvider, *, now: datetime) -> dict[str, Any]:
    """How it goes: `state` off, waiting (for the first question), ok, failing (then `problem` in words, and when it is asked again)."""
    state = "off" if row.kind == "none" else "failing" if row.failures else "ok" if row.answered_at is not None else "waiting"
    roads = select(func.count()).select_from(Road).where(Road.generation == row.generation)
    return facts(row) | {
        "state": state,
        "problem": in_words(row.problem or "", row.problem_text) if state == "failing" else None,
        "failing_since": row.failing_since,
        "asked_again_at": max(row.rest_until, now) if state == "failing" and row.rest_until is not None else None,
        "answered_at": row.answered_at,
        "known": db.session.scalar(roads.where(Road.seconds.is_not(None))) if state != "off" else 0,
        "without": db.session.scalar(roads.where(Road.seconds.is_(None))) if state != "off" else 0,
        "waiting": db.session.scalar(select(func.coalesce(func.sum(func.cardinality(RoadWish.origins)), 0))) if state != "off" else 0,
    }


def save_provider(*, values: Mapping[str, Any], secret_key: str, now: datetime, actor_id: int | None) -> RoadProvider:
    """Change kind, address, key (None: as it is; "": none any more), key_in. With another kind or address all that is known is asked for anew, and a
    key is not taken along to another server. One at a time: takes an advisory lock until the transaction ends. Raises NotValid naming the field."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    row = locked_row(RoadProvider, 1) or provider()
    before, was = facts(row), (row.kind, row.address)
    service = _checked(row, values, secret_key=secret_key, lost="")
    row.kind, row.address, row.key_in = service.kind, service.address, service.key_in
    if values.get("key") is not None or not _same_server(was[1], row.address):
        row.key_sealed = seal(service.key, secret=secret_key, purpose=_PURPOSE) if service.key else ""
    if (row.kind, row.address) != was:
        row.generation += 1
        row.answered_at = None
    row.failures, row.failing_since, row.rest_until, row.problem, row.problem_text = 0, None, None, None, ""
    db.session.add(row)
    db.session.flush()
    known.forget()
    audit.record(action="road_provider.changed", target="road_provider", actor_id=actor_id, now=now, before=before, after=facts(row))
    return row


def service_of(row: RoadProvider, *, secret_key: str) -> Service:
    """How to ask it. Raises TroubleError (key_lost)."""
    return Service(kind=row.kind, address=row.address, key=_unsealed(row, secret_key), key_in=row.key_in)


def tried(values: Mapping[str, Any], *, secret_key: str) -> Service:
    """How to ask a service as it was typed, not saved. A key that is kept is sent to its own server only. Raises NotValid, TroubleError."""
    found = _checked(provider(), values, secret_key=secret_key, lost=None)
    if found.kind == "none":
        raise NotValid(_("Choose the kind of service."), field="kind")
    return found


def _checked(row: RoadProvider, values: Mapping[str, Any], *, secret_key: str, lost: str | None) -> Service:
    """`lost`: what stands for a key that cannot be unsealed; None: raises TroubleError."""
    kind, address = values.get("kind", row.kind), str(values.get("address", row.address)).strip().rstrip("/")
    key, key_in = values.get("key"), values.get("key_in", row.key_in)
    if kind not in KINDS:
        raise NotValid(_("Choose one of the list."), field="kind")
    if key_in not in KEY_PLACES:
        raise NotValid(_("Choose one of the list."), field="key_in")
    if address or kind != "none":
        try:
            parts = checked_url(address)
        except NotValid as error:
            raise NotValid(error.message, field="address") from error
        if parts.query:
            raise NotValid(_("Write the address without what follows a question mark."), field="address")
    if key is not None and (len(key) > LONGEST_KEY or not key.isprintable() or not key.isascii()):
        raise NotValid(_("This is no key."), field="key")
    if key is None and _same_server(row.address, address):
        try:
            key = _unsealed(row, secret_key)
        except TroubleError:
            if lost is None:
                raise
            key = lost
    return Service(kind=kind, address=address, key=(key or "").strip(), key_in=key_in)


def _same_server(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.casefold()) == (second.scheme, second.netloc.casefold())


def _unsealed(row: RoadProvider, secret_key: str) -> str:
    try:
        return unseal(row.key_sealed, secret=secret_key, purpose=_PURPOSE) if row.key_sealed else ""
    except NotSealed as error:
        raise TroubleError("key_lost") from error


def sample() -> tuple[Point, Point] | None:
    """Two places of the firm to ask for: a branch and the newest site within a day's reach, else a place near the branch. None: no branch has
    coordinates."""
    branches = db.session.scalars(select(Branch).where(Branch.active, Branch.latitude.is_not(None)).order_by(Branch.id))
    here = next((at for row in branches if (at := point(row.latitude, row.longitude)) is not None), None)
    if here is None:
        return None
    sites = select(Site.latitude, Site.longitude).where(Site.latitude.is_not(None), Site.longitude.is_not(None))
    for latitude, longitude in db.session.execute(sites.order_by(Site.id.desc()).limit(50)):
        there = point(latitude, longitude)
        if there is not None and 1 < travel.kilometres(here, there) < rules.FARTHEST:
            return here, there
    return here, (here[0] + 0.02, here[1])


def look(service: Service, between: tuple[Point, Point] | None, *, networks: Sequence[str]) -> dict[str, Any]:
    """Ask for one way now, and say what came or what is wrong. Network: no transaction is open meanwhile."""
    try:
        if between is None:
            raise TroubleError("nowhere")
        try:
            ((cell,),) = asking.table(service, [between[0]], [between[1]], networks=networks, seconds=CHECK_SECONDS)
        except TooHardError as error:
            raise TroubleError("no_road", str(error)) from error
        seconds, metres = rules.usable(cell, *(rules.key(at) for at in between))
        if seconds is None:
            raise TroubleError("no_road")
    except TroubleError as error:
        return {"ok": False, "problem": in_words(error.code, error.text)}
    return {"ok": True, "problem": None, "seconds": seconds, "metres": metres, "line_seconds": travel.seconds(*between)}

"""Asking the routing service for what was wished. Every two seconds the clock looks whether something is, and puts one outbox row; the worker `heavy`
takes wishes until there are none or its turn is over, a table at a time.

One row and one table at a time, whoever wishes how much: the service is never pressed. When it fails it is left alone, for longer each time, and one
table tries whether it is back; wishes stay meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from core import clock, outbox
from core.db import db, locked_row, transaction
from dispatch.roads import asking, rules, settings
from dispatch.roads.asking import Service
from dispatch.roads.models import Road, RoadProvider, RoadWish
from dispatch.roads.protocols import TroubleError
from dispatch.roads.rules import Cell
from dispatch.roads.tables import Ask, Keys, TooHardError, answered, tables

log = structlog.get_logger()
KIND = "roads.ask"
TURN = 20.0  # seconds after which other work of the worker comes first
LEASE = 120
WISHES = 10  # taken at once
PAIRS = 2500  # of them
STUBBORN = 2  # failures in a row, after which a refusal may be one table's
_ANSWERED = ("status", "refused", "wrong_answer")  # troubles in which the service did answer
_MOST_REFUSED = 40  # questions, before the first that is answered
_FORGOTTEN = 5000  # rows in one transaction of the clock
_WANTED = text(
    "SELECT DISTINCT asked.origin, asked.destination FROM road_wish, unnest(road_wish.origins, road_wish.destinations) AS asked (origin, destination)"
    " WHERE road_wish.id = ANY(:ids) AND NOT EXISTS (SELECT FROM road WHERE road.origin = asked.origin"
    " AND road.destination = asked.destination AND road.generation = :generation)"
    " ORDER BY asked.origin, asked.destination LIMIT :most"
)


def hand_over(now: datetime) -> None:
    """The clock's sweep: an errand when something is wished, the service may be asked, and none is under way."""
    row = settings.provider()
    if not db.session.scalar(select(exists().select_from(RoadWish))):
        return
    if row.kind == "none":
        db.session.execute(delete(RoadWish))
        return
    newest = select(RoadWish.id).order_by(RoadWish.id.desc()).offset(rules.MOST_WISHES).limit(1).scalar_subquery()
    db.session.execute(delete(RoadWish).where(RoadWish.id <= newest))
    if row.rest_until is not None and row.rest_until > now:
        return
    errand = outbox.OutboxRow
    under_way = exists().where(errand.queue == "heavy", errand.kind == KIND, errand.done_at.is_(None), errand.gave_up_at.is_(None))
    if not db.session.scalar(select(under_way)):
        outbox.put(kind=KIND, payload={}, now=now)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be asked of which service. `wishes`: fulfilled by it."""

    service: Service
    generation: int
    pairs: Sequence[Keys]
    wishes: Sequence[int]
    failures: int = 0
    known: Keys | None = None  # a way that the service knew, looked for when it fails


class _Patient:
    """`ask` of a service that failed again and again. Where it answers to other questions, it is these places: what it refuses then counts as too
    hard for it, and is halved. Where it answers to none, it has failed, and nothing is learned: `raise_failed`."""

    def __init__(self, ask: Ask, known: Keys | None) -> None:
        self._ask, self._known = ask, known
        self._alive, self._refused = False, 0
        self._trouble: TroubleError | None = None

    def __call__(self, origins: Sequence[int], destinations: Sequence[int]) -> Sequence[Sequence[Cell]]:
        try:
            rows = self._ask(origins, destinations)
        except TroubleError as trouble:
            if trouble.code not in _ANSWERED:
                raise
            self._trouble, self._refused = trouble, self._refused + 1
            if not self._alive and self._known is not None:
                self._ask([self._known[0]], [self._known[1]])
                self._alive = True
            if not self._alive and self._refused > _MOST_REFUSED:
                raise
            raise TooHardError(trouble.text, nowhere=True) from trouble
        self._alive = True
        return rows

    def raise_failed(self) -> None:
        """Raises TroubleError when every question was refused."""
        if self._trouble is not None and not self._alive:
            raise self._trouble


@outbox.handles(KIND, queue="heavy", lease=LEASE, attempts=3)
def run(_row_id: int, _payload: dict[str, Any]) -> None:
    """Ask until nothing is wished any more, the turn is over, or the service fails."""
    config = current_app.config["CALLOUT"]
    ends = time.monotonic() + TURN
    while time.monotonic() < ends:
        try:
            with transaction():
                errand = claim(secret_key=config.secret_key, now=clock.now())
            if errand is None:
                return
            ask: Ask = partial(_ask, errand.service, config.webhook_networks, ends + TURN)
            patient = _Patient(ask, errand.known)
            for table in tables(errand.pairs):
                found = list(answered(table, patient if errand.failures >= STUBBORN else ask))
                patient.raise_failed()
                with transaction():
                    store(errand.generation, found, now=clock.now())
                if time.monotonic() > ends:
                    return
        except TroubleError as trouble:
            with transaction():
                note_failure(trouble, now=clock.now())
            return
        with transaction():
            db.session.execute(delete(RoadWish).where(RoadWish.id.in_(errand.wishes)))


def _ask(
    service: Service, networks: Sequence[str], until: float, origins: Sequence[int], destinations: Sequence[int]
) -> Sequence[Sequence[Cell]]:
    """`until`: monotonic; a table that is refused again and again must not outlive the errand."""
    if time.monotonic() > until:
        raise TroubleError("timeout", "a table took too many questions")
    places = [[rules.place(number) for number in numbers] for numbers in (origins, destinations)]
    return asking.table(service, *places, networks=networks)


def claim(*, secret_key: str, now: datetime) -> Errand | None:
    """The oldest wishes that are not known yet; None when there is nothing to ask. Ways that are too far for anybody's day are noted as such,
    unasked. Raises TroubleError (key_lost)."""
    row = settings.provider()
    if row.kind == "none":
        return None
    while ids := list(db.session.scalars(select(RoadWish.id).order_by(RoadWish.id).limit(WISHES))):
        rows = db.session.execute(_WANTED, {"ids": ids, "generation": row.generation, "most": PAIRS + 1}).tuples().all()
        near = [pair for pair in rows[:PAIRS] if not rules.too_far(*pair)]
        far = [(*pair, (None, None)) for pair in rows[:PAIRS] if rules.too_far(*pair)]
        if far:
            _write(row.generation, far, now=now)
        all_of_it = len(rows) <= PAIRS
        if near:
            service, done = settings.service_of(row, secret_key=secret_key), ids if all_of_it else []
            known = _known(row.generation, near) if row.failures >= STUBBORN else None
            return Errand(service, row.generation, near, done, row.failures, known)
        if all_of_it:
            db.session.execute(delete(RoadWish).where(RoadWish.id.in_(ids)))
    return None


def _known(generation: int, pairs: Sequence[Keys]) -> Keys | None:
    """The newest way that this service said, where there is one between places that are not asked for now."""
    places = {place for pair in pairs for place in pair}
    query = select(Road.origin, Road.destination).where(Road.generation == generation, Road.seconds.is_not(None))
    query = query.order_by(Road.fetched_at.desc()).limit(1)
    others = query.where(Road.origin.not_in(places), Road.destination.not_in(places))
    return db.session.execute(others).tuples().first() or db.session.execute(query).tuples().first()


def store(generation: int, found: Sequence[tuple[int, int, Cell]], *, now: datetime) -> None:
    """Write what a service said, as far as it can be believed. Nothing when another one was chosen meanwhile; locks the service's row."""
    row = locked_row(RoadProvider, 1)
    if row is None or row.generation != generation:
        return
    _write(generation, [(a, b, rules.usable(cell, a, b)) for a, b, cell in found], now=now)
    row.answered_at = now
    row.failures, row.failing_since, row.rest_until, row.problem, row.problem_text = 0, None, None, None, ""
    db.session.flush()


def _write(generation: int, found: Sequence[tuple[int, int, Cell]], *, now: datetime) -> None:
    values = [
        {"origin": a, "destination": b, "generation": generation, "seconds": seconds, "metres": metres, "fetched_at": now}
        for a, b, (seconds, metres) in sorted(found)
    ]
    if values:
        rows = insert(Road).values(values)
        changes = {name: rows.excluded[name] for name in ("generation", "seconds", "metres", "fetched_at")}
        db.session.execute(rows.on_conflict_do_update(index_elements=["origin", "destination"], set_=changes))


def note_failure(trouble: TroubleError, *, now: datetime) -> None:
    """The service is left alone for a while. Locks its row."""
    row = locked_row(RoadProvider, 1)
    if row is None:
        return
    if not row.failures:
        row.failing_since = now
        log.warning("the routing service does not answer", problem=trouble.code, error=trouble.text)
    row.failures += 1
    row.rest_until = rules.rest(row.failures, now=now)
    row.problem, row.problem_text = trouble.code, trouble.text[:300]
    db.session.flush()


def forget(now: datetime) -> bool:
    """The clock's sweep: what is old, was said by an earlier service, or is too much. True while there is more."""
    generation = settings.provider().generation
    newest = select(Road.fetched_at).order_by(Road.fetched_at.desc()).offset(rules.MOST_ROADS).limit(1).scalar_subquery()
    gone = (
        select(Road.origin, Road.destination)
        .where(
            or_(
                Road.fetched_at < now - rules.KEPT,
                (Road.fetched_at < now - rules.KEPT_WITHOUT) & Road.seconds.is_(None),
                Road.generation != generation,
                Road.fetched_at <= func.coalesce(newest, now - rules.KEPT),
            )
        )
        .limit(_FORGOTTEN)
        .subquery()
    )
    done = db.session.execute(
        delete(Road)
        .where(Road.origin == gone.c.origin, Road.destination == gone.c.destination)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount) == _FORGOTTEN  # type: ignore[attr-defined]

"""What is known of ways by road, and wishing for what is not. Reads one table and never asks anybody: who reckons waits for nobody.

Within a transaction a way stays as it was first read, known or unknown, whatever is written beside it: a plan and a booking are reckoned with one
set of ways.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Response, after_this_request, has_request_context
from sqlalchemy import event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction

from core.db import db, transaction
from dispatch.roads.models import RoadProvider
from dispatch.roads.rules import MOST_PAIRS, Pair, key
from dispatch.visits.travel import FIXED

_HELD = "roads"
_KNOWN = text(
    "SELECT road.origin, road.destination, road.seconds"
    " FROM unnest(CAST(:origins AS bigint[]), CAST(:destinations AS bigint[])) AS asked (origin, destination)"
    " JOIN road ON road.origin = asked.origin AND road.destination = asked.destination AND road.generation = :generation"
)
_WISH = text("INSERT INTO road_wish (origins, destinations) VALUES (CAST(:origins AS bigint[]), CAST(:destinations AS bigint[]))")
Keys = tuple[int, int]
Read = TypeVar("Read")


@dataclass(slots=True)
class _Held:
    """What one transaction reckons with. `generation` None: there is no service."""

    generation: int | None
    seconds: dict[Keys, int | None] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)


def roads(pairs: Iterable[Pair]) -> dict[Pair, int]:
    """Seconds of those that are known by road, getting in and out included, before any pace; what is not known is wished for. Empty without a
    service: one query then."""
    held = _held()
    if held.generation is None:
        return {}
    numbers: dict[Any, int] = {}
    asked: dict[Pair, Keys] = {}
    for pair in pairs:
        if pair not in asked:
            a, b = (numbers[at] if at in numbers else numbers.setdefault(at, key(at)) for at in pair)
            if a != b:
                asked[pair] = (a, b)
    fresh = {keys for keys in asked.values() if keys not in held.seconds}
    if fresh:
        found = _read(fresh, held.generation)
        held.seconds |= {keys: found.get(keys) for keys in fresh}
        _wish([keys for keys in fresh if keys not in found])
    return {pair: seconds + FIXED for pair, keys in asked.items() if (seconds := held.seconds[keys]) is not None}


def kept(name: str, read: Callable[[], Read]) -> Read:
    """Something else that stays for a transaction as it was first read."""
    others = _held().others
    if name not in others:
        others[name] = read()
    found: Read = others[name]
    return found


def forget() -> None:
    """What this transaction reckons with is read anew: it changed it itself."""
    db.session().info.pop(_HELD, None)


def _held() -> _Held:
    session = db.session()
    found = session.info.get(_HELD)
    if not isinstance(found, _Held):
        if not session.in_transaction():
            session.begin()  # or its end would not be told to `_ended`
        row = session.get(RoadProvider, 1)
        found = session.info[_HELD] = _Held(row.generation if row is not None and row.kind != "none" else None)
    return found


def _read(keys: Collection[Keys], generation: int) -> dict[Keys, int | None]:
    rows = db.session.execute(_KNOWN, {**_arrays(keys), "generation": generation})
    return {(origin, destination): seconds for origin, destination, seconds in rows}


def _arrays(keys: Iterable[Keys]) -> dict[str, str]:
    """As PostgreSQL writes them: the driver would look at each number three times."""
    origins, destinations = zip(*keys, strict=True)
    return {"origins": f"{{{','.join(map(str, origins))}}}", "destinations": f"{{{','.join(map(str, destinations))}}}"}


def _wish(keys: list[Keys]) -> None:
    """Note it for the service: in the entry's transaction, of a page that only reads after its answer was made. Others reckon without a wish."""
    if not keys:
        return
    values = _arrays(sorted(keys)[:MOST_PAIRS])
    if db.session().info.get("in_entry"):
        db.session.execute(_WISH, values)
    elif has_request_context():

        @after_this_request
        def note(response: Response) -> Response:
            db.session.rollback()
            with suppress(SQLAlchemyError), transaction():
                db.session.execute(_WISH, values)
            return response


def _ended(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_HELD, None)


event.listen(db.session, "after_transaction_end", _ended)

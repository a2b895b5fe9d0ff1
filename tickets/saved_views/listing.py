"""The rows of a view: any conditions, sorted by any column, page by page along keys, so that what comes in meanwhile moves nothing; and how many."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Row, func, select, text, tuple_
from sqlalchemy.exc import OperationalError

from core.db import db
from core.errors import NotValid
from tickets import presenters, queries
from tickets.models import Ticket
from tickets.saved_views.columns import Column

COUNTED = 1000
PATIENCE = 2000  # milliseconds for counts that may be slow
Clauses = Sequence[ColumnElement[bool]]


def lines(
    where: Clauses, *, sort: Column, descending: bool | None, extra: Collection[Column] = (), after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of lines (`presenters.listed`, with `columns` of what was asked for more) and the mark of the next page, None at the end. Rows without
    what is sorted by come last; the ticket's id decides between equals. Raises NotValid for a mark that is not ours or of another order."""
    falls = sort.newest_first if descending is None else descending
    more = [column for column in extra if column.extra is not None]
    query = queries.row_query().add_columns(sort.sort.label("sorted_by"), *[column.extra.label(f"column_{column.name}") for column in more])
    ids = _ids(where, sort, falls, _read_mark(after, sort.name, falls), limit + 1)
    found = {row.id: row for row in db.session.execute(query.where(Ticket.id.in_(ids)))}
    rows = [found[ticket_id] for ticket_id in ids if ticket_id in found]
    following = _mark(sort.name, falls, rows[limit - 1]) if len(rows) > limit else None
    return [_line(line, more) for line in presenters.listed(rows[:limit])], following


def everything(where: Clauses, *, sort: Column, descending: bool | None, extra: Collection[Column], batch: int) -> Iterator[dict[str, Any]]:
    """All lines, asked for in batches, so that a million never stand in memory at once."""
    after: str | None = None
    while True:
        found, after = lines(where, sort=sort, descending=descending, extra=extra, after=after, limit=batch)
        yield from found
        db.session.expire_all()
        if after is None:
            return


def _line(line: dict[str, Any], more: Collection[Column]) -> dict[str, Any]:
    line.pop("sorted_by")
    return {**line, "columns": {column.name: line.pop(f"column_{column.name}") for column in more}}


def _ids(where: Clauses, sort: Column, falls: bool, mark: tuple[Any, int] | None, limit: int) -> list[int]:
    """First those that have what is sorted by, then the others: two queries, each along its index, and joined with no more than the order needs."""
    query = select(Ticket.id).where(*where)
    if sort.joined:
        query = queries.with_names(query)
    ids: list[int] = []
    by = (sort.sort.desc(), Ticket.id.desc()) if falls else (sort.sort, Ticket.id)
    if mark is None or mark[0] is not None:
        valued = query.where(sort.sort.is_not(None)) if sort.nullable else query
        if mark is not None:
            here, there = tuple_(sort.sort, Ticket.id), tuple_(mark[0], mark[1])
            valued = valued.where(here < there if falls else here > there)
        ids = list(db.session.scalars(valued.order_by(*by).limit(limit)))
    if sort.nullable and len(ids) < limit:
        rest = query.where(sort.sort.is_(None))
        if mark is not None and mark[0] is None:
            rest = rest.where(Ticket.id < mark[1] if falls else Ticket.id > mark[1])
        ids += db.session.scalars(rest.order_by(by[1]).limit(limit - len(ids)))
    return ids


def _mark(sort: str, falls: bool, row: Row[Any]) -> str:
    value = row.sorted_by
    kept = {"at": value.isoformat()} if isinstance(value, datetime) else value
    text = json.dumps([sort, falls, kept, row.id], default=float)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_mark(after: str | None, sort: str, falls: bool) -> tuple[Any, int] | None:
    if not after:
        return None
    try:
        name, direction, value, ticket_id = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if isinstance(value, Mapping):
            value = datetime.fromisoformat(value["at"])
        good = (name, direction) == (sort, falls) and isinstance(ticket_id, int) and 0 < ticket_id < 1 << 63
    except (ValueError, TypeError, KeyError):
        good = False
    if not good:
        raise NotValid(_("This page mark is not one of ours."), field="after")
    return value, ticket_id


def exact_counts(selections: Mapping[str, Clauses]) -> dict[str, int]:
    """How many tickets each of these has, in one statement."""
    counts = [select(func.count()).select_from(Ticket).where(*where).scalar_subquery().label(key) for key, where in selections.items()]
    return dict(db.session.execute(select(*counts)).one()._mapping) if counts else {}


def capped_counts(selections: Mapping[str, Clauses]) -> dict[str, int | None]:
    """As `exact_counts`, but no further than 1,001. None for all of them when it takes too long: then nobody waits for a number."""
    capped = {key: select(Ticket.id).where(*where).limit(COUNTED + 1).subquery(f"of_{key}") for key, where in selections.items()}
    counts = [select(func.count()).select_from(rows).scalar_subquery().label(key) for key, rows in capped.items()]
    if not counts:
        return {}
    try:
        with db.session.begin_nested():
            db.session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE}"))
            found = dict(db.session.execute(select(*counts)).one()._mapping)
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
        return found
    except OperationalError:
        return dict.fromkeys(selections)

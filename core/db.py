"""The database: session, base class, `transaction()` and `snapshot()`.

Source of truth is PostgreSQL alone. Times are `timestamptz` in UTC; the connection's time zone is set to UTC so that what comes back is
UTC too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    DDL,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Identity,
    MetaData,
    TypeDecorator,
    any_,
    event,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Typed declarative base. Every `datetime` is `timestamptz`, every `dict`/`list` JSONB, every `int` key 64 bits."""

    metadata = MetaData(naming_convention=NAMES)
    registry = registry(
        metadata=metadata,
        type_annotation_map={datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB, list[str]: JSONB},
    )


# Exclusion constraints over (technician, time range) need equality in GiST; titles of articles are found misspelt by their trigrams.
for _extension in ("btree_gist", "pg_trgm"):
    event.listen(Base.metadata, "before_create", DDL(f"CREATE EXTENSION IF NOT EXISTS {_extension}"))  # type: ignore[no-untyped-call]

db = SQLAlchemy(model_class=Base, session_options={"join_transaction_mode": "create_savepoint"}, disable_autonaming=True)

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True
else:
    Model = db.Model


class Keyed:
    """Mixin: a 64-bit identity key."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)


Row = TypeVar("Row")


def engine_options(role: str) -> dict[str, Any]:
    """Pool sizes per serving role (measured, notes/platform.md §2).

    `prepare_threshold=None`: after five uses PostgreSQL may choose a generic plan for a prepared search query and be 1,000 times slower.
    """
    size, overflow = {"web": (8, 2), "live": (5, 5), "relay": (4, 2), "clock": (4, 2)}.get(role, (2, 4))
    return {
        "pool_size": size,
        "max_overflow": overflow,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_use_lifo": True,
        "connect_args": {"prepare_threshold": None, "options": "-c timezone=UTC -c lock_timeout=10s", "connect_timeout": 5},
    }


@contextmanager
def transaction() -> Iterator[Session]:
    """One entry, one transaction: commits when the block ends, rolls back when it raises. Never nested; services only flush."""
    session = db.session()
    if session.info.get("in_entry"):
        raise RuntimeError("transaction() inside transaction(): only the entry (view, job, socket handler, command) opens one")
    session.info["in_entry"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("in_entry", None)


@contextmanager
def snapshot() -> Iterator[int]:
    """Read one consistent picture; yields its version (see `read_version`). Ends the session's current transaction first.

    Inside a savepoint (tests that roll back) the outer transaction decides the isolation, and one connection sees itself anyway.
    """
    session = db.session()
    if session.info.get("in_entry"):
        raise RuntimeError("snapshot() inside transaction()")
    session.rollback()
    if not session.connection().in_nested_transaction():
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    try:
        yield read_version(session)
    finally:
        session.rollback()


def locked_row(entity: type[Row], key: int) -> Row | None:
    """The row, read afresh and locked (what is joined to it is not); None when there is none.

    Not `Session.get(…, with_for_update=…)`: that compares the versions of rows joined to it too, and fails when a colleague changed one of those.
    """
    (own,) = inspect(entity).primary_key
    query = select(entity).where(own == key).with_for_update(of=entity).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().one_or_none()


class _Keys(TypeDecorator[list[int]]):
    """An array of keys, written by us: the driver looks at each number of it three times."""

    impl = ARRAY(BigInteger)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """PostgreSQL's own form."""
        return lambda keys: f"{{{','.join(map(str, keys))}}}"


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """`column` is one of these keys, as one array: `in_` writes a statement anew for each number of keys, which takes as long as running it."""
    found: ColumnElement[bool] = column == any_(literal(list(ids), _Keys()))
    return found


def dicts(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows of one query as dicts by column: `row._mapping` of each would take three times as long."""
    found = list(rows)
    names = found[0]._fields if found else ()
    return [dict(zip(names, row, strict=True)) for row in found]


def read_version(session: Session) -> int:
    """A number that orders what two transactions could see: greater or equal means it saw at least as much.

    PostgreSQL's snapshot is (xmax, transactions still running below xmax). Time moves it in two ways: xmax grows, or a running one
    ends. So (xmax, -running) only grows, and two equal numbers are the same picture. Fits a JavaScript number for 2^43 transactions.
    """
    xmax, running = session.execute(
        text("SELECT pg_snapshot_xmax(s)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(s)) FROM pg_current_snapshot() s")
    ).one()
    return int(xmax) * 1024 + 1023 - min(int(running), 1023)

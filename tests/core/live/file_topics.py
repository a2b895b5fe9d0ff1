"""Topics over core's own table of files, only for tests: one unbounded by argument, one bounded, one of the viewer's own.

Their audiences: staff see everything, visitors no sizes.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from core import live
from core.auth.models import User
from core.db import db, transaction
from core.files import File
from core.live import Argument, Topic, Viewer

KINDS = ("text/plain", "image/png", "audio/wav")
LARGEST = 15
AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def register() -> None:
    """Make the topics known to this process."""
    audiences = ("staff", "visitor")
    live.register(
        Topic(
            name="kind",
            argument=Argument.NAMED,
            audiences=audiences,
            audience_of=_audience,
            rows=lambda kind, audience: _data(File.content_type.like(f"{kind}/%"), audience),
            render=lambda kind, audience, keys: _data(File.content_type.like(f"{kind}/%") & File.id.in_(map(int, keys)), audience),
            tiles=lambda kind, audience: _tiles(File.content_type.like(f"{kind}/%")),
            hints={"staff": ("staff", "visitor"), "visitor": ("staff",)},
        )
    )
    live.register(
        Topic(
            name="largest",
            audiences=audiences,
            audience_of=_audience,
            rows=lambda _argument, audience: _data(File.id.in_(_largest_ids()), audience),
            render=lambda _argument, audience, keys: _data(File.id.in_(set(_largest_ids()) & set(map(int, keys))), audience),
            boundary=lambda _argument, _audience, count: map(str, _largest_ids(max(0, LARGEST - count), LARGEST + count)),
            tiles=lambda _argument, _audience: _tiles(File.id > 0),
        )
    )
    live.register(
        Topic(
            name="mine",
            argument=Argument.OWN,
            audiences=("self",),
            audience_of=lambda viewer, argument: "self" if viewer.user_id is not None and argument == viewer.subject else None,
            rows=lambda user, _audience: _data(File.created_by_id == int(user), "staff"),
        )
    )


def _audience(viewer: Viewer, _argument: str) -> str | None:
    if viewer.is_visitor:
        return "visitor" if viewer.claims.get("files") else None
    return "staff" if viewer.may("tickets.read") else None


def _data(condition: ColumnElement[bool], audience: str) -> dict[str, Any]:
    found = db.session.execute(select(File.id, File.name, File.size, File.created_by_id).where(condition))
    if audience == "visitor":
        return {str(row.id): {"name": row.name} for row in found}
    return {str(row.id): {"name": row.name, "size": row.size, "by": row.created_by_id} for row in found}


def _tiles(condition: ColumnElement[bool]) -> dict[str, Any]:
    count, size = db.session.execute(select(func.count(), func.coalesce(func.sum(File.size), 0)).where(condition)).one()
    return {"count": count, "size": int(size)}


def _largest_ids(first: int = 0, end: int = LARGEST) -> list[int]:
    query = select(File.id).order_by(File.size.desc(), File.id).offset(first).limit(end - first)
    return list(db.session.scalars(query))


def addresses(user_id: int) -> list[str]:
    return [*(f"kind:{kind.partition('/')[0]}" for kind in KINDS), "largest", f"mine:{user_id}"]


def one_operation(chance: random.Random) -> None:
    """One transaction of a random kind; some roll back, some touch what they did not change."""
    with transaction() as session:
        row = session.scalar(
            select(File).order_by(func.md5(File.id.op("||")(str(chance.random())))).limit(1).with_for_update(skip_locked=True)
        )
        verb = chance.choice(("add", "add", "resize", "resize", "move", "give", "delete")) if row else "add"
        owners = list(session.scalars(select(User.id)))
        if row is None or verb == "add":
            row = File(
                name=f"file {chance.randrange(10_000)}",
                content_type=chance.choice(KINDS),
                size=chance.randrange(1000),
                sha256="0" * 64,
                created_at=AT,
                created_by_id=chance.choice(owners),
            )
            session.add(row)
            session.flush()
        touch_file(row)
        if verb == "resize":
            row.size = chance.randrange(1000)
        elif verb == "move":
            row.content_type = chance.choice(KINDS)
        elif verb == "give":
            row.created_by_id = chance.choice(owners)
        elif verb == "delete":
            session.delete(row)
        touch_file(row)


def touch_file(row: File) -> None:
    """Say which topics show this file."""
    live.touch(f"kind:{row.content_type.partition('/')[0]}", row.id, tiles=True)
    live.touch("largest", row.id, tiles=True)
    if row.created_by_id is not None:
        live.touch(f"mine:{row.created_by_id}", row.id)

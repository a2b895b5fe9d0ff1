"""Files: content in the store (local directory or object store, by `FILES_URL`), facts in the database. Content is named by its SHA-256, so the
same bytes are stored once and a crash between store and row leaves nothing wrong."""

from __future__ import annotations

import hashlib
from datetime import datetime

import fsspec
from flask import current_app
from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db


class File(Keyed, Model):
    """One stored file as somebody gave it. `size` in bytes; `name` is for people, never a path."""

    __tablename__ = "file"
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None]


def _place(sha256: str) -> str:
    return f"{current_app.config['CALLOUT'].files_url.rstrip('/')}/{sha256[:2]}/{sha256}"


def save(content: bytes, *, name: str, content_type: str, now: datetime, actor_id: int | None = None) -> File:
    """Store the bytes and add the row in the caller's transaction."""
    sha256 = hashlib.sha256(content).hexdigest()
    filesystem, path = fsspec.url_to_fs(_place(sha256))
    if not filesystem.exists(path):
        filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        fresh = f"{path}.{hashlib.sha256(name.encode() + str(now).encode()).hexdigest()[:8]}.new"
        with filesystem.open(fresh, "wb") as file:
            file.write(content)
        filesystem.mv(fresh, path)
    clean = name.replace("/", "_").replace("\\", "_").replace("\0", "")[-200:] or "file"
    row = File(name=clean, content_type=content_type, size=len(content), sha256=sha256, created_at=now, created_by_id=actor_id)
    db.session.add(row)
    db.session.flush()
    return row


def read(file: File) -> bytes:
    """The whole content. Raises FileNotFoundError when the store lost it."""
    with fsspec.open(_place(file.sha256), "rb") as stream:
        content: bytes = stream.read()
    return content

"""Files: content in the store (local directory or object store, by `FILES_URL`), facts in the database. Content is named by its SHA-256, so the
same bytes are stored once and a crash between store and row leaves nothing wrong."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import fsspec
from flask import Response, current_app
from flask_babel import lazy_gettext as _
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db
from core.errors import NotFound

UNKNOWN_TYPE = "application/octet-stream"
# What a browser may show in place, and how such a file begins; everything else is a download.
PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}


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
    """Store the bytes for good, then add the row in the caller's transaction: what a committed row names survives a power cut too."""
    sha256 = hashlib.sha256(content).hexdigest()
    _keep(_place(sha256), content)
    clean = name.replace("/", "_").replace("\\", "_").replace("\0", "")[-200:] or "file"
    row = File(name=clean, content_type=content_type, size=len(content), sha256=sha256, created_at=now, created_by_id=actor_id)
    db.session.add(row)
    db.session.flush()
    return row


def _keep(place: str, content: bytes) -> None:
    """An object store takes a whole object or none and keeps what it took; a file gets its name when its bytes are on the disk."""
    filesystem, path = fsspec.url_to_fs(place)
    if not isinstance(filesystem, LocalFileSystem):
        if not filesystem.exists(path):
            filesystem.pipe_file(path, content)
        return
    target = Path(path)
    if not target.exists() or target.stat().st_size != len(content):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync_directory(target.parent.parent)
        fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}.new")  # two copies may be written at the same time
        try:
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    # Also for a file that was there: whoever wrote it may not have come to this yet.
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """A new name is on the disk only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(file: File) -> bytes:
    """The whole content. Raises FileNotFoundError when the store lost it."""
    with fsspec.open(_place(file.sha256), "rb") as stream:
        content: bytes = stream.read()
    return content


def as_download(file: File) -> Response:
    """The content to be kept by the browser, never run in our pages. Raises NotFound when the store lost it."""
    try:
        content = read(file)
    except FileNotFoundError:
        raise NotFound(_("The file store has lost this file.")) from None
    response = Response(content, mimetype=UNKNOWN_TYPE)
    response.headers["Content-Type"] = (
        file.content_type if "\n" not in file.content_type and "\r" not in file.content_type else UNKNOWN_TYPE
    )
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def is_picture(file: File, content: bytes) -> bool:
    """Whether a file is the picture that it says it is."""
    return content.startswith(PICTURES.get(file.content_type, b"\0never"))

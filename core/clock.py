"""Business time: the system's time plus an offset that demos and tests may move for all processes at once.

The offset (whole seconds, may be negative) stands in the file `DATA_DIR/clock_offset`, absent in production. Services never call this:
entries read `now()` once and pass it down.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_path: Path | None = None
_known: tuple[int, int, timedelta] = (0, 0, timedelta())


def use(data_dir: Path) -> None:
    """Say where the offset file is. Called once by the application factory."""
    global _path
    _path = data_dir / "clock_offset"


def offset() -> timedelta:
    """The current offset. One `stat` per call; the file is read again only when it changed."""
    global _known
    if _path is None:
        return timedelta()
    try:
        stat = os.stat(_path)
    except FileNotFoundError:
        return timedelta()
    if (stat.st_mtime_ns, stat.st_ino) != _known[:2]:
        _known = (stat.st_mtime_ns, stat.st_ino, timedelta(seconds=float(_path.read_text() or "0")))
    return _known[2]


def now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC) + offset()


def set_to(moment: datetime | None) -> None:
    """Move business time so that it is `moment` now (None: back to real time). Atomic for readers."""
    if _path is None:
        raise RuntimeError("clock.use() was not called")
    if moment is None:
        _path.unlink(missing_ok=True)
        return
    seconds = (moment - datetime.now(UTC)).total_seconds()
    fresh = _path.with_suffix(".new")
    fresh.write_text(str(seconds))
    fresh.replace(_path)

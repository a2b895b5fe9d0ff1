"""Who uses a data directory: one owner at a time (a supervisor, or a command that started the servers for itself), any number of guests."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from core.embedded.refusal import StartRefused

_taken: list[Lock] = []  # an owner forgotten by its caller must not let go


class Lock:
    """The lock files under `run/`. The kernel lets go of them when their process ends, however it ends; children do not inherit them."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "run" / "lock"
        self._file = open(self.path, "a+")  # noqa: SIM115  (held as long as the lock)

    def take(self, what: str) -> bool:
        """Become the owner, leaving our pid and name in the file; False when somebody else is."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "what": what}))
        self._file.flush()
        _taken.append(self)
        return True

    def take_or_refuse(self, what: str) -> None:
        """Become the owner, or raise StartRefused naming who is."""
        if not self.take(what):
            raise StartRefused(f"{self.data_dir} is in use by {self.owner()}: stop it first, or choose another DATA_DIR")

    @contextlib.contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Be the owner for a block. Raises StartRefused naming who is."""
        self.take_or_refuse(what)
        try:
            yield
        finally:
            self.release()

    def owner(self) -> str:
        """The owner in words, as it left them."""
        try:
            left = json.loads(self.path.read_text())
            return f"process {left['pid']} ({left['what']})"
        except (ValueError, KeyError):
            return "another process"

    def release(self) -> None:
        _taken.remove(self)
        fcntl.flock(self._file, fcntl.LOCK_UN)


@contextlib.contextmanager
def guest(data_dir: Path) -> Iterator[None]:
    """Be a guest: whoever uses servers that another process started, so that it does not stop them meanwhile."""
    with open(data_dir / "run" / "guests", "a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def no_guests(data_dir: Path) -> Iterator[None]:
    """Wait until all guests have left; new ones stay outside until the block ends."""
    with open(data_dir / "run" / "guests", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""The life of one child: started, ready, ended, started again. Decides nothing about the others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from core.embedded import processes
from core.embedded.children import Child
from core.embedded.nursery import Nursery

DELAYS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before the next start, by how often it ended in a row
PROVEN = 30.0  # seconds of life after which the row begins anew
START_PATIENCE = 90.0  # seconds to become ready
LOG_LIMIT = 10 * 1024 * 1024
LOGS_KEPT = 3
EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Exit|Refused|Undefined\w+): ")


class Watched:
    """A child and its present process. `now` is the monotonic clock in seconds throughout."""

    def __init__(self, child: Child, nursery: Nursery | None) -> None:
        self.child = child
        self.nursery = nursery
        self.pid = 0
        self.ready = False
        self.done = False  # a `once` child that ended well
        self.started_at = 0.0
        self.start_at = 0.0  # not before
        self.failures = 0  # ends in a row
        self._process: subprocess.Popen[bytes] | None = None
        self._beat = (0, 0.0)  # the heartbeat file's time, and when we saw it change
        self._stopped_since = 0.0

    def start(self, now: float) -> None:
        """Start the process. Raises StartRefused (it cannot work) or ChildProcessError (the nursery is away: try again)."""
        child = self.child
        child.prepare()
        self.started_at, self.ready, self._beat, self._stopped_since = now, False, (0, now), 0.0
        rotate(child.log)
        if child.nursery:
            self._process = child.nursery.spawn(child.log)
            self.pid = self._process.pid
        elif child.entry and self.nursery:
            self.pid = self.nursery.bear(child.entry, child.program, child.log)
        else:
            self._process = processes.spawn(child.program, child.log)
            self.pid = self._process.pid
        if child.pid_file:
            unfinished = child.pid_file.with_suffix(".new")
            unfinished.write_text(f"{self.pid}\n")
            unfinished.replace(child.pid_file)  # a reader never finds half a number

    def look_ready(self) -> bool:
        """Ask whether it has become ready; True once, at the moment it has."""
        if self.ready or not self.pid or self.child.once or not self.child.ready(self.pid):
            return False
        self.ready = True
        return True

    def ended(self, status: int, now: float) -> str:
        """Take note that the process ended with this wait status: sets when to start again. Returns how it ended, in words."""
        code = os.waitstatus_to_exitcode(status)
        if self._process:
            self._process.returncode = code
            self._process = None
        _end_group(self.pid)
        self.failures = 0 if now - self.started_at >= PROVEN else self.failures + 1
        self.pid, self.ready = 0, False
        self.done = self.child.once and code == 0
        self.put_off(now)
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"

    def failed(self, now: float) -> None:
        """Take note that it could not even be started."""
        self.failures += 1
        self.put_off(now)

    def put_off(self, now: float) -> None:
        """Set when to start next: the later, the more often in a row it ended."""
        self.start_at = now + DELAYS[min(max(self.failures - 1, 0), len(DELAYS) - 1)]

    def hangs(self, now: float) -> str:
        """Why the living process counts as hanging, or nothing."""
        if processes.stopped(self.pid):
            self._stopped_since = self._stopped_since or now
            if now - self._stopped_since > (self.child.beat_limit or 8.0):
                return f"has been frozen for {now - self._stopped_since:.0f} s"
        else:
            self._stopped_since = 0.0
        if not self.ready:
            waited = now - self.started_at
            return f"is not ready after {waited:.0f} s" if waited > START_PATIENCE and not self.child.once else ""
        return self._silent(now)

    def _silent(self, now: float) -> str:
        path, limit = self.child.heartbeat, self.child.beat_limit
        if not path or limit is None:
            return ""
        touched = path.stat().st_mtime_ns if path.exists() else 0
        # Measured by our own clock from the moment we saw it change: neither a set clock nor a suspended machine counts as silence.
        if touched != self._beat[0]:
            self._beat = (touched, now)
        silence = now - self._beat[1]
        return f"has been silent for {silence:.0f} s" if silence > limit else ""

    def forgive(self, gap: float) -> None:
        """We ourselves did not run for `gap` seconds: that is nobody's silence."""
        self._beat = (self._beat[0], self._beat[1] + gap)
        self._stopped_since += gap if self._stopped_since else 0.0

    def last_words(self) -> str:
        """The last line of its log, or the exception's line where that is a traceback with a tail."""
        try:
            with open(self.child.log, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
                lines = file.read().decode(errors="replace").strip().splitlines()[-40:]
        except FileNotFoundError:
            return ""
        named = [line for line in lines if EXCEPTION.match(line)]
        return (named or lines or [""])[-1][:300]


def _end_group(pid: int) -> None:
    """Its own children go with it: workers whose master was killed would keep the port."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sign)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)


def rotate(log: Path) -> None:
    """Move a log that has grown too long aside. Its writer goes on in the same file, so it is copied and emptied."""
    if not log.exists() or log.stat().st_size < LOG_LIMIT:
        return
    for number in range(LOGS_KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copy2(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)

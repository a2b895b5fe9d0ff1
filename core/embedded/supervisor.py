"""Starts, watches and ends every process of an installation: `python -m core.embedded.supervisor [--demo] [--port 5000]`.

What ends is started again, what hangs is replaced, and however this process ends (Ctrl-C, kill -9), no other is left: it asks them, in
reverse order, or the kernel does. It runs no threads and waits for nobody.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from core.embedded import processes
from core.embedded.children import SERVING, Child
from core.embedded.refusal import StartRefused
from core.embedded.watched import Watched, rotate

PR_SET_CHILD_SUBREAPER = 36
TURN = 0.5  # seconds between looks; a child's end wakes us at once
STARTING_TURN = 0.05
ROTATE_EVERY = 60.0
TRIES = 3  # of what everything else stands on, before the start is given up


def say(text: str) -> None:
    """A line on the terminal, if there still is one."""
    with contextlib.suppress(OSError):
        print(f"callout: {text}", flush=True)


class Supervisor:
    """Runs children by stage. `on_ready` is called once, when all have become ready for the first time (or have proved unable to)."""

    def __init__(self, children: Sequence[Child], on_ready: Callable[[float], None] = lambda seconds: None) -> None:
        nursery = next((child.nursery for child in children if child.nursery), None)
        self.watched = [Watched(child, nursery) for child in children]
        self._on_ready = on_ready
        self._was_ready = False
        self._asked = 0  # how often we were asked to stop
        self._woken, self._wake = os.pipe()
        self._born = self._looked = self._rotated = time.monotonic()

    def run(self) -> None:
        """Until asked to stop by SIGINT, SIGTERM or SIGHUP. Raises StartRefused when the start has to be given up."""
        processes.LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what our children leave behind comes to us
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._ask_to_stop)
        try:
            while not self._asked:
                self._turn(time.monotonic())
                self._sleep(TURN if all(one.ready or one.done for one in self.watched) else STARTING_TURN)
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def _sleep(self, seconds: float) -> None:
        if select.select([self._woken], [], [], seconds)[0]:
            os.read(self._woken, 4096)

    def _turn(self, now: float) -> None:
        """One look at everything."""
        gap = now - self._looked - TURN
        self._looked = now
        self._reap(now)
        stage = min((one.child.stage for one in self.watched if not (one.ready or one.done)), default=SERVING)
        for one in self.watched:
            if gap > 1.0:
                one.forgive(gap)
            if one.pid:
                self._look_at(one, now)
            elif not one.done and (one.child.early or one.child.stage <= stage) and now >= one.start_at:
                self._start(one, now)
        if not self._was_ready and all(one.ready or one.done or one.failures > TRIES for one in self.watched):
            self._was_ready = True
            self._on_ready(time.monotonic() - self._born)
            if failing := [one.child.name for one in self.watched if one.failures > TRIES]:
                say(f"except {', '.join(failing)}: tried again from time to time")
        if now - self._rotated > ROTATE_EVERY:
            self._rotated = now
            for one in self.watched:
                rotate(one.child.log)

    def _look_at(self, one: Watched, now: float) -> None:
        one.look_ready()
        if why := one.hangs(now):
            say(f"{one.child.name} (process {one.pid}) {why}: it is replaced")
            processes.send(one.pid, signal.SIGKILL)

    def _start(self, one: Watched, now: float) -> None:
        try:
            one.start(now)
        except ChildProcessError as error:
            say(f"{one.child.name} waits: {error}")
            one.put_off(now)
            for other in self.watched:
                if other.child.nursery and other.pid:
                    processes.send(other.pid, signal.SIGKILL)
        except StartRefused as refused:
            if not self._was_ready:
                raise
            say(f"{one.child.name}: {refused.line}")
            one.failed(now)

    def _reap(self, now: float) -> None:
        """Take note of every process that ended: ours, and what they left behind."""
        while ended := self._next_ended():
            pid, status = ended
            one = next((one for one in self.watched if one.pid == pid), None)
            if one:
                how = one.ended(status, now)
                if not (one.done or self._asked):
                    self._report(one, how, now)

    @staticmethod
    def _next_ended() -> tuple[int, int] | None:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        return (pid, status) if pid else None

    def _report(self, one: Watched, how: str, now: float) -> None:
        words = one.last_words()
        said = f", its last words: {words}" if words else ""
        if one.child.once:
            raise StartRefused(f"{one.child.name} {how}{said} (log: {one.child.log})")
        if one.child.stage < SERVING and not self._was_ready and one.failures >= TRIES:
            raise StartRefused(f"{one.child.name} does not start, it {how}{said} (log: {one.child.log})")
        say(f"{one.child.name} {how} and is started again in {one.start_at - now:.1f} s{said} (log: {one.child.log})")

    def _stop(self) -> None:
        """End all in reverse order: what serves together, then what it stands on one by one."""
        self._asked = max(self._asked, 1)
        serving = [one for one in self.watched if one.child.stage > 0]
        for group in (serving, *([one] for one in reversed(self.watched) if one.child.stage == 0)):
            self._end(group)

    def _end(self, group: Sequence[Watched]) -> None:
        """Ask, wait for as long as the most patient of them, then kill. Being asked to stop once more ends the patience."""
        for one in group:
            if one.pid:
                processes.send(one.pid, one.child.program.stop_signal)
                processes.send(one.pid, signal.SIGCONT)
        end = time.monotonic() + max((one.child.patience for one in group), default=0.0)
        asked = self._asked
        while any(one.pid for one in group):
            now = time.monotonic()
            if now > end or self._asked > asked:
                for one in group:
                    if one.pid:
                        processes.send(one.pid, signal.SIGKILL)
            self._reap(now)
            if any(one.pid for one in group):
                self._sleep(TURN)

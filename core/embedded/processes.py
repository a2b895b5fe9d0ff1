"""Starting, seeing and ending operating system processes, such that none outlives the one that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.embedded.account import Account

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `stop_signal` ends it in good order and is also what it receives when its parent dies."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def die_with_parent(sign: signal.Signals, parent: int) -> None:
    """Ask the kernel to send `sign` to this process when `parent` (its present parent's pid) dies, however it dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), sign)


def name_self(name: str) -> None:
    """What `ps -e` and `top` show for this process (the kernel keeps 15 bytes)."""
    LIBC.prctl(PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def name_of(pid: int) -> str:
    """The name the process has for the kernel; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def spawn(program: Program, log: Path | None = None, keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own (Ctrl-C reaches only us), its output appended to `log` or thrown away.

    `keep` are file descriptors it inherits. Call from the main thread: the kernel ties "parent died" to the thread that forked.
    """
    parent = os.getpid()
    output = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    account = program.account
    try:
        return subprocess.Popen(
            program.argv,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=keep,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/" if account else None,
            preexec_fn=lambda: die_with_parent(program.stop_signal, parent),
        )
    finally:
        os.close(output)


def _stat(pid: int) -> list[str]:
    """The kernel's line about a process from the state on; empty when there is no such process."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return line.rpartition(b")")[2].decode().split()


def state(pid: int) -> str:
    """The kernel's letter for the process's state (R, S, D, T, Z, …); empty when there is none."""
    return (_stat(pid) or [""])[0]


def parent(pid: int) -> int:
    """The parent's pid; 0 when there is no such process."""
    return int((_stat(pid) or ["", "0"])[1])


def alive(pid: int) -> bool:
    """Whether the process exists and runs. A zombie has ended: only its parent has not asked yet."""
    return state(pid) not in ("", "Z", "X")


def stopped(pid: int) -> bool:
    """Whether somebody froze the process (SIGSTOP)."""
    return state(pid) == "T"


def pids() -> Iterator[int]:
    """Every process of the machine that this one may see."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            yield int(entry)


def command_line(pid: int) -> list[str]:
    """The arguments the process shows; empty when it is gone or a kernel thread."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").rstrip("\0").split("\0") if raw else []


def wait_until(condition: Callable[[], bool], timeout: float, step: float = 0.02) -> bool:
    """Ask `condition` every `step` seconds until it holds (True) or `timeout` seconds have passed (its last answer)."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= end:
            return condition()
        time.sleep(step)
    return True


def send(pid: int, sign: signal.Signals) -> None:
    """Signal a process that may already be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def stop(process: subprocess.Popen[bytes], sign: signal.Signals, patience: float) -> None:
    """End a child: ask with `sign`, wait `patience` seconds, then kill. A stopped (frozen) child is woken to hear it."""
    if process.poll() is not None:
        return
    send(process.pid, sign)
    send(process.pid, signal.SIGCONT)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_all(find: Callable[[], list[int]], stages: Sequence[tuple[signal.Signals, float]]) -> list[int]:
    """End the processes `find` names, however deaf: each stage is a signal and the seconds to wait. Returns those still alive.

    For processes that are nobody's children any more; frozen ones are woken.
    """
    for sign, patience in stages:
        found = find()
        for pid in found:
            send(pid, sign)
            send(pid, signal.SIGCONT)
        if not found or wait_until(lambda: not find(), patience):
            return []
    return find()

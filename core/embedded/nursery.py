"""A process that imports the application once and forks its processes: they start at once and share the imported code's memory.

The supervisor runs `python -m core.embedded.nursery FD MODULE[:CALL[:ARGUMENT]]…` with one end of a socket pair as FD and sends one JSON
order for each child: {"name": …, "entry": "module:function", "argv": […], "environ": {…}, "log": path, "parent": pid, "signal": number}. The answer
is the child's pid. A child is forked twice, so that the supervisor (a subreaper) becomes its parent: it sees it end like any other child,
the nursery may die without it, and the kernel ends it with the supervisor.

A child is as if its console script had been executed: same arguments, same entry function, its own session and log.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.embedded import processes

READY = b"ready"


class Nursery:
    """The supervisor's end: a program to start, and orders to it."""

    def __init__(self, program: processes.Program, warm: tuple[str, ...]) -> None:
        """`program` gives environment and name; `warm` is what to import and call before the first child."""
        self._given = program
        self._warm = warm
        self._channel: socket.socket | None = None
        self._said_ready = False

    def spawn(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the process, with a new channel."""
        if self._channel:
            self._channel.close()
        self._said_ready = False
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            argv = (sys.executable, "-m", "core.embedded.nursery", str(theirs.fileno()), *self._warm)
            program = processes.Program(self._given.name, argv, self._given.environ, None, self._given.stop_signal)
            return processes.spawn(program, log, keep=(theirs.fileno(),))

    def ready(self) -> bool:
        """Whether it has imported everything."""
        if not self._said_ready and self._channel:
            self._said_ready = self._answer(0.0) == READY
        return self._said_ready

    def bear(self, entry: str, program: processes.Program, log: Path, patience: float = 5.0) -> int:
        """Fork a child that runs `entry` as the program; its pid. Raises ChildProcessError when the nursery does not answer."""
        order = {
            "name": program.name,
            "entry": entry,
            "argv": program.argv,
            "environ": dict(program.environ),
            "log": str(log),
            "parent": os.getpid(),
            "signal": int(program.stop_signal),
        }
        try:
            if not self._channel:
                raise OSError("not started")
            self._channel.send(json.dumps(order).encode())
            answer = self._answer(patience)
            return int(answer)
        except (OSError, ValueError) as error:
            self._said_ready = False
            raise ChildProcessError(f"the nursery does not answer: {error}") from None

    def _answer(self, patience: float) -> bytes:
        assert self._channel is not None
        self._channel.settimeout(patience)
        try:
            return self._channel.recv(64)
        except (BlockingIOError, TimeoutError):
            return b""


def warm_up(what: str) -> None:
    """`module` is imported; `module:call` and `module:call:argument` also call it, so that what it loads and compiles is shared."""
    module, _, call = what.partition(":")
    found = importlib.import_module(module)
    if call:
        function, _, argument = call.partition(":")
        getattr(found, function)(*([argument] if argument else []))


def serve(channel: socket.socket) -> Callable[[], Any] | None:
    """Bear a child for each order until the supervisor is gone (None). In a child: returns what it is to run."""
    while order := channel.recv(1 << 20):
        wanted = json.loads(order)
        pid = _fork_twice()
        if pid == 0:
            channel.close()
            return _become(wanted)
        channel.send(str(pid).encode())
    return None


def _fork_twice() -> int:
    """The grandchild's pid, or 0 in it. The child in between ends at once."""
    reading, writing = os.pipe()
    if middle := os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        os.waitpid(middle, 0)
        return int(said)
    os.close(reading)
    if grandchild := os.fork():
        os.write(writing, str(grandchild).encode())
        os._exit(0)
    os.close(writing)
    return 0


def _become(wanted: Mapping[str, Any]) -> Callable[[], Any]:
    """In the child: turn into the process that was ordered, up to the call of its entry function."""
    os.setsid()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.default_int_handler if sign == signal.SIGINT else signal.SIG_DFL)
    end = time.monotonic() + 5
    while os.getppid() != wanted["parent"] and time.monotonic() < end:  # the one in between is just ending
        time.sleep(0.001)
    processes.die_with_parent(signal.Signals(wanted["signal"]), wanted["parent"])
    output = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    os.environ.clear()
    os.environ.update(wanted["environ"])
    processes.name_self(wanted["name"])
    sys.argv = list(wanted["argv"])
    sys.modules["__main__"].__package__ = None  # a script, not `python -m …`: help texts name it
    module, _, function = wanted["entry"].partition(":")
    entry: Callable[[], Any] = getattr(importlib.import_module(module), function)
    return entry


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(channel.fileno(), False)
    gc.disable()  # importing makes no garbage; looking for it takes a third of the time
    for what in sys.argv[2:]:
        warm_up(what)
    gc.collect()
    gc.freeze()  # what is shared is never written to by the collector
    gc.enable()
    channel.send(READY)
    entry = serve(channel)
    if entry:
        sys.exit(entry())


if __name__ == "__main__":
    main()

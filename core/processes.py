"""The serving roles other than web and live: each a loop registered under its name, run by `flask process NAME`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import click
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup

log = structlog.get_logger()
stopping = threading.Event()
loops: dict[str, Callable[[Flask], Callable[[], None]]] = {}
process_cli = AppGroup("process", help="Run one process of the installation (the supervisor does).")


def register(name: str, loop: Callable[[Flask], Callable[[], None]]) -> None:
    """`loop(app)` gives the body of the process `name`. It ends when `stopping` is set and calls `beat()` at least every few seconds."""
    loops[name] = loop


def beat() -> None:
    """Tell the supervisor that this process's loop turns (a frozen one is replaced)."""
    if path := os.environ.get("CALLOUT_HEARTBEAT"):
        Path(path).touch()


@process_cli.command("run")
@click.argument("name")
def run(name: str) -> None:
    """Run the process NAME until SIGTERM or SIGINT."""
    run_named(current_app._get_current_object(), name)  # type: ignore[attr-defined]


def run_named(app: Flask, name: str) -> None:
    """Body of `flask process run NAME`; also used by a pre-loading parent after a fork."""
    if name not in loops:
        raise click.BadParameter(f"{name} is not one of {', '.join(sorted(loops))}")
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
    beat()
    log.info("process starts", process=name, pid=os.getpid())
    loops[name](app)()

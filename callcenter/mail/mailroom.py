"""The process `mailroom`: listens, fetches, and picks up what a crash left."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from flask import Flask

from callcenter.mail.fetching import Fetchers
from callcenter.mail.listener import Listener
from core.processes import beat, stopping

log = structlog.get_logger()
LEFT_OVER_EVERY = 5.0


def mailroom(app: Flask) -> Callable[[], None]:
    """The body of the process."""

    def loop() -> None:
        listener = Listener(app, port=app.config["CALLOUT"].smtp_port)
        listener.start()
        fetchers = Fetchers(app, listener.apply)
        looked, well = 0.0, True
        try:
            while not stopping.is_set():
                beat()
                if time.monotonic() - looked > LEFT_OVER_EVERY:
                    looked = time.monotonic()
                    listener.apply_left_over()
                try:
                    fetchers.tend()
                    well = True
                except Exception as error:
                    if well:
                        log.error("the mailroom cannot reach the database", error=f"{type(error).__name__}: {error}")
                    well = False
                stopping.wait(1.0)
        finally:
            _close(listener, fetchers)

    return loop


def _close(listener: Listener, fetchers: Fetchers) -> None:
    """What was taken is applied; a lease that cannot be freed runs out by itself."""
    try:
        fetchers.stop()
    except Exception as error:
        log.warning("leases of mailboxes were not freed", error=f"{type(error).__name__}: {error}")
    listener.stop()

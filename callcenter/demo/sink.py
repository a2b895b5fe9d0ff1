"""The demo's outside world of mail: an SMTP server that keeps whatever it is given as files and delivers nothing."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from core.processes import beat, stopping

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd would write down every conversation
HOST = "127.0.0.1"
MOST_KEPT = 2000
LOOKED_EVERY = 60.0


def folder(data_dir: Path) -> Path:
    """Where the mails lie."""
    return data_dir / "sink"


class Sink:
    """The server. Each mail is one file `<time>-<random>.eml`, complete or not there at all. `port` 0 takes any free one."""

    def __init__(self, place: Path, *, port: int) -> None:
        self.place = place
        self._controller = Controller(self, hostname=HOST, port=port, ident="Callout demo", data_size_limit=100 * 1024 * 1024)

    @property
    def port(self) -> int:
        server: Any = self._controller.server
        return int(server.sockets[0].getsockname()[1]) if server is not None else 0

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        self.place.mkdir(parents=True, exist_ok=True)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep it; 250 when the file is there under its name."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        fresh = self.place / f"{name}.new"
        fresh.write_bytes(bytes(envelope.original_content or b""))
        fresh.replace(self.place / f"{name}.eml")
        return "250 OK kept"

    def forget_old(self) -> None:
        """A demo that runs for long keeps the newest mails only."""
        for path in sorted(self.place.glob("*.eml"), reverse=True)[MOST_KEPT:]:
            path.unlink(missing_ok=True)


def sink(app: Flask) -> Callable[[], None]:
    """The body of the process `sink`."""

    def loop() -> None:
        config = app.config["CALLOUT"]
        server = Sink(folder(config.data_dir), port=config.sink_port)
        server.start()
        looked = 0.0
        try:
            while not stopping.is_set():
                beat()
                if time.monotonic() - looked > LOOKED_EVERY:
                    looked = time.monotonic()
                    server.forget_old()
                stopping.wait(1.0)
        finally:
            server.stop()

    return loop

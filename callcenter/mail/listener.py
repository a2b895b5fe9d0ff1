"""The SMTP and LMTP door, for a mail server on this machine to deliver to. 250 is said when the message is safely kept, not before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from flask import Flask

from callcenter.mail import queries, services
from callcenter.mail.services.intake import PASSING
from core import clock
from core.db import db, transaction

log = structlog.get_logger()
# aiosmtpd writes every line of every conversation at INFO, addresses with their signed marks included.
logging.getLogger("mail.log").setLevel(logging.WARNING)
# Beyond the size up to which a message is read whole, it is still taken and kept; beyond this many times that, refused.
TAKEN_TIMES = 4
LONGEST_LINE = 8 * 1024 * 1024  # some programs write a whole attachment on one line
STORING_THREADS = 2
APPLYING_THREADS = 2
LATER = "451 4.3.0 Not now, try again later"
UNKNOWN = "550 5.1.1 No such mailbox here"
Result = TypeVar("Result")


class Addressed(Envelope):  # type: ignore[misc]
    """An envelope with the mailbox (its id) of each recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.mailboxes: dict[str, int] = {}


class Door(SMTP):  # type: ignore[misc]
    """One connection. LHLO makes it LMTP: then each recipient has an answer of its own."""

    line_length_limit = LONGEST_LINE
    lmtp = False

    @syntax("LHLO hostname")  # type: ignore[untyped-decorator]
    async def smtp_LHLO(self, hostname: str) -> None:
        self.lmtp = True
        await self.smtp_EHLO(hostname)

    def _create_envelope(self) -> Addressed:
        return Addressed()


class Listener:
    """The listener with its threads: some keep messages, some apply them. `port` 0 takes any free one (`port` tells which)."""

    def __init__(self, app: Flask, *, port: int) -> None:
        self.app = app
        config = app.config["CALLOUT"]
        self._storing = ThreadPoolExecutor(STORING_THREADS, "mail-storing")
        self._applying = ThreadPoolExecutor(APPLYING_THREADS, "mail-applying")
        self._controller = _Controller(
            self,
            hostname=config.smtp_host,
            port=port,
            server_hostname=config.mail_domain,
            data_size_limit=config.mail_max_bytes * TAKEN_TIMES,
            enable_SMTPUTF8=True,
            ident="Callout",
            timeout=120,
        )

    @property
    def port(self) -> int:
        return int(self._address()[1])

    @property
    def host(self) -> str:
        return str(self._address()[0])

    def _address(self) -> tuple[Any, ...]:
        server: Any = self._controller.server
        return server.sockets[0].getsockname() if server is not None else ("", 0)  # type: ignore[no-any-return]

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """No more connections; what was taken is applied first."""
        self._controller.stop(no_assert=True)
        self._storing.shutdown(wait=True)
        self._applying.shutdown(wait=True)

    async def handle_RCPT(self, server: Door, _session: Session, envelope: Addressed, address: str, _options: list[str]) -> str:
        """A mailbox of ours, also with "+…"; else 550."""
        try:
            mailbox_id = await self._in_thread(lambda: _mailbox_id(address))
        except PASSING:
            return LATER
        if mailbox_id is None:
            return UNKNOWN
        envelope.mailboxes[address] = mailbox_id
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Door, _session: Session, envelope: Addressed) -> str:
        """Keep it for every recipient. In SMTP one failure is everybody's: the repeat is recognised for those who have it."""
        content = bytes(envelope.original_content or b"")
        answers = []
        for address in envelope.rcpt_tos:
            answers.append(await self._keep(envelope.mailboxes[address], address, content))
        if server.lmtp:
            return "\r\n".join(answers)
        return next((answer for answer in answers if answer == LATER), answers[0])

    async def handle_exception(self, error: Exception) -> str:
        """Our fault is never a reason to send the message back to its writer."""
        log.error("mail listener", error=f"{type(error).__name__}: {error}")
        return LATER

    async def _keep(self, mailbox_id: int, address: str, content: bytes) -> str:
        def keep() -> tuple[int, bool]:
            with transaction():
                return services.store(mailbox_id=mailbox_id, raw=content, now=clock.now(), recipient=address)

        try:
            raw_id, _fresh = await self._in_thread(keep)
        except Exception as error:
            log.error("mail not taken", error=f"{type(error).__name__}: {error}")
            return LATER
        self.apply(raw_id)
        return f"250 2.0.0 OK {raw_id}"

    def apply(self, raw_id: int) -> None:
        """Apply a kept message soon, in a thread."""
        self._applying.submit(self._apply, raw_id)

    def apply_left_over(self) -> None:
        """Look for what a crash left behind, in a thread."""
        self._applying.submit(self._quietly, lambda: services.apply_left_over(now=clock.now()))

    def _apply(self, raw_id: int) -> None:
        self._quietly(lambda: services.apply_stored(raw_id, now=clock.now()))

    def _quietly(self, work: Callable[[], Any]) -> None:
        """The message is kept: whatever goes wrong here is tried again."""
        try:
            self._with_app(work)
        except Exception as error:
            log.warning("mail waits to be applied", error=f"{type(error).__name__}: {error}")

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._storing, self._with_app, work)

    def _with_app(self, work: Callable[[], Result]) -> Result:
        with self.app.app_context():
            try:
                return work()
            finally:
                db.session.remove()


class _Controller(Controller):  # type: ignore[misc]
    def factory(self) -> Door:
        return Door(self.handler, **self.SMTP_kwargs)


def _mailbox_id(address: str) -> int | None:
    found = queries.mailbox_of_address(address)
    return found.id if found is not None else None

"""Fetching from IMAP: one thread for each mailbox, under a lease, so that two processes never take the same message."""

from __future__ import annotations

import imaplib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from imap_tools import BaseMailBox
from sqlalchemy import select, update

from callcenter.mail import accounts, imap, rules, services
from callcenter.mail.listener import TAKEN_TIMES
from callcenter.mail.models import Mailbox
from config import Config
from core import clock, leases
from core.db import db, transaction

log = structlog.get_logger()
EVERY = 30.0  # seconds between two looks; also the longest IDLE, for a connection that died says nothing
WAITS = (5.0, 15.0, 60.0, 300.0)  # before the next try, by how often it failed in a row
MARGIN = 0.5


@dataclass
class Held:
    """The mailbox's lease: `renewed` is monotonic seconds, just before the database was last asked."""

    renewed: float

    def sure(self) -> bool:
        """Whether nobody else can have taken it, by our own clock."""
        return time.monotonic() < self.renewed + leases.SECONDS - MARGIN


class Fetcher:
    """Takes what is new in one mailbox, until stopped. `taken(raw_id)` is called for each message kept."""

    def __init__(self, app: Flask, mailbox_id: int, fetch: dict[str, Any], held: Held, taken: Callable[[int], None]) -> None:
        self.app, self.mailbox_id, self.fetch, self.held, self.taken = app, mailbox_id, fetch, held, taken
        self.stop = threading.Event()
        self.failures = 0
        self._skipped: set[str] = set()
        self.thread = threading.Thread(target=self._run, name=f"imap-{mailbox_id}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.stop.is_set():
            wait = EVERY
            try:
                self._connection()
            except accounts.TROUBLES as error:
                accounts.forget(self.fetch)
                wait = self._failed(error)
            except Exception as error:
                # The database is away: nothing was marked, so nothing is lost.
                log.warning("fetching mail failed", mailbox=self.mailbox_id, error=f"{type(error).__name__}: {error}")
                wait = WAITS[0]
            self.stop.wait(wait)

    def _connection(self) -> None:
        """Look, wait until there is something or it is time, look again; one connection as long as it holds."""
        config = self.app.config["CALLOUT"]
        with imap.opened(accounts.account_of(self.fetch, config, self._renewed)) as box:
            self._skipped.clear()
            while not self.stop.is_set():
                self._take_new(box, config)
                self._note(None)
                self.failures = 0
                self._wait(box)

    def _take_new(self, box: BaseMailBox, config: Config) -> None:
        for uid in imap.new_uids(box):
            if self.stop.is_set() or not self.held.sure():
                return
            if uid not in self._skipped:
                self._take(box, uid, config)

    def _take(self, box: BaseMailBox, uid: str, config: Config) -> None:
        """Keep one message, then mark it. One that the server cannot give does not stop the others."""
        most = config.mail_max_bytes * TAKEN_TIMES
        try:
            found = imap.taken(box, uid, most=most, beginning=rules.BEGINNING)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            log.warning("a message cannot be fetched", mailbox=self.mailbox_id, uid=uid, error=str(error))
            self._skipped.add(uid)
            return
        if found is None:
            self._skipped.add(uid)
            return
        raw, size = found
        with self.app.app_context():
            try:
                with transaction():
                    raw_id, _fresh = services.store(mailbox_id=self.mailbox_id, raw=raw, now=clock.now(), size=size)
            finally:
                db.session.remove()
        imap.mark(box, uid)
        self.taken(raw_id)

    def _wait(self, box: BaseMailBox) -> None:
        if not imap.can_idle(box):
            self.stop.wait(EVERY)
            return
        until = time.monotonic() + EVERY
        box.idle.start()  # type: ignore[no-untyped-call]
        try:
            while time.monotonic() < until and not self.stop.is_set():
                if box.idle.poll(timeout=1.0):
                    break
        finally:
            box.idle.stop()  # type: ignore[no-untyped-call]

    def _renewed(self, fetch: dict[str, Any]) -> None:
        """The provider gave another permission for the same account: keep it, unless somebody changed the settings meanwhile."""
        with self.app.app_context():
            try:
                with transaction() as session:
                    mailbox = session.get(Mailbox, self.mailbox_id, with_for_update={"of": Mailbox}, populate_existing=True)
                    if mailbox is not None and mailbox.fetch == self.fetch:
                        mailbox.fetch = fetch
            finally:
                db.session.remove()
        self.fetch = fetch

    def _failed(self, error: Exception) -> float:
        self.failures += 1
        with self.app.app_context():
            problem = accounts.in_words(error, self.fetch)
        log.warning("a mailbox cannot be read", mailbox=self.mailbox_id, error=f"{type(error).__name__}: {error}")
        self._note(problem)
        return WAITS[min(self.failures, len(WAITS)) - 1]

    def _note(self, problem: str | None) -> None:
        """What the settings page shows. Losing it is no harm."""
        with self.app.app_context():
            try:
                with transaction() as session:
                    seen = {"checked_at": clock.now(), "problem": problem}
                    session.execute(update(Mailbox).where(Mailbox.id == self.mailbox_id).values(**seen))
            except services.PASSING:
                log.warning("the database is away", mailbox=self.mailbox_id)
            finally:
                db.session.remove()


class Fetchers:
    """All fetchers of this process. `tend` is called every second."""

    def __init__(self, app: Flask, taken: Callable[[int], None]) -> None:
        self.app, self.taken = app, taken
        self.holder = f"{os.uname().nodename}:{os.getpid()}:{id(self)}"
        self.running: dict[int, Fetcher] = {}

    def tend(self) -> None:
        """Renew our leases, start where we got one, stop where it is another's or the settings changed."""
        with self.app.app_context():
            try:
                asked = time.monotonic()
                with transaction() as session:
                    query = select(Mailbox.id, Mailbox.fetch).where(Mailbox.active, Mailbox.fetch != {})
                    wanted: dict[int, dict[str, Any]] = dict(session.execute(query).tuples().all())
                    ours = {mailbox_id for mailbox_id in wanted if leases.take(lease_of(mailbox_id), self.holder) is not None}
            finally:
                db.session.remove()
        for mailbox_id, fetcher in list(self.running.items()):
            if mailbox_id not in ours or fetcher.fetch != wanted[mailbox_id] or not fetcher.thread.is_alive():
                fetcher.stop.set()
                del self.running[mailbox_id]
            else:
                fetcher.held.renewed = asked
        for mailbox_id in ours - self.running.keys():
            self.running[mailbox_id] = Fetcher(self.app, mailbox_id, wanted[mailbox_id], Held(asked), self.taken)

    def stop(self) -> None:
        """End all threads and free the leases."""
        for fetcher in self.running.values():
            fetcher.stop.set()
        for fetcher in self.running.values():
            fetcher.thread.join(imap.SECONDS)
        with self.app.app_context():
            try:
                with transaction():
                    for mailbox_id in self.running:
                        leases.give_up(lease_of(mailbox_id), self.holder)
            finally:
                db.session.remove()
        self.running.clear()


def lease_of(mailbox_id: int) -> str:
    """The lease's name."""
    return f"mailbox:{mailbox_id}"

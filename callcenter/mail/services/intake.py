"""The way in: the bytes are kept first, then they become part of a ticket. What cannot be applied is put aside; the next message goes on."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from callcenter.mail import queries, rules
from callcenter.mail.live import touch_list
from callcenter.mail.models import RawMessage
from callcenter.mail.parsing import ParsedMail, parse
from callcenter.mail.services.applying import apply
from core import audit, files, later
from core.db import db, transaction
from core.outage import is_away

log = structlog.get_logger()
LEFT_OVER_AFTER = timedelta(seconds=20)
# The database is away, busy or broke a tie: the message is fine and is tried again.
PASSING = (OperationalError, InterfaceError, PoolTimeout)
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_HEADERS = 512 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message: `action` created, appended, duplicate, ignored or quarantined; `ticket` its number."""

    raw_id: int
    action: str
    ticket: int | None

    def as_json(self) -> dict[str, object]:
        return {"action": self.action, "ticket": self.ticket}


def receive(*, mailbox_id: int, raw: bytes, now: datetime, recipient: str = "", size: int | None = None) -> Received:
    """Keep the message in a first transaction, apply it in a second. A repeat answers `duplicate` with the ticket it became part of.

    `recipient`: the envelope's. `size`: bytes of the whole when `raw` is only its beginning. Raises what the database raises while it is away:
    then nothing, or everything, was kept, and the same call again is right.
    """
    with transaction():
        raw_id, fresh = store(mailbox_id=mailbox_id, raw=raw, now=now, recipient=recipient, size=size)
        if not fresh and (row := queries.raw_message(raw_id)).state != "received":
            return _received(row, repeated=True)
    return apply_stored(raw_id, now=now)


def store(*, mailbox_id: int, raw: bytes, now: datetime, recipient: str = "", size: int | None = None) -> tuple[int, bool]:
    """The first step, in the caller's transaction: keep the bytes and what the headers say. Returns the row's id and whether it is new."""
    facts = header_facts(raw)
    digest = f"sha256-{hashlib.sha256(raw).hexdigest()}"
    message_id = rules.kept_id(facts.message_id)
    key = message_id or digest
    there = queries.by_key(mailbox_id, key)
    if there is not None and message_id and _another_message(there, facts):
        key = digest
        there = queries.by_key(mailbox_id, key)
    if there is not None:
        return there.id, False
    # A name of its own, for two copies may be written at the same time.
    kept = files.save(raw, name=f"mail-{secrets.token_hex(6)}.eml", content_type="message/rfc822", now=now)
    row = insert(RawMessage).values(
        mailbox_id=mailbox_id,
        key=key,
        message_id=message_id or None,
        in_reply_to=rules.answered_ids(facts),
        file_id=kept.id,
        size=size if size is not None else len(raw),
        sender=facts.from_email.lower()[:500],
        recipient=recipient[:500],
        subject=facts.subject[:500],
        sent_at=facts.date,
        received_at=now,
    )
    raw_id = db.session.scalar(row.on_conflict_do_nothing(index_elements=["mailbox_id", "key"]).returning(RawMessage.id))
    if raw_id is not None:
        return raw_id, True
    there = queries.by_key(mailbox_id, key)  # another copy came at the same moment: it is committed now, or we would wait for it
    if there is None:
        raise RuntimeError("a message that stood in the way is gone again")
    db.session.delete(kept)
    return there.id, False


def header_facts(raw: bytes) -> ParsedMail:
    """What the headers alone say; cheap however large the message is."""
    end = _HEADERS_END.search(raw, 0, _LONGEST_HEADERS)
    return parse(raw[: end.end() if end else _LONGEST_HEADERS])


def _another_message(there: RawMessage, facts: ParsedMail) -> bool:
    """Alarm boxes and old printers give all their mail the same Message-ID. Copies of one message have the same Date, different ones not."""
    return there.sent_at is not None and facts.date is not None and there.sent_at != facts.date


def apply_stored(raw_id: int, *, now: datetime) -> Received:
    """The second step, in a transaction of its own. Fails with nothing but the database's own troubles (then it is tried again later)."""
    try:
        with transaction():
            row = _locked(raw_id)
            if row.state != "received":
                return _received(row, repeated=True)
            return _apply_or_put_aside(row, now)
    except PASSING as error:
        _count_try(raw_id, error)
        raise


def apply_left_over(*, now: datetime) -> int:
    """Apply what was kept but not applied, because a crash or the database's trouble fell between. Returns how many."""
    count = 0
    while True:
        with transaction() as session:
            query = select(RawMessage).where(RawMessage.state == "received", RawMessage.received_at < now - LEFT_OVER_AFTER)
            row = session.scalar(query.order_by(RawMessage.received_at).limit(1).with_for_update(of=RawMessage, skip_locked=True))
            if row is None:
                return count
            _apply_or_put_aside(row, now)
            count += 1


def retry(*, raw_id: int, now: datetime, actor_id: int | None = None) -> Received:
    """Apply a quarantined message again, in the caller's transaction; a repeat of what is done changes nothing. Audited with what came of it.

    A message that the database refuses for now (somebody else has its ticket) stays too: it must not undo those read before it. Raises only what
    the database raises while it is away.
    """
    row = _locked(raw_id)
    if row.state not in ("quarantined", "received"):
        return _received(row, repeated=True)
    before, attempts = {"error": row.error}, row.attempts + 1
    try:
        done = _apply_or_put_aside(row, now)
    except PASSING as error:
        if isinstance(error, PoolTimeout) or is_away(error):
            raise
        row = _put_aside(raw_id, attempts, error)
        touch_list()
        done = _received(row, repeated=False)
    after = {"state": row.state, "error": row.error, "ticket": done.ticket}
    audit.record(action="mail.retried", target=f"mail:{raw_id}", actor_id=actor_id, now=now, before=before, after=after)
    return done


def _locked(raw_id: int) -> RawMessage:
    query = select(RawMessage).where(RawMessage.id == raw_id).with_for_update(of=RawMessage)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _apply_or_put_aside(row: RawMessage, now: datetime) -> Received:
    """A message that breaks something must not block the others: it waits in quarantine with the error."""
    raw_id, attempts = row.id, row.attempts + 1
    try:
        with db.session.begin_nested():
            row.attempts = attempts
            apply(row, config=current_app.config["CALLOUT"], now=now)
            db.session.flush()
            later.settle_all()  # here and not at the commit: what fails over this message's words is this message's trouble
    except PASSING:
        raise
    except Exception as error:
        row = _put_aside(raw_id, attempts, error)
    touch_list()
    return _received(row, repeated=False)


def _put_aside(raw_id: int, attempts: int, error: Exception) -> RawMessage:
    """The row in quarantine, once the savepoint of its try is rolled back."""
    log.error("mail put aside", raw_id=raw_id, exc_info=error)
    row = db.session.get_one(RawMessage, raw_id, populate_existing=True)
    row.attempts, row.state, row.error = attempts, "quarantined", f"{type(error).__name__}: {error}"[:2000]
    db.session.flush()
    return row


def _count_try(raw_id: int, error: Exception) -> None:
    """Note the try, if the database can; after some the message is put aside, lest it be tried for ever."""
    try:
        with transaction() as session:
            row = session.get(RawMessage, raw_id, with_for_update={"of": RawMessage})
            if row is None or row.state != "received":
                return
            attempts = row.attempts + 1
            state = "quarantined" if attempts >= rules.MOST_TRIES else "received"
            values = {"attempts": attempts, "state": state, "error": f"{type(error).__name__}: {error}"[:2000]}
            session.execute(update(RawMessage).where(RawMessage.id == raw_id).values(**values))
            touch_list()
    except PASSING:
        log.warning("the database is away", raw_id=raw_id)


def _received(row: RawMessage, *, repeated: bool) -> Received:
    number = row.ticket.number if row.ticket is not None else None
    if row.state == "quarantined":
        return Received(row.id, "quarantined", number)
    return Received(row.id, "duplicate" if repeated else row.action or "ignored", number)

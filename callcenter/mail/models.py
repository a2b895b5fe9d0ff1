"""Mail: our addresses, what came in as it came, what goes out and whether it did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model
from core.files import File
from tickets.models import Entry, Queue, Ticket


class Mailbox(Keyed, Model):
    """An address of ours.

    `fetch`: settings of IMAP ({"host", "port", "user", "folder", "tls", "auth"} with {"password_sealed"}, or for `auth` google or microsoft
    {"client_id", "tenant", "client_secret_sealed", "refresh_sealed"}), empty when mail is delivered to us.
    `confirm`: whether a new request is answered by "we received it". `checked_at`, `problem`: the last look at the IMAP server.
    """

    __tablename__ = "mailbox"
    name: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(unique=True)
    sender_name: Mapped[str]
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    signature: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    fetch: Mapped[dict[str, Any]] = mapped_column(default=dict)
    confirm: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    checked_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    queue: Mapped[Queue] = relationship(lazy="joined", innerjoin=True)


class RawMessage(Keyed, Model):
    """A message as its bytes came.

    `key`: Message-ID or SHA-256, unique per mailbox. Message-IDs here are without brackets, very long ones as a digest. `in_reply_to`: the ids
    its In-Reply-To and References name. `size`: bytes as sent, which may be more than what was kept. `sent_at`: its own Date. `recipient`: the
    envelope's, where it was delivered to us.

    `state`: received, applied, quarantined (`error` says why), discarded. `action`: created, appended, duplicate, ignored; `reason`: a word of
    `rules.REASONS` beside it, or why somebody discarded it.
    """

    __tablename__ = "raw_message"
    __table_args__ = (
        UniqueConstraint("mailbox_id", "key"),
        CheckConstraint("state IN ('received', 'applied', 'quarantined', 'discarded')", name="state"),
        CheckConstraint("action IN ('created', 'appended', 'duplicate', 'ignored')", name="action"),
        Index("ix_raw_message_open", "received_at", postgresql_where=text("state IN ('received', 'quarantined')")),
        Index("ix_raw_message_message_id", "message_id"),
        Index("ix_raw_message_in_reply_to", "in_reply_to", postgresql_using="gin"),
    )
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    key: Mapped[str]
    message_id: Mapped[str | None]
    in_reply_to: Mapped[list[Any]] = mapped_column(default=list)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    size: Mapped[int] = mapped_column(BigInteger)
    sender: Mapped[str] = mapped_column(default="")
    recipient: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="received")
    action: Mapped[str | None]
    reason: Mapped[str | None]
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    mailbox: Mapped[Mailbox] = relationship(lazy="joined", innerjoin=True)
    file: Mapped[File] = relationship(lazy="joined", innerjoin=True)
    ticket: Mapped[Ticket | None] = relationship(lazy="select")


class Outgoing(Keyed, Model):
    """A mail of ours. Its Message-ID (with brackets) is fixed before the first try; any resend carries the same.

    `body`: what the mail is made of beside the entry: {"to_name", "subject", "text", "in_reply_to", "references"}. `uncertain`: tries that ended
    between the server's 250 and our commit, or may have. `outbox_id`: the outbox row that sends it, None while there is no server to send by.
    `state`: queued, sending, sent, failed (given up or refused for good), bounced (a delivery report came back).
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'bounced')", name="state"),
        Index("ix_outgoing_mail_recent", "recipient", "created_at"),
        Index("ix_outgoing_mail_unsent", "id", postgresql_where=text("state IN ('queued', 'sending', 'failed')")),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), unique=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    automatic: Mapped[bool] = mapped_column(default=False)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    outbox_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ticket: Mapped[Ticket] = relationship(lazy="joined", innerjoin=True)
    entry: Mapped[Entry | None] = relationship(lazy="select")
    mailbox: Mapped[Mailbox] = relationship(lazy="joined", innerjoin=True)

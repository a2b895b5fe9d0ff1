"""An outgoing mail as bytes: text and HTML, threaded, marked as ours.

Headers are written here and not by `email.policy`, because Python 3.11 turns a long Message-ID in References into encoded words, which
no mail program reads as an id any more. Bodies and attachments are the standard library's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from callcenter.mail.tokens import (
    find_reply_token,
    find_subject_tokens,
    new_message_id,
    read_ticket,
    reply_address,
    sign_ticket,
    subject_token,
)

__all__ = [
    "OutgoingAttachment",
    "compose",
    "find_reply_token",
    "find_subject_tokens",
    "new_message_id",
    "read_ticket",
    "reply_address",
    "sign_ticket",
    "subject_token",
]

_LINE = 76
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
# Gateways cut very long References; RFC 5322 wants the first id and the latest ones kept.
_MAXIMUM_REFERENCES = 30


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file to send. With a `content_id` (no angle brackets) it is shown inside the HTML as `cid:…`."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


def compose(
    *,
    from_email: str,
    from_name: str,
    to_email: str,
    to_name: str,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    in_reply_to: str | None,
    references: Sequence[str],
    reply_to: str | None,
    auto_submitted: bool,
    attachments: Sequence[OutgoingAttachment],
    loop_token: str,
    date: datetime,
) -> bytes:
    """The whole message, lines ending in CRLF, 7-bit where the addresses are.

    `message_id`, `in_reply_to` and `references` carry their angle brackets; `references` is the thread, oldest first. `auto_submitted`
    marks mail no person wrote, so that no machine answers it. `date` must know its zone (ValueError else).
    """
    if date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    thread = list(dict.fromkeys([*references, *([in_reply_to] if in_reply_to else [])]))
    if len(thread) > _MAXIMUM_REFERENCES:
        thread = [thread[0], *thread[1 - _MAXIMUM_REFERENCES :]]
    headers = [
        _field("Date", format_datetime(date)),
        _field("From", _mailbox(from_email, from_name, "From")),
        _field("To", _mailbox(to_email, to_name, "To")),
        _field("Subject", _words(subject, "Subject")),
        _field("Message-ID", message_id),
    ]
    if reply_to:
        headers.append(_field("Reply-To", _mailbox(reply_to, from_name, "Reply-To")))
    if in_reply_to:
        headers.append(_field("In-Reply-To", in_reply_to))
    if thread:
        headers.append(_field("References", " ".join(thread)))
    if auto_submitted:
        headers.append(_field("Auto-Submitted", "auto-replied" if in_reply_to else "auto-generated"))
        headers.append(_field("X-Auto-Response-Suppress", "All"))  # Exchange knows only this one
    headers.append(_field("X-Loop", loop_token))
    return b"".join(headers) + _body(text, html, attachments).as_bytes()


def _body(text: str, html: str | None, attachments: Sequence[OutgoingAttachment]) -> EmailMessage:
    """The MIME part of the message; it brings MIME-Version and Content-Type itself."""
    body = EmailMessage(policy=SMTP)
    body.set_content(_plain_lines(text), charset="utf-8")
    inline = [one for one in attachments if one.content_id and html]
    if html:
        body.add_alternative(_plain_lines(html), subtype="html", charset="utf-8")
        shown = body.get_payload()[1]  # type: ignore[index]
        for one in inline:
            _attach(shown, one, inline=True)  # type: ignore[arg-type]
    for one in attachments:
        if one not in inline:
            _attach(body, one, inline=False)
    return body


def _attach(message: EmailMessage, attachment: OutgoingAttachment, *, inline: bool) -> None:
    maintype, _, subtype = _one_line(attachment.content_type).partition("/")
    # message/* and multipart/* may not be base64; as a file of unknown kind they arrive untouched.
    if maintype in ("message", "multipart", "") or not re.fullmatch(r"[A-Za-z0-9!#$&^_.+-]+", subtype):
        maintype, subtype = "application", "octet-stream"
    filename = _one_line(attachment.filename) or "attachment"
    if inline:
        cid = f"<{_one_line(attachment.content_id)}>"
        message.add_related(attachment.content, maintype=maintype, subtype=subtype, filename=filename, cid=cid, disposition="inline")
    else:
        message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=filename)


def _plain_lines(text: str) -> str:
    """LF line ends, no lone surrogates, a line end at the end: what the standard library encodes without surprise."""
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return cleaned.encode("utf-8", "replace").decode("utf-8").rstrip("\n") + "\n"


def _one_line(value: str) -> str:
    """No line breaks or control characters: nobody smuggles a header in through a name or a subject."""
    return _CONTROL.sub(" ", value).strip()


def _field(name: str, value: str) -> bytes:
    """One header, folded at blanks; what has none stays whole, for a broken id is worse than a long line."""
    lines, line = [], f"{name}:"
    for word in _one_line_keeping_folds(value).split(" "):
        if len(line) + 1 + len(word) > _LINE and line.strip() and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return ("\r\n".join([*lines, line]) + "\r\n").encode("utf-8")


def _one_line_keeping_folds(value: str) -> str:
    return re.sub(r" {2,}", " ", _one_line(value))


def _words(value: str, field: str) -> str:
    """Header text, as encoded words where it is not ASCII (or would be taken for one). Characters are never split between two."""
    cleaned = _one_line(value)
    if cleaned.isascii() and "=?" not in cleaned and all(len(word) < 900 for word in cleaned.split(" ")):
        return cleaned
    return " ".join(Header(cleaned, "utf-8", maxlinelen=_LINE, header_name=field).encode(linesep="\n").split())


def _mailbox(email: str, name: str, field: str) -> str:
    """`Name <address>`; the domain in its ASCII form. Raises ValueError for something that cannot be an address."""
    address = email.strip()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or _CONTROL.search(address) or any(mark in address for mark in " <>,;"):
        raise ValueError(f"{email!r} is not a mail address")
    if not domain.isascii():
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    cleaned = _one_line(name)
    if not cleaned:
        return address
    if cleaned.isascii() and "=?" not in cleaned:
        quoted = cleaned if _ATOM.match(cleaned) else '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{quoted} <{address}>"
    return f"{_words(cleaned, field)} <{address}>"

"""One message, from bytes to `ParsedMail`."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .addresses import parse_addresses
from .automatic import read_automation
from .bodies import MAXIMUM_TEXT, Bodies, read_bodies
from .bounces import read_bounce
from .charsets import canonical, decode, storable
from .detection import detect
from .encoded_words import decode_words, one_line, raw_to_text
from .header_block import Headers
from .message import MailAddress, ParsedMail
from .problems import Problems
from .quoting import new_text_of
from .structure import Part, split_parts

_MESSAGE_ID = re.compile(r"<\s*([^<>]{1,900}?)\s*>")
_CHARSET_LABEL = re.compile(rb"charset\*?\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
# Delimiters and the headers of parts: beside empty files they are no text.
_SCAFFOLDING = re.compile(rb"^(?:--[^\n]*|[!-9;-~]+[ \t]*:[^\n]*|[ \t][^\n]*)$", re.MULTILINE)
_HINT_WINDOW = 256 * 1024
_RAW_HEADER_WINDOW = 64 * 1024
_MAXIMUM_REFERENCES = 200
_MAXIMUM_SUBJECT = 2_000


def parse(raw: bytes) -> ParsedMail:
    """Parse any bytes whatever; never raises. What had to be repaired is in `problems`."""
    problems = Problems()
    try:
        return _parse(raw, problems)
    except Exception as error:  # A mail that breaks the parser must still reach a person: it is shown raw, and the problem says why.
        problems.add(f"The mail could not be parsed ({type(error).__name__}); its source is shown.")
        text = decode(raw[:MAXIMUM_TEXT]).text
        return ParsedMail(text=text, new_text=text, problems=problems.as_tuple())


def _parse(raw: bytes, problems: Problems) -> ParsedMail:
    data = with_line_feeds(raw)
    hint = _hint(data)
    parts = split_parts(data, hint, problems)
    reader = _HeaderReader(parts[0].headers, hint, problems)
    bodies = read_bodies(data, parts, hint, problems)
    mail = reader.read()
    text = _never_empty(data, parts[0], bodies, problems)
    automation = read_automation(parts[0].headers, mail.subject, mail.from_email)
    bounce = read_bounce(parts, bodies.attachments, parts[0].headers, mail.subject, mail.from_email, text)
    return dataclasses.replace(
        mail,
        text=text,
        new_text=new_text_of(text),
        html=bodies.html,
        attachments=bodies.attachments,
        auto_reply=automation.auto_reply,
        bulk=automation.bulk,
        mailing_list=automation.mailing_list,
        suppress_auto_reply=automation.suppress_auto_reply or bounce is not None,
        loops=automation.loops,
        bounce=bounce is not None,
        bounce_details=bounce,
        problems=problems.as_tuple(),
    )


def with_line_feeds(raw: bytes) -> bytes:
    """Lines that end in CR alone (old Macs, some gateways) cannot be told apart otherwise."""
    if b"\n" not in raw[:100_000] and raw.count(b"\r", 0, 100_000) > 1:
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def _hint(data: bytes) -> str:
    """The first charset the mail names that says more than ASCII or UTF-8: raw bytes in its headers are most likely in it.

    Where it names none, all raw header lines together are judged, for one name of two characters alone could be anything.
    """
    for match in _CHARSET_LABEL.finditer(data, 0, _HINT_WINDOW):
        label = match[1].decode("ascii")
        if canonical(label) not in ("", "ascii", "utf-8"):
            return label
    lines = data[:_RAW_HEADER_WINDOW].partition(b"\r\n\r\n" if b"\r\n\r\n" in data[:_RAW_HEADER_WINDOW] else b"\n\n")[0].splitlines()
    raw = b"\n".join(line.partition(b":")[2] for line in lines if not line.isascii())
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return detect(raw)
    return ""


def _never_empty(data: bytes, root: Part, bodies: Bodies, problems: Problems) -> str:
    """The text; when there is nothing at all to show of a mail that has bytes after its headers, these bytes. What has a sender but nothing after
    its headers is a mail without a text; else the headers may be a text of lines with colons."""
    if bodies.text.strip() or bodies.html or any(one.size for one in bodies.attachments):
        return bodies.text
    body = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[-1]
    rest = data[root.start :]
    if b"from" in root.headers and root.headers.only_known() and not rest.strip():
        return ""
    if bodies.attachments and not _SCAFFOLDING.sub(b"", rest).strip():
        return ""
    found = storable(decode(body[:MAXIMUM_TEXT]).text).strip()
    if found:
        problems.add("No part of the mail could be shown; its source is.")
    return found


class _HeaderReader:
    """The fields of the outermost header block."""

    def __init__(self, headers: Headers, hint: str, problems: Problems) -> None:
        self.headers, self.hint, self.problems = headers, hint, problems

    def read(self) -> ParsedMail:
        sender = self.sender()
        return ParsedMail(
            subject=self.subject(),
            from_email=sender.email,
            from_name=sender.name,
            to=self.addresses(b"to"),
            cc=self.addresses(b"cc"),
            reply_to=self.addresses(b"reply-to"),
            message_id=next(iter(self.message_ids(b"message-id")), ""),
            in_reply_to=next(iter(self.message_ids(b"in-reply-to")), ""),
            references=self.references(),
            date=self.date(),
        )

    def text(self, value: bytes) -> str:
        return raw_to_text(value, self.hint, self.problems)

    def subject(self) -> str:
        decoded = decode_words(self.text(self.headers.first(b"subject")), self.problems)
        if len(decoded) > _MAXIMUM_SUBJECT:
            self.problems.add("The subject is very long and was cut.")
        return storable(one_line(decoded[:_MAXIMUM_SUBJECT]))

    def sender(self) -> MailAddress:
        """The first of From, Reply-To, Return-Path, Sender that is an address; the name From gives goes with it."""
        for name in (b"from", b"reply-to", b"return-path", b"sender"):
            found = self.addresses(name)
            if found:
                if name != b"from":
                    self.problems.add(f"From holds no address; the sender was taken from {name.decode().title()}.")
                return found[0] if name == b"from" or found[0].name else MailAddress(found[0].email, self.name_without_address())
        self.problems.add("The mail names no sender.")
        return MailAddress("", self.name_without_address())

    def name_without_address(self) -> str:
        return storable(one_line(decode_words(self.text(self.headers.first(b"from")), self.problems)).strip("\"'<> ")[:500])

    def addresses(self, name: bytes) -> tuple[MailAddress, ...]:
        """Every distinct address of a field, also where it wrongly comes several times."""
        found: dict[str, MailAddress] = {}
        for value in self.headers.every(name):
            for address in parse_addresses(self.text(value), self.problems):
                found.setdefault(address.email.lower(), address)
        return tuple(found.values())

    def message_ids(self, name: bytes) -> list[str]:
        text = storable(decode_words(self.text(b" ".join(self.headers.every(name))), self.problems))
        found = ["<" + "".join(identifier.split()) + ">" for identifier in _MESSAGE_ID.findall(text)]
        return found or [f"<{word}>" for word in text.split()[:1] if "@" in word and len(word) < 900 and name == b"message-id"]

    def references(self) -> tuple[str, ...]:
        """Oldest first, each once; of very many the first and the latest."""
        found = list(dict.fromkeys(self.message_ids(b"references")))
        return tuple(found if len(found) <= _MAXIMUM_REFERENCES else [found[0], *found[1 - _MAXIMUM_REFERENCES :]])

    def date(self) -> datetime | None:
        value = self.text(self.headers.first(b"date"))[:200]
        if not value.strip():
            return None
        try:
            moment = parsedate_to_datetime(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            self.problems.add("The date is malformed.")
            return None

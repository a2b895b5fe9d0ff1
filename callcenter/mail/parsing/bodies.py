"""From MIME parts to what people see: one text, one HTML, and the attachments in their order."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import dataclass

from core.html_text import html_to_text

from .charsets import decode
from .encoded_words import decode_words, one_line, raw_to_text
from .flowed import unflow
from .header_block import read_headers
from .message import Attachment
from .naming import UniqueNames, name_for, safe_filename, type_of
from .parameters import parse_structured
from .problems import Problems
from .sanitising import sanitise
from .structure import Part
from .transfer import decode_transfer, without_uuencoded
from .winmail import Unpacked, is_tnef, unpack

MAXIMUM_TEXT = 1_000_000  # characters
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,150}\Z")
_HTML_START = re.compile(rb"\s*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
# What programs write before the first part, for those that know no MIME.
_MIME_NOTICE = re.compile(rb"\bMIME\b|multi-?part|(?:mail|e-mail|message) (?:reader|client|program|format)", re.IGNORECASE)
_LONGEST_NOTICE = 600  # bytes
_MESSAGES = ("message/rfc822", "message/global")


@dataclass(slots=True)
class _Shown:
    """What a part shows: text, or sanitised HTML, or both where they say the same."""

    text: str = ""
    html: str = ""

    def as_text(self) -> str:
        return self.text if self.text.strip() or not self.html else html_to_text(self.html)


@dataclass(frozen=True, slots=True)
class Bodies:
    """`text` is never blank where `html` holds readable text."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]


def read_bodies(data: bytes, parts: list[Part], hint: str, problems: Problems) -> Bodies:
    """Decode every part. `hint`: a charset named elsewhere in the mail."""
    return _BodyReader(data, parts, hint, problems).read()


class _BodyReader:
    def __init__(self, data: bytes, parts: list[Part], hint: str, problems: Problems) -> None:
        self.data, self.parts, self.hint, self.problems = data, parts, hint, problems
        self.shown = [_Shown() for _ in parts]
        self.attachments: list[Attachment] = []
        self.names = UniqueNames()

    def read(self) -> Bodies:
        first_leaf = next((index for index, part in enumerate(self.parts) if not part.is_multipart), 0)
        for index, part in enumerate(self.parts):
            if not part.is_multipart:
                self.read_leaf(index, part, first=index == first_leaf)
        # Children come after their parents, so backwards each multipart finds its children done: no recursion, whatever the depth.
        for index in range(len(self.parts) - 1, -1, -1):
            if self.parts[index].is_multipart:
                self.shown[index] = self.combine(self.parts[index])
        whole = self.shown[0]
        if not whole.html and not whole.text.strip():
            whole = self.before_first_parts()
        text = _tidy(whole.as_text())
        if len(text) > MAXIMUM_TEXT:
            self.problems.add("The text is very long and was cut.")
            text = text[:MAXIMUM_TEXT] if text[:MAXIMUM_TEXT].strip() else text.strip()[:MAXIMUM_TEXT]
        if whole.html and not text:
            self.problems.add("The HTML shows no text.")
        return Bodies(text, whole.html, tuple(self.with_inline_marked(whole.html)))

    def before_first_parts(self) -> _Shown:
        """What stands before the first part of a multipart, or in one without parts, for a mail that shows nothing else: where a delimiter is
        damaged, the whole text stands there, with its headers."""
        for index, part in enumerate(list(self.parts)):
            if not part.is_multipart:
                continue
            start, end = part.start, part.preamble_end if part.children else part.end
            if not self.data[start:end].strip() or self.is_notice(start, end):
                continue
            if self.data.startswith(b"--", start):
                start = min(end, self.data.find(b"\n", start, end) + 1 or end)
            headers, body = read_headers(self.data, start, end, self.problems)
            content_type = parse_structured(headers.first(b"content-type"), self.hint, self.problems)
            disposition = parse_structured(headers.first(b"content-disposition"), self.hint, self.problems)
            lost = Part(headers, content_type, disposition, body, end, index, part.level + 1)
            self.problems.add("The text stood before the first part and was taken from there.")
            self.parts.append(lost)
            self.shown.append(_Shown())
            self.read_leaf(len(self.parts) - 1, lost, first=True)
            return self.shown[-1]
        return _Shown()

    def is_notice(self, start: int, end: int) -> bool:
        return (
            end - start <= _LONGEST_NOTICE
            and _MIME_NOTICE.search(self.data, start, end) is not None
            and b"Content-" not in self.data[start:end]
        )

    def read_leaf(self, index: int, part: Part, *, first: bool) -> None:
        content_type = self.type_of(part)
        raw = self.data[part.start : part.end]
        encoding = raw_to_text(part.headers.first(b"content-transfer-encoding")[:200], "", self.problems)
        filename = part.disposition.parameter("filename") or part.content_type.parameter("name")
        if self.is_body(part, content_type, filename, first):
            content = decode_transfer(raw, encoding, self.problems)
            if content_type in ("text/plain", "") and part.headers.first(b"content-type") == b"" and _HTML_START.match(content):
                content_type = "text/html"
            self.shown[index] = self.body(part, content, content_type)
            return
        if raw[:6] == b"begin " and "uu" not in encoding.lower() and not encoding:
            encoding = "x-uuencode"
        self.attach(part, decode_transfer(raw, encoding, self.problems), content_type, filename, index)

    def type_of(self, part: Part) -> str:
        """The content type, repaired where it is none."""
        value = part.content_type.value
        if _TYPE.match(value):
            return "text/plain" if value.startswith("multipart/") else value
        if not value and part.parent >= 0 and self.parts[part.parent].content_type.value == "multipart/digest":
            return "message/rfc822"
        filename = part.disposition.parameter("filename") or part.content_type.parameter("name")
        if value:
            self.problems.add("A part has a malformed Content-Type.")
        return type_of(filename) if filename else "text/html" if "html" in value else "text/plain"

    def is_body(self, part: Part, content_type: str, filename: str, first: bool) -> bool:
        if content_type not in ("text/plain", "text/html", "text/markdown", "text/enriched", "text/richtext"):
            return False
        if part.disposition.value.startswith("attachment") or part.disposition.parameter("filename"):
            return False
        parent = self.parts[part.parent].content_type.value if part.parent >= 0 else ""
        return not filename or first or parent == "multipart/alternative"

    def body(self, part: Part, content: bytes, content_type: str) -> _Shown:
        charset = part.content_type.parameter("charset")
        if content_type == "text/html" and not charset and (meta := _META_CHARSET.search(content, 0, 4096)):
            charset = meta[1].decode("ascii")
        if content_type == "text/plain":
            content, files = without_uuencoded(content, self.problems)
            for raw_name, file in files:
                name = safe_filename(decode_words(raw_to_text(raw_name, self.hint, self.problems), self.problems)) or "attachment.bin"
                self.attachments.append(Attachment(self.names.take(name), type_of(name), file))
        found = decode(content, charset, self.hint)
        if found.problem:
            self.problems.add(found.problem)
        text = found.text.replace("\r\n", "\n").replace("\r", "\n")
        if content_type in ("text/html", "text/enriched", "text/richtext"):
            return self.html_shown(text)
        if part.content_type.parameter("format").lower() == "flowed":
            text = unflow(text, delete_space=part.content_type.parameter("delsp").lower() == "yes")
        return _Shown(text=text)

    def html_shown(self, source: str) -> _Shown:
        """Sanitised; where nothing at all would be left of it, the source itself is the text."""
        safe = sanitise(source, self.problems)
        if not safe and source.strip():
            self.problems.add("Nothing of the HTML could be shown; its source is.")
            return _Shown(text=source)
        return _Shown(html=safe)

    def combine(self, part: Part) -> _Shown:
        shown = [self.shown[child] for child in part.children if self.shown[child].text.strip() or self.shown[child].html]
        if not shown:
            return _Shown()
        if len(shown) == 1:
            return shown[0]
        if part.content_type.value == "multipart/alternative":
            # The first text and the last, richest HTML.
            text = next((one.text for one in shown if one.text.strip()), "")
            return _Shown(text, next((one.html for one in reversed(shown) if one.html), ""))
        html = "\n".join(one.html or _escaped(one.text) for one in shown) if any(one.html for one in shown) else ""
        if not any(one.text.strip() for one in shown):
            return _Shown(html=html)
        return _Shown("\n\n".join(text for one in shown if (text := one.as_text().strip("\n"))), html)

    def attach(self, part: Part, content: bytes, content_type: str, filename: str, index: int) -> None:
        content_id = one_line(raw_to_text(part.headers.first(b"content-id")[:500], "", self.problems)).strip("<> ")
        if content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or (is_tnef(content) and filename.lower() == "winmail.dat"):
            unpacked = unpack(content, self.problems)
            if unpacked is not None and self.take_unpacked(unpacked, index):
                return
        if not content and not filename:
            return
        title = self.title_of(content) if content_type in _MESSAGES and not filename else ""
        name = safe_filename(filename) or name_for(content_type, content_id, title)
        if content_type == "application/octet-stream" and filename:
            content_type = type_of(name)
        self.attachments.append(Attachment(self.names.take(name), content_type, content, content_id))

    def title_of(self, message: bytes) -> str:
        """The subject of an attached message, to name its file by."""
        headers, _ = read_headers(message, 0, min(len(message), 65_536), Problems(), outermost=True)
        return one_line(decode_words(raw_to_text(headers.first(b"subject")[:1000], self.hint, self.problems), self.problems))[:80]

    def take_unpacked(self, unpacked: Unpacked, index: int) -> bool:
        """Put the content of a winmail.dat in its place; False if there was nothing to take."""
        for name, content_type, content_id, content in unpacked.files:
            kind = content_type if _TYPE.match(content_type) else type_of(name)
            self.attachments.append(
                Attachment(self.names.take(safe_filename(name) or name_for(kind, content_id)), kind, content, content_id)
            )
        others = any(shown.text.strip() or shown.html for shown in self.shown)
        if not others and (unpacked.html.strip() or unpacked.text.strip()):
            self.shown[index] = _Shown(unpacked.text, sanitise(unpacked.html, self.problems) if unpacked.html.strip() else "")
        if unpacked.files or self.shown[index].as_text().strip():
            self.problems.add("winmail.dat was unpacked.")
            return True
        return False

    def with_inline_marked(self, html: str) -> list[Attachment]:
        """The attachments, those marked inline that the HTML shows."""
        used = {html_module.unescape(name) for name in re.findall(r'src="\s*cid:([^"]*)"', html, re.IGNORECASE)}
        return [
            Attachment(one.filename, one.content_type, one.content, one.content_id, inline=True)
            if one.content_id and one.content_id in used
            else one
            for one in self.attachments
        ]


def _escaped(text: str) -> str:
    return "<div>" + html_module.escape(text, quote=False).replace("\n", "<br>\n") + "</div>"


def _tidy(text: str) -> str:
    """Without blank lines at both ends and blanks at line ends; a signature separator keeps its blank."""
    lines = [line if line == "-- " else line.rstrip(" \t\r\f\v") for line in text.split("\n")]
    return "\n".join(lines).strip("\n")

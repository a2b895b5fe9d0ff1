"""How the messages beside this file were made: each a trouble with mail that the field knows, written by us.

`python -m tests.callcenter.mail.parsing.write_messages` writes the .eml and .json files anew. The expectations are written here by hand,
from what the sender meant; none is copied from the parser's answer.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MESSAGES = Path(__file__).parent / "messages"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message and what a reader must see in it; keys of `expected` as in the .json files."""

    name: str
    raw: bytes
    expected: dict[str, object]


def person(email: str, name: str = "") -> dict[str, str]:
    return {"email": email, "name": name}


def file(filename: str, content: bytes, content_type: str = "") -> dict[str, object]:
    """An expected attachment; the content is given, the test works out size and MD5."""
    expected: dict[str, object] = {"filename": filename, "base64": base64.b64encode(content).decode()}
    return expected | ({"content_type": content_type} if content_type else {})


def message(*headers: str | bytes, body: str | bytes = b"", charset: str = "utf-8") -> bytes:
    """Headers and body as one message with CRLF; text is encoded in `charset`."""
    lines = [line if isinstance(line, bytes) else line.encode(charset) for line in headers]
    content = body if isinstance(body, bytes) else body.encode(charset)
    return b"\r\n".join(lines) + b"\r\n\r\n" + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def word(text: str, charset: str, label: str = "") -> str:
    """A base64 encoded word."""
    return f"=?{label or charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def multipart(subtype: str, *parts: bytes, boundary: str = "frontier", parameters: str = "") -> tuple[str, bytes]:
    """(Content-Type line, body) of a multipart; each part brings its own headers."""
    body = b"".join(b"--" + boundary.encode() + b"\n" + part + b"\n" for part in parts) + b"--" + boundary.encode() + b"--\n"
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}', body


def part(headers: str, content: str | bytes, charset: str = "utf-8") -> bytes:
    return headers.encode("utf-8", "surrogateescape") + b"\n\n" + (content if isinstance(content, bytes) else content.encode(charset))


def encoded(headers: str, content: bytes) -> bytes:
    """A base64 part."""
    return part(headers + "\nContent-Transfer-Encoding: base64", base64.encodebytes(content).rstrip())


FROM = "From: Ann Lee <ann@example.com>"
TO = "To: support@callout.example"
PLAIN = "Content-Type: text/plain; charset=utf-8"
PDF = b"%PDF-1.4 fake but sufficient\n"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def tnef_object(level: int, name: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def winmail(title: str, content: bytes, text: str = "") -> bytes:
    """A TNEF stream with one attachment, and a text if given."""
    objects = [tnef_object(1, 0x9006, 8, struct.pack("<I", 0x10000)), tnef_object(1, 0x9007, 6, struct.pack("<II", 1252, 0))]
    if text:
        objects.append(tnef_object(1, 0x800C, 2, text.encode("cp1252") + b"\x00"))
    objects += [
        tnef_object(2, 0x9002, 6, b"\x00" * 14),
        tnef_object(2, 0x8010, 1, title.encode("cp1252") + b"\x00"),
        tnef_object(2, 0x800F, 6, content),
    ]
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)


def write(samples: Callable[[], list[Sample]]) -> None:
    """Write every sample's .eml and .json."""
    MESSAGES.mkdir(exist_ok=True)
    for sample in samples():
        (MESSAGES / f"{sample.name}.eml").write_bytes(sample.raw)
        text = json.dumps(sample.expected, ensure_ascii=False, indent=2) + "\n"
        (MESSAGES / f"{sample.name}.json").write_text(text, encoding="utf-8")

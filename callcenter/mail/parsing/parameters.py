"""Content-Type and Content-Disposition with their parameters (RFC 2045, RFC 2231), tolerant of what senders make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from .charsets import decode
from .encoded_words import decode_words, one_line, raw_to_text
from .problems import Problems

_MAXIMUM_BYTES = 64 * 1024
_MAXIMUM_PARAMETERS = 500
_SEGMENT = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*)?)?\Z")


@dataclass(frozen=True, slots=True)
class Structured:
    """The value before the first semicolon in lower case, and its parameters by lower-case name, decoded."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def parameter(self, name: str) -> str:
        return self.parameters.get(name, "")


def parse_structured(raw: bytes, hint: str, problems: Problems) -> Structured:
    """Parse one header value; never raises. `hint`: a charset named elsewhere in the mail, for raw 8-bit names."""
    text = raw_to_text(raw[:_MAXIMUM_BYTES], hint, problems)
    head, _, tail = text.partition(";")
    plain: dict[str, str] = {}
    segments: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in _pairs(tail):
        match = _SEGMENT.match(name)
        if match is None:
            plain.setdefault(name, one_line(decode_words(value, problems)))
        else:
            # `name*=` is one encoded piece; `name*0*=`, `name*1=` are numbered ones of which any may be encoded.
            encoded = match[2] is None or match[3] is not None
            segments.setdefault(match[1], {}).setdefault(int(match[2] or 0), (value, encoded))
    joined = {name: one_line(decode_words(_join(pieces, problems), problems)) for name, pieces in segments.items()}
    return Structured(one_line(head).lower(), plain | {name: value for name, value in joined.items() if value})


def _join(pieces: dict[int, tuple[str, bool]], problems: Problems) -> str:
    """The pieces of one parameter in their order: bytes are joined before decoding, for a character may be split between two."""
    charset, data = "", b""
    for index, number in enumerate(sorted(pieces)):
        value, encoded = pieces[number]
        if index == 0 and encoded and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    found = decode(data, charset)
    if found.problem:
        problems.add(f"Attachment name: {found.problem}")
    return found.text


def _pairs(text: str) -> list[tuple[str, str]]:
    """`name=value` pairs; values may be quoted, bare with blanks in them, or have their closing quote missing."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(text) and len(pairs) < _MAXIMUM_PARAMETERS:
        equals = text.find("=", position)
        if equals < 0:
            break
        name = text[position:equals].rpartition(";")[2].strip().lower()
        start = equals + 1
        while start < len(text) and text[start] in " \t\r\n":
            start += 1
        value, position = _quoted(text, start + 1) if text[start : start + 1] == '"' else _bare(text, start)
        if name:
            pairs.append((name, value))
    return pairs


def _bare(text: str, start: int) -> tuple[str, int]:
    stop = text.find(";", start)
    stop = len(text) if stop < 0 else stop
    return text[start:stop].strip().strip("'\""), stop + 1


def _quoted(text: str, start: int) -> tuple[str, int]:
    pieces: list[str] = []
    position = start
    while position < len(text):
        character = text[position]
        if character == '"':
            semicolon = text.find(";", position)
            return "".join(pieces), len(text) if semicolon < 0 else semicolon + 1
        if character == "\\" and text[position + 1 : position + 2] in ('"', "\\"):
            position += 1
            character = text[position]
        pieces.append(character)
        position += 1
    return _bare(text, start)

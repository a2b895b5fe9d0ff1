"""Header text (RFC 2047), read the way people expect it: a character split between two words is put together again, blanks and line
breaks inside a word are forgiven, raw 8-bit bytes are decoded.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from .charsets import decode
from .problems import Problems

# A quoted-printable word may wrongly hold blanks; a base64 one may have been folded. A word cut off at the end of the header counts.
_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)*?)(?:\?=|\Z)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# The marks that force an order of letters: in a name or a subject they only serve to deceive. They end with the same mark as honest ones.
_FORCED_ORDER = re.compile("[\u202d\u202e]")
_ORDERING = re.compile("[\u202a-\u202e]")


def raw_to_text(value: bytes, hint: str, problems: Problems) -> str:
    """A raw header value as text, its encoded words still encoded. `hint`: a charset named elsewhere in the mail."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    found = decode(value, "", hint)
    if found.charset != "utf-8" or found.problem:
        problems.add(f"A header held raw bytes; they were read as {found.charset}.")
    return found.text


def decode_words(text: str, problems: Problems) -> str:
    """`text` with its encoded words decoded."""
    return replace_words(text, problems, lambda decoded: decoded)


def replace_words(text: str, problems: Problems, substitute: Callable[[str], str]) -> str:
    """Put `substitute(decoded)` in the place of each run of neighbouring encoded words."""
    if "=?" not in text:
        return text
    pieces, position = [], 0
    matches = list(_WORD.finditer(text))
    index = 0
    while index < len(matches):
        run = [matches[index]]
        while index + 1 < len(matches) and not text[run[-1].end() : matches[index + 1].start()].strip():
            index += 1
            run.append(matches[index])
        pieces += [text[position : run[0].start()], substitute(_decode_run(run, problems))]
        position = run[-1].end()
        index += 1
    pieces.append(text[position:])
    return "".join(pieces)


def _decode_run(run: list[re.Match[str]], problems: Problems) -> str:
    """Neighbours of one charset are one byte string, so that a character split between them survives."""
    decoded, pending, charset = [], b"", ""
    for word in run:
        label = word[1].split("*")[0]
        if label.lower() != charset.lower() and pending:
            decoded.append(_decode_bytes(pending, charset, problems))
            pending = b""
        charset = label
        pending += _word_bytes(word[2], word[3])
        if not word[0].endswith("?="):
            problems.add("An encoded word in a header was cut off.")
    decoded.append(_decode_bytes(pending, charset, problems))
    return "".join(decoded)


def _decode_bytes(data: bytes, charset: str, problems: Problems) -> str:
    found = decode(data, charset)
    if found.problem:
        problems.add(f"Header: {found.problem}")
    return found.text


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "bB":
        try:
            # Some senders glue padded pieces together; each is decoded on its own.
            return b"".join(base64.b64decode(piece + b"=" * (-len(piece) % 4)) for piece in _base64_pieces(raw))
        except (binascii.Error, ValueError):
            return raw
    return binascii.a2b_qp(raw.replace(b"\r", b"").replace(b"\n", b" "), header=True)


def _base64_pieces(raw: bytes) -> list[bytes]:
    pieces = [_NOT_BASE64.sub(b"", piece) for piece in raw.split(b"=")]
    return [piece[:-1] if len(piece) % 4 == 1 else piece for piece in pieces if piece]


def one_line(text: str) -> str:
    """Header text for showing: no control characters, no letters in forced order, line breaks as blanks, no blanks at the ends."""
    if _FORCED_ORDER.search(text):
        text = _ORDERING.sub("", text)
    return _CONTROL.sub("", re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", text)).replace("\t", " ").strip()

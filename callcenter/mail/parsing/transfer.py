"""Content-Transfer-Encoding undone: base64, quoted-printable, uuencode; forgiving, because a half-decoded file beats none."""

from __future__ import annotations

import binascii
import re

from .problems import Problems

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)
_WHITE = b" \t\r\n\x0b\x0c"
_PROSE = re.compile(rb"[^\sA-Za-z0-9+/=]|[A-Za-z0-9+/][ \t]+[A-Za-z0-9+/]")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?$", re.MULTILINE)
_UU_END = re.compile(rb"\nend(?=[ \t]*(?:\r?\n|\r?\Z))")
_MAXIMUM_UU_FILES = 30
_UU_LINE = re.compile(rb"[\x20-\x60]+\Z")
_IDENTITY = ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "8bits", "7bits", "utf-8", "us-ascii", "none")


def decode_transfer(data: bytes, encoding: str, problems: Problems) -> bytes:
    """The bytes behind `encoding`; data that is plainly not in that encoding comes back as it is, with a problem noted."""
    decoded = _decode(data, encoding, problems)
    if not decoded and data.strip():
        problems.add("Decoding a part left nothing of it; it is kept as it is.")
        return data
    return decoded


def _decode(data: bytes, encoding: str, problems: Problems) -> bytes:
    name = encoding.strip().strip("\"'").lower().split(";")[0].split(" ")[0]
    if name in ("base64", "base-64", "b"):
        return _base64(data, problems)
    if name in ("quoted-printable", "quotedprintable", "quoted_printable", "qp"):
        return binascii.a2b_qp(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = uuencoded_files(data, problems)
        if files:
            return files[0][1]
        problems.add("A part declared as uuencoded was not; it is kept as it is.")
    elif name not in _IDENTITY:
        problems.add("A part has an unknown transfer encoding; it is kept as it is.")
    return data


def _base64(data: bytes, problems: Problems) -> bytes:
    packed = data.translate(None, _WHITE)
    if packed.translate(None, _NOT_BASE64) == packed.rstrip(b"=") and len(packed) % 4 == 0:
        return _unpad(packed)
    body, footer = _before_footer(data)
    if body is None:
        problems.add("A part declared as base64 was not; it is kept as it is.")
        return data
    problems.add("Damaged base64 was decoded as far as possible." if not footer else "Plain text followed the base64 and was kept.")
    # Files glued together have padding in their midst: each run is decoded for itself.
    pieces = [piece.translate(None, _NOT_BASE64) for piece in re.split(rb"=+", body)]
    return b"".join(_unpad(piece) for piece in pieces) + footer


def _before_footer(data: bytes) -> tuple[bytes | None, bytes]:
    """(base64, plain text after it): list servers append a footer without looking at the encoding. None if it is no base64 at all."""
    hit = _PROSE.search(data)
    if hit is None:
        return data, b""
    line = data.rfind(b"\n", 0, hit.start()) + 1
    prose = len(_PROSE.findall(data[line : line + 2_000]))
    if prose < 3 and len(data) - line > 200:
        return data, b""  # a stray mark in the midst of real base64
    return (data[:line], b"\n" + data[line:]) if data[:line].strip() else (None, b"")


def _unpad(packed: bytes) -> bytes:
    packed = packed.rstrip(b"=")
    if len(packed) % 4 == 1:
        packed = packed[:-1]
    return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))


def uuencoded_files(data: bytes, problems: Problems) -> list[tuple[bytes, bytes]]:
    """(raw name, content) of every uuencoded file in `data`."""
    return [(name, content) for name, content, _, _ in _uu_blocks(data, problems)]


def without_uuencoded(data: bytes, problems: Problems) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """`data` with its uuencoded files cut out, and these files."""
    blocks = _uu_blocks(data, problems)
    if not blocks:
        return data, []
    kept, position = [], 0
    for _, _, start, stop in blocks:
        kept.append(data[position:start])
        position = stop
    kept.append(data[position:])
    return b"".join(kept), [(name, content) for name, content, _, _ in blocks]


def _uu_blocks(data: bytes, problems: Problems) -> list[tuple[bytes, bytes, int, int]]:
    blocks: list[tuple[bytes, bytes, int, int]] = []
    begin, attempts = _UU_BEGIN.search(data), 0
    # Each attempt may scan the whole text for its end, so they are counted.
    while begin is not None and attempts < _MAXIMUM_UU_FILES:
        attempts += 1
        end = _UU_END.search(data, begin.end())
        stop = end.start() if end else len(data)
        content = _uu_content(data[begin.end() : stop].splitlines())
        if content is None:
            begin = _UU_BEGIN.search(data, begin.end())
            continue
        if end is None:
            problems.add("A uuencoded file was cut off.")
        blocks.append((begin[1].strip(), content, begin.start(), end.end() if end else len(data)))
        begin = _UU_BEGIN.search(data, blocks[-1][3])
    return blocks


def _uu_content(lines: list[bytes]) -> bytes | None:
    """The decoded lines; None when they are not uuencoded: then "begin 644 …" was ordinary text."""
    decoded = []
    for line in lines:
        if not line.strip() or line.strip() == b"`":
            continue
        if _UU_LINE.match(line) is None:
            return None
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders differ in how they pad the last group: cut to what the count byte announces.
            count = ((line[0] - 32) & 63) * 4 // 3 + 3
            try:
                decoded.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                return None
    return b"".join(decoded) if decoded else None

"""ISO-2022-JP as it is really sent: with half-width kana and the vendor characters (①, ㈱, 髙) that Python's own codecs refuse.

Each double-byte pair is moved to where code page 932 keeps it; JIS X 0212 is read as EUC-JP.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"(\x1b(?:\$[@B]|\$\([@BD]|\([BJIH]))")
_DOUBLE = (b"\x1b$@", b"\x1b$B", b"\x1b$(@", b"\x1b$(B")


def decode_iso_2022_jp(data: bytes) -> str:
    """Decode; what is not ISO-2022-JP becomes U+FFFD. Never raises."""
    mode, decoded = b"", []
    for piece in _ESCAPE.split(data):
        if _ESCAPE.fullmatch(piece):
            mode = piece
        else:
            # A line end returns to ASCII even where the sender forgot to.
            first, newline, rest = piece.partition(b"\n")
            decoded += [_segment(first, mode), (newline + rest).decode("ascii", "replace")]
    return "".join(decoded)


def _segment(data: bytes, mode: bytes) -> str:
    if mode in _DOUBLE:
        return _as_cp932(data).decode("cp932", "replace")
    if mode == b"\x1b(I":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in data).decode("cp932", "replace")
    if mode == b"\x1b$(D":
        moved = b"".join(bytes((0x8F, a | 0x80, b | 0x80)) for a, b in zip(data[::2], data[1::2], strict=False))
        return moved.decode("euc_jp", "replace")
    return data.decode("ascii", "replace")


def _as_cp932(data: bytes) -> bytes:
    """JIS X 0208 pairs (0x21–0x7E each) at their Shift_JIS places; single control characters and blanks stay."""
    out, position = bytearray(), 0
    while position < len(data):
        row = data[position]
        cell = data[position + 1] if position + 1 < len(data) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out.append(row if row <= 0x20 else 0xFD)  # 0xFD is nothing in code page 932, so it shows as a replacement
            position += 1
            continue
        lead = ((row - 0x21) >> 1) + 0x81
        out.append(lead + 0x40 if lead > 0x9F else lead)
        out.append(cell + 0x1F + (cell >= 0x60) if row & 1 else cell + 0x7E)
        position += 2
    return bytes(out)

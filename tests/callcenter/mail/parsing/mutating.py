"""Spoilt mail by the number: the same seed gives the same message, so a finding is repeated by its number alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from callcenter.mail.parsing import ParsedMail
from callcenter.mail.parsing.parser import with_line_feeds
from callcenter.mail.parsing.problems import Problems
from callcenter.mail.parsing.structure import split_parts
from tests.callcenter.mail.parsing.builders import MESSAGES

LARGEST_SEED = 20_000  # bytes; a larger message is spoilt no better
TOKENS = (
    b"--frontier\r\n", b"--frontier--\r\n", b"\r\n\r\n", b"\r", b"\n", b"\x00", b"\xff\xfe", b"=?utf-8?B?", b"?=", b'"', b"<", b">", b"(", b";",
    b"\x1b$B", b"\x1b(B", b"\x0e", b"+/", b"~{", b"=\r\n", b"=3D", b"%00", b"*0*=",
    b"Content-Type: multipart/mixed; boundary=frontier\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: message/rfc822\r\n",
    b"begin 644 x\n", b"\nend\n", b"Content-Type: message/delivery-status\r\n", b"filename*0*=gbk''%", b"<!--", b"-->", b"<div>", b"<table><tr><td>",
    b"<style>", b"</", b"&#xD800;", b"> ", b"On x wrote:\n", b"From: a@example.com\nSent: x\nTo: y\n", b"\x78\x9f\x3e\x22",
    b"Date: Mon, 99 Mar 99999 10:00:00 +9999\r\n", "发件人：".encode("gbk"), "差出人: ".encode("cp932"),
)  # fmt: skip
CHARSETS = (
    b"utf-8", b"gb2312", b"gb18030", b"big5", b"shift_jis", b"iso-2022-jp", b"iso-2022-kr", b"euc-kr", b"koi8-r", b"windows-1256", b"us-ascii",
    b"iso-8859-1", b"utf-7", b"utf-16", b"utf-32", b"hz-gb-2312", b"rot13", b"idna", b"punycode", b"undefined", b"unicode_escape", b"none", b"\xff",
)  # fmt: skip
ENCODINGS = (b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"binary", b"nonsense")
_CHARSET = re.compile(rb"(?i)charset=[\"']?[^\"'\s;]{0,40}|=\?[^?\s]{1,40}\?")
_ENCODING = re.compile(rb"(?i)content-transfer-encoding:[^\r\n]{0,60}")
_SCAFFOLDING = re.compile(rb"^(?:--[^\n]*|[!-9;-~]+[ \t]*:[^\n]*|[ \t][^\n]*)$", re.MULTILINE)
_BOUNDARY = re.compile(rb"\r?\n--[^\r\n]{1,80}")


def seeds() -> list[bytes]:
    """The messages that are spoilt, always in the same order."""
    return [path.read_bytes() for path in sorted(MESSAGES.glob("*.eml")) if path.stat().st_size < LARGEST_SEED]


def mutated(number: int, originals: list[bytes]) -> bytes:
    """The message of this number: one of ours after one to eight mishaps."""
    chance = random.Random(number)
    data = bytearray(chance.choice(originals))
    for _ in range(chance.randint(1, 8)):
        chance.choice(MISHAPS)(data, chance, originals)
    return bytes(data)


def _at(data: bytearray, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _flip(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    for _ in range(chance.randint(1, 10)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _insert(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    at = _at(data, chance)
    data[at:at] = chance.randbytes(chance.randint(1, 20))


def _token(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    at = _at(data, chance)
    data[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 3, 50))


def _cut(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    at = _at(data, chance)
    del data[at : at + chance.randint(1, 80)]


def _end(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    del data[_at(data, chance) :]


def _double(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    at = _at(data, chance)
    data[at:at] = data[at : at + chance.randint(1, 200)] * chance.choice((1, 1, 20))


def _raise(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    at = _at(data, chance)
    stop = min(len(data), at + chance.randint(1, 80))
    data[at:stop] = bytes(byte ^ 0x80 for byte in data[at:stop])


def _swap_headers(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    head, blank, body = bytes(data).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    data[:] = b"\r\n".join(lines) + blank + body


def _break_boundary(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    found = list(_BOUNDARY.finditer(data))
    if found:
        hit = chance.choice(found)
        data[hit.start() : hit.end()] = chance.choice((b"", hit[0][:-1], hit[0] + b"x", hit[0] + b"--", hit[0] * 2, b"\n-" + hit[0][3:]))


def _relabel(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    found = list(_CHARSET.finditer(data))
    if found:
        hit, label = chance.choice(found), chance.choice(CHARSETS)
        data[hit.start() : hit.end()] = b"=?" + label + b"?" if hit[0].startswith(b"=?") else b"charset=" + label


def _recode(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    label = b"Content-Transfer-Encoding: " + chance.choice(ENCODINGS)
    found = list(_ENCODING.finditer(data))
    if found:
        hit = chance.choice(found)
        data[hit.start() : hit.end()] = label
    else:
        data[0:0] = label + b"\r\n"


def _splice(data: bytearray, chance: random.Random, originals: list[bytes]) -> None:
    other = chance.choice(originals)
    data[_at(data, chance) :] = other[chance.randint(0, len(other)) :]


def _line_ends(data: bytearray, chance: random.Random, _originals: list[bytes]) -> None:
    data[:] = bytes(data).replace(b"\r\n", chance.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\x85")))


MISHAPS: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    _flip, _flip, _insert, _token, _token, _cut, _cut, _end, _double, _raise, _swap_headers, _break_boundary, _relabel, _relabel, _recode, _splice,
    _line_ends,
)  # fmt: skip


def wrong_with(raw: bytes, mail: ParsedMail) -> str:
    """What is wrong with this reading of `raw`, "" for nothing: it took the parser's last resort, cannot be stored, or lost the body."""
    if [problem for problem in mail.problems if problem.startswith("The mail could not be parsed")]:
        return f"not parsed: {mail.problems[-1]}"
    for text in (
        mail.subject,
        mail.from_name,
        mail.from_email,
        mail.text,
        mail.new_text,
        mail.html,
        *(one.filename for one in mail.attachments),
    ):
        if "\x00" in text or (not text.isascii() and _lone_surrogate(text)):
            return f"cannot be stored: {text[:40]!r}"
    names = [one.filename for one in mail.attachments]
    if len({name.lower() for name in names}) != len(names) or any(not name or "/" in name for name in names):
        return f"names of files: {names[:5]}"
    if not (mail.text.strip() or mail.html or any(one.size for one in mail.attachments)) and body_of(raw).strip(
        b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"
    ):
        return f"empty body where bytes were: {body_of(raw)[:60]!r}"
    return ""


def body_of(raw: bytes) -> bytes:
    """What stands after the outermost headers, without delimiters and the headers of parts: these may be all there is."""
    data = with_line_feeds(raw)
    return _SCAFFOLDING.sub(b"", data[split_parts(data, "", Problems())[0].start :])


def _lone_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False

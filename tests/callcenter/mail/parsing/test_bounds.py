"""Hostile messages take bounded time. The limits are generous: the point is that none takes minutes."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest

from callcenter.mail.parsing import parse
from tests.callcenter.mail.parsing.builders import tnef_object

HEAD = b"From: a@example.com\n"
HTML = HEAD + b"Content-Type: text/html\n\n"
NESTED = HEAD + b"Content-Type: multipart/mixed; boundary=b0\n\n"
PARTS = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
# Made when they are asked for: together they are half a gigabyte.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "one thousand levels": lambda: NESTED
    + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level - 1, level) for level in range(1, 1_000))
    + b"--b999\n\ninnermost\n",
    "five thousand levels": lambda: NESTED
    + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level - 1, level) for level in range(1, 5_000))
    + b"--b4999\n\ninnermost\n",
    "ten thousand parts": lambda: PARTS + b"--b\n\nhello\n" * 10_000 + b"--b--\n",
    "twenty thousand attachments of one name": lambda: PARTS + b"--b\nContent-Type: image/png; name=a.png\n\nx\n" * 20_000 + b"--b--\n",
    "fifty megabytes in one header": lambda: HEAD + b"X-Junk: " + b"a" * 50_000_000 + b"\nSubject: s\n\nhi",
    "fifty megabytes of headers": lambda: HEAD + (b"X-Junk: " + b"a" * 60 + b"\n") * 700_000 + b"Subject: s\n\nhi",
    "fifty megabytes of recipients": lambda: HEAD + b"To: " + b"a@b, " * 10_000_000 + b"\n\nhi",
    "millions of bad header lines": lambda: HEAD + b"bad line\n" * 3_000_000 + b"Subject: x\n\nhi",
    "parentheses never closed": lambda: HEAD + b"To: " + b"(" * 250_000 + b"\n\nhi",
    "quotes and brackets": lambda: HEAD + b"To: " + b'"<' * 120_000 + b"\n\nhi",
    "encoded words never closed": lambda: HEAD + b"To: " + b"=?x?q?" * 40_000 + b"\n\nhi",
    "parameters never closed": lambda: HEAD + b"Content-Type: x/y; " + b'a="' * 80_000 + b"\n\nhi",
    "divs nested by the hundred thousand": lambda: HTML + b"<div>" * 400_000 + b"x",
    "divs nested as deep as allowed": lambda: HTML + b"<div>" * 19_900 + b"x",
    "formatting misnested": lambda: HTML + b"<i></b>x" * 200_000,
    "ampersands": lambda: HTML + b"&" * 2_000_000,
    "comments never closed": lambda: HTML + b"x" + b"<!--" * 500_000,
    "comments closed before they open": lambda: HTML + b"<div>" * 20_001 + b"x" + b"-->" * 200_000 + b"<!--" * 200_000,
    "uuencode begun a million times": lambda: HEAD + b"\n" + b"begin 644 x\n" * 1_000_000,
    "lines like boundaries": lambda: PARTS + b"--b\n\nx" + b"\n--a" * 3_000_000,
    "five million blank lines": lambda: HEAD + b"\n" + b"\n" * 5_000_000 + b"x",
    "attribution lines": lambda: HEAD + b"\n" + (b"On " * 66 + b"\n") * 500 + b"x",
    "quoted header lines": lambda: HEAD + b"\n" + (b"From:    *** " * 15 + b"\n") * 500 + b"x",
    "quote marks": lambda: HEAD + b"\n" + b"> " * 2_000_000 + b"x",
    "table cells by the hundred thousand": lambda: HTML + b"<table><tr>" + b"<td>x" * 150_000,
    "tables within tables": lambda: HTML + b"<table><tr><td>" * 19_900 + b"x",
    "attributes by the hundred thousand": lambda: HTML + b"<p " + b"".join(b"a%d=1 " % number for number in range(150_000)) + b">x",
    "attributes behind a quoted bracket": lambda: HTML + b'<p x="<>" ' + b"".join(b"a%d=1 " % number for number in range(150_000)) + b">x",
    "lines like attributions": lambda: HEAD + b"\n" + b"Am 2026 10:00 schrieb <a@b\n" * 40_000 + b"x",
    "lines that tell who wrote": lambda: HEAD + b"\n" + (b"2026 schrieb b " + b"a " * 90 + b":\n") * 20_000 + b"x",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_read_in_bounded_time(name: str) -> None:
    made = HOSTILE[name]()
    started = time.process_time()
    mail = parse(made)
    assert time.process_time() - started < 8
    assert mail.from_email == "a@example.com"
    assert mail.text or mail.attachments
    assert not [problem for problem in mail.problems if problem.startswith("The mail could not be parsed")]


@pytest.mark.slow
def test_megabytes_of_headers_do_not_multiply_in_memory() -> None:
    raw = HEAD + (b"X-Junk: " + b"a" * 60 + b"\n") * 140_000 + b"Subject: s\n\nhi"  # ten, as tracing each piece takes its time
    tracemalloc.start()
    parse(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(raw)


def test_text_nested_a_thousand_levels_deep_is_found() -> None:
    assert parse(HOSTILE["one thousand levels"]()).text == "innermost"


def tnef_mail(*objects: bytes) -> bytes:
    stream = struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects) + b"\x00" * 32
    return HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + stream


@pytest.mark.parametrize(
    "properties",
    [
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<IHHI", 1, 0x1E, 0x3001, 0xFFFFFFFF),
        struct.pack("<IHHI", 1, 0x1003, 0x3001, 0xFFFFFFFF),
        struct.pack("<IHHII", 1, 0x101E, 0x3001, 2, 0xFFFFFFF0),
        b"\x01",
    ],
    ids=["properties", "values", "numbers", "length", "cut off"],
)
def test_a_winmail_that_promises_billions_is_attached_unread(properties: bytes) -> None:
    started = time.process_time()
    mail = parse(tnef_mail(tnef_object(1, 0x9003, 6, properties)))
    assert time.process_time() - started < 2
    assert [one.filename for one in mail.attachments] == ["winmail.dat"]

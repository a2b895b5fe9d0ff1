"""Whatever bytes come: parsing never raises, never needs its last resort, and never loses the body."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.mail.parsing import ParsedMail, parse, to_json
from tests.callcenter.mail.parsing.builders import MESSAGES

SEEDS = [path.read_bytes() for path in sorted(MESSAGES.glob("*.eml")) if path.stat().st_size < 20_000]
TOKENS = [
    b"--frontier\r\n", b"--frontier--\r\n", b"\r\n\r\n", b"\r", b"\n", b"\x00", b"\xff\xfe", b"=?utf-8?B?", b"?=", b'"', b"<", b">", b"(", b";",
    b"\x1b$B",
    b"Content-Type: multipart/mixed; boundary=frontier\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7", b"charset=idna",
    b"begin 644 x\n",
    b"Content-Type: message/delivery-status\r\n", b"filename*0*=gbk''%", b"<!--", b"<div>", b"&#xD800;", b"> ", b"On x wrote:\n", b"\x78\x9f\x3e\x22",
    b"charset=rot13", b"charset=undefined", b"charset=utf-16", b"Date: Mon, 99 Mar 99999 10:00:00 +9999\r\n", "发件人：".encode("gbk"),
]  # fmt: skip


@st.composite
def mutated_messages(draw: st.DrawFn) -> bytes:
    """A real message after some cuts, insertions, doublings and overwritten bytes."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        action = draw(st.sampled_from(("insert", "token", "cut", "double", "overwrite")))
        length = draw(st.integers(1, 80))
        if action == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=20))
        elif action == "token":
            data[at:at] = draw(st.sampled_from(TOKENS))
        elif action == "cut":
            del data[at : at + length]
        elif action == "double":
            data[at:at] = data[at : at + length]
        else:
            data[at : at + length] = bytes(byte ^ 0x80 for byte in data[at : at + length])
    return bytes(data)


def assert_usable(mail: ParsedMail) -> None:
    """It can be stored and printed, and it was read by the parser itself and not by its last resort."""
    assert not [problem for problem in mail.problems if problem.startswith("The mail could not be parsed")]
    serialised = json.dumps(to_json(mail), ensure_ascii=False).encode("utf-8")
    assert b"\\u0000" not in serialised
    assert "\x00" not in mail.html
    mail.html.encode("utf-8")
    assert len({one.filename.lower() for one in mail.attachments}) == len(mail.attachments)
    assert all(one.filename and "/" not in one.filename for one in mail.attachments)


@settings(max_examples=400, deadline=None)
@given(mutated_messages())
def test_a_mutated_message_is_still_read(raw: bytes) -> None:
    assert_usable(parse(raw))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert_usable(parse(raw))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["", "utf-8", "gb2312", "us-ascii", "iso-2022-jp", "utf-7", "utf-16", "hz", "x-none", "big5", "cp1252", "punycode"]),
    st.sampled_from(["", "base64", "quoted-printable", "x-uuencode", "8bit", "nonsense"]),
    st.sampled_from(
        ["text/plain", "text/html", "text/plain; format=flowed", "multipart/mixed", "multipart/mixed; boundary=x", "message/rfc822", "?"]
    ),
    st.binary(min_size=1, max_size=300),
)
def test_a_body_with_bytes_is_never_empty(charset: str, encoding: str, content_type: str, body: bytes) -> None:
    head = f"From: a@example.com\nContent-Type: {content_type}; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    mail = parse(head + body)
    assert_usable(mail)
    if body.strip(b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"):  # the last two: a line end and a space in most charsets of one byte
        visible = any(one.size for one in mail.attachments) or bool(mail.html) or bool(mail.text)
        assert visible, (head, body, mail.problems)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=200))
def test_a_declared_text_comes_back_as_it_was(text: str) -> None:
    mail = parse(b"From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode())
    assert mail.text.strip() == text.removeprefix("\ufeff").strip("\n").strip()

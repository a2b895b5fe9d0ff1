"""Whatever bytes come: parsing never raises, never needs its last resort, and never loses the body."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.mail.parsing import parse
from tests.callcenter.mail.parsing.mutating import mutated, seeds, wrong_with

SPOILT = 1_000  # script/bench mail_fuzz reads a hundred times as many, others


@pytest.fixture(scope="module")
def originals() -> list[bytes]:
    return seeds()


def test_a_spoilt_message_is_still_read(originals: list[bytes]) -> None:
    wrong = {number: problem for number in range(SPOILT) if (problem := wrong_with(raw := mutated(number, originals), parse(raw)))}
    assert not wrong


def test_the_same_number_spoils_the_same_way(originals: list[bytes]) -> None:
    assert mutated(7, originals) == mutated(7, originals) != mutated(8, originals)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert wrong_with(raw, parse(raw)) == ""


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
    assert wrong_with(head + body, mail) == ""
    if body.strip(b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0"):  # the last two: a line end and a space in most charsets of one byte
        visible = any(one.size for one in mail.attachments) or bool(mail.html) or bool(mail.text)
        assert visible, (head, body, mail.problems)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=200))
def test_a_declared_text_comes_back_as_it_was(text: str) -> None:
    mail = parse(b"From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode())
    assert mail.text.strip() == text.removeprefix("\ufeff").strip("\n").strip()

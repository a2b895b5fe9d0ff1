"""An outgoing mail says what it should, to other programs and to our own parser."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.mail.composing import OutgoingAttachment, compose
from callcenter.mail.parsing import parse

BASE: dict[str, Any] = {
    "from_email": "support@callout.example",
    "from_name": "Callout Support",
    "to_email": "ann@example.com",
    "to_name": "Ann Lee",
    "subject": "Re: s [#42]",
    "text": "Hello",
    "html": None,
    "message_id": "<t42.a1@callout.example>",
    "in_reply_to": None,
    "references": [],
    "reply_to": None,
    "auto_submitted": False,
    "attachments": [],
    "loop_token": "callout-1",
    "date": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
}
LONG_ID = f"<{'x' * 150}@mail.example.com>"


def composed(**changes: Any) -> bytes:
    return compose(**(BASE | changes))


def test_text_and_html_are_alternatives() -> None:
    mail = email.message_from_bytes(composed(html="<p>Hello</p>"), policy=email.policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]  # type: ignore[attr-defined]


def test_our_own_parser_reads_everything_back() -> None:
    pdf, logo = OutgoingAttachment("报价单.pdf", "application/pdf", b"%PDF"), OutgoingAttachment("l.png", "image/png", b"png", "logo")
    raw = composed(
        from_name="修理, Zentrale",
        to_name='Ann "A" Lee',
        subject="空调" * 60,
        text="你好\n.\nFrom here\n" + "long " * 400,
        html='<p>你好<img src="cid:logo"></p>',
        in_reply_to=LONG_ID,
        references=["<0@example.com>"],
        reply_to="support+tok@callout.example",
        attachments=[pdf, logo],
    )
    mail = parse(raw)
    assert (mail.from_name, mail.to[0].name, mail.subject) == ("修理, Zentrale", 'Ann "A" Lee', "空调" * 60)
    assert mail.text == "你好\n.\nFrom here\n" + ("long " * 400).rstrip()
    assert mail.html == '<p>你好<img src="cid:logo"></p>'
    assert {(one.filename, one.content, one.inline) for one in mail.attachments} == {
        ("报价单.pdf", b"%PDF", False),
        ("l.png", b"png", True),
    }
    assert (mail.message_id, mail.in_reply_to, mail.references) == ("<t42.a1@callout.example>", LONG_ID, ("<0@example.com>", LONG_ID))
    assert (mail.loops, mail.date, mail.problems) == (("callout-1",), BASE["date"], ())
    assert mail.reply_to[0].email == "support+tok@callout.example"


def test_a_long_message_id_is_never_turned_into_an_encoded_word() -> None:
    raw = composed(in_reply_to=LONG_ID, references=["<0@example.com>"])
    assert raw.count(LONG_ID.encode()) == 2


def test_lines_end_in_crlf_and_are_short_and_ascii() -> None:
    raw = composed(subject="é" * 300, from_name="ü" * 100, text="ß" * 5_000, html="<p>" + "ß" * 5_000 + "</p>")
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_only_automatic_mail_says_it_is_automatic() -> None:
    assert b"Auto-Submitted" not in composed()
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in composed(auto_submitted=True)
    assert b"\r\nAuto-Submitted: auto-replied\r\n" in composed(auto_submitted=True, in_reply_to="<a@b>")


def test_a_very_long_thread_keeps_its_first_and_latest_ids() -> None:
    mail = parse(composed(references=[f"<{number}@example.com>" for number in range(100)], in_reply_to="<99@example.com>"))
    assert len(mail.references) == 30
    assert (mail.references[0], mail.references[-1]) == ("<0@example.com>", "<99@example.com>")


@pytest.mark.parametrize("field", ["subject", "from_name", "to_name", "message_id", "in_reply_to", "loop_token"])
def test_nobody_smuggles_a_header_in(field: str) -> None:
    mail = email.message_from_bytes(composed(**{field: "x\r\nBcc: eve@example.com\r\n\r\nbody"}), policy=email.policy.compat32)
    assert mail["Bcc"] is None


@pytest.mark.parametrize("address", ["", "ann", "ann@", "@example.com", "a b@example.com", "a@b>\r\nBcc: x@y", "a@b,c@d"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not a mail address"):
        composed(to_email=address)


def test_a_date_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        composed(date=datetime(2026, 3, 2))


def test_an_attached_message_arrives_untouched() -> None:
    original = b"From: x@example.com\n\n\xff\n"
    mail = parse(composed(attachments=[OutgoingAttachment("old.eml", "message/rfc822", original)]))
    assert [(one.filename, one.content) for one in mail.attachments] == [("old.eml", original)]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=300))
def test_any_text_can_be_sent(subject: str, name: str, text: str) -> None:
    mail = parse(composed(subject=subject, to_name=name, text=text))
    assert (mail.from_email, mail.to[0].email) == ("support@callout.example", "ann@example.com")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zs", "Zl", "Zp")), min_size=1, max_size=120))
def test_any_subject_without_blanks_arrives_as_it_was(subject: str) -> None:
    assert parse(composed(subject=subject)).subject == subject

"""Every message under messages/ is read as the .json beside it says."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from callcenter.mail.parsing import ParsedMail, parse, to_json
from tests.callcenter.mail.parsing.builders import MESSAGES
from tests.callcenter.mail.parsing.write_messages import all_samples

FILES = sorted(MESSAGES.glob("*.eml"))


def seen(mail: ParsedMail) -> dict[str, Any]:
    """What a message's expectations may speak of."""
    details = mail.bounce_details
    return to_json(mail) | {
        "html": mail.html,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "date": mail.date.isoformat() if mail.date else None,
        "inline": [one.inline for one in mail.attachments],
        "bulk": mail.bulk,
        "mailing_list": mail.mailing_list,
        "suppress_auto_reply": mail.suppress_auto_reply,
        "loops": list(mail.loops),
        "repaired": bool(mail.problems),
        "bounce_details": None if details is None else {name: getattr(details, name) for name in details.__slots__},
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_message_is_read_as_its_sender_meant_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = seen(parse(path.read_bytes()))
    for wanted, attachment in zip(expected.get("attachments", []), found["attachments"], strict=False):
        content = base64.b64decode(wanted.pop("base64"))
        wanted |= {"size": len(content), "md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
        if "content_type" not in wanted:
            del attachment["content_type"]
    assert {key: found[key] for key in expected} == expected, found["problems"]


def test_there_is_a_message_for_every_trouble_and_none_is_left_over() -> None:
    samples = all_samples()
    assert len({sample.name for sample in samples}) == len(samples) >= 300
    assert {path.stem for path in FILES} == {sample.name for sample in samples}
    for sample in samples:
        assert (MESSAGES / f"{sample.name}.eml").read_bytes() == sample.raw, f"{sample.name}: run write_messages"

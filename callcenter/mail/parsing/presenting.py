"""A parsed mail as JSON: exactly the keys the `mail parse` command promises."""

from __future__ import annotations

from collections.abc import Iterable

from .message import MailAddress, ParsedMail

Json = dict[str, object]


def to_json(mail: ParsedMail) -> Json:
    """`subject, from_email, from_name, to, cc, reply_to, text, new_text, attachments[{filename, content_type, size, md5}], auto_reply,
    bounce, problems[]`; addresses are `{email, name}`, sizes bytes."""
    return {
        "subject": mail.subject,
        "from_email": mail.from_email,
        "from_name": mail.from_name,
        "to": _addresses(mail.to),
        "cc": _addresses(mail.cc),
        "reply_to": _addresses(mail.reply_to),
        "text": mail.text,
        "new_text": mail.new_text,
        "attachments": [
            {"filename": one.filename, "content_type": one.content_type, "size": one.size, "md5": one.md5} for one in mail.attachments
        ],
        "auto_reply": mail.auto_reply,
        "bounce": mail.bounce,
        "problems": list(mail.problems),
    }


def _addresses(addresses: Iterable[MailAddress]) -> list[dict[str, str]]:
    return [{"email": one.email, "name": one.name} for one in addresses]

"""What a parsed mail is: frozen values only. Every string is valid UTF-8 without NUL, so it can be stored as it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MailAddress:
    """One mailbox. `name` is the decoded display name, "" when there is none."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file, decoded. `content_id` is without angle brackets, "" when there is none; `inline` files belong to the HTML."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False

    @property
    def size(self) -> int:
        """Bytes of the decoded content."""
        return len(self.content)

    @property
    def md5(self) -> str:
        """Hexadecimal MD5 of the content: an identity for comparing, no protection."""
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class BounceDetails:
    """What a non-delivery report says. `permanent` is None where it does not say; `original_message_id` is "" when not included."""

    failed_recipient: str
    permanent: bool | None
    status: str
    diagnostic: str
    original_message_id: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail as people see it. Message-IDs keep their angle brackets; absent strings are "", absent dates None; `date` is in UTC.

    `auto_reply`: a machine wrote it (out of office, notification). `bulk`: Precedence bulk, list or junk. `mailing_list`: it came
    over a list. `suppress_auto_reply`: the sender, or any of these, forbids an automatic answer. `loops`: values of X-Loop.
    `problems`: what had to be repaired or left out, in English words.
    """

    subject: str = ""
    from_email: str = ""
    from_name: str = ""
    to: tuple[MailAddress, ...] = ()
    cc: tuple[MailAddress, ...] = ()
    reply_to: tuple[MailAddress, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    date: datetime | None = None
    text: str = ""
    new_text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    auto_reply: bool = False
    bounce: bool = False
    bounce_details: BounceDetails | None = None
    loops: tuple[str, ...] = ()
    bulk: bool = False
    mailing_list: bool = False
    suppress_auto_reply: bool = False
    problems: tuple[str, ...] = ()

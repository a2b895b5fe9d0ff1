"""Non-delivery reports: the standard ones (RFC 3464), and those of qmail, Exim and webmail that only say it in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .addresses import is_address
from .automatic import has_empty_return_path, is_daemon
from .header_block import Headers, read_headers
from .message import Attachment, BounceDetails
from .problems import Problems
from .structure import Part

_SUBJECTS = re.compile(
    r"undeliver(?:ed|able)|delivery (?:status|failure|has failed|failed)|failure notice|returned (?:mail|to sender)|mail delivery (?:failed|system)|"
    r"non-?delivery|message delayed|delayed mail|退信|系统退信|邮件投递失败|無法(?:傳遞|投遞)|未送達|配信不能|配信エラー|Unzustellbar|반송",
    re.IGNORECASE,
)
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ -][^\d])")
_RECIPIENT_IN_TEXT = re.compile(r"<([^\s<>@]{1,100}@[^\s<>@]{1,200})>\s*:|^\s*([^\s<>@:]{1,100}@[^\s<>@:]{1,200})\s*$", re.MULTILINE)
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_WINDOW = 20_000


def read_bounce(
    parts: Sequence[Part], attachments: Sequence[Attachment], headers: Headers, subject: str, from_email: str, text: str
) -> BounceDetails | None:
    """The details when the mail is a non-delivery report, else None. Reports of success and read receipts are none."""
    report = next((one for one in attachments if one.content_type in _REPORTS), None)
    if report is not None:
        return _from_report(report, attachments, text)
    declared = any(
        part.content_type.value == "multipart/report" and part.content_type.parameter("report-type").lower() == "delivery-status"
        for part in parts
    )
    said = _SUBJECTS.search(subject) is not None
    from_system = is_daemon(from_email) or has_empty_return_path(headers) or b"x-failed-recipients" in headers
    if not declared and not (said and from_system) and b"x-failed-recipients" not in headers:
        return None
    head = text[:_WINDOW]
    status = _STATUS.search(head)
    code = _REPLY_CODE.search(head)
    kind = status[1] if status else code[1] if code else ""
    failed = headers.first(b"x-failed-recipients").decode("utf-8", "replace").split(",")[0].strip()
    named = _RECIPIENT_IN_TEXT.search(head)
    recipient = failed if is_address(failed) else (named[1] or named[2]) if named else ""
    permanent = True if kind == "5" else False if kind == "4" else None
    return BounceDetails(recipient, permanent, status[0] if status else "", "", _original_id(attachments, text))


def _from_report(report: Attachment, attachments: Sequence[Attachment], text: str) -> BounceDetails | None:
    """The worst of the recipients a report names: a failed one, else a delayed one."""
    delayed = None
    for block in _blocks(report.content):
        action = _field(block, b"action").lower()
        status = _STATUS.search(_field(block, b"status"))
        recipient = _address(_field(block, b"original-recipient")) or _address(_field(block, b"final-recipient"))
        if not (action or status or recipient) or action in ("delivered", "relayed", "expanded") or (status and status[1] == "2"):
            continue
        permanent = status[1] == "5" if status else (action == "failed" if action else None)
        permanent = False if action == "delayed" else permanent
        details = BounceDetails(
            recipient, permanent, status[0] if status else "", _field(block, b"diagnostic-code")[:1000], _original_id(attachments, text)
        )
        if permanent is not False:
            return details
        delayed = delayed or details
    return delayed


def _blocks(content: bytes) -> list[Headers]:
    """The groups of fields of a report; the first is about the message, the others about one recipient each."""
    groups = re.split(rb"\n[ \t]*\r?\n", content[:200_000])[:500]
    return [read_headers(group, 0, len(group), Problems(), outermost=True)[0] for group in groups if group.strip()]


def _field(block: Headers, name: bytes) -> str:
    return re.sub(r"\s+", " ", block.first(name).decode("utf-8", "replace")).replace("\x00", "").strip()


def _address(value: str) -> str:
    """`rfc822; <user@example.com>` → user@example.com; "" when it is none."""
    address = value.rpartition(";")[2].strip().strip("<>")
    return address if is_address(address) else ""


def _original_id(attachments: Sequence[Attachment], text: str) -> str:
    """Message-ID of the mail that was not delivered: from its attached copy, else from its headers quoted in the text."""
    for one in attachments:
        if one.content_type in _ORIGINALS:
            headers, _ = read_headers(one.content, 0, min(len(one.content), 200_000), Problems(), outermost=True)
            match = re.search(rb"<[^<>\s]{1,900}>", headers.first(b"message-id"))
            if match is not None:
                return match[0].decode("utf-8", "replace")
    hit = _MESSAGE_ID.search(text[: _WINDOW * 5])
    return hit[1] if hit else ""

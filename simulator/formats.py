"""The carrier's ways of writing identifiers, dates and addresses."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime

E164 = re.compile(r"^\+[1-9]\d{1,14}$")
CLIENT = re.compile(r"^client:[A-Za-z0-9_]{1,121}$")


def new_sid(prefix: str) -> str:
    """A fresh SID: two letters (CA call, QU queue, CF conference, …) and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def rfc2822(moment: datetime | None) -> str | None:
    """`Thu, 01 Jun 2017 20:48:32 +0000`, the form of dates in REST answers and callbacks."""
    return None if moment is None else format_datetime(moment.astimezone(UTC))


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds, for our own pages and control interface."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def whole_seconds(start: datetime | None, end: datetime | None) -> int:
    """Seconds between two moments, rounded as a carrier bills: a started second counts."""
    if start is None or end is None:
        return 0
    return max(0, round((end - start).total_seconds()))


def is_number(address: str) -> bool:
    return bool(E164.match(address))


def is_client(address: str) -> bool:
    return bool(CLIENT.match(address))


def yes_no(value: bool) -> str:
    return "true" if value else "false"


def truth(text: str | None, default: bool = False) -> bool:
    """TwiML's and REST's booleans; anything else than true and false counts as the default."""
    return {"true": True, "false": False}.get((text or "").lower(), default)

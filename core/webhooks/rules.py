"""How often, how long, what for: the rules of deliveries, pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from flask_babel import lazy_gettext as _

from core.errors import NotValid

MINUTE, HOUR = 60, 3600
# Seconds after the 1st, 2nd, … failed attempt: eleven attempts in 24 hours and 2 minutes.
BACK_OFF = (10, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 30_000)
PAUSED_AFTER = timedelta(hours=24)  # of nothing but failures
KEPT = timedelta(days=14)  # as long as events: what cannot be rendered any more is not worth keeping
OVERLAP = timedelta(hours=24)  # the old secret signs too
LONGEST_OVERLAP = timedelta(days=7)
GONE = 410
LONGEST_URL = 2000
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def accepted(status: int | None) -> bool:
    """Whether the receiver took it: any 2xx."""
    return status is not None and 200 <= status < 300


def next_attempt(attempts: int, *, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts; None: that was the last."""
    return now + timedelta(seconds=BACK_OFF[attempts - 1]) if attempts <= len(BACK_OFF) else None


def rest(failing_since: datetime, *, now: datetime) -> datetime:
    """Until when an endpoint that does not answer is left alone: a quarter of the time it has been failing, between 10 s and 10 min. So a dead
    receiver costs the worker little, and one that comes back is found soon."""
    return now + min(timedelta(minutes=10), max(timedelta(seconds=10), (now - failing_since) / 4))


def checked_url(text: str) -> SplitResult:
    """The parts of an address that can be sent to, by its form alone. Raises NotValid."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:  # a UnicodeError is one
        host, port_is_fine, parts = "", False, urlsplit("")
    written = url.isprintable() and not any(sign.isspace() for sign in url)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or not port_is_fine or not written:
        raise NotValid(_("Write the whole address, like https://service.example/callout."), field="url")
    if parts.username is not None or parts.password is not None:
        raise NotValid(_("An address must not carry a user name or password: it is kept and shown as it is."), field="url")
    if parts.fragment or len(url) > LONGEST_URL:
        raise NotValid(_("This address is too long or has a part after #."), field="url")
    return parts

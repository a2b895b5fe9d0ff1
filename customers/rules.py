"""Rules of customers, without a database: words, addresses, what is covered on a day."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _

from core.errors import NotValid

KINDS = ("person", "organisation")
TIERS = ("standard", "silver", "gold")
FLOWS = ("department", "representative")  # who serves a customer: whoever is in the queue, or one person who has all
CONTACT_KINDS = ("phone", "email")
CONSENTS = ("recording", "sms", "email")
EQUIPMENT_TEXT = ("kind", "maker", "model", "serial")
SITE_TEXT = ("name", "street", "postal_code", "city", "access")
ENDS_SOON = timedelta(days=60)
LONGEST = {"name": 200, "notes": 20_000, "access": 2_000}


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact point as somebody typed it; `kind` is phone or email."""

    kind: str
    value: str
    label: str = ""


class Runs(Protocol):
    """What has a first and a last day."""

    starts_on: date
    ends_on: date | None


def line(value: str, *, field: str, needed: bool = False) -> str:
    """One line in normal form (NFC, single blanks). Raises NotValid when too long, or empty where `needed`."""
    return _bounded(" ".join(unicodedata.normalize("NFC", value).split()), field, needed)


def text(value: str, *, field: str) -> str:
    """Several lines, blanks at the ends cut. Raises NotValid when too long."""
    return _bounded(unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip(), field, needed=False)


def _bounded(found: str, field: str, needed: bool) -> str:
    if "\0" in found:
        raise NotValid(_("There is a character in it that cannot be kept."), field=field)
    if needed and not found:
        raise NotValid(_("This cannot be empty."), field=field)
    most = LONGEST.get(field, 300)
    if len(found) > most:
        raise NotValid(_("At most %(count)d characters.", count=most), field=field)
    return found


def normal_email(value: str) -> str:
    """The address in lower case, its domain in Unicode, so that both spellings of it meet. Raises NotValid."""
    typed = unicodedata.normalize("NFKC", value).strip().removeprefix("mailto:").strip("<>").strip()
    try:
        # Reserved domains (.test, .local) are somebody's own network here; nothing is looked up.
        found = validate_email(typed, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        raise NotValid(_("This is not an email address: %(text)s", text=value.strip()[:80]), field="email") from None
    if "." not in found.domain:
        raise NotValid(_("This is not an email address: %(text)s", text=value.strip()[:80]), field="email")
    return found.normalized.lower()


def warranty(until: date | None, on: date) -> str:
    """unknown, covered, ending (within 60 days) or over. The last day itself is covered."""
    if until is None:
        return "unknown"
    if on > until:
        return "over"
    return "ending" if until - on <= ENDS_SOON else "covered"


def runs(contract: Runs, on: date) -> bool:
    """Whether a contract holds on this day; first and last day included."""
    return contract.starts_on <= on and (contract.ends_on is None or on <= contract.ends_on)


def one_of(value: str, allowed: Iterable[str], *, field: str) -> str:
    """Raises NotValid when it is none of them."""
    if value not in tuple(allowed):
        raise NotValid(_("Choose one of the list."), field=field)
    return value


def days_in_order(first: date | None, last: date | None, *, field: str) -> None:
    """Raises NotValid when the last day lies before the first."""
    if first is not None and last is not None and last < first:
        raise NotValid(_("This day lies before the first one."), field=field)

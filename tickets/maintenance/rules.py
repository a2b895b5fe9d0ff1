"""What a maintenance plan may say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.maintenance.recurrence import Due

BASES = ("plan", "completion")
STATES = ("active", "paused", "ended")
LONGEST_LEAD = 365
MOST_LINES = 50
LONGEST_LINE = 300
LONGEST_TEXT = 20_000


def check_name(name: str) -> str:
    """One line. Raises NotValid."""
    clean = " ".join(name.split())
    if not clean or len(clean) > 200:
        raise NotValid(_("A plan needs a name of at most 200 characters."), field="name")
    return clean


def check_text(text: str) -> str:
    """What is to be done. Raises NotValid for too much."""
    clean = text.strip()
    if len(clean) > LONGEST_TEXT:
        raise NotValid(_("At most %(count)s characters.", count=LONGEST_TEXT), field="text")
    return clean


def check_checklist(lines: Iterable[str]) -> list[str]:
    """Lines that say something. Raises NotValid for too many or too long ones."""
    clean = [found for line in lines if (found := " ".join(line.split()))]
    if len(clean) > MOST_LINES or any(len(line) > LONGEST_LINE for line in clean):
        raise NotValid(
            _("A checklist has at most %(lines)s lines of %(count)s characters.", lines=MOST_LINES, count=LONGEST_LINE), field="checklist"
        )
    return clean


def check_base(base: str) -> str:
    """Raises NotValid."""
    if base not in BASES:
        raise NotValid(_("It counts from the plan's dates, or from the day the work was done."), field="base")
    return base


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Raises NotValid."""
    if not date(2000, 1, 1) <= starts_on <= date(2200, 1, 1):
        raise NotValid(_("This is no day to begin on."), field="starts_on")
    if ends_on is not None and not starts_on <= ends_on <= date(2300, 1, 1):
        raise NotValid(_("It ends on the day it begins, or later."), field="ends_on")


def check_lead(days: int, following: Sequence[Due]) -> int:
    """Raises NotValid when a ticket would be opened before the one before it is due."""
    if not 0 <= days <= LONGEST_LEAD:
        raise NotValid(_("From 0 to %(most)s days before.", most=LONGEST_LEAD), field="lead_days")
    shortest = min(((later.due - sooner.due).days for sooner, later in pairwise(following)), default=LONGEST_LEAD + 1)
    if days > shortest:
        raise NotValid(
            _("The dates lie %(days)s days apart: a ticket cannot open earlier than that before it is due.", days=shortest),
            field="lead_days",
        )
    return days


def check_reason(reason: str) -> str:
    """Raises NotValid when nothing is said."""
    clean = " ".join(reason.split())
    if not clean or len(clean) > 500:
        raise NotValid(_("Say why, in at most 500 characters."), field="reason")
    return clean

"""Holidays of branches for the rota: those of the calendars that are the branches' own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask_babel import gettext as _

from core.db import db
from staff.models import Branch
from tickets.sla.choosing import branch_version, calendar_of


def of_branches(branch_ids: Collection[int], first: date, last: date) -> dict[int, dict[date, str]]:
    """By branch and date, both dates included; a holiday without a name is called so. A branch without a calendar has none."""
    found: dict[int, dict[date, str]] = {}
    for branch_id in branch_ids:
        version, branch = branch_version(branch_id), db.session.get(Branch, branch_id)
        if version is None or branch is None:
            continue
        calendar = calendar_of(version, branch)
        names = dict(calendar.holiday_names)
        found[branch_id] = {day: names.get(day) or _("Holiday") for day in sorted(calendar.holidays) if first <= day <= last}
    return found

"""The work of a period as lines of a sheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from tickets.worklog import queries, rules


def rows(*, first: date, last: date, person_id: int | None, zone: str) -> list[list[Any]]:
    """A head, then what was written down and what was counted, by day and person; times as in `zone`."""
    written = [
        (one["day"], one["person"], [one["minutes"], str(rules.ACTIVITY_WORDS[one["activity"]]), one["note"], _("written down")], one)
        for one in queries.entries(first=first, last=last, person_id=person_id)
    ]
    known = [
        (one["day"], one["person"], [round(one["seconds"] / 60, 1), str(rules.COUNTED_WORDS[one["kind"]]), "", _("counted")], one)
        for one in queries.counted(first=first, last=last, person_id=person_id)
    ]
    head = [_("Day"), _("Person"), _("Ticket"), _("Subject"), _("Minutes"), _("Activity"), _("Note"), _("Origin"), _("From"), _("Until")]
    lines = sorted(written + known, key=lambda line: (line[0], line[1]))
    return [head] + [
        [day.isoformat(), person, one["number"], one["subject"], *cells, _clock(one["started_at"], zone), _clock(one["ended_at"], zone)]
        for day, person, cells, one in lines
    ]


def _clock(moment: datetime | None, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment is not None else ""

"""Promises as the API, the page and the table file show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row

from dispatch.promises import rules
from dispatch.promises.models import Promise
from dispatch.promises.queries import Line

LONGEST_DAYS = 400
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 12, 31)  # that may be asked for
_WIDEST = 60  # minutes that fill a bar


def line(row: Promise) -> dict[str, Any]:
    """One promise."""
    names = ("id", "kind", "channel", "given_at", "promised_from", "promised_until", "estimated_at", "person_id", "area", "local_hour")
    return {name: getattr(row, name) for name in (*names, "arrived_at", "minutes_off", "outcome")} | {
        "visit": row.visit.number,
        "ticket": row.visit.ticket.number,
        "technician": row.person.name if row.person is not None else None,
    }


def bars(lines: Sequence[Line]) -> list[tuple[Line, float, float]]:
    """Each with where its bar begins and how wide it is, of 100: to the right of the middle for late, to the left for early."""
    medians = [one.median or 0 for one in lines]
    widest = max(map(abs, medians), default=0)
    scale = 50 / max(min(widest, _WIDEST), 1)
    found = []
    for one, median in zip(lines, medians, strict=True):
        width = min(50.0, abs(median) * scale)
        found.append((one, 50.0 if median >= 0 else 50.0 - width, width))
    return found


def table(rows: Iterable[Row[Any]]) -> Iterator[list[Any]]:
    """Rows of `queries.promise_rows` for a spreadsheet, under their headings; moments in UTC, as ISO texts."""
    yield [
        _("Visit"),
        _("Ticket"),
        _("What"),
        _("Told"),
        _("Told at"),
        _("From"),
        _("Until"),
        _("Expected at"),
        _("Technician"),
        _("Area"),
        _("Hour"),
        _("Arrived at"),
        _("Minutes off"),
        _("Outcome"),
    ]
    yield from map(_cells, rows)


def _cells(row: Row[Any]) -> list[Any]:
    moments = [one.isoformat(timespec="minutes") for one in (row.given_at, row.promised_from, row.promised_until, row.estimated_at)]
    return [
        row.visit,
        row.ticket,
        str(rules.KIND_WORDS[rules.Kind(row.kind)]),
        str(rules.CHANNEL_WORDS[row.channel]),
        *moments,
        row.technician,
        row.area,
        row.local_hour,
        row.arrived_at.isoformat(timespec="minutes") if row.arrived_at is not None else "",
        row.minutes_off,
        str(rules.OUTCOME_WORDS[rules.Outcome(row.outcome)]) if row.outcome is not None else "",
    ]

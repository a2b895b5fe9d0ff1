"""How promises were kept, over a time that the address names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask_babel import gettext as _
from flask_login import current_user

from core import clock
from core.auth.access import permission
from core.sheets import csv_pieces
from dispatch.promises import presenters, queries, rules

USUAL = timedelta(days=29)
blueprint = Blueprint("promises", __name__)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in the reader's zone, both included. `problem`: what is wrong with those that were asked for; then the usual ones are shown."""

    since: date
    until: date
    problem: str = ""

    @property
    def range(self) -> tuple[datetime, datetime]:
        zone = ZoneInfo(current_user.time_zone)
        return datetime.combine(self.since, time(), zone), datetime.combine(self.until + timedelta(days=1), time(), zone)


@blueprint.get("/promises")
@permission("reports.read")
def promises() -> str | tuple[str, int]:
    """`?since=2026-03-01&until=2026-03-31&what=arrivals` (or `delays`); without: the last 30 days, windows."""
    period, what = _period(), _what()
    start, end = period.range
    found = queries.report(start=start, end=end, kinds=rules.GROUPS[what], now=clock.now())
    page = render_template(
        "dispatch/promises.html",
        period=period,
        what=what,
        report=found,
        bars=presenters.bars,
        outcomes=[
            (rules.OUTCOME_WORDS[one], found.outcomes[one]) for one in rules.Outcome if one not in rules.MEASURED and one in found.outcomes
        ],
        usual=_usual(),
    )
    return (page, 422) if period.problem else page


@blueprint.get("/promises.csv")
@permission("reports.read")
def promises_csv() -> Response:
    """Every promise of the period, sent while it is read."""
    period = _period()
    start, end = period.range
    rows = queries.promise_rows(start=start, end=end, kinds=rules.GROUPS[_what()])
    name = f"promises-{period.since}-{period.until}.csv"
    return Response(
        stream_with_context(csv_pieces(presenters.table(rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _what() -> str:
    asked = request.args.get("what", "")
    return asked if asked in rules.GROUPS else "windows"


def _usual() -> tuple[date, date]:
    today = clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()
    return today - USUAL, today


def _period() -> Period:
    usual = _usual()
    asked = [request.args.get(name, "") for name in ("since", "until")]
    try:
        since, until = (date.fromisoformat(text) if text else day for text, day in zip(asked, usual, strict=True))
    except ValueError:
        return Period(*usual, _("This is not a day."))
    if min(since, until) < presenters.FIRST_DAY or max(since, until) > presenters.LAST_DAY:
        return Period(*usual, _("This is not a day."))
    if until < since:
        return Period(*usual, _("The period ends before it begins."))
    if until - since > timedelta(days=presenters.LONGEST_DAYS):
        return Period(*usual, _("At most %(days)d days at once.", days=presenters.LONGEST_DAYS))
    return Period(since, until)

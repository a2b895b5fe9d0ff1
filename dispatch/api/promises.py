"""Promises and the firm's settings of visits over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from core.errors import NotValid
from dispatch.api import promise_schemas as schemas
from dispatch.promises import presenters, queries, rules, settings
from dispatch.promises.models import Promise
from tickets.schemas import listed

blueprint = ApiBlueprint("promises", "Promises: what customers were told, how it was kept; settings of visits")


@blueprint.route("/visit-settings")
@permission("settings.manage")
@blueprint.response(200, schemas.VisitSettingsPatch)
def get_settings() -> dict[str, Any]:
    """What holds for the whole firm."""
    return settings.facts(settings.settings())


@blueprint.route("/visit-settings", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.VisitSettingsPatch)
@blueprint.response(200, schemas.VisitSettingsPatch)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """Change some of it."""
    return settings.facts(settings.save_settings(values=body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/promises")
@permission("reports.read")
@blueprint.arguments(schemas.PromiseQuery, location="query")
@blueprint.response(200, listed(schemas.PromiseSchema))
def list_promises(query: dict[str, Any]) -> dict[str, Any]:
    """What customers were told and what became of it, by the beginning of the window."""
    start, end = _period(query["since"], query["until"])
    found = queries.promise_list(start=start, end=end, kinds=[query["kind"]] if query["kind"] else ())
    rows, more = page(found, order=[Promise.promised_from, Promise.id], after=query["after"], limit=query["limit"])
    return {"items": [presenters.line(row) for row in rows], "next": more}


@blueprint.route("/promise-report")
@permission("reports.read")
@blueprint.arguments(schemas.ReportQuery, location="query")
@blueprint.response(200, schemas.ReportSchema)
def get_report(query: dict[str, Any]) -> queries.Report:
    """How many were kept, and how far off: by technician, hour and area."""
    start, end = _period(query["since"], query["until"])
    return queries.report(start=start, end=end, kinds=rules.GROUPS[query["kind"]], now=clock.now())


def _period(since: date, until: date) -> tuple[datetime, datetime]:
    """Raises NotValid naming the field."""
    if until < since:
        raise NotValid(_("The period ends before it begins."), field="until")
    if until - since > timedelta(days=presenters.LONGEST_DAYS):
        raise NotValid(_("At most %(days)d days at once.", days=presenters.LONGEST_DAYS), field="until")
    return datetime.combine(since, time(), UTC), datetime.combine(until, time(), UTC) + timedelta(days=1)

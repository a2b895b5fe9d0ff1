"""What visits add to rules: they start them, and a rule can propose or book one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as say
from flask_babel import lazy_gettext as _

from core.errors import DomainError
from dispatch.events import VisitBooked, VisitChanged
from dispatch.visits import queries
from dispatch.visits.services import book_visit
from dispatch.visits.suggesting import Suggestion, suggest
from tickets import services as tickets
from tickets.automation.actions import Action, Work
from tickets.automation.inputs import Input
from tickets.automation.slots import ACTIONS, TRIGGERS
from tickets.automation.triggers import Facts, Trigger

PROPOSED = 3
_WHAT = {
    "done": _("it is done"),
    "needs_part": _("it needs a part"),
    "no_access": _("nobody let the technician in"),
    "cancelled": _("it is called off"),
    "moved": _("it is moved"),
    "on_the_way": _("the technician is on the way"),
    "on_site": _("the technician has arrived"),
}


def fill() -> None:
    """Two triggers and an action."""
    TRIGGERS.fill("visit_booked", lambda: _BOOKED, weight=60)
    TRIGGERS.fill("visit_changed", lambda: _CHANGED, weight=61)
    ACTIONS.fill("visit", lambda: _VISIT, weight=60)


def _facts(data: Mapping[str, Any]) -> Facts | None:
    return {"what": [data["what"]]} if data["what"] in _WHAT else None


def _job_types() -> list[tuple[int, str]]:
    return [(job_type.id, job_type.name) for job_type in queries.job_types()]


def _how() -> list[tuple[str, Any]]:
    return [("propose", _("write the best three into a note")), ("book", _("book the best one"))]


def _run(work: Work, values: Mapping[str, Any]) -> dict[str, Any] | None:
    found = suggest(ticket_id=work.ticket.id, job_type_id=values["job_type"], now=work.now, count=PROPOSED)
    if not found:
        raise DomainError(_("There is no visit that works within the next 14 days."), code="no_visit")
    if values["how"] == "propose":
        lines = [say("Visits that would work:"), *(f"- {_line(one, work)}" for one in found)]
        tickets.add_note(ticket_id=work.ticket.id, text="\n".join(lines), actor_id=None, now=work.now)
        return None
    best = found[0]
    book_visit(
        ticket_id=work.ticket.id,
        job_type_id=values["job_type"],
        person_id=best.person_id,
        helper_ids=best.helper_ids,
        start=best.start,
        end=best.end,
        promised_from=best.promised_from,
        promised_until=best.promised_until,
        now=work.now,
        actor_id=None,
    )
    return {"names": [_line(best, work)]}


def _line(one: Suggestion, work: Work) -> str:
    zone = ZoneInfo(work.ticket.queue.branch.time_zone)
    return f"{one.names}, {one.start.astimezone(zone):%Y-%m-%d %H:%M}–{one.end.astimezone(zone):%H:%M}"


_BOOKED = Trigger(name="visit_booked", label=_("A visit is booked"), event=VisitBooked)
_CHANGED = Trigger(
    name="visit_changed",
    label=_("A visit goes on"),
    event=VisitChanged,
    facts=_facts,
    inputs=(Input(name="what", label=_("when"), kind="choices", choices=lambda: list(_WHAT.items()), required=False),),
)
_VISIT = Action(
    name="visit",
    label=_("Find a visit"),
    run=_run,
    inputs=(
        Input(name="job_type", label=_("Job type"), kind="choice", choices=_job_types),
        Input(name="how", label=_("How"), kind="choice", choices=_how),
    ),
    sets_off=lambda values: [("visit_booked", {}), ("status_changed", {"to": ["scheduled"]})] if values["how"] == "book" else [],
)

"""Settings of tickets: queues, hours and holidays, policies. The pages hold the frame; rows come and go through the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from holidays import list_supported_countries
from sqlalchemy import select

from core.auth.access import permission
from core.auth.preferences import time_zones
from core.settings_pages import FIRST_STEPS, SETTINGS, Step
from customers.rules import TIERS
from staff import presenters as staff_presenters
from staff import queries as staff
from tickets import queries
from tickets.models import Queue
from tickets.sla import api_calendars, on_call
from tickets.sla import queries as sla
from tickets.sla.models import CalendarRow, Policy

blueprint = Blueprint("ticket_settings", __name__)
# name, label, address, icon, weight, permission
PAGES = (
    ("queues", _("Queues"), "/settings/queues", "inbox", 10, "settings.manage"),
    ("calendars", _("Hours and holidays"), "/settings/calendars", "calendar-time", 20, "sla.manage"),
    ("policies", _("Service levels"), "/settings/policies", "clock", 30, "sla.manage"),
    ("on-call", _("On call"), "/settings/on-call", "phone-calling", 40, "sla.manage"),
)

STEPS = (
    ("hours", 20, Step(label=_("Opening hours and holidays"), text=_("Promises are counted in them, and callers are told when you are open."),
                       address="/settings/calendars", permission="sla.manage", needed=True, there=select(CalendarRow.id))),
    ("queue", 30, Step(label=_("A queue"), text=_("Where calls, mails and forms arrive, and who sees them."),
                       address="/settings/queues", permission="settings.manage", needed=True, there=select(Queue.id))),
    ("policy", 40, Step(label=_("A service level"), text=_("How soon you promise to answer, to come and to be done."),
                        address="/settings/policies", permission="sla.manage", needed=True, there=select(Policy.id))),
)  # fmt: skip


def fill() -> None:
    """Add the pages to the settings' side list."""
    for name, label, address, icon, weight, needed in PAGES:
        entry: dict[str, Any] = {"group": "work", "label": label, "address": address, "icon": icon, "permission": needed}
        SETTINGS.fill(name, lambda entry=entry: entry, weight=weight)
    for name, weight, step in STEPS:
        FIRST_STEPS.fill(name, lambda step=step: step, weight=weight)


def _choices() -> dict[str, Any]:
    """What the forms choose from."""
    return {
        "branches": [staff_presenters.branch(row) for row in staff.branches()],
        "calendars": [{"id": row.id, "name": row.name, "branch_id": row.branch_id} for row in sla.calendars()],
        "queues": [{"id": queue.id, "name": queue.name, "branch_id": queue.branch_id} for queue in queries.queues()],
    }


@blueprint.get("/settings/queues")
@permission("settings.manage")
def queues() -> str:
    """Where tickets and calls wait."""
    skills = [staff_presenters.skill(row) for row in staff.skills()]
    return render_template("tickets/settings_queues.html", page_data=_choices() | {"skills": skills})


@blueprint.get("/settings/calendars")
@permission("sla.manage")
def calendars() -> str:
    """All calendars, and the branches that have none."""
    return render_template("tickets/settings_calendars.html", page_data=_choices())


def _calendar_page(row: CalendarRow | None) -> str:
    data = {"calendar": api_calendars.calendar(row) if row is not None else None, "zones": list(time_zones())}
    countries = {country: list(regions) for country, regions in list_supported_countries().items() if len(country) == 2}
    return render_template("tickets/settings_calendar.html", calendar=row, page_data=_choices() | data | {"holiday_countries": countries})


@blueprint.get("/settings/calendars/new")
@permission("sla.manage")
def new_calendar() -> str:
    """Hours to be published for the first time; `?branch=` makes them a branch's own."""
    return _calendar_page(None)


@blueprint.get("/settings/calendars/<int:calendar_id>")
@permission("sla.manage")
def calendar(calendar_id: int) -> str:
    """One calendar: week, holidays, single days; published as a new version."""
    return _calendar_page(sla.calendar(calendar_id))


@blueprint.get("/settings/policies")
@permission("sla.manage")
def policies() -> str:
    """What is promised to whom, in the order in which it is tried."""
    return render_template("tickets/settings_policies.html", page_data=_choices())


def _policy_page(row: Policy | None) -> str:
    data = {
        "policy_id": row.id if row is not None else None,
        "tiers": list(TIERS),
        "people": _people(),
        "rotas": [{"id": rota.id, "name": rota.name} for rota in on_call.rotas()],
    }
    return render_template("tickets/settings_policy.html", policy=row, page_data=_choices() | data)


def _people() -> list[dict[str, Any]]:
    return [{"id": person.id, "name": person.name} for person in staff.people()]


@blueprint.get("/settings/policies/new")
@permission("sla.manage")
def new_policy() -> str:
    """A promise more."""
    return _policy_page(None)


@blueprint.get("/settings/policies/<int:policy_id>")
@permission("sla.manage")
def policy(policy_id: int) -> str:
    """One policy: for whom, which times, what happens when they are missed, with a worked example."""
    return _policy_page(sla.policy(policy_id))


@blueprint.get("/settings/on-call")
@permission("sla.manage")
def on_call_rotas() -> str:
    """Who is called when a ladder says so."""
    return render_template("tickets/settings_on_call.html", page_data=_choices() | {"people": _people(), "zones": list(time_zones())})


@blueprint.get("/escalations")
@permission("board.supervise")
def escalations() -> str:
    """The log of escalations."""
    return render_template("tickets/escalations.html")

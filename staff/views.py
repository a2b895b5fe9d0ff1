"""Pages of the settings that are about people. They hold the frame; the lists come through the API."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.auth.access import permission
from core.auth.permissions import ROLES
from core.auth.preferences import time_zones
from core.auth.security import may
from core.i18n import LANGUAGES
from core.jsonable import jsonable
from core.phones import COUNTRIES
from staff import availability, leave, leave_rules, presenters, queries
from staff.api import AHEAD
from staff.api_deputies import shown as shown_deputies
from staff.services.organisation import SKILL_KINDS

blueprint = Blueprint("staff", __name__)

ROLE_NAMES = {
    "agent": (_("Agent"), _("Takes calls, mail and messages; works tickets.")),
    "technician": (_("Technician"), _("Sees their own jobs and van in the field app.")),
    "dispatcher": (_("Dispatcher"), _("Plans visits, books parts, keeps the rota.")),
    "supervisor": (_("Supervisor"), _("Watches the boards, listens in, reads reports, imports customers.")),
    "admin": (_("Administrator"), _("All of it, and settings, users and tokens.")),
}


def _organisation() -> dict[str, Any]:
    """What the forms choose from."""
    return {
        "branches": [presenters.branch(row) for row in queries.branches()],
        "teams": [presenters.team(row) for row in queries.teams()],
        "skills": [presenters.skill(row) for row in queries.skills()],
        "roles": [{"key": key, "name": str(ROLE_NAMES[key][0]), "text": str(ROLE_NAMES[key][1])} for key in ROLES],
        "languages": LANGUAGES,
        "zones": list(time_zones()),
        "countries": sorted(COUNTRIES),
        "skill_kinds": list(SKILL_KINDS),
        "me": current_user.id,
        "may": {"users": may("users.manage"), "rota": may("rota.write"), "settings": may("settings.manage")},
    }


@blueprint.get("/settings/users")
@permission("users.manage")
def users() -> str:
    """Accounts: invite, change, deactivate."""
    return render_template("staff/users.html", page_data=_organisation())


@blueprint.get("/settings/users/new")
@permission("users.manage")
def new_user() -> str:
    """Invite a colleague."""
    return render_template("staff/user.html", user=None, page_data=_organisation() | {"user": None})


@blueprint.get("/settings/users/<int:user_id>")
@permission("users.manage")
def user(user_id: int) -> str:
    """One colleague's account, roles, work and skills."""
    found = presenters.users([queries.user(user_id)], country=queries.home_country(current_user.id))[0]
    return render_template("staff/user.html", user=found, page_data=_organisation() | {"user": jsonable(found)})


@blueprint.get("/settings/rota/<int:person_id>")
@permission("rota.write")
def rota_of(person_id: int) -> str:
    """One person's week and absences."""
    found = queries.person(person_id)
    shown = presenters.people([found], country=queries.home_country(current_user.id))[0]
    now = clock.now()
    data = {
        "today": now.astimezone(ZoneInfo(found.branch.time_zone)).date(),
        "person": shown,
        "shifts": [presenters.shift(row) for row in queries.shifts(person_id)],
        "absences": [presenters.absence(row) for row in queries.absences([person_id], now, now + AHEAD)],
        "deputies": shown_deputies(availability.deputies(person_id, since=now)),
        "people": [{"id": row.id, "name": row.name} for row in queries.people() if row.id != person_id],
        "working_time": presenters.working_time(found) if may("staff.supervise") else None,
    }
    return render_template("staff/rota_person.html", person=found, page_data=jsonable(data))


@blueprint.get("/settings/rota")
@permission("rota.write")
def rota() -> str:
    """Shifts and absences of everybody who takes calls or drives out."""
    return render_template("staff/rota.html", page_data=_organisation())


@blueprint.get("/rota")
@permission("staff.read")
def rota_days() -> str:
    """Two weeks of everybody, date by date."""
    today = clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()
    data = {
        "today": today,
        "branches": [{"id": row.id, "name": row.name} for row in queries.branches(active_only=True)],
        "teams": [{"id": row.id, "name": row.name} for row in queries.teams()],
        "may": {"write": may("rota.write")},
    }
    return render_template("staff/rota_days.html", page_data=jsonable(data))


@blueprint.get("/leave")
@permission("account.use")
def leave_page() -> str:
    """The reader's own leave, and what they may decide on."""
    person = queries.person_of_user(current_user.id)
    data = {
        "person": {"id": person.id, "time_zone": person.branch.time_zone} if person is not None and person.active else None,
        "kinds": [{"value": key, "label": str(word)} for key, word in leave_rules.KINDS.items()],
        "today": clock.now().astimezone(ZoneInfo(current_user.time_zone)).date(),
        "may": {"decide": may(leave.DECIDE)},
    }
    return render_template("staff/leave.html", page_data=jsonable(data))


@blueprint.get("/settings/branches")
@permission("settings.manage")
def branches() -> str:
    """Our locations."""
    return render_template("staff/branches.html", page_data=_organisation())


@blueprint.get("/settings/teams")
@permission("settings.manage")
def teams() -> str:
    """Teams."""
    return render_template("staff/teams.html", page_data=_organisation())


@blueprint.get("/settings/skills")
@permission("settings.manage")
def skills() -> str:
    """What people can do."""
    return render_template("staff/skills.html", page_data=_organisation())


@blueprint.get("/settings/tokens")
@permission("users.manage")
def tokens() -> str:
    """Bearer tokens of the API."""
    data = _organisation() | {
        "users": [{"id": row.id, "name": row.name, "roles": sorted(row.role_names)} for row in queries.users(active=True)]
    }
    return render_template("staff/tokens.html", page_data=data)


@blueprint.get("/settings/audit")
@permission("audit.read")
def audit() -> str:
    """Who changed which setting or access."""
    return render_template("staff/audit.html", page_data={})

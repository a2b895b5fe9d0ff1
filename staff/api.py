"""People over HTTP: accounts, invitations, skills, shifts, absences, presence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, answer_holds_a_secret
from core.auth.access import permission
from core.auth.models import User
from core.auth.security import may
from core.errors import Conflict, NotFound
from staff import leave, presenters, queries, rules, schemas, services
from staff.models import Person
from staff.rules import WeeklyShift
from staff.schemas import listed

blueprint = ApiBlueprint("people", "Accounts, people, skills, shifts, absences and presence")
AHEAD = timedelta(days=366)


def _country() -> str:
    return queries.home_country(current_user.id)


def _shown(user: User) -> dict[str, Any]:
    return presenters.users([user], country=_country())[0]


def _shown_person(person: Person) -> dict[str, Any]:
    return presenters.people([person], country=_country())[0]


def _link(secret: str) -> str:
    """The address of the invitation, for this answer only."""
    answer_holds_a_secret()
    return f"{current_app.config['CALLOUT'].public_base_url}/welcome/{secret}"


@blueprint.route("/users")
@permission("users.manage")
@blueprint.arguments(schemas.UserQuery, location="query")
@blueprint.response(200, listed(schemas.UserSchema))
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """All accounts by name, with the people they belong to."""
    return {"items": presenters.users(queries.users(text=query["q"], active=query["active"]), country=_country()), "next": None}


@blueprint.route("/users", methods=("POST",))
@permission("users.manage")
@blueprint.arguments(schemas.UserInput)
@blueprint.response(201, schemas.InvitedSchema)
def invite_user(body: dict[str, Any]) -> dict[str, Any]:
    """Invite a colleague. The link is in this answer only."""
    person = body.pop("person", None) or {}
    user, secret = services.invite_colleague(
        **body, person=person if person.get("kind") else None, now=clock.now(), actor_id=current_user.id
    )
    return {"user": _shown(user), "link": _link(secret)}


@blueprint.route("/users/<int:user_id>")
@permission("users.manage")
@blueprint.response(200, schemas.UserSchema)
def get_user(user_id: int) -> dict[str, Any]:
    """One account."""
    return _shown(queries.user(user_id))


@blueprint.route("/users/<int:user_id>", methods=("PATCH",))
@permission("users.manage")
@blueprint.arguments(schemas.UserPatch)
@blueprint.response(200, schemas.UserSchema)
def change_user(body: dict[str, Any], user_id: int) -> dict[str, Any]:
    """Change an account, its roles and its person. Another set of roles signs the person out."""
    roles, person = body.pop("roles", None), body.pop("person", None)
    return _shown(
        services.update_account(user_id=user_id, changes=body, roles=roles, person=person, now=clock.now(), actor_id=current_user.id)
    )


@blueprint.route("/users/<int:user_id>/invitation", methods=("POST",))
@permission("users.manage")
@blueprint.response(201, schemas.InvitedSchema)
def invite_user_again(user_id: int) -> dict[str, Any]:
    """A new link for somebody who has not used theirs; the old one ends."""
    secret = services.invite_again(user_id=user_id, now=clock.now(), actor_id=current_user.id)
    return {"user": _shown(queries.user(user_id)), "link": _link(secret)}


@blueprint.route("/users/<int:user_id>/deactivation", methods=("POST",))
@permission("users.manage")
@blueprint.response(200, schemas.UserSchema)
def deactivate_user(user_id: int) -> dict[str, Any]:
    """End an account: signed out everywhere, tokens revoked, open work handed back. Nothing is deleted."""
    return _shown(services.deactivate(user_id=user_id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/users/<int:user_id>/deactivation", methods=("DELETE",))
@permission("users.manage")
@blueprint.response(200, schemas.UserSchema)
def reactivate_user(user_id: int) -> dict[str, Any]:
    """Let somebody in again."""
    return _shown(services.reactivate(user_id=user_id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/people")
@permission("staff.read")
@blueprint.arguments(schemas.PeopleQuery, location="query")
@blueprint.response(200, listed(schemas.PersonSchema))
def list_people(query: dict[str, Any]) -> dict[str, Any]:
    """People who take calls or drive out, by name, with skills and presence."""
    found = queries.people(kinds=query["kind"], branch_id=query["branch_id"], active_only=not query["all"])
    return {"items": presenters.people(found, country=_country()), "next": None}


@blueprint.route("/people/<int:person_id>")
@permission("staff.read")
@blueprint.response(200, schemas.PersonSchema)
def get_person(person_id: int) -> dict[str, Any]:
    """One person."""
    return _shown_person(queries.person(person_id))


@blueprint.route("/people/<int:person_id>/skills", methods=("PUT",))
@permission("users.manage")
@blueprint.arguments(schemas.SkillsInput)
@blueprint.response(200, schemas.PersonSchema)
def put_skills(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Replace a person's skills."""
    skills = {row["skill_id"]: (row["level"], row["expires_on"]) for row in body["skills"]}
    return _shown_person(services.set_skills(person_id=person_id, skills=skills, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/people/<int:person_id>/shifts")
@permission("staff.read")
@blueprint.response(200, schemas.ShiftsSchema)
def get_shifts(person_id: int) -> dict[str, Any]:
    """A person's weeks, with the dates each holds for."""
    queries.person(person_id)
    return {"shifts": [presenters.shift(row) for row in queries.shifts(person_id)]}


@blueprint.route("/people/<int:person_id>/shifts", methods=("PUT",))
@permission("rota.write")
@blueprint.arguments(schemas.ShiftsSchema)
@blueprint.response(200, schemas.ShiftsSchema)
def put_shifts(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Replace a person's weeks."""
    week = [WeeklyShift(**row) for row in body["shifts"]]
    rows = services.set_shifts(person_id=person_id, shifts=week, now=clock.now(), actor_id=current_user.id)
    return {"shifts": [presenters.shift(row) for row in rows]}


@blueprint.route("/rota")
@permission("staff.read")
@blueprint.arguments(schemas.PeopleQuery, location="query")
@blueprint.response(200, listed(schemas.RotaSchema))
def list_rota(query: dict[str, Any]) -> dict[str, Any]:
    """Everybody's week as it holds this week, and absences from now on, a year ahead."""
    found = queries.people(kinds=query["kind"], branch_id=query["branch_id"], active_only=not query["all"])
    ids, now = [row.id for row in found], clock.now()
    days = {row.id: now.astimezone(ZoneInfo(row.branch.time_zone)).date() for row in found}
    return {"items": presenters.rota(found, queries.shifts_of(ids), queries.absences(ids, now, now + AHEAD), days), "next": None}


@blueprint.route("/people/<int:person_id>/absences")
@permission("staff.read")
@blueprint.arguments(schemas.RangeQuery, location="query")
@blueprint.response(200, listed(schemas.AbsenceSchema))
def list_absences(query: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Absences that touch a range; without one those from now on, a year ahead."""
    queries.person(person_id)
    start = query["start"] or clock.now()
    found = queries.absences([person_id], start, query["end"] or start + AHEAD)
    return {"items": [presenters.absence(row) for row in found], "next": None}


@blueprint.route("/people/<int:person_id>/absences", methods=("POST",))
@permission("rota.write")
@blueprint.arguments(schemas.AbsenceSchema)
@blueprint.response(201, schemas.AbsenceSchema)
def add_absence(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Somebody will not be there. `hits`: visits that stay booked and are to be placed anew."""
    row = services.add_absence(person_id=person_id, **body, now=clock.now(), actor_id=current_user.id)
    hits = leave.hits(person_id, row.starts_at, row.ends_at)
    return presenters.absence(row) | {"hits": [presenters.hit_line(one) for one in hits]}


@blueprint.route("/absences/<int:absence_id>", methods=("DELETE",))
@permission("rota.write")
@blueprint.response(204)
def remove_absence(absence_id: int) -> None:
    """They come after all. Approved leave is cancelled by who decides on leave; others are told to ask them."""
    granted = leave.of_absence(absence_id) if may(leave.DECIDE) else None
    if granted is not None:
        services.cancel_leave(leave_id=granted, now=clock.now(), actor_id=current_user.id)
    else:
        services.remove_absence(absence_id=absence_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/people/<int:person_id>/presence", methods=("PUT",))
@permission("staff.supervise")
@blueprint.arguments(schemas.PresenceSchema)
@blueprint.response(200, schemas.PresenceSchema)
def put_presence(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """A supervisor sets somebody ready, on a break or offline. What comes from calls cannot be set by hand."""
    return _chosen(person_id, body)


@blueprint.route("/me/presence")
@permission("account.use")
@blueprint.response(200, schemas.PresenceSchema)
def my_presence() -> dict[str, Any]:
    """What I am doing."""
    return presenters.presence(queries.current_presence(_me().id))


@blueprint.route("/me/presence", methods=("PUT",))
@permission("account.use")
@blueprint.arguments(schemas.PresenceSchema)
@blueprint.response(200, schemas.PresenceSchema)
def put_my_presence(body: dict[str, Any]) -> dict[str, Any]:
    """Ready, on a break (with a reason) or offline. Not during a call."""
    return _chosen(_me().id, body)


def _me() -> Person:
    person = queries.person_of_user(current_user.id)
    if person is None or not person.active:
        raise NotFound(_("Your account is nobody who takes calls or drives out."))
    return person


def _chosen(person_id: int, body: dict[str, Any]) -> dict[str, Any]:
    queries.person(person_id)
    current = queries.current_presence(person_id)
    if body["state"] in rules.STATES and body["state"] not in rules.CHOSEN:
        raise Conflict(_("This state comes from calls and cannot be chosen."), field="state")
    if current is not None and current.state == "on_call":
        raise Conflict(_("The call is still running."), field="state")
    reason = body["reason"] if body["state"] == "break" else None
    if reason is not None and reason not in rules.BREAK_REASONS:
        raise Conflict(_("There is no such reason for a break."), field="reason")
    row = services.set_presence(person_id=person_id, state=body["state"], reason=reason, now=clock.now(), actor_id=current_user.id)
    return presenters.presence(row)

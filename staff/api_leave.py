"""Leave over HTTP: everybody asks for their own, supervisors decide."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.errors import NotFound
from staff import leave, presenters, queries, schemas, services
from staff.models import LeaveRequest, Person
from staff.schemas import listed

LEAVES = listed(schemas.LeaveSchema)
blueprint = ApiBlueprint("leave", "Leave: asked for, approved or refused")


def shown(row: LeaveRequest) -> dict[str, Any]:
    """With what it would hit, as long as it waits."""
    asked = leave.span(row)
    return presenters.leave(row, leave.hits(row.person_id, asked.start, asked.end) if row.state == "requested" else None)


@blueprint.route("/me/leave")
@permission("account.use")
@blueprint.response(200, LEAVES)
def my_leave() -> dict[str, Any]:
    """What I asked for, the latest days first."""
    return {"items": [presenters.leave(row) for row in leave.of_person(_me().id)], "next": None}


@blueprint.route("/me/leave", methods=("POST",))
@permission("account.use")
@blueprint.arguments(schemas.LeaveSchema)
@blueprint.response(201, schemas.LeaveSchema)
def ask_for_leave(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for whole days, or for a part of the first and the last."""
    return presenters.leave(services.ask_for_leave(person_id=_me().id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/leave")
@permission("leave.decide")
@blueprint.arguments(schemas.LeaveQuery, location="query")
@blueprint.response(200, LEAVES)
def list_leave(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for my decision, the soonest first, each with the booked work it would hit; or what was decided last. My own leave waits for
    others, if there are any."""
    rows = leave.decided() if query["decided"] else leave.waiting(current_user.id)
    return {"items": [shown(row) for row in rows], "next": None}


@blueprint.route("/leave/<int:leave_id>/approval", methods=("POST",))
@permission("leave.decide")
@blueprint.arguments(schemas.LeaveAnswer)
@blueprint.response(200, schemas.LeaveSchema)
def approve_leave(body: dict[str, Any], leave_id: int) -> dict[str, Any]:
    """They will not be there. `hits`: visits that stay booked and are to be placed anew."""
    return presenters.leave(*services.approve_leave(leave_id=leave_id, answer=body["answer"], now=clock.now(), actor_id=current_user.id))


@blueprint.route("/leave/<int:leave_id>/refusal", methods=("POST",))
@permission("leave.decide")
@blueprint.arguments(schemas.LeaveAnswer)
@blueprint.response(200, schemas.LeaveSchema)
def refuse_leave(body: dict[str, Any], leave_id: int) -> dict[str, Any]:
    """Not granted, with a word why."""
    return presenters.leave(services.refuse_leave(leave_id=leave_id, answer=body["answer"], now=clock.now(), actor_id=current_user.id))


@blueprint.route("/leave/<int:leave_id>/cancellation", methods=("POST",))
@permission("account.use")
@blueprint.response(200, schemas.LeaveSchema)
def cancel_leave(leave_id: int) -> dict[str, Any]:
    """Taken back by who asked, before it begins; by who decides at any time."""
    row = leave.request(leave_id)
    decides = may(leave.DECIDE)
    if not decides and row.person.user_id != current_user.id:
        raise NotFound(_("There is no such leave."))
    return presenters.leave(services.cancel_leave(leave_id=leave_id, own_only=not decides, now=clock.now(), actor_id=current_user.id))


def _me() -> Person:
    person = queries.person_of_user(current_user.id)
    if person is None or not person.active:
        raise NotFound(_("Your account is nobody who takes calls or drives out."))
    return person

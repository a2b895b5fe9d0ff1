"""Deputies over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.models import User
from core.db import db
from staff import availability, presenters, queries, schemas, services
from staff.models import Deputy, Person
from staff.schemas import listed

blueprint = ApiBlueprint("deputies", "Who stands in for whom while they are away")


def shown(rows: list[Deputy]) -> list[dict[str, Any]]:
    """With the names, by one more statement."""
    query = select(Person.id, User.name).join(User, User.id == Person.user_id).where(Person.id.in_([row.deputy_id for row in rows]))
    names: dict[int, str] = dict(db.session.execute(query).tuples().all())
    return [presenters.deputy(row, names) for row in rows]


@blueprint.route("/people/<int:person_id>/deputies")
@permission("staff.read")
@blueprint.response(200, listed(schemas.DeputySchema))
def list_deputies(person_id: int) -> dict[str, Any]:
    """From now on, the standing one first."""
    queries.person(person_id)
    return {"items": shown(availability.deputies(person_id, since=clock.now())), "next": None}


@blueprint.route("/people/<int:person_id>/deputies", methods=("POST",))
@permission("rota.write")
@blueprint.arguments(schemas.DeputySchema)
@blueprint.response(201, schemas.DeputySchema)
def add_deputy(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Somebody stands in: between two times, or without times always while the person is absent (then in the place of who did so far)."""
    row = services.add_deputy(person_id=person_id, **body, now=clock.now(), actor_id=current_user.id)
    return shown([row])[0]


@blueprint.route("/deputies/<int:deputy_id>", methods=("DELETE",))
@permission("rota.write")
@blueprint.response(204)
def remove_deputy(deputy_id: int) -> None:
    """They stand in no longer."""
    services.remove_deputy(deputy_row_id=deputy_id, now=clock.now(), actor_id=current_user.id)

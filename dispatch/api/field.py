"""A technician's own day over HTTP, and reports from the road."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_smorest import Blueprint

from core import clock, inbox
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db, transaction
from core.errors import NotAllowed
from core.jsonable import jsonable
from dispatch import presenters, services
from dispatch.api import schemas
from dispatch.materials import queries as stock
from dispatch.materials.models import Part
from dispatch.materials.naming import title
from dispatch.topics import FIELD_DAYS
from dispatch.visits import queries
from dispatch.visits.services.field import raw_of, source_of
from staff.models import Person
from staff.queries import person_of_user
from tickets.schemas import listed

blueprint = ApiBlueprint("field", "A technician's own day, and reports from the road")


def myself() -> Person:
    """The technician who asks. Raises NotAllowed for an account that is nobody's."""
    person = person_of_user(current_user.id)
    if person is None or not person.active:
        raise NotAllowed(_("Your account belongs to no technician."))
    return person


def own_day(person: Person) -> dict[str, Any]:
    """Visits of today and the next days, and what is on the van."""
    now = clock.now()
    zone = person.branch.time_zone
    start, _end = queries.day_range(now.astimezone(ZoneInfo(zone)).date(), zone)
    van = stock.van_of(person.id)
    found = presenters.field_visits(queries.visits_of_person(person.id, start, start + FIELD_DAYS), person)
    return {
        "at": now,
        "person": {
            "id": person.id,
            "name": person.name,
            "time_zone": zone,
            "van": van.name if van is not None else None,
            "van_id": van.id if van is not None else None,
        },
        "visits": jsonable(found),
        "van": presenters.van_parts(van) if van is not None else [],
    }


@blueprint.route("/field/day")
@permission("field.use")
@blueprint.response(200, schemas.FieldDaySchema)
def day() -> dict[str, Any]:
    """My visits of today and the next seven days with all that is needed at the door, and what is on my van."""
    return own_day(myself())


@blueprint.route("/field/parts")
@permission("field.use")
@blueprint.arguments(schemas.PartSearch, location="query")
@blueprint.response(200, listed(schemas.FoundPartSchema))
def find_parts(query: dict[str, Any]) -> dict[str, Any]:
    """Parts of the catalogue by number or name, for saying which one is needed: the first eight."""
    found = stock.parts(text=query["text"], active_only=True).order_by(Part.name, Part.id).limit(8)
    return {"items": [{"id": part.id, "sku": part.sku, "name": title(part)} for part in db.session.scalars(found)], "next": None}


# Not by ApiBlueprint's own way: that is one transaction, and what comes from the road is stored in a first one before it is applied in a second.
@Blueprint.route(blueprint, "/field/updates", methods=["POST"])
@permission("visits.perform")
@blueprint.arguments(schemas.UpdateInput)
@blueprint.response(200, schemas.UpdateAnswer)
def update(body: dict[str, Any]) -> dict[str, Any]:
    """Report from the road. Send it until it is answered: the same `uuid` is applied once. 200 also for `conflict` and `refused`: the report has
    arrived, and the answer says how the visit stands. Only a 409 `busy` and a 5xx are to be sent again as they are."""
    now = clock.now()
    with transaction():
        person_id = myself().id
        visit_id = queries.visit_by_number(body["visit"]).id
        raw = raw_of(visit_id, body["action"], body["happened_at"], body["data"])
        inbox.receive(source=source_of(person_id), key=str(body["uuid"]), raw=raw, now=now)
    with transaction():
        answer = services.apply_field_update(
            person_id=person_id,
            uuid=body["uuid"],
            visit_id=visit_id,
            action=body["action"],
            happened_at=body["happened_at"],
            now=now,
            data=body["data"],
            actor_id=current_user.id,
        )
    db.session.rollback()
    return answer

"""Views of the list of tickets over HTTP: keeping them, and how many tickets each has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import fields, validate

from core import clock, live
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.permissions import ROLES
from core.auth.security import current_roles, may
from core.errors import NotValid
from staff.queries import person_of_user
from tickets import conditions, topics
from tickets.conditions import Field
from tickets.saved_views import listing, selecting, services
from tickets.saved_views.models import SavedView
from tickets.saved_views.services import Reader
from tickets.saved_views.standard import STANDARD, StandardView
from tickets.schemas import identity, listed, one_of, plain

blueprint = ApiBlueprint("views", "Views of the list of tickets")


class ViewPatch(ma.Schema):
    """`conditions`: {"match": "all" | "any", "items": […]} over the fields of `/tickets/condition-fields`. `roles`, `queue_ids`: with whom it is
    shared; none named: with everybody."""

    name = plain(200)
    conditions = fields.Dict(metadata={"description": "As /tickets/condition-fields says"})
    columns = fields.List(plain(100), validate=validate.Length(max=60))
    sort = plain(100)
    descending = fields.Boolean(allow_none=True)
    shared = fields.Boolean()
    roles = fields.List(one_of(ROLES), validate=validate.Length(max=len(ROLES)))
    queue_ids = fields.List(identity(), validate=validate.Length(max=100))


class ViewInput(ViewPatch):
    name = plain(200, required=True)
    conditions = fields.Dict(required=True)
    columns = fields.List(plain(100), validate=validate.Length(max=60), required=True)


class ViewProblemSchema(ma.Schema):
    path = fields.List(fields.Integer())
    field = fields.String()
    code = fields.String()
    message = fields.String()


class ViewSchema(ma.Schema):
    key = fields.String(metadata={"description": "Of a standard view a word, else its id; `view=` of GET /tickets takes it"})
    name = fields.String()
    standard = fields.Boolean()
    shared = fields.Boolean()
    mine = fields.Boolean()
    may_change = fields.Boolean()
    conditions = fields.Dict()
    columns = fields.List(fields.String())
    sort = fields.String()
    descending = fields.Boolean(allow_none=True)
    roles = fields.List(fields.String())
    queue_ids = fields.List(fields.Integer())
    problems = fields.List(fields.Nested(ViewProblemSchema), metadata={"description": "What it asks for and cannot be asked any more"})


class ViewCountSchema(ma.Schema):
    key = fields.String()
    count = fields.Integer(allow_none=True, metadata={"description": "null: it cannot be counted now"})
    more = fields.Boolean(metadata={"description": "There are more than `count`"})


class CountsSchema(ma.Schema):
    items = fields.List(fields.Nested(ViewCountSchema))


def reader() -> Reader:
    """Who asks."""
    now, person = clock.now(), person_of_user(current_user.id)
    return Reader(
        user_id=current_user.id,
        person=person,
        roles=current_roles(),
        sharer=may("views.share"),
        manager=may("settings.manage"),
        now=now,
        queue_ids=services.served(person, now),
    )


def read_conditions(given: str | None) -> dict[str, Any] | None:
    """Conditions from an address: JSON. Raises NotValid."""
    if not given:
        return None
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotValid(_("These conditions are no JSON."), field="conditions")
    return found


def told(view: SavedView | StandardView, who: Reader, known: dict[str, Field]) -> dict[str, Any]:
    """A view as data."""
    asked = services.conditions_of(view, who)
    standard = isinstance(view, StandardView)
    found = {"conditions": asked, "columns": list(view.columns), "sort": view.sort, "standard": standard, "name": str(view.name)}
    found["problems"] = [] if standard else [conditions.told(one) for one in conditions.problems(asked, known=known)]
    if isinstance(view, StandardView):
        return {
            **found,
            "key": view.key,
            "descending": None,
            "shared": True,
            "mine": False,
            "may_change": False,
            "roles": [],
            "queue_ids": [],
        }
    own = {"key": str(view.id), "mine": view.owner_id == who.user_id, "may_change": services.may_change(view, who)}
    return found | own | {name: getattr(view, name) for name in ("descending", "shared", "roles", "queue_ids")}


def all_views(who: Reader) -> list[dict[str, Any]]:
    """The standard views, then one's own and shared ones."""
    known = conditions.fields()
    return [told(view, who, known) for view in _of(who)]


def _of(who: Reader, *, saved: bool = True) -> list[SavedView | StandardView]:
    return [*STANDARD, *(services.visible(who) if saved else [])]


@blueprint.route("/tickets/views")
@permission("tickets.read")
@blueprint.response(200, listed(ViewSchema))
def list_views() -> dict[str, Any]:
    """The standard views, then one's own and those that are shared with one."""
    return {"items": all_views(reader()), "next": None}


@blueprint.route("/tickets/views", methods=("POST",))
@permission("tickets.read")
@blueprint.arguments(ViewInput)
@blueprint.response(201, ViewSchema)
def create_view(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a view, for oneself or shared."""
    who = reader()
    return told(services.save(view=None, values=body, reader=who), who, conditions.fields())


@blueprint.route("/tickets/views/<int:view_id>", methods=("PATCH",))
@permission("tickets.read")
@blueprint.arguments(ViewPatch)
@blueprint.response(200, ViewSchema)
def change_view(body: dict[str, Any], view_id: int) -> dict[str, Any]:
    """Change what is sent. Only its owner may, of a shared one an administrator too."""
    who = reader()
    return told(services.save(view=services.view_of(view_id, who), values=body, reader=who), who, conditions.fields())


@blueprint.route("/tickets/views/<int:view_id>", methods=("DELETE",))
@permission("tickets.read")
@blueprint.response(204)
def remove_view(view_id: int) -> None:
    """For good; the tickets stay."""
    who = reader()
    services.remove(view=services.view_of(view_id, who), reader=who)


class CountsQuery(ma.Schema):
    standard = fields.Boolean(load_default=False, metadata={"description": "Only the standard views: quick, and exact where it says so"})


@blueprint.route("/tickets/view-counts")
@permission("tickets.read")
@blueprint.arguments(CountsQuery, location="query")
@blueprint.response(200, CountsSchema)
def count_views(query: dict[str, Any]) -> dict[str, Any]:
    """How many tickets each view has: exactly for the standard views over open tickets, up to 1,000 for others."""
    who, known = reader(), conditions.fields()
    exact: dict[str, Any] = {}
    capped: dict[str, Any] = {}
    for view in _of(who, saved=not query["standard"]):
        stored = services.conditions_of(view, who)
        where = selecting.where_of(view, stored, who, known)
        key = view.key if isinstance(view, StandardView) else str(view.id)
        if where is not None:
            if isinstance(view, StandardView) and view.counted:
                exact[key] = (stored, where)
            else:
                capped[key] = where
    counts: dict[str, int | None] = {**_exactly(exact, who), **listing.capped_counts(capped)}
    return {"items": [count_told(key, count, capped=key in capped) for key, count in counts.items()]}


def _exactly(wanted: Mapping[str, tuple[Any, listing.Clauses]], who: Reader) -> dict[str, int]:
    """Counted once for everybody who asks the same until a ticket changes: all desks ask when one did. One's own change is counted at once."""
    changed = str(topics.changed_at())
    quarter = who.now.replace(minute=who.now.minute // 15 * 15, second=0, microsecond=0)  # midnights of all zones lie on one
    names = {}
    for key, (stored, _where) in wanted.items():
        asked = json.dumps([stored, quarter.isoformat(), changed], sort_keys=True)
        mine = who.person_id if '"me"' in asked else 0
        names[key] = f"{key}:{mine}:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
    keys = {name: key for key, name in names.items()}

    def compute(missing: list[str]) -> dict[str, int]:
        counted = listing.exact_counts({keys[name]: wanted[keys[name]][1] for name in missing})
        return {name: counted[keys[name]] for name in missing}

    found = live.remembered(topics.TICKETS, topics.STAFF, list(keys), compute)
    return {key: found[name] for key, name in names.items()}


def count_told(key: str, count: int | None, *, capped: bool) -> dict[str, Any]:
    """A count as data: no further than 1,000 when capped."""
    more = capped and count is not None and count > listing.COUNTED
    return {"key": key, "count": listing.COUNTED if more else count, "more": more}

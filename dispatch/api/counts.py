"""Stock-taking over HTTP. Who keeps the stock counts every place and closes; a technician counts the own van."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from core.auth.security import may
from core.errors import NotAllowed, NotFound
from dispatch.api import count_schemas, schemas
from dispatch.materials import count_presenters, count_queries, presenters, queries, services
from dispatch.materials.models import Part, Place, StockCount
from staff.queries import person_of_user
from tickets.schemas import listed

blueprint = ApiBlueprint("counts", "Stock-taking: what lies at a place, counted part by part")


def may_count(place: Place | None) -> bool:
    """Whether the signed-in user counts there: every place with `stock.write`, else the own van."""
    if place is None:
        return False
    if may("stock.write"):
        return True
    person = person_of_user(current_user.id)
    return person is not None and place.person_id == person.id


def may_cancel(count: StockCount) -> bool:
    """Whether the signed-in user calls a count off: any with `stock.write`, else one opened by themselves."""
    return may("stock.write") or count.opened_by_id == current_user.id


def own(count_id: int) -> StockCount:
    """A count the user may take part in. Raises NotFound."""
    count = count_queries.count_of(schemas.key(count_id))
    if count is None or not may_count(count.place):
        raise NotFound(_("There is no such count."))
    return count


@blueprint.route("/stock/counts")
@permission("stock.write")
@blueprint.arguments(count_schemas.StockCountQuery, location="query")
@blueprint.response(200, listed(count_schemas.StockCountSchema))
def list_counts(query: dict[str, Any]) -> dict[str, Any]:
    """Stock-takings, the newest first."""
    found = count_queries.counts(place_id=query["place_id"], open_only=query["open"])
    rows, more = page(found, order=[StockCount.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": count_presenters.counts(rows), "next": more}


@blueprint.route("/stock/counts", methods=("POST",))
@permission("stock.count")
@blueprint.arguments(count_schemas.StockCountInput)
@blueprint.response(201, count_schemas.StockCountSchema)
def open_count(body: dict[str, Any]) -> dict[str, Any]:
    """Begin to count a place. 409 `count_open` with its id when it is being counted. How it is counted is said by who keeps the stock: with
    `stock.count` alone `blind` and `recount_from` are not heeded."""
    place = queries.place_of(body["place_id"])
    if not may_count(place):
        raise NotFound(_("There is no such place."), field="place_id")
    values = body if may("stock.write") else {"place_id": body["place_id"]}
    return count_presenters.counts([services.open_count(now=clock.now(), actor_id=current_user.id, **values)])[0]


@blueprint.route("/stock/counts/<int:count_id>")
@permission("stock.count")
@blueprint.response(200, count_schemas.StockCountSchema)
def get_count(count_id: int) -> dict[str, Any]:
    """One stock-taking, and how far it is."""
    return count_presenters.counts([own(count_id)])[0]


@blueprint.route("/stock/counts/<int:count_id>/lines")
@permission("stock.count")
@blueprint.arguments(count_schemas.StockCountLineQuery, location="query")
@blueprint.response(200, listed(count_schemas.StockCountLineSchema))
def list_lines(query: dict[str, Any], count_id: int) -> dict[str, Any]:
    """Parts there and what was counted of each, by name."""
    count = own(count_id)
    found = count_queries.parts_to_count(count, text=query["text"], left_only=query["left"])
    rows, more = page(found, order=[Part.name, Part.id], after=query["after"], limit=query["limit"])
    return {"items": count_presenters.count_lines(count, rows), "next": more}


@blueprint.route("/stock/counts/<int:count_id>/lines/<int:part_id>", methods=("PUT",))
@permission("stock.count")
@blueprint.arguments(count_schemas.StockCountLineInput)
@blueprint.response(200, count_schemas.StockCountLineSchema)
def count_part(body: dict[str, Any], count_id: int, part_id: int) -> dict[str, Any]:
    """So many of a part lie there; expected is what the balance says at this moment."""
    count = own(count_id)
    line = services.count_part(count_id=count.id, part_id=schemas.key(part_id), now=clock.now(), actor_id=current_user.id, **body)
    return count_presenters.count_lines(count, [line.part])[0]


@blueprint.route("/stock/counts/<int:count_id>/review")
@permission("stock.write")
@blueprint.response(200, count_schemas.StockCountReviewSchema)
def review(count_id: int) -> dict[str, Any]:
    """What closing would change, and which visits would lose what they were promised."""
    return count_presenters.count_review(own(count_id))


@blueprint.route("/stock/counts/<int:count_id>/closure", methods=("POST",))
@permission("stock.write")
@blueprint.response(201, count_schemas.StockCountClosureSchema)
def close(count_id: int) -> dict[str, Any]:
    """Put the balances right. 409 `recount` naming what has to be counted again."""
    done = services.close_count(count_id=own(count_id).id, now=clock.now(), actor_id=current_user.id)
    found = count_presenters.counts([done.count])[0]
    return {**found, "moves": presenters.moves(done.moves), "released": presenters.reservations(done.released)}


@blueprint.route("/stock/counts/<int:count_id>/cancellation", methods=("POST",))
@permission("stock.count")
@blueprint.response(201, count_schemas.StockCountSchema)
def cancel(count_id: int) -> dict[str, Any]:
    """Stop counting; nothing is put right. 403 with `stock.count` alone, unless you opened it."""
    count = own(count_id)
    if not may_cancel(count):
        raise NotAllowed(_("Only who opened this count, or who keeps the stock, calls it off."))
    return count_presenters.counts([services.cancel_count(count_id=count.id, now=clock.now(), actor_id=current_user.id)])[0]

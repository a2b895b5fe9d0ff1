"""Visits and suggestions over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from core.auth.security import may
from core.errors import NotAllowed, NotValid
from dispatch import at_risk as risks
from dispatch import presenters, services
from dispatch.api import schemas
from dispatch.visits import queries, rules
from dispatch.visits.models import Visit
from tickets.queries import by_number
from tickets.schemas import listed

blueprint = ApiBlueprint("visits", "Visits: suggested, booked, moved, called off")


@blueprint.route("/tickets/<int:number>/suggestions")
@permission("visits.book")
@blueprint.arguments(schemas.SuggestionQuery, location="query")
@blueprint.response(200, schemas.FoundSchema)
def suggest(query: dict[str, Any], number: int) -> dict[str, Any]:
    """The visits that work for a ticket, the best first; when none does, why."""
    job_type = queries.job_type(query["job_type_id"])
    moving = queries.visit_by_number(query["visit"]).id if query["visit"] is not None else None
    found = services.find(
        ticket_id=by_number(number).id,
        job_type_id=job_type.id,
        now=clock.now(),
        earliest=query["earliest"],
        latest=query["latest"],
        count=query["count"],
        moving=moving,
    )
    return presenters.found(found, job_type)


@blueprint.route("/visits")
@permission("visits.read")
@blueprint.arguments(schemas.VisitQuery, location="query")
@blueprint.response(200, listed(schemas.VisitSchema))
def list_visits(query: dict[str, Any]) -> dict[str, Any]:
    """Visits by planned start."""
    statuses = [part.strip() for part in (query["status"] or "").split(",") if part.strip()]
    if unknown := set(statuses) - set(rules.Status):
        raise NotValid(_("There is no status “%(status)s”.", status=", ".join(sorted(unknown))), field="status")
    start = datetime.combine(query["date"], time(), UTC) if query["date"] is not None else None
    found = queries.visit_list(
        statuses=statuses,
        person_id=query["person_id"],
        ticket_number=query["ticket"],
        start=start,
        end=start + timedelta(days=1) if start is not None else None,
    )
    rows, more = page(found, order=[Visit.planned_start, Visit.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.visit_lines(rows), "next": more}


@blueprint.route("/visits/at-risk")
@permission("visits.read")
@blueprint.response(200, schemas.RisksSchema)
def at_risk() -> dict[str, Any]:
    """Visits of the present day that are likely to come late, to last beyond the shift or to lack a part, from what technicians reported."""
    return {"items": list(risks.lines().values()), "count": risks.count()}


@blueprint.route("/visits/<int:number>/delay/notice", methods=("POST",))
@permission("visits.book")
@blueprint.arguments(schemas.DelayInput)
@blueprint.response(200, schemas.DelayNoticeSchema)
def tell_delay(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Tell the customer that the visit is late, once: by mail, or noted as told by telephone. 409 when somebody was quicker or the delay is gone."""
    visit = queries.visit_by_number(number)
    return presenters.delay_notice(services.tell_delay(visit_id=visit.id, now=clock.now(), actor_id=current_user.id, **body))


@blueprint.route("/visits/<int:number>/delay/dismissal", methods=("POST",))
@permission("visits.book")
@blueprint.response(200, schemas.DelayNoticeSchema)
def dismiss_delay(number: int) -> dict[str, Any]:
    """The customer is not to be told of this delay, unless it grows by another quarter of an hour."""
    visit = queries.visit_by_number(number)
    return presenters.delay_notice(services.dismiss_delay(visit_id=visit.id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/visits", methods=("POST",))
@permission("visits.book")
@blueprint.arguments(schemas.BookingInput)
@blueprint.response(201, schemas.VisitSchema)
def book(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Book a visit: the technician is taken, the parts are reserved, the ticket is scheduled. 409 says what is gone."""
    _check_despite(body)
    ticket = by_number(body.pop("ticket"))
    visit = services.book_visit(ticket_id=ticket.id, now=clock.now(), actor_id=current_user.id, **body)
    return shown(visit), 201, {"Location": url_for("api_visits.get_visit", number=visit.number)}


@blueprint.route("/visits/holds", methods=("POST",))
@permission("visits.book")
@blueprint.arguments(schemas.HoldInput)
@blueprint.response(201, schemas.VisitSchema)
def hold(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Keep a time for five minutes while the customer decides: technician and parts are taken, nothing is promised. 409 says what is gone."""
    ticket = by_number(body.pop("ticket"))
    visit = services.hold_visit(ticket_id=ticket.id, now=clock.now(), actor_id=current_user.id, **body)
    return shown(visit), 201, {"Location": url_for("api_visits.get_visit", number=visit.number)}


@blueprint.route("/visits/<int:number>/confirmation", methods=("POST",))
@permission("visits.book")
@blueprint.response(200, schemas.VisitSchema)
def confirm(number: int) -> dict[str, Any]:
    """The customer said yes to what was held: it is booked. 409 when it was not kept any longer."""
    visit = queries.visit_by_number(number)
    return shown(services.confirm_visit(visit_id=visit.id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/visits/<int:number>/hold", methods=("DELETE",))
@permission("visits.book")
@blueprint.response(200, schemas.VisitSchema)
def release(number: int) -> dict[str, Any]:
    """The customer said no: what was held is free again."""
    visit = queries.visit_by_number(number)
    return shown(services.release_visit(visit_id=visit.id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/visits/<int:number>/lock", methods=("PUT",))
@permission("visits.book")
@blueprint.arguments(schemas.LockInput)
@blueprint.response(200, schemas.VisitSchema)
def lock(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Say what planning leaves as it is."""
    visit = queries.visit_by_number(number)
    return shown(services.lock_plan(visit_id=visit.id, lock=body["lock"], now=clock.now(), actor_id=current_user.id))


@blueprint.route("/visits/<int:number>/slot/trial", methods=("POST",))
@permission("visits.book")
@blueprint.arguments(schemas.SlotInput)
@blueprint.response(200, schemas.TrialSchema)
def trial(body: dict[str, Any], number: int) -> dict[str, Any]:
    """What `PUT …/slot` with the same body would do, or why it would be refused; nothing is changed."""
    _check_despite(body)
    visit = queries.visit_by_number(number)
    version = body.pop("version")
    found = services.try_move(show=shown, visit_id=visit.id, now=clock.now(), actor_id=current_user.id, expected_version=version, **body)
    return presenters.trial(found)


@blueprint.route("/visits/<int:number>")
@permission("visits.read")
@blueprint.response(200, schemas.VisitSchema)
def get_visit(number: int) -> dict[str, Any]:
    """One visit by its number."""
    return shown(queries.visit_by_number(number))


@blueprint.route("/visits/<int:number>/slot", methods=("PUT",))
@permission("visits.book")
@blueprint.arguments(schemas.SlotInput)
@blueprint.response(200, schemas.VisitSchema)
def move(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Move a visit to another technician or time; what is not sent stays."""
    _check_despite(body)
    visit = queries.visit_by_number(number)
    version = body.pop("version")
    moved = services.move_visit(visit_id=visit.id, now=clock.now(), actor_id=current_user.id, expected_version=version, **body)
    return shown(moved)


@blueprint.route("/visits/<int:number>/cancellation", methods=("POST",))
@permission("visits.book")
@blueprint.arguments(schemas.VisitCancellationInput)
@blueprint.response(200, schemas.VisitSchema)
def cancel(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Call a visit off: parts and technician are free again, the ticket is open again."""
    visit = queries.visit_by_number(number)
    cancelled = services.cancel_visit(
        visit_id=visit.id, reason=body["reason"], now=clock.now(), actor_id=current_user.id, expected_version=body["version"]
    )
    return shown(cancelled)


def shown(visit: Visit) -> dict[str, Any]:
    """One visit as the API answers it."""
    return presenters.visit_lines([visit])[0]


def _check_despite(body: dict[str, Any]) -> None:
    if body.get("despite") and not may("visits.manage"):
        raise NotAllowed(_("Only a dispatcher sets a rule aside."))

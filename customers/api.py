"""Customers over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from core.phones import parse_phone
from customers import presenters, queries, schemas, services
from customers.rules import Contact
from staff.queries import home_country
from staff.schemas import listed

blueprint = ApiBlueprint("customers", "Customers: who they are, how they are reached, what they have")


def _country() -> str:
    return home_country(current_user.id)


def _today() -> date:
    """The reader's day: decides what a warranty covers."""
    return clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()


def _card(customer_id: int) -> dict[str, Any]:
    return presenters.card_of(customer_id, on=_today(), country=_country())


@blueprint.route("/customers")
@permission("customers.read")
@blueprint.arguments(schemas.CustomerQuery, location="query")
@blueprint.response(200, listed(schemas.CustomerLineSchema))
def list_customers(query: dict[str, Any]) -> dict[str, Any]:
    """By name; with `q` those found (the newest changes first, at most `limit`); with `phone` or `email` those who have it."""
    following = None
    if query["phone"] is not None:
        try:
            found = queries.by_phone(parse_phone(query["phone"], _country()).e164)
        except NotValid:
            found = []
    elif query["email"] is not None:
        found = queries.by_email(query["email"])
    elif query["q"].strip():
        found = queries.found(query["q"], limit=query["limit"], archived=query["archived"], tier=query["tier"])
    else:
        found, following = queries.customers_page(
            after=query["after"], limit=query["limit"], archived=query["archived"], tier=query["tier"]
        )
    return {"items": presenters.listed(found, _country()), "next": following}


@blueprint.route("/customers", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.CustomerInput)
@blueprint.response(201, schemas.CardSchema)
def create_customer(body: dict[str, Any]) -> dict[str, Any]:
    """A new customer with what is known of them."""
    contacts = [Contact("phone", text) for text in body.pop("phones") if text.strip()]
    contacts += [Contact("email", text) for text in body.pop("emails") if text.strip()]
    customer = services.create_customer(**body, contact_points=contacts, now=clock.now(), actor_id=current_user.id)
    return _card(customer.id)


@blueprint.route("/customers/<int:customer_id>")
@permission("customers.read")
@blueprint.response(200, schemas.CardSchema)
def get_customer(customer_id: int) -> dict[str, Any]:
    """Everything about one customer."""
    return _card(customer_id)


@blueprint.route("/customers/<int:customer_id>", methods=("PATCH",))
@permission("customers.write")
@blueprint.arguments(schemas.CustomerPatch)
@blueprint.response(200, schemas.CardSchema)
def change_customer(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Change a customer. 409 with `current` when a colleague was faster than the `version` read."""
    version = body.pop("version")
    services.update_customer(customer_id=customer_id, expected_version=version, changes=body, now=clock.now(), actor_id=current_user.id)
    return _card(customer_id)


@blueprint.route("/customers/<int:customer_id>/archive", methods=("POST",))
@permission("customers.write")
@blueprint.response(200, schemas.CardSchema)
def archive_customer(customer_id: int) -> dict[str, Any]:
    """Take out of lists, search and caller recognition."""
    services.archive_customer(customer_id=customer_id, now=clock.now(), actor_id=current_user.id)
    return _card(customer_id)


@blueprint.route("/customers/<int:customer_id>/archive", methods=("DELETE",))
@permission("customers.write")
@blueprint.response(200, schemas.CardSchema)
def restore_customer(customer_id: int) -> dict[str, Any]:
    """Bring back from the archive."""
    services.restore_customer(customer_id=customer_id, now=clock.now(), actor_id=current_user.id)
    return _card(customer_id)


@blueprint.route("/customers/<int:customer_id>/contact-points", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.ContactPointSchema)
@blueprint.response(201, schemas.ContactPointSchema)
def add_contact_point(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Another number or address."""
    row = services.add_contact_point(customer_id=customer_id, **body, now=clock.now(), actor_id=current_user.id)
    return presenters.contact_point(row, _country())


@blueprint.route("/contact-points/<int:contact_point_id>", methods=("PATCH",))
@permission("customers.write")
@blueprint.arguments(schemas.ContactPointPatch)
@blueprint.response(200, schemas.ContactPointSchema)
def change_contact_point(body: dict[str, Any], contact_point_id: int) -> dict[str, Any]:
    """Correct a number or an address."""
    row = services.update_contact_point(contact_point_id=contact_point_id, **body, now=clock.now(), actor_id=current_user.id)
    return presenters.contact_point(row, _country())


@blueprint.route("/contact-points/<int:contact_point_id>", methods=("DELETE",))
@permission("customers.write")
@blueprint.response(204)
def remove_contact_point(contact_point_id: int) -> None:
    """They cannot be reached there any more."""
    services.remove_contact_point(contact_point_id=contact_point_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/customers/<int:customer_id>/consents", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.ConsentSchema)
@blueprint.response(201, schemas.ConsentSchema)
def record_consent(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """They said yes or no."""
    return presenters.consent(services.record_consent(customer_id=customer_id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/customers/<int:customer_id>/consents")
@permission("customers.read")
@blueprint.response(200, listed(schemas.ConsentSchema))
def list_consents(customer_id: int) -> dict[str, Any]:
    """The history of yes and no, the newest first."""
    queries.customer(customer_id)
    return {"items": [presenters.consent(row) for row in queries.consents(customer_id)], "next": None}


@blueprint.route("/organisations")
@permission("customers.read")
@blueprint.arguments(schemas.TextQuery, location="query")
@blueprint.response(200, listed(schemas.OrganisationSchema))
def list_organisations(query: dict[str, Any]) -> dict[str, Any]:
    """For a chooser: organisations that match."""
    return {"items": [{"id": row.id, "name": row.name} for row in queries.organisations(query["q"])], "next": None}

"""The customer itself: make, change, archive, remove."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError

from core import events, search
from core.db import db
from core.errors import Conflict, DomainError, NotValid
from core.i18n import LANGUAGES
from core.search import SearchEntry
from customers import rules
from customers.events import CustomerCreated, CustomerRemoving
from customers.models import ContactPoint, Contract, Customer, Equipment
from customers.rules import Contact
from customers.services import changes as common
from customers.services.contacts import contact_rows, default_country
from customers.services.places import new_equipment, new_site
from staff.models import Person

UNSEEN = {"synchronize_session": False}  # the session forgets everything afterwards instead
CUSTOMER = ("kind", "name", "language", "tier", "representative_id", "deputy_id", "service_flow", "organisation_id", "notes")


def create_customer(
    *,
    name: str,
    now: datetime,
    kind: str = "person",
    language: str = "en",
    tier: str = "standard",
    representative_id: int | None = None,
    organisation_id: int | None = None,
    notes: str = "",
    contact_points: Sequence[Contact] = (),
    sites: Sequence[Mapping[str, Any]] = (),
    equipment: Sequence[Mapping[str, Any]] = (),
    country: str | None = None,
    import_id: int | None = None,
    actor_id: int | None = None,
) -> Customer:
    """A new customer with what is known of them. `country` (two letters) says how national phone numbers are meant; without it the first
    site's or the actor's branch. `equipment` without a `site_id` stands at the first site given. Raises NotValid naming the field."""
    customer = _built(
        values={
            "name": name,
            "kind": kind,
            "language": language,
            "tier": tier,
            "representative_id": representative_id,
            "organisation_id": organisation_id,
            "notes": notes,
        },
        contact_points=contact_points,
        sites=sites,
        equipment=equipment,
        country=country,
        now=now,
        actor_id=actor_id,
    )
    customer.import_id = import_id
    _added([customer], now=now, actor_id=actor_id)
    return customer


def create_customers(
    drafts: Sequence[Mapping[str, Any]], *, now: datetime, import_id: int | None = None, actor_id: int | None = None
) -> list[Customer | NotValid]:
    """Many at once in a handful of statements. A draft is the arguments of `create_customer`; one that is refused has its NotValid in its place,
    the others are made."""
    made: list[Customer | NotValid] = []
    for draft in drafts:
        parts: dict[str, Any] = {key: draft.get(key, ()) for key in ("contact_points", "sites", "equipment")}
        values = {"kind": "person", "language": "en", "tier": "standard"} | {key: draft[key] for key in CUSTOMER if key in draft}
        try:
            customer = _built(values=values, **parts, country=draft.get("country"), now=now, actor_id=actor_id)
        except NotValid as error:
            made.append(error)
            continue
        customer.import_id = import_id
        made.append(customer)
    _added([customer for customer in made if isinstance(customer, Customer)], now=now, actor_id=actor_id)
    return made


def _built(
    *,
    values: Mapping[str, Any],
    contact_points: Sequence[Contact],
    sites: Sequence[Mapping[str, Any]],
    equipment: Sequence[Mapping[str, Any]],
    country: str | None,
    now: datetime,
    actor_id: int | None,
) -> Customer:
    """A checked customer with all that belongs to them, not yet added. Raises NotValid."""
    home = country or (str(sites[0].get("country") or "") if sites else "") or default_country(None, actor_id)
    customer = Customer(**_checked(values, own_id=None), created_at=now, updated_at=now, last_contact_at=None, archived_at=None)
    customer.contact_points = _contact_points(contact_points, home)
    for place, site in enumerate(sites):
        with common.within(f"sites.{place}"):
            customer.sites.append(new_site({"country": home, **site}, actor_id=actor_id))
    for place, thing in enumerate(equipment):
        with common.within(f"equipment.{place}"):
            row = new_equipment(thing)
        if row.site_id is None and customer.sites:
            row.site = customer.sites[0]
        customer.equipment.append(row)
    return customer


def _contact_points(contacts: Sequence[Contact], country: str) -> list[ContactPoint]:
    """Rows, each once; what cannot be read is named as phones.0, emails.1."""
    counted = dict.fromkeys(rules.CONTACT_KINDS, 0)
    for contact in contacts:
        with common.within(f"{contact.kind}s.{counted.get(contact.kind, 0)}", instead=True):
            contact_rows([contact], country=country)
        counted[contact.kind] += 1
    return contact_rows(contacts, country=country)


def _added(made: Sequence[Customer], *, now: datetime, actor_id: int | None) -> None:
    """Write, index and publish."""
    db.session.add_all(made)
    db.session.flush()
    texts = [(row.id, row.name, common.searchable(row.id, row.contact_points, row.sites, row.equipment)) for row in made]
    search.put_many(kind="customer", entries=texts, now=now)
    for row in made:
        events.publish(CustomerCreated(customer_id=row.id, at=now, actor_id=actor_id))


def update_customer(
    *, customer_id: int, expected_version: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None
) -> Customer:
    """Change columns of CUSTOMER. Raises NotFound, NotValid, and Conflict (with `current`: what stands there now) when somebody changed it
    after `expected_version` was read."""
    common.known(changes, CUSTOMER)
    customer = common.locked(customer_id)
    if customer.version != expected_version:
        current = {key: getattr(customer, key) for key in CUSTOMER} | {"version": customer.version}
        raise Conflict(
            _("A colleague has changed this customer meanwhile. Nothing of yours is lost: compare, then save again."),
            code="version",
            details={"current": current},
        )
    if common.set_values(customer, _checked(changes, own_id=customer.id)):
        common.changed(customer.id, what="changed", now=now, actor_id=actor_id)
    return customer


def archive_customer(*, customer_id: int, now: datetime, actor_id: int | None = None) -> Customer:
    """Take a customer out of lists, search and caller recognition. Nothing is deleted; `restore_customer` brings them back. Idempotent."""
    customer = common.locked(customer_id)
    if customer.archived_at is None:
        customer.archived_at = now
        common.changed(customer.id, what="archived", now=now, actor_id=actor_id)
    return customer


def restore_customer(*, customer_id: int, now: datetime, actor_id: int | None = None) -> Customer:
    """Undo `archive_customer`. Idempotent."""
    customer = common.locked(customer_id)
    if customer.archived_at is not None:
        customer.archived_at = None
        common.changed(customer.id, what="restored", now=now, actor_id=actor_id)
    return customer


def contacted(*, customer_id: int, at: datetime) -> None:
    """They called or wrote. Not a change of the customer: the version stays, an editing colleague is not disturbed."""
    newer = or_(Customer.last_contact_at.is_(None), Customer.last_contact_at < at)
    db.session.execute(update(Customer).where(Customer.id == customer_id, newer).values(last_contact_at=at))


def remove_customer(*, customer_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Delete for good with all that belongs to them. Raises NotFound, and what `remove_customers` says of them."""
    common.locked(customer_id)
    if refused := remove_customers([customer_id], now=now, actor_id=actor_id):
        raise refused[customer_id]


def remove_customers(customer_ids: Collection[int], *, now: datetime, actor_id: int | None = None) -> dict[int, DomainError]:
    """Delete many for good; meant for what was read in by mistake, otherwise archive. Publishes CustomerRemoving for each.

    Returns the refusals: what a subscriber said, or Conflict where a row of another package still names what is theirs.
    """
    refused: dict[int, DomainError] = {}
    for customer_id in customer_ids:
        try:
            events.publish(CustomerRemoving(customer_id=customer_id, at=now, actor_id=actor_id))
        except DomainError as error:
            refused[customer_id] = error
    going = [customer_id for customer_id in customer_ids if customer_id not in refused]
    return refused | _deleted(going)


def _deleted(customer_ids: list[int]) -> dict[int, DomainError]:
    """Delete them in one go; where a foreign key forbids it, one by one, so that only those who are still named stay."""
    if not customer_ids:
        return {}
    try:
        with db.session.begin_nested():
            # Contracts name equipment and equipment names sites, so the order is given here; the rest goes with the customer.
            for model in (Contract, Equipment):
                db.session.execute(delete(model).where(model.customer_id.in_(customer_ids)), execution_options=UNSEEN)
            db.session.execute(delete(Customer).where(Customer.id.in_(customer_ids)), execution_options=UNSEEN)
            db.session.execute(delete(SearchEntry).where(SearchEntry.kind == "customer", SearchEntry.ref.in_(customer_ids)))
    except IntegrityError:
        if len(customer_ids) == 1:
            return {customer_ids[0]: Conflict(_("They are named in tickets, calls or visits."), code="in_use")}
        return {key: error for customer_id in customer_ids for key, error in _deleted([customer_id]).items()}
    db.session.expire_all()
    return {}


def _checked(changes: Mapping[str, Any], *, own_id: int | None) -> dict[str, Any]:
    values = dict(changes)
    if "name" in values:
        values["name"] = rules.line(values["name"], field="name", needed=True)
    if "notes" in values:
        values["notes"] = rules.text(values["notes"], field="notes")
    for key, allowed in (("kind", rules.KINDS), ("tier", rules.TIERS), ("language", tuple(LANGUAGES))):
        if key in values:
            rules.one_of(values[key], allowed, field=key)
    for key in ("representative_id", "deputy_id"):
        if values.get(key) is not None and db.session.get(Person, values[key]) is None:
            raise NotValid(_("There is no such person."), field=key)
    if values.get("service_flow") is not None:
        rules.one_of(values["service_flow"], rules.FLOWS, field="service_flow")
    if (organisation_id := values.get("organisation_id")) is not None:
        organisation = db.session.get(Customer, organisation_id)
        if organisation is None or organisation.kind != "organisation" or organisation.id == own_id:
            raise NotValid(_("There is no such organisation."), field="organisation_id")
    return values

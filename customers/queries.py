"""Questions about customers: who is calling, who is it in the list, what does the agent's card show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import selectinload

from core import api, search
from core.db import db
from core.errors import NotFound, NotValid
from customers import rules
from customers.models import Consent, ContactPoint, Contract, Customer, Equipment, Site
from staff.models import Person

MISSPELT = 0.45  # share of a misspelt name's trigrams that must stand in the name
LATIN_AND_NEAR = 0x2E80  # the first sign of Chinese, Japanese and Korean
PHONE_MARKS = frozenset("+()/-. \u00a0")


@dataclass(frozen=True)
class Covered:
    """A thing with what covers it on the day: `warranty` is unknown, covered, ending or over; `contract` the running one, if any."""

    equipment: Equipment
    warranty: str
    contract: Contract | None


@dataclass(frozen=True)
class Card:
    """Everything about one customer that an agent sees at once. `consent`: kind → newest answer. `contracts`: all, the running ones first."""

    customer: Customer
    organisation: Customer | None
    representative: str | None
    contact_points: list[ContactPoint]
    sites: list[Site]
    equipment: list[Covered]
    contracts: list[Contract]
    consent: dict[str, Consent]


def customer(customer_id: int) -> Customer:
    """Raises NotFound."""
    found = db.session.get(Customer, customer_id)
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found


def by_phone(e164: str) -> list[Customer]:
    """All who have this number (households and switchboards share), the one in contact last first. Archived ones are left out."""
    return _by_contact("phone", e164)


def by_email(address: str) -> list[Customer]:
    """All who have this address, in any spelling, the one in contact last first. Archived ones are left out."""
    try:
        return _by_contact("email", rules.normal_email(address))
    except NotValid:
        return []


def _by_contact(kind: str, value: str) -> list[Customer]:
    has = select(ContactPoint.customer_id).where(ContactPoint.kind == kind, ContactPoint.value == value)
    query = select(Customer).where(Customer.id.in_(has), Customer.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(Customer.last_contact_at.desc().nulls_last(), Customer.id.desc())))


def card(customer_id: int, *, on: date) -> Card:
    """What the agent's card shows on a day (that decides warranty and contract). Raises NotFound."""
    loads = (
        selectinload(Customer.contact_points),
        selectinload(Customer.sites),
        selectinload(Customer.equipment),
        selectinload(Customer.contracts),
    )
    found = db.session.scalar(select(Customer).where(Customer.id == customer_id).options(*loads).execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such customer."))
    organisation = db.session.get(Customer, found.organisation_id) if found.organisation_id else None
    contracts = sorted(found.contracts, key=lambda contract: (not rules.runs(contract, on), contract.id))
    things = sorted(found.equipment, key=lambda thing: (thing.retired_on is not None and thing.retired_on <= on, thing.id))
    return Card(
        customer=found,
        organisation=organisation,
        representative=_name_of(found.representative_id),
        contact_points=list(found.contact_points),
        sites=list(found.sites),
        equipment=[Covered(thing, rules.warranty(thing.warranty_until, on), _covering(thing.id, contracts, on)) for thing in things],
        contracts=contracts,
        consent=consent(customer_id),
    )


def _name_of(person_id: int | None) -> str | None:
    person = db.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else None


def _covering(equipment_id: int, contracts: list[Contract], on: date) -> Contract | None:
    """The running contract of this very thing, else one of the whole customer."""
    running = [contract for contract in contracts if rules.runs(contract, on)]
    own = [contract for contract in running if contract.equipment_id == equipment_id]
    return next(iter(own + [contract for contract in running if contract.equipment_id is None]), None)


def consent(customer_id: int) -> dict[str, Consent]:
    """The newest answer of each kind."""
    query = select(Consent).where(Consent.customer_id == customer_id).distinct(Consent.kind)
    return {row.kind: row for row in db.session.scalars(query.order_by(Consent.kind, Consent.at.desc(), Consent.id.desc()))}


def consents(customer_id: int) -> list[Consent]:
    """The whole history, the newest first."""
    query = select(Consent).where(Consent.customer_id == customer_id)
    return list(db.session.scalars(query.order_by(Consent.at.desc(), Consent.id.desc())))


def customers_page(*, after: str | None, limit: int, archived: bool = False, tier: str | None = None) -> tuple[list[Customer], str | None]:
    """A page of the list by name, and the mark of the next."""
    query = _listed(archived)
    if tier is not None:
        query = query.where(Customer.tier == tier)
    return api.page(query, order=[Customer.sort_name, Customer.id], after=after, limit=limit)  # type: ignore[list-item]


def found(text: str, *, limit: int = 50, archived: bool = False, tier: str | None = None) -> list[Customer]:
    """Customers who match a search for a name, number or serial (also four signs of it), address or email, the newest change first; when there is
    none, those whose name is much like it, the most alike first."""
    matching = search.matches(search_text(text))
    if matching is None:
        return []
    listed = _listed(archived)
    if tier is not None:
        listed = listed.where(Customer.tier == tier)
    query = listed.join(search.SearchEntry, (search.SearchEntry.ref == Customer.id) & (search.SearchEntry.kind == "customer"))
    rows = list(db.session.scalars(query.where(matching).order_by(search.SearchEntry.at.desc(), Customer.id.desc()).limit(limit)))
    return rows or _misspelt(text, listed, limit)


def _misspelt(text: str, listed: Select[Customer], limit: int) -> list[Customer]:
    """Along the trigrams of names. Not for numbers, and not for Chinese: two or three characters have no trigrams to be alike by."""
    typed = " ".join(text.lower().split())
    if len(typed) < 4 or any(sign.isdigit() or ord(sign) > LATIN_AND_NEAR for sign in typed):
        return []
    name = func.lower(Customer.name)
    db.session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(MISSPELT), True)))
    alike = listed.where(literal(typed).op("<%", is_comparison=True)(name))
    return list(db.session.scalars(alike.order_by(func.word_similarity(typed, name).desc(), Customer.id).limit(limit)))


def search_text(text: str) -> str:
    """A phone number typed with blanks, slashes or brackets becomes one run of digits, as `index` stores it."""
    typed = text.strip()
    digits = "".join(character for character in typed if character.isdigit())
    if len(digits) >= 4 and all(character.isdigit() or character in PHONE_MARKS for character in typed):
        return digits.removeprefix("00")
    return typed


def _listed(archived: bool) -> Select[Customer]:
    query = select(Customer).options(selectinload(Customer.contact_points), selectinload(Customer.sites))
    return query.where(Customer.archived_at.is_not(None) if archived else Customer.archived_at.is_(None))


def organisations(text: str, *, limit: int = 20) -> list[Customer]:
    """Organisations for a chooser: those found, or the first by name when nothing is typed."""
    query = select(Customer).where(Customer.kind == "organisation", Customer.archived_at.is_(None))
    if text.strip():
        matching = search.refs("customer", search_text(text), limit=200)
        query = query.where(Customer.id.in_(matching)) if matching is not None else query.where(Customer.id < 0)
    return list(db.session.scalars(query.order_by(Customer.sort_name, Customer.id).limit(limit)))

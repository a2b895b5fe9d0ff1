"""Contact points: how a customer is reached and recognised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from core.db import db
from core.errors import NotValid
from core.phones import parse_phone
from customers import rules
from customers.models import ContactPoint, Site
from customers.rules import Contact
from customers.services import changes as common
from staff.queries import home_country


def default_country(customer_id: int | None, actor_id: int | None) -> str:
    """How a national number of this customer is meant: as at their first site, else as at the actor's branch."""
    there = db.session.scalar(select(Site.country).where(Site.customer_id == customer_id).order_by(Site.id).limit(1))
    return there or home_country(actor_id)


def contact_rows(contacts: Sequence[Contact], *, country: str) -> list[ContactPoint]:
    """Rows in normal form, each once. Raises NotValid on field phone or email."""
    rows: dict[tuple[str, str, str], ContactPoint] = {}
    for contact in contacts:
        rules.one_of(contact.kind, rules.CONTACT_KINDS, field="kind")
        value, extension = _normal(contact, country)
        label = rules.line(contact.label, field="label")
        key = (contact.kind, value, extension)
        rows.setdefault(key, ContactPoint(kind=contact.kind, value=value, extension=extension, label=label, undeliverable_at=None))
    return list(rows.values())


def _normal(contact: Contact, country: str) -> tuple[str, str]:
    if contact.kind == "email":
        return rules.normal_email(contact.value), ""
    phone = parse_phone(contact.value, country)
    return phone.e164, phone.extension


def add_contact_point(
    *, customer_id: int, kind: str, value: str, now: datetime, label: str = "", country: str | None = None, actor_id: int | None = None
) -> ContactPoint:
    """Add a number or an address. Raises NotFound; NotValid (field value) when it cannot be read or is there."""
    customer = common.locked(customer_id)
    with common.within("value", instead=True):
        row = contact_rows([Contact(kind, value, label)], country=country or default_country(customer_id, actor_id))[0]
    _not_there(customer_id, row.kind, row.value, row.extension, but=None)
    row.customer_id = customer.id
    db.session.add(row)
    common.changed(customer_id, what="contact", now=now, actor_id=actor_id)
    return row


def update_contact_point(
    *,
    contact_point_id: int,
    now: datetime,
    value: str | None = None,
    label: str | None = None,
    country: str | None = None,
    actor_id: int | None = None,
) -> ContactPoint:
    """Correct the value or the label. A corrected value counts as deliverable again. Raises NotFound, NotValid."""
    row = common.part(ContactPoint, contact_point_id)
    if label is not None:
        row.label = rules.line(label, field="label")
    if value is not None:
        with common.within("value", instead=True):
            found, extension = _normal(Contact(row.kind, value), country or default_country(row.customer_id, actor_id))
        if (found, extension) != (row.value, row.extension):
            _not_there(row.customer_id, row.kind, found, extension, but=row.id)
            row.value, row.extension, row.undeliverable_at = found, extension, None
    common.changed(row.customer_id, what="contact", now=now, actor_id=actor_id)
    return row


def _not_there(customer_id: int, kind: str, value: str, extension: str, *, but: int | None) -> None:
    same = select(ContactPoint.id).where(
        ContactPoint.customer_id == customer_id,
        ContactPoint.kind == kind,
        ContactPoint.value == value,
        ContactPoint.extension == extension,
        ContactPoint.id != (but or 0),
    )
    if db.session.scalar(same):
        raise NotValid(_("This customer has it already."), field="value")


def remove_contact_point(*, contact_point_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Raises NotFound, Conflict."""
    row = common.part(ContactPoint, contact_point_id)
    customer_id = row.customer_id
    common.delete(row)
    common.changed(customer_id, what="contact", now=now, actor_id=actor_id)


def mark_undeliverable(*, email: str, at: datetime) -> None:
    """Mail to this address came back: noted on every customer who has it, once."""
    bounced = update(ContactPoint).where(
        ContactPoint.kind == "email", ContactPoint.value == email.strip().lower(), ContactPoint.undeliverable_at.is_(None)
    )
    db.session.execute(bounced.values(undeliverable_at=at))

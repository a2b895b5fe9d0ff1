"""What every verb of customers does around its change: lock, note the time, tell the others, keep search true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core import events, search
from core.db import Model, db
from core.errors import Conflict, NotFound, NotValid
from core.phones import ways_to_type
from customers.events import CustomerChanged
from customers.models import ContactPoint, Customer, Equipment, Site

Part = TypeVar("Part", bound=Model)


def locked(customer_id: int) -> Customer:
    """The customer, locked for the rest of the transaction. Raises NotFound."""
    query = select(Customer).where(Customer.id == customer_id).with_for_update(of=Customer).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found


def part(model: type[Part], part_id: int) -> Part:
    """A contact point, site, thing or contract; its customer's row is locked. Raises NotFound."""
    found = db.session.get(model, part_id)
    if found is None:
        raise NotFound(_("It is not there any more."))
    locked(found.customer_id)  # type: ignore[attr-defined]
    db.session.refresh(found)
    return found


def changed(customer_id: int, *, what: str, now: datetime, actor_id: int | None) -> None:
    """Note the time, index again, publish. Flushes. The version stays: it guards the customer's own columns, not what belongs to them."""
    db.session.flush()
    db.session.execute(update(Customer).where(Customer.id == customer_id).values(updated_at=now))
    index(customer_id, now=now)
    events.publish(CustomerChanged(customer_id=customer_id, what=what, at=now, actor_id=actor_id))


def set_values(row: Any, values: Mapping[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    different = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in different.items():
        setattr(row, key, value)
    return bool(different)


@contextmanager
def within(path: str, *, instead: bool = False) -> Iterator[None]:
    """Say of a refusal inside which part of the whole it lies, or at which field instead of its own."""
    try:
        yield
    except NotValid as error:
        error.field = path if instead or not error.field else f"{path}.{error.field}"
        raise


def known(changes: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Programmer's guard: only these keys may be changed."""
    if unknown := set(changes) - set(allowed):
        raise TypeError(f"cannot change {', '.join(sorted(unknown))}")


def delete(row: Model) -> None:
    """Delete, unless a row of any package names it: the foreign key knows, a savepoint keeps the transaction whole. Raises Conflict."""
    try:
        with db.session.begin_nested():
            db.session.delete(row)
            db.session.flush()
    except IntegrityError:
        raise Conflict(_("It is named in tickets, visits or contracts and cannot be removed."), code="in_use") from None


def index(customer_id: int, *, now: datetime) -> None:
    """Make the customer findable as they stand in the database."""
    customer = db.session.get_one(Customer, customer_id)
    found = [db.session.scalars(select(model).where(model.customer_id == customer_id)).all() for model in (ContactPoint, Site, Equipment)]
    search.put(kind="customer", ref=customer_id, title=customer.name, text=searchable(customer_id, *found), now=now)


def searchable(customer_id: int, contact_points: Iterable[Any], sites: Iterable[Any], equipment: Iterable[Any]) -> str:
    """What a customer is found by besides the name: numbers (also as dialled, and by the last four digits), addresses, emails, serials, models."""
    words: list[str] = [str(customer_id)]
    for point in contact_points:
        words += [*ways_to_type(point.value), point.extension] if point.kind == "phone" else [point.value]
    for site in sites:
        words += [site.name, site.street, site.postal_code, site.city]
    for thing in equipment:
        words += [thing.kind, thing.maker, thing.model, thing.serial, "".join(sign for sign in thing.serial if sign.isalnum())]
    return " ".join(words)

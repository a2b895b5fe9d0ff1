"""Contracts, and what a customer agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotValid
from customers import rules
from customers.models import Consent, Contract, Equipment
from customers.services import changes as common

CONTRACT = ("name", "coverage", "equipment_id", "starts_on", "ends_on", "visits_per_year")


def add_contract(
    *,
    customer_id: int,
    name: str,
    starts_on: date,
    now: datetime,
    ends_on: date | None = None,
    coverage: str = "",
    equipment_id: int | None = None,
    visits_per_year: int = 0,
    actor_id: int | None = None,
) -> Contract:
    """Cover the customer, or one thing of theirs, from the first to the last day (open without). Raises NotFound, NotValid."""
    common.locked(customer_id)
    values: dict[str, Any] = {"name": name, "coverage": coverage, "equipment_id": equipment_id, "starts_on": starts_on, "ends_on": ends_on}
    contract = Contract(customer_id=customer_id, **_checked({**values, "visits_per_year": visits_per_year}, customer_id))
    db.session.add(contract)
    common.changed(customer_id, what="contract", now=now, actor_id=actor_id)
    return contract


def update_contract(*, contract_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None = None) -> Contract:
    """Change columns of CONTRACT. Raises NotFound, NotValid."""
    common.known(changes, CONTRACT)
    contract = common.part(Contract, contract_id)
    days = {"starts_on": contract.starts_on, "ends_on": contract.ends_on}
    values = {key: value for key, value in _checked(days | dict(changes), contract.customer_id).items() if key in changes}
    if common.set_values(contract, values):
        common.changed(contract.customer_id, what="contract", now=now, actor_id=actor_id)
    return contract


def remove_contract(*, contract_id: int, now: datetime, actor_id: int | None = None) -> None:
    """Raises NotFound, Conflict."""
    contract = common.part(Contract, contract_id)
    customer_id = contract.customer_id
    common.delete(contract)
    common.changed(customer_id, what="contract", now=now, actor_id=actor_id)


def record_consent(*, customer_id: int, kind: str, given: bool, source: str, now: datetime, actor_id: int | None = None) -> Consent:
    """A yes or no, on top of the history. `source` says how: call, form, agent. Raises NotFound, NotValid."""
    common.locked(customer_id)
    row = Consent(
        customer_id=customer_id,
        kind=rules.one_of(kind, rules.CONSENTS, field="kind"),
        given=given,
        at=now,
        source=rules.line(source, field="source", needed=True),
        actor_id=actor_id,
    )
    db.session.add(row)
    common.changed(customer_id, what="consent", now=now, actor_id=actor_id)
    return row


def _checked(changes: Mapping[str, Any], customer_id: int) -> dict[str, Any]:
    values = dict(changes)
    for key in ("name", "coverage"):
        if key in values:
            values[key] = rules.line(values[key], field=key, needed=key == "name")
    rules.days_in_order(values.get("starts_on"), values.get("ends_on"), field="ends_on")
    if not 0 <= values.get("visits_per_year", 0) <= 366:
        raise NotValid(_("Between 0 and 366 visits a year."), field="visits_per_year")
    if (equipment_id := values.get("equipment_id")) is not None:
        owner = db.session.scalar(select(Equipment.customer_id).where(Equipment.id == equipment_id))
        if owner != customer_id:
            raise NotValid(_("This thing belongs to another customer."), field="equipment_id")
    return values

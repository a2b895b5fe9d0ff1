"""One plan for many: for all equipment of a model, or under a contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core.db import db
from core.errors import DomainError, NotValid
from customers.models import Equipment
from tickets.maintenance import queries, rules, services

MOST = 500


@dataclass(frozen=True)
class Made:
    """`equipment`: what a plan is or would be made for; `planned`: how many have one of this name already; `refused`: equipment id → why."""

    equipment: list[Equipment]
    planned: int
    refused: dict[int, str]


def chosen(which: Mapping[str, Any], *, name: str, now: datetime) -> Made:
    """What a plan of this name would be made for. `which`: kind, maker, model, customer_id, contract_id, at least one. Raises NotValid, NotFound."""
    given = {key: which.get(key) or None for key in ("kind", "maker", "model", "customer_id", "contract_id")}
    if not any(given.values()):
        raise NotValid(_("Say for which equipment: a kind, a maker, a model, a customer or a contract."), field="which")
    found = queries.equipment_of(**given, today=now.date(), limit=MOST + 1)
    if len(found) > MOST:
        raise NotValid(_("These are more than %(most)s. Choose fewer.", most=MOST), field="which")
    planned = queries.planned_equipment(rules.check_name(name), [thing.id for thing in found])
    return Made([thing for thing in found if thing.id not in planned], len(planned), {})


def create_plans(*, which: Mapping[str, Any], name: str, now: datetime, actor_id: int | None, **values: Any) -> Made:
    """A plan for each, whole or not at all; equipment that has one of this name is left out. Raises NotValid when none could be made."""
    made = chosen(which, name=name, now=now)
    refused: dict[int, str] = {}
    first: DomainError | None = None
    for thing in made.equipment:
        subject = {"equipment_id": thing.id, "customer_id": thing.customer_id, "site_id": None}
        try:
            with db.session.begin_nested():
                services.create_plan(name=name, now=now, actor_id=actor_id, **{**values, **subject})
        except DomainError as error:
            refused[thing.id], first = str(error.message), first or error
    done = [thing for thing in made.equipment if thing.id not in refused]
    if first is not None and not done:
        raise first
    return Made(done, made.planned, refused)

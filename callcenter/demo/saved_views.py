"""The demo's saved views: what a supervisor of such a firm would share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from callcenter.demo.firm import Firm
from core.auth.models import User
from core.db import db
from staff.queries import person_of_user
from tickets.saved_views.services import Reader, save

_OPEN = {"field": "open", "op": "is", "value": True}


def _all(*items: dict[str, Any]) -> dict[str, Any]:
    return {"match": "all", "items": [_OPEN, *items]}


def build(firm: Firm, *, now: datetime) -> None:
    """Three shared ones of the supervisor, the last for those who serve repairs."""
    user = db.session.scalars(select(User).where(User.email == "supervisor@kestrel.example")).one()
    reader = Reader(user_id=user.id, person=person_of_user(user.id), roles=("supervisor",), sharer=True, now=now)
    usual = ["number", "subject", "customer", "status", "clock", "priority"]
    gold = {"field": "tier", "op": "is", "value": ["gold"]}
    high = {"field": "priority", "op": "is", "value": ["urgent", "high"]}
    silent = {"field": "last_customer_message", "op": "longer_ago", "value": {"count": 3, "unit": "days"}}
    parts = {"field": "wait_reason", "op": "is", "value": ["part"]}
    for name, conditions, columns, more in (
        ("Gold, or high and over its time", _gold_or_late(gold, high), [*usual, "tier", "assignee"], {}),
        (
            "Silent for three days",
            _all(silent),
            [*usual, "last_customer_message", "assignee"],
            {"sort": "last_customer_message", "descending": False},
        ),
        ("Waiting for parts", _all(parts), [*usual, "site", "equipment", "updated"], {"queue_ids": [firm.queues["repairs"].id]}),
    ):
        values = {"name": name, "conditions": conditions, "columns": columns, "sort": "due", "shared": True, **more}
        save(view=None, values=values, reader=reader)


def _gold_or_late(gold: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    late = {"field": "clock", "op": "is", "value": ["breached"]}
    return _all({"match": "any", "items": [gold, {"match": "all", "items": [high, late]}]})

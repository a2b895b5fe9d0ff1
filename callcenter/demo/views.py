"""What only a demo has: one-click sign-in, the list of callers, the way to the demo phone. Refused for a non-loopback host and any forwarding."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, request
from flask_security import login_user
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from callcenter.voice.models import PhoneNumber
from core.auth.access import public
from core.auth.models import User
from core.db import db, transaction
from core.phones import format_phone
from core.web import from_loopback
from customers.models import ContactPoint, Customer

blueprint = Blueprint("demo", __name__)
ROLES = re.compile(r"^(?:(agent|technician)([1-9]\d?)?|(dispatcher|supervisor|admin))$")
CALLERS = 12


def demo_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """404 unless this is a demo, asked from this very machine."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_app.config["CALLOUT"].demo or not from_loopback():
            abort(404)
        return view(*args, **kwargs)

    return guarded


@blueprint.post("/demo/sign-in/<name>")
@public
@demo_only
def sign_in(name: str) -> AnyResponse:
    """Sign in as one of the demo's people: agent, agent2 … agent6, technician … technician12, dispatcher, supervisor, admin."""
    found = ROLES.match(name)
    if found is None:
        abort(404)
    who = found[3] or f"{found[1]}{found[2] or 1}"
    with transaction() as session:
        user = session.scalar(select(User).where(User.email == f"{who}@kestrel.example"))
        if user is None:
            abort(404)
        login_user(user, remember=False)
    following = request.form.get("next", "/")
    return redirect(following if following.startswith("/") and not following.startswith("//") else "/")


@blueprint.get("/phone")
@public
@demo_only
def phone() -> AnyResponse:
    """The demo phone lives in the simulator's own process."""
    return redirect(f"{current_app.config['CALLOUT'].simulator_url}/phone")


@blueprint.get("/demo/callers.json")
@public
@demo_only
def callers() -> Response:
    """Known customers for the demo phone to call as: [{name, number, note}]."""
    found = db.session.execute(
        select(Customer, ContactPoint.value)
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.kind == "phone", Customer.archived_at.is_(None))
        .order_by(Customer.id)
        .limit(CALLERS)
    ).all()
    rows = [
        {"name": customer.name, "number": number, "note": ", ".join(thing.label for thing in customer.equipment) or format_phone(number)}
        for customer, number in found
    ]
    return jsonify(rows)


@blueprint.get("/demo/numbers.json")
@public
@demo_only
def numbers() -> Response:
    """Our numbers for the demo phone to dial: [{number, name}]."""
    found = db.session.scalars(select(PhoneNumber).where(PhoneNumber.active).order_by(PhoneNumber.id))
    return jsonify([{"number": row.number, "name": row.label} for row in found])

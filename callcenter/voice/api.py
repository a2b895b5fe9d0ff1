"""Calls over `/api/v1`: what agents do, and the numbers and menus that administrators set."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import requests
from flask import current_app
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from twilio.base.exceptions import TwilioRestException

from callcenter.voice import carrier, connection, queries, rules, services
from callcenter.voice.models import Call, Menu, PhoneNumber
from callcenter.voice.presenters import call_row, offer_row
from callcenter.voice.services import settings
from core import clock
from core.api import ApiBlueprint, PageQuery, page
from core.auth.access import permission
from core.db import db
from core.errors import NotAllowed, NotFound
from core.jsonable import jsonable
from staff import queries as staff

blueprint = ApiBlueprint("calls", "Calls, offers, numbers and menus.")


def acting_person_id() -> int:
    """The acting agent. Raises NotAllowed for an account that is nobody here."""
    person = staff.person_of_user(current_user.id)
    if person is None:
        raise NotAllowed(_("Your account is not an agent."))
    return person.id


def _shown(call: Call) -> dict[str, Any]:
    return dict(jsonable(call_row(call, queries.open_entry(call.id))))


class Agent(ma.Schema):
    person_id = ma.fields.Integer()
    name = ma.fields.String()
    state = ma.fields.String()
    joined_at = ma.fields.String(allow_none=True)
    left_at = ma.fields.String(allow_none=True)


class CallOut(ma.Schema):
    """A call; times are ISO 8601 in UTC."""

    class Meta:
        unknown = ma.INCLUDE

    id = ma.fields.Integer()
    direction = ma.fields.String()
    state = ma.fields.String()
    waiting = ma.fields.String(allow_none=True)
    to = ma.fields.String()
    line = ma.fields.String(allow_none=True)
    customer = ma.fields.Dict(allow_none=True)
    queue = ma.fields.Dict(allow_none=True)
    ticket_id = ma.fields.Integer(allow_none=True)
    ticket = ma.fields.Integer(allow_none=True)
    menu_choice = ma.fields.String(allow_none=True)
    menu_label = ma.fields.Dict(allow_none=True)
    language = ma.fields.String()
    enqueued_at = ma.fields.String(allow_none=True)
    started_at = ma.fields.String()
    answered_at = ma.fields.String(allow_none=True)
    ended_at = ma.fields.String(allow_none=True)
    on_hold_since = ma.fields.String(allow_none=True)
    recording = ma.fields.String(metadata={"description": "off, no_consent, agreed, changing, on, paused or failed"})
    outcome = ma.fields.String(allow_none=True)
    disposition = ma.fields.String(allow_none=True)
    note = ma.fields.String()
    agents = ma.fields.List(ma.fields.Nested(Agent))
    from_ = ma.fields.String(data_key="from", attribute="from", allow_none=True)
    from_shown = ma.fields.String(allow_none=True)


class CallsOut(ma.Schema):
    calls = ma.fields.List(ma.fields.Nested(CallOut))
    next = ma.fields.String(allow_none=True)


class Accepted(ma.Schema):
    call = ma.fields.Nested(CallOut)
    join = ma.fields.String(metadata={"description": "one-time token: device.connect({params: {join}})"})


class CallsQuery(PageQuery):
    customer_id = ma.fields.Integer(load_default=None)
    running = ma.fields.Boolean(load_default=False)


class HoldIn(ma.Schema):
    on = ma.fields.Boolean(required=True)


class TransferIn(ma.Schema):
    to_person_id = ma.fields.Integer(load_default=None, allow_none=True)
    to_queue_id = ma.fields.Integer(load_default=None, allow_none=True)


class WrapUpIn(ma.Schema):
    disposition = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.DISPOSITIONS))
    note = ma.fields.String(load_default="", validate=ma.validate.Length(max=10_000))


class NoteIn(ma.Schema):
    text = ma.fields.String(required=True, validate=ma.validate.Length(max=10_000))


class LinkIn(ma.Schema):
    ticket_id = ma.fields.Integer(load_default=None, allow_none=True)
    customer_id = ma.fields.Integer(load_default=None, allow_none=True)


@blueprint.route("/calls")
@permission("calls.read")
@blueprint.arguments(CallsQuery, location="query")
@blueprint.response(200, CallsOut)
def list_calls(query: dict[str, Any]) -> dict[str, Any]:
    """Calls, the newest first; `running` only those that have not ended."""
    found = select(Call)
    if query["customer_id"]:
        found = found.where(Call.customer_id == query["customer_id"])
    if query["running"]:
        found = found.where(Call.ended_at.is_(None))
    rows, following = page(found, order=[Call.id], after=query["after"], limit=query["limit"], descending=True)
    return {"calls": [_shown(call) for call in rows], "next": following}


@blueprint.route("/calls/<int:call_id>")
@permission("calls.read")
@blueprint.response(200, CallOut)
def get_call(call_id: int) -> dict[str, Any]:
    """One call."""
    call = db.session.get(Call, call_id)
    if call is None:
        raise NotFound(_("There is no such call."))
    return _shown(call)


@blueprint.route("/offers/<int:offer_id>/acceptance", methods=("POST",))
@permission("calls.take")
@blueprint.response(200, Accepted)
def accept(offer_id: int) -> dict[str, Any]:
    """Take the offered call. Exactly one wins; the loser gets 409 `taken`."""
    call, token = services.accept_offer(offer_id=offer_id, person_id=acting_person_id(), now=clock.now(), actor_id=current_user.id)
    return {"call": _shown(call), "join": token}


@blueprint.route("/offers/<int:offer_id>/refusal", methods=("POST",))
@permission("calls.take")
@blueprint.response(200, CallOut)
def decline(offer_id: int) -> dict[str, Any]:
    """Leave the offered call to the next agent."""
    return _shown(services.decline_offer(offer_id=offer_id, person_id=acting_person_id(), now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calls/<int:call_id>/rejoin", methods=("POST",))
@permission("calls.take")
@blueprint.response(200, Accepted)
def rejoin(call_id: int) -> dict[str, Any]:
    """A fresh join token after the connection was lost."""
    token = services.rejoin(call_id=call_id, person_id=acting_person_id(), now=clock.now())
    return {"call": call_shown(call_id), "join": token}


def call_shown(call_id: int) -> dict[str, Any]:
    """The call as the API shows it."""
    return _shown(db.session.get_one(Call, call_id))


@blueprint.route("/calls/<int:call_id>/hold", methods=("POST",))
@permission("calls.take")
@blueprint.arguments(HoldIn)
@blueprint.response(202, CallOut)
def hold(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Put the customer on hold, or take them off."""
    return _shown(services.hold(call_id=call_id, person_id=acting_person_id(), on=body["on"], now=clock.now()))


@blueprint.route("/calls/<int:call_id>/transfer", methods=("POST",))
@permission("calls.take")
@blueprint.arguments(TransferIn)
@blueprint.response(202, CallOut)
def transfer(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Blind transfer to a colleague or a queue."""
    return _shown(services.transfer(call_id=call_id, person_id=acting_person_id(), now=clock.now(), actor_id=current_user.id, **body))


@blueprint.route("/calls/<int:call_id>/end", methods=("POST",))
@permission("calls.take")
@blueprint.response(202, CallOut)
def hang_up(call_id: int) -> dict[str, Any]:
    """Hang up for everybody."""
    return _shown(services.hang_up(call_id=call_id, person_id=acting_person_id(), now=clock.now()))


@blueprint.route("/calls/<int:call_id>/wrap-up", methods=("POST",))
@permission("calls.take")
@blueprint.arguments(WrapUpIn)
@blueprint.response(200, CallOut)
def wrap_up(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Say what came of the call; the agent is ready again."""
    return _shown(services.wrap_up(call_id=call_id, person_id=acting_person_id(), now=clock.now(), actor_id=current_user.id, **body))


@blueprint.route("/calls/<int:call_id>/note", methods=("PUT",))
@permission("calls.take")
@blueprint.arguments(NoteIn)
@blueprint.response(200, CallOut)
def note(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Keep what is typed during the call."""
    return _shown(services.note(call_id=call_id, person_id=acting_person_id(), text=body["text"], now=clock.now()))


@blueprint.route("/calls/<int:call_id>/link", methods=("PUT",))
@permission("calls.take")
@blueprint.arguments(LinkIn)
@blueprint.response(200, CallOut)
def link(body: dict[str, Any], call_id: int) -> dict[str, Any]:
    """Say which customer calls, or which ticket it is about."""
    who = {"call_id": call_id, "person_id": acting_person_id(), "now": clock.now(), "actor_id": current_user.id}
    if body["customer_id"]:
        services.link_customer(customer_id=body["customer_id"], **who)
    if body["ticket_id"]:
        services.link_ticket(ticket_id=body["ticket_id"], **who)
    return call_shown(call_id)


class SoftphoneOut(ma.Schema):
    carrier = ma.fields.String(metadata={"description": "none, simulator or twilio"})
    token = ma.fields.String(allow_none=True)
    url = ma.fields.String(allow_none=True, metadata={"description": "the simulator's address"})
    offer = ma.fields.Dict(allow_none=True)
    call = ma.fields.Dict(allow_none=True)


@blueprint.route("/softphone")
@permission("calls.take")
@blueprint.response(200, SoftphoneOut)
def softphone() -> dict[str, Any]:
    """What the browser's softphone needs: an access token good for an hour, and the call or offer that is on."""
    config, person_id = current_app.config["CALLOUT"], acting_person_id()
    offer, call = queries.open_offer_of(person_id), queries.call_of_person(person_id)
    return {
        "carrier": config.carrier,
        "token": None if config.carrier == "none" else carrier.softphone_token(person_id),
        "url": config.simulator_url if config.carrier == "simulator" else None,
        "offer": jsonable(offer_row(offer)) if offer else None,
        "call": _shown(call) if call else None,
    }


class NumberIn(ma.Schema):
    number = ma.fields.String(required=True)
    label = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=80))
    branch_id = ma.fields.Integer(required=True)
    queue_id = ma.fields.Integer(required=True)
    menu_id = ma.fields.Integer(load_default=None, allow_none=True)
    language = ma.fields.String(load_default="en", validate=ma.validate.OneOf(("en", "zh_Hans", "zh_Hant")))
    record_calls = ma.fields.Boolean(
        load_default=False, metadata={"description": "ask callers whether we may record, and record only with their yes"}
    )
    active = ma.fields.Boolean(load_default=True)


class NumberOut(NumberIn):
    id = ma.fields.Integer()


class NumbersOut(ma.Schema):
    numbers = ma.fields.List(ma.fields.Nested(NumberOut))


class MenuIn(ma.Schema):
    name = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=80))
    definition = ma.fields.Dict(required=True)


class MenuOut(MenuIn):
    id = ma.fields.Integer()


class MenusOut(ma.Schema):
    menus = ma.fields.List(ma.fields.Nested(MenuOut))


@blueprint.route("/phone-numbers")
@permission("calls.read")
@blueprint.response(200, NumbersOut)
def numbers() -> dict[str, Any]:
    """Our numbers."""
    return {"numbers": list(db.session.scalars(select(PhoneNumber).order_by(PhoneNumber.label)))}


@blueprint.route("/phone-numbers", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(NumberIn)
@blueprint.response(201, NumberOut)
def add_number(body: dict[str, Any]) -> PhoneNumber:
    """Add a number."""
    return settings.save_number(number_id=None, values=body, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/phone-numbers/<int:number_id>", methods=("PUT",))
@permission("settings.manage")
@blueprint.arguments(NumberIn)
@blueprint.response(200, NumberOut)
def change_number(body: dict[str, Any], number_id: int) -> PhoneNumber:
    """Change a number."""
    return settings.save_number(number_id=number_id, values=body, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/voice-menus")
@permission("calls.read")
@blueprint.response(200, MenusOut)
def menus() -> dict[str, Any]:
    """Voice menus."""
    return {"menus": list(db.session.scalars(select(Menu).order_by(Menu.name)))}


@blueprint.route("/voice-menus", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(MenuIn)
@blueprint.response(201, MenuOut)
def add_menu(body: dict[str, Any]) -> Menu:
    """Add a menu."""
    return settings.save_menu(menu_id=None, values=body, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/voice-menus/<int:menu_id>", methods=("PUT",))
@permission("settings.manage")
@blueprint.arguments(MenuIn)
@blueprint.response(200, MenuOut)
def change_menu(body: dict[str, Any], menu_id: int) -> Menu:
    """Change a menu."""
    return settings.save_menu(menu_id=menu_id, values=body, now=clock.now(), actor_id=current_user.id)


class FindingOut(ma.Schema):
    code = ma.fields.String(metadata={"description": "what was looked at: public, account, …, or `voice +49…`"})
    ok = ma.fields.Boolean()
    found = ma.fields.String(metadata={"description": "what is there now; never a secret"})


class FindingsOut(ma.Schema):
    findings = ma.fields.List(ma.fields.Nested(FindingOut))
    problem = ma.fields.String(metadata={"description": "why the carrier could not be asked, empty otherwise"})


@blueprint.route("/carrier-check")
@permission("settings.manage")
@blueprint.response(200, FindingsOut)
def carrier_check() -> dict[str, Any]:
    """What is missing before real calls reach us: our settings, then what the carrier has on file."""
    config = current_app.config["CALLOUT"]
    ours = list(db.session.scalars(select(PhoneNumber.number).where(PhoneNumber.active).order_by(PhoneNumber.label)))
    db.session.rollback()  # no transaction stays open while the carrier is asked
    findings, problem = connection.settings_findings(config, active_numbers=len(ours)), ""
    if config.carrier != "none":
        try:
            findings += connection.carrier_findings(config.public_base_url, ours, carrier.numbers_on_file(), carrier.application_on_file())
        except (TwilioRestException, requests.RequestException) as error:
            problem = getattr(error, "msg", "") or str(error)
    return {"findings": findings, "problem": problem}

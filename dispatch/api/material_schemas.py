"""Shapes of materials in the API: the catalogue, places, stock, moves, what is on order and what to buy."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.api import PageQuery
from dispatch.api.schemas import quantity
from dispatch.materials.rules import KINDS, REFUSED_TO
from dispatch.materials.services.catalogue import OTHER_LANGUAGES
from tickets.schemas import identity, one_of, plain

DAYS = validate.Range(0, 3650)
MONEY = validate.Range(0, 10**12)


def some(**options: Any) -> fields.Integer:
    """None of them, or a number of pieces."""
    return fields.Integer(strict=True, validate=validate.Range(0, 1_000_000), **options)


def serial_numbers() -> fields.List[str]:
    """Of a tracked part: as many as pieces."""
    return fields.List(plain(100), load_default=list, validate=validate.Length(max=10_000))


NamesSchema = ma.Schema.from_dict({language: plain(200) for language in sorted(OTHER_LANGUAGES)}, name="PartNamesSchema")


def names(**options: Any) -> fields.Nested:
    """What it is called in other languages; who reads none of them reads `name`."""
    return fields.Nested(NamesSchema, metadata={"description": "By language; what is missing or empty is called by `name`"}, **options)


class AlternateSchema(ma.Schema):
    """What may be used in place of a part."""

    part_id = identity(required=True)
    sku = fields.String(dump_only=True)
    name = fields.String(dump_only=True)


def alternates(**options: Any) -> fields.List[dict[str, Any]]:
    """In order: the first that is there is taken."""
    return fields.List(fields.Nested(AlternateSchema), validate=validate.Length(max=20), **options)


class PartSchema(ma.Schema):
    """`cost` and `price` in minor units of `currency`."""

    id = fields.Integer(dump_only=True)
    sku = plain(60, required=True)
    name = plain(200, required=True)
    names = names(load_default=dict)
    unit = plain(20, load_default="pc")
    cost = fields.Integer(strict=True, load_default=0, validate=MONEY)
    price = fields.Integer(strict=True, load_default=0, validate=MONEY)
    currency = plain(3, load_default="EUR")
    supplier = plain(200, load_default="", metadata={"description": "Who usually brings it"})
    lead_days = fields.Integer(strict=True, load_default=0, validate=DAYS, metadata={"description": "Days from the order to its arrival"})
    serial_tracked = fields.Boolean(load_default=False, metadata={"description": "Every piece has a serial number, named in every move"})
    core_value = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=MONEY,
        metadata={"description": "Deposit for the old piece, which has to come back; null: it need not"},
    )
    alternates = alternates(load_default=list, metadata={"description": "May be used in place of this part, in order"})
    active = fields.Boolean(load_default=True)


class PartPatch(ma.Schema):
    sku = plain(60)
    name = plain(200)
    names = names()
    unit = plain(20)
    cost = fields.Integer(strict=True, validate=MONEY)
    price = fields.Integer(strict=True, validate=MONEY)
    currency = plain(3)
    supplier = plain(200)
    lead_days = fields.Integer(strict=True, validate=DAYS)
    serial_tracked = fields.Boolean()
    core_value = fields.Integer(strict=True, allow_none=True, validate=MONEY)
    alternates = alternates()
    active = fields.Boolean()


class CoreSchema(ma.Schema):
    """Old pieces that have to go back. `state`: van, shelf, left (at the customer's: see `left_id`, `visit`, `why`). `deposit` for all of them."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    serial_tracked = fields.Boolean()
    state = fields.String()
    quantity = fields.Integer()
    supplier = fields.String()
    deposit = fields.Integer()
    currency = fields.String()
    place_id = fields.Integer(allow_none=True)
    place = fields.String(allow_none=True)
    technician = fields.String(allow_none=True)
    left_id = fields.Integer(allow_none=True)
    visit = fields.Integer(allow_none=True)
    why = fields.String()
    since = fields.AwareDateTime(allow_none=True)


class CoreTotalSchema(ma.Schema):
    supplier = fields.String()
    currency = fields.String()
    quantity = fields.Integer()
    deposit = fields.Integer()


class CoresSchema(ma.Schema):
    items = fields.List(fields.Nested(CoreSchema))
    totals = fields.List(fields.Nested(CoreTotalSchema))


class CoreMoveInput(ma.Schema):
    """Some of the old pieces at a place. `uuid` is the sender's: sent twice it happens once."""

    uuid = fields.UUID(load_default=None, allow_none=True)
    part_id = identity(required=True)
    place_id = identity(required=True)
    quantity = quantity()


class CoreLeftSchema(ma.Schema):
    """Old pieces that were left at the customer's. `state`: left, arrived, written_off."""

    id = fields.Integer()
    part_id = fields.Integer()
    quantity = fields.Integer()
    why = fields.String()
    state = fields.String()
    note = fields.String()
    ended_at = fields.AwareDateTime(allow_none=True)


class WriteOffInput(ma.Schema):
    note = plain(500, required=True)


class FreeSchema(ma.Schema):
    """So many free pieces of a part at a place."""

    place_id = fields.Integer()
    place = fields.String()
    kind = fields.String()
    free = fields.Integer()


class ToFetchSchema(ma.Schema):
    """So many pieces that are promised to the visit lie at a place other than its van."""

    place_id = fields.Integer()
    place = fields.String()
    quantity = fields.Integer()


class FreeAlternateSchema(ma.Schema):
    """What may be used in place of a missing part, and where it is free."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    free = fields.List(fields.Nested(FreeSchema))


class MissingPartSchema(ma.Schema):
    """A part that a visit has not on its van. `missing`: pieces that are not with us or nobody's promise; `short` of them nobody promised.

    `hope`: free (lies free somewhere: promise it), ordered (promised of an order), coming (on order, promised to nobody), none; null: only to be
    fetched. `there_on`: the first day on which the visit could have it, null: nobody knows. `late_days`: after the visit's day.
    """

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    supplier = fields.String()
    lead_days = fields.Integer()
    serial_tracked = fields.Boolean()
    quantity = fields.Integer()
    state = fields.String(metadata={"description": "staged, warehouse, other_van, on_order, short"})
    missing = fields.Integer()
    short = fields.Integer()
    eta = fields.Date(allow_none=True)
    lies_at = fields.List(fields.String())
    to_fetch = fields.List(fields.Nested(ToFetchSchema))
    free = fields.List(fields.Nested(FreeSchema))
    instead_of = fields.String(allow_none=True, metadata={"description": "The part of the kit that this alternate replaces"})
    alternates = fields.List(fields.Nested(FreeAlternateSchema))
    hope = fields.String(allow_none=True)
    there_on = fields.Date(allow_none=True)
    hurts = fields.Boolean()
    late_days = fields.Integer(allow_none=True)


class MissingPartsSchema(ma.Schema):
    """A booked visit that has not all its parts. `hurts`: something comes after its day, or nobody knows when; then it has a task."""

    number = fields.Integer()
    ticket = fields.Integer()
    customer = fields.String(allow_none=True)
    job_type_id = fields.Integer()
    job_type = fields.String()
    technician = fields.String(allow_none=True)
    van_id = fields.Integer(allow_none=True)
    planned_start = fields.AwareDateTime()
    day = fields.Date()
    readiness = fields.String()
    hurts = fields.Boolean()
    there_on = fields.Date(allow_none=True)
    late_days = fields.Integer(allow_none=True)
    task_id = fields.Integer(allow_none=True)
    lines = fields.List(fields.Nested(MissingPartSchema))


class MissingPartsListSchema(ma.Schema):
    days = fields.Integer()
    items = fields.List(fields.Nested(MissingPartsSchema))


class MissingPartsQuery(ma.Schema):
    days = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, 30), metadata={"description": "Default: the setting"}
    )
    fetch = fields.Boolean(load_default=False, metadata={"description": "Also visits whose parts are only to be fetched"})
    hurt = fields.Boolean(load_default=False, metadata={"description": "Only visits that it hurts"})


class MaterialSettingsSchema(ma.Schema):
    """How many days ahead parts are watched, whether missing ones raise tasks, how much more an hour of overtime costs."""

    missing_days = fields.Integer(strict=True, validate=validate.Range(1, 30))
    raise_tasks = fields.Boolean()
    overtime_percent = fields.Integer(strict=True, validate=validate.Range(0, 300))


class PlaceSchema(ma.Schema):
    """Warehouses, vans, what is set aside and what is to be returned are counted; the others are the world outside."""

    id = fields.Integer(dump_only=True)
    name = plain(100, required=True)
    kind = one_of(KINDS, required=True)
    branch_id = identity(load_default=None, allow_none=True)
    person_id = identity(load_default=None, allow_none=True)
    person = fields.String(dump_only=True, allow_none=True)
    latitude = fields.Float(load_default=None, allow_none=True)
    longitude = fields.Float(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)


class PlacePatch(ma.Schema):
    name = plain(100)
    branch_id = identity(allow_none=True)
    person_id = identity(allow_none=True)
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    active = fields.Boolean()


class PlaceQuery(ma.Schema):
    all = fields.Boolean(load_default=False, metadata={"description": "Also those outside, and those no longer used"})


class PartQuery(PageQuery):
    text = plain(load_default="")
    active = fields.Boolean(load_default=False, metadata={"description": "Only those in use"})


class StockQuery(PageQuery):
    text = plain(load_default="")
    place_id = identity(strict=False, load_default=None)
    short = fields.Boolean(load_default=False, metadata={"description": "Only parts of which nothing is free anywhere"})


class BalanceSchema(ma.Schema):
    place_id = fields.Integer()
    place = fields.String()
    kind = fields.String()
    on_hand = fields.Integer()
    reserved = fields.Integer()


class StockSchema(ma.Schema):
    """A part with what is where: `on_hand`, of that `reserved`; `incoming` on order, of that `incoming_reserved`, the next at `eta`."""

    id = fields.Integer()
    sku = fields.String()
    name = fields.String()
    unit = fields.String()
    serial_tracked = fields.Boolean()
    on_hand = fields.Integer()
    reserved = fields.Integer()
    to_return = fields.Integer(metadata={"description": "Lies ready to go back to suppliers: not in `on_hand`"})
    incoming = fields.Integer()
    incoming_reserved = fields.Integer()
    eta = fields.Date(allow_none=True)
    places = fields.List(fields.Nested(BalanceSchema))


class StockMoveSchema(ma.Schema):
    """A quantity from one place to another; never changed, reversed instead. `happened_at` may lie before `recorded_at`."""

    id = fields.Integer()
    uuid = fields.UUID()
    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    from_place_id = fields.Integer()
    from_place = fields.String()
    to_place_id = fields.Integer()
    to_place = fields.String()
    quantity = fields.Integer()
    reason = fields.String()
    visit = fields.Integer(allow_none=True)
    reverses_id = fields.Integer(allow_none=True)
    reversed = fields.Boolean()
    serials = fields.List(fields.String())
    count_id = fields.Integer(allow_none=True, metadata={"description": "The stock-taking that made it"})
    by = fields.String(allow_none=True)
    happened_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()


class StockMoveQuery(PageQuery):
    part_id = identity(strict=False, load_default=None)
    place_id = identity(strict=False, load_default=None)
    visit = identity(strict=False, load_default=None)


class StockMoveInput(ma.Schema):
    """`uuid`: yours, so that sending twice moves once. `visit`: what is reserved for that visit goes along."""

    uuid = fields.UUID(load_default=None)
    part_id = identity(required=True)
    from_place_id = identity(required=True)
    to_place_id = identity(required=True)
    quantity = quantity()
    serials = serial_numbers()
    happened_at = fields.AwareDateTime(load_default=None)
    visit = identity(load_default=None, allow_none=True)
    reason = plain(500, load_default="")


class ReversalInput(ma.Schema):
    reason = plain(500, load_default="")


class ReservationSchema(ma.Schema):
    id = fields.Integer()
    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    instead_of = fields.String(allow_none=True, metadata={"description": "The part that the visit needs, when this is an alternate of it"})
    quantity = fields.Integer()
    place_id = fields.Integer(allow_none=True)
    place = fields.String(allow_none=True)
    eta = fields.Date(allow_none=True)
    supplier = fields.String(allow_none=True)
    visit = fields.Integer()
    technician = fields.String(allow_none=True)
    planned_start = fields.AwareDateTime()
    created_at = fields.AwareDateTime()


class ReservationQuery(PageQuery):
    part_id = identity(strict=False, load_default=None)
    place_id = identity(strict=False, load_default=None)


class PurchaseSchema(ma.Schema):
    id = fields.Integer()
    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    serial_tracked = fields.Boolean()
    place_id = fields.Integer()
    place = fields.String()
    supplier = fields.String()
    quantity = fields.Integer()
    received = fields.Integer()
    refused = fields.Integer(metadata={"description": "How many came damaged or wrong; they are still to come"})
    reserved = fields.Integer()
    cancelled = fields.Integer(metadata={"description": "So many more were ordered and will not come"})
    eta = fields.Date(allow_none=True)
    ordered_at = fields.AwareDateTime()
    order = fields.Integer(allow_none=True, metadata={"description": "Number of its purchase order"})
    draft = fields.Boolean(metadata={"description": "The order was not sent yet: nothing of it can be received"})


class ProposedPurchaseSchema(ma.Schema):
    """To be bought: for `visits`, the first on the day `needed_on`, and `refill` of `quantity` to fill the place up. `cost` of all of it."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    supplier = fields.String()
    lead_days = fields.Integer()
    place_id = fields.Integer()
    place = fields.String()
    quantity = fields.Integer()
    refill = fields.Integer()
    visits = fields.List(fields.Integer())
    needed_on = fields.Date(allow_none=True)
    order_by = fields.Date(allow_none=True, metadata={"description": "The last day on which ordering brings it in time"})
    late = fields.Boolean(metadata={"description": "That day is over"})
    cost = fields.Integer()
    currency = fields.String()


class TransferSchema(ma.Schema):
    """To be carried from a warehouse to a place of ours that ran low."""

    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    unit = fields.String()
    serial_tracked = fields.Boolean()
    from_place_id = fields.Integer()
    from_place = fields.String()
    to_place_id = fields.Integer()
    to_place = fields.String()
    quantity = fields.Integer()


class ProposalsSchema(ma.Schema):
    purchases = fields.List(fields.Nested(ProposedPurchaseSchema))
    transfers = fields.List(fields.Nested(TransferSchema))


class StockLevelSchema(ma.Schema):
    """With `reorder_at` free pieces or fewer the place is filled up to `fill_to`."""

    part_id = identity(required=True)
    sku = fields.String(dump_only=True)
    part = fields.String(dump_only=True)
    place_id = identity(required=True)
    place = fields.String(dump_only=True)
    kind = fields.String(dump_only=True)
    reorder_at = fields.Integer(strict=True, required=True, validate=validate.Range(0, 1_000_000))
    fill_to = fields.Integer(strict=True, required=True, validate=validate.Range(1, 1_000_000))
    free = fields.Integer(dump_only=True)


class StockLevelsQuery(PageQuery):
    place_id = identity(strict=False, load_default=None)


class PurchaseQuery(PageQuery):
    open = fields.Boolean(load_default=True)
    part_id = identity(strict=False, load_default=None)


class PurchaseInput(ma.Schema):
    part_id = identity(required=True)
    place_id = identity(required=True)
    supplier = plain(200, required=True)
    quantity = quantity()
    eta = fields.Date(load_default=None, allow_none=True)


class PurchasePatch(ma.Schema):
    eta = fields.Date(allow_none=True)
    quantity = fields.Integer(strict=True, validate=validate.Range(1, 1_000_000))


class ReceiptInput(ma.Schema):
    """`accepted` goes to the order's place; `damaged` and `wrong` go to `refused_to` and are still to come. `uuid`: yours, so that sending twice
    receives once."""

    uuid = fields.UUID(load_default=None)
    accepted = some(load_default=0)
    damaged = some(load_default=0)
    wrong = some(load_default=0)
    wrong_part_id = identity(load_default=None, allow_none=True, metadata={"description": "What came instead, when it is known"})
    refused_to = one_of(REFUSED_TO, load_default="returns")
    serials = serial_numbers()
    damaged_serials = serial_numbers()
    wrong_serials = serial_numbers()
    note = plain(500, load_default="")
    happened_at = fields.AwareDateTime(load_default=None)


class ReceiptSchema(ma.Schema):
    id = fields.Integer()
    uuid = fields.UUID()
    purchase_line_id = fields.Integer()
    accepted = fields.Integer()
    damaged = fields.Integer()
    wrong = fields.Integer()
    wrong_part_id = fields.Integer(allow_none=True)
    wrong_part = fields.String(allow_none=True)
    refused_to = fields.String()
    note = fields.String()
    by = fields.String(allow_none=True)
    happened_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()


class SerialSchema(ma.Schema):
    """A piece: at a place, or put into a customer's `equipment` at a `visit`."""

    id = fields.Integer()
    number = fields.String()
    part_id = fields.Integer()
    sku = fields.String()
    part = fields.String()
    place_id = fields.Integer()
    place = fields.String()
    kind = fields.String()
    visit = fields.Integer(allow_none=True)
    equipment_id = fields.Integer(allow_none=True)
    equipment = fields.String(allow_none=True)
    customer_id = fields.Integer(allow_none=True)


class SerialQuery(PageQuery):
    text = plain(load_default="")
    part_id = identity(strict=False, load_default=None)
    place_id = identity(strict=False, load_default=None)
    visit = identity(strict=False, load_default=None)
    equipment_id = identity(strict=False, load_default=None)


class SerialPatch(ma.Schema):
    number = plain(100, required=True)

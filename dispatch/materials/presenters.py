"""Stock as data for pages and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from core.auth.models import User
from core.db import db
from dispatch.materials import queries
from dispatch.materials.buying import Purchase, Transfer
from dispatch.materials.models import (
    Part,
    Place,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Reservation,
    Serial,
    StockLevel,
    StockMove,
    Supplier,
)
from dispatch.materials.naming import title
from dispatch.materials.rules import HOLDING, order_state


def part(row: Part) -> dict[str, Any]:
    """A catalogue entry with its alternates."""
    names = (
        "id",
        "sku",
        "name",
        "names",
        "unit",
        "cost",
        "price",
        "currency",
        "supplier",
        "lead_days",
        "serial_tracked",
        "core_value",
        "active",
    )
    alternates = [{"part_id": one.alternate_id, "sku": one.alternate.sku, "name": title(one.alternate)} for one in row.alternates]
    return {**{name: getattr(row, name) for name in names}, "alternates": alternates}


def place(row: Place) -> dict[str, Any]:
    """A place."""
    facts = {name: getattr(row, name) for name in ("id", "name", "kind", "branch_id", "person_id", "latitude", "longitude", "active")}
    return {**facts, "person": row.person.name if row.person is not None else None}


def stock_lines(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts with what is where and what is to come; two queries for all."""
    ids = [one.id for one in parts]
    places: dict[int, list[dict[str, Any]]] = {}
    for balance, _part, where in db.session.execute(queries.balances().where(Part.id.in_(ids)).order_by(Place.kind.desc(), Place.name)):
        places.setdefault(balance.part_id, []).append(
            {
                "place_id": where.id,
                "place": where.name,
                "kind": where.kind,
                "on_hand": balance.on_hand,
                "reserved": balance.reserved,
            }
        )
    coming: dict[int, list[PurchaseLine]] = {}
    for line in db.session.scalars(queries.purchases(open_only=True).where(PurchaseLine.part_id.in_(ids))):
        coming.setdefault(line.part_id, []).append(line)
    return [_stock_line(one, places.get(one.id, []), coming.get(one.id, [])) for one in parts]


def _stock_line(row: Part, places: list[dict[str, Any]], coming: list[PurchaseLine]) -> dict[str, Any]:
    ours = [one for one in places if one["kind"] in HOLDING]
    return {
        "id": row.id,
        "sku": row.sku,
        "name": title(row),
        "unit": row.unit,
        "serial_tracked": row.serial_tracked,
        "on_hand": sum(one["on_hand"] for one in ours),
        "reserved": sum(one["reserved"] for one in ours),
        "to_return": sum(one["on_hand"] for one in places if one["kind"] == "returns"),
        "incoming": sum(line.quantity - line.received for line in coming),
        "incoming_reserved": sum(line.reserved for line in coming),
        "eta": min((line.eta for line in coming if line.eta is not None), default=None),
        "places": places,
    }


def moves(rows: Sequence[StockMove]) -> list[dict[str, Any]]:
    """Moves with names; a fixed number of queries."""
    parts = queries.part_names({row.part_id for row in rows})
    places = _places({row.from_place_id for row in rows} | {row.to_place_id for row in rows})
    users = user_names({row.actor_id for row in rows if row.actor_id is not None})
    visits = visit_numbers({row.visit_id for row in rows if row.visit_id is not None})
    numbers = queries.serials_of_moves([row.id for row in rows])
    reversed_ids = set(db.session.scalars(select(StockMove.reverses_id).where(StockMove.reverses_id.in_([row.id for row in rows]))))
    return [
        {
            "id": row.id,
            "uuid": row.uuid,
            "part_id": row.part_id,
            "sku": parts[row.part_id].sku,
            "part": title(parts[row.part_id]),
            "from_place_id": row.from_place_id,
            "from_place": places[row.from_place_id],
            "to_place_id": row.to_place_id,
            "to_place": places[row.to_place_id],
            "quantity": row.quantity,
            "reason": _reason(row),
            "count_id": row.count_id,
            "serials": numbers.get(row.id, []),
            "visit": visits.get(row.visit_id or 0, {}).get("number"),
            "reverses_id": row.reverses_id,
            "reversed": row.id in reversed_ids,
            "by": users.get(row.actor_id or 0),
            "happened_at": row.happened_at,
            "recorded_at": row.recorded_at,
        }
        for row in rows
    ]


def _reason(row: StockMove) -> str:
    """Why it was made. What a receipt wrote is kept in English and shown in the reader's language, that of its reversal too."""
    if not row.reason and row.count_id is not None:
        return str(_("Stock-taking %(number)s", number=row.count_id))
    supplier, _colon, what = row.reason.rpartition(": ")
    if row.receipt_id is not None or row.reverses_id is not None:
        if what == "damaged":
            return str(_("%(supplier)s: damaged", supplier=supplier))
        if what == "wrong":
            return str(_("%(supplier)s: wrong part", supplier=supplier))
    return row.reason


def reservations(rows: Sequence[Reservation]) -> list[dict[str, Any]]:
    """What is promised, to whom."""
    visits = visit_numbers({row.visit_id for row in rows})
    instead = queries.part_names({row.instead_of_id for row in rows if row.instead_of_id is not None})
    lines = {
        line.id: line
        for line in db.session.scalars(
            select(PurchaseLine).where(PurchaseLine.id.in_([row.purchase_line_id for row in rows if row.purchase_line_id is not None]))
        )
    }
    found = []
    for row in rows:
        line = lines.get(row.purchase_line_id or 0)
        found.append(
            {
                "id": row.id,
                "part_id": row.part_id,
                "sku": row.part.sku,
                "part": title(row.part),
                "instead_of": title(instead[row.instead_of_id]) if row.instead_of_id is not None else None,
                "quantity": row.quantity,
                "place_id": row.place_id,
                "place": row.place.name if row.place is not None else None,
                "eta": line.eta if line is not None else None,
                "supplier": line.supplier if line is not None else None,
                "visit": visits[row.visit_id]["number"],
                "technician": visits[row.visit_id]["technician"],
                "planned_start": visits[row.visit_id]["planned_start"],
                "created_at": row.created_at,
            }
        )
    return found


def purchases(rows: Sequence[PurchaseLine]) -> list[dict[str, Any]]:
    """What is on order."""
    parts = queries.part_names({row.part_id for row in rows})
    places = _places({row.place_id for row in rows})
    refused = queries.refused_of({row.id for row in rows})
    documents = queries.orders_of({row.order_id for row in rows if row.order_id is not None})
    names = ("id", "part_id", "place_id", "supplier", "quantity", "received", "reserved", "cancelled", "eta", "ordered_at")
    return [
        {
            **{name: getattr(row, name) for name in names},
            "sku": parts[row.part_id].sku,
            "part": title(parts[row.part_id]),
            "unit": parts[row.part_id].unit,
            "lead_days": parts[row.part_id].lead_days,
            "serial_tracked": parts[row.part_id].serial_tracked,
            "place": places[row.place_id],
            "refused": refused.get(row.id, 0),
            "order": documents[row.order_id].number if row.order_id in documents else None,
            "draft": row.order_id in documents and documents[row.order_id].state == "draft",
        }
        for row in rows
    ]


def supplier(row: Supplier) -> dict[str, Any]:
    """Who brings parts."""
    return {name: getattr(row, name) for name in ("id", "name", "email", "language", "our_number")}


def orders(rows: Sequence[PurchaseOrder]) -> list[dict[str, Any]]:
    """Purchase orders with their lines and what they cost, by currency."""
    users = user_names({user for row in rows for user in (row.created_by_id, row.sent_by_id) if user is not None})
    all_lines = purchases([line for row in rows for line in row.lines])
    by_id = {line["id"]: line for line in all_lines}
    names = ("number", "note", "created_at", "sent_at", "cancelled_at", "mails", "mailed_to", "mailed_at", "mail_problem")
    found = []
    for row in rows:
        totals: dict[str, int] = {}
        for line in row.lines:
            totals[line.currency] = totals.get(line.currency, 0) + line.cost * (line.quantity + line.cancelled)
        found.append(
            {
                **{name: getattr(row, name) for name in names},
                "state": str(order_state(row.state, ((line.quantity, line.received) for line in row.lines))),
                "supplier": supplier(row.supplier),
                "created_by": users.get(row.created_by_id or 0),
                "sent_by": users.get(row.sent_by_id or 0),
                "lines": [{**by_id[line.id], "cost": line.cost, "currency": line.currency} for line in row.lines],
                "totals": [{"amount": amount, "currency": currency} for currency, amount in sorted(totals.items())],
                "expected": max((line.eta for line in row.lines if line.eta is not None), default=None),
            }
        )
    return found


def order_table(row: PurchaseOrder) -> list[list[Any]]:
    """A purchase order as a table for a file; costs as amounts, in the reader's language."""
    head = [_("Order number"), _("Number"), _("Part"), _("Quantity"), _("Unit"), _("Cost"), _("Currency"), _("Expected on"), _("Place")]
    lines = [
        [
            row.number,
            shown["sku"],
            shown["part"],
            line.quantity + line.cancelled,
            shown["unit"],
            float(Decimal(line.cost).scaleb(-get_currency_precision(line.currency))),
            line.currency,
            line.eta,
            shown["place"],
        ]
        for line, shown in zip(row.lines, purchases(row.lines), strict=True)
    ]
    return [head, *lines]


def catalogue_table() -> list[list[Any]]:
    """All parts as a table for a file, by number; amounts in whole units, alternates by number in their order."""
    head = [_("Number"), _("Name"), _("Name in Simplified Chinese"), _("Name in Traditional Chinese"), _("Unit"), _("Cost"), _("Price")]
    head += [
        _("Currency"),
        _("Supplier"),
        _("Days until it arrives"),
        _("Deposit for the old part"),
        _("Serial numbers"),
        _("Replaced by"),
        _("In use"),
    ]
    rows = db.session.scalars(queries.parts().options(selectinload(Part.alternates)).order_by(Part.sku))
    return [head, *([_in_words(value) for value in _catalogue_row(row)] for row in rows)]


def _catalogue_row(row: Part) -> list[Any]:
    def amount(value: int | None) -> float | None:
        return None if value is None else float(Decimal(value).scaleb(-get_currency_precision(row.currency)))

    names = [row.sku, row.name, row.names.get("zh_Hans", ""), row.names.get("zh_Hant", ""), row.unit]
    money = [amount(row.cost), amount(row.price), row.currency, row.supplier, row.lead_days, amount(row.core_value)]
    return [*names, *money, row.serial_tracked, ", ".join(one.alternate.sku for one in row.alternates), row.active]


def _in_words(value: Any) -> Any:
    return str(_("yes") if value else _("no")) if isinstance(value, bool) else value


def receipts(rows: Sequence[Receipt]) -> list[dict[str, Any]]:
    """What arrived, and what of it was not kept."""
    instead = queries.part_names({row.wrong_part_id for row in rows if row.wrong_part_id is not None})
    users = user_names({row.actor_id for row in rows if row.actor_id is not None})
    names = ("id", "uuid", "purchase_line_id", "accepted", "damaged", "wrong", "wrong_part_id", "refused_to", "note", "happened_at")
    return [
        {
            **{name: getattr(row, name) for name in names},
            "wrong_part": title(instead[row.wrong_part_id]) if row.wrong_part_id is not None else None,
            "by": users.get(row.actor_id or 0),
            "recorded_at": row.recorded_at,
        }
        for row in rows
    ]


def serials(rows: Sequence[Serial]) -> list[dict[str, Any]]:
    """Pieces with where they are, and in whose equipment."""
    visits = visit_numbers({row.visit_id for row in rows if row.visit_id is not None})
    things = queries.equipment_of({row.equipment_id for row in rows if row.equipment_id is not None})
    return [
        {
            "id": row.id,
            "number": row.number,
            "part_id": row.part_id,
            "sku": row.part.sku,
            "part": title(row.part),
            "place_id": row.place_id,
            "place": row.place.name,
            "kind": row.place.kind,
            "visit": visits.get(row.visit_id or 0, {}).get("number"),
            "equipment_id": row.equipment_id,
            "equipment": things[row.equipment_id].label if row.equipment_id in things else None,
            "customer_id": things[row.equipment_id].customer_id if row.equipment_id in things else None,
        }
        for row in rows
    ]


def level(row: StockLevel, free: int) -> dict[str, Any]:
    """A level with what is free there now."""
    return {
        "part_id": row.part_id,
        "sku": row.part.sku,
        "part": title(row.part),
        "place_id": row.place_id,
        "place": row.place.name,
        "kind": row.place.kind,
        "reorder_at": row.reorder_at,
        "fill_to": row.fill_to,
        "free": free,
    }


def cores(limit: int) -> dict[str, Any]:
    """Old pieces that have to go back: on vans, on the shelf, left at customers' (the latest `limit`); and the deposits by supplier."""
    items: list[dict[str, Any]] = []
    for balance, row, where, van in queries.cores():
        technician = van.person.name if van is not None and van.person is not None else None
        facts = {"place_id": where.id, "place": van.name if van is not None else where.name, "technician": technician}
        items.append(_core(row, balance.on_hand, state="shelf" if van is None else "van", **facts))
    left = queries.cores_left(limit=limit)
    visits = visit_numbers({one.visit_id for one in left})
    for one in left:
        told = visits.get(one.visit_id, {})
        facts = {"left_id": one.id, "why": one.why, "since": one.happened_at}
        items.append(_core(one.part, one.quantity, state="left", visit=told.get("number"), technician=told.get("technician"), **facts))
    totals: dict[tuple[str, str], list[int]] = {}
    for item in items:
        total = totals.setdefault((item["supplier"], item["currency"]), [0, 0])
        total[0] += item["quantity"]
        total[1] += item["deposit"]
    return {
        "items": items,
        "totals": [
            {"supplier": supplier, "currency": currency, "quantity": pieces, "deposit": deposit}
            for (supplier, currency), (pieces, deposit) in sorted(totals.items())
        ],
    }


def _core(row: Part, quantity: int, **facts: Any) -> dict[str, Any]:
    nothing = {"left_id": None, "place_id": None, "place": None, "technician": None, "visit": None, "why": "", "since": None}
    worth = {"deposit": (row.core_value or 0) * quantity, "currency": row.currency}
    return {**named(row), **nothing, "supplier": row.supplier, "quantity": quantity, **worth, **facts}


def to_buy(bought: Sequence[Purchase], carried: Sequence[Transfer], today: date) -> dict[str, Any]:
    """Proposals with names, by supplier and by the day on which they have to be ordered; `late`: that day is over."""
    parts = queries.part_names({one.part_id for one in bought} | {one.part_id for one in carried})
    places = _places({one.place_id for one in bought} | {place for one in carried for place in (one.from_place_id, one.to_place_id)})

    lines = []
    for one in bought:
        row = parts[one.part_id]
        order_by = one.order_by(row.lead_days)
        lines.append(
            {
                **named(row),
                "supplier": row.supplier,
                "lead_days": row.lead_days,
                "place_id": one.place_id,
                "place": places[one.place_id],
                "quantity": one.quantity,
                "refill": one.refill,
                "visits": list(one.visits),
                "needed_on": one.needed_on,
                "order_by": order_by,
                "late": order_by is not None and order_by < today,
                "cost": row.cost * one.quantity,
                "currency": row.currency,
            }
        )
    lines.sort(key=lambda line: (line["supplier"].casefold(), line["order_by"] or date.max, line["part"].casefold(), line["place_id"]))
    transfers = [
        {
            **named(parts[one.part_id]),
            "from_place_id": one.from_place_id,
            "from_place": places[one.from_place_id],
            "to_place_id": one.to_place_id,
            "to_place": places[one.to_place_id],
            "quantity": one.quantity,
        }
        for one in carried
    ]
    return {
        "purchases": lines,
        "transfers": sorted(transfers, key=lambda line: (line["to_place"].casefold(), line["part"].casefold())),
    }


def named(part: Part) -> dict[str, Any]:
    """What every line about a part says of it."""
    return {"part_id": part.id, "sku": part.sku, "part": title(part), "unit": part.unit, "serial_tracked": part.serial_tracked}


def _places(ids: set[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Place.id, Place.name).where(Place.id.in_(ids))).tuples().all())


def user_names(ids: set[int]) -> dict[int, str]:
    """Users' names by id."""
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())


# Visits stand above materials, so they are asked by name.
_VISITS = text(
    """
    SELECT v.id, v.number, v.planned_start, u.name AS technician
    FROM visit v
    LEFT JOIN assignment a ON a.visit_id = v.id AND a.active AND a.lead
    LEFT JOIN person p ON p.id = a.person_id
    LEFT JOIN "user" u ON u.id = p.user_id
    WHERE v.id = ANY(:ids)
    """
)


def visit_numbers(ids: set[int]) -> dict[int, dict[str, Any]]:
    """{number, planned_start, technician} of visits, by id."""
    if not ids:
        return {}
    return {row.id: dict(row._mapping) for row in db.session.execute(_VISITS, {"ids": list(ids)})}

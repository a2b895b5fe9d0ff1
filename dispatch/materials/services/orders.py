"""Purchase orders as documents: a draft is collected, sent to its supplier, received, or cancelled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core import audit, events
from core.db import db, locked_row
from core.emails import is_address
from core.errors import Conflict, NotFound, NotValid
from core.i18n import LANGUAGES
from dispatch.errors import clear_errors
from dispatch.events import PurchaseOrderSent, StockChanged
from dispatch.materials import ledger, locking, queries
from dispatch.materials.models import PurchaseLine, PurchaseOrder, Supplier

MOST_LINES = 500


def supplier_named(name: str) -> Supplier:
    """The supplier of this name, made when there is none. Raises NotValid."""
    clean = " ".join(name.split())[:200]
    if not clean:
        raise NotValid(_("Say who delivers it."), field="supplier")
    row = insert(Supplier).values(name=clean, email="", language="en", our_number="")
    db.session.execute(row.on_conflict_do_nothing(index_elements=["name"]))
    return db.session.scalars(select(Supplier).where(Supplier.name == clean)).one()


def update_supplier(*, supplier_id: int, now: datetime, actor_id: int | None, **values: Any) -> Supplier:
    """Change some of email, language (of our mails), our_number (what they know us by). Raises NotFound, NotValid naming the field."""
    row = locked_row(Supplier, supplier_id)
    if row is None:
        raise NotFound(_("There is no such supplier."))
    before = {name: getattr(row, name) for name in values}
    if "email" in values:
        row.email = _address(values["email"])
    if "language" in values:
        if values["language"] not in LANGUAGES:
            raise NotValid(_("There is no such language."), field="language")
        row.language = values["language"]
    if "our_number" in values:
        row.our_number = values["our_number"].strip()[:60]
    db.session.flush()
    after = {name: getattr(row, name) for name in values}
    audit.record(action="supplier.changed", target=f"supplier:{row.id}", actor_id=actor_id, now=now, before=before, after=after)
    return row


def _address(text: str) -> str:
    if not text.strip():
        return ""
    if not is_address(text):
        raise NotValid(_("This is no e-mail address."), field="email")
    return text.strip()


@clear_errors
def create_order(
    *, supplier: str, lines: Iterable[Mapping[str, int]], now: datetime, actor_id: int | None, note: str = ""
) -> PurchaseOrder:
    """A draft: `lines` [{part_id, place_id, quantity}]. What it holds counts as coming, so it is not proposed again, but no visit is promised it.

    Raises NotValid naming the field.
    """
    order = PurchaseOrder(
        supplier=supplier_named(supplier), state="draft", note=note.strip()[:2000], created_at=now, created_by_id=actor_id
    )
    db.session.add(order)
    db.session.flush()
    for line in lines:
        add_line(number=order.number, now=now, actor_id=actor_id, **line)
    if not order.lines:
        raise NotValid(_("An order needs at least one part."), field="lines")
    return order


@clear_errors
def add_line(*, number: int, part_id: int, place_id: int, quantity: int, now: datetime, actor_id: int | None) -> PurchaseLine:
    """One more part on a draft; the same part for the same place is added up. Raises NotFound, NotValid, Conflict when it was sent."""
    order = _draft(number)
    part, place = ledger.known_part(part_id), ledger.known_place(place_id)
    if not ledger.holds(place):
        raise NotValid(_("Parts arrive at a warehouse or a van."), field="place_id")
    ledger.checked_quantity(quantity)
    line = next((one for one in order.lines if (one.part_id, one.place_id) == (part.id, place.id)), None)
    if line is not None:
        line.quantity = ledger.checked_quantity(line.quantity + quantity)
    else:
        if len(order.lines) >= MOST_LINES:
            raise NotValid(_("An order has at most %(most)d lines.", most=MOST_LINES), field="lines")
        line = PurchaseLine(
            order=order,
            part_id=part.id,
            place_id=place.id,
            supplier=order.supplier.name,
            quantity=quantity,
            received=0,
            reserved=0,
            cancelled=0,
            cost=part.cost,
            currency=part.currency,
            eta=None,
            ordered_at=now,
        )
        db.session.add(line)
    db.session.flush()
    facts = {"part_id": part.id, "place_id": place.id, "quantity": line.quantity}
    audit.record(action="purchase_order.line", target=f"purchase_order:{order.id}", actor_id=actor_id, now=now, after=facts)
    return line


@clear_errors
def remove_line(*, number: int, line_id: int, now: datetime, actor_id: int | None) -> PurchaseOrder:
    """Take a line off a draft. Raises NotFound, Conflict when it was sent."""
    order = _draft(number)
    line = next((one for one in order.lines if one.id == line_id), None)
    if line is None:
        raise NotFound(_("There is no such line."))
    facts = {"part_id": line.part_id, "place_id": line.place_id, "quantity": line.quantity}
    db.session.execute(delete(PurchaseLine).where(PurchaseLine.id == line.id))
    db.session.expire(order)
    audit.record(action="purchase_order.line_removed", target=f"purchase_order:{order.id}", actor_id=actor_id, now=now, before=facts)
    return order


@clear_errors
def update_order(*, number: int, note: str, now: datetime, actor_id: int | None) -> PurchaseOrder:
    """Change the note to the supplier of a draft. Raises NotFound, Conflict."""
    order = _draft(number)
    before, order.note = order.note, note.strip()[:2000]
    db.session.flush()
    target = f"purchase_order:{order.id}"
    audit.record(
        action="purchase_order.changed", target=target, actor_id=actor_id, now=now, before={"note": before}, after={"note": order.note}
    )
    return order


@clear_errors
def send_order(
    *, number: int, now: datetime, actor_id: int | None, mail: bool, expected_on: date | None = None, lock_also: Collection[int] = ()
) -> PurchaseOrder:
    """It is ordered: by `mail` to the supplier's address, or told otherwise. Each line is expected on `expected_on`, or after its part's lead days.

    Days are counted where the parts arrive. Locks the order, the balances of its parts (and of those the caller goes on with, `lock_also`), what is
    on order of them. Raises NotFound; Conflict when it is no draft or has no lines; NotValid (field email) without an address, (field expected_on)
    for a day gone by.
    """
    order = _draft(number)
    if not order.lines:
        raise Conflict(_("An order needs at least one part."), field="lines", code="empty")
    if mail and not order.supplier.email:
        raise NotValid(_("No e-mail address of %(supplier)s is known.", supplier=order.supplier.name), field="email")
    parts = queries.part_names({line.part_id for line in order.lines})
    today = _days({line.place_id for line in order.lines}, now)
    if expected_on is not None and expected_on < min(today.values()):
        raise NotValid(_("This day is over."), field="expected_on")
    locking.lock_all({*parts, *lock_also})
    for line in order.lines:
        days = parts[line.part_id].lead_days
        line.eta = expected_on or (today[line.place_id] + timedelta(days=days) if days else None)
        line.ordered_at = now
    order.state, order.sent_at, order.sent_by_id = "sent", now, actor_id
    facts = {"number": order.number, "supplier": order.supplier.name, "mail": order.supplier.email if mail else None}
    audit.record(action="purchase_order.sent", target=f"purchase_order:{order.id}", actor_id=actor_id, now=now, after=facts)
    _tell(order, now, actor_id, mail=mail)
    return order


@clear_errors
def mail_order(*, number: int, now: datetime, actor_id: int | None) -> PurchaseOrder:
    """Mail an order once more. Raises NotFound, Conflict when it was not sent, NotValid (field email)."""
    order = _locked(number)
    if order.state != "sent":
        raise Conflict(_("Only an order that was sent is mailed again."), code="not_sent")
    if not order.supplier.email:
        raise NotValid(_("No e-mail address of %(supplier)s is known.", supplier=order.supplier.name), field="email")
    facts = {"mail": order.supplier.email}
    audit.record(action="purchase_order.mailed", target=f"purchase_order:{order.id}", actor_id=actor_id, now=now, after=facts)
    _tell(order, now, actor_id, mail=True)
    return order


def _tell(order: PurchaseOrder, now: datetime, actor_id: int | None, *, mail: bool) -> None:
    if mail:
        order.mails += 1
        order.mailed_to, order.mailed_at, order.mail_problem = order.supplier.email, None, None
    db.session.flush()
    events.publish(
        PurchaseOrderSent(at=now, actor_id=actor_id, order_id=order.id, number=order.number, mails=order.mails if mail else None)
    )


def _days(place_ids: Iterable[int], now: datetime) -> dict[int, date]:
    """The day that it is at each place: that of its branch, or of who drives the van; else UTC's."""
    zones = queries.time_zones_of(place_ids)
    return {place_id: now.astimezone(ZoneInfo(zones.get(place_id, "UTC"))).date() for place_id in place_ids}


def note_mail(*, order_id: int, mails: int, now: datetime, problem: str | None = None) -> None:
    """How its mail number `mails` went: taken by the server, or why not. Of one that a later mail followed nothing is noted."""
    order = locked_row(PurchaseOrder, order_id)
    if order is not None and order.mails == mails:
        order.mailed_at, order.mail_problem = (now, None) if problem is None else (None, problem[:500])
        db.session.flush()


@clear_errors
def cancel_order(*, number: int, now: datetime, actor_id: int | None) -> PurchaseOrder:
    """What has not come will not come; visits that were promised it are short. Locks the visits, the order, its lines. Raises NotFound, Conflict."""
    seen = queries.order_numbered(number)
    if seen is None:
        raise NotFound(_("There is no such order."))
    visit_ids = queries.visits_waiting_for([line.id for line in seen.lines])
    for visit_id in sorted(visit_ids):
        locking.lock_visit(visit_id)
    order = _locked(number)
    if order.state == "cancelled":
        raise Conflict(_("This order is cancelled."), code="cancelled")
    lines = locking.lock_purchase_lines(line.id for line in order.lines)
    if lines and all(line.received >= line.quantity for line in lines):
        raise Conflict(_("Everything of this order is here."), code="received")
    held = [row for line in lines for row in locking.lock_held(purchase_line_id=line.id)]
    if {row.visit_id for row in held} - visit_ids:
        raise Conflict(_("Somebody is working on the same thing. Nothing was changed: try again."), code="busy")
    for row in held:
        ledger.let_go(row, now=now)
    db.session.flush()
    for line in lines:
        db.session.refresh(line)
        line.cancelled, line.quantity = line.cancelled + line.quantity - line.received, line.received
    order.state, order.cancelled_at = "cancelled", now
    db.session.flush()
    audit.record(action="purchase_order.cancelled", target=f"purchase_order:{order.id}", actor_id=actor_id, now=now)
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=(), visit_ids=tuple(sorted({row.visit_id for row in held}))))
    return order


def _locked(number: int) -> PurchaseOrder:
    query = select(PurchaseOrder).where(PurchaseOrder.number == number).with_for_update(of=PurchaseOrder)
    order = db.session.scalar(query.execution_options(populate_existing=True))
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def _draft(number: int) -> PurchaseOrder:
    order = _locked(number)
    if order.state != "draft":
        raise Conflict(_("This order was sent already."), code="no_draft")
    return order

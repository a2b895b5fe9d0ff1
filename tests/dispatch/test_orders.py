"""Purchase orders as documents: from what is to buy to what came, by mail, on paper and as tables."""

from __future__ import annotations

import email
import email.policy
import io
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from openpyxl import load_workbook
from sqlalchemy import event, select

from callcenter.mail import purchases
from callcenter.mail.models import Mailbox
from core import clock
from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, NotValid
from core.outbox import OutboxRow
from dispatch import buying
from dispatch.materials import presenters, queries
from dispatch.materials.models import Part, PurchaseOrder, StockMove
from dispatch.materials.rules import Readiness
from dispatch.materials.services import (
    add_line,
    cancel_order,
    create_order,
    mail_order,
    note_mail,
    receive,
    release,
    remove_line,
    reverse_move,
    update_part,
    update_purchase_line,
    update_supplier,
)
from dispatch.visits.models import Visit
from dispatch.visits.queries import readiness_of
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send

__all__ = ["caller"]  # fixture
NEXT_WEEK = berlin("2026-03-17 10:00")


@pytest.fixture(autouse=True)
def business_time(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Entries read the clock: it stands at the tests' time."""
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def wanted(firm: Firm) -> tuple[Part, Visit]:
    """A visit next week lacks two pumps, which Elektra brings in three days."""
    part = firm.part("Pump", sku="=P-1")
    update_part(part_id=part.id, supplier="Elektra", lead_days=3, cost=2450, now=firm.now, actor_id=None)
    return part, firm.book(firm.technician(), NEXT_WEEK, job_type=firm.job_type(kit={part.id: 2}), despite=["short"])


def at(firm: Firm) -> dict[str, Any]:
    return {"now": firm.now, "actor_id": None}


def state_of(order: PurchaseOrder) -> str:
    database.session.flush()
    database.session.expire_all()
    found: str = presenters.orders([order])[0]["state"]
    return found


def sent(firm: Firm, order: PurchaseOrder, **more: Any) -> PurchaseOrder:
    return buying.send_order(number=order.number, **{"mail": False} | more, **at(firm))


def test_from_what_is_to_buy_to_all_received(firm: Firm, wanted: tuple[Part, Visit]) -> None:
    _part, visit = wanted
    order = buying.order_proposed(supplier="Elektra", **at(firm))
    assert buying.proposals() == ([], [])  # a draft is not bought again
    with pytest.raises(NotValid) as caught:
        buying.order_proposed(supplier="Elektra", **at(firm))
    assert caught.value.field == "supplier"
    (line,) = order.lines
    assert (state_of(order), line.quantity, line.reserved, line.eta) == ("draft", 2, 0, None)
    assert readiness_of([visit])[visit.id].state is Readiness.SHORT
    with pytest.raises(Conflict, match="Send it first"), database.session.begin_nested():
        receive(uuid=uuid.uuid4(), line_id=line.id, accepted=1, **at(firm))
    sent(firm, order)
    assert (state_of(order), line.reserved, line.eta) == ("sent", 2, date(2026, 3, 13))
    assert readiness_of([visit])[visit.id].state is Readiness.WAITING
    for expected in ("partly", "received"):
        receive(uuid=uuid.uuid4(), line_id=line.id, accepted=1, **at(firm))
        assert state_of(order) == expected
    with pytest.raises(Conflict) as refused:
        cancel_order(number=order.number, **at(firm))
    assert refused.value.code == "received"


def test_cancelling_makes_visits_short_and_keeps_what_came_and_what_was_ordered(firm: Firm, wanted: tuple[Part, Visit]) -> None:
    part, visit = wanted
    order = sent(
        firm, create_order(supplier="Elektra", lines=[{"part_id": part.id, "place_id": firm.warehouse.id, "quantity": 5}], **at(firm))
    )
    (line,) = order.lines
    receive(uuid=uuid.uuid4(), line_id=line.id, accepted=1, **at(firm))
    cancel_order(number=order.number, **at(firm))
    assert (state_of(order), line.quantity, line.cancelled, line.reserved) == ("cancelled", 1, 4, 0)
    assert readiness_of([visit])[visit.id].state is Readiness.SHORT
    assert (firm.balance(part, firm.warehouse), queries.mismatches()) == ((1, 1), [])
    assert [one.quantity for one in buying.proposals()[0]] == [1]
    release(visit_id=visit.id, **at(firm))
    (move,) = database.session.scalars(select(StockMove).where(StockMove.receipt_id.is_not(None)))
    reverse_move(move_id=move.id, **at(firm))  # the one that came goes back: it does not come again either
    assert (line.quantity, line.received, line.cancelled) == (0, 0, 5)
    with pytest.raises(Conflict) as caught:
        update_purchase_line(line_id=line.id, quantity=9, **at(firm))
    assert caught.value.code == "cancelled"
    with pytest.raises(Conflict):
        cancel_order(number=order.number, **at(firm))


def test_a_draft_is_put_together_and_then_stands(firm: Firm) -> None:
    pump, hose = firm.part("Pump"), firm.part("Hose")
    place = firm.warehouse.id
    order = create_order(supplier=" Elektra  Parts ", lines=[{"part_id": pump.id, "place_id": place, "quantity": 2}], **at(firm))
    assert order.supplier.name == "Elektra Parts"
    add_line(number=order.number, part_id=pump.id, place_id=place, quantity=3, **at(firm))
    extra = add_line(number=order.number, part_id=hose.id, place_id=place, quantity=1, **at(firm))
    remove_line(number=order.number, line_id=extra.id, **at(firm))
    assert [(line.part_id, line.quantity) for line in order.lines] == [(pump.id, 5)]
    with pytest.raises(Conflict) as caught:
        update_purchase_line(line_id=order.lines[0].id, eta=date(2026, 4, 1), **at(firm))
    assert (caught.value.field, caught.value.code) == ("eta", "draft")
    sent(firm, order)
    with pytest.raises(Conflict) as refused:
        add_line(number=order.number, part_id=hose.id, place_id=place, quantity=1, **at(firm))
    assert refused.value.code == "no_draft"
    actions = database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"purchase_order:{order.id}"))
    assert set(actions) == {"purchase_order.line", "purchase_order.line_removed", "purchase_order.sent"}


def test_a_draft_with_nothing_left_on_it_is_called_off(firm: Firm) -> None:
    order = create_order(supplier="Elektra", lines=[{"part_id": firm.part().id, "place_id": firm.warehouse.id, "quantity": 1}], **at(firm))
    remove_line(number=order.number, line_id=order.lines[0].id, **at(firm))
    cancel_order(number=order.number, **at(firm))
    assert state_of(order) == "cancelled"


def test_days_are_counted_where_the_parts_arrive(firm: Firm, wanted: tuple[Part, Visit]) -> None:
    order = buying.order_proposed(supplier="Elektra", **at(firm))
    night = berlin("2026-03-11 00:30")  # in UTC still the 10th
    with pytest.raises(NotValid) as caught, database.session.begin_nested():
        buying.send_order(number=order.number, mail=False, expected_on=date(2026, 3, 10), now=night, actor_id=None)
    assert caught.value.field == "expected_on"
    buying.send_order(number=order.number, mail=False, now=night, actor_id=None)
    assert [line.eta for line in order.lines] == [date(2026, 3, 14)]


def test_orders_are_shown_with_as_many_statements_however_many_lines(app: Flask, firm: Firm) -> None:
    numbers = []
    for many in (1, 4):
        lines = [{"part_id": firm.part().id, "place_id": firm.warehouse.id, "quantity": 1} for _line in range(many)]
        numbers.append(create_order(supplier="Elektra", lines=lines, **at(firm)).number)
    seen: list[str] = []
    engine = getattr(database.engine, "engine", database.engine)
    event.listen(engine, "before_cursor_execute", count := lambda _connection, _cursor, statement, *_rest: seen.append(statement))
    found = []
    for number in numbers:
        database.session.expunge_all()
        seen.clear()
        order = queries.order_numbered(number)
        assert order is not None
        presenters.orders([order])
        presenters.order_table(order)
        found.append(len(seen))
    event.remove(engine, "before_cursor_execute", count)
    assert found[0] == found[1]


def test_why_parts_came_and_went_back_is_said_in_the_readers_language(firm: Firm) -> None:
    line = firm.order(firm.part(), 3, date(2026, 3, 12))
    receive(uuid=uuid.uuid4(), line_id=line.id, accepted=1, damaged=1, wrong=1, **at(firm))
    moves = list(database.session.scalars(select(StockMove).order_by(StockMove.id)))
    assert [one["reason"] for one in presenters.moves(moves)] == ["Acme", "Acme: damaged", "Acme: wrong part"]
    with force_locale("zh_Hans"):
        assert [one["reason"] for one in presenters.moves(moves)] == ["Acme", "Acme：损坏", "Acme：送错"]


def test_bad_input_names_its_field(firm: Firm) -> None:
    part = firm.part()
    for values, field in (
        ({"supplier": " ", "lines": []}, "supplier"),
        ({"supplier": "Elektra", "lines": []}, "lines"),
        ({"supplier": "Elektra", "lines": [{"part_id": part.id, "place_id": firm.warehouse.id, "quantity": 0}]}, "quantity"),
    ):
        with pytest.raises(NotValid) as caught, database.session.begin_nested():
            create_order(**values, **at(firm))
        assert caught.value.field == field
    order = create_order(supplier="Elektra", lines=[{"part_id": part.id, "place_id": firm.warehouse.id, "quantity": 1}], **at(firm))
    for more, field in (({"mail": True}, "email"), ({"expected_on": firm.now.date() - timedelta(days=1)}, "expected_on")):
        with pytest.raises(NotValid) as caught:
            sent(firm, order, **more)
        assert caught.value.field == field
    with pytest.raises(NotValid) as caught:
        update_supplier(supplier_id=order.supplier_id, email="nobody", **at(firm))
    assert caught.value.field == "email"


def test_it_is_mailed_with_its_table_in_the_suppliers_language(firm: Firm, wanted: tuple[Part, Visit]) -> None:
    order = buying.order_proposed(supplier="Elektra", **at(firm))
    update_supplier(supplier_id=order.supplier_id, email="orders@elektra.test", language="zh_Hans", our_number="K-7", **at(firm))
    database.session.add(Mailbox(name="Parts", address="parts@callout.test", sender_name="Callout", queue=firm.queue))
    sent(firm, order, mail=True)
    mail_order(number=order.number, **at(firm))
    rows = list(database.session.scalars(select(OutboxRow).where(OutboxRow.kind == purchases.KIND).order_by(OutboxRow.id)))
    assert [row.payload for row in rows] == [{"order_id": order.id, "mails": number} for number in (1, 2)]
    letter = purchases.letter_of(order)
    assert letter is not None
    assert (letter.sender, letter.recipient) == ("parts@callout.test", "orders@elektra.test")
    mail = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert mail["Subject"] == f"采购单 {order.number}"
    assert mail["Message-ID"].startswith(f"<purchase-order-{order.number}-2@")
    body = mail.get_body()
    assert body is not None
    assert "2 pc  =P-1  Pump" in body.get_content()
    assert "K-7" in body.get_content()
    (table,) = mail.iter_attachments()
    cells = list(load_workbook(io.BytesIO(table.get_content())).active.iter_rows(min_row=2, values_only=True))
    assert cells[0][:7] == (order.number, "=P-1", "Pump", 2, "pc", 24.5, "EUR")
    note_mail(order_id=order.id, mails=1, now=firm.now, problem="refused")  # the first, late: the second follows it
    assert order.mail_problem is None
    # Nothing to send by: the order says so, and does not stay on its way for good.
    purchases.send(rows[1].id, rows[1].payload)
    database.session.refresh(order)
    assert "orders@elektra.test" in (order.mail_problem or "")


def test_the_storekeeper_orders_over_the_api(firm: Firm, wanted: tuple[Part, Visit], caller: Callable[..., Caller]) -> None:
    keeper, reader = caller("dispatcher"), caller("agent")
    made = send(keeper, "post", "/purchase-orders", {"supplier": "Elektra"})
    assert made.status_code == 201
    order = made.get_json()
    assert (order["state"], order["totals"], order["lines"][0]["draft"]) == ("draft", [{"amount": 4900, "currency": "EUR"}], True)
    path = f"/purchase-orders/{order['number']}"
    refused = send(keeper, "post", f"{path}/sending", {})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["email"])
    assert send(keeper, "patch", f"/suppliers/{order['supplier']['id']}", {"email": "a@b.test"}).get_json()["email"] == "a@b.test"
    assert send(keeper, "patch", path, {"note": "Gate 2"}).get_json()["note"] == "Gate 2"
    answer = send(keeper, "post", f"{path}/sending", {"expected_on": "2026-03-20"}).get_json()
    assert (answer["state"], answer["expected"], answer["mails"], answer["mailed_to"]) == ("sent", "2026-03-20", 1, "a@b.test")
    assert [one["order"] for one in send(reader, "get", "/purchase-lines").get_json()["items"]] == [order["number"]]
    assert [one["number"] for one in send(reader, "get", "/purchase-orders?state=sent&supplier=lek").get_json()["items"]] == [
        order["number"]
    ]
    assert send(reader, "post", f"{path}/cancellation").status_code == 403
    assert send(keeper, "get", "/purchase-orders/999999").status_code == 404
    assert send(keeper, "post", f"{path}/cancellation").get_json()["state"] == "cancelled"

"""A day on paper: whose sheets there are, what stands on them, in every language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from core.db import db as database
from dispatch.day_sheets import part_name, sheets
from dispatch.services import cancel_visit, hold_visit, move_visit
from dispatch.topics import asked_day
from tests.dispatch.conftest import Firm, berlin

DAY = date(2026, 3, 11)
TEN = berlin("2026-03-11 10:00")
HOUR = timedelta(hours=1)


def two_days(firm: Firm) -> None:
    """Ana has two visits with a part each, one on her van; Bo has one; another of his was called off, a third is only held."""
    filter_, pump = firm.part("Filter", "F-1"), firm.part("Pump", "P-1")
    ana, bo = firm.technician("Ana"), firm.technician("Bo", skills={firm.gas.id: 2, firm.cold.id: 1})
    firm.stock(filter_, firm.van(ana), 1)
    firm.stock(filter_, firm.warehouse, 5)
    firm.stock(pump, firm.warehouse, 5)
    firm.book(ana, TEN, job_type=firm.job_type(kit={filter_.id: 1}))
    firm.book(ana, TEN + 3 * HOUR, job_type=firm.job_type("pump", kit={pump.id: 2, filter_.id: 1}, name="Pump change"))
    plain = firm.job_type("look", name="Look", minutes=30, skills={})
    firm.book(bo, TEN, job_type=plain)
    gone = firm.book(bo, TEN + 2 * HOUR, job_type=plain)
    cancel_visit(visit_id=gone.id, reason="", now=firm.now, actor_id=None)
    start = TEN + 4 * HOUR
    hold_visit(
        ticket_id=firm.ticket().id,
        job_type_id=plain.id,
        person_id=bo.id,
        start=start,
        end=start + HOUR / 2,
        promised_from=start,
        promised_until=start + 2 * HOUR,
        now=firm.now,
        actor_id=None,
    )
    database.session.flush()


def test_a_sheet_has_the_stops_in_order_and_what_to_take_with_its_place(firm: Firm) -> None:
    two_days(firm)
    found = sheets(DAY)
    assert [(sheet.person.name, [stop["planned_start"] for stop in sheet.stops]) for sheet in found] == [
        ("Ana", [TEN, TEN + 3 * HOUR]),
        ("Bo", [TEN]),
    ]
    ana, bo = found
    assert [(part.sku, part.quantity, part.state, part.stops) for part in ana.take] == [
        ("F-1", 1, "warehouse", (2,)),
        ("P-1", 2, "warehouse", (2,)),
        ("F-1", 1, "on_van", (1,)),
    ], "what is to be fetched stands first"
    assert [part.where for part in ana.take] == ["in the warehouse: Warehouse", "in the warehouse: Warehouse", "on the van"]
    assert (bo.take, sheets(DAY + timedelta(days=1))) == ((), [])
    assert [sheet.person.name for sheet in sheets(DAY, skill=[firm.cold.id])] == ["Bo"]
    assert [sheet.person.name for sheet in sheets(DAY, technician=[ana.person.id], branch=[firm.branch.id])] == ["Ana"]
    assert sheets(DAY, branch=[firm.branch.id + 1]) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Wed, Mar 11, 2026", "Promised", "Parts of the day", "in the warehouse", "Signature of the customer"]),
        ("zh_Hans", ["2026年3月11日周三", "当天配件", "客户签名"]),
        ("zh_Hant", ["2026年3月11日 週三", "當天零件", "客戶簽名"]),
    ],
)
def test_the_page_has_what_is_needed_at_the_door_in_the_readers_language(
    firm: Firm, sign_in: Callable[..., FlaskClient], language: str, words: list[str]
) -> None:
    two_days(firm)
    client = sign_in("dispatcher")
    client.user.language = language  # type: ignore[attr-defined]
    database.session.commit()
    page = client.get(f"/dispatch/sheets?day={DAY}").get_data(as_text=True)
    assert page.count('<section class="day-sheet"') == 2
    for text in ["10:00–11:00", "10:00–12:00", "Boiler leaks", "Ring twice", "030 1000", "10115 Berlin", "Gas off", "F-1", *words]:
        assert text in page, text
    assert page.index("10:00–11:00") < page.index("13:00–14:00")
    only = client.get(f"/dispatch/sheets?day={DAY}&technician=0&technician=x&skill={firm.cold.id}").get_data(as_text=True)
    assert only.count('<section class="day-sheet"') == 0, "nobody has the number 0"
    assert client.get("/dispatch/sheets?day=never&branch=99999999999999999999").status_code == 200


def test_parts_are_named_as_the_reader_reads_with_what_they_replace(app: Flask) -> None:
    line = {"name": "Pump B", "names": {"zh_Hans": "泵 B"}, "instead_of": "Pump A", "instead_of_names": {"zh_Hans": "泵 A"}}
    with app.test_request_context(), force_locale("zh_Hans"):
        assert part_name(line).startswith("泵 B (")
        assert "泵 A" in part_name(line)
        assert part_name({**line, "instead_of": None}) == "泵 B"
    with app.test_request_context(), force_locale("en"):
        assert part_name(line) == "Pump B (instead of Pump A)"


def test_both_of_a_crew_have_the_stop_and_the_lead_takes_the_parts(firm: Firm) -> None:
    ana, bo, pump = firm.technician("Ana"), firm.technician("Bo"), firm.part("Pump", "P-1")
    firm.stock(pump, firm.van(ana), 1)
    visit = firm.book(ana, TEN, job_type=firm.job_type(kit={pump.id: 1}))
    move_visit(visit_id=visit.id, helper_ids=[bo.id], now=firm.now, actor_id=None)
    lead, helper = sheets(DAY)
    assert [(one.person.name, [stop["with"] for stop in one.stops], len(one.take)) for one in (lead, helper)] == [
        ("Ana", ["Bo"], 1),
        ("Bo", ["Ana"], 0),
    ]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon"])
def test_a_day_that_no_calendar_reaches_is_none(day: str) -> None:
    assert asked_day(day) is None

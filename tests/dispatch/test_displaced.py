"""Booked visits whose technician will not be there: shown before leave is approved, and to be placed anew after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from core import live
from dispatch import displaced
from dispatch.services import find, move_visit
from staff import leave, services
from tests.dispatch.conftest import Firm, berlin


def test_leave_shows_the_visits_it_hits_and_they_wait_to_be_placed_anew(
    firm: Firm, now: datetime, monkeypatch: pytest.MonkeyPatch, db: Any
) -> None:
    li, gas = firm.technician(), firm.job_type()
    hit = firm.book(li, berlin("2026-03-12 10:00"), job_type=gas)
    firm.book(li, berlin("2026-03-13 10:00"), job_type=gas)
    row = services.ask_for_leave(person_id=li.id, kind="vacation", first_day=date(2026, 3, 12), last_day=date(2026, 3, 12), now=now)
    asked = leave.span(row)
    assert [one.number for one in leave.hits(li.id, asked.start, asked.end)] == [hit.number]
    assert (displaced.count(), displaced.lines()) == (0, {})
    touched: set[tuple[str, Any]] = set()
    monkeypatch.setattr(live, "touch", lambda topic, *keys, **_more: touched.update((topic, key) for key in keys))
    _row, hits = services.approve_leave(leave_id=row.id, now=now)
    assert [(one.kind, one.number, one.address) for one in hits] == [
        ("visit", hit.number, f"/tickets/{hit.ticket.number}#visit-{hit.number}")
    ]
    assert ("displaced", hit.number) in touched
    assert ("dispatch:2026-03-12", f"person:{li.id}") in touched
    shown = displaced.lines()
    assert list(shown) == [str(hit.number)]
    assert (shown[str(hit.number)]["away"]["reason"], hit.status) == ("Vacation", "booked")
    assert displaced.count() == 1
    assert displaced.lines(numbers=[hit.number]) == shown
    assert displaced.lines(numbers=[1]) == {}
    services.cancel_leave(leave_id=row.id, now=now)
    assert (displaced.count(), displaced.lines()) == (0, {})


def test_a_displaced_visit_that_was_moved_is_placed(firm: Firm, now: datetime) -> None:
    li, bo, gas = firm.technician(), firm.technician("Bo"), firm.job_type()
    visit = firm.book(li, berlin("2026-03-12 10:00"), job_type=gas)
    for number in (1, 2):  # two absences over the same visit are one visit
        services.add_absence(
            person_id=li.id, starts_at=berlin("2026-03-12 08:00"), ends_at=berlin("2026-03-12 18:00"), reason=f"Ill {number}", now=now
        )
    assert displaced.count() == len(displaced.lines()) == 1
    others = find(
        ticket_id=visit.ticket_id,
        job_type_id=gas.id,
        now=now,
        earliest=berlin("2026-03-12 08:00"),
        latest=berlin("2026-03-12 18:00"),
        moving=visit.id,
    )
    assert {one.technician for one in others.suggestions} == {"Bo"}
    move_visit(visit_id=visit.id, person_id=bo.id, now=now, actor_id=None)
    assert displaced.count() == 0

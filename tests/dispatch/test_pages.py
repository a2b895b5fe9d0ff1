"""Pages and live topics of dispatch: who may open them, what they hold, what a change touches."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock
from core.db import db as database
from core.live.topics import place_for
from core.live.viewers import of_user
from core.outbox import OutboxRow
from dispatch import unplaced
from dispatch.services import apply_field_update, cancel_visit, move_visit
from dispatch.visits import queries
from tests.core.live.harness import rows_of
from tests.dispatch.conftest import Firm, berlin
from tickets import services as tickets

TEN = berlin("2026-03-11 10:00")
HOUR = timedelta(hours=1)
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def business_time(monkeypatch: pytest.MonkeyPatch, now: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def touched(firm: Firm) -> Callable[[], dict[str, set[str]]]:
    """`touched()` → what the commits since the last call touched: topic → keys."""
    seen: set[int] = set()

    def since() -> dict[str, set[str]]:
        database.session.commit()
        found: dict[str, set[str]] = {}
        for row in database.session.scalars(select(OutboxRow).where(OutboxRow.kind == "live")):
            if row.id not in seen:
                seen.add(row.id)
                for topic, keys in row.payload.get("touched", {}).items():
                    found.setdefault(topic, set()).update(keys)
        return found

    since()
    return since


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/dispatch", "dispatcher", 200),
        ("/dispatch?day=2026-03-12", "dispatcher", 200),
        ("/dispatch?day=never", "dispatcher", 200),
        ("/dispatch", "agent", 403),
        ("/dispatch/sheets", "agent", 403),
        ("/field", "technician", 200),
        ("/field", "agent", 403),
        ("/materials", "agent", 200),
        ("/settings/job-types", "admin", 200),
        ("/settings/parts", "admin", 200),
        ("/settings/places", "admin", 200),
        ("/settings/places", "dispatcher", 403),
    ],
)
def test_pages_open_for_their_roles(firm: Firm, sign_in: SignIn, path: str, role: str, status: int) -> None:
    assert sign_in(role).get(path).status_code == status


def test_the_phone_page_holds_the_technicians_own_day(firm: Firm, sign_in: SignIn, now: Any) -> None:
    li = firm.technician()
    visit = firm.book(li, now + 2 * HOUR, job_type=firm.job_type())
    database.session.commit()
    page = sign_in(user=li.user).get("/field").get_data(as_text=True)
    assert f'"number": {visit.number}' in page


def test_the_service_worker_may_serve_the_field_page_only_and_changes_with_the_build(
    app: Flask, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = app.test_client().get("/field/worker.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Service-Worker-Allowed"] == "/field"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == app.config["HEADERS"]["Content-Security-Policy"]
    monkeypatch.setitem(app.config, "BUILD", "another")
    assert app.test_client().get("/field/worker.js").data != answer.data


def test_the_manifest_names_icons_that_are_there(app: Flask, db: Any) -> None:
    answer = app.test_client().get("/field/app.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.data)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/field", "/field", "standalone")
    sizes = {icon["sizes"] for icon in manifest["icons"] if icon["type"] == "image/png"}
    assert sizes == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        file = app.test_client().get(icon["src"])
        assert (file.status_code, file.mimetype) == (200, icon["type"])
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", file.data[16:24])
            assert f"{width}x{height}" == icon["sizes"]


def test_every_page_knows_whose_day_may_be_kept(firm: Firm, sign_in: SignIn) -> None:
    client = sign_in("agent")
    user = client.user  # type: ignore[attr-defined]
    assert f"js/dispatch/field-kept.js?user={user.id}" in client.get("/account").get_data(as_text=True)


def test_a_customers_page_shows_the_visits(firm: Firm, sign_in: SignIn) -> None:
    ticket = firm.ticket()
    firm.book(firm.technician("Li Wei"), TEN, job_type=firm.job_type(name="Boiler service"), ticket=ticket)
    database.session.commit()
    page = sign_in("agent").get(f"/customers/{ticket.customer_id}").get_data(as_text=True)
    assert "Boiler service" in page
    assert "Li Wei" in page


def test_a_booking_shows_on_its_day_on_the_phone_and_on_the_ticket(firm: Firm, touched: Callable[[], dict[str, set[str]]]) -> None:
    li, ticket, job = firm.technician(), firm.ticket(), firm.job_type()
    touched()
    visit = firm.book(li, TEN, job_type=job, ticket=ticket)
    found = touched()
    assert found["dispatch:2026-03-11"] >= {f"visit:{visit.number}", f"person:{li.id}"}
    assert f"visit:{visit.number}" in found[f"field:{li.user_id}"]
    assert str(ticket.number) in found["unplaced"]
    assert "panel:visits" in found[f"ticket:{ticket.number}"]


def test_a_move_shows_on_both_days_and_both_phones(firm: Firm, touched: Callable[[], dict[str, set[str]]]) -> None:
    li, ana = firm.technician(), firm.technician("Ana")
    visit = firm.book(li, TEN, job_type=firm.job_type())
    touched()
    move_visit(visit_id=visit.id, person_id=ana.id, start=TEN + 24 * HOUR, now=firm.now, actor_id=None)
    found = touched()
    key = f"visit:{visit.number}"
    assert all(
        key in found[topic] for topic in ("dispatch:2026-03-11", "dispatch:2026-03-12", f"field:{li.user_id}", f"field:{ana.user_id}")
    )


def test_live_rows_after_each_change_equal_a_fresh_snapshot(
    firm: Firm, touched: Callable[[], dict[str, set[str]]], sign_in: SignIn
) -> None:
    """Old snapshot + what was touched, rendered anew == fresh snapshot; for all three topics."""
    li, ana, part = firm.technician(), firm.technician("Ana"), firm.part()
    firm.stock(part, firm.van(li), 3)
    job, ticket = firm.job_type(kit={part.id: 1}), firm.ticket()
    dispatcher, technician = of_user(sign_in("dispatcher").user), of_user(li.user)  # type: ignore[attr-defined]
    places = [
        place_for(dispatcher, "dispatch:2026-03-11"),
        place_for(dispatcher, "unplaced"),
        place_for(technician, "field"),
    ]
    known = {place.address: rows_of(place) for place in places}
    touched()

    def follow() -> None:
        found = touched()
        database.session.expire_all()
        for place in places:
            for key, data in place.render(found.get(place.address, set())).items():
                if data is None:
                    known[place.address].pop(key, None)
                else:
                    known[place.address][key] = data
            assert known[place.address] == rows_of(place), place.address

    visit = firm.book(li, TEN, job_type=job, ticket=ticket)
    follow()
    assert str(ticket.number) not in known["unplaced"]
    move_visit(visit_id=visit.id, start=TEN + HOUR, now=firm.now, actor_id=None)
    follow()
    move_visit(visit_id=visit.id, person_id=ana.id, now=firm.now, actor_id=None, despite=["short"])
    follow()
    move_visit(visit_id=visit.id, person_id=li.id, now=firm.now, actor_id=None)
    follow()
    used = [{"part_id": part.id, "quantity": 2}]
    for action, data in (("on_my_way", {}), ("arrived", {}), ("done", {"used": used})):
        apply_field_update(
            person_id=li.id,
            uuid=uuid.uuid4(),
            visit_id=visit.id,
            action=action,
            happened_at=TEN + HOUR,
            now=TEN + HOUR,
            data=data,
        )
        follow()
    tickets.add_note(ticket_id=ticket.id, text="Hello", actor_id=None, now=firm.now)
    follow()
    other = firm.book(ana, TEN, job_type=firm.job_type("look"))
    follow()
    cancel_visit(visit_id=other.id, reason="", now=firm.now, actor_id=None)
    follow()
    firm.stock(firm.part("New"), firm.van(li), 1)
    follow()


def test_what_is_to_be_placed(firm: Firm) -> None:
    fault, question = firm.ticket(), firm.ticket(kind="question")
    waiting, parts = firm.ticket(), firm.ticket()
    tickets.change_status(ticket_id=waiting.id, status="waiting", wait_reason="customer", now=firm.now, actor_id=None)
    tickets.change_status(ticket_id=parts.id, status="waiting", wait_reason="part", now=firm.now, actor_id=None)
    booked = firm.ticket()
    firm.book(firm.technician(), TEN, job_type=firm.job_type(), ticket=booked)
    found = {ticket.id for ticket in unplaced.urgent(start=0, stop=10)}
    assert found == {fault.id, parts.id}
    assert question.id not in found


def test_a_technician_watches_only_their_own_topic(firm: Firm) -> None:
    li = firm.technician()
    viewer = of_user(li.user)
    assert place_for(viewer, "field").argument == str(li.user_id)
    for topic in ("dispatch:2026-03-11", "unplaced"):
        with pytest.raises(Exception, match="role"):
            place_for(viewer, topic)


def test_a_visit_stands_on_the_day_of_its_technicians_wall_clock(firm: Firm) -> None:
    night = firm.technician(shifts=[])
    visit = firm.book(night, berlin("2026-03-12 00:30"), job_type=firm.job_type(), despite=["shift"])
    assert [one.number for one in queries.visits_of_day(berlin("2026-03-12 12:00").date())] == [visit.number]
    assert queries.visits_of_day(berlin("2026-03-11 12:00").date()) == []

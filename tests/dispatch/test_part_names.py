"""What a part is called: in the reader's language, in the supplier's on an order, by its own name to everybody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from core import clock
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotValid
from dispatch import missing_parts, presenters, readiness_watch
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.materials.models import Part
from dispatch.materials.naming import title
from dispatch.materials.services import create_order, update_part
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, send
from tickets.tasks.models import Task

NINE = berlin("2026-03-11 09:00")


@pytest.fixture
def pump(firm: Firm) -> Part:
    part = firm.part("Drain pump")
    return update_part(part_id=part.id, names={"zh_Hans": " 排水泵 ", "zh_Hant": ""}, supplier="Acme", now=firm.now, actor_id=None)


def test_a_name_is_the_readers_else_the_parts_own(firm: Firm, pump: Part) -> None:
    assert pump.names == {"zh_Hans": "排水泵"}
    found = {}
    for language in ("en", "zh_Hans", "zh_Hant"):
        with force_locale(language):
            found[language] = title(pump)
    assert found == {"en": "Drain pump", "zh_Hans": "排水泵", "zh_Hant": "Drain pump"}
    assert list(database.session.scalars(stock.parts(text="水泵"))) == [pump]
    audited = select(AuditEntry).where(AuditEntry.target == f"part:{pump.id}", AuditEntry.action == "part.changed")
    assert (database.session.scalars(audited).one().after or {})["names"] == {"zh_Hans": "排水泵"}
    with pytest.raises(NotValid) as refused:
        update_part(part_id=pump.id, names={"en": "Pump"}, now=firm.now, actor_id=None)
    assert refused.value.field == "names"


def test_the_catalogue_is_taken_along_as_a_table(firm: Firm, pump: Part, sign_in: Callable[..., FlaskClient]) -> None:
    other = firm.part("Other pump", sku="A-1")
    update_part(part_id=pump.id, core_value=4550, cost=1000, alternates=[other.id], now=firm.now, actor_id=None)
    head, first, second = stock_presenters.catalogue_table()
    assert (len(head), first[0], first[10]) == (len(second), "A-1", None)
    assert second == [pump.sku, "Drain pump", "排水泵", "", "pc", 10.0, 0.0, "EUR", "Acme", 0, 45.5, "no", "A-1", "yes"]
    answer = sign_in("admin").get("/settings/parts.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert "排水泵" in answer.text
    assert sign_in("admin").get("/settings/parts.xlsx").data[:2] == b"PK"
    assert sign_in("dispatcher").get("/settings/parts.csv").status_code == 403


def test_an_order_names_parts_in_the_suppliers_language(firm: Firm, pump: Part) -> None:
    lines = [{"part_id": pump.id, "place_id": firm.warehouse.id, "quantity": 2}]
    order = create_order(supplier="Acme", lines=lines, now=firm.now, actor_id=None)
    with force_locale("zh_Hans"):  # as the mail does
        assert stock_presenters.order_table(order)[1][2] == "排水泵"
        assert stock_presenters.orders([order])[0]["lines"][0]["part"] == "排水泵"
    assert stock_presenters.order_table(order)[1][2] == "Drain pump"


def test_what_many_read_at_once_has_all_names_and_a_refusal_the_readers(firm: Firm, pump: Part) -> None:
    bo = firm.technician("Bo")
    job = firm.job_type(kit={pump.id: 1})
    with force_locale("zh_Hans"):
        with pytest.raises(Conflict) as refused:
            firm.book(bo, NINE, job_type=job)
        assert "排水泵" in str(refused.value.message)
        visit = firm.book(bo, NINE, job_type=job, despite=["short"])
        (line,) = presenters.visit_lines([visit])[0]["readiness"]["lines"]
        assert (line["name"], line["names"]) == ("Drain pump", {"zh_Hans": "排水泵"})
        assert missing_parts.lines(firm.now)[0]["lines"][0]["part"] == "排水泵"


def test_a_task_about_missing_parts_is_in_the_branchs_language(firm: Firm, pump: Part) -> None:
    firm.branch.language = "zh_Hans"
    visit = firm.book(firm.technician("Bo"), NINE, job_type=firm.job_type(kit={pump.id: 1}), despite=["short"])
    readiness_watch.watch(firm.now)
    assert "排水泵" in database.session.scalars(select(Task.text).where(Task.ticket_id == visit.ticket_id)).one()


def test_names_over_http(firm: Firm, pump: Part, app: Flask, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    firm.stock(pump, firm.warehouse, 1)
    reader = make_user("admin")
    reader.language = "zh_Hans"
    caller = Caller(app.test_client(), reader, "admin")
    assert send(caller, "get", "/stock").json["items"][0]["name"] == "排水泵"
    (row,) = send(caller, "get", "/parts", None).json["items"]
    assert (row["name"], row["names"]) == ("Drain pump", {"zh_Hans": "排水泵"})
    changed = send(caller, "patch", f"/parts/{pump.id}", {"names": {"zh_Hant": "排水幫浦"}})
    assert changed.json["names"] == {"zh_Hant": "排水幫浦"}
    refused = send(caller, "patch", f"/parts/{pump.id}", {"names": {"fr": "Pompe"}})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["names.fr"])

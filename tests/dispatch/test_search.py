"""Visits in the search at the top of every page, and what an update of the product does for the visits it finds."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from core.db import db as database
from core.search import SearchEntry
from core.web import ROOT
from customers.services import update_customer
from dispatch.services import apply_field_update, cancel_visit, move_visit
from dispatch.visits.models import Visit
from tests.dispatch.conftest import Firm, berlin

TEN = berlin("2026-03-11 10:00")
SignIn = Callable[..., FlaskClient]


def visits(client: FlaskClient, text: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/search", query_string={"q": text})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json["results"] if one["kind"] == "visit"]  # type: ignore[index]


def addresses(client: FlaskClient, text: str) -> list[str]:
    return [one["address"] for one in visits(client, text)]


def address_of(visit: Visit) -> str:
    return f"/tickets/{visit.ticket.number}#visit-{visit.number}"


def test_a_visit_is_found_by_number_technician_customer_address_and_job(firm: Firm, sign_in: SignIn) -> None:
    visit = firm.book(firm.technician("Li Wei"), TEN, job_type=firm.job_type(name="Boiler service"))
    agent = sign_in("agent")
    customer, site = visit.ticket.customer, visit.site
    assert customer is not None
    assert site is not None
    for text in (str(visit.number), f"#{visit.number}", f"visit {visit.number}", "li wei", customer.name, site.street, "wei boiler serv"):
        assert addresses(agent, text) == [address_of(visit)], text
    assert visits(agent, "li wei dishwasher") == []


def test_a_result_says_when_who_and_how_it_stands(firm: Firm, sign_in: SignIn) -> None:
    visit = firm.book(firm.technician("Li Wei"), TEN, job_type=firm.job_type(name="Boiler service"))
    (found,) = visits(sign_in("agent"), str(visit.number))
    assert found["title"] == f"Visit {visit.number} · Boiler service"
    assert "09:00 · booked · Li Wei · Customer" in found["text"]  # the reader's zone is UTC
    assert found["icon"] == "truck"


def test_the_number_typed_comes_before_all_other_visits(firm: Firm, sign_in: SignIn) -> None:
    li = firm.technician()
    first = firm.book(li, TEN, job_type=firm.job_type())
    second = firm.book(li, TEN + timedelta(hours=2), job_type=firm.job_type("look"))
    cancel_visit(visit_id=second.id, reason=f"same as {first.number}", now=firm.now + timedelta(hours=1), actor_id=None)
    assert addresses(sign_in("agent"), str(first.number)) == [address_of(first), address_of(second)]


def test_what_changes_is_found_by_its_new_words_only(firm: Firm, sign_in: SignIn) -> None:
    li, ana, part = firm.technician("Li Wei"), firm.technician("Ana"), firm.part("Gasket")
    firm.stock(part, firm.van(ana), 2)
    visit = firm.book(li, TEN, job_type=firm.job_type())
    agent = sign_in("agent")
    move_visit(visit_id=visit.id, person_id=ana.id, now=firm.now, actor_id=None)
    assert visits(agent, "li wei") == []
    assert addresses(agent, "ana") == [address_of(visit)]
    data = {"result": "The flange was torn.", "used": [{"part_id": part.id, "quantity": 1}]}
    apply_field_update(person_id=ana.id, uuid=uuid.uuid4(), visit_id=visit.id, action="done", happened_at=TEN, now=TEN, data=data)
    assert addresses(agent, "gasket") == addresses(agent, "flange torn") == [address_of(visit)]
    customer = visit.ticket.customer
    assert customer is not None
    database.session.refresh(customer)
    update_customer(customer_id=customer.id, expected_version=customer.version, changes={"name": "Kestrel Bakery"}, now=firm.now)
    assert addresses(agent, "kestrel") == [address_of(visit)]


def test_who_reads_no_visits_finds_none(firm: Firm, sign_in: SignIn) -> None:
    visit = firm.book(firm.technician(), TEN, job_type=firm.job_type())
    assert sign_in("technician").get(f"/api/v1/search?q={visit.number}").status_code == 403


@pytest.mark.parametrize("text", ["'; DROP TABLE visit; --", "#99999999999999999999", "5001 & !", "（）", "%"])
def test_no_text_breaks_it(firm: Firm, sign_in: SignIn, text: str) -> None:
    firm.book(firm.technician(), TEN, job_type=firm.job_type())
    assert visits(sign_in("agent"), text) == []


def test_an_update_of_the_product_makes_older_visits_findable_as_new_ones_are(firm: Firm) -> None:
    ana, part = firm.technician("王小明"), firm.part("Gasket")
    firm.stock(part, firm.van(ana), 2)
    job = firm.job_type(name="Boiler service")
    one, two = firm.book(ana, TEN, job_type=job), firm.book(firm.technician(), TEN, job_type=job)
    data = {"result": "Flange", "used": [{"part_id": part.id, "quantity": 1}]}
    apply_field_update(person_id=ana.id, uuid=uuid.uuid4(), visit_id=one.id, action="done", happened_at=TEN, now=TEN, data=data)
    cancel_visit(visit_id=two.id, reason="moved away", now=firm.now, actor_id=None)
    query = select(SearchEntry.ref, SearchEntry.title, SearchEntry.words, SearchEntry.at).where(SearchEntry.kind == "visit")
    kept = {row.ref: (row.title, words_of(row.words), row.at) for row in database.session.execute(query)}
    assert set(kept) == {one.id, two.id}
    database.session.execute(delete(SearchEntry).where(SearchEntry.kind == "visit"))
    spec = importlib.util.spec_from_file_location("migration", ROOT / "migrations" / "versions" / "0002_visits_in_search.py")
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with Operations.context(MigrationContext.configure(database.session.connection())):
        migration.upgrade()
        migration.upgrade()  # what is there is left alone
    assert {row.ref: (row.title, words_of(row.words), row.at) for row in database.session.execute(query)} == kept


def words_of(vector: str) -> set[str]:
    """The words of a tsvector, without their places."""
    return {word.split(":")[0] for word in vector.split()}

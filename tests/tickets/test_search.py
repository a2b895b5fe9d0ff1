"""The search at the top of every page: tickets and customers together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.db import db as database
from core.search_api import Found, excerpt, shared
from customers.models import Equipment
from customers.services import create_customer
from tests.javascript import evaluate
from tests.tickets.conftest import Firm
from tickets.services import add_note, open_ticket

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def agent(sign_in: SignIn) -> FlaskClient:
    return sign_in("agent")


def results(client: FlaskClient, text: str, **more: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/search", query_string={"q": text, **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["results"]  # type: ignore[index]
    return found


def titles(client: FlaskClient, text: str, **more: Any) -> list[str]:
    return [one["title"] for one in results(client, text, **more)]


def test_a_ticket_is_found_by_number_subject_words_and_phone(firm: Firm, agent: FlaskClient) -> None:
    ticket = firm.ticket(contact_phone="+493012345678")
    add_note(ticket_id=ticket.id, text="The pressure valve hisses at night.", now=firm.now, actor_id=None)
    title = f"#{ticket.number} Boiler leaks"
    for text in (str(ticket.number), f"#{ticket.number}", "boil", "LEAKS boiler", "valve hiss", "5678", "030 12345678", "+49 30 12345678"):
        assert titles(agent, text) == [title], text
    assert titles(agent, "boiler freezes") == []


def test_a_result_leads_to_its_page_and_shows_where_the_words_stand(firm: Firm, agent: FlaskClient) -> None:
    ticket = firm.ticket()
    add_note(ticket_id=ticket.id, text="x " * 80 + "The pressure valve hisses." + " y" * 80, now=firm.now, actor_id=None)
    (found,) = results(agent, "valve")
    assert (found["kind"], found["address"], found["icon"]) == ("ticket", f"/tickets/{ticket.number}", "ticket")
    assert "pressure valve hisses" in found["text"]
    assert len(found["text"]) < 200


def test_the_newest_comes_first_but_the_number_typed_before_all(firm: Firm, agent: FlaskClient) -> None:
    old, new = firm.ticket(), firm.ticket(at=firm.now + timedelta(hours=1))
    add_note(ticket_id=new.id, text=f"Same as {old.number}", now=firm.now + timedelta(hours=2), actor_id=None)
    assert titles(agent, "boiler") == [f"#{new.number} Boiler leaks", f"#{old.number} Boiler leaks"]
    assert titles(agent, str(old.number)) == [f"#{old.number} Boiler leaks", f"#{new.number} Boiler leaks"]


def test_customers_are_found_beside_tickets_and_not_hidden_by_many(firm: Firm, agent: FlaskClient) -> None:
    customer = create_customer(name="Kestrel Bakery", kind="organisation", now=firm.now, actor_id=None)
    for minutes in range(6):
        open_ticket(
            subject="Oven",
            channel="phone",
            queue_id=firm.queue.id,
            customer_id=customer.id,
            now=firm.now + timedelta(minutes=minutes),
            actor_id=None,
        )
    found = results(agent, "kestrel", limit=3)
    assert sorted(one["kind"] for one in found) == ["customer", "ticket", "ticket"]
    assert next(one["address"] for one in found if one["kind"] == "customer") == f"/customers/{customer.id}"
    assert results(agent, "kestrel bakery")[0]["kind"] == "customer", "the very name comes first"


def test_chinese_is_found_without_blanks_between_words(firm: Firm, agent: FlaskClient) -> None:
    firm.ticket(subject="锅炉漏水需要维修")
    assert len(results(agent, "漏水")) == 1
    assert results(agent, "水漏") == []


def test_parts_of_phones_and_serials_are_found_anywhere_in_them(firm: Firm, agent: FlaskClient) -> None:
    customer = create_customer(name="Ana", kind="person", now=firm.now, actor_id=None)
    boiler = Equipment(customer_id=customer.id, kind="boiler", serial="VX2026AB0077-K")
    database.session.add(boiler)
    database.session.flush()
    ticket = firm.ticket(contact_phone="+493012345678", customer_id=customer.id, equipment_id=boiler.id)
    for text in ("2345", "234567", "12 34 56", "26AB", "AB00", "0077-k", "vx20", "x2026ab0"):
        assert f"#{ticket.number} Boiler leaks" in titles(agent, text), text
    assert titles(agent, "99AB") == []


def test_a_misspelt_name_finds_the_customer_and_their_tickets(firm: Firm, agent: FlaskClient) -> None:
    customer = create_customer(name="Margarethe Schmidt-Okonkwo", kind="person", now=firm.now, actor_id=None)
    ticket = firm.ticket(customer_id=customer.id)
    for text in ("Margarete Schmit", "okonkvo", "magarethe"):
        found = {(one["kind"], one["address"]) for one in results(agent, text)}
        assert found == {("customer", f"/customers/{customer.id}"), ("ticket", f"/tickets/{ticket.number}")}, text
    for text in ("xylophone", "no such thing", "大連"):
        assert results(agent, text) == [], text


def test_a_subject_with_the_words_comes_before_newer_tickets_that_only_mention_them(firm: Firm, agent: FlaskClient) -> None:
    old = firm.ticket(subject="Valve drips")
    new = firm.ticket(subject="Other", at=firm.now + timedelta(hours=1))
    add_note(ticket_id=new.id, text="Perhaps the valve drips too.", now=firm.now + timedelta(hours=2), actor_id=None)
    assert titles(agent, "valve drips") == [f"#{old.number} Valve drips", f"#{new.number} Other"]
    assert titles(agent, "other") == [f"#{new.number} Other"]


@pytest.mark.parametrize("text", ["", "   ", "?!", "--- ***", "\x00"])
def test_punctuation_alone_finds_nothing_and_says_what_to_type(firm: Firm, agent: FlaskClient, text: str) -> None:
    firm.ticket()
    answer = agent.get("/api/v1/search", query_string={"q": text})
    assert answer.json == {"results": [], "words": [], "message": "Type a word, a number or a name."}


@pytest.mark.parametrize("text", ["'; DROP TABLE ticket; --", "a & | ! <-> b", "100%", "_", ":*", "\\", "（）", "#99999999999999999999"])
def test_no_text_breaks_the_search(firm: Firm, agent: FlaskClient, text: str) -> None:
    assert agent.get("/api/v1/search", query_string={"q": text}).status_code == 200


def test_only_who_may_search_does(sign_in: SignIn, firm: Firm) -> None:
    assert sign_in("technician").get("/api/v1/search?q=boiler").status_code == 403


def test_a_text_that_is_too_long_is_refused_in_words(agent: FlaskClient) -> None:
    assert agent.get("/api/v1/search", query_string={"q": "x" * 201}).status_code == 422


def test_kinds_share_the_places(firm: Firm) -> None:
    def made(kind: str, count: int) -> list[Found]:
        return [
            Found(kind=kind, title=f"{kind} {number}", text="", address="/", icon="x", at=firm.now + timedelta(minutes=number))
            for number in range(count)
        ]

    found = shared([made("ticket", 9), made("customer", 2), []], 5)
    assert [one.kind for one in found].count("customer") == 2
    assert len(found) == 5


def test_an_excerpt_is_cut_around_the_word() -> None:
    assert excerpt("Nothing here", ["valve"]) == ""
    assert excerpt("The  valve\nhisses", ["valve"]) == "The valve hisses"
    long = excerpt("a" * 100 + " valve " + "b" * 200, ["valve"])
    assert long.startswith("…")
    assert long.endswith("…")
    assert "valve" in long


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("Boiler leaks", ["boil"], ["Boil"]),
        ("Reboil", ["boil"], []),
        ("+493012345678", ["5678"], ["5678"]),
        ("锅炉漏水", ["漏水"], ["漏水"]),
        ("a.b (c)", ["c"], ["c"]),
        ("boilers boil", ["boil", "boilers"], ["boilers", "boil"]),
    ],
)
def test_the_words_are_marked_in_the_results(text: str, words: list[str], hits: list[str]) -> None:
    parts = evaluate("core/marking.js", "it.marked(given.text, given.words)", {"text": text, "words": words})
    assert "".join(part for part, _hit in parts) == text
    assert [part for part, hit in parts if hit] == hits

"""The pages of tickets as the server sends them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from customers.services import create_customer
from tests.tickets.conftest import Firm
from tickets.services import resolve

SignIn = Callable[..., FlaskClient]


def test_the_list_offers_queues_in_use_only(firm: Firm, sign_in: SignIn) -> None:
    page = sign_in("agent").get("/tickets").get_data(as_text=True)
    assert "Repairs" in page
    firm.queue.active = False
    assert "Repairs" not in sign_in("agent").get("/tickets").get_data(as_text=True)


def test_a_ticket_has_its_page_and_an_unknown_number_says_so(firm: Firm, sign_in: SignIn) -> None:
    ticket = firm.ticket(subject="<b>Boiler</b> & more")
    agent = sign_in("agent")
    page = agent.get(f"/tickets/{ticket.number}").get_data(as_text=True)
    assert "&lt;b&gt;Boiler&lt;/b&gt; &amp; more" in page
    assert "<b>Boiler</b>" not in page
    assert agent.get("/tickets/999999").status_code == 404
    assert agent.get("/tickets/99999999999999999999").status_code == 404


@pytest.mark.parametrize("address", ["/tickets", "/tickets/new"])
def test_technicians_have_their_own_pages(firm: Firm, sign_in: SignIn, address: str) -> None:
    assert sign_in("technician").get(address).status_code == 403


def test_a_customers_page_lists_their_tickets_the_open_ones_first(firm: Firm, sign_in: SignIn) -> None:
    ada = create_customer(name="Ada Byron", now=firm.now)
    agent = sign_in("agent")
    page = agent.get(f"/customers/{ada.id}").get_data(as_text=True)
    assert "No ticket yet." in page
    assert f"/tickets/new?customer={ada.id}" in page
    tickets = [firm.ticket(subject=f"Boiler {number}", customer_id=ada.id) for number in range(12)]
    resolve(ticket_id=tickets[0].id, actor_id=None, now=firm.now)
    page = agent.get(f"/customers/{ada.id}").get_data(as_text=True)
    assert page.count(" Boiler ") == 10
    assert "Boiler 0<" not in page
    assert f"/tickets?customer_id={ada.id}" in page
    assert "/tickets/new" not in sign_in("technician").get(f"/customers/{ada.id}").get_data(as_text=True)

"""Sorting by any column, page by page, while tickets come in; and how often the database is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core.db import db as database
from customers.models import Customer, Equipment, Site
from tests.tickets.conftest import HOUR, Firm
from tests.tickets.test_api import Program
from tickets import queries, services
from tickets.models import Ticket
from tickets.saved_views import listing
from tickets.saved_views.columns import columns

AsRole = Callable[[str], Program]


@pytest.fixture
def tickets(firm: Firm, now: datetime) -> list[Ticket]:
    """Nine with ties and gaps in every column."""
    ana = Customer(kind="person", name="ana", tier="gold", language="en", created_at=now, updated_at=now)
    zoe = Customer(kind="person", name="Zoe", language="en", created_at=now, updated_at=now)
    database.session.add_all([ana, zoe])
    database.session.flush()
    site, boiler = Site(customer_id=ana.id, city="Köln"), Equipment(customer_id=ana.id, kind="boiler")
    database.session.add_all([site, boiler])
    database.session.flush()
    made = [firm.ticket(at=now - timedelta(minutes=place // 2), subject=f"Subject {place // 3}") for place in range(9)]
    for place, ticket in enumerate(made):
        ticket.customer_id = [None, ana.id, zoe.id][place % 3]
        ticket.site_id, ticket.equipment_id = [(None, None), (site.id, boiler.id)][place % 2]
        ticket.priority = ["urgent", "low", "high"][place % 3]
        ticket.due_at = [None, now, now + timedelta(hours=1)][place % 3]
        ticket.resolved_at = [None, now][place % 2]
        ticket.closed_at = [now, None][place % 2]
    database.session.flush()
    return made


@pytest.mark.slow
def test_every_column_sorts_both_ways_page_by_page_as_it_does_at_once(firm: Firm, tickets: list[Ticket]) -> None:
    sortable = [column for column in columns().values() if column.sort is not None]
    assert len(sortable) >= 18
    for column in sortable:
        for descending in (False, True):
            rows = database.session.execute(queries.row_query().add_columns(column.sort.label("sorted_by")))
            values = {row.id: row.sorted_by for row in rows}
            with_value = [one for one in values if values[one] is not None]
            expected = sorted(with_value, key=lambda one: (values[one], one), reverse=descending)
            expected += sorted(values.keys() - set(with_value), reverse=descending)
            assert paged(column, descending, size=5) == expected, (column.name, descending)


def paged(column: Any, descending: bool, *, size: int, meanwhile: Callable[[], Any] = lambda: None) -> list[int]:
    found: list[int] = []
    after: str | None = None
    while True:
        lines, after = listing.lines([], sort=column, descending=descending, after=after, limit=size)
        found += [line["id"] for line in lines]
        meanwhile()
        if after is None:
            return found


def test_tickets_that_come_in_between_pages_move_nothing(firm: Firm, tickets: list[Ticket], now: datetime) -> None:
    known = {ticket.id for ticket in tickets}
    for name in ("created", "customer", "clock"):
        fresh = iter(range(3))  # a few, or there would be no end
        seen = paged(columns()[name], False, size=3, meanwhile=lambda fresh=fresh: next(fresh, None) is not None and firm.ticket(at=now))
        assert sorted(one for one in seen if one in known) == sorted(known), name


def test_a_mark_of_another_order_is_refused(firm: Firm, as_role: AsRole, tickets: list[Ticket]) -> None:
    agent = as_role("agent")
    mark = agent("GET", "/tickets?sort=customer&limit=2").json["next"]  # type: ignore[index]
    assert agent("GET", f"/tickets?sort=customer&limit=2&after={mark}").status_code == 200
    for query in (f"sort=created&after={mark}", f"sort=customer&order=desc&after={mark}", "after=nonsense", "after=WzEsMiwzLDRd"):
        assert agent("GET", f"/tickets?{query}").status_code == 422, query


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked inside the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    database.session.commit()
    engine = database.engine.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_lists_and_counts_ask_a_fixed_number_of_times(firm: Firm, as_role: AsRole, now: datetime) -> None:
    firm.policy(resolution=HOUR, first_response=HOUR)
    agent = as_role("agent")
    firm.person(agent.user_id)
    every = ",".join(columns())
    paths = [
        f"/tickets?view=my_queues&columns={every}",
        "/tickets?view=breached&sort=customer",
        "/tickets/views",
        "/tickets/view-counts",
        "/search?q=boiler",
    ]
    asked: list[list[int]] = []
    for round_ in (1, 8):
        for _count in range(round_):
            ticket = firm.ticket()
            services.change_tags(ticket_id=ticket.id, add=[f"tag {ticket.id}"], now=now, actor_id=None)
            firm.clock(ticket, "resolution").breached_at = now
            body = {"name": f"View {ticket.id}", "conditions": {"match": "all", "items": []}, "columns": ["number"]}
            assert agent("POST", "/tickets/views", body).status_code == 201
        asked.append([])
        for path in paths:
            with statements() as found:
                assert agent("GET", path).status_code == 200
            asked[-1].append(len(found))
    assert asked[0] == asked[1]
    assert max(asked[0]) < 40

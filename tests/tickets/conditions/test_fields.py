"""Every field with every operator, against a plain reading of the same tickets in Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.db import db as database
from customers.models import Customer, Equipment, Site
from staff.models import Person
from tests.tickets.conftest import HOUR, Firm, utc
from tickets import conditions, queries, services
from tickets.conditions import moments, ticket_fields
from tickets.conditions.fields import Field
from tickets.models import Entry, Queue, Ticket, TicketLink
from tickets.sla.models import Clock

ZONE = ZoneInfo("Europe/Berlin")
NOW = utc("2026-03-30 09:00")  # Monday after the clocks went forward: three days ago is 72 hours less one
MOMENTS = [
    "2026-03-29 00:30",
    "2026-03-26 23:30",
    "2026-03-27 09:30",
    "2026-03-28 22:59",
    "2026-03-28 23:00",
    "2026-03-31 21:59",
    "2026-02-28 08:00",
]
SPANS = [("minutes", 90), ("hours", 3), ("days", 1), ("days", 3), ("weeks", 1), ("months", 1)]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def me(firm: Firm, make_user: Any) -> Person:
    return firm.person(make_user("agent", name="Vera").id)


@pytest.fixture
def tickets(firm: Firm, me: Person, make_user: Any) -> list[Ticket]:
    """A handful in which every field has several values and, where it can, none."""
    firm.policy(resolution=HOUR, first_response=HOUR)
    other = firm.person(make_user("agent", name="Omar").id)
    second = Queue(key="sales", name="Sales", branch=firm.branch, position=1, active=True, skills=[])
    gold = Customer(kind="person", name="Gold Café", tier="gold", language="en", created_at=NOW, updated_at=NOW)
    plain = Customer(kind="person", name="Plain", language="en", created_at=NOW, updated_at=NOW)
    database.session.add_all([second, gold, plain])
    database.session.flush()
    site = Site(customer_id=gold.id, city="Köln", postal_code="50667")
    blank = Site(customer_id=plain.id)
    boiler = Equipment(customer_id=gold.id, kind="boiler", model="WB-20", serial="SN-9_1%x")
    nameless = Equipment(customer_id=plain.id, kind="fridge")
    database.session.add_all([site, blank, boiler, nameless])
    database.session.flush()
    made = [firm.ticket(at=utc(MOMENTS[place % 6]) - timedelta(days=place // 6), subject=f"Boiler {place} 漏水") for place in range(9)]
    for ticket in made[2:4]:
        services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", actor_id=None, now=NOW)
    services.change_status(ticket_id=made[4].id, status="resolved", actor_id=None, now=NOW)
    services.change_tags(ticket_id=made[0].id, add=["VIP", "Eilt"], now=NOW, actor_id=None)
    services.change_tags(ticket_id=made[1].id, add=["vip"], now=NOW, actor_id=None)
    for ticket in made[3:6]:
        services.receive_message(
            ticket_id=ticket.id, text="Hello?", now=ticket.created_at + timedelta(hours=2), channel="email", author_name="A"
        )
    for place, ticket in enumerate(made):
        ticket.assignee_id = [None, me.id, other.id][place % 3]
        ticket.customer_id = [None, gold.id, plain.id][place % 3]
        ticket.site_id, ticket.equipment_id = [(None, None), (site.id, boiler.id), (blank.id, nameless.id)][place % 3]
        ticket.queue_id = [firm.queue.id, second.id][place % 2]
        ticket.priority, ticket.language = ["urgent", "normal", "low"][place % 3], ["en", "zh_Hans"][place % 2]
        ticket.kind, ticket.channel = ["fault", "complaint"][place % 2], ["phone", "email", "chat"][place % 3]
        ticket.unanswered_since = NOW if place % 2 else None
        ticket.resolved_at = [None, utc(MOMENTS[place % 7])][place % 2]
        ticket.closed_at = [None, None, utc(MOMENTS[(place + 1) % 7])][place % 3]
        ticket.due_at = [None, NOW + timedelta(hours=place - 4), utc(MOMENTS[place % 7])][place % 3]
    database.session.add(TicketLink(from_id=made[0].id, to_id=made[1].id, kind="child", created_at=NOW))
    made[6].merged_into_id = made[0].id
    first = next(clock for clock in clocks_of(made[5]) if clock.state == "running")
    first.breached_at = NOW
    database.session.flush()
    database.session.expire_all()
    return made


def clocks_of(ticket: Ticket) -> list[Clock]:
    return list(database.session.scalars(select(Clock).where(Clock.ticket_id == ticket.id)))


def states(clocks: list[Clock]) -> set[str]:
    breached = [one for one in clocks if one.state in ("running", "paused") and one.breached_at and not one.withdrawn_at]
    return {one.state for one in clocks} | ({"breached"} if breached else set())


def facts(ticket: Ticket) -> dict[str, Any]:
    """Field → what the ticket has: a value, None, or a set."""
    clocks = clocks_of(ticket)
    kinds = ("first_response", "next_response", "on_site", "resolution")
    links = database.session.scalars(select(TicketLink)).all()
    said = [row.happened_at for row in database.session.scalars(select(Entry).filter_by(ticket_id=ticket.id, kind="message_in"))]
    found: dict[str, Any] = {
        name: getattr(ticket, name) for name in ("status", "wait_reason", "priority", "kind", "number", "subject", "channel", "language")
    }
    found |= {"open": ticket.status not in ("resolved", "closed"), "queue": ticket.queue_id, "assignee": ticket.assignee_id}
    found |= {"customer": ticket.customer_id, "equipment": ticket.equipment_id, "tier": ticket.customer.tier if ticket.customer else None}
    found |= {"site_city": ticket.site and ticket.site.city, "site_postal_code": ticket.site and ticket.site.postal_code}
    found |= {f"equipment_{name}": ticket.equipment and getattr(ticket.equipment, name) for name in ("kind", "model", "serial")}
    found |= {name: getattr(ticket, f"{name}_at") for name in ("due", "created", "updated", "resolved", "closed")}
    found |= {"unanswered": ticket.unanswered_since is not None, "merged": ticket.merged_into_id is not None}
    found |= {"linked": any(ticket.id in (link.from_id, link.to_id) for link in links), "open_visit": False, "next_visit": None}
    found |= {"tags": {tag.lower() for tag in queries.tags_of([ticket.id])[ticket.id]}, "last_customer_message": max(said, default=None)}
    found["clock"] = states(clocks)
    for kind in kinds:
        own = [clock for clock in clocks if clock.kind == kind]
        found[f"clock_{kind}"] = states(own)
        found[f"due_{kind}"] = min((one.due_at for one in own if one.stopped_at is None and one.due_at), default=None)
    return found


def holds(op: str, value: Any, has: Any, me_id: int) -> bool:
    """The oracle."""
    if op in ("empty", "not_empty"):
        return (has is None or has == "" or has == set()) == (op == "empty")
    if op in ("is_not", "contains_not"):
        return not holds(op.removesuffix("_not"), value, has, me_id)
    if op == "has_none":
        return not has & {one.lower() for one in value}
    if has is None:
        return False
    if isinstance(has, datetime):
        return holds_moment(op, value, has)
    if isinstance(has, set) and op.startswith("has_"):
        wanted = {one.lower() for one in value}
        return wanted <= has if op == "has_all" else bool(wanted & has)
    if isinstance(has, set):
        return bool(has & set(value))
    if isinstance(value, list):
        return has in [me_id if one == "me" else one for one in value]
    if isinstance(value, str):
        text, part = has.lower(), value.lower()
        return {"contains": part in text, "is": part == text, "starts_with": text.startswith(part)}[op]
    return bool({"is": has == value, "at_least": has >= value, "at_most": has <= value}[op])


def holds_moment(op: str, value: Any, has: datetime) -> bool:
    if isinstance(value, dict):
        edge = wall_shift(value["count"] * (1 if op in ("next", "further_ahead") else -1), value["unit"])
        return {"last": edge <= has <= NOW, "next": NOW <= has <= edge, "longer_ago": has < edge, "further_ahead": has > edge}[op]
    if value == "now" or len(value) == 25:
        edge = NOW if value == "now" else datetime.fromisoformat(value)
        return has < edge if op == "before" else has >= edge
    day, first, last = has.astimezone(ZONE).date(), *days(value)
    return {"before": day < first, "after": day > last, "on": first <= day <= last}[op]


def wall_shift(count: int, unit: str) -> datetime:
    if unit == "months":
        assert count in (1, -1)
        return {1: utc("2026-04-30 09:00"), -1: utc("2026-02-28 10:00")}[count]  # 11:00 in Berlin; winter time in February
    if unit in ("minutes", "hours"):
        return NOW + timedelta(**{unit: count})
    return (NOW.astimezone(ZONE) + timedelta(**{unit: count})).astimezone(UTC)


def days(value: str) -> tuple[date, date]:
    known = {
        "yesterday": ("2026-03-29", "2026-03-29"),
        "today": ("2026-03-30", "2026-03-30"),
        "tomorrow": ("2026-03-31", "2026-03-31"),
        "last_week": ("2026-03-23", "2026-03-29"),
        "this_week": ("2026-03-30", "2026-04-05"),
        "next_week": ("2026-04-06", "2026-04-12"),
        "last_month": ("2026-02-01", "2026-02-28"),
        "this_month": ("2026-03-01", "2026-03-31"),
        "next_month": ("2026-04-01", "2026-04-30"),
    }
    first, last = known.get(value, (value, value))
    return date.fromisoformat(first), date.fromisoformat(last)


def values_for(field: Field, op: str, there: list[Any]) -> Iterator[Any]:
    """Some values to ask with; `there`: what the tickets have."""
    single = sorted({one for one in there if one is not None and not isinstance(one, set)}, key=str)
    if op in ("empty", "not_empty"):
        yield None
    elif field.kind == "moment" and op in ("before", "after", "on"):
        yield from [*moments.DAYS, "2026-03-29", "2026-03-28"]
        if op != "on":
            yield from ["now", "2026-03-29T01:30:00+01:00"]
    elif field.kind == "moment":
        yield from ({"count": count, "unit": unit} for unit, count in SPANS)
    elif field.kind == "yes_no":
        yield from (True, False)
    elif field.kind == "number":
        yield from (single[2], single[2] + 0.5)
    elif field.kind == "text":
        yield from ["boiler", "SN-9_1%", "20", "漏水", "_", "KÖLN", *[one for one in single if one][:2]]
    elif field.kind == "tags":
        yield from (["VIP"], ["vip", "eilt"], ["nothing"])
    elif field.options is not None:
        every = [option.value for option in field.options()]
        yield from ([every[0]], every[:2], every)
        if field.kind == "person":
            yield from (["me"], ["me", *every])
    else:
        yield from (single[:1], single)


def test_every_field_with_every_operator_finds_what_a_plain_reading_finds(tickets: list[Ticket], me: Person) -> None:
    ids = [ticket.id for ticket in tickets]
    known, facts_of = conditions.fields(), {ticket.id: facts(ticket) for ticket in tickets}
    covered = set(facts_of[ids[0]])
    assert {field.name for field in ticket_fields.fields()} <= covered <= known.keys()
    for name in covered:
        field = known[name]
        there = [found[name] for found in facts_of.values()]
        asked: list[tuple[str, Any, list[bool]]] = []
        for op in field.operators:
            for value in values_for(field, op, there):
                field.check(op, value)
                asked.append((op, value, [holds(op, value, has, me.id) for has in there]))
        clauses = [field.clause(op, value, NOW, me.id).label(f"a{place}") for place, (op, value, _) in enumerate(asked)]
        rows = {row[0]: row[1:] for row in database.session.execute(select(Ticket.id, *clauses).where(Ticket.id.in_(ids)))}
        for place, (op, value, expected) in enumerate(asked):
            assert [rows[ticket_id][place] for ticket_id in ids] == expected, (name, op, value, there)
        assert {op for op, _, expected in asked if any(expected)} or name in ("open_visit", "next_visit", "due_on_site", "clock_on_site"), (
            name
        )

"""What the demo's people have to do and did: a few tasks, time on tickets, and three maintenance plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from callcenter.demo.firm import Firm
from customers.models import Customer, Equipment
from staff.models import Person
from tickets.maintenance import opening
from tickets.maintenance import services as maintenance
from tickets.models import Ticket
from tickets.tasks import services as tasks
from tickets.worklog import services as worklog

_TASKS: tuple[tuple[str, timedelta], ...] = (
    ("Call back: did the repair hold?", timedelta(hours=-2)),
    ("Ask the maker about error E15", timedelta(hours=3)),
    ("Send the copy of the guarantee", timedelta(days=1)),
)
_CHECKLIST = ["Shut off and vent", "Clean the burner", "Measure the exhaust", "Check the expansion vessel"]


def build(firm: Firm, customers: list[Customer], made: list[Ticket], *, now: datetime) -> None:
    """The agents' tasks and time on their open tickets, and plans for a boiler, an air conditioner and a customer."""
    open_tickets = [ticket for ticket in made if ticket.is_open and ticket.customer_id is not None][-12:]
    for number, agent in enumerate(firm.agents[:3]):
        _work(agent, open_tickets[number::3], now)
    tasks.create(
        text="Who knows this customer's gate code?",
        queue_id=firm.queues["service"].id,
        due_at=now + timedelta(hours=5),
        now=now,
        actor_id=None,
    )
    _plans(firm, customers, now)
    opening.open_due(now)


def _work(agent: Person, tickets: list[Ticket], now: datetime) -> None:
    for ticket, (text, ahead) in zip(tickets, _TASKS, strict=False):
        due = now + ahead
        tasks.create(
            text=text,
            ticket_id=ticket.id,
            person_id=agent.id,
            due_at=due,
            remind_before=900,
            now=now - timedelta(days=1),
            actor_id=agent.user_id,
        )
        common: dict[str, Any] = {"person_id": agent.id, "actor_id": agent.user_id, "now": now, "ticket_id": ticket.id}
        worklog.log(minutes=10 + 5 * (ticket.id % 5), activity="mail", note="Looked through the history and answered.", **common)
    worklog.log(person_id=agent.id, actor_id=agent.user_id, now=now, minutes=15, activity="coordination", note="Hand-over of the morning")


def _plans(firm: Firm, customers: list[Customer], now: datetime) -> None:
    today = now.date()
    boiler, cooler = _thing(customers, "Gas boiler"), _thing(customers, "Air conditioner")
    common: dict[str, Any] = {"queue_id": firm.queues["service"].id, "now": now, "actor_id": None}
    maintenance.create_plan(
        name="Yearly boiler maintenance",
        equipment_id=boiler.id,
        text="With the exhaust measured, as the law wants it.",
        checklist=_CHECKLIST,
        recurrence={"unit": "year", "every": 1, "closed": "next"},
        starts_on=today + timedelta(days=10),
        lead_days=14,
        **common,
    )
    maintenance.create_plan(
        name="Filters, half a year after the last time",
        equipment_id=cooler.id,
        checklist=["Change the filters", "Rinse the drain"],
        base="completion",
        recurrence={"unit": "month", "every": 6, "closed": "keep"},
        starts_on=today + timedelta(days=40),
        **common,
    )
    maintenance.create_plan(
        name="Monthly check of the plant room",
        customer_id=boiler.customer_id,
        kind="maintenance",
        recurrence={"unit": "month", "every": 1, "on": "last_day", "closed": "previous"},
        starts_on=today,
        lead_days=5,
        **common,
    )


def _thing(customers: list[Customer], kind: str) -> Equipment:
    """The first of this kind; any when nobody has one."""
    things = [thing for customer in customers for thing in customer.equipment]
    return next((thing for thing in things if thing.kind == kind), things[0])

"""Random operations on tickets, customers and people: what the written road and the desk do all day."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from core import clock
from core.db import db
from customers import services as customers
from customers.models import Customer, Equipment
from staff import services as staff
from tests.callcenter.live.house import House
from tickets import services as tickets
from tickets.models import Ticket
from tickets.rules import PRIORITIES
from tickets.tasks import services as tasks
from tickets.tasks.models import Task


def _now() -> datetime:
    return clock.now()


def _some_ticket(house: House, chance: random.Random) -> int:
    """Mostly one of those that are watched, else any."""
    if chance.random() < 0.7:
        return chance.choice(house.tickets)
    return chance.choice(list(db.session.scalars(select(Ticket.id))))


def _actor(house: House, chance: random.Random) -> int:
    return house.users[chance.choice(house.agents)]


def open_ticket(house: House, chance: random.Random) -> None:
    thing = chance.choice(list(db.session.scalars(select(Equipment.id))))
    ticket = tickets.open_ticket(
        subject=f"Noise {chance.randrange(1000)}",
        channel=chance.choice(("web", "email", "phone")),
        queue_id=chance.choice(house.queues),
        now=_now(),
        priority=chance.choice(PRIORITIES),
        kind=chance.choice(("fault", "maintenance", "question")),
        equipment_id=thing if chance.random() < 0.8 else None,
    )
    tickets.receive_message(ticket_id=ticket.id, text="It rattles.", now=_now(), channel="web", author_name="Ada")


def receive_message(house: House, chance: random.Random) -> None:
    automatic = chance.random() < 0.1
    tickets.receive_message(
        ticket_id=_some_ticket(house, chance), text="And now?", now=_now(), channel="email", author_name="Ada", automatic=automatic
    )


def reply(house: House, chance: random.Random) -> None:
    then, why = chance.choice(((None, None), ("waiting", "customer"), ("open", None), ("resolved", None)))
    tickets.reply(
        ticket_id=_some_ticket(house, chance),
        text="We come.",
        actor_id=_actor(house, chance),
        now=_now(),
        then_status=then,
        wait_reason=why,
    )


def note(house: House, chance: random.Random) -> None:
    tickets.add_note(ticket_id=_some_ticket(house, chance), text="Key at the desk.", actor_id=_actor(house, chance), now=_now())


def assign(house: House, chance: random.Random) -> None:
    tickets.assign(
        ticket_id=_some_ticket(house, chance),
        person_id=chance.choice([*house.agents[:3], None]),
        actor_id=_actor(house, chance),
        now=_now(),
    )


def move_to_queue(house: House, chance: random.Random) -> None:
    tickets.move_to_queue(
        ticket_id=_some_ticket(house, chance), queue_id=chance.choice(house.queues), actor_id=_actor(house, chance), now=_now()
    )


def set_priority(house: House, chance: random.Random) -> None:
    tickets.set_priority(
        ticket_id=_some_ticket(house, chance), priority=chance.choice(PRIORITIES), actor_id=_actor(house, chance), now=_now()
    )


def set_kind(house: House, chance: random.Random) -> None:
    kind = chance.choice(("fault", "question", "maintenance"))
    tickets.set_kind(ticket_id=_some_ticket(house, chance), kind=kind, actor_id=_actor(house, chance), now=_now())


def link_customer(house: House, chance: random.Random) -> None:
    tickets.link_customer(
        ticket_id=_some_ticket(house, chance), customer_id=chance.choice(house.customers), actor_id=_actor(house, chance), now=_now()
    )


def wait(house: House, chance: random.Random) -> None:
    tickets.change_status(
        ticket_id=_some_ticket(house, chance),
        status="waiting",
        wait_reason=chance.choice(("customer", "part", "access", "approval")),
        actor_id=_actor(house, chance),
        now=_now(),
    )


def resume(house: House, chance: random.Random) -> None:
    tickets.change_status(ticket_id=_some_ticket(house, chance), status="open", actor_id=_actor(house, chance), now=_now())


def resolve(house: House, chance: random.Random) -> None:
    tickets.resolve(ticket_id=_some_ticket(house, chance), actor_id=_actor(house, chance), now=_now())


def close(house: House, chance: random.Random) -> None:
    resolved = list(db.session.scalars(select(Ticket.id).where(Ticket.status == "resolved")))
    if not resolved:
        resolved.append(chance.choice(house.tickets))
        tickets.resolve(ticket_id=resolved[0], actor_id=_actor(house, chance), now=_now())
    tickets.close(ticket_id=chance.choice(resolved), actor_id=_actor(house, chance), now=_now())


def reopen(house: House, chance: random.Random) -> None:
    found = list(db.session.scalars(select(Ticket.id).where(Ticket.status.in_(("resolved", "closed")))))
    tickets.reopen(ticket_id=chance.choice(found or house.tickets), actor_id=_actor(house, chance), now=_now())


def rename_customer(house: House, chance: random.Random) -> None:
    found = db.session.get_one(Customer, chance.choice(house.customers))
    changes = {"name": f"Ada Byron {chance.randrange(100)}", "tier": chance.choice(("standard", "silver", "gold"))}
    customers.update_customer(customer_id=found.id, expected_version=found.version, changes=changes, now=_now())


def presence(house: House, chance: random.Random) -> None:
    state, reason = chance.choice((("ready", None), ("ready", None), ("break", "lunch"), ("offline", None)))
    person = chance.choice(house.agents)
    staff.set_presence(person_id=person, state=state, reason=reason, now=_now(), actor_id=house.users[person])


def absence(house: House, chance: random.Random) -> None:
    start = _now() + timedelta(hours=chance.randrange(1, 30))
    staff.add_absence(
        person_id=chance.choice(house.technicians), starts_at=start, ends_at=start + timedelta(minutes=30), reason="training", now=_now()
    )


def give_task(house: House, chance: random.Random) -> None:
    """To one of those who are watched, or to a queue; on a ticket or without one."""
    person, queue = (chance.choice(house.agents[:2]), None) if chance.random() < 0.6 else (None, chance.choice(house.queues))
    tasks.create(
        text="Ask for the serial number",
        now=_now(),
        actor_id=_actor(house, chance),
        ticket_id=_some_ticket(house, chance) if chance.random() < 0.7 else None,
        person_id=person,
        queue_id=queue,
        due_at=_now() + timedelta(hours=chance.randrange(1, 80)),
        remind_before=chance.choice((None, 600)),
    )


def finish_task(house: House, chance: random.Random) -> None:
    found = list(db.session.scalars(select(Task.id)))
    if found:
        deed = chance.choice((tasks.finish, tasks.finish, tasks.take_up))
        deed(task_id=chance.choice(found), now=_now(), actor_id=_actor(house, chance), manager=True)


OPERATIONS = {
    give_task: 4,
    finish_task: 3,
    open_ticket: 4,
    receive_message: 8,
    reply: 7,
    note: 4,
    assign: 6,
    move_to_queue: 4,
    set_priority: 4,
    set_kind: 2,
    link_customer: 2,
    wait: 3,
    resume: 3,
    resolve: 3,
    close: 1,
    reopen: 4,
    rename_customer: 2,
    presence: 8,
    absence: 1,
}

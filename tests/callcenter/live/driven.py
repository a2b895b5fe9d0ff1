"""Random operations on visits and stock, and the passing of time: what dispatch, technicians, the store and the clock do."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from core import clock, sweeps
from core.db import db, transaction
from dispatch import services as dispatch
from dispatch.materials import services as materials
from dispatch.materials.models import PurchaseLine
from dispatch.visits import queries
from dispatch.visits.models import Visit
from dispatch.visits.rules import OPEN
from tests.callcenter.live.house import House, pick
from tickets.models import Ticket
from tickets.sla import escalating
from tickets.sla.models import Escalation, EscalationNotice

AHEAD = timedelta(hours=20)
# Those that run by the second in the clock's process and change what is on a screen.
SWEEPS = ("sla", "voice", "voice-left-over")


def _some_visit(chance: random.Random, *statuses: str) -> Visit | None:
    return pick(chance, list(db.session.scalars(select(Visit).where(Visit.status.in_(statuses or OPEN)).order_by(Visit.id))))


def _job_of(house: House, ticket: Ticket) -> int:
    kind = ticket.equipment.kind if ticket.equipment else ""
    return house.job_types.get(kind, next(iter(house.job_types.values())))


def book(house: House, chance: random.Random) -> None:
    ticket = pick(chance, list(db.session.scalars(select(Ticket).where(Ticket.status.in_(("new", "open", "waiting"))).order_by(Ticket.id))))
    if ticket is None:
        return
    job = _job_of(house, ticket)
    found = pick(chance, dispatch.suggest(ticket_id=ticket.id, job_type_id=job, now=clock.now(), latest=clock.now() + AHEAD, count=3))
    if found is not None:
        dispatch.book_visit(
            ticket_id=ticket.id,
            job_type_id=job,
            person_id=found.person_id,
            start=found.start,
            end=found.end,
            promised_from=found.promised_from,
            promised_until=found.promised_until,
            now=clock.now(),
            actor_id=house.users[house.supervisor],
        )


def move(house: House, chance: random.Random) -> None:
    visit = _some_visit(chance, "booked", "proposed")
    if visit is None:
        return
    options = dispatch.find(
        ticket_id=visit.ticket_id,
        job_type_id=visit.job_type_id,
        now=clock.now(),
        latest=clock.now() + 2 * AHEAD,
        count=4,
        moving=visit.id,
    ).suggestions
    found = pick(chance, options)
    if found is not None:
        dispatch.move_visit(
            visit_id=visit.id,
            now=clock.now(),
            actor_id=house.users[house.supervisor],
            person_id=found.person_id,
            start=found.start,
            end=found.end,
            promised_from=found.promised_from,
            promised_until=found.promised_until,
        )


def cancel(house: House, chance: random.Random) -> None:
    visit = _some_visit(chance)
    if visit is not None:
        dispatch.cancel_visit(visit_id=visit.id, reason="Not needed", now=clock.now(), actor_id=house.users[house.supervisor])


def report(house: House, chance: random.Random) -> None:
    """What the technician's phone sends, in any order."""
    visit = _some_visit(chance)
    person = queries.technician_of(visit) if visit is not None else None
    if visit is None or person is None:
        return
    part = {"part_id": chance.choice(house.parts[:4]), "quantity": 1}
    data: dict[str, Any]
    action, data = chance.choice(
        (
            ("on_my_way", {}),
            ("on_my_way", {}),
            ("arrived", {}),
            ("arrived", {}),
            ("done", {"used": [part], "result": "Works again", "solved": True}),
            ("done", {"result": "Works again"}),
            ("needs_part", {"parts": [part], "result": "Board broken"}),
            ("no_access", {"result": "Nobody there"}),
        )
    )
    dispatch.apply_field_update(
        person_id=person.id,
        uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
        visit_id=visit.id,
        action=action,
        happened_at=clock.now() - timedelta(seconds=chance.randrange(120)),
        now=clock.now(),
        data=data,
    )


def move_stock(house: House, chance: random.Random) -> None:
    source, target = chance.sample(house.places, 2)
    materials.move_stock(
        uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
        part_id=chance.choice(house.parts),
        from_place_id=source,
        to_place_id=target,
        quantity=1,
        now=clock.now(),
        actor_id=house.users[house.supervisor],
    )


def order_part(house: House, chance: random.Random) -> None:
    eta = clock.now().date() + timedelta(days=chance.randrange(3))
    materials.order_part(
        part_id=chance.choice(house.parts),
        place_id=house.places[0],
        supplier="Elektra",
        quantity=3,
        eta=eta,
        now=clock.now(),
        actor_id=None,
    )


def receive_part(house: House, chance: random.Random) -> None:
    line = pick(chance, list(db.session.scalars(select(PurchaseLine).where(PurchaseLine.received < PurchaseLine.quantity))))
    if line is not None:
        number = uuid.UUID(int=chance.getrandbits(128), version=4)
        materials.receive(uuid=number, line_id=line.id, accepted=1, now=clock.now(), actor_id=None)


def count_part(house: House, chance: random.Random) -> None:
    """Somebody goes on counting the warehouse; the watchers see how far it is."""
    materials.count_part(
        count_id=house.count, part_id=chance.choice(house.parts), counted=chance.randrange(9), now=clock.now(), actor_id=None
    )


def promise_later(house: House, chance: random.Random) -> None:
    """The supplier delivers on another day."""
    line = pick(chance, list(db.session.scalars(select(PurchaseLine).where(PurchaseLine.received < PurchaseLine.quantity))))
    if line is not None:
        eta = clock.now().date() + timedelta(days=chance.randrange(9))
        materials.update_purchase_line(line_id=line.id, eta=eta, now=clock.now(), actor_id=None)


def time_passes(house: House, chance: random.Random) -> None:
    """Some time goes by, and the clock fires what is due."""
    with house.clock_turn:
        clock.set_to(clock.now() + timedelta(seconds=chance.choice((1, 5, 25, 120, 600))))
        for name in SWEEPS:
            with transaction() as session:
                session.execute(text("SET LOCAL lock_timeout = 10000"))
                sweeps.registry[name].function(clock.now())


def escalate(_house: House, chance: random.Random) -> None:
    """A worker does what a level that was reached says."""
    fired = list(db.session.scalars(select(Escalation.id).where(Escalation.done.is_(None)).order_by(Escalation.id)))
    found = pick(chance, fired)
    if found is not None:
        escalating.perform(escalation_id=found, now=clock.now())


def see_notice(_house: House, chance: random.Random) -> None:
    notice = pick(
        chance, list(db.session.scalars(select(EscalationNotice).where(EscalationNotice.seen_at.is_(None)).order_by(EscalationNotice.id)))
    )
    if notice is not None:
        escalating.see(notice_id=notice.id, user_id=notice.user_id, now=clock.now())


OPERATIONS = {
    escalate: 4,
    see_notice: 1,
    book: 9,
    move: 4,
    cancel: 2,
    report: 10,
    move_stock: 4,
    order_part: 1,
    receive_part: 2,
    count_part: 2,
    promise_later: 1,
}

"""The demo's 300 tickets in all states, spread over the last ten days, lived through by the same verbs people use."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select

from callcenter.demo import own_fields, visits
from callcenter.demo.firm import Firm
from callcenter.mail.models import Mailbox
from core.auth.models import User
from core.db import db
from customers.models import Customer
from tickets import services as tickets
from tickets.models import Ticket
from tickets.rules import OUTCOME_KINDS

FAULTS = {
    "Washing machine": ["does not drain", "stops in mid-cycle", "leaks at the door", "drum does not turn"],
    "Dishwasher": ["leaves dishes wet", "error E15", "does not start"],
    "Refrigerator": ["is too warm", "makes ice at the back", "hums loudly"],
    "Oven": ["heats on one side only", "door does not close"],
    "Tumble dryer": ["takes three hours", "smells burnt"],
    "Gas boiler": ["no hot water", "loses pressure", "error F28"],
    "Heat pump": ["too loud at night", "stops when it freezes", "service due"],
    "Air conditioner": ["blows warm air", "drips inside", "remote has no effect"],
    "Cold room": ["temperature rises", "door seal torn"],
    "Water heater": ["only lukewarm", "trips the fuse"],
}
CHINESE_FAULTS = ["不制冷了", "漏水", "无法启动", "噪音很大", "没有热水"]
QUESTIONS = [
    "Question about bill",
    "When is my next service?",
    "Copy of the guarantee, please",
    "New address",
    "Thank you, and one suggestion",
]
ANSWERS = [
    "Thank you for telling us. We are looking into it.",
    "Could you send us a photo of the type plate, please?",
    "We can come this week; my colleague will call you with a time.",
    "The part has arrived. Shall we come tomorrow?",
]
VISITED = 5  # one of so many old tickets had a technician in the house
REPLIES = ["Yes, that would be good.", "Here is the photo.", "Tomorrow after 14:00 suits me.", "It is still not working."]


def build(firm: Firm, customers: list[Customer], *, now: datetime, count: int = 300) -> list[Ticket]:
    """Tickets, the oldest first. The newest fifth is unanswered, the oldest third is done."""
    dice = random.Random(1848)
    own_fields.build(now=now)
    told = random.Random(1849)  # dice of its own: what the tickets are stays as it was
    # The session lets go of what nobody holds, and asks again: these are named on every line.
    held = [*db.session.scalars(select(User)), *db.session.scalars(select(Mailbox))]
    made: list[Ticket] = []
    for number in range(count):
        age = timedelta(hours=240 * (1 - number / count) ** 1.6, minutes=dice.randint(1, 55))
        made.append(_ticket(number, count, firm, dice.choice(customers), now - age, now, dice, told))
    del held
    return made


def _ticket(
    number: int, count: int, firm: Firm, customer: Customer, at: datetime, now: datetime, dice: random.Random, told: random.Random
) -> Ticket:
    thing = dice.choice(customer.equipment) if customer.equipment and number % 7 else None
    chinese = customer.language != "en"
    if thing is None:
        subject, kind, queue = dice.choice(QUESTIONS), dice.choice(["question", "complaint", "suggestion"]), "office"
    else:
        fault = dice.choice(CHINESE_FAULTS if chinese else FAULTS[thing.kind])
        service = "service" in fault
        subject, kind, queue = f"{thing.kind} {fault}", "maintenance" if service else "fault", "service" if service else "repairs"
    channel = dice.choice(["phone", "email", "email", "web"])
    ticket = tickets.open_ticket(
        subject=subject,
        channel=channel,
        queue_id=firm.queues[queue].id,
        now=at,
        kind=kind,
        priority=dice.choices(["low", "normal", "high"], [2, 10, 3])[0],
        language=customer.language,
        customer_id=customer.id,
        contact_email=next((point.value for point in customer.contact_points if point.kind == "email"), None),
        contact_phone=next((point.value for point in customer.contact_points if point.kind == "phone"), None),
        site_id=customer.sites[0].id if customer.sites else None,
        equipment_id=thing.id if thing else None,
        fields=own_fields.values(kind, told),
    )
    text = f"{subject}。请尽快安排。" if chinese else f"Hello, {subject[0].lower()}{subject[1:]}. Can you help? {customer.name}"
    tickets.receive_message(
        ticket_id=ticket.id, text=text, now=at, channel="web" if channel == "phone" else channel, author_name=customer.name
    )
    _live(number / count, ticket, firm, customer, at, now, dice)
    return ticket


def _live(share: float, ticket: Ticket, firm: Firm, customer: Customer, at: datetime, now: datetime, dice: random.Random) -> None:
    """What became of it: the older, the further."""
    if share > 0.8:
        return
    agent = dice.choice(firm.agents)
    wait = min(timedelta(minutes=dice.randint(5, 200)), (now - at) / 3)
    moment = at + wait
    actor = agent.user_id
    tickets.assign(ticket_id=ticket.id, person_id=agent.id, now=moment, actor_id=actor)
    fate = dice.random()
    answer = "我们已收到，会尽快处理。" if customer.language != "en" else dice.choice(ANSWERS)
    if share < 0.35:
        sent = tickets.reply(ticket_id=ticket.id, text=answer, actor_id=actor, now=moment, channel="web")
        if ticket.kind in OUTCOME_KINDS:
            tickets.tell_outcome(ticket_id=ticket.id, text=answer, by="entry", entry_id=sent.id, now=moment, actor_id=actor)
        if ticket.id % VISITED == 0:
            visits.lived(firm, ticket, random.Random(ticket.id), at=moment)
        if ticket.is_open:
            tickets.resolve(ticket_id=ticket.id, now=moment + (now - moment) / 3, actor_id=actor, why="Done")
        if share < 0.2:
            tickets.close(ticket_id=ticket.id, now=moment + (now - moment) / 2, actor_id=actor)
    elif fate < 0.35:
        reason = dice.choice(["customer", "customer", "part", "access", "approval", "third_party"])
        tickets.reply(
            ticket_id=ticket.id, text=answer, actor_id=actor, now=moment, channel="web", then_status="waiting", wait_reason=reason
        )
    elif fate < 0.75:
        tickets.reply(ticket_id=ticket.id, text=answer, actor_id=actor, now=moment, channel="web")
        later = moment + (now - moment) / 2
        said = "好的，谢谢。" if customer.language != "en" else dice.choice(REPLIES)
        tickets.receive_message(ticket_id=ticket.id, text=said, now=later, channel="web", author_name=customer.name)
    else:
        tickets.add_note(
            ticket_id=ticket.id,
            text=dice.choice(["Called, no answer.", "Ask the workshop first.", "客户希望下午来电。"]),
            actor_id=actor,
            now=moment,
        )

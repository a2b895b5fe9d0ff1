"""The demo's rules: those to start from, two of them on, and one ticket on which a rule has something to do."""

from __future__ import annotations

from datetime import datetime

from callcenter.demo.firm import Firm
from customers.models import Customer
from tickets import services as tickets
from tickets.automation import samples, services

ON = ("vip_fault", "remind_customer")


def build(firm: Firm, customers: list[Customer], *, now: datetime) -> None:
    """All samples, and a fault of a gold customer that comes in as the demo starts."""
    for sample in samples.samples():
        services.save(
            rule_id=None, name=sample["name"], active=sample["key"] in ON, definition=sample["definition"], now=now, actor_id=None
        )
    customer = next((one for one in customers if one.tier == "gold" and one.equipment and one.language == "en"), None)
    if customer is None:
        return
    thing = customer.equipment[0]
    ticket = tickets.open_ticket(
        subject=f"{thing.kind} makes a loud noise",
        channel="web",
        queue_id=firm.queues["repairs"].id,
        now=now,
        customer_id=customer.id,
        site_id=customer.sites[0].id if customer.sites else None,
        equipment_id=thing.id,
    )
    text = "Since this morning, and it gets worse. Can somebody come soon?"
    tickets.receive_message(ticket_id=ticket.id, text=text, now=now, channel="web", author_name=customer.name)

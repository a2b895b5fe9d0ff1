"""Finding what a ticket refers to, refusing what does not fit together."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.db import db
from core.errors import NotValid
from customers.models import Customer, Equipment, Site
from staff.models import Person
from tickets.models import Queue, Ticket


def active_queue(queue_id: int) -> Queue:
    """Raises NotValid for a queue that is not there or no longer used."""
    queue = db.session.get(Queue, queue_id)
    if queue is None or not queue.active:
        raise NotValid(_("There is no such queue."), field="queue_id")
    return queue


def active_person(person_id: int | None) -> Person | None:
    """None for None. Raises NotValid for somebody who does not work here (any more)."""
    if person_id is None:
        return None
    person = db.session.get(Person, person_id)
    if person is None or not person.active:
        raise NotValid(_("There is no such colleague."), field="assignee_id")
    return person


def known_customer(customer_id: int | None) -> Customer | None:
    """None for None. Raises NotValid."""
    if customer_id is None:
        return None
    customer = db.session.get(Customer, customer_id)
    if customer is None or customer.archived_at is not None:
        raise NotValid(_("There is no such customer."), field="customer_id")
    return customer


def put_customer(ticket: Ticket, customer: Customer | None) -> None:
    """Link the customer; a site or equipment of another one is taken off the ticket."""
    ticket.customer, ticket.customer_id = customer, customer.id if customer is not None else None
    if ticket.site is not None and ticket.site.customer_id != ticket.customer_id:
        ticket.site, ticket.site_id = None, None
    if ticket.equipment is not None and ticket.equipment.customer_id != ticket.customer_id:
        ticket.equipment, ticket.equipment_id = None, None


def put_site(ticket: Ticket, site_id: int | None) -> None:
    """Name the place. A ticket without customer gets the site's. Raises NotValid for another customer's site."""
    site = db.session.get(Site, site_id) if site_id is not None else None
    if site_id is not None and site is None:
        raise NotValid(_("There is no such site."), field="site_id")
    if site is not None:
        _same_customer(ticket, site.customer, "site_id")
    ticket.site, ticket.site_id = site, site_id


def put_equipment(ticket: Ticket, equipment_id: int | None) -> None:
    """Name the thing. A ticket without customer or site gets the equipment's. Raises NotValid for another customer's."""
    equipment = db.session.get(Equipment, equipment_id) if equipment_id is not None else None
    if equipment_id is not None and equipment is None:
        raise NotValid(_("There is no such equipment."), field="equipment_id")
    if equipment is not None:
        _same_customer(ticket, equipment.customer, "equipment_id")
        if ticket.site_id is None and equipment.site is not None:
            ticket.site, ticket.site_id = equipment.site, equipment.site_id
    ticket.equipment, ticket.equipment_id = equipment, equipment_id


def _same_customer(ticket: Ticket, owner: Customer, field: str) -> None:
    if ticket.customer_id is None:
        ticket.customer, ticket.customer_id = owner, owner.id
    elif ticket.customer_id != owner.id:
        raise NotValid(_("This belongs to %(name)s, not to the ticket's customer.", name=owner.name), field=field)

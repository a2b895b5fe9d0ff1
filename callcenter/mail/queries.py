"""Questions about mail: which mailbox, which ticket a message belongs to, what went out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from callcenter.mail import rules
from callcenter.mail.models import Mailbox, Outgoing, RawMessage
from core import api
from core.db import db
from core.errors import NotFound
from customers import queries as customers
from customers.models import ContactPoint, Customer
from tickets.models import Entry, Ticket

# Copies of one conversation arrive within this time of each other.
THREAD_REMEMBERED = timedelta(days=30)


def mailboxes(*, only_active: bool = False) -> list[Mailbox]:
    """All mailboxes by name."""
    query = select(Mailbox).order_by(Mailbox.name)
    return list(db.session.scalars(query.where(Mailbox.active) if only_active else query))


def mailbox(mailbox_id: int) -> Mailbox:
    """Raises NotFound."""
    found = db.session.get(Mailbox, mailbox_id)
    if found is None:
        raise NotFound(_("There is no such mailbox."))
    return found


def mailbox_named(name: str) -> Mailbox | None:
    """By name or address, active or not."""
    return db.session.scalar(select(Mailbox).where(or_(Mailbox.name == name, Mailbox.address == name.strip().lower())))


def mailbox_of_address(address: str) -> Mailbox | None:
    """The active mailbox that mail to this address (also with "+…") belongs to."""
    wanted = (address.strip().lower(), rules.plain_address(address))
    found = list(db.session.scalars(select(Mailbox).where(Mailbox.active, Mailbox.address.in_(wanted))))
    return next((one for one in found if one.address == wanted[0]), found[0] if found else None)


def own_addresses() -> set[str]:
    """Every address of ours, also of mailboxes no longer used."""
    return set(db.session.scalars(select(Mailbox.address)))


def mailbox_for_ticket(ticket: Ticket) -> Mailbox | None:
    """The mailbox that answers for a ticket: where its first message came in, else its queue's, else the first one there is."""
    first = select(RawMessage.mailbox_id).where(RawMessage.ticket_id == ticket.id).order_by(RawMessage.id).limit(1).scalar_subquery()
    order = ((Mailbox.id == first).desc().nulls_last(), (Mailbox.queue_id == ticket.queue_id).desc(), Mailbox.id)
    return db.session.scalar(select(Mailbox).where(Mailbox.active).order_by(*order).limit(1))


def by_key(mailbox_id: int, key: str) -> RawMessage | None:
    """The message stored under a key."""
    return db.session.scalar(select(RawMessage).where(RawMessage.mailbox_id == mailbox_id, RawMessage.key == key))


def raw_message(raw_id: int) -> RawMessage:
    """Raises NotFound."""
    found = db.session.get(RawMessage, raw_id)
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def raw_messages(*, state: str | None, after: str | None, limit: int) -> tuple[list[RawMessage], str | None]:
    """A page of what came in, newest first."""
    query: Select[Any] = select(RawMessage)
    if state is not None:
        query = query.where(RawMessage.state == state)
    return api.page(query, order=[RawMessage.id], after=after, limit=limit, descending=True)  # type: ignore[list-item]


def outgoing_mails(*, state: str | None, after: str | None, limit: int) -> tuple[list[Outgoing], str | None]:
    """A page of what went out or waits to, newest first."""
    query: Select[Any] = select(Outgoing)
    if state is not None:
        query = query.where(Outgoing.state == state)
    return api.page(query, order=[Outgoing.id], after=after, limit=limit, descending=True)  # type: ignore[list-item]


def counts() -> dict[str, int]:
    """How many wait for a person: quarantined, failed to go out; and how many wait to be sent."""
    quarantined = select(func.count()).select_from(RawMessage).where(RawMessage.state == "quarantined")
    failed = select(func.count()).select_from(Outgoing).where(Outgoing.state == "failed")
    queued = select(func.count()).select_from(Outgoing).where(Outgoing.state.in_(("queued", "sending")))
    return {
        "quarantined": db.session.scalar(quarantined) or 0,
        "failed": db.session.scalar(failed) or 0,
        "queued": db.session.scalar(queued) or 0,
    }


def newest() -> dict[str, int]:
    """The ids of the newest message that was read (or put aside) and of the newest mail of ours; 0 where there is none."""
    read = select(func.max(RawMessage.id)).where(RawMessage.state != "received")
    return {
        "newest_in": db.session.scalar(read) or 0,
        "newest_out": db.session.scalar(select(func.max(Outgoing.id))) or 0,
    }


def quarantined_ids(*, after: int, limit: int) -> list[int]:
    """Quarantined messages in the order they came, those behind the id `after`."""
    query = select(RawMessage.id).where(RawMessage.state == "quarantined", RawMessage.id > after).order_by(RawMessage.id).limit(limit)
    return list(db.session.scalars(query))


def outgoing(outgoing_id: int) -> Outgoing:
    """Raises NotFound."""
    found = db.session.get(Outgoing, outgoing_id)
    if found is None:
        raise NotFound(_("There is no such mail."))
    return found


def outgoing_of_ticket(ticket_id: int) -> list[Outgoing]:
    """Everything that was sent about a ticket, or waits to be, oldest first."""
    return list(db.session.scalars(select(Outgoing).where(Outgoing.ticket_id == ticket_id).order_by(Outgoing.id)))


def own_mail(message_ids: Collection[str]) -> Outgoing | None:
    """The newest mail of ours among these ids (without brackets)."""
    wanted = [f"<{one}>" for one in message_ids]
    return db.session.scalar(select(Outgoing).where(Outgoing.message_id.in_(wanted)).order_by(Outgoing.id.desc()).limit(1))


def tickets_of_thread(message_ids: Sequence[str], own_id: str, *, now: datetime) -> list[Ticket]:
    """Tickets with a message that one of these ids names, or that answers the same messages, or this one; newest first, a few."""
    related = [*message_ids, own_id] if own_id else list(message_ids)
    if not related:
        return []
    named = RawMessage.message_id.in_(list(message_ids))
    shared = RawMessage.in_reply_to.has_any(cast(related, ARRAY(TEXT)))  # type: ignore[attr-defined]
    recent = RawMessage.received_at > now - THREAD_REMEMBERED
    query = select(RawMessage.ticket_id).where(RawMessage.ticket_id.is_not(None), recent, or_(named, shared))
    ids = list(dict.fromkeys(db.session.scalars(query.order_by(RawMessage.id.desc()).limit(20))))
    return [ticket for ticket_id in ids if (ticket := db.session.get(Ticket, ticket_id)) is not None]


def same_message(message_id: str, *, but: int) -> RawMessage | None:
    """The same message as it came to another mailbox of ours, if it became part of a ticket."""
    query = select(RawMessage).where(RawMessage.message_id == message_id, RawMessage.id != but, RawMessage.ticket_id.is_not(None))
    return db.session.scalar(query.order_by(RawMessage.id).limit(1))


def is_customer_of(ticket: Ticket, address: str) -> bool:
    """Whether this address is the ticket's: its contact's, one of its customer's, or one of the customer's organisation and its people."""
    if address == ticket.contact_email:
        return True
    if ticket.customer_id is None:
        return False
    house = ticket.customer.organisation_id if ticket.customer is not None else None
    family = [ticket.customer_id] if house is None else [ticket.customer_id, house]
    ours = select(Customer.id).where(or_(Customer.id.in_(family), Customer.organisation_id.in_(family)))
    query = select(ContactPoint.id).where(ContactPoint.kind == "email", ContactPoint.value == address, ContactPoint.customer_id.in_(ours))
    return db.session.scalar(query.limit(1)) is not None


def takes_part(ticket: Ticket, address: str) -> bool:
    """Whether this address is the ticket's customer, or stood among sender and recipients of a customer's mail on it."""
    if is_customer_of(ticket, address):
        return True
    entries = select(Entry.data).where(Entry.ticket_id == ticket.id, Entry.kind == "message_in", Entry.channel == "email")
    return any(
        address in (data.get("from"), *data.get("to", ()), *data.get("cc", ()))
        for data in db.session.scalars(entries.order_by(Entry.id.desc()).limit(200))
    )


def newest_customer(address: str) -> Customer | None:
    """Who has this address; of several the one in contact last."""
    return next(iter(customers.by_email(address)), None)


def thread_ids(ticket_id: int) -> list[str]:
    """Message-IDs of a ticket's mails both ways, oldest first, without brackets."""
    incoming = select(Entry.message_id, Entry.recorded_at).where(Entry.ticket_id == ticket_id, Entry.message_id.is_not(None), Entry.public)
    sent = select(Outgoing.message_id, Outgoing.created_at).where(Outgoing.ticket_id == ticket_id)
    found = [(row[1], str(row[0])) for query in (incoming, sent) for row in db.session.execute(query)]
    return list(dict.fromkeys(rules.kept_id(message_id) for _at, message_id in sorted(found, key=lambda one: one[0])))


def last_incoming_id(ticket_id: int) -> str | None:
    """Message-ID of the newest mail from the customer, without brackets."""
    query = select(Entry.message_id).where(Entry.ticket_id == ticket_id, Entry.kind == "message_in", Entry.message_id.is_not(None))
    return db.session.scalar(query.order_by(Entry.id.desc()).limit(1))


def automatic_since(recipient: str, since: datetime) -> tuple[dict[int, int], int]:
    """Automatic mails to an address since then: by ticket id, and all together."""
    query = (
        select(Outgoing.ticket_id, func.count())
        .where(Outgoing.recipient == recipient, Outgoing.automatic, Outgoing.created_at > since)
        .group_by(Outgoing.ticket_id)
    )
    by_ticket = dict(db.session.execute(query).tuples().all())
    return by_ticket, sum(by_ticket.values())


def forbids_automatic_answers(ticket_id: int) -> bool:
    """Whether the customer's last mail came from a list or a machine that asks for none. Absence notices in between do not count."""
    by_machine = func.coalesce(Entry.data["automatic"].as_boolean(), False)
    query = select(Entry.data).where(Entry.ticket_id == ticket_id, Entry.kind == "message_in", ~by_machine)
    query = query.order_by(Entry.happened_at.desc(), Entry.id.desc())
    last = db.session.scalar(query.limit(1)) or {}
    return bool(last.get("no_automatic_answer"))


def undeliverable(address: str) -> bool:
    """Whether mail to this address came back for good."""
    query = select(ContactPoint.id).where(
        ContactPoint.kind == "email", ContactPoint.value == address, ContactPoint.undeliverable_at.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None

"""What is said on a ticket: the customer's messages, our answers, notes, calls and visits. What arrives for a merged ticket stands on the one that
it was merged into; only an answer is refused there, since whoever writes it looks at the wrong page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core import events
from core.errors import Conflict, NotValid
from tickets import rules, timeline
from tickets.editing import Editing
from tickets.events import MessageReceived, ReplySent
from tickets.models import Entry, Ticket
from tickets.rules import Status, Who
from tickets.services.status import move
from tickets.sla import services as sla
from tickets.timeline import Files

# Channels on which an answer can go back; a call's is by mail when we know an address.
_WRITTEN = ("email", "web", "chat", "sms")


def receive_message(
    *,
    ticket_id: int,
    text: str,
    now: datetime,
    channel: str,
    author_name: str = "",
    new_text: str | None = None,
    html: str | None = None,
    files: Files = (),
    message_id: str | None = None,
    data: dict[str, Any] | None = None,
    automatic: bool = False,
    happened_at: datetime | None = None,
) -> Entry:
    """Add what the customer wrote. It ends "waiting for the customer" and re-opens a resolved ticket from this second; after a first answer
    next_response runs. An `automatic` one (out of office) does none of this.

    `new_text`: `text` without what it quotes; `html` is sanitised; `happened_at`: when it was sent. Raises Conflict (code `closed_for_good`)
    when the ticket was closed more than 14 days ago: ask `reopen_or_follow_up` first.
    """
    edit = Editing.begin(ticket_id, now=now, actor_id=None, follow=True)
    ticket = edit.ticket
    if not automatic and closed_for_good(ticket, now):
        raise Conflict(_("This ticket was closed long ago."), code="closed_for_good")
    entry = timeline.write(
        ticket,
        kind="message_in",
        now=now,
        public=True,
        author_name=author_name,
        channel=channel,
        text=text,
        new_text=new_text,
        html=html,
        files=files,
        message_id=message_id,
        data=edit.noted({**(data or {}), "automatic": automatic}),
        happened_at=happened_at,
    )
    if not automatic:
        if rules.customer_ends_wait(ticket.status, ticket.wait_reason) or not rules.is_open(ticket.status):
            move(edit, Status.OPEN, None, Who.CUSTOMER)
        sla.asked(ticket=ticket, at=now)
    edit.finish(entry=entry, announce=False, reindex=True)
    events.publish(
        MessageReceived(at=now, ticket_id=ticket.id, number=ticket.number, entry_id=entry.id, channel=channel, automatic=automatic)
    )
    return entry


def closed_for_good(ticket: Ticket, now: datetime) -> bool:
    """Whether the customer's message no longer re-opens this ticket."""
    return ticket.closed_at is not None and now - ticket.closed_at > rules.CLOSED_FOR_GOOD


def reply(
    *,
    ticket_id: int,
    text: str,
    actor_id: int | None,
    now: datetime,
    html: str | None = None,
    files: Files = (),
    channel: str | None = None,
    then_status: str | None = None,
    wait_reason: str | None = None,
    wait_note: str = "",
    data: dict[str, Any] | None = None,
    automatic: bool = False,
) -> Entry:
    """Answer the customer in public: the response clocks stop, a new ticket becomes open, or `then_status` (waiting needs its reason).
    An `automatic` one (a rule's) does none of this: nobody has looked at the ticket yet.

    `channel` None: the ticket's own, or email for a call when an address is known. Raises NotValid when nothing is said, and what `change_status`
    raises for `then_status`; then nothing was sent.
    """
    if not text.strip() and not files:
        raise NotValid(_("The answer is empty."), field="text")
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    ticket = edit.ticket
    channel = channel or answer_channel(ticket)
    entry = timeline.write(
        ticket,
        kind="message_out",
        now=now,
        public=True,
        actor_id=actor_id,
        channel=channel,
        text=text,
        html=html,
        files=files,
        data={**(data or {}), "automatic": True} if automatic else data,
    )
    if not automatic:
        sla.answered(ticket=ticket, at=now)
    if then_status is not None:
        move(edit, then_status, wait_reason, Who.STAFF, wait_note)
    elif ticket.status == Status.NEW and not automatic:
        move(edit, Status.OPEN, None, Who.MACHINE)
    edit.finish(entry=entry, announce=False, reindex=True)
    events.publish(ReplySent(at=now, actor_id=actor_id, ticket_id=ticket.id, entry_id=entry.id, channel=channel, automatic=automatic))
    return entry


def answer_channel(ticket: Ticket) -> str:
    """Where an answer goes when nobody chose."""
    if ticket.channel in _WRITTEN:
        return ticket.channel
    return "email" if ticket.contact_email else ticket.channel


def add_note(
    *,
    ticket_id: int,
    text: str,
    actor_id: int | None,
    now: datetime,
    html: str | None = None,
    files: Files = (),
    data: dict[str, Any] | None = None,
) -> Entry:
    """Add what only we read. Stops no clock. `data` is for the room above that draws it. Raises NotValid when it is empty."""
    if not text.strip() and not files:
        raise NotValid(_("The note is empty."), field="text")
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, follow=True)
    entry = timeline.write(edit.ticket, kind="note", now=now, actor_id=actor_id, text=text, html=html, files=files, data=edit.noted(data))
    edit.finish(entry=entry, reindex=True)
    return entry


def add_call(
    *,
    ticket_id: int,
    direction: str,
    answered: bool,
    by_staff: bool,
    text: str,
    data: dict[str, Any],
    now: datetime,
    actor_id: int | None = None,
    files: Files = (),
    happened_at: datetime | None = None,
) -> Entry:
    """Add a call to the timeline; `data` holds the call's id, numbers and seconds.

    A call that a colleague and the customer both took part in is an answer, whoever called. One of the customer that nobody but the machine took
    asks for one. One of ours that was not picked up is neither. `direction`: in or out. It counts from `now`.
    """
    if direction not in ("in", "out"):
        raise NotValid(_("A call goes in or out."), field="direction")
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, follow=True)
    ticket = edit.ticket
    entry = timeline.write(
        ticket,
        kind="call",
        now=now,
        public=True,
        actor_id=actor_id,
        channel="phone",
        text=text,
        files=files,
        happened_at=happened_at,
        data=edit.noted({**data, "direction": direction, "answered": answered, "by_staff": by_staff}),
    )
    if answered and by_staff:
        sla.answered(ticket=ticket, at=now)
        if ticket.status == Status.NEW:
            move(edit, Status.OPEN, None, Who.MACHINE)
    elif direction == "in":
        sla.asked(ticket=ticket, at=now)
    edit.finish(entry=entry, reindex=bool(text))
    return entry


def add_visit_entry(
    *,
    ticket_id: int,
    text: str,
    data: dict[str, Any],
    now: datetime,
    actor_id: int | None,
    public: bool = False,
    happened_at: datetime | None = None,
    files: Files = (),
) -> Entry:
    """Add what happened with a visit (booked, moved, arrived, done); `data` names the visit. Moves no clock: see `technician_arrived`."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, follow=True)
    entry = timeline.write(
        edit.ticket,
        kind="visit",
        now=now,
        public=public,
        actor_id=actor_id,
        text=text,
        data=edit.noted(data),
        happened_at=happened_at,
        files=files,
    )
    edit.finish(entry=entry, reindex=bool(text))
    return entry

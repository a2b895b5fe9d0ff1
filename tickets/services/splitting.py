"""A second matter in one conversation gets a ticket of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotValid
from tickets import finding, queries, timeline
from tickets.editing import Editing
from tickets.models import Entry, Ticket, TicketLink
from tickets.services.opening import like, open_ticket
from tickets.sla import services as sla
from tickets.timeline import Attachment

SPLIT = ("message_in", "message_out", "note", "call")
ENTRIES_AT_MOST = 100


def split_ticket(
    *, ticket_id: int, entry_ids: Sequence[int], subject: str, now: datetime, actor_id: int | None, queue_id: int | None = None
) -> Ticket:
    """A new ticket of the same customer with these entries of the timeline, linked with this one. `queue_id` None: the same queue.

    The entries stay in this ticket's timeline, which is its history, and stand in the new one's as well, with their own times. Its clocks count
    from the oldest of them that the customer waits for an answer to, else from now. Raises NotFound, DomainError (code `merged`), and
    NotValid for no entries, those of another ticket, changes and visits.
    """
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    ticket = edit.ticket
    entries = _chosen(ticket, entry_ids)
    waiting = [
        entry.recorded_at
        for entry in entries
        if entry.kind == "message_in" and not entry.data.get("automatic") and _unanswered(ticket, entry.recorded_at)
    ]
    since = min(waiting, default=None)
    made = open_ticket(
        subject=subject,
        channel=ticket.channel,
        queue_id=queue_id or ticket.queue_id,
        now=now,
        actor_id=actor_id,
        **like(ticket),
        since=since,
    )
    for entry in entries:
        _copy(made, entry, ticket.number, now)
    if since is not None:
        sla.asked(ticket=made, at=since)
    db.session.add(TicketLink(from_id=made.id, to_id=ticket.id, kind="split", created_at=now))
    told = timeline.write(
        ticket,
        kind="change",
        now=now,
        actor_id=actor_id,
        data={
            "split_off": {"number": made.number, "subject": made.subject, "entries": len(entries)},
            "changes": {},
            "version": edit.version,
        },
    )
    edit.finish(entry=told)
    finding.index(made)
    db.session.flush()
    return made


def _chosen(ticket: Ticket, entry_ids: Sequence[int]) -> list[Entry]:
    """Oldest first."""
    wanted = set(entry_ids)
    if not wanted or len(wanted) > ENTRIES_AT_MOST:
        raise NotValid(_("Choose between 1 and %(count)d entries.", count=ENTRIES_AT_MOST), field="entry_ids")
    family = queries.family_ids(ticket.id)
    query = select(Entry).where(Entry.ticket_id.in_(family), Entry.id.in_(wanted), Entry.kind.in_(SPLIT)).order_by(Entry.id)
    found = list(db.session.scalars(query))
    if len(found) != len(wanted):
        raise NotValid(_("Only messages, notes and calls of this ticket can be split off."), field="entry_ids")
    return found


def _unanswered(ticket: Ticket, moment: datetime) -> bool:
    return ticket.unanswered_since is not None and moment >= ticket.unanswered_since


def _copy(made: Ticket, entry: Entry, number: int, now: datetime) -> None:
    timeline.write(
        made,
        kind=entry.kind,
        now=now,
        public=entry.public,
        actor_id=entry.author_id,
        author_name=entry.author_name,
        channel=entry.channel,
        text=entry.text,
        new_text=entry.new_text,
        html=entry.html,
        message_id=entry.message_id,
        happened_at=entry.happened_at,
        files=[Attachment(item.file_id, item.content_id) for item in entry.files],
        data={**entry.data, "split_from": {"number": number, "entry_id": entry.id}},
    )

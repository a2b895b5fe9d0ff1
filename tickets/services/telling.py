"""Telling the customer what came of their ticket: a complaint or suggestion ends only after that."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _

from core.db import db
from core.errors import NotValid
from tickets import outcomes, queries, rules
from tickets.editing import Editing
from tickets.models import Entry, Outcome, Ticket
from tickets.rules import Who
from tickets.services.messages import add_call, answer_channel, reply
from tickets.services.status import move

WAYS = ("message", "call", "entry")
# Nobody reads what is written there.
_UNREAD = ("phone", "internal")


def tell_outcome(
    *,
    ticket_id: int,
    text: str,
    by: str,
    now: datetime,
    actor_id: int | None,
    message: str = "",
    entry_id: int | None = None,
    then_status: str | None = None,
) -> Ticket:
    """Record what came of the ticket, and how the customer was told: `by` a message that is sent now (`message`, else the outcome itself), by a
    call that the agent has just made (noted in the timeline), or by an `entry` of the timeline that tells it already: a public answer of ours, or a
    call that a colleague and the customer both took part in. `then_status`: resolved, in the same go.

    Raises NotFound, NotValid (field text, by, entry_id), DomainError (code `merged`), and what the move refuses with; then nothing was sent.
    """
    clean = text.strip()
    if not clean or len(clean) > rules.LONGEST_OUTCOME:
        raise NotValid(_("Write what came of it, in at most %(count)d characters.", count=rules.LONGEST_OUTCOME), field="text")
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    entry = _told(edit.ticket, clean, by=by, message=message.strip() or clean, entry_id=entry_id, now=now, actor_id=actor_id)
    before = outcomes.last_text(ticket_id)
    outcomes.end(edit.ticket, now)
    db.session.add(Outcome(ticket_id=ticket_id, entry_id=entry.id, text=clean, told_at=now, told_by_id=actor_id))
    db.session.flush()
    edit = Editing(edit.ticket, now=now, actor_id=actor_id)
    edit.beside["outcome"] = (before or None, clean)
    if then_status is not None:
        move(edit, then_status, None, Who.STAFF)
    edit.finish(data={"outcome_told": {"by": entry.kind, "entry_id": entry.id}})
    return edit.ticket


def _told(ticket: Ticket, text: str, *, by: str, message: str, entry_id: int | None, now: datetime, actor_id: int | None) -> Entry:
    if by == "message":
        if answer_channel(ticket) in _UNREAD:
            raise NotValid(_("There is no address to write to. Tell it by a call, or add an email address."), field="by")
        return reply(ticket_id=ticket.id, text=message, now=now, actor_id=actor_id)
    if by == "call":
        return add_call(
            ticket_id=ticket.id,
            direction="out",
            answered=True,
            by_staff=True,
            text=text,
            data={"by_hand": True},
            now=now,
            actor_id=actor_id,
        )
    if by != "entry":
        raise NotValid(_("It is told by a message, a call or an entry of the timeline."), field="by")
    found = next(iter(queries.entries_named(ticket.id, [entry_id or 0])), None)
    if found is None or not tells(found) or found.recorded_at < _since(ticket):
        raise NotValid(
            _("Only an answer of ours or a call with the customer, since the ticket was last opened, tells it."), field="entry_id"
        )
    return found


def tells(entry: Entry) -> bool:
    """Whether the customer heard from a colleague by this entry."""
    if entry.kind == "call":
        return bool(entry.data.get("answered") and entry.data.get("by_staff"))
    return entry.kind == "message_out" and entry.public and not entry.data.get("automatic")


def _since(ticket: Ticket) -> datetime:
    """When the ticket was opened, or last re-opened."""
    return queries.last_reopened(ticket.id) or ticket.created_at

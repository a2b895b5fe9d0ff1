"""Drafts, and replies held back for a few seconds so that their author can take them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core import live
from core.db import db
from core.errors import Conflict, DomainError, NotFound, NotValid
from core.jsonable import jsonable
from tickets import queries, services
from tickets.composing.models import Draft, HeldReply
from tickets.models import Entry, Ticket

KINDS = ("reply", "note")
HOLD = timedelta(seconds=10)
BATCH = 20
NAME = "held-replies"
EVERY = 0.5


def save_draft(*, ticket_id: int, user_id: int, kind: str, text: str, now: datetime) -> None:
    """Keep what was written so far; nothing but blanks: forget it. Raises NotValid for an unknown kind."""
    if kind not in KINDS:
        raise NotValid(_("A draft is a reply or a note."), field="kind")
    if not text.strip():
        db.session.execute(delete(Draft).where(Draft.user_id == user_id, Draft.ticket_id == ticket_id, Draft.kind == kind))
        return
    values = {"user_id": user_id, "ticket_id": ticket_id, "kind": kind, "text": text, "updated_at": now}
    changed = {"text": text, "updated_at": now}
    db.session.execute(insert(Draft).values(values).on_conflict_do_update(index_elements=["user_id", "ticket_id", "kind"], set_=changed))


def drafts_of(*, ticket_id: int, user_id: int) -> list[Draft]:
    """The person's own, read afresh."""
    query = select(Draft).where(Draft.user_id == user_id, Draft.ticket_id == ticket_id).order_by(Draft.kind)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def hold_reply(*, ticket_id: int, user_id: int, text: str, now: datetime, seen: int | None = None, **body: Any) -> HeldReply:
    """Send this in ten seconds unless it is taken back. What would be refused then is refused now, as far as can be known: it is tried in a
    savepoint that is rolled back. The draft of a reply is forgotten.

    `seen`: id of the newest message that the author has seen; Conflict (code `answered_meanwhile`, details with what came since) when there is
    a newer one of somebody else. `body`: what `services.reply` takes. Raises what that raises.
    """
    if seen is not None:
        _refuse_unseen(ticket_id, user_id, seen)
    tried = db.session.begin_nested()
    try:
        services.reply(ticket_id=ticket_id, text=text, actor_id=user_id, now=now, **body)
    finally:
        tried.rollback()
    held = HeldReply(ticket_id=ticket_id, user_id=user_id, text=text, body=jsonable(body), created_at=now, send_at=now + HOLD, refused=None)
    db.session.add(held)
    db.session.flush()
    save_draft(ticket_id=ticket_id, user_id=user_id, kind="reply", text="", now=now)
    _touch(held)
    return held


def _refuse_unseen(ticket_id: int, user_id: int, seen: int) -> None:
    query = select(Entry).where(
        Entry.ticket_id.in_(queries.family_ids(ticket_id)),
        Entry.kind.in_(("message_in", "message_out")),
        Entry.id > seen,
        Entry.author_id.is_distinct_from(user_id),
    )
    newer = list(db.session.scalars(query.order_by(Entry.id).limit(20)))
    if newer:
        said = [
            {"id": entry.id, "kind": entry.kind, "author": entry.author_name, "at": jsonable(entry.recorded_at), "text": entry.text[:500]}
            for entry in newer
        ]
        who = ", ".join(dict.fromkeys(entry.author_name or str(_("The customer")) for entry in newer))
        raise Conflict(
            _("%(who)s wrote while you were writing. Look at it before you send.", who=who),
            code="answered_meanwhile",
            details={"entries": said},
        )


def take_back(*, ticket_id: int, held_id: int, user_id: int) -> HeldReply:
    """The reply as it was, no longer to be sent. Raises NotFound for somebody else's, and Conflict (code `sent`) when it went out."""
    query = select(HeldReply).where(HeldReply.id == held_id, HeldReply.ticket_id == ticket_id).with_for_update()
    held = db.session.scalar(query.execution_options(populate_existing=True))
    if held is None:
        raise Conflict(_("It was sent already."), code="sent")
    if held.user_id != user_id:
        raise NotFound(_("Only who wrote it takes it back."))
    _touch(held)
    db.session.delete(held)
    db.session.flush()
    return held


def send_due(now: datetime) -> bool:
    """The sweep: send what is due, each whole or not at all. One that is refused now stays with the reason, for its author. True: there is more."""
    query = select(HeldReply).where(HeldReply.send_at <= now, HeldReply.refused.is_(None)).order_by(HeldReply.send_at).limit(BATCH)
    due = list(db.session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)))
    for held in due:
        _touch(held)
        try:
            with db.session.begin_nested():
                services.reply(ticket_id=held.ticket_id, text=held.text, actor_id=held.user_id, now=now, **held.body)
                db.session.delete(held)
        except DomainError as error:
            held.refused = str(error.message)
            db.session.flush()
    return len(due) == BATCH


def held_on(ticket_id: int) -> list[HeldReply]:
    """All that are held on a ticket, oldest first."""
    return list(db.session.scalars(select(HeldReply).where(HeldReply.ticket_id == ticket_id).order_by(HeldReply.id)))


def _touch(held: HeldReply) -> None:
    number = db.session.scalar(select(Ticket.number).where(Ticket.id == held.ticket_id))
    live.touch(f"ticket:{number}", f"held:{held.id}")

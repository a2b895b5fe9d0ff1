"""Telling colleagues something on every page that they have open, and by mail when wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from core import events, live
from core.auth.models import User
from core.db import db
from tickets.models import Ticket
from tickets.notices.events import ColleaguesWritten
from tickets.notices.models import Notice

MOST_TOLD = 500


def tell(
    *,
    user_ids: Iterable[int],
    kind: str,
    title: str,
    text: str,
    now: datetime,
    ticket_id: int | None = None,
    address: str | None = None,
    by_notice: bool = True,
    by_mail: bool = False,
) -> list[str]:
    """Tell these users, those with an active account; who is named twice is told once. Returns their names. Mail goes out only about a ticket."""
    known = select(User.id, User.name).where(User.id.in_(set(user_ids)), User.active).order_by(User.name, User.id).limit(MOST_TOLD)
    told = db.session.execute(known).tuples().all()
    if by_notice and told:
        common = {"kind": kind, "title": title, "text": text, "ticket_id": ticket_id, "address": address, "created_at": now}
        rows = insert(Notice).returning(Notice.id, Notice.user_id)
        for notice_id, user_id in db.session.execute(rows, [{"user_id": user_id, **common} for user_id, _name in told]).tuples():
            live.touch(f"notices:{user_id}", key_of(notice_id))
    if by_mail and told and ticket_id is not None:
        ids = tuple(user_id for user_id, _name in told)
        events.publish(ColleaguesWritten(at=now, ticket_id=ticket_id, user_ids=ids, title=title, text=text))
    return [name for _id, name in told]


def key_of(notice_id: int) -> str:
    """The notice's key in the live topic; escalations have bare numbers there."""
    return f"notice-{notice_id}"


def unseen(user_id: int, limit: int, start: int = 0, *, tickets: bool = True) -> list[dict[str, Any]]:
    """What this user is to be told of, the newest first, from the place `start` on; without `tickets` only what is about none."""
    query = (
        select(Notice.id, Notice.kind, Notice.title, Notice.text, Notice.address, Notice.created_at, Ticket.number, Ticket.subject)
        .outerjoin(Ticket, Ticket.id == Notice.ticket_id)
        .where(Notice.user_id == user_id, Notice.seen_at.is_(None))
        .order_by(Notice.id.desc())
        .offset(start)
        .limit(limit)
    )
    if not tickets:
        query = query.where(Notice.ticket_id.is_(None))
    return [dict(row._mapping) for row in db.session.execute(query)]


def see(*, notice_id: int, user_id: int, now: datetime) -> None:
    """The user has seen it; without effect for another's notice or one seen before."""
    notice = db.session.scalar(select(Notice).filter_by(id=notice_id, user_id=user_id, seen_at=None).with_for_update())
    if notice is not None:
        notice.seen_at = now
        db.session.flush()
        live.touch(f"notices:{user_id}", key_of(notice_id))

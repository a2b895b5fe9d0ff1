"""Links between tickets: duplicate, child, caused by."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, func, literal, select

from core.db import db
from core.errors import Conflict, NotFound, NotValid
from tickets import rules, timeline
from tickets.editing import Editing
from tickets.models import TicketLink

_LOCK_CLASS = 0x7A66  # of PostgreSQL's two-part advisory locks: three people who close a circle at once would each see no circle


def link_tickets(*, from_id: int, to_id: int, kind: str, now: datetime, actor_id: int | None) -> TicketLink:
    """`from` is `kind` of `to` (`rules.LINKS_BY_HAND`); both timelines say so. A link that is there already stays as it is.

    Raises NotFound, NotValid for an unknown kind or one and the same ticket, Conflict (code `circular`) when `to` is, over others perhaps,
    already `kind` of `from`.
    """
    if kind not in rules.LINKS_BY_HAND:
        raise NotValid(_("There is no such link between tickets."), field="kind")
    if from_id == to_id:
        raise NotValid(_("A ticket cannot be linked with itself."), field="number")
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, 0)))
    source, target = _begin_both(from_id, to_id, now=now, actor_id=actor_id)
    there = db.session.scalar(select(TicketLink).filter_by(from_id=from_id, to_id=to_id, kind=kind))
    if there is not None:
        return there
    if leads_to(to_id, from_id, kind):
        raise Conflict(
            _("This would be a circle: #%(other)s leads back to #%(number)s.", other=target.ticket.number, number=source.ticket.number),
            field="number",
            code="circular",
        )
    link = TicketLink(from_id=from_id, to_id=to_id, kind=kind, created_at=now)
    db.session.add(link)
    db.session.flush()
    _tell(source, target, kind, "linked")
    return link


def unlink(*, ticket_id: int, link_id: int, now: datetime, actor_id: int | None) -> TicketLink:
    """Take a link off both of its tickets. Raises NotFound when it is none of this ticket's."""
    link = db.session.get(TicketLink, link_id) if link_id < 1 << 63 else None
    if link is None or ticket_id not in (link.from_id, link.to_id):
        raise NotFound(_("There is no such link."))
    source, target = _begin_both(link.from_id, link.to_id, now=now, actor_id=actor_id)
    db.session.delete(link)
    db.session.flush()
    _tell(source, target, link.kind, "unlinked")
    return link


def leads_to(start_id: int, end_id: int, kind: str) -> bool:
    """Whether links of this kind go from the one to the other, over any number of tickets."""
    reached = select(literal(start_id, BigInteger).label("ticket_id")).cte(recursive=True)
    reached = reached.union(
        select(TicketLink.to_id).join(reached, TicketLink.from_id == reached.c.ticket_id).where(TicketLink.kind == kind)
    )
    return db.session.scalar(select(reached.c.ticket_id).where(reached.c.ticket_id == end_id).limit(1)) is not None


def _begin_both(from_id: int, to_id: int, *, now: datetime, actor_id: int | None) -> tuple[Editing, Editing]:
    """Both tickets locked, in the order of ids."""
    edits = {ticket_id: Editing.begin(ticket_id, now=now, actor_id=actor_id) for ticket_id in sorted((from_id, to_id))}
    return edits[from_id], edits[to_id]


def _tell(source: Editing, target: Editing, kind: str, what: str) -> None:
    """Both timelines and both pages."""
    for edit, other, to in ((source, target, False), (target, source, True)):
        entry = timeline.write(
            edit.ticket,
            kind="change",
            now=edit.now,
            actor_id=edit.actor_id,
            data={what: {"kind": kind, "number": other.ticket.number, "to": to}, "version": edit.version},
        )
        edit.finish(entry=entry)

"""Two tickets become one, and two again.

The merged ticket is closed and keeps its own record: its entries stay where they are and are shown in the survivor's timeline. What still
arrives for it lands on the survivor with `addressed_to` in its data. So undoing only sends that back, and restores fields and clocks
from what the merge row holds; whatever else happened to the survivor meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from core import events, live
from core.db import db
from core.errors import Conflict, DomainError, NotValid
from core.jsonable import jsonable
from tickets import outcomes, queries, rules, timeline
from tickets.editing import Editing, refuse_merged
from tickets.events import MergeUndone, TicketMerged
from tickets.locking import lock_ticket
from tickets.models import Entry, Merge, Ticket
from tickets.rules import Status, Who
from tickets.services import merged_clocks
from tickets.services.status import move
from tickets.sla import services as sla

# What a survivor takes over where it has nothing itself.
_TAKEN = ("customer_id", "contact_email", "contact_phone")
# What the merge changes of the merged ticket.
_RESTORED = ("status", "wait_reason", "wait_note")
_INSTANTS = ("resolved_at", "closed_at", "unanswered_since")


def merge_tickets(*, survivor_id: int, merged_id: int, now: datetime, actor_id: int | None, other_customer: bool = False) -> Merge:
    """Merge the second into the first. Raises NotFound, NotValid for one and the same ticket, and DomainError (Conflict) with the code

    `merged` when one of them was merged already, `circular` when the first was merged into the second, `not_open` when the first is closed and
    the second is not, `other_customer` when both have a customer and not the same (`other_customer` confirms that this is meant), or what a
    subscriber of TicketMerged refuses with.
    """
    if survivor_id == merged_id:
        raise NotValid(_("A ticket cannot be merged into itself."), field="into")
    survivor, merged = _lock_both(survivor_id, merged_id)
    _check(survivor, merged, other_customer=other_customer)
    own, other = (Editing(ticket, now=now, actor_id=actor_id) for ticket in (survivor, merged))
    merge = Merge(survivor_id=survivor.id, merged_id=merged.id, merged_at=now, merged_by_id=actor_id, undone_at=None, undone_by_id=None)
    merge.state = _state(survivor, merged)
    merge.state["taken"] = _take_over(own, merged)
    waiting = [moment for moment in (survivor.unanswered_since, merged.unanswered_since) if moment is not None]
    asked = min(waiting, default=None) if rules.is_open(survivor.status) else survivor.unanswered_since
    merge.state["unanswered_after"] = jsonable(asked)
    merge.state["begun"] = merged_clocks.merge(survivor=survivor, merged=merged, unanswered=asked, now=now)
    merged.status, merged.wait_reason, merged.wait_note, merged.closed_at, merged.unanswered_since = (
        str(Status.CLOSED),
        None,
        None,
        now,
        None,
    )
    merged.merged_into_id = survivor.id
    db.session.add(merge)
    db.session.flush()
    event = TicketMerged(
        at=now,
        actor_id=actor_id,
        survivor_id=survivor.id,
        survivor_number=survivor.number,
        merged_id=merged.id,
        merged_number=merged.number,
    )
    events.publish(event)
    merge.state = {**merge.state, "moved": event.moved}
    _tell(own, "merged", merged)
    _tell(other, "merged_into", survivor)
    touch_together(survivor.number, queries.family_ids(merged.id))
    return merge


def undo_merge(*, merged_id: int, now: datetime, actor_id: int | None) -> Merge:
    """Both tickets as they were, with what arrived for each meanwhile. Raises NotFound, and DomainError (code `not_merged`) for a ticket that
    stands by itself, or (code `merged`) when the survivor was merged on: that is undone first."""
    survivor_id = db.session.scalar(select(Ticket.merged_into_id).where(Ticket.id == merged_id))
    if survivor_id is None:
        lock_ticket(merged_id)
        raise _not_merged()
    survivor, merged = _lock_both(survivor_id, merged_id)
    merge = db.session.scalar(select(Merge).where(Merge.merged_id == merged_id, Merge.undone_at.is_(None)).with_for_update())
    if merge is None or merge.survivor_id != survivor.id:
        raise _not_merged()
    if survivor.merged_into_id is not None:
        refuse_merged(survivor)
    own, other = (Editing(ticket, now=now, actor_id=actor_id) for ticket in (survivor, merged))
    merge.undone_at, merge.undone_by_id = now, actor_id
    event = MergeUndone(
        at=now,
        actor_id=actor_id,
        survivor_id=survivor.id,
        survivor_number=survivor.number,
        merged_id=merged.id,
        merged_number=merged.number,
        moved=merge.state.get("moved", {}),
    )
    family = queries.family_ids(merged.id)
    state = merge.state
    merged.merged_into_id = None
    for name in _RESTORED:
        setattr(merged, name, state["fields"].get(name))
    for name in _INSTANTS:
        setattr(merged, name, _moment(state["fields"][name]))
    merged_clocks.restore(merged, state["merged_clocks"], now=now)
    db.session.flush()
    events.publish(event)
    arrived = _send_back(survivor, merged, family, event.entry_ids)
    for name, value in state["taken"].items():
        _give_back(survivor, name, value)
    survivor.unanswered_since = _still_unanswered(survivor, merge)
    merged_clocks.separate(survivor, state["survivor_clocks"], state["begun"], now=now)
    _hear(other, arrived)
    _tell(own, "unmerged", merged)
    _tell(other, "unmerged_from", survivor)
    for number in (survivor.number, merged.number):
        touch_together(number, family)
    return merge


def _lock_both(survivor_id: int, merged_id: int) -> tuple[Ticket, Ticket]:
    """In the order of ids, as everywhere."""
    locked = {ticket_id: lock_ticket(ticket_id) for ticket_id in sorted((survivor_id, merged_id))}
    return locked[survivor_id], locked[merged_id]


def _check(survivor: Ticket, merged: Ticket, *, other_customer: bool) -> None:
    if survivor.merged_into_id is not None and survivor.id in queries.family_ids(merged.id):
        raise Conflict(
            _("This would be a circle: #%(other)s was merged into #%(number)s.", other=survivor.number, number=merged.number),
            field="into",
            code="circular",
        )
    for ticket in (survivor, merged):
        if ticket.merged_into_id is not None:
            refuse_merged(ticket)
    if rules.is_open(merged.status) and not rules.is_open(survivor.status):
        raise Conflict(
            _("#%(number)s is done: re-open it first, or merge it into the other one.", number=survivor.number),
            field="into",
            code="not_open",
        )
    if survivor.kind not in rules.OUTCOME_KINDS:
        # The survivor answers for both: a complaint does not end by being merged into something that needs no answer.
        outcomes.check_told(merged, Status.CLOSED)
    if not other_customer and None not in (survivor.customer_id, merged.customer_id) and survivor.customer_id != merged.customer_id:
        names = {"other": merged.customer.name if merged.customer else "", "name": survivor.customer.name if survivor.customer else ""}
        raise Conflict(
            _("#%(number)s is of %(other)s, the other ticket of %(name)s.", number=merged.number, **names),
            field="into",
            code="other_customer",
            details={"customers": [names["name"], names["other"]]},
        )


def _state(survivor: Ticket, merged: Ticket) -> dict[str, Any]:
    return {
        "fields": jsonable({name: getattr(merged, name) for name in (*_RESTORED, *_INSTANTS)}),
        "merged_clocks": merged_clocks.picture(merged),
        "survivor_clocks": merged_clocks.picture(survivor),
        "unanswered": jsonable(survivor.unanswered_since),
    }


def _take_over(own: Editing, merged: Ticket) -> dict[str, Any]:
    """Fill what the survivor lacks; what was filled, by field."""
    survivor = own.ticket
    taken: dict[str, Any] = {}
    for name in _TAKEN:
        value = getattr(merged, name)
        if getattr(survivor, name) is None and value is not None:
            setattr(survivor, name, value)
            taken[name] = value
    if "customer_id" in taken:
        survivor.customer = merged.customer
    if merged.status == Status.SCHEDULED and survivor.status in (Status.NEW, Status.OPEN):
        taken["status"] = survivor.status
        survivor.status = str(Status.SCHEDULED)
    return taken


def _give_back(survivor: Ticket, name: str, value: Any) -> None:
    """Undo `_take_over` of one field, where nobody changed it since."""
    if name == "status":
        if survivor.status == Status.SCHEDULED:
            survivor.status = value
    elif getattr(survivor, name) == value:
        setattr(survivor, name, None)
        if name == "customer_id":
            survivor.customer = None


def _send_back(survivor: Ticket, merged: Ticket, family: Iterable[int], entry_ids: Iterable[int]) -> list[Entry]:
    """What arrived for the merged ticket, and what tells of things that moved back, becomes its own; oldest first."""
    numbers = list(db.session.scalars(select(Ticket.number).where(Ticket.id.in_(list(family)))))
    query = select(Entry).where(
        Entry.ticket_id == survivor.id,
        Entry.data["addressed_to"].as_integer().in_(numbers) | Entry.id.in_(list(entry_ids)),
    )
    found = list(db.session.scalars(query.order_by(Entry.id)))
    if found:
        db.session.execute(update(Entry).where(Entry.id.in_([entry.id for entry in found])).values(ticket_id=merged.id))
    return found


def _hear(other: Editing, arrived: Iterable[Entry]) -> None:
    """The customer's messages do to the ticket what they would have done when they came."""
    ticket = other.ticket
    for entry in arrived:
        if not _asks(entry):
            continue
        if rules.customer_ends_wait(ticket.status, ticket.wait_reason) or not rules.is_open(ticket.status):
            move(other, Status.OPEN, None, Who.CUSTOMER)
        sla.asked(ticket=ticket, at=entry.recorded_at)


def _still_unanswered(survivor: Ticket, merge: Merge) -> datetime | None:
    """Since when the customer waits on the survivor for an answer to what was said there itself."""
    waiting = survivor.unanswered_since
    if waiting is None:
        return None
    before = _moment(merge.state["unanswered"])
    if waiting == _moment(merge.state["unanswered_after"]) and before is not None:
        return before  # nobody answered since the merge
    since = max(waiting, merge.merged_at)
    query = select(Entry).where(Entry.ticket_id == survivor.id, Entry.kind.in_(("message_in", "call")), Entry.recorded_at >= since)
    return min((entry.recorded_at for entry in db.session.scalars(query) if _asks(entry)), default=None)


def _asks(entry: Entry) -> bool:
    """Whether the customer said this and nobody answered in the same breath."""
    if entry.kind == "call":
        return entry.data.get("direction") == "in" and not (entry.data.get("answered") and entry.data.get("by_staff"))
    return entry.kind == "message_in" and not entry.data.get("automatic")


def _tell(edit: Editing, what: str, other: Ticket) -> None:
    data = {what: {"number": other.number, "subject": other.subject}, "changes": {}, "version": edit.version}
    entry = timeline.write(edit.ticket, kind="change", now=edit.now, actor_id=edit.actor_id, data=data)
    edit.finish(entry=entry, reindex=True)


def touch_together(number: int, ticket_ids: Iterable[int]) -> None:
    """The newest entries of these tickets come to the page of the ticket with this number, or leave it."""
    newest = select(Entry.id).where(Entry.ticket_id.in_(list(ticket_ids))).order_by(Entry.id.desc()).limit(queries.ENTRIES_AT_MOST)
    live.touch(f"ticket:{number}", *(f"entry:{entry_id}" for entry_id in db.session.scalars(newest)))


def _not_merged() -> DomainError:
    return DomainError(_("This ticket is not merged into another."), code="not_merged")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

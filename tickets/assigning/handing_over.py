"""Many tickets given on in one go, with the way back: of somebody who is away, of a customer whose service flow changes.

Order of locks: the tickets by id, the customer, `queries.lock`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import Conflict, DomainError, NotValid
from customers import queries as customers
from customers.models import Customer
from customers.services import update_customer
from staff.queries import person as staff_person
from tickets import rules as ticket_rules
from tickets.assigning import deciding, placing, queries
from tickets.assigning.models import Handover
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.services import references
from tickets.services.assigning import assign

AT_MOST = 500
FLOW = ("service_flow", "representative_id", "deputy_id")


def hand_over(
    *,
    person_id: int,
    to_id: int | None,
    now: datetime,
    actor_id: int | None,
    ticket_ids: Collection[int] | None = None,
) -> Handover:
    """Give a person's open tickets (all, or these of them) to `to_id`, or with None to whom the rules find for each; whom they find nobody for goes
    back to its queue and waits there. At most 500 at once, by id. Raises NotFound, NotValid."""
    person = staff_person(person_id)
    if to_id == person_id:
        raise NotValid(_("They have these tickets already."), field="to_id")
    references.active_person(to_id)
    query = select(Ticket.id).where(Ticket.assignee_id == person_id, Ticket.status.not_in(("resolved", "closed")))
    if ticket_ids is not None:
        query = query.where(Ticket.id.in_(list(ticket_ids)))
    tickets = _locked(db.session.scalars(query.order_by(Ticket.id).limit(AT_MOST)).all())
    moves = _move([one for one in tickets if one.assignee_id == person_id], to_id, without={person_id}, now=now, actor_id=actor_id)
    if not moves:
        raise Conflict(_("%(name)s has no open tickets of these any more.", name=person.name), code="nothing")
    row = Handover(reason="absence", person_id=person_id, moves=moves, done_at=now, done_by_id=actor_id)
    db.session.add(row)
    db.session.flush()
    _audit("tickets.handed_over", f"person:{person_id}", row, now, actor_id, to=to_id)
    return row


def switch_flow(
    *, customer_id: int, expected_version: int, changes: dict[str, Any], move_open: bool, now: datetime, actor_id: int | None
) -> Handover:
    """Change a customer's service flow, representative or deputy (the keys of FLOW). `move_open`: their open tickets too go to the representative
    (or who stands in), or from the former representative to whom the rules find. Raises NotFound, NotValid, Conflict (as `update_customer`)."""
    customer = customers.customer(customer_id)
    _check_flow({**_flow(customer), **changes})
    before = _flow(customer)
    tickets = _locked(_open_of(customer_id)) if move_open else []
    update_customer(customer_id=customer_id, expected_version=expected_version, changes=changes, now=now, actor_id=actor_id)
    moves = _move_flow(tickets, before["representative_id"], now=now, actor_id=actor_id)
    row = Handover(reason="flow", customer_id=customer_id, moves=moves, before=before, done_at=now, done_by_id=actor_id)
    db.session.add(row)
    db.session.flush()
    _audit("customer.flow_changed", f"customer:{customer_id}", row, now, actor_id, **_flow(customer))
    return row


def flow_preview(*, customer_id: int, changes: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What `switch_flow` with `move_open` would do: {"open": their open tickets, "move": how many of them would change hands, "to": the name of who
    would get them, None: the rules say}. Changes nothing. Raises NotFound, NotValid."""
    customer = customers.customer(customer_id)
    after = {**_flow(customer), **changes}
    _check_flow(after)
    with db.session.no_autoflush:
        tickets = list(db.session.scalars(select(Ticket).where(Ticket.id.in_(_open_of(customer_id)))))
    represented = _represented(after)
    if represented:
        target = deciding.representative_of(**_plan(after), now=now, skipped=[])
        moving = [one for one in tickets if target is not None and one.assignee_id != target["person_id"]]
        return {"open": len(tickets), "move": len(moving), "to": target["name"] if target else None}
    moving = [one for one in tickets if one.assignee_id is not None and one.assignee_id == customer.representative_id]
    return {"open": len(tickets), "move": len(moving), "to": None}


def undo(*, handover_id: int, now: datetime, actor_id: int | None) -> dict[str, int]:
    """Give the tickets back to who had them, those that nobody changed since; of a flow, the customer's own too. Returns {"back", "kept"}: how many
    went back, and how many somebody else has meanwhile. Raises NotFound, Conflict (done before)."""
    moves = queries.handover(handover_id).moves
    tickets = {one.id: one for one in _locked([move["ticket_id"] for move in moves])}
    row = db.session.get_one(Handover, handover_id, with_for_update=True, populate_existing=True)
    if row.undone_at is not None:
        raise Conflict(_("This was taken back already."), code="undone")
    row.undone_at, row.undone_by_id = now, actor_id
    if row.reason == "flow" and row.customer_id is not None:
        customer = customers.customer(row.customer_id)
        update_customer(customer_id=customer.id, expected_version=customer.version, changes=row.before, now=now, actor_id=actor_id)
    queries.lock()
    back = 0
    for move in row.moves:
        ticket = tickets.get(move["ticket_id"])
        if ticket is not None and _is_ours(ticket, move) and _give_back(ticket, move["from"], now, actor_id):
            back += 1
    db.session.flush()
    target = f"person:{row.person_id}" if row.reason == "absence" else f"customer:{row.customer_id}"
    audit.record(action="handover.undone", target=target, actor_id=actor_id, now=now, after={"handover": row.id, "back": back})
    return {"back": back, "kept": len(row.moves) - back}


def _is_ours(ticket: Ticket, move: dict[str, Any]) -> bool:
    return ticket.assignee_id == move["to"] and ticket_rules.is_open(ticket.status) and ticket.merged_into_id is None


def _give_back(ticket: Ticket, person_id: int | None, now: datetime, actor_id: int | None) -> bool:
    told = {"how": "taken_back"}
    try:
        with db.session.begin_nested():
            assign(ticket_id=ticket.id, person_id=person_id, actor_id=actor_id, now=now, told=told)
    except DomainError:  # who had it has left meanwhile
        return False
    return True


def _locked(ticket_ids: Sequence[int]) -> list[Ticket]:
    """In the order of ids."""
    return [lock_ticket(ticket_id) for ticket_id in sorted(ticket_ids)]


def _open_of(customer_id: int) -> Sequence[int]:
    query = select(Ticket.id).where(Ticket.customer_id == customer_id, Ticket.status.not_in(("resolved", "closed")))
    return db.session.scalars(query.order_by(Ticket.id).limit(AT_MOST)).all()


def _move(
    tickets: Sequence[Ticket], to_id: int | None, *, without: Collection[int], now: datetime, actor_id: int | None
) -> list[dict[str, Any]]:
    """To one person, or as the rules say; the tickets are locked."""
    queries.lock()
    moves = []
    for ticket in tickets:
        if not ticket_rules.is_open(ticket.status) or ticket.merged_into_id is not None:
            continue
        before, target = ticket.assignee_id, to_id
        if to_id is not None:
            assign(ticket_id=ticket.id, person_id=to_id, actor_id=actor_id, now=now, told={"how": "handover"})
        else:
            decision = deciding.decide(ticket, now=now, since=now, without=without)
            target = decision.person_id
            if target is not None:
                placing.give(ticket, decision, now=now, actor_id=actor_id)
            else:
                assign(ticket_id=ticket.id, person_id=None, actor_id=actor_id, now=now)
                placing.request([ticket.id], now=now)
        if target != before:
            moves.append({"ticket_id": ticket.id, "from": before, "to": target})
    return moves


def _move_flow(tickets: Sequence[Ticket], former: int | None, *, now: datetime, actor_id: int | None) -> list[dict[str, Any]]:
    """The customer's flow is the new one already: all to the representative, or what the former one has to the rules."""
    moves: list[dict[str, Any]] = []
    settings = queries.settings()
    for ticket in tickets:
        if deciding.is_represented(ticket.customer, settings):
            decision = deciding.decide(ticket, now=now, since=now)
            if decision.told.get("how") in ("representative", "deputy") and decision.person_id != ticket.assignee_id:
                moves += _move([ticket], None, without=(), now=now, actor_id=actor_id)
        elif former is not None and ticket.assignee_id == former:
            moves += _move([ticket], None, without={former}, now=now, actor_id=actor_id)
    return moves


def _flow(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in FLOW}


def _plan(flow: dict[str, Any]) -> dict[str, Any]:
    return {"representative_id": flow["representative_id"], "deputy_id": flow["deputy_id"]}


def _represented(flow: dict[str, Any]) -> bool:
    return flow["representative_id"] is not None and (flow["service_flow"] or queries.settings().flow) == "representative"


def _check_flow(flow: dict[str, Any]) -> None:
    if flow["service_flow"] == "representative" and flow["representative_id"] is None:
        raise NotValid(_("Say who looks after this customer."), field="representative_id")
    if flow["deputy_id"] is not None and flow["deputy_id"] == flow["representative_id"]:
        raise NotValid(_("Nobody stands in for themselves."), field="deputy_id")
    for name in ("representative_id", "deputy_id"):
        if flow[name] is not None and not queries.agents([flow[name]]):
            raise NotValid(_("There is no such colleague at the desk."), field=name)


def _audit(action: str, target: str, row: Handover, now: datetime, actor_id: int | None, **more: Any) -> None:
    audit.record(
        action=action,
        target=target,
        actor_id=actor_id,
        now=now,
        before=row.before,
        after={"handover": row.id, "tickets": len(row.moves), **more},
    )

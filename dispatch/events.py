"""What dispatch tells the packages above. Each is published in the transaction of the change, after the rows were flushed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class VisitBooked(DomainEvent):
    """Sent once by `book_visit`: visit, assignments and reservations stand, the ticket is scheduled. A receiver may tell the customer the
    promised window. `person_id`: of a crew its lead, `helper_ids` the others."""

    name: ClassVar[str] = "visit.booked"
    visit_id: int
    number: int
    ticket_id: int
    ticket_number: int
    person_id: int
    helper_ids: tuple[int, ...] = ()
    planned_start: datetime
    promised_from: datetime
    promised_until: datetime
    channel: str = "staff"


@dataclass(frozen=True, kw_only=True)
class VisitChanged(DomainEvent):
    """Sent by every later verb of a visit. `what`: held, lapsed (promised to nobody); moved, shifted (gave way to another), locked, cancelled,
    on_the_way, on_site, done, needs_part, no_access, parts, coverage (who pays for it), travel (another stop before it: only the way there differs),
    forecast (it is expected at another time than before; nothing was changed), told (of a delay, or not to be told), promised (another window,
    because of a delay).

    A receiver may assume that the ticket's status and timeline stand already. People and start before are given when it moved; `helper_ids_before`
    also when it was called off or lapsed.
    `channel` as in `dispatch.visits.rules.Channel`: `portal` when the customer did it.
    """

    name: ClassVar[str] = "visit.changed"
    visit_id: int
    number: int
    ticket_id: int
    ticket_number: int
    what: str
    status: str
    person_id: int | None
    person_id_before: int | None = None
    helper_ids: tuple[int, ...] = ()
    helper_ids_before: tuple[int, ...] = ()
    planned_start: datetime
    planned_start_before: datetime | None = None
    channel: str = "staff"


@dataclass(frozen=True, kw_only=True)
class PlanChanged(DomainEvent):
    """Sent when a plan of a branch's days was asked for, is ready, and when somebody decided on it or on rows of it. What accepted rows do to visits
    has the events of visits."""

    name: ClassVar[str] = "plan.changed"
    plan_id: int
    kind: str
    status: str
    branch_id: int


@dataclass(frozen=True, kw_only=True)
class PurchaseOrderSent(DomainEvent):
    """Sent when a purchase order was sent, and when it is mailed again. `mails`: which mail of it a receiver is to send to the supplier's address
    (1: the first); None: it was told otherwise."""

    name: ClassVar[str] = "purchase_order.sent"
    order_id: int
    number: int
    mails: int | None


@dataclass(frozen=True, kw_only=True)
class StockCounted(DomainEvent):
    """Sent when a line of a stock-taking was counted, and when it was closed or cancelled. Balances that were put right have a StockChanged."""

    name: ClassVar[str] = "stock.counted"
    count_id: int


@dataclass(frozen=True, kw_only=True)
class KitChanged(DomainEvent):
    """Sent when the parts that a kind of job needs became others. Booked visits keep what they were promised; `visit_ids` are those that are open:
    whether they have what they need may differ."""

    name: ClassVar[str] = "job_type.kit_changed"
    job_type_id: int
    visit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StockChanged(DomainEvent):
    """Sent when quantities or reservations changed: `balances` are the (part, place) pairs, `visit_ids` the visits whose readiness may differ."""

    name: ClassVar[str] = "stock.changed"
    balances: tuple[tuple[int, int], ...]
    visit_ids: tuple[int, ...] = ()

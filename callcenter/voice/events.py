"""What calls tell the packages beside and above them, in the transaction of the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CallChanged(DomainEvent):
    """Sent whenever a call, its place in the queue or its legs became different. `person_ids`: agents whose screens show it."""

    name: ClassVar[str] = "call.changed"
    call_id: int
    state: str
    queue_id: int | None
    ticket_id: int | None
    customer_id: int | None
    person_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OfferChanged(DomainEvent):
    """Sent when an offer is made, accepted, declined, expired or withdrawn."""

    name: ClassVar[str] = "offer.changed"
    offer_id: int
    call_id: int
    person_id: int
    user_id: int
    state: str

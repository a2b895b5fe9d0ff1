"""What customers tell the packages above them."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CustomerCreated(DomainEvent):
    """Sent after a customer was added, with all that belongs to them. No ticket, call or visit is theirs yet."""

    name = "customer.created"
    customer_id: int


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(DomainEvent):
    """Sent after a customer or what belongs to them changed. `what`: changed, archived, restored, contact, site, equipment, contract,
    consent. A receiver reads afresh what it shows."""

    name = "customer.changed"
    customer_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class CustomerRemoving(DomainEvent):
    """Sent before a customer is deleted for good (an import is undone). A receiver that has something of theirs (tickets, calls, visits)
    refuses by raising a DomainError that says what. It only looks: whether the customer goes is not settled when it is called."""

    name = "customer.removing"
    customer_id: int

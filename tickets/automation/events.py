"""What rules tell other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class WebhookCalled(DomainEvent):
    """Sent by a rule's action. It goes to the webhook `endpoint_id` that the rule names, whatever events that one listens to, and to nobody else.
    `occasion` is the same when the action is tried again."""

    name: ClassVar[str] = "rule.fired"
    endpoint_id: int
    ticket_id: int
    number: int
    rule_id: int
    rule: str
    occasion: str

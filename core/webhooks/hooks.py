"""The slot of events that may leave the house. What nobody declared is never sent: not an event, not a field.

HOOKS.fill("ticket.opened", lambda: Hook(TicketOpened, _("A ticket was opened"), opened))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.events import DomainEvent
from core.slots import Slot

TEST = "webhook.test"
HOOKS = Slot("webhook events", "(): a Hook")


@dataclass(frozen=True)
class Hook:
    """One event that may be told.

    `present(data)` gets the event's fields as kept (ids, texts, ISO times), reads the rest afresh after the commit, and returns the body's `data`:
    only what any receiver may know (no note of ours, no unmasked number). None: there is nothing to tell. `version` grows when a field changes
    its meaning or goes; new fields leave it as it is.
    """

    event: type[DomainEvent]
    label: Any
    present: Callable[[dict[str, Any]], dict[str, Any] | None]
    version: int = 1


def declared() -> dict[str, Hook]:
    """All of them by the event's name, in the order of their weight."""
    return {hook.event.name: hook for hook in HOOKS.call()}


def masked(contact: str | None) -> str | None:
    """A phone number or address of which a receiver sees enough to recognise it: +49•••••••67, a•••@example.com."""
    if not contact:
        return None
    name, at, domain = contact.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"{contact[:3]}{'•' * max(3, len(contact) - 5)}{contact[-2:]}" if len(contact) > 6 else "•••"

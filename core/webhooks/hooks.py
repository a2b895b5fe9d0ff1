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
    its meaning or goes; new fields leave it as it is. `receiver(event)`: the endpoint's id, for an event that names the one that is told, whatever it
    listens to; nobody can listen to such an event.
    """

    event: type[DomainEvent]
    label: Any
    present: Callable[[dict[str, Any]], dict[str, Any] | None]
    version: int = 1
    receiver: Callable[[Any], int] | None = None


def declared() -> dict[str, Hook]:
    """All of them by the event's name, in the order of their weight."""
    return {hook.event.name: hook for hook in HOOKS.call()}


def offered() -> dict[str, Hook]:
    """Those that an endpoint may listen to."""
    return {name: hook for name, hook in declared().items() if hook.receiver is None}


def masked(contact: str | None) -> str | None:
    """A phone number or address of which a receiver sees enough to recognise it: +49•••••••67, a•••@example.com."""
    if not contact:
        return None
    name, at, domain = contact.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"{contact[:3]}{'•' * max(3, len(contact) - 5)}{contact[-2:]}" if len(contact) > 6 else "•••"

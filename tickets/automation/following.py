"""From what happened to what is to be done: at the end of a transaction, each of its events that a rule listens to becomes one outbox row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import events, outbox
from core.events import DomainEvent
from tickets.automation import causes, queries, triggers

KIND = "automation.run"


def note(published: list[tuple[DomainEvent, int]]) -> None:
    """Follower of all events, in the publisher's transaction: one small query when a rule could listen, one insert for each occasion."""
    by_event: dict[type[DomainEvent], list[triggers.Trigger]] = {}
    for trigger in triggers.known().values():
        if trigger.event is not None:
            by_event.setdefault(trigger.event, []).append(trigger)
    told = [(event, number) for event, number in published if type(event) in by_event]
    if not told:
        return
    heard = queries.heard()
    for event, number in told:
        listened = [trigger for trigger in by_event[type(event)] if trigger.name in heard]
        if listened:
            data = events.data_of(event)
            for trigger in listened:
                _note(trigger, data, number, event.at)


def _note(trigger: triggers.Trigger, data: dict[str, Any], number: int, now: datetime) -> None:
    facts, ticket_id = trigger.facts(data), trigger.ticket_id(data)
    if facts is None or ticket_id is None:
        return
    key = f"{trigger.name}:{trigger.key(data) if trigger.key is not None else number}"
    put(trigger=trigger.name, ticket_id=ticket_id, key=key, facts=facts, chain=causes.current(), now=now)


def put(
    *,
    trigger: str,
    ticket_id: int,
    key: str,
    now: datetime,
    facts: triggers.Facts | None = None,
    chain: causes.Chain = (),
    rule_id: int | None = None,
) -> None:
    """An occasion for the rules that listen to this trigger, or for one (`rule_id`) whose time has come. The same key once."""
    payload = {"trigger": trigger, "ticket_id": ticket_id, "key": key, "facts": facts or {}, "chain": list(chain), "rule_id": rule_id}
    outbox.put(kind=KIND, payload=payload, now=now, unique_key=f"{KIND}:{key}:{rule_id or ''}")

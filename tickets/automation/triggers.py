"""WHEN: which events start a rule, and what of them a rule may ask for. The packages above add theirs through `slots.TRIGGERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.events import DomainEvent
from tickets import events
from tickets import rules as ticket_rules
from tickets.automation import choices
from tickets.automation.inputs import Input
from tickets.automation.slots import TRIGGERS

TIME = "time"
Data = Mapping[str, Any]
Facts = dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One kind of occasion.

    `facts(data)` gets the event's fields as the feed keeps them and says what its `inputs` (kinds: choices, tags) are compared with; None:
    this event is no such occasion. `ticket_id(data)`: which ticket it is about, None: none. `key(data)`: what makes two events one occasion; else
    each is one. `event` None: time starts it.
    """

    name: str
    label: Any
    event: type[DomainEvent] | None = None
    facts: Callable[[Data], Facts | None] = lambda _data: {}
    inputs: tuple[Input, ...] = ()
    ticket_id: Callable[[Data], int | None] = lambda data: data.get("ticket_id")
    key: Callable[[Data], str] | None = None


def fits(only: Mapping[str, list[Any]], facts: Mapping[str, list[Any]]) -> bool:
    """Whether the facts have, for all that a rule asks for, one of the values it names. What the facts do not speak of does not fit."""
    return all(not values or set(map(_same, values)) & set(map(_same, facts.get(name, []))) for name, values in only.items())


def _same(value: Any) -> Any:
    return ticket_rules.tag_key(value) if isinstance(value, str) else value


def known() -> dict[str, Trigger]:
    """All by name, in the order in which they are offered."""
    return {trigger.name: trigger for trigger in TRIGGERS.call()}


def _changed(field: str) -> Callable[[Data], Facts | None]:
    """Facts of a change of one field: from, to."""

    def facts(data: Data) -> Facts | None:
        pair = data["changes"].get(field)
        return {"from": [pair[0] or choices.NOBODY], "to": [pair[1] or choices.NOBODY]} if pair is not None else None

    return facts


def _status(data: Data) -> Facts | None:
    changes = data["changes"]
    if "status" not in changes and "wait_reason" not in changes:
        return None
    before, after = changes.get("status", ("waiting", "waiting"))  # a wait for one reason became a wait for another
    reason = changes.get("wait_reason", (None, None))[1]
    return {"from": [before], "to": [after], "wait_reason": [reason] if reason else []}


def _tags(data: Data) -> Facts | None:
    if "tags" not in data["changes"]:
        return None
    before, after = data["changes"]["tags"]
    return {"added": [tag for tag in after if tag not in before], "removed": [tag for tag in before if tag not in after]}


def _fields(data: Data) -> Facts | None:
    keys = [name.removeprefix("fields.") for name in data["changes"] if name.startswith("fields.")]
    return {"field": keys} if keys else None


def _opened(data: Data) -> Facts:
    return {"channel": [data["channel"]], "queue": [data["queue_id"]]}


def _message(data: Data) -> Facts | None:
    """Nothing for what a machine wrote: a rule must not answer it either."""
    return None if data.get("automatic") else {"channel": [data["channel"]]}


def _clock(data: Data) -> Facts:
    return {"clock": [data["kind"]]}


def _pair(pairs: Callable[[], choices.Pairs]) -> tuple[Input, ...]:
    return (
        Input(name="to", label=_("to"), kind="choices", choices=pairs, required=False),
        Input(name="from", label=_("from"), kind="choices", choices=pairs, required=False),
    )


_CHANNEL = Input(name="channel", label=_("by"), kind="choices", choices=choices.channels, required=False)
_QUEUE = Input(name="queue", label=_("in"), kind="choices", choices=choices.queues, required=False)
_CLOCK = Input(name="clock", label=_("which clock"), kind="choices", choices=choices.clocks, required=False)
_WAIT = Input(name="wait_reason", label=_("waiting for"), kind="choices", choices=choices.wait_reasons, required=False)
_FIELD = Input(name="field", label=_("which fields"), kind="choices", choices=choices.fields, required=False)
_ADDED = Input(name="added", label=_("added"), kind="tags", required=False)
_REMOVED = Input(name="removed", label=_("removed"), kind="tags", required=False)

_OWN = (
    Trigger(name="ticket_opened", label=_("A ticket is opened"), event=events.TicketOpened, facts=_opened, inputs=(_CHANNEL, _QUEUE)),
    Trigger(name="message_received", label=_("The customer writes"), event=events.MessageReceived, facts=_message, inputs=(_CHANNEL,)),
    Trigger(name="message_sent", label=_("We answer the customer"), event=events.ReplySent, facts=_message, inputs=(_CHANNEL,)),
    Trigger(
        name="status_changed",
        label=_("The status changes"),
        event=events.TicketChanged,
        facts=_status,
        inputs=(*_pair(choices.statuses), _WAIT),
    ),
    Trigger(
        name="priority_changed",
        label=_("The priority changes"),
        event=events.TicketChanged,
        facts=_changed("priority"),
        inputs=_pair(choices.priorities),
    ),
    Trigger(
        name="queue_changed",
        label=_("The ticket is moved to another queue"),
        event=events.TicketChanged,
        facts=_changed("queue_id"),
        inputs=_pair(choices.queues),
    ),
    Trigger(
        name="assignee_changed",
        label=_("The ticket is assigned"),
        event=events.TicketChanged,
        facts=_changed("assignee_id"),
        inputs=_pair(choices.people_or_nobody),
    ),
    Trigger(
        name="kind_changed", label=_("The kind changes"), event=events.TicketChanged, facts=_changed("kind"), inputs=_pair(choices.kinds)
    ),
    Trigger(name="tags_changed", label=_("Tags change"), event=events.TicketChanged, facts=_tags, inputs=(_ADDED, _REMOVED)),
    Trigger(name="field_changed", label=_("A custom field changes"), event=events.TicketChanged, facts=_fields, inputs=(_FIELD,)),
    Trigger(name="clock_warned", label=_("A promise is about to be broken"), event=events.ClockWarned, facts=_clock, inputs=(_CLOCK,)),
    Trigger(name="clock_breached", label=_("A promise is broken"), event=events.ClockBreached, facts=_clock, inputs=(_CLOCK,)),
    Trigger(name=TIME, label=_("Every 15 minutes, on tickets that match (once each)")),
)


def fill() -> None:
    """The triggers of tickets themselves."""
    for weight, trigger in enumerate(_OWN):
        TRIGGERS.fill(trigger.name, lambda trigger=trigger: trigger, weight=90 if trigger.name == TIME else 10 + weight)

"""The fields that every ticket has: its own facts, its customer, site and equipment, its tags, clocks and links."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, exists, func, or_, select

from core.i18n import LANGUAGES
from customers.models import Customer, Equipment, Site
from customers.rules import TIERS
from customers.views import TIERS as TIER_WORDS
from tickets import rules
from tickets.conditions import choosing
from tickets.conditions.fields import (
    ChoiceField,
    Field,
    MomentField,
    NumberField,
    Option,
    PersonField,
    ReferenceField,
    TagsField,
    TextField,
    YesNoField,
)
from tickets.models import Entry, Tag, Ticket, TicketLink, TicketTag
from tickets.sla.clocks import ClockKind
from tickets.sla.models import Clock

CLOCK_STATES = {
    "running": _("running"),
    "paused": _("paused"),
    "breached": _("over its time"),
    "met": _("kept"),
    "missed": _("missed"),
}


def fields() -> Iterable[Field]:
    """The provider."""
    return _FIELDS


def _options(words: dict[Any, Any]) -> Callable[[], list[Option]]:
    return lambda: [Option(value=str(value), label=label) for value, label in words.items()]


def is_open() -> ColumnElement[bool]:
    """As the indexes over open tickets say it."""
    return Ticket.status.not_in(("resolved", "closed"))


def of_customer(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The ticket's customer is so."""
    return exists().where(Customer.id == Ticket.customer_id, clause).correlate(Ticket)


def of_site(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The ticket's site is so."""
    return exists().where(Site.id == Ticket.site_id, clause).correlate(Ticket)


def of_equipment(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """The ticket's equipment is so."""
    return exists().where(Equipment.id == Ticket.equipment_id, clause).correlate(Ticket)


def _tagged(names: Collection[str]) -> ColumnElement[bool]:
    here = exists().where(TicketTag.ticket_id == Ticket.id).correlate(Ticket)
    if not names:
        return here
    return here.where(TicketTag.tag_id.in_(select(Tag.id).where(Tag.key.in_([rules.tag_key(name) for name in names]))))


class ClockField(ChoiceField):
    """The ticket has a clock in one of these states. Running and paused ones that are over their time are both that and `breached`."""

    def holds(self, op: str, value: Any, now: Any, person_id: int | None) -> ColumnElement[bool]:
        states = [state for state in value if state != "breached"]
        wanted: list[ColumnElement[bool]] = [Clock.state.in_(states)] if states else []
        if "breached" in value:
            wanted.append((Clock.state.in_(("running", "paused"))) & Clock.breached_at.is_not(None) & Clock.withdrawn_at.is_(None))
        clause = self.within(or_(*wanted))
        return clause if op == "is" else ~clause


def _of_clock(kind: ClockKind | None) -> Callable[[ColumnElement[bool]], ColumnElement[bool]]:
    def within(clause: ColumnElement[bool]) -> ColumnElement[bool]:
        here = exists().where(Clock.ticket_id == Ticket.id, clause).correlate(Ticket)
        return here if kind is None else here.where(Clock.kind == str(kind))

    return within


def _clock_fields() -> Iterable[Field]:
    yield ClockField(name="clock", label=_("Any clock"), column=None, within=_of_clock(None), options=_options(CLOCK_STATES))
    for kind, label in (
        (ClockKind.FIRST_RESPONSE, _("Clock: first response")),
        (ClockKind.NEXT_RESPONSE, _("Clock: next response")),
        (ClockKind.ON_SITE, _("Clock: on site")),
        (ClockKind.RESOLUTION, _("Clock: resolution")),
    ):
        yield ClockField(name=f"clock_{kind}", label=label, column=None, within=_of_clock(kind), options=_options(CLOCK_STATES))
    yield MomentField(name="due", label=_("Due (earliest clock)"), column=Ticket.due_at, nullable=True)
    for kind, label in (
        (ClockKind.FIRST_RESPONSE, _("Due: first response")),
        (ClockKind.NEXT_RESPONSE, _("Due: next response")),
        (ClockKind.ON_SITE, _("Due: on site")),
        (ClockKind.RESOLUTION, _("Due: resolution")),
    ):
        due = select(func.min(Clock.due_at)).where(Clock.ticket_id == Ticket.id, Clock.kind == str(kind), Clock.stopped_at.is_(None))
        yield MomentField(name=f"due_{kind}", label=label, column=due.correlate(Ticket).scalar_subquery(), nullable=True)


def _last_customer_message() -> Any:
    newest = select(func.max(Entry.happened_at)).where(Entry.ticket_id == Ticket.id, Entry.kind == "message_in")
    return newest.correlate(Ticket).scalar_subquery()


_LINKED = exists().where(or_(TicketLink.from_id == Ticket.id, TicketLink.to_id == Ticket.id)).correlate(Ticket)
_FIELDS: tuple[Field, ...] = (
    YesNoField(name="open", label=_("Is open"), column=is_open()),
    ChoiceField(name="status", label=_("Status"), column=Ticket.status, options=_options(rules.STATUS_WORDS)),
    ChoiceField(
        name="wait_reason", label=_("Waits for"), column=Ticket.wait_reason, nullable=True, options=_options(rules.WAIT_REASON_WORDS)
    ),
    ChoiceField(name="priority", label=_("Priority"), column=Ticket.priority, options=_options(rules.PRIORITY_WORDS)),
    ChoiceField(name="kind", label=_("Kind"), column=Ticket.kind, options=_options(rules.KIND_WORDS)),
    ReferenceField(name="queue", label=_("Queue"), column=Ticket.queue_id, nullable=False, options=choosing.queues),
    PersonField(name="assignee", label=_("Assignee"), column=Ticket.assignee_id, options=choosing.people),
    NumberField(name="number", label=_("Number"), column=Ticket.number),
    TextField(name="subject", label=_("Subject"), column=Ticket.subject),
    TagsField(name="tags", label=_("Tags"), having=_tagged),
    ChoiceField(name="channel", label=_("Came by"), column=Ticket.channel, options=_options(rules.CHANNEL_WORDS)),
    ChoiceField(name="language", label=_("Language"), column=Ticket.language, options=_options(LANGUAGES)),
    ReferenceField(name="customer", label=_("Customer"), column=Ticket.customer_id, find=choosing.customers),
    ChoiceField(
        name="tier",
        label=_("Customer's tier"),
        column=Customer.tier,
        within=of_customer,
        nullable=True,
        options=_options({tier: TIER_WORDS[tier] for tier in TIERS}),
    ),
    TextField(name="site_city", label=_("Site: town"), column=Site.city, within=of_site, nullable=True),
    TextField(name="site_postal_code", label=_("Site: postal code"), column=Site.postal_code, within=of_site, nullable=True),
    ReferenceField(name="equipment", label=_("Equipment"), column=Ticket.equipment_id, find=choosing.equipment),
    TextField(name="equipment_kind", label=_("Equipment: kind"), column=Equipment.kind, within=of_equipment, nullable=True),
    TextField(name="equipment_model", label=_("Equipment: model"), column=Equipment.model, within=of_equipment, nullable=True),
    TextField(name="equipment_serial", label=_("Equipment: serial"), column=Equipment.serial, within=of_equipment, nullable=True),
    *_clock_fields(),
    YesNoField(name="unanswered", label=_("Customer waits for an answer"), column=Ticket.unanswered_since.is_not(None)),
    MomentField(name="last_customer_message", label=_("Last message of the customer"), column=_last_customer_message(), nullable=True),
    MomentField(name="created", label=_("Opened"), column=Ticket.created_at),
    MomentField(name="updated", label=_("Changed"), column=Ticket.updated_at),
    MomentField(name="resolved", label=_("Resolved"), column=Ticket.resolved_at, nullable=True),
    MomentField(name="closed", label=_("Closed"), column=Ticket.closed_at, nullable=True),
    YesNoField(name="linked", label=_("Is linked with another"), column=_LINKED),
    YesNoField(name="merged", label=_("Was merged into another"), column=Ticket.merged_into_id.is_not(None)),
)

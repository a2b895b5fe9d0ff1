"""Columns of the list of tickets: what is shown, sorted by, and written into tables. Custom fields join by `provide`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Text, cast, func, literal_column, select

from core.auth.models import User
from core.errors import NotValid
from core.i18n import LANGUAGES
from customers.models import Customer, Equipment, Site
from customers.views import TIERS
from tickets import rules
from tickets.models import Entry, Queue, Ticket

FIXED = ("number", "subject")
USUAL = ("number", "subject", "customer", "status", "clock", "priority", "queue", "assignee", "updated")


def _value(line: Mapping[str, Any], name: str) -> Any:
    return line.get(name, line.get("columns", {}).get(name))


@dataclass(frozen=True, kw_only=True)
class Column:
    """`sort`: what it is sorted by, None: it is not; `nullable`: that may be NULL (those come last); `joined`: it is of queue, assignee or
    customer (`queries.with_names`); `newest_first`: descending is usual.

    `extra`: an expression on Ticket, asked for only where the column is shown; it stands in a line's `columns` under `name`. None: every line has it.
    `kind`: text, number, moment, choice (`words` by code) or tags. `of`: its value in a line (`tickets.presenters`).
    """

    name: str
    label: Any
    kind: str = "text"
    sort: Any = None
    nullable: bool = False
    joined: bool = False
    newest_first: bool = False
    extra: Any = None
    words: Callable[[], Mapping[Any, Any]] | None = None
    of: Callable[[Mapping[str, Any], str], Any] = _value


Provider = Callable[[], Iterable[Column]]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Add columns; called whenever a list is asked for. Twice the same is once."""
    if provider not in _providers:
        _providers.append(provider)


def columns() -> dict[str, Column]:
    """All columns by name, in the order of the chooser."""
    found: dict[str, Column] = {column.name: column for column in _COLUMNS}
    for provider in _providers:
        for column in provider():
            found.setdefault(column.name, column)
    return found


def sorting(name: str, known: Mapping[str, Column]) -> Column:
    """The column that is sorted by. `due` is the column clock. Raises NotValid."""
    column = known.get("clock" if name == "due" else name)
    if column is None or column.sort is None:
        raise NotValid(_("Tickets cannot be sorted by “%(name)s”.", name=name[:100]), field="sort")
    return column


def _ranked(column: Any, values: Iterable[str]) -> Any:
    """The value's place among our own, as text that an index can hold: `ix_ticket_priority_rank` is one."""
    written = ", ".join(f"'{value}'" for value in values)
    known: ColumnElement[list[str]] = literal_column(f"ARRAY[{written}]::text[]")
    return func.coalesce(func.array_position(known, cast(column, Text)), literal_column("99"))


def _who(line: Mapping[str, Any], _name: str) -> Any:
    return line["customer"] or line["contact_email"] or line["contact_phone"]


_place = func.nullif(func.concat_ws(", ", func.nullif(Site.name, ""), func.nullif(Site.city, "")), "")
_thing = func.nullif(func.concat_ws(" ", Equipment.kind, Equipment.maker, Equipment.model, Equipment.serial), "")
_SITE = select(_place).where(Site.id == Ticket.site_id).correlate(Ticket).scalar_subquery()
_EQUIPMENT = select(_thing).where(Equipment.id == Ticket.equipment_id).correlate(Ticket).scalar_subquery()
_NEWEST = select(func.max(Entry.happened_at)).where(Entry.ticket_id == Ticket.id, Entry.kind == "message_in")
_LAST_MESSAGE = _NEWEST.correlate(Ticket).scalar_subquery()
_COLUMNS = (
    Column(name="number", label=_("Number"), kind="number", sort=Ticket.number),
    Column(name="subject", label=_("Subject"), sort=func.left(func.lower(Ticket.subject), literal_column("120"))),
    Column(name="customer", label=_("Customer"), sort=func.lower(Customer.name), nullable=True, joined=True, of=_who),
    Column(name="status", label=_("Status"), kind="choice", sort=_ranked(Ticket.status, rules.Status), words=lambda: rules.STATUS_WORDS),
    Column(
        name="wait_reason",
        label=_("Waits for"),
        kind="choice",
        sort=_ranked(Ticket.wait_reason, rules.WaitReason),
        words=lambda: rules.WAIT_REASON_WORDS,
    ),
    Column(name="clock", label=_("Clock"), kind="moment", sort=Ticket.due_at, nullable=True, of=lambda line, _name: line["due_at"]),
    Column(
        name="priority",
        label=_("Priority"),
        kind="choice",
        sort=_ranked(Ticket.priority, rules.PRIORITIES),
        words=lambda: rules.PRIORITY_WORDS,
    ),
    Column(name="queue", label=_("Queue"), sort=func.lower(Queue.name), joined=True),
    Column(name="assignee", label=_("Assignee"), sort=func.lower(User.name), nullable=True, joined=True),
    Column(name="channel", label=_("Came by"), kind="choice", sort=Ticket.channel, words=lambda: rules.CHANNEL_WORDS),
    Column(name="kind", label=_("Kind"), kind="choice", sort=_ranked(Ticket.kind, rules.KINDS), words=lambda: rules.KIND_WORDS),
    Column(name="tags", label=_("Tags"), kind="tags"),
    Column(name="tier", label=_("Customer's tier"), kind="choice", sort=Customer.tier, nullable=True, joined=True, words=lambda: TIERS),
    Column(name="language", label=_("Language"), kind="choice", sort=Ticket.language, words=lambda: LANGUAGES),
    Column(name="site", label=_("Site"), extra=_SITE, sort=_SITE, nullable=True),
    Column(name="equipment", label=_("Equipment"), extra=_EQUIPMENT, sort=_EQUIPMENT, nullable=True),
    Column(
        name="created",
        label=_("Opened"),
        kind="moment",
        sort=Ticket.created_at,
        newest_first=True,
        of=lambda line, _name: line["created_at"],
    ),
    Column(
        name="updated",
        label=_("Changed"),
        kind="moment",
        sort=Ticket.updated_at,
        newest_first=True,
        of=lambda line, _name: line["updated_at"],
    ),
    Column(
        name="resolved",
        label=_("Resolved"),
        kind="moment",
        sort=Ticket.resolved_at,
        nullable=True,
        newest_first=True,
        of=lambda line, _name: line["resolved_at"],
    ),
    Column(
        name="closed", label=_("Closed"), kind="moment", sort=Ticket.closed_at, nullable=True, newest_first=True, extra=Ticket.closed_at
    ),
    Column(
        name="last_customer_message",
        label=_("Last message of the customer"),
        kind="moment",
        sort=_LAST_MESSAGE,
        nullable=True,
        newest_first=True,
        extra=_LAST_MESSAGE,
    ),
)

"""One ticket as its customer may see it: no notes, no names of colleagues beyond who wrote, no clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from flask_babel import get_locale, get_timezone, to_user_timezone
from flask_babel import lazy_gettext as _

from callcenter.web.slots import VISITOR_PANELS
from core.files import PICTURES
from core.i18n import current_language
from tickets import queries
from tickets.fields import queries as field_queries
from tickets.fields.rules import Definition
from tickets.models import Entry, EntryFile, Ticket

SHOWN = 20_000
STATES: dict[str, Any] = {
    "new": _("We have your request. Somebody will look at it soon."),
    "open": _("We are working on your request."),
    "scheduled": _("A visit is planned."),
    "resolved": _("In our eyes this is done. If it is not, write to us here."),
    "closed": _("This request is closed. If something is left, write to us here."),
    "waiting": _("Your request is waiting."),
}
WAITS: dict[str, Any] = {
    "customer": _("We are waiting for your answer."),
    "part": _("We are waiting for a part."),
    "access": _("We need a way in, and are waiting for it."),
    "approval": _("We are waiting for an approval."),
    "third_party": _("We are waiting for another company."),
}


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """The head of the page, as codes and times."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "wait_reason": ticket.wait_reason,
        "created_at": ticket.created_at,
        "resolved_at": ticket.resolved_at,
    }


def state_words(ticket: Ticket) -> str:
    """Where the request stands, in plain words."""
    found = WAITS.get(ticket.wait_reason or "") if ticket.status == "waiting" else None
    return str(found or STATES[ticket.status])


def field_rows(ticket: Ticket) -> list[tuple[str, str]]:
    """The custom fields that customers see, where the ticket has them: (label, value) in the reader's language."""
    if not ticket.fields:
        return []
    language = current_language()
    known = [one for one in field_queries.definitions() if one.public and ticket.fields.get(one.key) is not None]
    return [(one.label(language), _value_words(one, ticket.fields[one.key], language)) for one in known]


def _value_words(one: Definition, value: Any, language: str) -> str:
    if one.kind == "yes_no":
        return str(_("Yes") if value else _("No"))
    if one.kind == "date":
        return str(format_date(date.fromisoformat(value), locale=get_locale()))
    if one.kind == "number":
        return " ".join(filter(None, (str(format_decimal(value, locale=get_locale())), one.options.get("unit"))))
    keys = value if isinstance(value, list) else [value]
    return ", ".join(one.choice_label(key, language) for key in keys) if one.choices else str(value)


def entries(ticket_id: int) -> list[Entry]:
    """What the customer and we said to each other in writing, oldest first. A machine's mail (out of office, delivery report) is neither."""
    rows = queries.entries_of(ticket_id, kinds=("message_in", "message_out"), public=True)
    return [row for row in rows if not row.data.get("automatic")]


def entry_row(entry: Entry) -> dict[str, Any]:
    """One message."""
    return {
        "id": entry.id,
        "ours": entry.kind == "message_out",
        "author": entry.author_name,
        "text": (entry.new_text or entry.text)[:SHOWN],
        "at": entry.happened_at,
        "files": [file_row(one) for one in entry.files],
    }


def file_row(one: EntryFile) -> dict[str, Any]:
    return {"id": one.file_id, "name": one.file.name, "size": one.file.size, "picture": one.file.content_type in PICTURES}


def panels(ticket: Ticket) -> list[tuple[str, str, Mapping[str, Any]]]:
    """What others show on the page: (name, template, data)."""
    return list(VISITOR_PANELS.call(ticket))


def window(start: str, end: str) -> str:
    """A promised window, ISO texts, as the customer reads it: Tue, Mar 10, 14:00 – 16:00, at the place's time."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    locale, zone = get_locale(), get_timezone()
    day = format_skeleton("MMMEd", to_user_timezone(first), tzinfo=zone, locale=locale)
    times = [format_time(to_user_timezone(moment), "HH:mm", tzinfo=zone, locale=locale) for moment in (first, last)]
    return f"{day}, {times[0]} – {times[1]}"


def clock_time(moment: datetime | str) -> str:
    """The wall clock at the place, 14:00; of a moment or its ISO text."""
    moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return str(format_time(to_user_timezone(moment), "HH:mm", tzinfo=get_timezone(), locale=get_locale()))

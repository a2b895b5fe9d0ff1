"""The topic `visitor`: one ticket, as its customer may see it, for whoever has its link."""

from __future__ import annotations

from typing import Any

from callcenter.web import links, presenters
from callcenter.web.models import MagicLink
from core import clock, live
from core.db import db
from dispatch.events import VisitBooked, VisitChanged
from tickets.events import MessageReceived, ReplySent, TicketChanged
from tickets.models import Ticket

AUDIENCE = "visitor"
_PREFIX = "ticket-"


def register() -> None:
    """Make the topic known."""
    live.register(live.Topic(name="visitor", audiences=(AUDIENCE,), audience_of=_audience, rows=_rows, argument=live.Argument.OWN))


def token_for(link: MagicLink) -> str:
    """What the page shows at the live channel's door. Good for twelve hours, and only while the link is."""
    return live.visitor_token(f"{_PREFIX}{link.ticket_id}", link=link.id)


def _audience(viewer: live.Viewer, argument: str) -> str | None:
    if not viewer.is_visitor or _ticket_id(argument) is None:
        return None
    link = db.session.get(MagicLink, viewer.claims.get("link", 0), populate_existing=True)
    good = link is not None and link.ticket_id == _ticket_id(argument) and links.is_good(link, clock.now())
    return AUDIENCE if good else None


def _rows(argument: str, _audience: str) -> dict[str, Any]:
    ticket_id = _ticket_id(argument)
    ticket = db.session.get(Ticket, ticket_id) if ticket_id is not None else None
    if ticket is None:
        return {}
    rows: dict[str, Any] = {"ticket": presenters.ticket_row(ticket)}
    rows |= {f"entry:{entry.id}": presenters.entry_row(entry) for entry in presenters.entries(ticket.id)}
    return rows | {f"panel:{name}": data for name, _template, data in presenters.panels(ticket)}


def _ticket_id(argument: str) -> int | None:
    digits = argument.removeprefix(_PREFIX)
    return int(digits) if argument.startswith(_PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 18 else None


def touch_ticket(event: TicketChanged) -> None:
    """Subscriber: the state may be another."""
    live.touch(f"visitor:{_PREFIX}{event.ticket_id}", "ticket")


def touch_entry(event: MessageReceived | ReplySent) -> None:
    """Subscriber: somebody wrote."""
    live.touch(f"visitor:{_PREFIX}{event.ticket_id}", "ticket", f"entry:{event.entry_id}")


def touch_visit(event: VisitBooked | VisitChanged) -> None:
    """Subscriber: the appointment may be another."""
    touch_panel(event.ticket_id, "visits")


def touch_panel(ticket_id: int, name: str) -> None:
    """A panel of the customer's page may look different."""
    live.touch(f"visitor:{_PREFIX}{ticket_id}", "ticket", f"panel:{name}")

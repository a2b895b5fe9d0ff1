"""Mail to our own people about a ticket: what a rule or a reminder tells them. No customer's link is in it, and no machine answers it."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from callcenter.mail import queries
from callcenter.mail.services import outgoing
from core.auth.models import User
from core.db import db
from tickets.models import Ticket
from tickets.notices.events import ColleaguesWritten


def queue_for_colleagues(event: ColleaguesWritten) -> None:
    """Subscriber: one mail to each. Nobody is written to twice within a moment by two machines: the caps of automatic mail hold here too."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    mailbox = queries.mailbox_for_ticket(ticket)
    if mailbox is None:
        return
    own = queries.own_addresses()
    address = f"{current_app.config['CALLOUT'].public_base_url}/tickets/{ticket.number}"
    for user in db.session.scalars(select(User).where(User.id.in_(event.user_ids), User.active).order_by(User.id)):
        if user.email.strip().lower() in own:
            continue
        with force_locale(user.language):
            text = "\n\n".join(
                part for part in (event.title, event.text, _("Ticket %(number)s:", number=ticket.number) + f" {address}") if part
            )
        outgoing.put_for_colleague(
            ticket=ticket, mailbox=mailbox, recipient=user.email, name=user.name, language=user.language, text=text, now=event.at
        )

"""Delivery reports: which mail of ours they are about, and what that says of the address."""

from __future__ import annotations

from datetime import datetime

from callcenter.mail import queries, rules
from callcenter.mail.models import Outgoing
from callcenter.mail.parsing import ParsedMail
from callcenter.mail.services.outgoing import show
from config import Config
from core.errors import NotFound
from customers import services as customers
from tickets import queries as tickets
from tickets.models import Ticket


def take_note(mail: ParsedMail, *, recipient: str, config: Config, now: datetime) -> Ticket | None:
    """The ticket of the mail that was not delivered; None when the report is about no mail of ours.

    A permanent failure marks mail and address. Only a report that names the Message-ID of a mail of ours can do that: anybody can write
    a report about any address.
    """
    report = mail.bounce_details
    ids = [rules.kept_id(report.original_message_id)] if report is not None and report.original_message_id else []
    ids += rules.answered_ids(mail)
    sent = queries.own_mail(ids) if ids else None
    if sent is None:
        number = rules.ticket_of_address([recipient, *(one.email for one in mail.to)], secret=config.secret_key)
        try:
            return tickets.by_number(number) if number is not None else None
        except NotFound:
            return None
    if report is not None and report.permanent is not False:
        _returned(sent, f"{report.status} {report.diagnostic}".strip() or mail.subject)
        if report.permanent:
            customers.mark_undeliverable(email=sent.recipient, at=now)
    return sent.ticket


def _returned(sent: Outgoing, error: str) -> None:
    sent.state, sent.error = "bounced", error[:2000]
    show(sent)

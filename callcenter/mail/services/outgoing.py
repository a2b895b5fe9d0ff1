"""The way out: what is to be sent stands as a row in the transaction of the answer; `callcenter.mail.jobs` sends it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy import func, select

from callcenter.mail import queries, rules
from callcenter.mail.live import touch_list
from callcenter.mail.models import Mailbox, Outgoing
from callcenter.mail.parsing import ParsedMail
from callcenter.mail.tokens import find_subject_tokens, new_message_id, sign_ticket, subject_token
from core import outbox
from core.db import db
from core.errors import DomainError, NotFound
from core.live import touch
from customers.models import ContactPoint
from tickets import services as tickets
from tickets.events import ReplySent
from tickets.models import Entry, Ticket

# Their own roads carry answers on these.
OTHER_ROADS = ("chat", "sms")
PANEL = "mail"
AT_ONCE = 100


def queue_reply(event: ReplySent) -> None:
    """Subscriber: a public answer goes by mail when there is an address and a mailbox; the ticket's panel says when there is not. An automatic one
    that must not be sent is refused by a DomainError."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    entry = db.session.get_one(Entry, event.entry_id)
    if entry.channel in OTHER_ROADS:
        return
    recipient, mailbox = recipient_of(ticket), queries.mailbox_for_ticket(ticket)
    if recipient is None or mailbox is None:
        if event.automatic and entry.channel == "email":
            raise DomainError(
                lazy_gettext("No address of this customer is known, or there is no mailbox to write from."), code="no_address"
            )
        return
    if event.automatic:
        _check_automatic(ticket, recipient, event.at)
    _put(ticket=ticket, entry=entry, mailbox=mailbox, recipient=recipient, text="", automatic=event.automatic, answering=None, now=event.at)


def _check_automatic(ticket: Ticket, recipient: str, now: datetime) -> None:
    """Raises DomainError saying why a machine may not write to this customer now: so no loop of two machines can begin."""
    if rules.plain_address(recipient) in queries.own_addresses():
        raise DomainError(lazy_gettext("%(address)s is one of our own addresses.", address=recipient), code="own_address")
    if queries.undeliverable(recipient):
        raise DomainError(lazy_gettext("Mail to %(address)s comes back.", address=recipient), code="undeliverable")
    if queries.forbids_automatic_answers(ticket.id):
        raise DomainError(lazy_gettext("The last mail came from a list or a machine, which wants no automatic answer."), code="machine")
    if not _below_caps(ticket, recipient, now):
        raise DomainError(lazy_gettext("%(address)s got too many automatic mails in the last minutes.", address=recipient), code="too_many")


def put_for_colleague(
    *, ticket: Ticket, mailbox: Mailbox, recipient: str, name: str, language: str, text: str, now: datetime
) -> Outgoing | None:
    """Write to one of our own about a ticket; None beyond the caps of automatic mail."""
    if not _below_caps(ticket, recipient, now):
        return None
    mail = _put(ticket=ticket, entry=None, mailbox=mailbox, recipient=recipient, text=text, automatic=True, answering=None, now=now)
    # No thread of the customer's: their mail program is not to join the two.
    mail.body = {**mail.body, "to_name": name, "colleague": True, "language": language, "in_reply_to": None, "references": []}
    mail.subject = _subject(ticket, is_answer=False)
    return mail


def recipient_of(ticket: Ticket) -> str | None:
    """Where a ticket's customer reads mail: the address they wrote from, else the first of theirs that takes mail."""
    if ticket.contact_email:
        return ticket.contact_email
    if ticket.customer_id is None:
        return None
    query = select(ContactPoint.value).where(
        ContactPoint.customer_id == ticket.customer_id, ContactPoint.kind == "email", ContactPoint.undeliverable_at.is_(None)
    )
    return db.session.scalar(query.order_by(ContactPoint.id).limit(1))


def mail_address_of(ticket: Ticket) -> str | None:
    """Where a public answer on a ticket goes as mail; None: it does not, for want of an address or of a mailbox."""
    return recipient_of(ticket) if queries.mailbox_for_ticket(ticket) is not None else None


def confirm_receipt(
    *,
    ticket: Ticket,
    mailbox: Mailbox,
    recipient: str,
    answering: ParsedMail | None,
    now: datetime,
    own: set[str] | None = None,
) -> Outgoing | None:
    """Tell the customer that the request is here. Nothing is sent to machines, lists, ourselves (`own`: our addresses, when the caller has them),
    dead addresses, and beyond the caps."""
    if not mailbox.confirm or (answering is not None and (answering.suppress_auto_reply or answering.auto_reply)):
        return None
    if (
        rules.plain_address(recipient) in (queries.own_addresses() if own is None else own)
        or queries.undeliverable(recipient)
        or not _below_caps(ticket, recipient, now)
    ):
        return None
    with force_locale(ticket.language):
        text = _(
            "Thank you for your message. We received your request and gave it the number %(number)s. Somebody will look at it and answer you.",
            number=ticket.number,
        )
    return _put(ticket=ticket, entry=None, mailbox=mailbox, recipient=recipient, text=text, automatic=True, answering=answering, now=now)


def _below_caps(ticket: Ticket, recipient: str, now: datetime) -> bool:
    """The last wall against two machines that answer each other. Counting and writing is one step for each recipient."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"automatic mail {recipient}", 0))))
    by_ticket, together = queries.automatic_since(recipient, now - rules.WINDOW)
    return by_ticket.get(ticket.id, 0) < rules.MOST_PER_TICKET and together < rules.MOST_PER_RECIPIENT


def _put(
    *,
    ticket: Ticket,
    entry: Entry | None,
    mailbox: Mailbox,
    recipient: str,
    text: str,
    automatic: bool,
    answering: ParsedMail | None,
    now: datetime,
) -> Outgoing:
    config = current_app.config["CALLOUT"]
    answered = rules.kept_id(answering.message_id) if answering is not None else queries.last_incoming_id(ticket.id)
    body: dict[str, Any] = {
        "to_name": ticket.customer.name if ticket.customer is not None and entry is not None else "",
        "text": text,
        "in_reply_to": _bracketed(answered),
        "references": [_bracketed(one) for one in queries.thread_ids(ticket.id)],
    }
    mail = Outgoing(
        ticket=ticket,
        entry=entry,
        mailbox=mailbox,
        message_id=new_message_id(config.mail_domain, sign_ticket(ticket.number, secret=config.secret_key)),
        recipient=recipient,
        subject=_subject(ticket, is_answer=bool(answered)),
        automatic=automatic,
        body=body,
        created_at=now,
    )
    db.session.add(mail)
    db.session.flush()
    _hand_over(mail, now)
    show(mail)
    return mail


def _bracketed(message_id: str | None) -> str | None:
    """As headers want it. A digest stands for an id too long to name."""
    return f"<{message_id}>" if message_id and not message_id.startswith("sha256-") else None


def _subject(ticket: Ticket, *, is_answer: bool) -> str:
    mark = "" if ticket.number in find_subject_tokens(ticket.subject) else f" {subject_token(ticket.number)}"
    return f"{'Re: ' if is_answer else ''}{ticket.subject}{mark}"


def _hand_over(mail: Outgoing, now: datetime) -> None:
    """Give it to the outbox. Without a server to send by it stays queued, until there is one (`hand_over_waiting`)."""
    if current_app.config["CALLOUT"].smtp_out:
        mail.outbox_id = outbox.put(kind="mail.send", payload={"outgoing_id": mail.id}, now=now)


def hand_over_waiting(now: datetime) -> bool:
    """Sweep: mail that was written while no SMTP_OUT was set. Whether there may be more."""
    if not current_app.config["CALLOUT"].smtp_out:
        return False
    query = select(Outgoing).where(Outgoing.state == "queued", Outgoing.outbox_id.is_(None)).order_by(Outgoing.id).limit(AT_ONCE)
    waiting = list(db.session.scalars(query.with_for_update(of=Outgoing, skip_locked=True)))
    for mail in waiting:
        _hand_over(mail, now)
    return len(waiting) == AT_ONCE


def try_again(*, outgoing_id: int, now: datetime) -> Outgoing:
    """Send a mail that failed once more, with the same Message-ID. Raises NotFound, DomainError when it did not fail."""
    mail = locked(outgoing_id)
    if mail is None:
        raise NotFound(lazy_gettext("There is no such mail."))
    if mail.state not in ("failed", "bounced"):
        raise DomainError(lazy_gettext("This mail is sent or on its way."), code="not_failed")
    mail.state, mail.error = "queued", None
    _hand_over(mail, now)
    show(mail)
    return mail


def locked(outgoing_id: int) -> Outgoing | None:
    """The mail, read afresh, its row locked."""
    query = select(Outgoing).where(Outgoing.id == outgoing_id).with_for_update(of=Outgoing)
    return db.session.scalar(query.execution_options(populate_existing=True))


def failed(mail: Outgoing, problem: str, now: datetime) -> None:
    """No more tries: the mail says so, and a note in the ticket for whoever looks at it next."""
    if mail.state in ("sent", "bounced", "failed"):
        return
    mail.state, mail.error = "failed", problem[:2000]
    text = _("The mail to %(address)s could not be sent: %(problem)s", address=mail.recipient, problem=problem[:500])
    tickets.add_note(ticket_id=mail.ticket_id, text=text, actor_id=None, now=now)
    show(mail)


def show(mail: Outgoing) -> None:
    """The ticket's panel about mail and the list of mail may look different."""
    touch_list()
    touch(f"ticket:{mail.ticket.number}", f"panel:{PANEL}")

"""Purchase orders by mail to their suppliers: the text, and the order as a workbook."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from callcenter.mail import rules, transport
from callcenter.mail.composing import OutgoingAttachment, compose
from callcenter.mail.letters import Letter
from callcenter.mail.models import Mailbox
from core import clock, outbox
from core.db import db, transaction
from core.sheets import XLSX, xlsx_of
from dispatch.events import PurchaseOrderSent
from dispatch.materials import presenters
from dispatch.materials.models import PurchaseOrder
from dispatch.materials.services import note_mail

KIND = "mail.purchase_order"


def queue_order(event: PurchaseOrderSent) -> None:
    """Subscriber: the order goes to its supplier's address, each mail of it once."""
    if event.mails is not None:
        payload = {"order_id": event.order_id, "mails": event.mails}
        outbox.put(kind=KIND, payload=payload, now=event.at, unique_key=f"purchase-order:{event.order_id}:{event.mails}")


def _give_up(payload: dict[str, Any], problem: str) -> None:
    note_mail(order_id=payload["order_id"], mails=payload["mails"], now=clock.now(), problem=problem)


@outbox.handles(KIND, queue="fast", lease=60, attempts=20, on_give_up=_give_up)
def send(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler. The order says how it went; nothing is sent when it was cancelled meanwhile, or a later mail of it follows."""
    config = current_app.config["CALLOUT"]
    with transaction():
        order = db.session.get(PurchaseOrder, payload["order_id"])
        if order is None or order.state != "sent" or order.mails != payload["mails"]:
            return
        letter = letter_of(order) if config.smtp_out else None
        if letter is None:
            note_mail(order_id=order.id, mails=order.mails, now=clock.now(), problem=_unsent(order))
            return
    try:
        transport.send(letter, smtp_out=config.smtp_out, own_name=config.mail_domain)
    except transport.Refused as error:
        with transaction():
            note_mail(order_id=payload["order_id"], mails=payload["mails"], now=clock.now(), problem=str(error))
        return
    with transaction():
        note_mail(order_id=payload["order_id"], mails=payload["mails"], now=clock.now())
        outbox.finish(row_id, now=clock.now())


def _unsent(order: PurchaseOrder) -> str:
    return str(_("There is no mailbox or no mail server to write to %(address)s from.", address=order.mailed_to))


def letter_of(order: PurchaseOrder) -> Letter | None:
    """The mail of an order, the same each time it is made; None without a mailbox to write from."""
    mailbox = db.session.scalar(select(Mailbox).where(Mailbox.active).order_by(Mailbox.id).limit(1))
    if mailbox is None or order.sent_at is None:
        return None
    config = current_app.config["CALLOUT"]
    language = order.supplier.language
    with force_locale(language):
        subject = _("Purchase order %(number)s", number=order.number)
        text = _text(order, language, sender=mailbox.sender_name)
        table = xlsx_of(presenters.order_table(order), title=subject)
    content = compose(
        from_email=mailbox.address,
        from_name=mailbox.sender_name,
        to_email=order.mailed_to,
        to_name=order.supplier.name,
        subject=subject,
        text=text,
        html=None,
        message_id=f"<purchase-order-{order.number}-{order.mails}@{config.mail_domain}>",
        in_reply_to=None,
        references=[],
        reply_to=None,
        auto_submitted=False,
        attachments=[OutgoingAttachment(f"purchase-order-{order.number}.xlsx", XLSX, table)],
        loop_token=rules.loop_token(config.secret_key),
        date=order.sent_at,
    )
    return Letter(mailbox.address, order.mailed_to, content)


def _text(order: PurchaseOrder, language: str, *, sender: str) -> str:
    lines = []
    for line in presenters.purchases(order.lines):
        expected = _("expected %(date)s", date=format_date(line["eta"], locale=language)) if line["eta"] is not None else ""
        where = _("to %(place)s", place=line["place"])
        facts = ", ".join(one for one in (where, expected) if one)
        lines.append(f"{line['quantity']} {line['unit']}  {line['sku']}  {line['part']}  ({facts})")
    paragraphs = [
        _("Please deliver, as our order %(number)s:", number=order.number),
        "\n".join(lines),
        order.note,
        _("Our number with you: %(number)s", number=order.supplier.our_number) if order.supplier.our_number else "",
        _("Please name the number of the order on the delivery note, and tell us if a day cannot be kept."),
        sender,
    ]
    return "\n\n".join(one for one in paragraphs if one)

"""An outgoing row as the mail that is sent: text and HTML, signature, the way back."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from callcenter.mail import rules
from callcenter.mail.composing import OutgoingAttachment, compose
from callcenter.mail.models import Outgoing
from callcenter.mail.slots import TICKET_LINK
from callcenter.mail.tokens import reply_address, sign_ticket
from core import files

_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to the server: envelope and bytes. `sender` carries the ticket's mark, so that a delivery report finds its way back."""

    sender: str
    recipient: str
    content: bytes


def letter_of(mail: Outgoing, *, now: datetime) -> Letter:
    """The same mail each time it is made, but for its date. Raises FileNotFoundError when the store lost an attachment."""
    config = current_app.config["CALLOUT"]
    mailbox, ticket, entry = mail.mailbox, mail.ticket, mail.entry
    back = reply_address(mailbox.address, sign_ticket(ticket.number, secret=config.secret_key))
    # What goes to a colleague carries no customer's link.
    address = None if mail.body.get("colleague") else next(iter(TICKET_LINK.call(ticket.id, now)), None)
    language = str(mail.body.get("language") or ticket.language)
    attachments = [
        OutgoingAttachment(one.file.name, one.file.content_type, files.read(one.file), one.content_id or "")
        for one in (entry.files if entry is not None else [])
    ]
    words = entry.text if entry is not None else str(mail.body.get("text", ""))
    with force_locale(language):
        closing = _("You can follow your request and answer here: %(address)s", address=address) if address else ""
        shown = current_app.jinja_env.get_template("mail/letter.html").render(
            words=entry.html if entry is not None and entry.html else as_html(words),
            signature=as_html(mailbox.signature),
            address=address,
            number=ticket.number,
            language=language.replace("_", "-"),
        )
    content = compose(
        from_email=mailbox.address,
        from_name=mailbox.sender_name,
        to_email=mail.recipient,
        to_name=str(mail.body.get("to_name") or ""),
        subject=mail.subject,
        text=as_text(words, closing, mailbox.signature),
        html=shown,
        message_id=mail.message_id,
        in_reply_to=mail.body.get("in_reply_to"),
        references=[one for one in mail.body.get("references", []) if one],
        reply_to=back,
        auto_submitted=mail.automatic,
        attachments=attachments,
        loop_token=rules.loop_token(config.secret_key),
        date=now,
    )
    return Letter(back, mail.recipient, content)


def as_text(words: str, closing: str, signature: str) -> str:
    """The plain part; "-- " is what mail programs know a signature by."""
    parts = [words.strip(), closing]
    if signature.strip():
        parts.append(f"-- \n{signature.strip()}")
    return "\n\n".join(part for part in parts if part)


def as_html(text: str) -> str:
    """Plain text as HTML: line breaks kept, addresses made links, everything else shown as it is."""
    pieces, position = [], 0
    for found in _ADDRESS.finditer(text):
        target = html.escape(found[0])
        pieces += [html.escape(text[position : found.start()]), f'<a href="{target}">{target}</a>']
        position = found.end()
    pieces.append(html.escape(text[position:]))
    return "".join(pieces).strip().replace("\r\n", "\n").replace("\n", "<br>\n")

"""The outbox handler of mail: send one, and say truly how it went."""

from __future__ import annotations

from typing import Any

from flask import current_app
from prometheus_client import Counter

from callcenter.mail import transport
from callcenter.mail.letters import letter_of
from callcenter.mail.services import outgoing
from core import clock, outbox
from core.db import transaction

# With back-off of at most an hour this is a day and a half.
TRIES = 40
SENT = Counter("callout_mail_sent", "Mails the server took")
UNCERTAIN = Counter("callout_mail_uncertain", "Tries of sending of which nobody knows whether the server took the mail")


def _give_up(payload: dict[str, Any], problem: str) -> None:
    mail = outgoing.locked(payload["outgoing_id"])
    if mail is not None:
        outgoing.failed(mail, problem, clock.now())


@outbox.handles("mail.send", queue="fast", lease=60, attempts=TRIES, on_give_up=_give_up)
def send(row_id: int, payload: dict[str, Any]) -> None:
    """Send an outgoing mail. Returns when it is sent, refused for good, or no server is set; raises when it should be tried again."""
    config = current_app.config["CALLOUT"]
    outgoing_id = payload["outgoing_id"]
    with transaction():
        mail = outgoing.locked(outgoing_id)
        if mail is None or mail.state not in ("queued", "sending"):
            return
        if not config.smtp_out:
            mail.state, mail.outbox_id = "queued", None
            return
        if mail.state == "sending":
            # The last try ended without a word: it may have been a crash after the server's 250.
            mail.uncertain += 1
            UNCERTAIN.inc()
        mail.state, mail.attempts = "sending", mail.attempts + 1
        letter = letter_of(mail, now=clock.now())
    try:
        transport.send(letter, smtp_out=config.smtp_out, own_name=config.mail_domain)
    except transport.SendingError as error:
        _not_sent(row_id, outgoing_id, error)
        return
    with transaction():
        mail = outgoing.locked(outgoing_id)
        if mail is not None:
            now = clock.now()
            mail.state, mail.sent_at, mail.error = "sent", now, None
            outgoing.show(mail)
            outbox.finish(row_id, now=now)
    SENT.inc()


def _not_sent(row_id: int, outgoing_id: int, error: transport.SendingError) -> None:
    with transaction():
        mail = outgoing.locked(outgoing_id)
        if mail is None:
            return
        if error.uncertain:
            mail.uncertain += 1
            UNCERTAIN.inc()
        if isinstance(error, transport.Refused):
            outgoing.failed(mail, str(error), clock.now())
            outbox.finish(row_id, now=clock.now())
            return
        mail.state, mail.error = "queued", str(error)[:2000]
        outgoing.show(mail)
    raise error

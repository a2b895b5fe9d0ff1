"""Mail over `/api/v1`: what came in and went out, quarantine, mailboxes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user
from marshmallow import validate

from callcenter.mail import presenters, queries, services
from callcenter.mail.accounts import WAYS
from callcenter.mail.services.mailboxes import ENCRYPTIONS
from core import clock
from core.api import ApiBlueprint, PageQuery
from core.auth.access import permission
from core.i18n import LANGUAGES
from core.jsonable import jsonable
from tickets.schemas import identity, plain

RETRIED_AT_ONCE = 10
blueprint = ApiBlueprint("mail", "Mail in and out, quarantine and mailboxes")


class RawMail(ma.Schema):
    """A message that came in."""

    id = ma.fields.Integer()
    mailbox_id = ma.fields.Integer()
    mailbox = ma.fields.String()
    sender = ma.fields.String()
    subject = ma.fields.String()
    size = ma.fields.Integer(metadata={"description": "Bytes"})
    state = ma.fields.String(metadata={"description": "received, applied, quarantined, discarded"})
    action = ma.fields.String(allow_none=True, metadata={"description": "created, appended, duplicate, ignored"})
    reason = ma.fields.String(allow_none=True)
    error = ma.fields.String(allow_none=True)
    trouble = ma.fields.String(allow_none=True, metadata={"description": "Why it waits in quarantine, in the reader's language"})
    attempts = ma.fields.Integer()
    ticket = ma.fields.Integer(allow_none=True, metadata={"description": "The ticket's number"})
    received_at = ma.fields.String()
    applied_at = ma.fields.String(allow_none=True)


class RawMailList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RawMail))
    next = ma.fields.String(allow_none=True)


class OutgoingMail(ma.Schema):
    """A mail of ours. `uncertain`: tries of which nobody knows whether the server took it."""

    id = ma.fields.Integer()
    entry_id = ma.fields.Integer(allow_none=True)
    ticket = ma.fields.Integer()
    mailbox = ma.fields.String()
    recipient = ma.fields.String()
    subject = ma.fields.String()
    automatic = ma.fields.Boolean()
    state = ma.fields.String(metadata={"description": "queued, sending, sent, failed, bounced"})
    attempts = ma.fields.Integer()
    uncertain = ma.fields.Integer()
    error = ma.fields.String(allow_none=True)
    waits_for_server = ma.fields.Boolean()
    created_at = ma.fields.String()
    sent_at = ma.fields.String(allow_none=True)


class OutgoingMailList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OutgoingMail))
    next = ma.fields.String(allow_none=True)


class RawMailQuery(PageQuery):
    state = ma.fields.String(load_default=None, validate=validate.OneOf(("received", "applied", "quarantined", "discarded")))
    sort = ma.fields.String(load_default=None, metadata={"description": "Always the newest first"})


class OutgoingMailQuery(PageQuery):
    state = ma.fields.String(load_default=None, validate=validate.OneOf(("queued", "sending", "sent", "failed", "bounced")))
    sort = ma.fields.String(load_default=None, metadata={"description": "Always the newest first"})


class DiscardInput(ma.Schema):
    reason = plain(500, required=True)


class Retried(ma.Schema):
    """How many quarantined messages were applied, and how many remain."""

    applied = ma.fields.Integer()
    quarantined = ma.fields.Integer()
    next = ma.fields.Integer(allow_none=True, metadata={"description": "`after` of the next call; null when all were tried"})


class RetryQuery(ma.Schema):
    after = ma.fields.Integer(
        load_default=0, validate=validate.Range(0, (1 << 63) - 1), metadata={"description": "`next` of the call before"}
    )


class ImapSettings(ma.Schema):
    """Empty: mail is delivered to us. Without a password, or client secret, the one there is stays. With a provider as `auth` its server is known;
    its permission is given in the settings' page (Connect)."""

    host = plain(253, load_default="")
    port = ma.fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 65535))
    user = plain(200, load_default="")
    password = plain(500, load_default="", allow_none=True, load_only=True)
    folder = plain(200, load_default="INBOX")
    tls = ma.fields.String(load_default="ssl", validate=validate.OneOf(ENCRYPTIONS))
    auth = ma.fields.String(load_default="password", validate=validate.OneOf(WAYS))
    client_id = plain(300, load_default="")
    client_secret = plain(500, load_default="", allow_none=True, load_only=True)
    tenant = plain(100, load_default="")
    has_password = ma.fields.Boolean(dump_only=True)
    has_client_secret = ma.fields.Boolean(dump_only=True)
    connected = ma.fields.Boolean(dump_only=True)


class MailboxPatch(ma.Schema):
    name = plain(100)
    address = plain(254)
    sender_name = plain(100)
    queue_id = identity()
    signature = plain(2000)
    language = ma.fields.String(validate=validate.OneOf(tuple(LANGUAGES)))
    confirm = ma.fields.Boolean()
    active = ma.fields.Boolean()
    fetch = ma.fields.Nested(ImapSettings)


class MailboxInput(MailboxPatch):
    name = plain(100, required=True)
    address = plain(254, required=True)
    sender_name = plain(100, required=True)
    queue_id = identity(required=True)


class MailboxOut(MailboxPatch):
    """A mailbox; `problem` is what the IMAP server last refused, None when all is well."""

    id = ma.fields.Integer()
    queue = ma.fields.String()
    checked_at = ma.fields.String(allow_none=True)
    problem = ma.fields.String(allow_none=True)


class MailboxList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(MailboxOut))
    next = ma.fields.String(allow_none=True)


@blueprint.route("/mail/messages")
@permission("mail.read")
@blueprint.arguments(RawMailQuery, location="query")
@blueprint.response(200, RawMailList)
def list_messages(query: dict[str, Any]) -> dict[str, Any]:
    """What came in, newest first."""
    rows, after = queries.raw_messages(state=query["state"], after=query["after"], limit=query["limit"])
    return {"items": [jsonable(presenters.raw_row(row)) for row in rows], "next": after}


@blueprint.route("/mail/messages/<int:raw_id>")
@permission("mail.read")
@blueprint.response(200, RawMail)
def get_message(raw_id: int) -> Any:
    """One message."""
    return jsonable(presenters.raw_row(queries.raw_message(raw_id)))


@blueprint.route("/mail/messages/<int:raw_id>/application", methods=("POST",))
@permission("quarantine.manage")
@blueprint.response(200, RawMail)
def apply_again(raw_id: int) -> Any:
    """Try a quarantined message again; when it still cannot be applied it stays, with the new error."""
    queries.raw_message(raw_id)
    services.retry(raw_id=raw_id, now=clock.now(), actor_id=current_user.id)
    return jsonable(presenters.raw_row(queries.raw_message(raw_id)))


@blueprint.route("/mail/quarantine/application", methods=("POST",))
@permission("quarantine.manage")
@blueprint.arguments(RetryQuery, location="query")
@blueprint.response(200, Retried)
def apply_all_again(query: dict[str, Any]) -> dict[str, Any]:
    """Try ten quarantined messages again, the oldest first (after an upgrade that understands them); again with `next` until it is null."""
    ids = queries.quarantined_ids(after=query["after"], limit=RETRIED_AT_ONCE)
    done = [services.retry(raw_id=raw_id, now=clock.now(), actor_id=current_user.id) for raw_id in ids]
    return {
        "applied": sum(one.action != "quarantined" for one in done),
        "quarantined": queries.counts()["quarantined"],
        "next": ids[-1] if len(ids) == RETRIED_AT_ONCE else None,
    }


@blueprint.route("/mail/messages/<int:raw_id>/discard", methods=("POST",))
@permission("quarantine.manage")
@blueprint.arguments(DiscardInput)
@blueprint.response(200, RawMail)
def discard(body: dict[str, Any], raw_id: int) -> Any:
    """Say that a quarantined message needs no answer, and why."""
    row = services.discard(raw_id=raw_id, reason=body["reason"], now=clock.now(), actor_id=current_user.id)
    return jsonable(presenters.raw_row(row))


@blueprint.route("/mail/messages/<int:raw_id>/confirmation", methods=("POST",))
@permission("tickets.write")
@blueprint.response(200, RawMail)
def confirm(raw_id: int) -> Any:
    """A stranger's message belongs to its ticket after all: it becomes the customer's message."""
    return jsonable(presenters.raw_row(services.confirm(raw_id=raw_id, now=clock.now(), actor_id=current_user.id)))


@blueprint.route("/mail/outgoing")
@permission("mail.read")
@blueprint.arguments(OutgoingMailQuery, location="query")
@blueprint.response(200, OutgoingMailList)
def list_outgoing(query: dict[str, Any]) -> dict[str, Any]:
    """What went out or waits to, newest first."""
    rows, after = queries.outgoing_mails(state=query["state"], after=query["after"], limit=query["limit"])
    return {"items": [jsonable(presenters.outgoing_row(row)) for row in rows], "next": after}


@blueprint.route("/mail/outgoing/<int:outgoing_id>/attempts", methods=("POST",))
@permission("tickets.write")
@blueprint.response(200, OutgoingMail)
def try_again(outgoing_id: int) -> Any:
    """Send a mail that failed once more, as the same mail."""
    return jsonable(presenters.outgoing_row(services.try_again(outgoing_id=outgoing_id, now=clock.now())))


@blueprint.route("/mailboxes")
@permission("settings.manage")
@blueprint.response(200, MailboxList)
def list_mailboxes() -> dict[str, Any]:
    """All mailboxes; passwords are never given out."""
    return {"items": [jsonable(presenters.mailbox_row(row)) for row in queries.mailboxes()], "next": None}


@blueprint.route("/mailboxes", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(MailboxInput)
@blueprint.response(201, MailboxOut)
def add_mailbox(body: dict[str, Any]) -> Any:
    """Add a mailbox."""
    return _saved(None, body)


@blueprint.route("/mailboxes/<int:mailbox_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(MailboxPatch)
@blueprint.response(200, MailboxOut)
def change_mailbox(body: dict[str, Any], mailbox_id: int) -> Any:
    """Change what is sent."""
    return _saved(mailbox_id, body)


def _saved(mailbox_id: int | None, body: dict[str, Any]) -> Any:
    row = services.save_mailbox(mailbox_id=mailbox_id, values=body, now=clock.now(), actor_id=current_user.id)
    return jsonable(presenters.mailbox_row(row))

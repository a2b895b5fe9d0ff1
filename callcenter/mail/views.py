"""Pages about mail: the list, one message, the frame of a mail's HTML, the mailboxes' settings."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session
from flask_babel import lazy_gettext as _
from flask_login import current_user

from callcenter.mail import accounts, frames, imap, oauth, queries, rules, services
from callcenter.mail.parsing import parse
from core import clock, files
from core.auth.access import permission
from core.auth.security import may
from core.db import db, transaction
from core.errors import DomainError, NotFound
from core.i18n import LANGUAGES
from core.sealing import NotSealed
from tickets import queries as tickets
from tickets.models import Entry, EntryFile

SOURCE_SHOWN = 256 * 1024
TEXT_SHOWN = 20_000
ASKED, SAID = "mail_consent_asked", "mail_consent_said"  # in the session
blueprint = Blueprint("mail", __name__)


def in_menu() -> dict[str, Any]:
    """The menu's entry."""
    return {"label": _("Mail"), "icon": "mail", "address": "/mail", "permission": "mail.read", "key": "g e"}


def in_settings() -> dict[str, Any]:
    """The settings' entry."""
    return {"group": "channels", "label": _("Mailboxes"), "address": "/settings/mailboxes", "icon": "mail", "permission": "settings.manage"}


@blueprint.get("/mail")
@permission("mail.read")
def mail_list() -> str:
    """What came in and went out, with what waits for a person."""
    data = {
        "counts": queries.counts(),
        "may_manage": may("quarantine.manage"),
        "can_send": bool(current_app.config["CALLOUT"].smtp_out),
        "reasons": {key: str(text) for key, text in rules.REASONS.items()},
    }
    return render_template("mail/list.html", page_data=data)


@blueprint.get("/mail/messages/<int:raw_id>")
@permission("mail.read")
def message_page(raw_id: int) -> str:
    """One message: what became of it, what it says, its source as plain text."""
    row = queries.raw_message(raw_id)
    problem = ""
    try:
        source = files.read(row.file)
    except FileNotFoundError:
        source, problem = b"", str(_("The file store has lost this message."))
    mail = parse(source[: rules.BEGINNING] if row.size > current_app.config["CALLOUT"].mail_max_bytes else source)
    return render_template(
        "mail/message.html",
        row=row,
        mail=mail,
        text=mail.text[:TEXT_SHOWN],
        source=source[:SOURCE_SHOWN].decode("utf-8", "replace"),
        cut=len(source) > SOURCE_SHOWN,
        problem=problem,
        trouble=rules.trouble(row.error or ""),
        reason=rules.REASONS.get(row.reason or "", row.reason or ""),
        page_data={"id": row.id, "state": row.state, "reason": row.reason, "may_manage": may("quarantine.manage")},
    )


@blueprint.get("/mail/messages/<int:raw_id>/html")
@permission("mail.read")
def message_html(raw_id: int) -> Response:
    """The HTML of a message that is not (yet) an entry."""
    row = queries.raw_message(raw_id)
    mail = parse(files.read(row.file)[: current_app.config["CALLOUT"].mail_max_bytes])
    pictures = {one.content_id: (one.content_type, one.content) for one in mail.attachments if one.content_id}
    return frames.framed(mail.html, pictures, remote_pictures=request.args.get("images") == "1")


@blueprint.get("/mail/messages/<int:raw_id>/source")
@permission("mail.read")
def message_source(raw_id: int) -> Response:
    """The whole message as it came, as a file."""
    row = queries.raw_message(raw_id)
    response = Response(files.read(row.file), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename=message-{row.id}.eml"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.get("/entries/<int:entry_id>/html")
@permission("tickets.read")
def entry_html(entry_id: int) -> Response:
    """The HTML of a message in a ticket. `?images=1`: with pictures from elsewhere, when the reader asks for them."""
    entry = db.session.get(Entry, min(entry_id, (1 << 63) - 1))
    if entry is None or entry.html is None:
        raise NotFound(_("There is no such message."))
    pictures = {one.content_id: _picture(one) for one in entry.files if one.content_id and one.file.content_type in frames.PICTURES}
    return frames.framed(entry.html, pictures, remote_pictures=request.args.get("images") == "1")


def _picture(one: EntryFile) -> tuple[str, bytes]:
    """A lost file is a missing picture, no more."""
    try:
        return one.file.content_type, files.read(one.file)
    except FileNotFoundError:
        return "", b""


@blueprint.get("/settings/mailboxes")
@permission("settings.manage")
def mailboxes_page() -> str:
    """The mailboxes."""
    config = current_app.config["CALLOUT"]
    data = {
        "queues": [{"id": queue.id, "name": queue.name} for queue in tickets.queues(only_active=True)],
        "languages": LANGUAGES,
        "domain": config.mail_domain,
        "providers": {key: {"name": one.name, "host": one.host} for key, one in oauth.PROVIDERS.items()},
        "redirect": _back(),
        "said": session.pop(SAID, None),
    }
    return render_template("mail/mailboxes.html", page_data=data, can_send=bool(config.smtp_out), smtp_port=config.smtp_port)


@blueprint.post("/settings/mailboxes/<int:mailbox_id>/check")
@permission("settings.manage")
def check_mailbox(mailbox_id: int) -> Response:
    """Sign in at the mailbox's server and say what is there, or what is wrong. No transaction is open meanwhile."""
    fetch = dict(queries.mailbox(mailbox_id).fetch)
    db.session.rollback()
    if not fetch:
        raise DomainError(_("Mail of this mailbox is delivered to us; there is nothing to sign in to."), code="not_fetched")
    try:
        found = imap.looked_at(accounts.account_of(fetch, current_app.config["CALLOUT"]))
    except accounts.TROUBLES as error:
        accounts.forget(fetch)
        return jsonify({"ok": False, "problem": accounts.in_words(error, fetch)})
    return jsonify({"ok": True, "problem": None, **found})


@blueprint.get("/settings/mailboxes/<int:mailbox_id>/consent")
@permission("settings.manage")
def ask_consent(mailbox_id: int) -> Any:
    """To the provider, whose page asks the mailbox's owner."""
    fetch = queries.mailbox(mailbox_id).fetch
    if fetch.get("auth", accounts.PASSWORD) == accounts.PASSWORD:
        raise DomainError(_("This mailbox signs in with a password."), code="no_oauth")
    try:
        client = accounts.client_of(fetch, current_app.config["CALLOUT"])
    except NotSealed as error:
        session[SAID] = {"ok": False, "text": accounts.in_words(error, fetch)}
        return redirect("/settings/mailboxes", 303)
    asked = {"mailbox_id": mailbox_id, "state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64)}
    session[ASKED] = asked
    address = oauth.consent_address(
        client, redirect=_back(), state=str(asked["state"]), verifier=str(asked["verifier"]), user=fetch["user"]
    )
    return redirect(address, 303)


@blueprint.get("/settings/mailboxes/consent")
@permission("settings.manage")
def take_consent() -> Any:
    """Back from the provider, with a code for the permission or with the reason why there is none. No transaction is open while it is asked."""
    asked = session.pop(ASKED, None)
    if asked is None or not secrets.compare_digest(str(asked["state"]).encode(), request.args.get("state", "").encode()):
        session[SAID] = {"ok": False, "text": str(_("This permission was not asked for here, or twice. Press Connect again."))}
        return redirect("/settings/mailboxes", 303)
    fetch = dict(queries.mailbox(asked["mailbox_id"]).fetch)
    user_id = current_user.id
    db.session.rollback()
    try:
        if "code" not in request.args:
            raise oauth.OAuthTrouble(request.args.get("error", "access_denied")[:100], request.args.get("error_description", "")[:300])
        client = accounts.client_of(fetch, current_app.config["CALLOUT"])
        granted = oauth.exchange(client, code=request.args["code"], redirect=_back(), verifier=asked["verifier"])
    except (oauth.OAuthTrouble, NotSealed) as error:
        session[SAID] = {"ok": False, "text": accounts.in_words(error, fetch)}
        return redirect("/settings/mailboxes", 303)
    try:
        with transaction():
            services.connect_mailbox(
                mailbox_id=asked["mailbox_id"], asked=fetch, refresh_token=granted.refresh_token, now=clock.now(), actor_id=user_id
            )
    except DomainError as error:
        session[SAID] = {"ok": False, "text": str(error.message)}
        return redirect("/settings/mailboxes", 303)
    session[SAID] = {"ok": True, "text": str(_("Connected. Press Check to see what is there."))}
    return redirect("/settings/mailboxes", 303)


def _back() -> str:
    """The address that the firm registers with the provider."""
    return f"{current_app.config['CALLOUT'].public_base_url}/settings/mailboxes/consent"

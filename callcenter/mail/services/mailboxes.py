"""Mailboxes, with what is wrong with them said. Changes are settings, so they are audited; passwords never are."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from callcenter.mail import oauth
from callcenter.mail.accounts import PASSWORD, WAYS
from callcenter.mail.models import Mailbox
from callcenter.mail.tokens import reply_address, sign_ticket
from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from core.i18n import LANGUAGES
from core.sealing import CLIENT, REFRESH, seal
from customers.rules import normal_email
from tickets.models import Queue

COLUMNS = ("name", "address", "sender_name", "queue_id", "signature", "language", "confirm", "active")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
ENCRYPTIONS = ("ssl", "starttls", "none")


def save_mailbox(*, mailbox_id: int | None, values: dict[str, Any], now: datetime, actor_id: int | None) -> Mailbox:
    """Add a mailbox, or change what is given. `values`: COLUMNS and `fetch`: {} or {auth, host, port, user, folder, tls} with {password}, or for a
    provider of OAuth2 with {client_id, client_secret, tenant}; an empty or absent secret keeps the one there is. Raises NotFound, NotValid."""
    mailbox = db.session.get(Mailbox, mailbox_id) if mailbox_id is not None else Mailbox(fetch={}, active=True, confirm=True)
    if mailbox is None:
        raise NotFound(_("There is no such mailbox."))
    before = _facts(mailbox) if mailbox_id is not None else {}
    for key, value in _checked(values, mailbox_id).items():
        setattr(mailbox, key, value)
    if "fetch" in values:
        mailbox.fetch = _fetch(values["fetch"] or {}, dict(mailbox.fetch))
        mailbox.problem, mailbox.checked_at = None, None
    db.session.add(mailbox)
    db.session.flush()
    audit.record(action="mailbox.saved", target=f"mailbox:{mailbox.id}", actor_id=actor_id, now=now, before=before, after=_facts(mailbox))
    return mailbox


def _checked(values: dict[str, Any], own_id: int | None) -> dict[str, Any]:
    found = {key: value for key, value in values.items() if key in COLUMNS}
    for key in ("name", "sender_name"):
        if key in found:
            found[key] = " ".join(str(found[key]).split())[:100]
            if not found[key]:
                raise NotValid(_("This cannot be empty."), field=key)
    if "address" in found:
        found["address"] = _address(found["address"])
    same = [getattr(Mailbox, key) == found[key] for key in ("name", "address") if key in found]
    if same and (taken := db.session.scalar(select(Mailbox).where(or_(*same), Mailbox.id != (own_id or 0)).limit(1))) is not None:
        field = "address" if taken.address == found.get("address") else "name"
        raise NotValid(_("There is a mailbox like this already."), field=field)
    if "queue_id" in found and db.session.get(Queue, found["queue_id"]) is None:
        raise NotValid(_("There is no such queue."), field="queue_id")
    if found.get("language", "en") not in LANGUAGES:
        raise NotValid(_("Choose one of the list."), field="language")
    return found


def _address(typed: str) -> str:
    try:
        address = normal_email(typed)
    except NotValid as error:
        raise NotValid(error.message, field="address") from None
    try:
        reply_address(address, sign_ticket(1, secret="any"))
    except ValueError:
        raise NotValid(_("The part before the @ is too long: answers carry a mark there."), field="address") from None
    return address


def connect_mailbox(*, mailbox_id: int, asked: dict[str, Any], refresh_token: str, now: datetime, actor_id: int | None) -> Mailbox:
    """Keep the permission that a provider gave for the settings `asked`. Locks the mailbox. Raises NotFound, Conflict when the settings were
    changed meanwhile: the permission may be for another account."""
    mailbox = db.session.get(Mailbox, mailbox_id, with_for_update={"of": Mailbox}, populate_existing=True)
    if mailbox is None:
        raise NotFound(_("There is no such mailbox."))
    if _identity(mailbox.fetch) != _identity(asked):
        raise Conflict(_("The mailbox was changed meanwhile. Connect it again."), code="mailbox_changed")
    mailbox.fetch = {
        **mailbox.fetch,
        "refresh_sealed": seal(refresh_token, secret=current_app.config["CALLOUT"].secret_key, purpose=REFRESH),
    }
    mailbox.problem, mailbox.checked_at = None, None
    audit.record(action="mailbox.connected", target=f"mailbox:{mailbox.id}", actor_id=actor_id, now=now, after=_facts(mailbox))
    return mailbox


def _fetch(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """IMAP settings with what is secret sealed; empty when mail is delivered to us."""
    auth = given.get("auth") or PASSWORD
    if auth not in WAYS:
        raise NotValid(_("Choose one of the list."), field="fetch.auth")
    provider = oauth.PROVIDERS.get(auth)
    host = str(given.get("host") or "").strip() or (provider.host if provider is not None else "")
    if not host:
        return {}
    tls = "ssl" if provider is not None else given.get("tls") or "ssl"
    if tls not in ENCRYPTIONS:
        raise NotValid(_("Choose one of the list."), field="fetch.tls")
    user = str(given.get("user") or "").strip()
    if not user:
        raise NotValid(_("Write the name to sign in with."), field="fetch.user")
    port = int(given.get("port") or (993 if tls == "ssl" else 143))
    if not 0 < port < 65536:
        raise NotValid(_("A port is a number from 1 to 65535."), field="fetch.port")
    folder = str(given.get("folder") or "INBOX").strip()
    found = {"host": host, "port": port, "user": user, "folder": folder, "tls": tls, "auth": auth}
    return {**found, **(_password(given, found, before) if provider is None else _permission(given, found, before))}


def _password(given: dict[str, Any], found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A password is given for one server and one name: it is not sent to another that somebody types in."""
    same_account = (found["host"], found["user"]) == (before.get("host"), before.get("user"))
    sealed = before.get("password_sealed") if same_account else None
    if given.get("password"):
        sealed = seal(str(given["password"]), secret=current_app.config["CALLOUT"].secret_key)
    if not sealed:
        raise NotValid(_("Write the password."), field="fetch.password")
    return {"password_sealed": sealed}


def _permission(given: dict[str, Any], found: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The firm's registration with the provider; the permission stays while it is for the same account and registration."""
    client_id = str(given.get("client_id") or "").strip()
    if not client_id:
        raise NotValid(_("Write the client id that the provider gave you."), field="fetch.client_id")
    tenant = str(given.get("tenant") or "").strip() or oauth.ANY_TENANT
    if _TENANT.fullmatch(tenant) is None:
        raise NotValid(_("This is no organisation's id."), field="fetch.tenant")
    registration = {"client_id": client_id, "tenant": tenant}
    same = all(before.get(key) == value for key, value in {**registration, "auth": found["auth"]}.items())
    sealed = before.get("client_secret_sealed") if same else None
    if given.get("client_secret"):
        sealed = seal(str(given["client_secret"]), secret=current_app.config["CALLOUT"].secret_key, purpose=CLIENT)
    if not sealed:
        raise NotValid(_("Write the client secret."), field="fetch.client_secret")
    settings = {**registration, "client_secret_sealed": sealed}
    kept = before.get("refresh_sealed") if _identity({**found, **settings}) == _identity(before) else None
    return {**settings, **({"refresh_sealed": kept} if kept else {})}


def _identity(fetch: dict[str, Any]) -> tuple[Any, ...]:
    """What a permission is for."""
    return tuple(fetch.get(key) for key in ("auth", "host", "user", "client_id", "tenant"))


def open_settings(fetch: dict[str, Any]) -> dict[str, Any]:
    """The settings without what is sealed."""
    return {key: value for key, value in fetch.items() if not key.endswith("_sealed")}


def _facts(mailbox: Mailbox) -> dict[str, Any]:
    """For the audit: everything but what is sealed."""
    return {**{key: getattr(mailbox, key) for key in COLUMNS}, "fetch": open_settings(mailbox.fetch)}

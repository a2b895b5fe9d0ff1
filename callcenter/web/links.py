"""Links that open one ticket without a password. The secret stands nowhere: it follows from SECRET_KEY and the link's row, which has its SHA-256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from callcenter.web.models import MagicLink
from core.db import db

LASTS = timedelta(days=90)
# A link this close to its end is not given out any more: the mail that names it is read later.
FRESH = timedelta(days=60)
SEEN_EVERY = timedelta(minutes=1)
LONGEST = 100


def link_for(ticket_id: int, *, now: datetime) -> MagicLink:
    """The ticket's link, made when there is none that lasts for a while yet."""
    query = select(MagicLink).where(
        MagicLink.ticket_id == ticket_id, MagicLink.revoked_at.is_(None), MagicLink.expires_at > now + LASTS - FRESH
    )
    found = db.session.scalar(query.order_by(MagicLink.id.desc()).limit(1))
    return found if found is not None else _made(ticket_id, now)


def _made(ticket_id: int, now: datetime) -> MagicLink:
    link = MagicLink(
        sha256=secrets.token_hex(32), ticket_id=ticket_id, created_at=now, expires_at=now + LASTS, revoked_at=None, last_used_at=None
    )
    db.session.add(link)
    db.session.flush()  # the secret follows from the row's id
    link.sha256 = _digest(secret_of(link))
    db.session.flush()
    return link


def secret_of(link: MagicLink) -> str:
    """What stands in the address: 43 characters that nobody can guess without SECRET_KEY."""
    seed = f"callout magic link v1 {link.id} {link.ticket_id} {int(link.created_at.timestamp() * 1_000_000)}"
    key: str = current_app.config["CALLOUT"].secret_key
    return base64.urlsafe_b64encode(hmac.new(key.encode(), seed.encode(), hashlib.sha256).digest()).decode().rstrip("=")


def path_of(link: MagicLink) -> str:
    """The page's path. It is a secret: into a mail or an answer to the customer, never into a log."""
    return f"/t/{secret_of(link)}"


def address_for(ticket_id: int, now: datetime) -> str:
    """Fills the slot TICKET_LINK of mail."""
    base: str = current_app.config["CALLOUT"].public_base_url
    return base + path_of(link_for(ticket_id, now=now))


def opened(secret: str, *, now: datetime) -> MagicLink | None:
    """The link with this secret while it is good; None for a wrong, revoked or expired one. Notes its use, once a minute."""
    if not secret or len(secret) > LONGEST:
        return None
    link = db.session.scalar(select(MagicLink).where(MagicLink.sha256 == _digest(secret)))
    if link is None or not is_good(link, now):
        return None
    if link.last_used_at is None or now - link.last_used_at > SEEN_EVERY:
        link.last_used_at = now
    return link


def is_good(link: MagicLink, now: datetime) -> bool:
    """Neither revoked nor expired."""
    return link.revoked_at is None and link.expires_at > now


def revoke(ticket_id: int, *, now: datetime) -> None:
    """All links of a ticket stop working."""
    links = update(MagicLink).where(MagicLink.ticket_id == ticket_id, MagicLink.revoked_at.is_(None))
    db.session.execute(links.values(revoked_at=now))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

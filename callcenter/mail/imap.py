"""Our side of IMAP: sign in, see what is new, take it, mark it. Knows no database."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

SECONDS = 20
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
SEEN = "\\Seen"


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom; `tls` is ssl, starttls or none. With a `token` (OAuth2) there is no password."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str
    token: str = ""


class CannotMark(Exception):
    """The folder does not let us say which messages were taken."""


# What can go wrong on the way, from the network up to what the server says.
TROUBLES = (OSError, imaplib.IMAP4.error, ImapToolsError, UnicodeError, CannotMark)


@contextmanager
def opened(account: Account) -> Iterator[BaseMailBox]:
    """A connection with the folder selected. Raises one of TROUBLES."""
    box: BaseMailBox
    context = ssl.create_default_context()
    if account.tls == "ssl":
        box = MailBox(account.host, account.port, timeout=SECONDS, ssl_context=context)
    elif account.tls == "starttls":
        box = MailBoxStartTls(account.host, account.port, timeout=SECONDS, ssl_context=context)
    else:
        box = MailBoxUnencrypted(account.host, account.port, timeout=SECONDS)
    try:
        if account.token:
            box.xoauth2(account.user, account.token, initial_folder=account.folder)
        else:
            ascii_only = account.user.isascii() and account.password.isascii()
            login = box.login if ascii_only else box.login_utf8
            login(account.user, account.password, initial_folder=account.folder)
        _must_mark(box)
        yield box
    finally:
        _leave(box)


def _must_mark(box: BaseMailBox) -> None:
    """Raises CannotMark where nothing we mark would stay: every message would be taken again and again."""
    _name, said = box.client.response("PERMANENTFLAGS")
    flags = next((one for one in said or [] if one), None)
    if flags is not None and b"\\seen" not in flags.lower():
        raise CannotMark


def _leave(box: BaseMailBox) -> None:
    try:
        box.logout()
    except TROUBLES:
        box.client.shutdown()


def new_uids(box: BaseMailBox) -> list[str]:
    """What nobody has seen, oldest first."""
    return list(box.uids("UNSEEN"))


def taken(box: BaseMailBox, uid: str, *, most: int, beginning: int) -> tuple[bytes, int] | None:
    """The message's bytes and its whole size; of one larger than `most` only the `beginning`. None when it is gone. Marks nothing."""
    size = _size(box, uid)
    if size is None:
        return None
    part = f"BODY.PEEK[]<0.{beginning}>" if size > most else "BODY.PEEK[]"
    _status, found = box.client.uid("fetch", uid, f"({part})")
    raw = next((item[1] for item in found or [] if isinstance(item, tuple)), None)
    return (bytes(raw), max(size, len(raw))) if raw is not None else None


def _size(box: BaseMailBox, uid: str) -> int | None:
    _status, found = box.client.uid("fetch", uid, "(RFC822.SIZE)")
    for item in found or []:
        line = item[0] if isinstance(item, tuple) else item
        if line is not None and (size := _SIZE.search(line)):
            return int(size[1])
    return None


def mark(box: BaseMailBox, uid: str) -> None:
    """It is kept with us: nobody need take it again."""
    box.flag(uid, SEEN, True)


def can_idle(box: BaseMailBox) -> bool:
    """Whether the server tells of new mail by itself."""
    return "IDLE" in box.client.capabilities


def looked_at(account: Account) -> dict[str, Any]:
    """Sign in once and say what is there: {messages, unseen, idle}. Raises one of TROUBLES."""
    with opened(account) as box:
        status = box.folder.status(account.folder, ["MESSAGES", "UNSEEN"])
        return {"messages": status["MESSAGES"], "unseen": status["UNSEEN"], "idle": can_idle(box)}


def is_refused(error: Exception) -> bool:
    """Whether the server does not let us in."""
    return isinstance(error, MailboxLoginError) or "AUTHENTICATIONFAILED" in str(error) or "AUTHENTICATE" in str(error)


def in_words(error: Exception) -> str:
    """What is wrong with a mailbox, for whoever set it up."""
    said = str(error)
    if isinstance(error, (CannotMark, imaplib.IMAP4.readonly)):
        return str(_("The folder can only be read. Allow this account to mark messages as read, or choose another folder."))
    if "LOGINDISABLED" in said or "PRIVACYREQUIRED" in said:
        return str(_("The server takes no password over a connection that is not encrypted."))
    if "application-specific" in said.lower() or "app password" in said.lower():
        return str(_("The server wants an app password, or a permission by OAuth2, instead of the account's own password."))
    if is_refused(error):
        return str(_("The server does not accept this name and password."))
    if isinstance(error, MailboxFolderSelectError):
        return str(_("There is no such folder on the server."))
    if isinstance(error, socket.gaierror):
        return str(_("There is no server of this name."))
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(_("The server's certificate cannot be trusted: %(problem)s", problem=error.verify_message))
    if isinstance(error, ssl.SSLError):
        return str(_("No encrypted connection came about. Look at port and encryption."))
    if isinstance(error, ConnectionRefusedError):
        return str(_("Nothing answers at this port."))
    if isinstance(error, TimeoutError):
        return str(_("The server does not answer."))
    return str(_("It did not work: %(problem)s", problem=said[:300]))

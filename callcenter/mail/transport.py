"""Handing a mail to the server of SMTP_OUT, and telling apart how it can go wrong."""

from __future__ import annotations

import re
import smtplib
import ssl
from urllib.parse import unquote, urlsplit

from callcenter.mail.letters import Letter

SECONDS = 15  # for each answer of the server; a job has 45 in all


class SendingError(Exception):
    """The mail was not taken. `uncertain`: it may have been, for the connection broke after the last byte was sent."""

    uncertain = False


class Refused(SendingError):
    """The server says no to this mail for good; trying again would give the same answer."""


class Deferred(SendingError):
    """Not now: the server is away, busy, or does not let us in. Trying again may help."""


class Unknown(Deferred):
    """All was sent, then nothing came back."""

    uncertain = True


def send(letter: Letter, *, smtp_out: str, own_name: str, timeout: float = SECONDS) -> None:
    """Returns after the server's 250. Raises Refused, Deferred, Unknown. `smtp_out`: smtp://, smtps:// or smtp+starttls://user:password@host:port."""
    try:
        server = _connected(smtp_out, own_name, timeout)
    except (OSError, smtplib.SMTPException) as error:
        raise Deferred(_said(error)) from error
    try:
        _deliver(server, letter)
    finally:
        _leave(server)


def _connected(smtp_out: str, own_name: str, timeout: float) -> smtplib.SMTP:
    parts = urlsplit(smtp_out)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, local_hostname=own_name, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, local_hostname=own_name, timeout=timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _deliver(server: smtplib.SMTP, letter: Letter) -> None:
    try:
        utf8 = not (letter.sender.isascii() and _ascii_domain(letter.recipient).isascii())
        options = ["SMTPUTF8"] if utf8 and server.has_extn("smtputf8") else []
        if server.has_extn("size"):
            options.append(f"SIZE={len(letter.content)}")
        _must(server.mail(_ascii_domain(letter.sender), options))
        _must(server.rcpt(_ascii_domain(letter.recipient)))
        _must(server.docmd("DATA"), wanted=354)
    except UnicodeEncodeError as error:
        raise Refused("The server cannot send to an address with letters beyond ASCII.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Deferred(_said(error)) from error
    try:
        server.send(_stuffed(letter.content))
        reply = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unknown(_said(error)) from error
    _must(reply)


def _must(reply: tuple[int, bytes], wanted: int = 250) -> None:
    code, text = reply
    if code == wanted or (wanted == 250 and code == 251):
        return
    said = f"{code} {text.decode('utf-8', 'replace')}"
    # 421 and 4xx pass by; -1 is a closed connection.
    raise (Refused if 500 <= code < 600 else Deferred)(said)


def _stuffed(content: bytes) -> bytes:
    """Lines in CRLF, a dot in front doubled, the final dot."""
    body = re.sub(rb"\r\n|\r|\n", b"\r\n", content).replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _ascii_domain(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what the server thinks of it is of no interest any more."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"

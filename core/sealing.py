"""Passwords and keys of others, sealed with the installation's SECRET_KEY, so that a copy of the database alone does not hold them.

HMAC-SHA256 in counter mode as the stream, then HMAC-SHA256 over nonce and text (encrypt-then-MAC), with two keys derived from the secret: built
from the standard library because no encryption package is among our dependencies. Each sealing has a fresh 16-byte nonce. `purpose` keeps apart what
is sealed for different things: what is moved from one column to another opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

MAILBOX = "mailbox password"
CLIENT = "mailbox client secret"
REFRESH = "mailbox refresh token"
_VERSION = "s1"
_NONCE = 16
_TAG = 32


class NotSealed(ValueError):
    """Not one of ours, or sealed with another SECRET_KEY."""


def seal(text: str, *, secret: str, purpose: str = MAILBOX) -> str:
    """The text, encrypted and authenticated, as `s1.…` in ASCII."""
    nonce = secrets.token_bytes(_NONCE)
    data = text.encode()
    hidden = _mixed(data, nonce, secret, purpose)
    return f"{_VERSION}." + base64.urlsafe_b64encode(nonce + _tag(nonce + hidden, secret, purpose) + hidden).decode()


def unseal(sealed: str, *, secret: str, purpose: str = MAILBOX) -> str:
    """The text again. Raises NotSealed."""
    version, _dot, body = sealed.partition(".")
    try:
        data = base64.urlsafe_b64decode(body.encode())
    except ValueError:
        raise NotSealed("not a sealed text") from None
    nonce, tag, hidden = data[:_NONCE], data[_NONCE : _NONCE + _TAG], data[_NONCE + _TAG :]
    if version != _VERSION or not hmac.compare_digest(tag, _tag(nonce + hidden, secret, purpose)):
        raise NotSealed("sealed with another key, or damaged")
    return _mixed(hidden, nonce, secret, purpose).decode()


def _key(use: bytes, secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"callout {purpose} v1 ".encode() + use, hashlib.sha256).digest()


def _tag(data: bytes, secret: str, purpose: str) -> bytes:
    return hmac.new(_key(b"authenticate", secret, purpose), data, hashlib.sha256).digest()


def _mixed(data: bytes, nonce: bytes, secret: str, purpose: str) -> bytes:
    key = _key(b"encrypt", secret, purpose)
    stream = b"".join(
        hmac.new(key, nonce + block.to_bytes(8, "big"), hashlib.sha256).digest() for block in range((len(data) + _TAG - 1) // _TAG)
    )
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))

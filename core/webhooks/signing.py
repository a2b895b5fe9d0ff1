"""The secret of an endpoint and the signature made with it.

A secret is not kept: it is HMAC-SHA256 of the endpoint's random seed under the installation's SECRET_KEY, so who reads the database or a dump
of it cannot sign. With another SECRET_KEY all secrets are others.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PURPOSE = b"callout webhook secret v1 "


def new_seed() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def secret_of(seed: str, secret_key: str) -> str:
    """The text that the receiver was shown; its UTF-8 bytes are the key of the signature."""
    made = hmac.new(secret_key.encode(), _PURPOSE + seed.encode(), hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def signature(body: bytes, *, keys: Iterable[str], timestamp: int) -> str:
    """`t=<unix seconds>,v1=<hex>`, with one more v1 while an old secret still holds. Signed is `<t>.<body>`."""
    signed = str(timestamp).encode() + b"." + body
    marks = [f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in keys]
    return ",".join([f"t={timestamp}", *marks])

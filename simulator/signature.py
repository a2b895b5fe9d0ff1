"""X-Twilio-Signature: base64 of HMAC-SHA1 over the address and the sorted POST parameters."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit


def signed_address(url: str, *, voice: bool = True) -> str:
    """The address as the carrier signs it: user, password and fragment never; https voice without its port; http and SMS with it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if voice and parts.scheme == "https":
        name, colon, port = host.rpartition(":")
        if colon and port.isdigit():
            host = name
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def sign(token: str, url: str, parameters: Mapping[str, str], *, voice: bool = True) -> str:
    """The signature of a POST with `parameters` (empty for GET) to `url`."""
    text = signed_address(url, voice=voice) + "".join(name + parameters[name] for name in sorted(parameters))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()

"""How an answer finds its ticket: the number in the subject, and a signed token in the Reply-To address.

The token is 24 base32 characters (ticket number and HMAC), because gateways change the case of addresses and some cut what is not
letters and digits. Nobody can make one without the secret, so guessing a ticket's address does not open the ticket.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

_NUMBER_BYTES = 5
_SIGNATURE_BYTES = 10
_PURPOSE = b"callout mail reply address v1\x00"
_TOKEN = re.compile(r"[a-z2-7]{24}\Z", re.IGNORECASE)
# Full-width brackets and marks are what East Asian keyboards and some gateways make of ours.
_SUBJECT_TOKEN = re.compile(r"[\[［【]\s*[#＃]\s*(\d{1,12})\s*[\]］】]")
_LOCAL_PART_LIMIT = 64


def subject_token(number: int) -> str:
    """`[#42]`, as it stands in our subjects."""
    return f"[#{number}]"


def find_subject_tokens(subject: str) -> list[int]:
    """Every ticket number marked in a subject, in order, each once."""
    return list(dict.fromkeys(int(number) for number in _SUBJECT_TOKEN.findall(subject)))


def sign_ticket(number: int, *, secret: str) -> str:
    """The token of a ticket: 24 lower-case base32 characters. Raises ValueError for a number outside 0 … 2⁴⁰-1."""
    if not 0 <= number < 1 << (8 * _NUMBER_BYTES):
        raise ValueError(f"ticket number {number} does not fit a reply token")
    payload = number.to_bytes(_NUMBER_BYTES, "big")
    return base64.b32encode(payload + _signature(payload, secret)).decode("ascii").lower()


def read_ticket(token: str, *, secret: str) -> int | None:
    """The ticket number a token was made for; None when it is not one of ours. Upper and lower case are the same."""
    if _TOKEN.match(token) is None:
        return None
    decoded = base64.b32decode(token.upper())
    payload, signature = decoded[:_NUMBER_BYTES], decoded[_NUMBER_BYTES:]
    return int.from_bytes(payload, "big") if hmac.compare_digest(signature, _signature(payload, secret)) else None


def _signature(payload: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode("utf-8"), _PURPOSE + payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def reply_address(mailbox_address: str, signed_token: str) -> str:
    """`support@example.org` and a token → `support+token@example.org`. Raises ValueError where that breaks RFC 5321's 64 characters."""
    local, _, domain = mailbox_address.rpartition("@")
    extended = f"{local}+{signed_token}"
    if not local or len(extended) > _LOCAL_PART_LIMIT:
        raise ValueError(f"{mailbox_address} cannot carry a reply token")
    return f"{extended}@{domain}"


def find_reply_token(addresses: Iterable[str]) -> str | None:
    """The first reply token among addresses (To, Cc, Delivered-To), in lower case; whether it is ours only `read_ticket` tells."""
    for address in addresses:
        local = address.rpartition("@")[0]
        token = local.rpartition("+")[2] if "+" in local else ""
        if _TOKEN.match(token):
            return token.lower()
    return None


def new_message_id(domain: str, token: str) -> str:
    """A new Message-ID on our own domain, `<token.random@domain>`; an answer's References then name the ticket, too."""
    return f"<{token}.{secrets.token_hex(10)}@{domain}>"

"""Signing in at a mailbox without its password: its owner permits it at Google or Microsoft (OAuth 2.0, RFC 6749 and 7636). Knows no database."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, READ_SECONDS = 5, 15
LARGEST_ANSWER = 256 * 1024  # bytes
LASTS = 3600  # seconds, where the answer does not say how long a token holds


@dataclass(frozen=True, slots=True)
class Provider:
    """`authorize` and `token` are addresses, in which {tenant} is the organisation's id; `host` is its IMAP server."""

    name: str
    authorize: str
    token: str
    scope: str
    host: str
    more: tuple[tuple[str, str], ...] = ()


PROVIDERS = {
    "google": Provider(
        name="Google",
        authorize="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        scope="https://mail.google.com/",
        host="imap.gmail.com",
        # Without these a second permission comes without a refresh token.
        more=(("access_type", "offline"), ("prompt", "consent")),
    ),
    "microsoft": Provider(
        name="Microsoft",
        authorize="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        host="outlook.office365.com",
        more=(("prompt", "select_account"),),
    ),
}
ANY_TENANT = "common"


class OAuthTrouble(Exception):
    """No token came. `code`: what the provider said (`invalid_grant`, …), "unreachable", or "malformed"."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """The firm's own registration with the provider."""

    provider: str
    client_id: str
    secret: str
    tenant: str = ANY_TENANT

    def address(self, template: str) -> str:
        return template.replace("{tenant}", self.tenant)


@dataclass(frozen=True, slots=True)
class Granted:
    """`seconds`: how long the access token holds. `refresh_token` "" when the one there is stays."""

    access_token: str
    seconds: int
    refresh_token: str


def consent_address(client: Client, *, redirect: str, state: str, verifier: str, user: str) -> str:
    """Where the mailbox's owner gives the permission. `verifier`: a secret of 43 to 128 letters that only we and `exchange` know."""
    provider = PROVIDERS[client.provider]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": redirect,
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": user,
        **dict(provider.more),
    }
    return f"{client.address(provider.authorize)}?{urlencode(query)}"


def exchange(client: Client, *, code: str, redirect: str, verifier: str) -> Granted:
    """The code that came back, for tokens. Raises OAuthTrouble, also when no refresh token comes."""
    granted = _asked(client, {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier})
    if not granted.refresh_token:
        raise OAuthTrouble("no_refresh_token")
    return granted


def refresh(client: Client, *, refresh_token: str) -> Granted:
    """A fresh access token. Raises OAuthTrouble; `invalid_grant` says that the permission ended."""
    return _asked(client, {"grant_type": "refresh_token", "refresh_token": refresh_token})


def _asked(client: Client, body: Mapping[str, str]) -> Granted:
    address = client.address(PROVIDERS[client.provider].token)
    try:
        with requests.post(
            address,
            data={"client_id": client.client_id, "client_secret": client.secret, **body},
            headers={"Accept": "application/json"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            content = answer.raw.read(LARGEST_ANSWER, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, HTTPError, OSError) as error:
        raise OAuthTrouble("unreachable", type(error).__name__) from error
    return _granted(status, content)


def _granted(status: int, content: bytes) -> Granted:
    try:
        said: Any = json.loads(content)
    except ValueError as error:
        raise OAuthTrouble("malformed", f"status {status}") from error
    if not isinstance(said, dict) or status != 200:
        code = said.get("error") if isinstance(said, dict) else None
        text = said.get("error_description") if isinstance(said, dict) else None
        raise OAuthTrouble(str(code or f"status_{status}")[:100], str(text or "")[:300])
    token, refresh_token, seconds = said.get("access_token"), said.get("refresh_token") or "", said.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(refresh_token, str):
        raise OAuthTrouble("malformed")
    lasts = str(seconds)
    return Granted(token, int(lasts) if lasts.isascii() and lasts.isdigit() else LASTS, refresh_token)

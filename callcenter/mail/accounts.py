"""A mailbox's settings as an account to sign in with: the password unsealed, or a fresh token of its provider."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from callcenter.mail import imap, oauth
from config import Config
from core.sealing import CLIENT, REFRESH, NotSealed, seal, unseal

PASSWORD = "password"
WAYS = (PASSWORD, *oauth.PROVIDERS)
MARGIN = 60.0  # seconds before its end a token is not used any more


class NotConnected(Exception):
    """The mailbox's owner has not given the permission yet."""


TROUBLES = (*imap.TROUBLES, NotSealed, NotConnected, oauth.OAuthTrouble)

_lock = threading.Lock()
_tokens: dict[str, tuple[str, float]] = {}  # by the sealed refresh token: access token, monotonic end


def client_of(fetch: dict[str, Any], config: Config) -> oauth.Client:
    """The firm's registration that the settings name. Raises NotSealed."""
    secret = unseal(fetch["client_secret_sealed"], secret=config.secret_key, purpose=CLIENT)
    return oauth.Client(fetch["auth"], fetch["client_id"], secret, fetch.get("tenant") or oauth.ANY_TENANT)


def account_of(fetch: dict[str, Any], config: Config, renewed: Callable[[dict[str, Any]], None] | None = None) -> imap.Account:
    """Who we are at the server. Asks the provider where the token ran out: no transaction may be open. `renewed(settings)` is called when the
    provider gave another refresh token, which these settings hold. Raises NotSealed, NotConnected, OAuthTrouble."""
    password, token = "", ""
    if fetch.get("auth", PASSWORD) == PASSWORD:
        password = unseal(fetch["password_sealed"], secret=config.secret_key)
    else:
        token = _token(fetch, config, renewed)
    return imap.Account(fetch["host"], int(fetch["port"]), fetch["user"], password, fetch["folder"], fetch["tls"], token)


def _token(fetch: dict[str, Any], config: Config, renewed: Callable[[dict[str, Any]], None] | None) -> str:
    sealed = fetch.get("refresh_sealed")
    if not sealed:
        raise NotConnected
    with _lock:
        token, end = _tokens.get(sealed, ("", 0.0))
    if token and time.monotonic() < end:
        return token
    asked = time.monotonic()
    granted = oauth.refresh(client_of(fetch, config), refresh_token=unseal(sealed, secret=config.secret_key, purpose=REFRESH))
    if granted.refresh_token and renewed is not None:
        fresh = {**fetch, "refresh_sealed": seal(granted.refresh_token, secret=config.secret_key, purpose=REFRESH)}
        renewed(fresh)
        forget(fetch)
        sealed = fresh["refresh_sealed"]
    with _lock:
        _tokens[sealed] = (granted.access_token, asked + granted.seconds - MARGIN)
    return granted.access_token


def forget(fetch: dict[str, Any]) -> None:
    """The server refused: the next sign-in asks for a fresh token."""
    with _lock:
        _tokens.pop(fetch.get("refresh_sealed") or "", None)


def in_words(error: Exception, fetch: dict[str, Any]) -> str:
    """What is wrong with a mailbox, for whoever set it up."""
    provider = oauth.PROVIDERS.get(fetch.get("auth", PASSWORD))
    name = provider.name if provider is not None else ""
    if isinstance(error, NotSealed):
        return str(_("What was kept of this account was sealed with another SECRET_KEY. Write the password or connect it once more."))
    if isinstance(error, NotConnected):
        return str(_("%(provider)s has not permitted it yet. Press Connect.", provider=name))
    if isinstance(error, oauth.OAuthTrouble):
        return _oauth_words(error, name)
    if name and imap.is_refused(error):
        return str(
            _("%(provider)s does not let this account read %(user)s. Connect it again as this user.", provider=name, user=fetch["user"])
        )
    return imap.in_words(error)


def _oauth_words(error: oauth.OAuthTrouble, name: str) -> str:
    if error.code in ("invalid_grant", "interaction_required", "no_refresh_token"):
        return str(_("The permission of %(provider)s has ended or was withdrawn. Connect the mailbox again.", provider=name))
    if error.code in ("invalid_client", "unauthorized_client"):
        return str(_("%(provider)s does not know this client id with this secret.", provider=name))
    if error.code == "access_denied":
        return str(_("The permission was not given at %(provider)s.", provider=name))
    if error.code == "unreachable":
        return str(_("The sign-in of %(provider)s cannot be reached.", provider=name))
    return str(_("%(provider)s gave no permission: %(problem)s", provider=name, problem=str(error)[:300]))

"""Access tokens of the browser SDK: a JWT with a voice grant, made by the app with `twilio.jwt.access_token`."""

from __future__ import annotations

from dataclasses import dataclass

import jwt

from simulator.settings import Settings

INVALID, EXPIRED, ISSUER, SUBJECT, NO_GRANT = 20101, 20104, 20103, 20105, 20106
TOKEN_TYPE = "twilio-fpa;v=1"


class TokenRefused(Exception):
    """A token the carrier would not take; `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows. `expires` is a Unix time in seconds."""

    identity: str
    expires: int
    incoming: bool
    application: str


def read_token(settings: Settings, token: str) -> Grant:
    """The grant in a token signed with the API secret (by its key) or with one of the account's auth tokens. Raises TokenRefused."""
    try:
        header = jwt.get_unverified_header(token)
        claimed = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError:
        raise TokenRefused(INVALID, "AccessTokenInvalid: not a JWT") from None
    if header.get("cty") != TOKEN_TYPE:
        raise TokenRefused(INVALID, f"AccessTokenInvalid: its content type is not {TOKEN_TYPE}")
    payload = _verified(token, _secrets(settings, claimed))
    if payload.get("sub") != settings.account_sid:
        raise TokenRefused(SUBJECT, "AccessTokenInvalid: made for another account")
    grants = payload.get("grants")
    voice = grants.get("voice") if isinstance(grants, dict) else None
    if not isinstance(grants, dict) or not isinstance(voice, dict):
        raise TokenRefused(NO_GRANT, "AccessTokenInvalid: no voice grant")
    identity = str(grants.get("identity") or "")
    if not identity or not identity.isascii() or not identity.replace("_", "").isalnum():
        raise TokenRefused(INVALID, "AccessTokenInvalid: an identity has only letters, digits and _")
    incoming, outgoing = voice.get("incoming") or {}, voice.get("outgoing") or {}
    expires = payload["exp"]
    return Grant(identity, int(str(expires)), bool(incoming.get("allow")), str(outgoing.get("application_sid") or ""))


def _secrets(settings: Settings, issuer: str) -> list[str]:
    if settings.api_key and issuer == settings.api_key:
        return [settings.api_secret]
    return list(settings.auth_tokens)


def _verified(token: str, secrets: list[str]) -> dict[str, object]:
    for secret in secrets:
        try:
            payload: dict[str, object] = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}, leeway=0)
        except jwt.InvalidSignatureError:
            continue
        except jwt.ExpiredSignatureError:
            raise TokenRefused(EXPIRED, "AccessTokenExpired") from None
        except jwt.PyJWTError as error:
            raise TokenRefused(INVALID, f"AccessTokenInvalid: {error}") from None
        return payload
    raise TokenRefused(ISSUER, "AccessTokenInvalid: the signature is not ours")

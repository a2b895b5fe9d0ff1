"""What is still missing before real calls reach us: settings that are there or not (pure), and what the carrier itself has on file."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from callcenter.voice.carrier import Application, CarrierNumber
from config import Config

IN, FALLBACK, STATUS, AGENT = "/voice/in", "/voice/fallback", "/voice/status", "/voice/agent"
SID_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `code` is what was looked at, `ok` whether it is right, `found` what is there now (never a secret)."""

    code: str
    ok: bool
    found: str = ""


def is_reachable(address: str) -> bool:
    """Whether a carrier outside can call this address: https, and no name or number of this machine or a private network."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost" or host.endswith((".local", ".localhost", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def is_sid(text: str, prefix: str) -> bool:
    """Whether a text has the form of a SID: two letters and 32 hexadecimal digits."""
    return len(text) == SID_LENGTH and text.startswith(prefix) and all(sign in "0123456789abcdef" for sign in text[2:].lower())


def settings_findings(config: Config, *, active_numbers: int) -> list[Finding]:
    """What our own settings say, in the order of the steps."""
    return [
        Finding("public", is_reachable(config.public_base_url), config.public_base_url),
        Finding("live", is_reachable(config.live_public_url), config.live_public_url),
        Finding("account", is_sid(config.twilio_account_sid, "AC"), config.twilio_account_sid),
        Finding("token", bool(config.twilio_auth_tokens), "•" * 8 if config.twilio_auth_tokens else ""),
        Finding("key", is_sid(config.twilio_api_key, "SK"), config.twilio_api_key),
        Finding("secret", bool(config.twilio_api_secret), "•" * 8 if config.twilio_api_secret else ""),
        Finding("app", is_sid(config.twilio_app_sid, "AP"), config.twilio_app_sid),
        Finding("carrier", config.carrier == "twilio", config.carrier),
        Finding("numbers", active_numbers > 0, str(active_numbers)),
    ]


def carrier_findings(base: str, ours: Iterable[str], theirs: Mapping[str, CarrierNumber], application: Application | None) -> list[Finding]:
    """Whether the carrier knows our numbers and sends their calls here; `ours` are E.164, `theirs` by E.164."""
    found: list[Finding] = []
    for number in ours:
        known = theirs.get(number)
        found.append(Finding(f"number {number}", known is not None))
        if known is not None:
            found += [
                Finding(f"voice {number}", (known.voice_url, known.voice_method) == (base + IN, "POST"), known.voice_url),
                Finding(f"fallback {number}", known.fallback_url == base + FALLBACK, known.fallback_url),
                Finding(f"status {number}", known.status_url == base + STATUS, known.status_url),
            ]
    if application is not None:
        found.append(
            Finding("application", (application.voice_url, application.voice_method) == (base + AGENT, "POST"), application.voice_url)
        )
    return found

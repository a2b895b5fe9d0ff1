"""What the simulator is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class WrongSetting(SystemExit):
    """A setting that cannot be used. Its text is the one line shown."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"simulator: {name}: {problem}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses are without a trailing slash. `clock_rate` is simulated seconds per real second; 0 means the clock is moved by hand."""

    port: int
    public_base_url: str
    simulator_url: str
    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    application_sid: str = ""
    clock_rate: float = 1.0
    calls_per_second: float = 1.0
    default_number: str = "+15005550006"

    @property
    def auth_token(self) -> str:
        """The token webhooks are signed with: the first of the list; the others are accepted while one is rotated."""
        return self.auth_tokens[0]


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings. Raises WrongSetting naming the first one that cannot be used."""
    env = os.environ if environ is None else environ
    port = _port(env, "PORT", 5000)
    simulator_port = _port(env, "SIMULATOR_PORT", port + 2)
    tokens = tuple(part.strip() for part in env.get("TWILIO_AUTH_TOKEN", "").split(",") if part.strip())
    if not tokens:
        raise WrongSetting("TWILIO_AUTH_TOKEN", "is needed: it signs the webhooks and opens the REST interface")
    return Settings(
        port=simulator_port,
        public_base_url=_address(env, "PUBLIC_BASE_URL", f"http://127.0.0.1:{port}"),
        simulator_url=_address(env, "SIMULATOR_URL", f"http://127.0.0.1:{simulator_port}"),
        account_sid=_account_sid(env),
        auth_tokens=tokens,
        api_key=env.get("TWILIO_API_KEY", ""),
        api_secret=env.get("TWILIO_API_SECRET", ""),
        application_sid=env.get("TWILIO_APP_SID", ""),
        clock_rate=_decimal(env, "SIMULATOR_CLOCK_RATE", 1.0),
        calls_per_second=_decimal(env, "SIMULATOR_CALLS_PER_SECOND", 1.0),
        default_number=env.get("SIMULATOR_NUMBER", "+15005550006"),
    )


def _account_sid(env: Mapping[str, str]) -> str:
    text = env.get("TWILIO_ACCOUNT_SID") or "AC" + "0" * 31 + "1"
    if len(text) != 34 or not text.startswith("AC"):
        raise WrongSetting("TWILIO_ACCOUNT_SID", f"{text!r} is not AC and 32 hexadecimal digits")
    return text


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise WrongSetting(name, f"{text!r} is not a port")
    return int(text)


def _decimal(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise WrongSetting(name, f"{text!r} is not a number") from None
    if not 0 <= value <= 10_000:
        raise WrongSetting(name, f"{value} is not between 0 and 10000")
    return value


def _address(env: Mapping[str, str], name: str, default: str) -> str:
    text = (env.get(name) or default).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting(name, f"{text!r} is not an address like http://127.0.0.1:5000")
    return text

"""Every setting of Callout: one frozen dataclass, read once from the environment. A wrong value stops the start with one clear line."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CARRIERS = ("none", "simulator", "twilio")
# Every environment variable read below (a contract test compares): what a backup keeps of the environment.
SETTINGS = (
    *("DATA_DIR", "HOST", "PORT", "LIVE_PORT", "SIMULATOR_PORT", "SMTP_HOST", "SMTP_PORT", "SINK_PORT"),
    *("PUBLIC_BASE_URL", "LIVE_PUBLIC_URL", "SIMULATOR_URL", "TRUSTED_PROXIES", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO"),
    *("CARRIER", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_APP_SID"),
    *("FILES_URL", "SMTP_OUT", "MAIL_DOMAIN", "MAIL_MAX_BYTES", "WEBHOOK_NETWORKS", "METRICS_TOKEN", "SENTRY_DSN", "LOG_LEVEL"),
    *("MAP_TILES_URL", "MAP_TILES_ATTRIBUTION"),
)


class WrongSetting(SystemExit):
    """A setting that cannot be used. Its text is the one line shown: it names the setting, the value and what is expected."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"callout: {name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one installation. Sizes are bytes, durations seconds, addresses without a trailing slash."""

    data_dir: Path
    port: int
    live_port: int
    simulator_port: int
    smtp_host: str
    smtp_port: int
    sink_port: int
    host: str
    public_base_url: str
    live_public_url: str
    simulator_url: str
    trusted_proxies: tuple[str, ...]
    database_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    carrier: str
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)
    twilio_api_key: str
    twilio_api_secret: str = field(repr=False)
    twilio_app_sid: str
    demo: bool
    files_url: str
    smtp_out: str = field(repr=False)
    mail_domain: str
    mail_max_bytes: int
    webhook_networks: tuple[str, ...]
    metrics_token: str = field(repr=False)
    sentry_dsn: str = field(repr=False)
    log_level: str
    map_tiles_url: str
    map_tiles_attribution: str

    @property
    def secure_cookies(self) -> bool:
        return self.public_base_url.startswith("https://")


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """PostgreSQL refuses to run as root, so root's data lives where an unprivileged user can reach it."""
    if "DATA_DIR" in environ:
        return Path(environ["DATA_DIR"]).expanduser().resolve()
    return Path("/var/lib/callout") if os.geteuid() == 0 else Path("var").resolve()


def read(environ: Mapping[str, str] | None = None) -> Config:
    """Read and check all settings. Raises WrongSetting naming the first one that cannot be used."""
    env = os.environ if environ is None else environ
    data_dir = default_data_dir(env)
    port = _port(env, "PORT", 5000)
    live_port = _port(env, "LIVE_PORT", port + 1)
    simulator_port = _port(env, "SIMULATOR_PORT", port + 2)
    demo = _flag(env, "DEMO") or (data_dir / "demo").exists()
    public = _url(env, "PUBLIC_BASE_URL", f"http://127.0.0.1:{port}")
    carrier = env.get("CARRIER", "simulator" if demo else "none")
    if carrier not in CARRIERS:
        raise WrongSetting("CARRIER", f"{carrier!r} is not one of {', '.join(CARRIERS)}")
    account_sid = env.get("TWILIO_ACCOUNT_SID", "")
    tokens = tuple(part.strip() for part in env.get("TWILIO_AUTH_TOKEN", "").split(",") if part.strip())
    if carrier == "twilio":
        for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_APP_SID"):
            if not env.get(name):
                raise WrongSetting(name, "is needed when CARRIER=twilio")
    secret_key = env.get("SECRET_KEY") or _kept_secret(data_dir)
    if carrier == "simulator":
        # The simulator and the web processes share these; they never leave the machine.
        account_sid = account_sid or "AC" + "0" * 31 + "1"
        tokens = tokens or (f"sim-{secret_key[:24]}",)
    return Config(
        data_dir=data_dir,
        port=port,
        live_port=live_port,
        simulator_port=simulator_port,
        smtp_host=env.get("SMTP_HOST", "127.0.0.1"),
        smtp_port=_port(env, "SMTP_PORT", port + 3),
        sink_port=_port(env, "SINK_PORT", port + 4),
        host=env.get("HOST", "127.0.0.1"),
        public_base_url=public,
        live_public_url=_url(env, "LIVE_PUBLIC_URL", f"http://127.0.0.1:{live_port}"),
        simulator_url=_url(env, "SIMULATOR_URL", f"http://127.0.0.1:{simulator_port}"),
        trusted_proxies=_networks(env, "TRUSTED_PROXIES"),
        database_url=env.get("DATABASE_URL", ""),
        redis_url=env.get("REDIS_URL", ""),
        secret_key=secret_key,
        carrier=carrier,
        twilio_account_sid=account_sid,
        twilio_auth_tokens=tokens,
        twilio_api_key=env.get("TWILIO_API_KEY", ""),
        twilio_api_secret=env.get("TWILIO_API_SECRET", ""),
        twilio_app_sid=env.get("TWILIO_APP_SID", ""),
        demo=demo,
        files_url=env.get("FILES_URL", f"file://{data_dir}/files"),
        smtp_out=_smtp(env, demo, port),
        mail_domain=env.get("MAIL_DOMAIN", urlsplit(public).hostname or "localhost"),
        mail_max_bytes=_number(env, "MAIL_MAX_BYTES", 25 * 1024 * 1024, 1024, 1 << 30),
        # A demonstration's receivers are on its own machine.
        webhook_networks=_networks(env, "WEBHOOK_NETWORKS") or (("127.0.0.0/8", "::1/128") if demo else ()),
        metrics_token=env.get("METRICS_TOKEN", ""),
        sentry_dsn=env.get("SENTRY_DSN", ""),
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        map_tiles_url=_tiles(env),
        map_tiles_attribution=env.get("MAP_TILES_ATTRIBUTION", "").strip(),
    )


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, "")
    try:
        value = int(text) if text else default
    except ValueError:
        raise WrongSetting(name, f"{text!r} is not a whole number") from None
    if not low <= value <= high:
        raise WrongSetting(name, f"{value} is not between {low} and {high}")
    return value


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    return _number(env, name, default, 1, 65535)


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in ("", "0", "1", "no", "yes", "false", "true"):
        raise WrongSetting(name, f"{text!r} is neither yes nor no")
    return text in ("1", "yes", "true")


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name, default).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting(name, f"{text!r} is not an address like https://service.example")
    return text


def _tiles(env: Mapping[str, str]) -> str:
    """Where pictures of a map come from, with {z}, {x} and {y} in its path; none by default, so that nobody learns where our customers live."""
    text = env.get("MAP_TILES_URL", "")
    if not text:
        return ""
    parts = urlsplit(text)
    whole = all(mark in parts.path + parts.query for mark in ("{z}", "{x}", "{y}"))
    if parts.scheme not in ("http", "https") or not parts.hostname or set(parts.netloc) & set("{ ;,'\"@") or not whole:
        raise WrongSetting("MAP_TILES_URL", f"{text!r} is not an address like https://tiles.example/{{z}}/{{x}}/{{y}}.png")
    return text


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    for text in found:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise WrongSetting(name, f"{text!r} is not an address or network like 10.0.0.0/8") from None
    return found


def _smtp(env: Mapping[str, str], demo: bool, port: int) -> str:
    text = env.get("SMTP_OUT", f"smtp://127.0.0.1:{_port(env, 'SINK_PORT', port + 4)}" if demo else "")
    if text and urlsplit(text).scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise WrongSetting("SMTP_OUT", f"{text!r} is not an address like smtp+starttls://user:password@mail.example:587")
    return text


def _kept_secret(data_dir: Path) -> str:
    """The installation's secret: made once, kept in the data directory, readable by its owner only."""
    path = data_dir / "secret_key"
    if path.exists():
        return path.read_text().strip()
    data_dir.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made)
    except FileExistsError:  # another process of the same start was first
        return path.read_text().strip()
    return made

"""Connection overrides: the `#rc=3&rp=all` a webhook's address may carry. Never sent, never signed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

POLICIES = {"ct", "rt", "4xx", "5xx", "all"}


@dataclass(frozen=True, slots=True)
class Overrides:
    """Retries after the first attempt, for which failures, and time-outs in seconds. The defaults are Twilio's."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 15.0

    def retry_on(self, failure: str) -> bool:
        """Whether a failure (`ct`, `rt`, `4xx`, `5xx`) is worth another attempt."""
        return "all" in self.policy or failure in self.policy


def split_overrides(url: str) -> tuple[str, Overrides]:
    """The address without its fragment, and what the fragment asks for. Values out of Twilio's ranges are clipped to them."""
    address, fragment = urldefrag(url)
    asked = dict(parse_qsl(fragment))
    default = Overrides()
    policy = frozenset(part for part in asked.get("rp", "ct").split(",") if part in POLICIES)
    return address, Overrides(
        retries=int(_clipped(asked.get("rc"), default.retries, 0, 5)),
        policy=policy or default.policy,
        connect_seconds=_clipped(asked.get("ct"), 5000, 100, 10_000) / 1000,
        read_seconds=_clipped(asked.get("rt"), 15_000, 100, 15_000) / 1000,
        total_seconds=_clipped(asked.get("tt"), 15_000, 100, 15_000) / 1000,
    )


def _clipped(text: str | None, default: float, low: float, high: float) -> float:
    if text is None or not text.isdigit():
        return default
    return min(max(float(text), low), high)

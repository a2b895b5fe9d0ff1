"""One question to the routing service. The network is here; no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from core.webhooks import sending
from dispatch.roads.protocols import DIALECTS, TroubleError
from dispatch.roads.rules import Cell
from dispatch.visits.travel import Point

SECONDS = 10.0
LARGEST = 4_000_000  # bytes; the wordiest answer to the largest table is a tenth of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where to ask and how. `key`: "" for none; `key_in`: `header` (as a bearer token) or `query` (api_key=…)."""

    kind: str
    address: str
    key: str = field(default="", repr=False)
    key_in: str = "header"


def table(
    service: Service, origins: Sequence[Point], destinations: Sequence[Point], *, networks: Sequence[str], seconds: float = SECONDS
) -> list[list[Cell]]:
    """Seconds and metres from each of the origins to each of the destinations, as the service says them. Raises TroubleError; TooHardError when a
    smaller table may be answered. Redirects are not followed; goes to public addresses over https, and to those that WEBHOOK_NETWORKS names."""
    dialect = DIALECTS[service.kind]
    question = dialect.question(origins, destinations)
    path = question.path
    headers = {"Accept": "application/json", "User-Agent": "Callout-Roads/1"}
    if question.body is not None:
        headers["Content-Type"] = "application/json"
    if service.key and service.key_in == "query":
        path += f"{'&' if '?' in path else '?'}api_key={quote(service.key, safe='')}"
    elif service.key:
        headers["Authorization"] = f"Bearer {service.key}"
    url = urlsplit(service.address.rstrip("/") + path)
    answer = sending.ask(question.method, url, question.body, headers, networks=networks, most=LARGEST, seconds=seconds)
    if answer.status is None:
        raise TroubleError(answer.problem or "unreachable", answer.text)
    if 300 <= answer.status < 400:
        raise TroubleError("status", f"{answer.status}")
    return dialect.rows(answer.status, answer.content, len(origins), len(destinations))

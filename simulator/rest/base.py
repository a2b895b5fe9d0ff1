"""What all resources share: reading parameters, finding things, paging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from simulator.engine.exchange import Exchange
from simulator.engine.models import Callback, Fetch
from simulator.engine.world import API_VERSION, World
from simulator.formats import truth
from simulator.rest.errors import bad, not_found

T = TypeVar("T")
Json = dict[str, Any]
DEFAULT_PAGE = 50
LARGEST_PAGE = 1000


class Form:
    """The form parameters of a request."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self._pairs if key == name), default)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self._pairs)

    def all(self, name: str) -> list[str]:
        return [part for key, value in self._pairs if key == name for part in value.split()]

    def flag(self, name: str, default: bool = False) -> bool:
        return truth(self.get(name), default)

    def fetch(self, address: str, method: str) -> Fetch | None:
        """Instructions named by an address and a method parameter. Raises 21205 for what is no address."""
        url = self.get(address)
        if not url:
            return None
        if urlsplit(url).scheme not in ("http", "https"):
            raise bad(21205, f"Url is not a valid URL: {url}")
        return Fetch(url, self.method(method))

    def method(self, name: str) -> str:
        value = self.get(name, "POST").upper()
        if value not in ("GET", "POST"):
            raise bad(21403, f"{name} is not GET or POST")
        return value

    def callback(self, prefix: str = "", default_events: str = "completed") -> Callback | None:
        """`StatusCallback` and its friends, possibly prefixed (`Conference`, `Recording`)."""
        target = self.fetch(f"{prefix}StatusCallback", f"{prefix}StatusCallbackMethod")
        if target is None:
            return None
        events = self.all(f"{prefix}StatusCallbackEvent") or default_events.split()
        return Callback(target.url, target.method, frozenset(events))


class Resource:
    """A family of addresses under an account."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    @property
    def world(self) -> World:
        return self.exchange.world

    @property
    def root(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.world.settings.account_sid}"

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def find(self, table: dict[str, T], request: web.Request, name: str) -> T:
        """The thing whose SID is in the address. Raises 404/20404."""
        found = table.get(request.match_info[name])
        if found is None:
            raise not_found(request.path)
        return found


async def form_of(request: web.Request) -> Form:
    pairs = await request.post()
    return Form([(name, value) for name, value in pairs.items() if isinstance(value, str)])


def page(request: web.Request, key: str, items: Sequence[T], shape: Callable[[T], Json]) -> web.Response:
    """One page of a list in Twilio's envelope. `PageSize` and `Page` choose it; the next page's token is its number."""
    size = min(max(_whole(request.query.get("PageSize"), DEFAULT_PAGE), 1), LARGEST_PAGE)
    number = max(_whole(request.query.get("Page"), 0), 0)
    start = number * size
    chosen = items[start : start + size]

    def address(wanted: int) -> str:
        query = {name: value for name, value in request.query.items() if name not in ("Page", "PageSize", "PageToken")}
        return f"{request.path}?{urlencode({**query, 'PageSize': size, 'Page': wanted})}"

    body: Json = {
        key: [shape(item) for item in chosen],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(chosen) - 1),
        "uri": address(number),
        "first_page_uri": address(0),
        "next_page_uri": address(number + 1) if start + size < len(items) else None,
        "previous_page_uri": address(number - 1) if number else None,
    }
    return web.json_response(body)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default

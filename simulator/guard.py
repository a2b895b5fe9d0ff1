"""The simulator is for this machine only: it refuses what came from elsewhere or through a proxy."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.settings import Settings

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-Ip", "Via")


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for a Host that is not this machine's loopback (DNS rebinding) and for any sign of a proxy."""
    proxied = any(name in request.headers for name in FORWARDED) or any(name.lower().startswith("x-forwarded") for name in request.headers)
    if proxied or not is_loopback(request.headers.get("Host", "")):
        return web.Response(status=403, text="Only for this machine.\n")
    return await handler(request)


def is_loopback(netloc: str) -> bool:
    """Whether host[:port] is localhost or a loopback address."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_origins(settings: Settings) -> set[str]:
    """The app's origin and our own; a loopback one under each of its names."""
    found = set()
    for address in (settings.public_base_url, settings.simulator_url, f"http://127.0.0.1:{settings.port}"):
        parts = urlsplit(address)
        found.add(f"{parts.scheme}://{parts.netloc}")
        if is_loopback(parts.netloc):
            port = f":{parts.port}" if parts.port else ""
            found |= {f"{parts.scheme}://{name}{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    return found


def origin_allowed(settings: Settings, request: web.Request) -> bool:
    """Browsers name their origin on websockets and cross-origin requests; programs name none and are let in by their credentials."""
    origin = request.headers.get("Origin")
    return origin is None or origin in allowed_origins(settings)

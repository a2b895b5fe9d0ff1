"""In front of the REST interface: who is asking, what the chaos knobs do to it, and errors in Twilio's form."""

from __future__ import annotations

import hmac

from aiohttp import BasicAuth, web
from aiohttp.typedefs import Handler, Middleware

from simulator.chaos import Action
from simulator.engine.exchange import Exchange
from simulator.rest.errors import ApiError, not_found
from simulator.settings import Settings

GUARDED = ("/2010-04-01/", "/simulator/")
MESSAGES = {429: "Too Many Requests", 500: "An internal server error has occurred", 503: "Service Unavailable"}


def rest_gate(exchange: Exchange) -> Middleware:
    """Middleware for the guarded paths."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(GUARDED):
            return await handler(request)
        try:
            if not known(exchange.world.settings, request):
                raise ApiError(401, 20003, "Authenticate")
            if request.path.startswith("/simulator/"):
                return await handler(request)
            return await _disturbed(exchange, request, handler)
        except web.HTTPNotFound:
            return not_found(request.path).response()
        except web.HTTPMethodNotAllowed:
            return ApiError(405, 20004, "Method not allowed").response()
        except ApiError as error:
            return error.response()

    return gate


async def _disturbed(exchange: Exchange, request: web.Request, handler: Handler) -> web.StreamResponse:
    world = exchange.world
    strike = world.chaos.strike("rest", request.path, method=request.method)
    if strike is None:
        return await handler(request)
    failure = ApiError(strike.status, 20429 if strike.status == 429 else strike.code, MESSAGES.get(strike.status, "Chaos"))
    if strike.action is Action.FAIL:
        raise failure
    if strike.action is Action.DELAY:
        await world.clock.sleep(strike.seconds)
    if strike.action is Action.DROP:
        if request.transport is not None:
            request.transport.close()
        raise failure
    response = await handler(request)
    if strike.action is Action.FAIL_AFTER:
        raise failure
    return response


def known(settings: Settings, request: web.Request) -> bool:
    """Basic authentication: account and a token, or the API key and its secret."""
    try:
        given = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return False
    pairs = [(settings.account_sid, token) for token in settings.auth_tokens]
    if settings.api_key and settings.api_secret:
        pairs.append((settings.api_key, settings.api_secret))
    return any(_same(given.login, name) and _same(given.password, secret) for name, secret in pairs)


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode())

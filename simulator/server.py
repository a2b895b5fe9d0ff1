"""The simulator's web server: all its doors on one loopback address."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from simulator.control import Control
from simulator.devices import DeviceDoor
from simulator.engine.exchange import Exchange
from simulator.guard import loopback_only
from simulator.phone import PhoneDoor
from simulator.rest.calls import Calls
from simulator.rest.conferences import Conferences
from simulator.rest.gate import rest_gate
from simulator.rest.messages import Messages
from simulator.rest.numbers import Numbers
from simulator.rest.queues import Queues
from simulator.rest.recordings import Recordings

HOST = "127.0.0.1"


def make_app(exchange: Exchange) -> web.Application:
    """The application with every route; closing it closes the exchange."""
    app = web.Application(middlewares=[loopback_only, rest_gate(exchange)], client_max_size=1024 * 1024)
    for resource in (Calls, Queues, Conferences, Recordings, Numbers, Messages):
        app.router.add_routes(resource(exchange).routes())
    app.router.add_routes(Control(exchange).routes())
    app.router.add_routes(DeviceDoor(exchange).routes())
    app.router.add_routes(PhoneDoor(exchange).routes())

    async def close(app: web.Application) -> None:
        await exchange.close()

    app.on_shutdown.append(close)
    return app


class Server:
    """A running simulator. `port` 0 takes a free one; `port` tells which after `start`."""

    def __init__(self, exchange: Exchange, port: int | None = None) -> None:
        self.exchange = exchange
        self.port = exchange.world.settings.port if port is None else port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        self._runner = web.AppRunner(make_app(self.exchange), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        world = self.exchange.world
        if world.settings.port != self.port:
            world.settings = replace(world.settings, port=self.port, simulator_url=f"http://{HOST}:{self.port}")

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

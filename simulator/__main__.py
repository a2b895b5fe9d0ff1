"""`python -m simulator`: run until told to stop."""

from __future__ import annotations

import asyncio
import signal

from simulator.engine.exchange import Exchange
from simulator.server import HOST, Server
from simulator.settings import Settings, read


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then end the calls and close."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = Server(Exchange(settings))
    await server.start()
    print(f"simulator: http://{HOST}:{server.port}, webhooks to {settings.public_base_url}", flush=True)
    await stopping.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(read()))

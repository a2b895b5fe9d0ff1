"""The firm of these tests with the real simulator as its carrier: both clocks are moved by hand, together.

The simulator runs in a thread of its own. Its webhooks are answered in the test's thread (which has the database) while that moves the clock;
the outbox's work is done by `work()`, so that nothing happens at the same time by chance.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import pytest
import requests
from aiohttp import web
from flask import Flask
from sqlalchemy import select
from twilio.base.exceptions import TwilioException

from callcenter.voice import carrier as gateway
from callcenter.voice import services
from callcenter.voice.models import Call as OurCall
from callcenter.voice.models import Offer, QueueEntry
from core import clock, outbox
from core.db import db as database
from core.db import transaction
from core.outbox import OutboxRow
from simulator.clock import Clock
from simulator.engine.exchange import Exchange
from simulator.engine.models import Call, FarEnd, Fetch
from simulator.scripts import ScriptedPhone
from simulator.server import Server
from simulator.settings import Settings
from staff.models import Person
from tests.callcenter.voice.conftest import CALLER, NUMBER, Firm

T = TypeVar("T")
Time = Callable[..., datetime]
PATIENCE = 20.0  # real seconds before a hanging test fails


@dataclass(slots=True)
class Asked:
    """A webhook on its way to the test's thread."""

    path: str
    body: bytes
    headers: dict[str, str]
    answer: asyncio.Future[tuple[int, bytes, str]]


class House:
    """What the tests do to the two worlds."""

    def __init__(self, app: Flask, time: Time) -> None:
        self.app, self.time = app, time
        self.client = app.test_client()
        self.asked: queue.Queue[Asked] = queue.Queue()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.exchange: Exchange
        self.server: Server
        self.runner: web.AppRunner

    def start(self) -> None:
        self.do(self._start())

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._webhook)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        config = self.app.config["CALLOUT"]
        settings = Settings(
            port=1,
            public_base_url=f"http://127.0.0.1:{self.runner.addresses[0][1]}",
            simulator_url="http://127.0.0.1:1",
            account_sid=config.twilio_account_sid,
            auth_tokens=config.twilio_auth_tokens,
            default_number=NUMBER,
            calls_per_second=0,
        )
        self.exchange = Exchange(settings, Clock(0, start=self.time()))
        self.server = Server(self.exchange, 0)
        await self.server.start()

    def stop(self) -> None:
        self.do(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _stop(self) -> None:
        await self.server.stop()
        await self.runner.cleanup()

    async def _webhook(self, request: web.Request) -> web.Response:
        answer: asyncio.Future[tuple[int, bytes, str]] = self.loop.create_future()
        self.asked.put(Asked(request.raw_path, await request.read(), dict(request.headers), answer))
        status, body, content_type = await answer
        return web.Response(status=status, body=body, headers={"Content-Type": content_type})

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the simulator, answering its webhooks meanwhile."""
        done = asyncio.run_coroutine_threadsafe(work, self.loop)
        while not done.done():
            try:
                self._answer(self.asked.get(timeout=0.005))
            except queue.Empty:
                continue
        return done.result(PATIENCE)

    def _answer(self, asked: Asked) -> None:
        kept = {name: asked.headers[name] for name in ("X-Twilio-Signature", "I-Twilio-Idempotency-Token") if name in asked.headers}
        response = self.client.post(asked.path, data=asked.body, headers=kept, content_type="application/x-www-form-urlencoded")
        given = (response.status_code, response.get_data(), response.headers.get("Content-Type", "text/plain"))
        self.loop.call_soon_threadsafe(asked.answer.set_result, given)

    def call(self, work: Callable[[], T]) -> T:
        """Run a function in the simulator's thread."""

        async def run() -> T:
            return work()

        return self.do(run())

    def advance(self, seconds: float, *, step: float = 1.0) -> None:
        """Both clocks go on; every second the outbox is worked on and the sweep runs, as the clock process does."""
        left = seconds
        while left > 0:
            self.do(self.exchange.world.clock.advance(min(step, left)))
            self.time(min(step, left))
            self.work()
            with transaction():
                services.sweep(now=clock.now())
                services.ask_about_unheard(now=clock.now())
            self.work()
            left -= step

    def work(self) -> None:
        """Do what is due in the outbox of calls, and what that causes."""
        while True:
            query = select(OutboxRow.id).where(
                OutboxRow.kind.startswith("voice."), OutboxRow.done_at.is_(None), OutboxRow.gave_up_at.is_(None)
            )
            due = database.session.scalars(query.where(OutboxRow.due_at <= clock.now()).order_by(OutboxRow.id)).all()
            database.session.rollback()
            if not due:
                return
            for row_id in due:
                try:
                    outbox.run(row_id, clock=clock.now)
                except (LookupError, TwilioException, requests.HTTPError):
                    continue  # tried again later, as the row says
                self.do(self.exchange.world.clock.settle())

    # people

    def dial(self, keys: str = "1", caller: str = CALLER) -> Call:
        """A customer calls, presses the menu's keys (one every second) and comes as far as they lead."""
        call = self.call(lambda: self.exchange.call_in(caller, NUMBER))
        self.do(self.exchange.world.clock.settle())
        for key in keys:
            self.press(call, key)
        return call

    def press(self, call: Call, key: str) -> None:
        self.call(lambda: self.exchange.press(call, key))
        self.advance(1)

    def accept(self, agent: Person) -> Call:
        """The agent takes the offer on their screen; the softphone dials in. Its leg at the carrier."""
        offer = database.session.scalars(select(Offer).where(Offer.person_id == agent.id, Offer.state == "open")).one()
        with transaction():
            _call, token = services.accept_offer(offer_id=offer.id, person_id=agent.id, now=clock.now(), actor_id=agent.user_id)
        return self.softphone(agent, token)

    def softphone(self, agent: Person, token: str) -> Call:
        leg = self.call(lambda: self.exchange.call_from_client(f"agent_{agent.id}", {"join": token}, None))
        self.do(self.exchange.world.clock.settle())
        self.work()
        return leg

    def hang_up(self, call: Call) -> None:
        self.call(lambda: self.exchange.hang_up(call))
        self.do(self.exchange.world.clock.settle())
        self.work()

    def phone(self, behaviour: str, *, after: float = 2, number: str = CALLER) -> FarEnd:
        """From now on this number answers, rejects or ignores calls."""
        device = ScriptedPhone(self.exchange, behaviour, after, [])

        def attach() -> None:
            self.exchange.world.devices.pop(number, None)
            self.exchange.world.device_attached(number, device)

        self.call(attach)
        return device

    async def redirect(self, call: Call, url: str) -> None:
        """Send a leg to other TwiML behind our back."""
        assert call.control is not None
        call.control.redirect(Fetch(url))

    def chaos(self, *rules: dict[str, Any]) -> None:
        self.call(lambda: self.exchange.world.chaos.load({"rules": list(rules)}))

    def only_call(self) -> OurCall:
        database.session.rollback()
        return database.session.scalars(select(OurCall).order_by(OurCall.id.desc()).limit(1)).one()

    def entry(self) -> QueueEntry:
        database.session.rollback()
        return database.session.scalars(select(QueueEntry).order_by(QueueEntry.id.desc()).limit(1)).one()


@pytest.fixture
def house(app: Flask, firm: Firm, time: Time) -> Iterator[House]:
    made = House(app, time)
    made.start()
    before, client = app.config["CALLOUT"], app.extensions["callout_carrier"]
    settings = made.exchange.world.settings
    app.config["CALLOUT"] = replace(before, public_base_url=settings.public_base_url, simulator_url=settings.simulator_url)
    gateway.init_app(app, app.config["CALLOUT"])
    try:
        yield made
    finally:
        app.config["CALLOUT"], app.extensions["callout_carrier"] = before, client
        made.stop()

"""Requests from the carrier to the app: signed, timed out, retried, recorded, and disturbed by the chaos knobs."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from simulator.chaos import Action, Chaos, ChaosRule
from simulator.clock import Clock
from simulator.journal import Journal, WebhookRecord
from simulator.overrides import Overrides, split_overrides
from simulator.signature import sign

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
BAD_ADDRESS = 11100
TOO_MANY_REDIRECTS = 11215
REDIRECT_LIMIT = 10
ANSWER_KEPT = 16_384


class WebhookFailed(Exception):
    """No usable answer. `code` is Twilio's error code, `url` the address asked."""

    def __init__(self, code: int, url: str, message: str) -> None:
        super().__init__(f"{code}: {message} ({url})")
        self.code, self.url, self.message = code, url, message


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer, and the address it came from after redirects."""

    url: str
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be asked. `kind` is `fetch` (TwiML wanted) or `callback`; `event` names the callback's event; `voice` false for SMS."""

    url: str
    method: str
    parameters: Mapping[str, str]
    kind: str
    call_sid: str = ""
    event: str = ""
    voice: bool = True


class _Attempt(Exception):
    """One attempt failed, in the class (`ct`, `rt`, `4xx`, `5xx`, `3xx`) the retry policy knows."""

    def __init__(self, failure: str, code: int, message: str) -> None:
        super().__init__(message)
        self.failure, self.code, self.message = failure, code, message


class Webhooks:
    """The carrier's HTTP client. `hang_up` is told a call's SID when a knob makes its far end go."""

    def __init__(self, *, token: str, clock: Clock, chaos: Chaos, journal: Journal) -> None:
        self._token = token
        self._clock = clock
        self._chaos = chaos
        self._journal = journal
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = asyncio.Condition()
        self._sent_count = 0
        self._closed = False
        self.hang_up: Callable[[str], None] = lambda call_sid: None

    async def close(self) -> None:
        """Give up what is under way; nothing is sent any more."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the call that caused it; `Clock.advance` waits for the requests in it."""
        if self._closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def post(self, request: Request) -> None:
        """Send a callback whose answer nobody reads. A failure is recorded and otherwise lost, as with the carrier."""
        self.later(self._forgotten(request))

    async def _forgotten(self, request: Request) -> None:
        try:
            await self.ask(request)
        except WebhookFailed:
            return

    async def ask(self, request: Request) -> Answer:
        """The answer to one request after retries and redirects. Raises WebhookFailed."""
        strike = self._chaos.strike("webhook", urlsplit(request.url).path, event=request.event, method=request.method)
        self._go_if(strike, "before", request)
        await self._hold(strike)
        if strike is not None and strike.action is Action.DROP:
            raise WebhookFailed(CONNECTION_FAILURE, request.url, "dropped on the way")
        token = str(uuid.uuid4())
        with self._clock.outside():
            if strike is not None and strike.action is Action.DUPLICATE:
                self.later(self._copy(request, token))
            try:
                return await self._ask(request, token, strike)
            finally:
                self._go_if(strike, "after", request)
                await self._count()

    async def _copy(self, request: Request, token: str) -> None:
        with self._clock.outside():
            try:
                await self._ask(request, token, None)
            except WebhookFailed:
                return

    def _go_if(self, strike: ChaosRule | None, when: str, request: Request) -> None:
        if strike is not None and strike.action is Action.HANG_UP and strike.when == when:
            self.hang_up(request.call_sid)

    async def _hold(self, strike: ChaosRule | None) -> None:
        if strike is None:
            return
        if strike.action is Action.DELAY:
            await self._clock.sleep(strike.seconds)
        if strike.action is Action.REORDER:
            overtaken = asyncio.ensure_future(self._overtaken(self._sent_count))
            try:
                await self._clock.limit(overtaken, strike.seconds)
            except TimeoutError:
                return

    async def _overtaken(self, count: int) -> None:
        async with self._sent:
            await self._sent.wait_for(lambda: self._sent_count > count)

    async def _count(self) -> None:
        async with self._sent:
            self._sent_count += 1
            self._sent.notify_all()

    async def _ask(self, request: Request, token: str, strike: ChaosRule | None) -> Answer:
        address, overrides = split_overrides(request.url)
        if urlsplit(address).scheme not in ("http", "https"):
            raise WebhookFailed(BAD_ADDRESS, address, "Invalid URL format")
        deadline = self._clock.elapsed() + overrides.total_seconds
        attempt = 0
        while True:
            try:
                return await self._follow(request, address, overrides, token, attempt, strike)
            except _Attempt as failed:
                spent = self._clock.elapsed() >= deadline
                if attempt >= overrides.retries or spent or not overrides.retry_on(failed.failure):
                    raise WebhookFailed(failed.code, address, failed.message) from None
                attempt += 1

    async def _follow(
        self, request: Request, address: str, overrides: Overrides, token: str, attempt: int, strike: ChaosRule | None
    ) -> Answer:
        method, parameters = request.method, request.parameters
        for _ in range(REDIRECT_LIMIT):
            record = WebhookRecord(
                self._clock.now(), request.kind, request.event, request.call_sid, method, address, dict(parameters), token, attempt
            )
            answer, location = await self._attempt(request, record, overrides, strike)
            if location is None:
                return answer
            # A redirected POST becomes a GET without its parameters, unless the status insists on the method.
            if record.status not in (307, 308):
                method, parameters = "GET", {}
            address = urljoin(address, location)
        raise _Attempt("3xx", TOO_MANY_REDIRECTS, "Too many HTTP redirects")

    async def _attempt(
        self, request: Request, record: WebhookRecord, overrides: Overrides, strike: ChaosRule | None
    ) -> tuple[Answer, str | None]:
        """One HTTP exchange, recorded whatever its end. Returns the answer and where it redirects to, if it does."""
        started = time.monotonic()
        try:
            sending = asyncio.ensure_future(self._send(request, record, overrides))
            self._go_if(strike, "during", request)
            status, content_type, body, location = await self._clock.limit(sending, overrides.read_seconds)
            if strike is not None and strike.action is Action.FAIL:
                status, body, location = strike.status, "", None
            record.status, record.answer = status, body[:ANSWER_KEPT]
            if status >= 400:
                raise _Attempt("5xx" if status >= 500 else "4xx", RETRIEVAL_FAILURE, f"HTTP {status}")
            return Answer(record.url, content_type, body), location
        except TimeoutError:
            record.error = RETRIEVAL_FAILURE
            raise _Attempt("rt", RETRIEVAL_FAILURE, "no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            record.error = CONNECTION_FAILURE
            raise _Attempt("ct", CONNECTION_FAILURE, f"no connection: {error}") from None
        except _Attempt as failed:
            record.error = failed.code
            raise
        finally:
            record.milliseconds = round((time.monotonic() - started) * 1000)
            self._journal.add(record)

    async def _send(self, request: Request, record: WebhookRecord, overrides: Overrides) -> tuple[int, str, str, str | None]:
        url, body = record.url, None
        if record.method == "GET":
            url += ("&" if urlsplit(url).query else "?") + urlencode(record.parameters) if record.parameters else ""
            signature = sign(self._token, url, {}, voice=request.voice)
        else:
            body = urlencode(record.parameters)
            signature = sign(self._token, url, record.parameters, voice=request.voice)
        headers = {
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": record.token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        async with self._client().request(
            record.method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False, timeout=_timeout(overrides)
        ) as response:
            text = (await response.read()).decode("utf-8", "replace")
            location = response.headers.get("Location") if 300 <= response.status < 400 else None
            return response.status, response.headers.get("Content-Type", ""), text, location

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
            )
        return self._session


def _timeout(overrides: Overrides) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=overrides.connect_seconds)

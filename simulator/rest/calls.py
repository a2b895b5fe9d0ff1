"""Calls: make, show, redirect, end."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from simulator.engine.models import Call, CallStatus, Fetch, Inline, Source
from simulator.engine.progress import end_call
from simulator.engine.session import Session
from simulator.formats import is_client, is_number
from simulator.rest.base import Form, Resource, form_of, page
from simulator.rest.errors import ApiError, bad, not_in_progress
from simulator.rest.shapes import call_shape

LONGEST_TWIML = 4000


class Calls(Resource):
    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{self.root}/Calls.json", self.create),
            web.get(f"{self.root}/Calls.json", self.list),
            web.get(f"{self.root}/Calls/{{call}}.json", self.fetch),
            web.post(f"{self.root}/Calls/{{call}}.json", self.update),
        ]

    async def create(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        caller, called = addresses(self.exchange.number, form)
        source = instructions(form)
        if source is None:
            raise bad(21205, "Either Url, Twiml or ApplicationSid is required")
        call = self.exchange.call_out(
            caller,
            called,
            source,
            callback=form.callback(),
            fallback=form.fetch("FallbackUrl", "FallbackMethod"),
            timeout=ring_timeout(form),
        )
        return web.json_response(call_shape(self.world, call), status=201)

    async def list(self, request: web.Request) -> web.Response:
        wanted = {name: request.query.get(name) for name in ("To", "From", "Status", "ParentCallSid")}

        def matches(call: Call) -> bool:
            facts = {"To": call.called, "From": call.caller, "Status": call.api_status, "ParentCallSid": call.parent_sid}
            return all(value is None or facts[name] == value for name, value in wanted.items())

        found = [call for call in reversed(self.world.calls.values()) if matches(call)]
        return page(request, "calls", found, lambda call: call_shape(self.world, call))

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(call_shape(self.world, self.find(self.world.calls, request, "call")))

    async def update(self, request: web.Request) -> web.Response:
        """`Status=completed` ends, `canceled` only what is not answered; `Url` or `Twiml` redirects a call in progress."""
        call = self.find(self.world.calls, request, "call")
        form = await form_of(request)
        status = form.get("Status")
        if status not in ("", "completed", "canceled"):
            raise bad(21218, f"Status {status!r} is not completed or canceled")
        if call.status.final or (status == "canceled" and call.status is CallStatus.IN_PROGRESS):
            raise not_in_progress()
        if status:
            end_call(self.world, call)
        else:
            self._redirect(call, form)
        return web.json_response(call_shape(self.world, call))

    def _redirect(self, call: Call, form: Form) -> None:
        source = instructions(form)
        fallback = form.fetch("FallbackUrl", "FallbackMethod")
        if source is None:
            raise bad(21205, "Url or Twiml is required to redirect a call")
        if call.status is not CallStatus.IN_PROGRESS:
            raise not_in_progress()
        call.fallback = fallback or call.fallback
        if form.has("StatusCallback"):
            call.callback = form.callback()
        if call.control is not None:
            call.control.redirect(source)
        else:
            # The dialled side of a bridge goes its own way: the dialling side's <Dial> ends.
            call.detached.set()
            Session(self.world, call).begin(source)


def instructions(form: Form) -> Source | None:
    """What the call is to play: `Url` and `Method`, or `Twiml`."""
    if form.get("Twiml"):
        if len(form.get("Twiml")) > LONGEST_TWIML:
            raise bad(21219, f"Twiml has more than {LONGEST_TWIML} characters")
        return Inline(form.get("Twiml"))
    found: Fetch | None = form.fetch("Url", "Method")
    return found


def ring_timeout(form: Form) -> float:
    text = form.get("Timeout", "60")
    if not text.isdigit() or not 1 <= int(text) <= 600:
        raise bad(21402, "Timeout is not between 1 and 600")
    return float(text)


def addresses(owned: Callable[[str], object], form: Form) -> tuple[str, str]:
    """`From` and `To`, checked: a telephone is called from one of our numbers only."""
    caller, called = form.get("From"), form.get("To")
    if not called:
        raise bad(21201, "No 'To' number is specified")
    if not caller:
        raise bad(21213, "'From' phone number is required")
    if not (is_number(called) or is_client(called)):
        raise bad(21211, f"Invalid 'To' Phone Number: {called}")
    if not (is_number(caller) or is_client(caller)):
        raise bad(21212, f"Invalid 'From' Phone Number: {caller}")
    if is_number(called) and owned(caller) is None:
        raise ApiError(400, 21210, f"The source phone number provided, {caller}, is not yet verified for your account.")
    return caller, called

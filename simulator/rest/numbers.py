"""Our numbers and where their calls and messages go."""

from __future__ import annotations

from aiohttp import web

from simulator.engine.models import Number
from simulator.formats import is_number
from simulator.rest.base import Form, Resource, form_of, page
from simulator.rest.errors import bad
from simulator.rest.shapes import number_shape

ADDRESSES = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
    "SmsMethod": "sms_method",
}


class Numbers(Resource):
    def routes(self) -> list[web.RouteDef]:
        number = f"{self.root}/IncomingPhoneNumbers/{{number}}.json"
        return [
            web.get(f"{self.root}/IncomingPhoneNumbers.json", self.list),
            web.post(f"{self.root}/IncomingPhoneNumbers.json", self.create),
            web.get(number, self.fetch),
            web.post(number, self.update),
            web.delete(number, self.delete),
        ]

    async def list(self, request: web.Request) -> web.Response:
        number, name = request.query.get("PhoneNumber"), request.query.get("FriendlyName")
        found = [
            each
            for each in self.world.numbers.values()
            if (number is None or number.lstrip("+") in each.number) and (name is None or each.name == name)
        ]
        return page(request, "incoming_phone_numbers", found, lambda each: number_shape(self.world, each))

    async def create(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        wanted = form.get("PhoneNumber")
        if not is_number(wanted):
            raise bad(21421, f"PhoneNumber {wanted!r} is invalid")
        if self.exchange.number(wanted) is not None:
            raise bad(21422, f"PhoneNumber {wanted} is not available")
        number = self.exchange.add_number(wanted, wanted)
        self._apply(number, form)
        return web.json_response(number_shape(self.world, number), status=201)

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(number_shape(self.world, self.find(self.world.numbers, request, "number")))

    async def update(self, request: web.Request) -> web.Response:
        number = self.find(self.world.numbers, request, "number")
        self._apply(number, await form_of(request))
        return web.json_response(number_shape(self.world, number))

    async def delete(self, request: web.Request) -> web.Response:
        number = self.find(self.world.numbers, request, "number")
        del self.world.numbers[number.sid]
        return web.Response(status=204)

    def _apply(self, number: Number, form: Form) -> None:
        for parameter, attribute in ADDRESSES.items():
            if form.has(parameter):
                target = form.fetch(parameter, "")
                setattr(number, attribute, target.url if target else "")
        for parameter, attribute in METHODS.items():
            if form.has(parameter):
                setattr(number, attribute, form.method(parameter))
        number.name = form.get("FriendlyName", number.name)
        number.updated = self.world.clock.now()

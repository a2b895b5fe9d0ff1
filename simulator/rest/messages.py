"""Text messages out. They are delivered to whoever watches the demo phone, with status callbacks on the way."""

from __future__ import annotations

from aiohttp import web

from simulator.engine.messages import send_message
from simulator.engine.models import Message
from simulator.formats import is_number
from simulator.rest.base import Resource, form_of, page
from simulator.rest.errors import ApiError, bad
from simulator.rest.shapes import message_shape

LONGEST_BODY = 1600


class Messages(Resource):
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{self.root}/Messages.json", self.list),
            web.post(f"{self.root}/Messages.json", self.create),
            web.get(f"{self.root}/Messages/{{message}}.json", self.fetch),
        ]

    async def list(self, request: web.Request) -> web.Response:
        wanted = {"To": request.query.get("To"), "From": request.query.get("From")}

        def matches(each: Message) -> bool:
            return wanted["To"] in (None, each.recipient) and wanted["From"] in (None, each.sender)

        found = [each for each in reversed(self.world.messages.values()) if matches(each)]
        return page(request, "messages", found, lambda each: message_shape(self.world, each))

    async def fetch(self, request: web.Request) -> web.Response:
        return web.json_response(message_shape(self.world, self.find(self.world.messages, request, "message")))

    async def create(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        sender, recipient, body = form.get("From"), form.get("To"), form.get("Body")
        if not recipient:
            raise bad(21604, "A 'To' phone number is required.")
        if not is_number(recipient):
            raise bad(21211, f"Invalid 'To' Phone Number: {recipient}")
        if not sender:
            raise bad(21603, "A 'From' phone number is required.")
        if self.exchange.number(sender) is None:
            raise ApiError(
                400, 21606, f"The 'From' phone number {sender} is not a valid message-capable phone number for this destination."
            )
        if not body:
            raise bad(21602, "Message body is required.")
        if len(body) > LONGEST_BODY:
            raise bad(21617, "The concatenated message body exceeds the 1600 character limit.")
        callback = form.fetch("StatusCallback", "")
        message = send_message(self.world, sender, recipient, body, callback.url if callback else "")
        return web.json_response(message_shape(self.world, message), status=201)

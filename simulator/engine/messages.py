"""Text messages both ways."""

from __future__ import annotations

from simulator.engine.models import Message, Number
from simulator.engine.world import API_VERSION, World
from simulator.webhooks import Request

DELIVERY_SECONDS = 1.0
STEPS = ("sent", "delivered")


def send_message(world: World, sender: str, recipient: str, body: str, callback_url: str) -> Message:
    """A message of the app's, on its way to a telephone: queued, sent, delivered."""
    message = Message(sender, recipient, body, "outbound-api", world.clock.now(), callback_url=callback_url)
    world.messages[message.sid] = message
    world.start(_deliver(world, message))
    return message


async def _deliver(world: World, message: Message) -> None:
    _report(world, message)
    for status in STEPS:
        await world.clock.sleep(DELIVERY_SECONDS)
        message.status, message.updated = status, world.clock.now()
        message.sent = message.sent or message.updated
        _report(world, message)
    world.journal.tell({"type": "message", "from": message.sender, "to": message.recipient, "body": message.body})


def _report(world: World, message: Message) -> None:
    if message.callback_url:
        parameters = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": message.status,
            "SmsStatus": message.status,
            "AccountSid": world.settings.account_sid,
            "From": message.sender,
            "To": message.recipient,
            "ApiVersion": API_VERSION,
        }
        world.webhooks.post(Request(message.callback_url, "POST", parameters, "callback", "", message.status, voice=False))


def receive_message(world: World, number: Number, sender: str, body: str) -> Message:
    """Somebody texts one of our numbers: the app's SMS address is told."""
    message = Message(sender, number.number, body, "inbound", world.clock.now(), status="received")
    world.messages[message.sid] = message
    parameters = {
        "MessageSid": message.sid,
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": world.settings.account_sid,
        "From": sender,
        "To": number.number,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
    }
    keyword = body.strip().upper()
    if keyword in ("STOP", "START", "HELP"):
        parameters["OptOutType"] = keyword
    if number.sms_url:
        world.webhooks.post(Request(number.sms_url, number.sms_method, parameters, "fetch", "", "sms", voice=False))
    return message

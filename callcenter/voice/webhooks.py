"""The carrier's webhooks. The signature is checked before anything else. TwiML pages are idempotent by state; events go through the inbox."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, abort, current_app, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from callcenter.voice import callbacks, queries, rules, services, twiml
from callcenter.voice.models import Call
from callcenter.voice.services.common import locked_call_of_sid, number_of
from core import clock
from core.auth.access import carrier_signed
from core.db import db, transaction
from core.errors import NotAllowed
from tickets.models import Queue

log = structlog.get_logger()
blueprint = Blueprint("voice", __name__, url_prefix="/voice")


def signed_address() -> str:
    """The address as the carrier signed it: our public one, the path encoded again, the query as it came (decoding it breaks the signature)."""
    base: str = current_app.config["CALLOUT"].public_base_url
    query = request.query_string.decode("latin-1")
    return base + quote(request.environ["PATH_INFO"].encode("latin-1")) + (f"?{query}" if query else "")


def signature_holds() -> bool:
    """Whether one of our tokens (two while one is rotated) made the signature."""
    given = request.headers.get("X-Twilio-Signature", "")
    tokens: tuple[str, ...] = current_app.config["CALLOUT"].twilio_auth_tokens
    return any(RequestValidator(token).validate(signed_address(), request.form, given) for token in tokens)


def webhook(rule: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """A POST address for the carrier: refused, logged and nothing stored without a right signature."""

    def decorate(view: Callable[[], Any]) -> Callable[[], Any]:
        @functools.wraps(view)
        def checked() -> Any:
            if not signature_holds():
                log.warning("webhook refused: wrong signature", path=request.path, peer=request.remote_addr)
                abort(403)
            answer = view()
            return Response(str(answer), mimetype="text/xml") if isinstance(answer, VoiceResponse) else answer

        return blueprint.post(rule)(carrier_signed(checked))

    return decorate


def _event(kind: str) -> Response:
    """An event through the inbox: stored under its key, applied once. A repeat changes nothing."""
    now = clock.now()
    with transaction():
        row_id = callbacks.receive(
            kind,
            form=request.form.to_dict(flat=False),
            query=request.args.to_dict(),
            token=request.headers.get("I-Twilio-Idempotency-Token"),
            now=now,
        )
    with transaction():
        callbacks.apply(row_id, now=now)
    return Response("", 204)


def _call() -> Call:
    """The call of this request, made if the first webhook was lost."""
    form = request.form
    call = locked_call_of_sid(form.get("CallSid", ""))
    if call is not None:
        return call
    return services.arrive(call_sid=form["CallSid"], from_number=form.get("From", ""), to_number=form.get("To", ""), now=clock.now())


@webhook("/in")
def incoming() -> VoiceResponse:
    """A call comes in."""
    now = clock.now()
    with transaction():
        call = services.arrive(
            call_sid=request.form["CallSid"], from_number=request.form.get("From", ""), to_number=request.form.get("To", ""), now=now
        )
        number = number_of(call)
        if number is None:
            return twiml.voicemail(call, None, closed=False)
        if call.state in ("ringing", "voicemail"):  # it came after hours
            services.leave_for_voicemail(call_id=call.id, now=now)
            return twiml.voicemail(call, number, closed=True)
        if number.menu is None:
            return _into_queue(call, None)
        return twiml.greet(call, number)


@webhook("/menu")
def menu() -> VoiceResponse:
    """A digit, or none. The place in our queue is taken BEFORE the carrier is told to enqueue."""
    with transaction():
        call = _call()
        number = number_of(call)
        digit = request.form.get("Digits")
        if number is not None and not digit and request.args.get("silent") != "2":
            again = twiml.greet(call, number, again=True)
            return _with_last_try(again)
        return _into_queue(call, digit)


def _with_last_try(response: VoiceResponse) -> VoiceResponse:
    """The second silence goes to the number's own queue."""
    for verb in response.verbs:
        if verb.name == "Redirect":
            verb.value = twiml.address("/voice/menu?silent=2")
    return response


def _into_queue(call: Call, digit: str | None) -> VoiceResponse:
    number = number_of(call)
    queue = services.choose_queue(call=call, digit=digit)
    if queue is None and digit and number is not None:
        return _with_last_try(twiml.greet(call, number, again=True))
    if queue is None and number is not None:
        queue = db.session.get(Queue, number.queue_id)
    if number is not None and services.must_ask_to_record(call, number):
        return twiml.ask_recording(call, digit)
    entry = services.enqueue(call_id=call.id, queue_id=queue.id, digit=digit, now=clock.now()) if queue else None
    if queue is None or entry is None:
        return twiml.to_be_called_back(call) if call.outcome == "callback" else twiml.voicemail(call, number, closed=False)
    services.route_queue(queue_id=queue.id, now=clock.now())
    return twiml.enqueue(call, queue)


@webhook("/consent")
def consent() -> VoiceResponse:
    """Whether the caller lets us record; then into the queue that they chose before."""
    with transaction():
        call = _call()
        services.answer_recording(call=call, given=request.form.get("Digits") == "1", now=clock.now())
        return _into_queue(call, request.args.get("digit") or None)


@webhook("/wait")
def wait() -> VoiceResponse:
    """The caller waits: heartbeat, position, estimate. Not waiting any more: nothing to say."""
    now = clock.now()
    with transaction():
        call = _call()
        entry = services.heartbeat(call=call, queue_sid=request.form.get("QueueSid"), now=now)
        if entry is None:
            return twiml.leave()
        ahead = queries.ahead_of(entry, now)
        usual = queries.usual_handling_seconds(entry.queue_id, now) or rules.USUAL_HANDLING_SECONDS
        estimate = rules.wait_estimate(ahead=ahead, agents=queries.agents_at_work(entry.queue, now), handling_seconds=max(30.0, usual))
        return twiml.wait(call, entry, ahead=ahead, estimate=estimate)


@webhook("/wait-choice")
def wait_choice() -> VoiceResponse:
    """A key while waiting: 1 keeps the place and leaves, 2 leaves for voicemail, others go on waiting."""
    with transaction():
        call = _call()
        if request.form.get("Digits") == "1":
            kept = call.outcome == "callback" or services.keep_place(call_id=call.id, now=clock.now()) is not None
            return twiml.leave() if kept else twiml.nothing()
        if request.form.get("Digits") == "2":
            services.leave_for_voicemail(call_id=call.id, now=clock.now())
            return twiml.leave()
        return twiml.nothing()


@webhook("/queue-left")
def queue_left() -> VoiceResponse:
    """The stay in the carrier's queue is over. After a redirect this may come before, after or never: all three are right."""
    result = request.form.get("QueueResult", "")
    with transaction():
        call = _call()
        if result in ("leave", "error", "system-error", "queue-full"):
            return _instead_of_waiting(call)
        if result == "hangup":
            entry = services.heartbeat(call=call, queue_sid=None, now=clock.now())
            if entry is not None:
                services.end_call(call_sid=request.form["CallSid"], carrier_status="completed", sequence=call.sequence, now=clock.now())
        return twiml.nothing()


def _instead_of_waiting(call: Call) -> VoiceResponse:
    """Who asked to be called back hears that it is so; others may leave a message."""
    services.leave_for_voicemail(call_id=call.id, now=clock.now())
    if call.outcome == "callback":
        return twiml.to_be_called_back(call)
    return twiml.voicemail(call, number_of(call), closed=False)


@webhook("/agent")
def agent() -> VoiceResponse:
    """An agent's softphone dials in with a join token."""
    form = request.form
    try:
        with transaction():
            call, leg = services.agent_connects(
                identity=form.get("From", ""), token=form.get("join", ""), call_sid=form["CallSid"], now=clock.now()
            )
            entry = queries.last_entry(call.id)
            return twiml.agent_into_conference(call, leg, entry.id if entry else 0)
    except NotAllowed:
        log.warning("agent refused: join token", identity=form.get("From", ""))
        return twiml.hang_up()


@webhook("/caller-join")
def caller_join() -> VoiceResponse:
    """The waiting caller is brought into the conference, if the agent is still there; else back to the wait."""
    with transaction():
        call = _call()
        entry = queries.last_entry(call.id)
        wanted = request.args.get("entry", "")
        if entry is None or str(entry.id) != wanted or entry.state not in ("joining", "ended"):
            return _waiting_again(call)
        return twiml.caller_into_conference(call, entry.id)


@webhook("/requeue")
def requeue() -> VoiceResponse:
    """Out of a conference back into the wait (transfer, lost agent)."""
    with transaction():
        return _waiting_again(_call())


def _waiting_again(call: Call) -> VoiceResponse:
    entry = queries.open_entry(call.id)
    if entry is None:
        return twiml.voicemail(call, number_of(call), closed=False)
    return twiml.enqueue(call, entry.queue)


@webhook("/talk-ended")
def talk_ended() -> VoiceResponse:
    """The customer's `<Dial>` is over while they are still on the line: the conference ended before them."""
    with transaction():
        call = _call()
        if call.ended_at is None and queries.open_entry(call.id) is not None:
            return _waiting_again(call)
        return twiml.hang_up()


@webhook("/voicemail")
def voicemail() -> VoiceResponse:
    """Leave a message: nobody could take the call."""
    with transaction():
        return _instead_of_waiting(_call())


@webhook("/voicemail-done")
def voicemail_done() -> VoiceResponse:
    """The recording is made; its file may not exist yet, the recording callback tells when."""
    with transaction():
        return twiml.thanks(_call())


@webhook("/music")
def music() -> VoiceResponse:
    """Hold music for conferences."""
    return twiml.only_music()


@webhook("/fallback")
def fallback() -> VoiceResponse:
    """Our own answer failed: never silence. ErrorCode and ErrorUrl say what."""
    log.error("carrier used the fallback", code=request.form.get("ErrorCode"), url=request.form.get("ErrorUrl"))
    with transaction():
        return twiml.sorry(_call().language)


@webhook("/status")
def status() -> Response:
    """A status callback of the customer's leg, in any order, any number of times."""
    return _event("status")


@webhook("/machine")
def machine() -> Response:
    """Who answered a call that we made: a person or a machine."""
    return _event("machine")


@webhook("/conference")
def conference() -> Response:
    """Somebody joined, left, was held: the conference's events."""
    return _event("conference")


@webhook("/recording")
def recording() -> Response:
    """A recording is ready (or there is none)."""
    return _event("recording")

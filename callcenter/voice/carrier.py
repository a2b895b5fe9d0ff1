"""The gateway to the carrier's REST interface: Twilio, or the simulator at its address, through Twilio's own library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, current_app
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client

from callcenter.voice import rules
from config import Config

TIMEOUT = 10.0  # seconds; the library itself has none
GONE_CODE = 20404
GONE = {GONE_CODE, 21220}  # not there any more, or not in progress
LABEL_TAKEN = 16025
ALIVE = ("queued", "initiated", "ringing", "in-progress")
TOKEN_LASTS = 3600
T = TypeVar("T")


class SimulatorHttpClient(TwilioHttpClient):
    """Twilio's client with the host rewritten to the simulator's: the library has no setting for it."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=TIMEOUT)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self.base, 1), *args, **kwargs)


def init_app(app: Flask, config: Config) -> None:
    """One client per process; none when there is no carrier."""
    app.extensions["callout_carrier"] = None
    if config.carrier == "none":
        return
    http = SimulatorHttpClient(config.simulator_url) if config.carrier == "simulator" else TwilioHttpClient(timeout=TIMEOUT)
    app.extensions["callout_carrier"] = Client(config.twilio_account_sid, config.twilio_auth_tokens[0], http_client=http)


def client() -> Client:
    """Raises RuntimeError when no carrier is configured."""
    found: Client | None = current_app.extensions["callout_carrier"]
    if found is None:
        raise RuntimeError("no carrier is configured (CARRIER=none)")
    return found


def is_gone(error: TwilioRestException) -> bool:
    """Whether the carrier says that the call (or its place) is not there any more: no use in trying again."""
    return error.code in GONE or error.status == HTTPStatus.NOT_FOUND


def _listed(ask: Callable[[], list[T]]) -> list[T]:
    """A list, with the library's error for lists (it has no code) made the one that all else raises: TwilioRestException."""
    try:
        return ask()
    except TwilioRestException:
        raise
    except TwilioException as error:
        response = error.args[1] if len(error.args) > 1 else None
        status = getattr(response, "status_code", 500)
        raise TwilioRestException(status, "", str(error.args[0]), code=GONE_CODE if status == HTTPStatus.NOT_FOUND else 0) from error


def redirect_waiting(*, call_sid: str, queue_sid: str | None, url: str) -> None:
    """Take a caller out of the carrier's queue to `url`. Without the queue's SID (no wait page asked yet) the call itself is redirected.

    Raises TwilioRestException.
    """
    if queue_sid:
        client().queues(queue_sid).members(call_sid).update(url=url, method="POST")
    else:
        redirect_call(call_sid=call_sid, url=url)


def redirect_call(*, call_sid: str, url: str) -> None:
    """Send a call to other TwiML, wherever it is. Raises TwilioRestException."""
    client().calls(call_sid).update(url=url, method="POST")


def complete(call_sid: str) -> None:
    """Hang up. A call that is over already is fine."""
    try:
        client().calls(call_sid).update(status="completed")
    except TwilioRestException as error:
        if not is_gone(error):
            raise


def ring_into(conference_sid: str, *, ours: str, theirs: str, status_callback: str, machine_callback: str) -> str:
    """Dial a customer from our number into an agent's conference; their leg's SID. When they go, it is over. Raises TwilioRestException."""
    participants = client().conferences(conference_sid).participants
    try:
        made = participants.create(
            from_=ours,
            to=theirs,
            label=rules.CUSTOMER_LABEL,
            timeout=rules.CALLBACK_RINGS,
            end_conference_on_exit=True,
            beep="false",
            machine_detection="Enable",
            amd_status_callback=machine_callback,
            amd_status_callback_method="POST",
            status_callback=status_callback,
            status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
    except TwilioRestException as error:
        if error.code != LABEL_TAKEN:
            raise
        return str(participants(rules.CUSTOMER_LABEL).fetch().call_sid)
    return str(made.call_sid)


def room(name: str) -> tuple[str, dict[str, str]] | None:
    """The running conference of that name: its SID, and label → SID of the legs that are connected. Raises TwilioRestException."""
    found = [row for row in _listed(lambda: client().conferences.list(friendly_name=name, limit=20)) if str(row.status) != "completed"]
    if not found:
        return None
    try:
        people = _listed(lambda: found[0].participants.list(limit=50))
    except TwilioRestException as error:
        if is_gone(error):
            return None  # it ended between the two questions
        raise
    return str(found[0].sid), {str(row.label): str(row.call_sid) for row in people if row.label and str(row.status) == "connected"}


def hold(*, conference_sid: str, call_sid: str, on: bool, music_url: str) -> None:
    """Hold or un-hold a participant. Raises TwilioRestException."""
    participant = client().conferences(conference_sid).participants(call_sid)
    if on:
        participant.update(hold=True, hold_url=music_url, hold_method="POST")
    else:
        participant.update(hold=False)


def status_of(call_sid: str) -> str | None:
    """The carrier's word on a call; None when it does not know it."""
    try:
        return str(client().calls(call_sid).fetch().status)
    except TwilioRestException as error:
        if is_gone(error):
            return None
        raise


@dataclass(frozen=True, slots=True)
class Message:
    """A recording at the carrier: `url` of its sound, `seconds` long, `source` the carrier's RecordingSource."""

    sid: str
    url: str
    seconds: int
    source: str = "RecordVerb"


def messages_of(call_sid: str) -> tuple[list[Message], bool]:
    """The finished recordings of a call, the oldest first, and whether more are being made. Raises TwilioRestException."""
    found = sorted(_listed(lambda: client().recordings.list(call_sid=call_sid, limit=20)), key=lambda row: row.date_created)
    ready = [
        Message(str(row.sid), str(row.media_url), int(row.duration or 0), str(row.source))
        for row in found
        if str(row.status) == "completed"
    ]
    return ready, any(str(row.status) in ("in-progress", "paused", "stopped", "processing") for row in found)


def start_recording(call_sid: str, *, callback: str) -> str:
    """Record the customer's leg, each side on its own channel; the recording's SID. One that runs already (we crashed after asking) is taken
    over. Raises TwilioRestException."""
    call = client().calls(call_sid)
    for row in _listed(lambda: call.recordings.list(limit=20)):
        if str(row.status) in ("in-progress", "paused") and str(row.source) not in rules.MESSAGE_SOURCES:
            if str(row.status) == "paused":
                row.update(status="in-progress")
            return str(row.sid)
    made = call.recordings.create(
        recording_channels="dual",
        recording_status_callback=callback,
        recording_status_callback_method="POST",
        recording_status_callback_event=["completed", "absent"],
    )
    return str(made.sid)


def pause_recording(call_sid: str, recording_sid: str, *, paused: bool) -> None:
    """Pause a recording or go on; what is said in a pause is left out. Raises TwilioRestException."""
    recording = client().calls(call_sid).recordings(recording_sid)
    if paused:
        recording.update(status="paused", pause_behavior="skip")
    else:
        recording.update(status="in-progress")


def recording_content(url: str) -> bytes:
    """The sound of a recording (WAV). Raises TwilioRestException or what the HTTP client raises."""
    config: Config = current_app.config["CALLOUT"]
    found = client().http_client.session.get(  # type: ignore[attr-defined]
        url, auth=(config.twilio_account_sid, config.twilio_auth_tokens[0]), timeout=TIMEOUT
    )
    found.raise_for_status()
    content: bytes = found.content
    return content


@dataclass(frozen=True, slots=True)
class CarrierNumber:
    """A number as the carrier has it on file: where its calls go."""

    voice_url: str
    voice_method: str
    fallback_url: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Application:
    """The TwiML application that our softphones dial."""

    voice_url: str
    voice_method: str


def numbers_on_file() -> dict[str, CarrierNumber]:
    """All numbers of the account, by E.164. Raises TwilioRestException."""
    return {
        str(row.phone_number): CarrierNumber(
            row.voice_url or "", row.voice_method or "", row.voice_fallback_url or "", row.status_callback or ""
        )
        for row in client().incoming_phone_numbers.list(limit=1000)
    }


def application_on_file() -> Application | None:
    """The configured application; None when none is configured. Raises TwilioRestException."""
    config: Config = current_app.config["CALLOUT"]
    if not config.twilio_app_sid:
        return None
    found = client().applications(config.twilio_app_sid).fetch()
    return Application(found.voice_url or "", found.voice_method or "")


def softphone_token(person_id: int) -> str:
    """A browser softphone's access token, good for an hour: may dial our application and be called."""
    config: Config = current_app.config["CALLOUT"]
    key = config.twilio_api_key or config.twilio_account_sid
    secret = config.twilio_api_secret or config.twilio_auth_tokens[0]
    token = AccessToken(config.twilio_account_sid, key, secret, identity=rules.agent_identity(person_id), ttl=TOKEN_LASTS)
    token.add_grant(VoiceGrant(outgoing_application_sid=config.twilio_app_sid or "AP" + "0" * 32, incoming_allow=True))
    made: str = token.to_jwt()
    return made

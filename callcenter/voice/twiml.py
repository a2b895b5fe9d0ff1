"""What callers hear and what the carrier is told, as TwiML. Texts in the call's language. Pure but for translations and addresses."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.voice import rules
from callcenter.voice.models import Call, Leg, PhoneNumber, QueueEntry
from tickets.models import Queue

HOLD_MUSIC = "audio/hold.wav"
VOICEMAIL_SECONDS = 120


def address(path: str) -> str:
    """A full address of ours, as the carrier reaches it."""
    return f"{current_app.config['CALLOUT'].public_base_url}{path}"


def music() -> str:
    """Address of the hold music."""
    return address(f"/static/{current_app.config['BUILD']}/{HOLD_MUSIC}")


def _say(to: VoiceResponse | Gather, text: str, language: str) -> None:
    to.say(text, language=rules.SAY_LANGUAGES.get(language, "en-GB"))


def _own_words(number: PhoneNumber, name: str, language: str) -> str:
    """A text of the number's menu in this language, else in English, else empty."""
    texts = number.menu.definition.get(name, {}) if number.menu else {}
    return str(texts.get(language) or texts.get("en") or "")


def greet(call: Call, number: PhoneNumber, *, again: bool = False) -> VoiceResponse:
    """Greeting and menu. Nothing pressed: asked once more, then the number's own queue."""
    response = VoiceResponse()
    with force_locale(call.language):
        gather = Gather(num_digits=1, action=address("/voice/menu"), method="POST", timeout=6)
        if again:
            _say(gather, _("Sorry, I did not understand."), call.language)
        else:
            _say(gather, _own_words(number, "greeting", call.language) or _("Welcome."), call.language)
        for option in number.menu.definition.get("options", []) if number.menu else []:
            label = option.get("label", {})
            name = label.get(call.language) or label.get("en", "") if isinstance(label, dict) else str(label)
            _say(gather, _("For %(what)s press %(digit)s.", what=name, digit=option["digit"]), call.language)
        response.append(gather)
    response.redirect(address("/voice/menu?silent=1"), method="POST")
    return response


def ask_recording(call: Call, digit: str | None) -> VoiceResponse:
    """May we record? The key of the menu travels along. Silence, and every key but 1, is a no."""
    response = VoiceResponse()
    answer = address(f"/voice/consent?digit={digit or ''}")
    with force_locale(call.language):
        gather = Gather(num_digits=1, action=answer, method="POST", timeout=6)
        _say(gather, _("May we record this call, to check what was agreed? Press 1 for yes, 2 for no."), call.language)
        response.append(gather)
    response.redirect(answer, method="POST")
    return response


def enqueue(call: Call, queue: Queue) -> VoiceResponse:
    """Into the carrier's queue, which only holds the caller. The verbs after it are for the case that it cannot."""
    response = VoiceResponse()
    response.enqueue(
        f"queue-{queue.id}", action=address("/voice/queue-left"), method="POST", wait_url=address("/voice/wait"), wait_url_method="POST"
    )
    response.redirect(address("/voice/voicemail"), method="POST")
    return response


def wait(call: Call, entry: QueueEntry, *, ahead: int, estimate: tuple[int, int] | None) -> VoiceResponse:
    """Position, estimate, music; 1 asks to be called back, 2 leaves a message. Asked again when it runs out, which is the caller's heartbeat."""
    response = VoiceResponse()
    with force_locale(call.language):
        gather = Gather(num_digits=1, action=address("/voice/wait-choice"), method="POST", timeout=1)
        if entry.target_person_id is not None:
            _say(gather, _("One moment, I am connecting you."), call.language)
        else:
            _say(gather, _("You are number %(place)d in the queue.", place=ahead + 1), call.language)
            if estimate is not None:
                _say(gather, _("It will take about %(low)d to %(high)d minutes.", low=estimate[0], high=estimate[1]), call.language)
            if call.direction == "inbound" and rules.may_be_called(call.from_number):
                _say(gather, _("To keep your place and be called back, press 1."), call.language)
            _say(gather, _("To leave a message instead, press 2."), call.language)
        gather.play(music())
        response.append(gather)
    return response


def to_be_called_back(call: Call) -> VoiceResponse:
    """Their place is kept without them."""
    response = VoiceResponse()
    with force_locale(call.language):
        _say(response, _("Thank you. You keep your place, and we call you on this number when it is your turn. Goodbye."), call.language)
    response.hangup()
    return response


def leave() -> VoiceResponse:
    """Out of the carrier's queue; its action decides what comes next."""
    response = VoiceResponse()
    response.leave()
    return response


def nothing() -> VoiceResponse:
    """An empty document: go on as you were."""
    return VoiceResponse()


def hang_up() -> VoiceResponse:
    response = VoiceResponse()
    response.hangup()
    return response


def voicemail(call: Call, number: PhoneNumber | None, *, closed: bool) -> VoiceResponse:
    """Say why, then record. Without a recording the verbs after `<Record>` end the call."""
    response = VoiceResponse()
    with force_locale(call.language):
        why = _own_words(number, "closed", call.language) if closed and number is not None else ""
        if closed:
            _say(response, why or _("We are closed at the moment."), call.language)
        else:
            _say(response, _("Nobody can take your call just now."), call.language)
        _say(
            response,
            _("Please leave a message after the tone and tell us your name and number. Press hash when you are done."),
            call.language,
        )
        response.record(
            action=address("/voice/voicemail-done"),
            method="POST",
            max_length=VOICEMAIL_SECONDS,
            finish_on_key="#",
            play_beep=True,
            recording_status_callback=address("/voice/recording"),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed absent",
        )
        _say(response, _("We did not hear a message. Goodbye."), call.language)
    response.hangup()
    return response


def thanks(call: Call) -> VoiceResponse:
    """After a message."""
    response = VoiceResponse()
    with force_locale(call.language):
        _say(response, _("Thank you. We will call you back. Goodbye."), call.language)
    response.hangup()
    return response


def sorry(language: str) -> VoiceResponse:
    """Something of ours broke: the caller is told and may still leave a message."""
    response = VoiceResponse()
    with force_locale(language):
        _say(response, _("We are sorry, something went wrong on our side."), language)
    response.redirect(address("/voice/voicemail"), method="POST")
    return response


def name_of_conference(call_id: int, entry_id: int) -> str:
    """One conference for each stay in a queue, so that a transfer never meets the one before."""
    return f"call-{call_id}-{entry_id}"


def agent_into_conference(call: Call, leg: Leg, entry_id: int) -> VoiceResponse:
    """The agent's leg: waits in silence for the caller; its going does not end the conference."""
    response = VoiceResponse()
    dial = Dial()
    dial.conference(
        name_of_conference(call.id, entry_id),
        participant_label=leg.label,
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        beep="false",
        wait_url="",
        status_callback=address(f"/voice/conference?call={call.id}"),
        status_callback_method="POST",
        status_callback_event="start end join leave mute hold",
    )
    response.append(dial)
    return response


def caller_into_conference(call: Call, entry_id: int) -> VoiceResponse:
    """The customer's leg: when they go, the conference is over."""
    response = VoiceResponse()
    dial = Dial(action=address("/voice/talk-ended"), method="POST")
    dial.conference(
        name_of_conference(call.id, entry_id),
        participant_label=rules.CUSTOMER_LABEL,
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        beep="false",
        wait_url=music_loop(),
        status_callback=address(f"/voice/conference?call={call.id}"),
        status_callback_method="POST",
        status_callback_event="start end join leave mute hold",
    )
    response.append(dial)
    return response


def music_loop() -> str:
    """A page of hold music for conferences (only Play, Say, Pause and Redirect are allowed there)."""
    return address("/voice/music")


def only_music() -> VoiceResponse:
    response = VoiceResponse()
    response.play(music(), loop=0)
    return response

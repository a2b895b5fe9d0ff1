"""What a call may be, and the times of call distribution. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import phonenumbers

# Ranks only grow within one stay in a queue; `ended` sticks.
CALL_STATES = ("ringing", "menu", "waiting", "talking", "voicemail", "wrap_up", "ended")
OUTCOMES = ("answered", "abandoned", "voicemail", "callback", "overflow")
DISPOSITIONS = ("solved", "visit_needed", "follow_up", "wrong_number", "no_answer", "other")
CARRIER_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

OFFER_LASTS = timedelta(seconds=20)
JOIN_WITHIN = timedelta(seconds=8)
JOIN_AT_LAST = timedelta(seconds=30)  # without a word from the carrier about an agent who dialled in
REJOIN_WITHIN = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=60)
RECORDING_WITHIN = timedelta(minutes=1)  # the carrier has told of a message by then
MESSAGE_SOURCES = frozenset({"", "RecordVerb"})  # RecordingSource of what a caller left; all others are talks
WRAP_UP_LASTS = timedelta(minutes=5)
CALLBACK_AGAIN = (timedelta(minutes=5), timedelta(minutes=15))  # after the first and the second try in vain; the third is the last
CALLBACK_TRIES = len(CALLBACK_AGAIN) + 1
CALLBACK_FROM = timedelta(seconds=15)  # until then they hear that they will be, and put the receiver down
NOT_DIALLED_AGAIN = timedelta(minutes=1)  # a try that ended before it was dialled does not count
CALLBACK_RINGS = 30  # seconds
CUSTOMER_LABEL = "customer"  # participantLabel of the customer's leg
CALLBACK_STATES = ("open", "reached", "cancelled", "failed")
TARGET_WAITS = timedelta(seconds=20)  # a transfer to one colleague, or their representative's customer, opens to the whole queue after this
RETURN_BOOST = 10  # a caller who lost their agent, or was transferred, comes before first callers
PATIENCE_SECONDS = 300.0
USUAL_HANDLING_SECONDS = 240.0

SAY_LANGUAGES = {"en": "en-GB", "zh_Hans": "cmn-CN", "zh_Hant": "cmn-TW"}


def agent_label(person_id: int) -> str:
    """participantLabel of an agent in a conference."""
    return f"agent-{person_id}"


def agent_identity(person_id: int) -> str:
    """The softphone's client identity: letters, digits and underscore only."""
    return f"agent_{person_id}"


def person_of_identity(address: str) -> int | None:
    """`client:agent_7` → 7."""
    name = address.removeprefix("client:")
    number = name.removeprefix("agent_")
    return int(number) if name.startswith("agent_") and number.isdigit() else None


def person_of_label(label: str) -> int | None:
    """`agent-7` → 7."""
    number = label.removeprefix("agent-")
    return int(number) if label.startswith("agent-") and number.isdigit() else None


def withheld(caller: str) -> bool:
    """Whether the carrier sent no number (`anonymous`, `unknown`, empty, other text). `client:` is no number either."""
    return not (caller.startswith("+") and caller[1:].isdigit())


def may_be_called(number: str | None) -> bool:
    """Whether we would dial a caller's number: one that was sent and may exist, and no premium rate (a caller can show any number)."""
    if number is None:
        return False
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    costly = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)
    return phonenumbers.is_possible_number(parsed) and phonenumbers.number_type(parsed) not in costly


def wait_estimate(*, ahead: int, agents: int, handling_seconds: float = USUAL_HANDLING_SECONDS) -> tuple[int, int] | None:
    """Minutes a caller with `ahead` others before them will wait, as a range; None when nobody is there to answer.

    Σ_{k=0..ahead} 1/(nμ + kθ): the estimate with the least error for small centres (notes/voice.md §6), n agents, μ and θ the rates of handling
    and of losing patience. A range from the first, since one number is nearly always wrong.
    """
    if agents < 1:
        return None
    served, lost = agents / handling_seconds, 1.0 / PATIENCE_SECONDS
    minutes = sum(1.0 / (served + k * lost) for k in range(ahead + 1)) / 60
    low = max(1, round(minutes * 0.7))
    return low, max(low + 1, round(minutes * 1.4))


def recording_word(*, consent: bool | None, state: str | None, wanted: str | None, talked: bool) -> str:
    """What a screen truthfully says: `off` (nobody asked), `no_consent`, `on`, `paused`, `changing`, `agreed` (not begun), `failed`."""
    if consent is None:
        return "off"
    if not consent:
        return "no_consent"
    if state != wanted:
        return "changing"
    return state or ("failed" if talked else "agreed")


def hold_seconds(since: datetime | None, until: datetime) -> int:
    """Length of a hold that ends now; 0 when there was none."""
    return 0 if since is None else max(0, int((until - since).total_seconds()))

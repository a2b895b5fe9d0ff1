"""What calls add to rules: the end of a call starts them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from callcenter.voice.events import CallChanged
from tickets.automation.slots import TRIGGERS
from tickets.automation.triggers import Data, Facts, Trigger

_OVER = ("wrap_up", "ended")


def _ended(data: Data) -> Facts | None:
    return {} if data["state"] in _OVER else None


# A call is told of many times after its end; the first time with a ticket is the occasion.
_CALL_ENDED = Trigger(name="call_ended", label=_("A call ends"), event=CallChanged, facts=_ended, key=lambda data: str(data["call_id"]))


def fill() -> None:
    """One trigger."""
    TRIGGERS.fill("call_ended", lambda: _CALL_ENDED, weight=70)

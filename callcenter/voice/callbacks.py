"""The carrier's events (status, conference, recording): what each means to us. They enter by the inbox: kept first, then applied, once.

The carrier says each of them a single time. So what a crash left between the two steps is applied by a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from callcenter.voice import rules, services
from core import inbox
from core.db import db

log = structlog.get_logger()
LEFT_OVER_AFTER = timedelta(seconds=10)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One callback: the carrier's form and our address's own query, a value for each name."""

    form: Mapping[str, str]
    query: Mapping[str, str]


def _status(event: Event, now: datetime) -> None:
    """The customer's leg, in any order, any number of times. One that we dialled names its call in the address."""
    form = event.form
    services.end_call(
        call_sid=form["CallSid"],
        carrier_status=form.get("CallStatus", ""),
        sequence=number_in(form.get("SequenceNumber")),
        now=now,
        call_id=number_in(event.query.get("call")) or None,
    )


def _machine(event: Event, now: datetime) -> None:
    """Who answered a call of ours: `human`, `machine_…`, `fax`, `unknown`. Only a machine means something to us."""
    if event.form.get("AnsweredBy", "").startswith(("machine", "fax")):
        services.machine_answered(call_id=number_in(event.query.get("call")), now=now)


def _conference(event: Event, now: datetime) -> None:
    """Somebody joined, left, was held."""
    form, call_id = event.form, number_in(event.query.get("call"))
    name = form.get("StatusCallbackEvent", "")
    person_id = rules.person_of_label(form.get("ParticipantLabel", ""))
    if name == "participant-join" and person_id is not None:
        services.agent_joined(call_id=call_id, person_id=person_id, call_sid=form["CallSid"], conference_sid=form["ConferenceSid"], now=now)
    elif name == "participant-join":
        services.customer_joined(call_id=call_id, call_sid=form["CallSid"], conference_sid=form["ConferenceSid"], now=now)
    elif name == "participant-leave" and person_id is not None:
        services.agent_left(call_id=call_id, person_id=person_id, call_sid=form["CallSid"], now=now)
    elif name in ("participant-hold", "participant-unhold") and person_id is None:
        services.held(call_id=call_id, on=name == "participant-hold", now=now)


def _recording(event: Event, now: datetime) -> None:
    """A recording is ready (or there is none)."""
    form = event.form
    if form.get("RecordingStatus") == "completed" and form.get("RecordingSid"):
        services.recorded(
            source=form.get("RecordingSource", ""),
            call_sid=form["CallSid"],
            recording_sid=form["RecordingSid"],
            url=form.get("RecordingUrl", ""),
            seconds=number_in(form.get("RecordingDuration")),
            now=now,
        )


KINDS: dict[str, Callable[[Event, datetime], None]] = {
    "status": _status,
    "machine": _machine,
    "conference": _conference,
    "recording": _recording,
}


def receive(kind: str, *, form: Mapping[str, list[str]], query: Mapping[str, str], token: str | None, now: datetime) -> int:
    """First transaction: the inbox row's id. `token` is the carrier's own key of the event, where it sent one."""
    event = Event(_first(form), query)
    raw = {"form": {name: list(values) for name, values in form.items()}, "query": dict(query)}
    return inbox.receive(source=f"voice:{kind}", key=token or _key(event), raw=raw, now=now).row_id


def apply(row_id: int, *, now: datetime, wait: bool = True) -> None:
    """Second transaction: the effect, unless it was had already. A sweep does not `wait` for who is just about it."""
    row = inbox.claim(row_id, wait=wait)
    if row is None:
        return
    KINDS[row.source.removeprefix("voice:")](Event(_first(row.raw["form"]), row.raw["query"]), now)
    inbox.applied(row, answer={}, now=now)


def apply_left_over(now: datetime) -> None:
    """Sweep: what was kept and, after a crash, never applied. One that cannot be is left with its error; the others go on."""
    for row in inbox.open_rows("voice:", older_than=now - LEFT_OVER_AFTER, limit=AT_ONCE):
        row_id = row.id
        try:
            with db.session.begin_nested():
                apply(row_id, now=now, wait=False)
        except Exception as error:
            log.error("a carrier's event cannot be applied", row_id=row_id, error=f"{type(error).__name__}: {error}")


def _key(event: Event) -> str:
    form = event.form
    state = form.get("StatusCallbackEvent", "") or form.get("CallStatus", "")
    order = f"{form.get('CallSid', '')}:{form.get('SequenceNumber', '')}:{state}"
    return f"{order}:{form.get('RecordingSid', '')}:{form.get('ConferenceSid', '')}"


def _first(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(values[0]) for name, values in form.items() if values}


def number_in(text: str | None) -> int:
    """A whole number the carrier sent; 0 when it sent none."""
    return int(text) if text and text.isdigit() else 0

"""What went over the wire: webhooks with their answers, and alerts as Twilio's debugger would show them."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from simulator.formats import iso

KEPT = 2000
Listener = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class WebhookRecord:
    """One HTTP attempt. `status` is 0 when there was no answer; `error` is Twilio's code or 0; `milliseconds` are real ones."""

    at: datetime
    kind: str
    event: str
    call_sid: str
    method: str
    url: str
    parameters: dict[str, str]
    token: str
    attempt: int = 0
    status: int = 0
    milliseconds: int = 0
    error: int = 0
    answer: str = ""
    number: int = field(default=0)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": iso(self.at)}


@dataclass(slots=True)
class Alert:
    """An error notification: Twilio's code, what happened, for which call."""

    at: datetime
    code: int
    message: str
    call_sid: str

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": iso(self.at)}


class Journal:
    """The last webhooks and alerts, and those who watch them live."""

    def __init__(self) -> None:
        self.webhooks: deque[WebhookRecord] = deque(maxlen=KEPT)
        self.alerts: deque[Alert] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self._numbers = itertools.count(1)

    def add(self, record: WebhookRecord) -> None:
        record.number = next(self._numbers)
        self.webhooks.append(record)
        self.tell({"type": "webhook", **record.as_json()})

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self.tell({"type": "alert", **alert.as_json()})

    def clear(self) -> None:
        self.webhooks.clear()
        self.alerts.clear()

    @contextmanager
    def watched_by(self, listener: Listener) -> Iterator[None]:
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    def tell(self, message: dict[str, Any]) -> None:
        """Show something to those who watch; `type` says what it is."""
        for listener in list(self._listeners):
            listener(message)

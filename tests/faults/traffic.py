"""Customers who never stop: mails, forms, API requests and calls, each mail, form and request sent twice. What was accepted is written down.

Accepted is what the outside was told: SMTP 250, HTTP 2xx (303 of the form), a call that the carrier put into our queue. Until it is told
so, a sender tries again with the same Message-ID, form or Idempotency-Key, as real ones do.
"""

from __future__ import annotations

import http.client
import itertools
import re
import smtplib
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from callcenter.demo.firm import CENTRAL_NUMBER

AGAIN = 0.3  # seconds between two tries of one sender
PATIENCE = 60.0
TRANSIENT = (OSError, smtplib.SMTPException, http.client.HTTPException, requests.RequestException)
PASSING = frozenset({502, 503, 504})
PEOPLE_TAKE = 2.1  # seconds to fill in the form; it refuses who is quicker
GREETED = {"wait_for": "Kestrel", "timeout": 60}
# What callers do; seconds are the carrier's. Agents may be quicker than somebody's patience.
CALLERS: dict[str, list[dict[str, Any]]] = {
    "impatient": [GREETED, {"press": "1"}, {"wait": 4}, {"hang_up": True}],
    "patient": [GREETED, {"press": "1"}, {"wait": 14}, {"hang_up": True}],
    "voicemail": [
        *(GREETED, {"press": "1"}, {"wait": 2}, {"press": "2"}, {"wait_for": "after the tone", "timeout": 30}, {"wait": 11}),
        *({"speak": "The boiler drips."}, {"wait": 2}, {"press": "#"}, {"wait": 3}, {"hang_up": True}),
    ],
}


@dataclass(frozen=True)
class Doors:
    """Where an installation takes its customers' messages. `secret`: the carrier's control interface; `token`: an agent's of the API."""

    web: str
    simulator: str
    smtp_port: int
    account: tuple[str, str]
    token: str
    queue_id: int


@dataclass
class Book:
    """What was accepted, and what was odd on the way."""

    mails: dict[str, str] = field(default_factory=dict)  # Message-ID (without brackets) → subject
    forms: dict[str, str] = field(default_factory=dict)  # subject → address of the customer's page
    posts: dict[str, int] = field(default_factory=dict)  # subject → ticket number
    calls: dict[str, str] = field(default_factory=dict)  # the carrier's SID → what the caller does
    repeats: Counter[str] = field(default_factory=Counter)  # accepted a second time
    tries: Counter[str] = field(default_factory=Counter)  # attempts that failed and were made again
    odd: list[str] = field(default_factory=list)  # answers nobody should get


class Sender(threading.Thread):
    """Sends one after the other until told to stop; a message begun is brought to its end. `failed` is what broke it."""

    def __init__(self, name: str, every: float, stop: threading.Event, send: Callable[[int], None]) -> None:
        super().__init__(name=name)
        self.every, self.stop, self.send = every, stop, send
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            for number in itertools.count():
                self.send(number)
                if self.stop.wait(self.every):
                    return
        except BaseException as error:
            self.failed = error


class Traffic:
    """All senders. `seconds`: pause of each kind between two messages."""

    def __init__(self, doors: Doors, *, mails: float = 1.5, forms: float = 1.0, posts: float = 1.5, calls: float = 3.0) -> None:
        self.doors, self.book = doors, Book()
        self.stop = threading.Event()
        self._run = uuid.uuid4().hex[:8]
        kinds: list[tuple[str, float, Callable[[int], None]]] = [
            ("mail", mails, self._mail),
            ("form-1", forms, self._form(1)),
            ("form-2", forms, self._form(2)),
            ("post", posts, self._post),
            ("call", calls, self._call),
        ]
        self.senders = [Sender(name, every, self.stop, send) for name, every, send in kinds]

    def start(self) -> None:
        for sender in self.senders:
            sender.start()

    def end(self) -> None:
        """No new messages; those begun are sent. Raises what broke a sender."""
        self.stop.set()
        for sender in self.senders:
            sender.join(3 * PATIENCE)
        broken = [sender for sender in self.senders if sender.failed is not None or sender.is_alive()]
        assert not broken, "\n".join(f"{sender.name}: {''.join(traceback.format_exception(sender.failed))}" for sender in broken)

    def _insist(self, kind: str, attempt: Callable[[], Any]) -> Any:
        """Try until it is accepted (`attempt` gives something) or patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = attempt()
            except TRANSIENT:
                found = None
            if found is not None:
                return found
            self.book.tries[kind] += 1
            if time.monotonic() > end:
                raise TimeoutError(f"{kind}: not accepted for {PATIENCE:.0f} s; odd answers: {self.book.odd[-3:]}")
            time.sleep(AGAIN)

    def _ok(self, kind: str, answer: requests.Response, *good: int) -> bool:
        """Whether it was accepted. An answer that is neither that nor "come again" is written down."""
        if answer.status_code in good:
            return True
        if answer.status_code not in PASSING:
            self.book.odd.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return False

    # mail

    def _mail(self, number: int) -> None:
        message = EmailMessage()
        message["From"] = f"Customer {number} <customer{number}@{self._run}.example>"
        message["To"] = "service@kestrel.example"
        message["Subject"] = f"Mail {self._run}-{number}"
        message["Message-ID"] = f"<mail-{number}@{self._run}.example>"
        message["Date"] = "Tue, 10 Mar 2026 10:00:00 +0100"
        message.set_content("The dryer does not start.\n")
        self._insist("mail", lambda: self._deliver(message))
        self.book.mails[f"mail-{number}@{self._run}.example"] = str(message["Subject"])
        self._insist("mail", lambda: self._deliver(message))
        self.book.repeats["mail"] += 1

    def _deliver(self, message: EmailMessage) -> bool:
        with smtplib.SMTP("127.0.0.1", self.doors.smtp_port, timeout=10) as server:
            server.send_message(message)
        return True

    # the form

    def _form(self, hand: int) -> Callable[[int], None]:
        def send(number: int) -> None:
            session = requests.Session()
            session.mount("http://", From(f"127.{hand}.{number // 250}.{number % 250 + 1}"))
            subject = f"Form {self._run}-{hand}-{number}"
            typed = self._insist("form", lambda: self._opened(session))
            typed |= {"kind": "fault", "subject": subject, "description": "Water under the washing machine.", "name": "Visitor"}
            typed |= {"email": f"visitor{number}@{self._run}.example", "phone": "", "serial": "", "website": ""}
            time.sleep(PEOPLE_TAKE)
            page = self._insist("form", lambda: self._sent(session, typed))
            self.book.forms[subject] = page
            again = self._insist("form", lambda: self._sent(session, typed))
            if again != page:
                self.book.odd.append(f"form {subject}: sent again it led to {again}, the first time to {page}")
            self.book.repeats["form"] += 1

        return send

    def _opened(self, session: requests.Session) -> dict[str, str] | None:
        answer = session.get(f"{self.doors.web}/help", timeout=10)
        if not self._ok("form", answer, 200):
            return None
        return {name: hidden(answer.text, name) for name in ("csrf_token", "stamp")}

    def _sent(self, session: requests.Session, typed: dict[str, str]) -> str | None:
        answer = session.post(f"{self.doors.web}/help", data=typed, timeout=10, allow_redirects=False)
        return answer.headers["Location"] if self._ok("form", answer, 303) else None

    # the API

    def _post(self, number: int) -> None:
        subject = f"Post {self._run}-{number}"
        body = {"subject": subject, "text": "The lift stands still.", "queue_id": self.doors.queue_id}
        headers = {"Authorization": f"Bearer {self.doors.token}", "Idempotency-Key": f"{self._run}-{number}"}

        def attempt() -> int | None:
            answer = requests.post(f"{self.doors.web}/api/v1/tickets", json=body, headers=headers, timeout=10)
            return int(answer.json()["number"]) if self._ok("post", answer, 201) else None

        self.book.posts[subject] = self._insist("post", attempt)
        assert self._insist("post", attempt) == self.book.posts[subject]
        self.book.repeats["post"] += 1

    # calls

    def _call(self, number: int) -> None:
        kind = list(CALLERS)[number % len(CALLERS)]
        answer = requests.post(
            f"{self.doors.simulator}/simulator/calls",
            json={"from": f"+4930{20000000 + number}", "to": CENTRAL_NUMBER, "steps": CALLERS[kind]},
            auth=self.doors.account,
            timeout=10,
        )
        answer.raise_for_status()
        self.book.calls[str(answer.json()["sid"])] = kind


class From(HTTPAdapter):
    """Sends from an address of its own, as each customer does: the form counts how often one address comes."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self.address, 0))


def hidden(page: str, name: str) -> str:
    """The value of a hidden input."""
    tag = next(tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag)
    found = re.search(r'value="([^"]*)"', tag)
    assert found, tag
    return found[1]

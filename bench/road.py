"""The whole road at work: what it takes of each input per second, and how long until every open board shows it.

    script/bench road [--boards 50] [--seconds 10] [--calls 50]

Starts a demonstration of its own. First all kinds of input together at a steady pace, when screens are measured: from the moment before the request
begins, and from its answer (which comes just after the commit), until each board's socket has the row. Then each kind alone, as fast as it is taken.
At last so many calls a second come in for ten seconds, and the carrier's own figures of our webhooks are read (budget: p99 ≤ 150 ms at 50).
"""

from __future__ import annotations

import argparse
import itertools
import json
import smtplib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import requests

from bench.live import Talking
from callcenter.demo.firm import CENTRAL_NUMBER
from core.embedded import processes
from tests.faults.road import records
from tests.faults.run import doors_of, token_of
from tests.faults.traffic import PEOPLE_TAKE, Doors, From, hidden
from tests.installation import Installation, demonstration

HANDS = {"mail": 4, "form": 4, "post": 4}
PACE = {"mail": 2.0, "form": 1.0, "post": 2.0, "call": 2.0}  # a second, all together
WEBHOOK_BUDGET = 150.0  # ms
CALL = [{"wait_for": "Kestrel", "timeout": 60}, {"press": "1"}, {"wait": 4}, {"hang_up": True}]
Deed = Callable[[int], None]


class Road:
    """The doors, and when each marked input was begun and answered (monotonic nanoseconds)."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.numbers = itertools.count(1)
        self.begun: dict[str, int] = {}
        self.answered: dict[str, int] = {}
        self._own = threading.local()

    def mark(self) -> str:
        return f"road-{next(self.numbers)}"

    def mail(self) -> None:
        """Over a connection kept open, as a mail server does."""
        mark = self.mark()
        message = EmailMessage()
        message["From"], message["To"] = f"{mark}@road.example", "service@kestrel.example"
        message["Subject"], message["Message-ID"] = mark, f"<{mark}.{time.time_ns()}@road.example>"
        message.set_content("The dryer does not start.\n")
        if not hasattr(self._own, "smtp"):
            self._own.smtp = smtplib.SMTP("127.0.0.1", self.doors.smtp_port, timeout=30)
        self._timed(mark, lambda: self._own.smtp.send_message(message))

    def open_form(self, number: int) -> tuple[requests.Session, dict[str, str]]:
        """A form as the browser has it, from an address of its own."""
        session = requests.Session()
        session.mount("http://", From(f"127.{3 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"))
        page = session.get(f"{self.doors.web}/help", timeout=30)
        page.raise_for_status()
        typed = {name: hidden(page.text, name) for name in ("csrf_token", "stamp")}
        return session, typed | {"kind": "fault", "description": "Water.", "name": "Visitor", "email": "visitor@road.example"}

    def send_form(self, form: tuple[requests.Session, dict[str, str]]) -> None:
        session, typed = form
        mark = self.mark()

        def send() -> None:
            answer = session.post(f"{self.doors.web}/help", data=typed | {"subject": mark}, timeout=30, allow_redirects=False)
            if answer.status_code != 303:
                raise RuntimeError(f"form: {answer.status_code}")

        self._timed(mark, send)

    def post(self) -> None:
        mark = self.mark()
        headers = {"Authorization": f"Bearer {self.doors.token}", "Idempotency-Key": f"{mark}-{time.time_ns()}"}
        body = {"subject": mark, "text": "The lift stands still.", "queue_id": self.doors.queue_id}
        self._timed(
            mark, lambda: requests.post(f"{self.doors.web}/api/v1/tickets", json=body, headers=headers, timeout=30).raise_for_status()
        )

    def call(self) -> None:
        """A caller who waits four seconds. Begun: when the carrier was told to ring."""
        caller = f"+4930{30_000_000 + next(self.numbers)}"
        body = {"from": caller, "to": CENTRAL_NUMBER, "steps": CALL}
        url = f"{self.doors.simulator}/simulator/calls"
        self._timed(caller, lambda: requests.post(url, json=body, auth=self.doors.account, timeout=30).raise_for_status())

    def _timed(self, mark: str, send: Callable[[], Any]) -> None:
        self.begun[mark] = time.monotonic_ns()
        send()
        self.answered[mark] = time.monotonic_ns()


def flat_out(send: Callable[[], None], *, hands: int, seconds: float) -> float:
    """So many hands at once, each one after the other: accepted a second."""
    began = time.monotonic()

    def work(_hand: int) -> int:
        done = 0
        while time.monotonic() < began + seconds:
            send()
            done += 1
        return done

    with ThreadPoolExecutor(hands) as pool:
        done = sum(pool.map(work, range(hands)))
    return done / (time.monotonic() - began)


def steadily(deed: Deed, *, rate: float, seconds: float, hands: int = 16) -> None:
    """`rate` a second, begun on time whether the one before is answered or not (as long as there are hands)."""
    began = time.monotonic()
    with ThreadPoolExecutor(hands) as pool:
        waiting = []
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            waiting.append(pool.submit(deed, number))
        for each in waiting:
            each.result()


def alone(road: Road, seconds: float) -> dict[str, float]:
    """Accepted a second of each kind that people and machines send, one kind after the other."""
    sends: dict[str, Callable[[], None]] = {"mail": road.mail, "post": road.post}
    found = {kind: flat_out(send, hands=HANDS[kind], seconds=seconds) for kind, send in sends.items()}
    forms = [road.open_form(number) for number in range(int(20 * seconds))]
    time.sleep(PEOPLE_TAKE)
    began, count = time.monotonic(), 0
    with ThreadPoolExecutor(HANDS["form"]) as pool:
        for _ in pool.map(road.send_form, forms):
            count += 1
    return found | {"form": count / (time.monotonic() - began)}


def together(road: Road, boards: Talking, seconds: float) -> dict[str, list[float]]:
    """All kinds at their pace. Milliseconds by name: `… begun` and `… answered`, one value for each input and board."""
    forms = [road.open_form(50_000 + number) for number in range(int(PACE["form"] * seconds))]
    time.sleep(PEOPLE_TAKE)
    tell(boards)
    deeds: dict[str, Deed] = {
        "mail": lambda _number: road.mail(),
        "form": lambda number: road.send_form(forms[number]),
        "post": lambda _number: road.post(),
        "call": lambda _number: road.call(),
    }
    first = next(road.numbers)
    with ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(steadily, deed, rate=PACE[kind], seconds=seconds) for kind, deed in deeds.items()]:
            done.result()
    time.sleep(5)  # late rows are late rows: they are in the figures, not cut off
    seen = tell(boards)
    found: dict[str, list[float]] = {"tickets begun": [], "tickets answered": [], "calls begun": []}
    for mark, times in seen.items():
        kind = "tickets" if mark.startswith("road-") else "calls"
        if mark not in road.answered or (kind == "tickets" and int(mark[5:]) < first):
            continue
        found[f"{kind} begun"] += [(at - road.begun[mark]) / 1e6 for at in times]
        if kind == "tickets":
            found["tickets answered"] += [max(0.0, (at - road.answered[mark]) / 1e6) for at in times]
    return found


def tell(boards: Talking) -> dict[str, list[int]]:
    boards.say("report")
    seen: dict[str, list[int]] = json.loads(boards.hear())
    return seen


def ringing(road: Road, rate: float, seconds: float) -> tuple[dict[str, list[float]], int, int]:
    """So many calls a second: milliseconds by webhook, how many of them failed, and how many calls came."""
    journal = Journal(road.doors)
    journal.read()
    with ThreadPoolExecutor(1) as reader:
        over = threading.Event()
        reading = reader.submit(journal.follow, over)
        try:
            steadily(lambda _number: road.call(), rate=rate, seconds=seconds, hands=32)
            processes.wait_until(lambda: not active_calls(road.doors), 60)
        finally:
            over.set()
        reading.result()
    return journal.taken, journal.failed, int(rate * seconds)


def active_calls(doors: Doors) -> int:
    """Calls that the carrier has on."""
    return int(requests.get(f"{doors.simulator}/simulator/health", auth=doors.account, timeout=30).json()["active_calls"])


class Journal:
    """The carrier's own record of our webhooks; it keeps the last 2,000, so it is read while they come."""

    def __init__(self, doors: Doors) -> None:
        self.doors, self.last, self.failed = doors, 0, 0
        self.taken: dict[str, list[float]] = {}
        self._first = True

    def follow(self, over: threading.Event) -> None:
        """Read each second until `over`, and what is left then."""
        while not over.wait(1.0):
            self.read()
        self.read()

    def read(self) -> None:
        """Take what is new. The first time nothing is taken: it was before."""
        url = f"{self.doors.simulator}/simulator/webhooks?after={self.last}"
        found = requests.get(url, auth=self.doors.account, timeout=30).json()["webhooks"]
        for one in found:
            self.last = max(self.last, one["number"])
            if not self._first:
                self.taken.setdefault(urlsplit(one["url"]).path, []).append(float(one["milliseconds"]))
                self.failed += not 200 <= one["status"] < 300
        self._first = False


def line(name: str, values: list[float]) -> str:
    """Count and percentiles of one name."""
    ordered = sorted(values) or [float("nan")]
    shares = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99))
    return f"{name:<36}{len(values):>8}" + "".join(f"{value:>10.0f}" for value in shares)


def measure(installation: Installation, *, boards: int, seconds: float, calls: float) -> Iterator[str]:
    """All parts on an installation that is well; the table's lines, as they are known."""
    with records(installation.data_dir) as found:
        road = Road(doors_of(installation, found, token_of(installation, "agent1@kestrel.example", "agent")))
        watcher = token_of(installation, "supervisor@kestrel.example", "supervisor")
        crowd = Talking("bench.road_boards", str(installation.port + 1), str(boards), watcher)
        try:
            crowd.hear()
            # First, while new tickets are among the 300 most urgent that a board shows of each queue.
            screens = together(road, crowd, seconds)
            yield f"{boards} boards open. All together, a second: " + ", ".join(f"{rate:g} {kind}s" for kind, rate in PACE.items())
            yield head("milliseconds until a screen has it")
            yield from (line(name, values) for name, values in screens.items())
            rates = alone(road, seconds)
            yield "Accepted a second, each kind alone: " + ", ".join(f"{kind} {rate:.1f}" for kind, rate in rates.items())
            processes.wait_until(lambda: not found.left_open().get("outbox rows due"), 60)
            webhooks, failed, rung = ringing(road, calls, 10.0)
            yield head(f"webhooks, {calls:g} calls/s, {rung} calls")
            yield from (line(path, values) for path, values in sorted(webhooks.items()))
            yield line(f"all (budget: p99 {WEBHOOK_BUDGET:.0f})", [value for values in webhooks.values() for value in values])
            yield f"webhooks not answered well: {failed}"
        finally:
            crowd.end()


def head(name: str) -> str:
    return f"{name:<36}{'count':>8}{'p50':>10}{'p95':>10}{'p99':>10}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench road", description="The whole road: inputs per second and commit to screen.")
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--calls", type=float, default=50.0, help="calls a second of the last part")
    chosen = parser.parse_args()
    with demonstration() as installation:
        for text in measure(installation, boards=chosen.boards, seconds=chosen.seconds, calls=chosen.calls):
            print(text, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A supervisor over stand-in processes, run as a process of its own: `python -m tests.ground.standin PLACE PORT`.

Its children: `once` (runs to its end first), `nursery`, `born` (forked from it), `loop` (executed, with a heartbeat), `page` (HTTP on PORT,
with a worker of its own like gunicorn).
"""

from __future__ import annotations

import http.server
import os
import signal
import sys
import time
from pathlib import Path

from core.embedded.children import DATA, SERVERS, Child, Port, answers
from core.embedded.lock import Lock
from core.embedded.nursery import Nursery
from core.embedded.processes import Program, die_with_parent
from core.embedded.start import MARK, end_leftovers, refuse_taken_ports
from core.embedded.supervisor import Supervisor, say

BEAT_LIMIT = 1.5


def leave_pid(path: Path, text: str) -> None:
    """Write the file at once: a reader never finds it empty."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


def loop() -> None:
    """Touch the heartbeat until SIGTERM; when the file `hang` appears in the place, live on without touching it."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    beat = Path(os.environ["CALLOUT_HEARTBEAT"])
    leave_pid(beat.parent / f"{beat.stem}.pid", str(os.getpid()))
    while not asked:
        if not (beat.parent / "hang").exists():
            beat.touch()
        time.sleep(0.05)


def page() -> None:
    """Answer /healthz; hold the port in a worker too, so that killing the master alone would leave it taken."""
    place, port = Path(sys.argv[1]), int(sys.argv[2])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", port), Handler)
    master = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.environ["ROLE"] = "worker"
        server.serve_forever()
    leave_pid(place / "page.pid", f"{master} {worker}")
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(worker, signal.SIGTERM))
    os.waitpid(worker, 0)


def children(place: Path, port: int) -> list[Child]:
    environ = {**os.environ, MARK: str(place)}

    def looping(name: str, entry: str) -> Child:
        beat = place / f"{name}.alive"
        program = Program(
            name, (sys.executable, "-c", "from tests.ground.standin import loop; loop()"), {**environ, "CALLOUT_HEARTBEAT": str(beat)}
        )
        return Child(
            name,
            program,
            place / f"{name}.log",
            entry=entry,
            prepare=lambda: beat.unlink(missing_ok=True),
            ready=lambda pid: beat.exists(),
            heartbeat=beat,
            beat_limit=BEAT_LIMIT,
        )

    nursery = Nursery(Program("nursery", (), environ), ("tests.ground.standin",))
    once = os.environ.get("STANDIN_ONCE", "pass")
    serve = ("-c", "from tests.ground.standin import page; page()", str(place), str(port))
    return [
        Child(
            "nursery", Program("nursery", (), environ), place / "nursery.log", SERVERS, nursery=nursery, ready=lambda pid: nursery.ready()
        ),
        Child("once", Program("once", (sys.executable, "-c", once), environ), place / "once.log", DATA, once=True),
        looping("born", "tests.ground.standin:loop"),
        looping("loop", ""),
        Child(
            "page",
            Program("page", (sys.executable, *serve), environ),
            place / "page.log",
            ports=(Port("PORT", "127.0.0.1", port),),
            ready=answers("127.0.0.1", port),
        ),
    ]


def main() -> None:
    place, port = Path(sys.argv[1]), int(sys.argv[2])
    (place / "run").mkdir(exist_ok=True)
    Lock(place).take_or_refuse("stand-in")
    end_leftovers(place)
    found = children(place, port)
    refuse_taken_ports(found)
    Supervisor(found, on_ready=lambda seconds: say("ready")).run()
    say("stopped")


if __name__ == "__main__":
    die_with_parent(signal.SIGKILL, os.getppid())
    main()

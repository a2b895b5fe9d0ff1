"""A routing service on loopback that speaks both dialects over real HTTP, and does what bad ones do: dies, is slow, lies."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dispatch.visits.travel import Point, kilometres

Answer = tuple[int, bytes]


def drive(a: Point, b: Point) -> float:
    """Seconds of driving: 30 km/h, a quarter longer northwards."""
    return kilometres(a, b) / 30 * 3600 * (1.25 if b[0] > a[0] else 1.0)


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    origins: list[Point]
    destinations: list[Point]


@dataclass
class RoadServer:
    """`nowhere`: places near no road; `most`: places on a side of a table; `behave(asked)` answers instead of the truth, in the server's thread."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    nowhere: set[Point] = field(default_factory=set)
    most: int = 50
    behave: Callable[[Asked], Answer | None] = lambda _asked: None
    server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                points = [
                    (float(y), float(x)) for x, y in (one.split(",") for one in url.path.removeprefix("/table/v1/driving/").split(";"))
                ]
                chosen = parse_qs(url.query)
                sides = [[points[int(n)] for n in chosen[name][0].split(";")] for name in ("sources", "destinations")]
                self.say(outer.answer(Asked(self.path, dict(self.headers), *sides), _osrm))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                sides = [[(one["lat"], one["lon"]) for one in body[name]] for name in ("sources", "targets")]
                self.say(outer.answer(Asked(self.path, dict(self.headers), *sides), _valhalla))

            def say(self, answer: Answer) -> None:
                status, content = answer
                if status == 0:  # dies over it
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/")
                with suppress(OSError):  # who asked had enough
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def down(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, asked: Asked, write: Callable[[RoadServer, Asked], Answer]) -> Answer:
        self.asked.append(asked)
        return self.behave(asked) or write(self, asked)

    def lost(self, asked: Asked) -> bool:
        return any((round(a, 4), round(b, 4)) in self.nowhere for a, b in (*asked.origins, *asked.destinations))

    def too_big(self, asked: Asked) -> bool:
        return max(len(asked.origins), len(asked.destinations)) > self.most


def _written(status: int, found: Any) -> Answer:
    return status, json.dumps(found).encode()


def _osrm(server: RoadServer, asked: Asked) -> Answer:
    if server.too_big(asked):
        return _written(400, {"code": "TooBig", "message": "Too many table coordinates"})
    if server.lost(asked):
        return _written(400, {"code": "NoSegment", "message": "Could not find a matching segment for coordinate 0"})
    return _written(
        200,
        {
            "code": "Ok",
            "durations": [[round(drive(a, b), 1) for b in asked.destinations] for a in asked.origins],
            "distances": [[round(kilometres(a, b) * 1000, 1) for b in asked.destinations] for a in asked.origins],
        },
    )


def _valhalla(server: RoadServer, asked: Asked) -> Answer:
    if server.too_big(asked):
        return _written(400, {"error_code": 150, "error": "Exceeded max locations", "status_code": 400})
    if server.lost(asked):
        return _written(400, {"error_code": 171, "error": "No suitable edges near location", "status_code": 400})
    rows = [
        [
            {"from_index": i, "to_index": j, "time": round(drive(a, b)), "distance": round(kilometres(a, b), 3)}
            for j, b in enumerate(asked.destinations)
        ]
        for i, a in enumerate(asked.origins)
    ]
    return _written(200, {"sources_to_targets": rows, "units": "kilometers"})

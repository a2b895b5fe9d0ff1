"""The two ways in which routing services are asked for a table of ways, and what may be believed of their answers. Pure; seconds and metres.

An answer is another program's: its size, shape and every number are looked at. What does not fit as a whole is refused as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from dispatch.roads.rules import Cell
from dispatch.roads.tables import TooHardError
from dispatch.visits.travel import Point

_METRES = {"kilometers": 1000.0, "kilometres": 1000.0, "km": 1000.0, "miles": 1609.344, "mi": 1609.344}


class TroubleError(Exception):
    """Why there is no answer: `code` of `wording.PROBLEMS`, and the text as the network or the service said it."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent: `path` is put behind the address of the service."""

    method: str
    path: str
    body: bytes | None = None


class Dialect(Protocol):
    """How a service is spoken to."""

    def question(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Question:
        """For the ways from each of the origins to each of the destinations."""

    def rows(self, status: int, content: bytes, origins: int, destinations: int) -> list[list[Cell]]:
        """By origin and destination. Raises TroubleError; TooHardError when a smaller table may be answered."""


class Osrm:
    """`/table/v1/driving/`: https://project-osrm.org/docs/v5.24.0/api/#table-service"""

    _NOWHERE, _TOO_BIG = ("NoSegment",), ("TooBig", "NoTable")

    def question(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Question:
        number = {at: place for place, at in enumerate(dict.fromkeys([*origins, *destinations]))}
        places = ";".join(f"{longitude:.5f},{latitude:.5f}" for latitude, longitude in number)
        chosen = "&".join(
            f"{name}={';'.join(str(number[at]) for at in points)}"
            for name, points in (("sources", origins), ("destinations", destinations))
        )
        return Question("GET", f"/table/v1/driving/{places}?{chosen}&annotations=duration,distance")

    def rows(self, status: int, content: bytes, origins: int, destinations: int) -> list[list[Cell]]:
        found = _object(status, content)
        code = str(found.get("code", ""))
        if code in (*self._NOWHERE, *self._TOO_BIG):
            raise TooHardError(code, nowhere=code in self._NOWHERE)
        if status != 200 or code != "Ok":
            raise _refusal(status, str(found.get("message") or code))
        seconds = _matrix(found.get("durations"), origins, destinations)
        said = found.get("distances")
        metres = _matrix(said, origins, destinations) if said is not None else [[None] * destinations for _ in range(origins)]
        return [[(_number(a), _number(b)) for a, b in zip(one, other, strict=True)] for one, other in zip(seconds, metres, strict=True)]


class Valhalla:
    """`/sources_to_targets`: https://valhalla.github.io/valhalla/api/matrix/api-reference/"""

    # 171: no road near a place; the others: too many places, or too far from each other.
    _NOWHERE, _TOO_BIG = (170, 171), (150, 154, 157, 158)

    def question(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Question:
        places = [[{"lat": latitude, "lon": longitude} for latitude, longitude in points] for points in (origins, destinations)]
        asked = {"sources": places[0], "targets": places[1], "costing": "auto", "units": "kilometers"}
        return Question("POST", "/sources_to_targets", json.dumps(asked).encode())

    def rows(self, status: int, content: bytes, origins: int, destinations: int) -> list[list[Cell]]:
        found = _object(status, content)
        code = found.get("error_code")
        if code in (*self._NOWHERE, *self._TOO_BIG):
            raise TooHardError(str(code), nowhere=code in self._NOWHERE)
        if status != 200 or code is not None:
            raise _refusal(status, str(found.get("error") or code or ""))
        table, unit = found.get("sources_to_targets"), _METRES.get(str(found.get("units", "kilometers")), 1000.0)
        if isinstance(table, dict):  # as newer ones answer when they are set to be brief
            seconds, far = (_matrix(table.get(name), origins, destinations) for name in ("durations", "distances"))
        else:
            cells = _matrix(table, origins, destinations)
            if not all(isinstance(cell, dict) for row in cells for cell in row):
                _wrong("a cell of the table is no object")
            seconds, far = ([[cell.get(name) for cell in row] for row in cells] for name in ("time", "distance"))
        return [[(_number(a), _number(b, unit)) for a, b in zip(one, other, strict=True)] for one, other in zip(seconds, far, strict=True)]


DIALECTS: dict[str, Dialect] = {"osrm": Osrm(), "valhalla": Valhalla()}


def _object(status: int, content: bytes) -> dict[str, Any]:
    """The JSON object; of a refusal in any other form nothing but its status counts. Raises TroubleError."""
    try:
        found = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if status != 200:
            raise _refusal(status, "") from error
        _wrong("it is no JSON")
    if not isinstance(found, dict):
        _wrong("it is no object")
    return found


def _no_number(text: str) -> NoReturn:
    _wrong(f"{text} is no number")


def _refusal(status: int, text: str) -> TroubleError:
    codes = {401: "key", 403: "key", 404: "not_found", 405: "not_found", 429: "too_often"}
    return TroubleError(codes.get(status, "status" if status != 200 else "refused"), f"{status} {text}".strip()[:300])


def _matrix(found: Any, rows: int, columns: int) -> list[list[Any]]:
    if not isinstance(found, list) or len(found) != rows or not all(isinstance(row, list) and len(row) == columns for row in found):
        _wrong(f"there is no table of {rows} × {columns}")
    return found


def _number(found: Any, unit: float = 1.0) -> int | None:
    """Rounded; None where there is none."""
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1e9:
        _wrong(f"{str(found)[:30]} is neither seconds nor metres")
    return round(found * unit)


def _wrong(text: str) -> NoReturn:
    raise TroubleError("wrong_answer", text)

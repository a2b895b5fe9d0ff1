"""What is asked of a routing service in one question, how it is spoken to, and what is believed of its answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.roads import asking, rules
from dispatch.roads.asking import Service
from dispatch.roads.protocols import DIALECTS, TroubleError
from dispatch.roads.rules import Cell, among, key, place
from dispatch.roads.tables import Table, TooHardError, answered, tables
from tests.dispatch.roads_server import RoadServer, drive

LOOPBACK = ("127.0.0.0/8",)
HERE, THERE, THIRD = (52.5, 13.4), (52.6, 13.4), (52.55, 13.45)


@pytest.fixture(scope="module")
def running() -> Iterator[RoadServer]:
    server = RoadServer()
    server.up()
    yield server
    server.down()


@pytest.fixture
def server(running: RoadServer) -> RoadServer:
    """It tells the truth again."""
    running.asked.clear()
    running.nowhere, running.behave = set(), lambda _asked: None
    return running


def ask(server: RoadServer, kind: str = "osrm", **more: Any) -> list[list[Cell]]:
    service = Service(kind=kind, address=server.address, key=more.pop("key", ""), key_in=more.pop("key_in", "header"))
    return asking.table(service, [HERE, THERE], [THERE, THIRD], networks=more.pop("networks", LOOPBACK), **more)


@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9))
def test_a_place_is_itself_within_eleven_metres(latitude: float, longitude: float) -> None:
    found = place(key((latitude, longitude)))
    assert abs(found[0] - latitude) <= 0.000051
    assert abs(found[1] - longitude) <= 0.000051
    assert key(found) == key((latitude, longitude))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=400, unique=True))
def test_every_way_is_in_one_table_and_no_table_is_too_large(pairs: list[tuple[int, int]]) -> None:
    found = tables(pairs)
    assert sorted(pair for table in found for pair in table.wanted) == sorted(pairs)
    for table in found:
        assert max(len(table.origins), len(table.destinations)) <= rules.LIMIT
        assert all(a in table.origins and b in table.destinations for a, b in table.wanted)


def test_days_and_stars_take_few_questions_and_crumbs_are_put_together() -> None:
    day = [(a, b) for a in range(30) for b in range(30) if a != b]
    assert len(tables(day)) <= 3
    assert len(tables([(a, 999) for a in range(200)])) == 4
    assert len(tables([(999, b) for b in range(200)])) == 4
    assert len(tables([(a, a + 1000) for a in range(100)])) <= 12


def _cells(origins: Sequence[int], destinations: Sequence[int]) -> list[list[Cell]]:
    return [[(a + b, None) for b in destinations] for a in origins]


def test_a_place_that_lies_near_no_road_costs_some_questions_and_spoils_nothing() -> None:
    asked = 0

    def refusing(origins: Sequence[int], destinations: Sequence[int]) -> list[list[Cell]]:
        nonlocal asked
        asked += 1
        if 7 in (*origins, *destinations):
            raise TooHardError("nowhere", nowhere=True)
        return _cells(origins, destinations)

    numbers = dict.fromkeys(range(40))
    wanted = {(a, b) for a in numbers for b in numbers if a != b}
    found = {(a, b): cell for a, b, cell in answered(Table(numbers, dict(numbers), wanted), refusing)}
    assert found == {(a, b): (None if 7 in (a, b) else a + b, None) for a, b in wanted}
    assert asked < 60


def test_several_places_that_lie_near_no_road_spoil_no_others() -> None:
    bad = {0, 3, 7, 11}

    def refusing(origins: Sequence[int], destinations: Sequence[int]) -> list[list[Cell]]:
        if bad & {*origins, *destinations}:
            raise TooHardError("nowhere", nowhere=True)
        return _cells(origins, destinations)

    numbers = dict.fromkeys(range(20))
    wanted = {(a, b) for a in numbers for b in numbers if a != b}
    found = {(a, b): cell for a, b, cell in answered(Table(numbers, dict(numbers), wanted), refusing)}
    assert found == {(a, b): (None if bad & {a, b} else a + b, None) for a, b in wanted}


def test_a_table_that_is_too_large_for_the_service_is_asked_in_parts() -> None:
    def small(origins: Sequence[int], destinations: Sequence[int]) -> list[list[Cell]]:
        if max(len(origins), len(destinations)) > 5:
            raise TooHardError("big", nowhere=False)
        return _cells(origins, destinations)

    numbers = dict.fromkeys(range(12))
    wanted = {(a, b) for a in numbers for b in numbers}
    assert {(a, b): cell for a, b, cell in answered(Table(numbers, numbers, wanted), small)} == {(a, b): (a + b, None) for a, b in wanted}


@pytest.mark.parametrize("kind", DIALECTS)
def test_both_dialects_are_spoken(server: RoadServer, kind: str) -> None:
    found = ask(server, kind, key="s&cret")
    for (seconds, metres), (a, b) in zip(
        (cell for row in found for cell in row), ((HERE, THERE), (HERE, THIRD), (THERE, THERE), (THERE, THIRD)), strict=True
    ):
        assert seconds == pytest.approx(drive(a, b), abs=1)
        assert metres is not None
    [asked] = server.asked
    assert (asked.origins, asked.destinations) == ([HERE, THERE], [THERE, THIRD])
    assert asked.headers["Authorization"] == "Bearer s&cret"
    ask(server, kind, key="s&cret", key_in="query")
    assert server.asked[-1].path.endswith("api_key=s%26cret")
    assert "Authorization" not in server.asked[-1].headers
    server.nowhere = {THIRD}
    with pytest.raises(TooHardError) as refused:
        ask(server, kind)
    assert refused.value.nowhere


def test_valhalla_may_answer_briefly_and_in_miles() -> None:
    brief = {"sources_to_targets": {"durations": [[60, None]], "distances": [[1.5, None]]}, "units": "miles"}
    assert DIALECTS["valhalla"].rows(200, json.dumps(brief).encode(), 1, 2) == [[(60, 2414), (None, None)]]


@pytest.mark.parametrize(
    "durations",
    ["[[NaN, 1], [1, 1]]", "[[Infinity, 1], [1, 1]]", "[[-1, 1], [1, 1]]", '[["1", 1], [1, 1]]', "[[true, 1], [1, 1]]", "[[1, 1]]", "[[1], [1]]",
     "[[1, 1, 1], [1, 1, 1]]", "null", "{}", "[[" + "9" * 4000 + ", 1], [1, 1]]", "[[1, 1], [1, 1"],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused_whole(durations: str) -> None:
    for kind, name in (("osrm", '"code": "Ok", "durations"'), ("valhalla", '"sources_to_targets"')):
        with pytest.raises(TroubleError, match="wrong_answer"):
            DIALECTS[kind].rows(200, f"{{{name}: {durations}}}".encode(), 2, 2)


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, b"<html>It works!</html>", "wrong_answer"),
        (200, b"[" * 100_000, "wrong_answer"),
        (200, b"[]", "wrong_answer"),
        (404, b"not here", "not_found"),
        (401, b'{"error": "no key"}', "key"),
        (429, b"", "too_often"),
        (502, b"bad gateway", "status"),
        (200, b'{"code": "InvalidQuery"}', "refused"),
        (302, b"", "status"),
        (0, b"", "unreachable"),
        (200, b" " * (asking.LARGEST + 10), "too_large"),
    ],
    ids=["page", "deep", "list", "404", "401", "429", "502", "refused", "redirect", "died", "large"],
)
def test_what_is_no_answer_has_a_name(server: RoadServer, status: int, content: bytes, code: str) -> None:
    server.behave = lambda _asked: (status, content)
    with pytest.raises(TroubleError) as trouble:
        ask(server)
    assert trouble.value.code == code


def test_nobody_is_waited_for_longer_than_said(server: RoadServer) -> None:
    released = threading.Event()
    server.behave = lambda _asked: (200, b"{}") if released.wait(30) else None
    began = time.monotonic()
    with pytest.raises(TroubleError, match="timeout"):
        ask(server, seconds=0.2)
    released.set()
    assert time.monotonic() - began < 10


def test_only_networks_that_are_named_are_reached(server: RoadServer) -> None:
    with pytest.raises(TroubleError, match="refused_address"):
        ask(server, networks=("10.0.0.0/8",))
    assert server.asked == []
    with pytest.raises(TroubleError, match="unreachable"):
        asking.table(Service(kind="osrm", address="http://127.0.0.1:1"), [HERE], [THERE], networks=LOOPBACK)


def test_ways_that_cannot_be_driven_so_are_none() -> None:
    a, b = key(HERE), key(THERE)
    assert rules.usable((600, 11_000), a, b) == (600, 11_000)
    assert rules.usable((0, 0), a, b) == (None, None), "both were put on one road"
    assert rules.usable((100_000, 11_000), a, b) == (None, None), "more than a day"
    assert rules.too_far(a, key((48.1, 11.6)))
    assert len(among([HERE, None, THERE, HERE])) == 2


def test_a_service_that_fails_is_left_alone_for_longer_each_time() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    waits: list[timedelta] = [rules.rest(failures, now=now) - now for failures in (1, 2, 3, 500)]
    assert waits == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20), timedelta(minutes=10)]

"""Visits on the ticket's timeline, drawn from their codes (static/js/dispatch/visit-entry.js in node)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.javascript import evaluate

BASE = {
    "visit": 5001,
    "technician": "Li Wei",
    "job_type": "Boiler service",
    "start": "2026-03-11T09:00:00Z",
    "end": "2026-03-11T10:00:00Z",
    "promised_from": "2026-03-11T09:00:00Z",
    "promised_until": "2026-03-11T11:00:00Z",
    "words": "",
}


def drawn(event: str, *, author: str = "Ana", **data: Any) -> Any:
    entry = {"kind": "visit", "author": author, "data": {**BASE, "event": event, **data}}
    return evaluate("dispatch/visit-entry.js", "it.visitEntry(given)", entry)


def text_of(found: Any) -> str:
    return "\n".join([found["title"], found["beside"], *(line["text"] for line in found["lines"]), found["words"]])


@pytest.mark.parametrize(
    ("event", "data", "said"),
    [
        ("booked", {}, ["Visit 5001 booked", "10:00–11:00", "Li Wei", "Boiler service", "Promised 10:00–12:00", "Ana"]),
        (
            "moved",
            {"start_before": "2026-03-11T12:00:00Z", "technician_before": "Bo", "words": "Customer asked"},
            ["Visit 5001 moved", "Before:", "13:00", "Bo", "Customer asked"],
        ),
        ("cancelled", {"words": "Sold the house"}, ["Visit 5001 called off", "Sold the house"]),
        ("told", {"words": "Li comes at one"}, ["Visit 5001 is late: told by telephone", "Li comes at one"]),
        ("told", {"kind": "away"}, ["Visit 5001, somebody is away: told by telephone"]),
        ("on_the_way", {}, ["Li Wei is on the way", "Visit 5001"]),
        ("on_site", {}, ["Li Wei has arrived"]),
        (
            "done",
            {
                "used": [{"name": "Filter", "quantity": 2}],
                "checklist": [{"text": "Gas off", "done": True}, {"text": "Pressure", "done": False}],
                "words": "Changed it",
            },
            ["Visit 5001 done", "Used: 2 × Filter", "Checklist: 1 of 2", "Not ticked: Pressure", "Changed it"],
        ),
        ("needs_part", {"needs": [{"name": "Fan", "quantity": 1}]}, ["needs a part", "Needs: 1 × Fan"]),
        ("no_access", {"words": "Nobody opened"}, ["Visit 5001: no access", "Nobody opened"]),
        ("parts", {"parts": [{"name": "Fan", "quantity": 1}]}, ["Li Wei fetched parts", "1 × Fan"]),
        (
            "contradiction",
            {"reported": "done", "reported_by": "Bo", "status": "no_access"},
            ["two reports differ", "Bo reported “Done”, but it is: no access"],
        ),
    ],
)
def test_each_event_is_told_in_the_readers_words(event: str, data: dict[str, Any], said: list[str]) -> None:
    found = drawn(event, **data)
    assert [part for part in said if part not in text_of(found)] == [], found
    assert "undefined" not in text_of(found)
    assert found["sign"]


def test_a_move_of_the_time_alone_does_not_name_the_same_technician_as_before() -> None:
    found = drawn("moved", start_before="2026-03-11T12:00:00Z", technician_before="Li Wei")
    assert text_of(found).count("Li Wei") == 1


def test_an_entry_without_codes_is_left_to_its_stored_sentence() -> None:
    assert evaluate("dispatch/visit-entry.js", "it.visitEntry(given)", {"kind": "visit", "author": "", "data": {}}) is None

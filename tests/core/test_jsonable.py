"""What is answered as JSON: every kind of value that presenters give, and a stranger's odd ones."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, jsonify
from flask_babel import lazy_gettext
from hypothesis import given
from hypothesis import strategies as some

from core.jsonable import encoded, jsonable


class Colour(StrEnum):
    """A kind of text."""

    RED = "red"


KINDS = {
    "at": datetime(2026, 3, 29, 1, 30, 0, 120_000, tzinfo=UTC),
    "whole": datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("UTC")),
    "said": "from 2026-03-29T01:30:00+01:00 on",
    "day": date(2026, 3, 29),
    "took": timedelta(minutes=2, milliseconds=500),
    "price": Decimal("12.30"),
    "key": uuid.UUID(int=7),
    "colour": Colour.RED,
    "set": {3},
    "tuple": (1, "二"),
    7: None,
    "half": 0.1,
    "nested": [{"yes": True, 8: [Decimal(1)]}],
}


def test_every_kind_of_value_is_written_as_it_is_copied() -> None:
    assert json.loads(encoded(KINDS)) == jsonable(KINDS)
    assert list(json.loads(encoded({"b": 1, "a": 2}))) == ["b", "a"]
    assert "二".encode() in encoded(KINDS)


@given(some.datetimes(datetime(1972, 1, 1), datetime(2200, 1, 1), timezones=some.timezones()))
def test_times_of_any_zone_are_written_as_they_are_copied(at: datetime) -> None:
    assert json.loads(encoded({"at": at, "typed": "2026-03-29T01:30:00+01:00"})) == {
        "at": jsonable(at),
        "typed": "2026-03-29T01:30:00+01:00",
    }


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize("microsecond", [0, 5])
def test_a_time_of_another_zone_is_written_in_utc(zone: str, microsecond: int) -> None:
    at = datetime(2026, 3, 29, 12, 0, 0, microsecond, tzinfo=ZoneInfo(zone))
    assert json.loads(encoded([at])) == [jsonable(at)]
    assert json.loads(encoded([at]))[0].endswith("Z")


@pytest.mark.parametrize("odd", ["half \ud83d of a pair", 10**30, -(2**70)])
def test_a_strangers_odd_value_is_answered_too(odd: object) -> None:
    assert json.loads(encoded({"typed": odd, "at": KINDS["at"]})) == {"typed": odd, "at": "2026-03-29T01:30:00.120000Z"}


def test_the_application_answers_so(app: Flask) -> None:
    with app.test_request_context():
        answer = jsonify(at=KINDS["at"], said=lazy_gettext("Sign in first."))
        assert answer.mimetype == "application/json"
        assert answer.get_json() == {"at": "2026-03-29T01:30:00.120000Z", "said": "Sign in first."}
        assert app.json.loads("1000000000000000000000000000001") == 10**30 + 1

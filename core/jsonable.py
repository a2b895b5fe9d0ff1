"""Values as JSON can carry them: times as ISO 8601 in UTC, enums by value, UUIDs and decimals as text."""

from __future__ import annotations

import enum
import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

_ELSEWHERE = re.compile(rb'T\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d"')
PLAIN = frozenset({str, int, float, bool, type(None)})  # these very types: an enum may be a kind of text


def jsonable(value: Any) -> Any:
    """`value` made of dicts, lists, text, numbers, booleans and None only."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (uuid.UUID, Decimal)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): item if type(item) in PLAIN else jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)  # of some other kind, or a lazy translation


def encoded(value: Any) -> bytes:
    """`jsonable(value)` written as JSON in UTF-8, nearly always without the copy."""
    try:
        text = orjson.dumps(value, default=jsonable, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)
        # orjson leaves a time of another zone there; what a person typed may look like one, which costs the copy and changes nothing
        return orjson.dumps(jsonable(value)) if _ELSEWHERE.search(text) else text
    except orjson.JSONEncodeError:  # half a surrogate pair or a number of more than 64 bits, from a stranger's input
        return json.dumps(jsonable(value)).encode()


class Json(JSONProvider):
    """What the application answers, in the order and words of the presenters. Reading is the standard library's: it keeps long numbers."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """`obj` as text."""
        return encoded(obj).decode()

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """The value of a text. Raises ValueError."""
        return json.loads(s, **options)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """An answer with this body."""
        return Response(encoded(self._prepare_response_obj(args, kwargs)), mimetype="application/json")

"""Values as JSON can carry them: times as ISO 8601 in UTC, enums by value, UUIDs and decimals as text."""

from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

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

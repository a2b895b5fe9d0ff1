"""What stands in the JSON of a problem or plan: marshmallow fields whose messages say what was found. Strict: "1" is no number, nor is true."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, TypeVar

import marshmallow as ma

from dispatch.planning import problem
from dispatch.planning.ways import Point

LARGEST = 1e30  # of any number: sums of these are still finite
MOST_PIECES = 10**12  # of any quantity
REQUIRED: dict[str, Any] = {"required": "is missing.", "null": "must not be null."}

Value = TypeVar("Value")


class _Field(ma.fields.Field[Value]):
    """A field that says in the house's words that it is missing."""

    default_error_messages = REQUIRED


def refuse(sentence: str, value: object, *path: str | int) -> ma.ValidationError:
    """`sentence` with the value found, at `path` below the field."""
    found = repr(value)
    messages: Any = [f"{sentence}, found {found if len(found) <= 80 else found[:77] + '…'}."]
    for step in reversed(path):
        messages = {step: messages}
    return ma.ValidationError(messages)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and -LARGEST <= value <= LARGEST  # type: ignore[operator]  # NaN compares false


class Number(_Field[float]):
    """A finite number, from `least` on when one is given."""

    def __init__(self, *, least: float | None = None, above: float | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._least, self._above = least, above

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if not _is_number(value):
            raise refuse("must be a finite number", value)
        if self._least is not None and value < self._least:
            raise refuse(f"must be {self._least:g} or more", value)
        if self._above is not None and value <= self._above:
            raise refuse(f"must be more than {self._above:g}", value)
        return float(value)


class Whole(_Field[int]):
    """A whole number, `least` or more; 2.0 is one."""

    def __init__(self, *, least: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self._least = least

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        return _whole(value, self._least)


def _whole(value: object, least: int, *path: str | int) -> int:
    if not (_is_number(value) and value == int(value) and least <= value <= MOST_PIECES):  # type: ignore[call-overload,operator]
        raise refuse(f"must be a whole number, {least} or more" if least >= 0 else "must be a whole number", value, *path)
    return int(value)  # type: ignore[call-overload,no-any-return]


class Text(_Field[str]):
    """Text that is not empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str) or not value:
            raise refuse("must be a text that is not empty", value)
        return value


class Names(_Field[frozenset[str]]):
    """A list of names; their order and repetition mean nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> frozenset[str]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise refuse("must be a list of names", value)
        return frozenset(value)


class Quantities(_Field[dict[str, int]]):
    """An object of name → whole number, `least` or more each."""

    def __init__(self, *, least: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self._least = least

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> dict[str, int]:
        if not isinstance(value, dict):
            raise refuse("must be an object of names and whole numbers", value)
        return {name: _whole(quantity, self._least, name) for name, quantity in value.items()}


class Span(_Field[problem.Span]):
    """[from, until], both finite, until not before from."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> problem.Span:
        if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)):
            raise refuse("must be two finite numbers [from, until]", value)
        if value[1] < value[0]:
            raise refuse("must not end before it starts", value)
        return float(value[0]), float(value[1])


class Points(_Field[list[Point]]):
    """A list of [x, y]."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Point]:
        if not isinstance(value, list):
            raise refuse("must be a list of [x, y]", value)
        for index, point in enumerate(value):
            if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
                raise refuse("must be two finite numbers [x, y]", point, index)
        return [(float(x), float(y)) for x, y in value]


class Matrix(_Field[list["array[float]"]]):
    """As many rows as columns of finite numbers that are not negative."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[array[float]]:
        if not isinstance(value, list):
            raise refuse("must be a list of rows", value)
        rows = []
        for a, row in enumerate(value):
            if not isinstance(row, list) or len(row) != len(value):
                raise refuse(f"must be a row of {len(value)} numbers, as many as there are rows", row, a)
            for b, seconds in enumerate(row):
                if not _is_number(seconds) or seconds < 0:
                    raise refuse("must be a finite number, 0 or more", seconds, a, b)
            rows.append(array("d", row))
        return rows


class Choice(_Field[str]):
    """One of the given texts."""

    def __init__(self, *choices: str, **options: Any) -> None:
        super().__init__(**options)
        self._choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if value not in self._choices:
            raise refuse("must be " + " or ".join(repr(str(choice)) for choice in self._choices), value)
        return str(value)

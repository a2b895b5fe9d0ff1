"""Slots: places that a lower package declares and upper packages fill in `wsgi.py` (a panel of a page, a search source, a menu entry)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Slot:
    """A named place. Fillers are called in the order of their `weight`; what they take and return is said where the slot is declared."""

    name: str
    takes: str
    fillers: list[tuple[int, str, Callable[..., Any]]] = field(default_factory=list)

    def fill(self, name: str, filler: Callable[..., Any], *, weight: int = 50) -> None:
        """Add or replace the filler called `name`."""
        self.fillers = sorted([entry for entry in self.fillers if entry[1] != name] + [(weight, name, filler)], key=lambda entry: entry[:2])

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        return (filler for _, _, filler in self.fillers)

    def call(self, *args: Any, **kwargs: Any) -> list[Any]:
        """What every filler returns, without the None."""
        return [found for filler in self if (found := filler(*args, **kwargs)) is not None]

"""The list of what had to be repaired: each said once, and never so many that the list itself becomes a burden."""

from __future__ import annotations

MAXIMUM = 50


class Problems:
    """Collects sentences in the order they were met."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """Note `sentence` unless it was noted before or the list is full."""
        if len(self._sentences) < MAXIMUM:
            self._sentences.setdefault(sentence)

    def as_tuple(self) -> tuple[str, ...]:
        return tuple(self._sentences)

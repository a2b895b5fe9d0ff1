"""What was touched and is not sent yet, in the relay's memory; the truth is the open outbox rows, so losing this loses nothing.

Coalescing: the first change of a topic goes at once, what follows within the window is merged into one turn. Pure; times are monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WINDOW = 0.05
MOST_KEYS = 1000  # of one topic in one turn; beyond, its watchers read it anew
KICK = "!kick"  # not a topic: users whose sockets are to end


@dataclass
class Touched:
    """One topic's share. `whole`: too much to name."""

    keys: set[str] = field(default_factory=set)
    tiles: bool = False
    whole: bool = False
    rows: set[int] = field(default_factory=set)

    def add(self, keys: list[str], *, tiles: bool = False, whole: bool = False) -> None:
        self.keys.update(keys)
        self.tiles |= tiles
        self.whole |= whole or len(self.keys) > MOST_KEYS


class Pending:
    """Outbox rows read but not done, and what they touched."""

    def __init__(self, window: float = WINDOW) -> None:
        self.window = window
        self.topics: dict[str, Touched] = {}
        self._waits_for: dict[int, int] = {}
        self._not_before: dict[str, float] = {}

    @property
    def row_ids(self) -> list[int]:
        """Rows that were read and are still open."""
        return list(self._waits_for)

    def add(self, row_id: int, payload: dict[str, Any]) -> None:
        """Take in one row's payload (see `touches`)."""
        tiles, everything = set(payload.get("tiles", ())), set(payload.get("all", ()))
        touched: dict[str, list[str]] = payload.get("touched", {})
        for address in tiles | everything | touched.keys():
            self._of(address, row_id).add(touched.get(address, []), tiles=address in tiles, whole=address in everything)
        if kicked := payload.get("kick"):
            self._of(KICK, row_id).add([str(user_id) for user_id in kicked])
        self._waits_for.setdefault(row_id, 0)

    def _of(self, address: str, row_id: int) -> Touched:
        touched = self.topics.setdefault(address, Touched())
        if row_id not in touched.rows:
            touched.rows.add(row_id)
            self._waits_for[row_id] = self._waits_for.get(row_id, 0) + 1
        return touched

    def due(self, now: float) -> list[str]:
        """Topics that may be sent now."""
        self._not_before = {address: at for address, at in self._not_before.items() if at > now}
        return [address for address in self.topics if address not in self._not_before]

    def next_due(self) -> float | None:
        """When the next waiting topic may be sent; None when none waits."""
        return min((self._not_before.get(address, 0.0) for address in self.topics), default=None)

    def sent(self, address: str, now: float) -> None:
        """A topic's share went out (or nobody wanted it)."""
        for row_id in self.topics.pop(address).rows:
            self._waits_for[row_id] -= 1
        if address != KICK:
            self._not_before[address] = now + self.window

    def take_finished(self) -> list[int]:
        """Rows of which nothing waits any more; they are forgotten here."""
        finished = [row_id for row_id, count in self._waits_for.items() if count == 0]
        for row_id in finished:
            del self._waits_for[row_id]
        return finished

    def forget(self) -> None:
        """Another relay took over."""
        self.topics.clear()
        self._waits_for.clear()
        self._not_before.clear()

"""Who is connected to this live process and what they watch. Plain bookkeeping, no network."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field

from core.live.topics import Place
from core.live.viewers import Viewer

MOST_TOPICS = 40  # of one client


class Bucket:
    """A token bucket: `rate` a second, `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, time.monotonic()

    def take(self) -> bool:
        """Whether one more is fine now."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass
class Client:
    """One socket. `since`: real time (seconds since 1970) it opened; `places`: what it watches, by address."""

    sid: str
    viewer: Viewer
    since: float
    places: dict[str, Place] = field(default_factory=dict)
    watches: Bucket = field(default_factory=lambda: Bucket(20, 100))
    hints: Bucket = field(default_factory=lambda: Bucket(5, 10))


class Clients:
    """All sockets of this process."""

    def __init__(self) -> None:
        self.by_sid: dict[str, Client] = {}
        self._members: dict[str, set[str]] = defaultdict(set)

    @property
    def rooms(self) -> list[str]:
        """Rooms with a member here."""
        return list(self._members)

    def add(self, client: Client) -> None:
        self.by_sid[client.sid] = client

    def enter(self, client: Client, place: Place) -> None:
        client.places[place.address] = place
        self._members[place.room].add(client.sid)

    def leave(self, client: Client, address: str) -> Place | None:
        """The place left, None when it was not watched."""
        place = client.places.pop(address, None)
        if place is not None:
            members = self._members[place.room]
            members.discard(client.sid)
            if not members:
                del self._members[place.room]
        return place

    def remove(self, sid: str) -> Client | None:
        """Forget a socket that closed; its places stay readable on the result."""
        client = self.by_sid.pop(sid, None)
        if client is not None:
            watched = dict(client.places)
            for address in watched:
                self.leave(client, address)
            client.places = watched
        return client

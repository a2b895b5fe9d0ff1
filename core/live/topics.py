"""Topics: what can be watched, by whom, and how its rows are read.

A topic is a set of rows, each under a key, plus optional tiles (counts). Packages register theirs in `wsgi.py`. It has one room for each
of its audiences, with its own presenter, so what an audience must not see never enters its room. What a topic gives depends on (argument,
audience) alone, never on the single viewer: the change that the relay renders once must be true for everybody in the room.

Rows carry codes, ids and times, not words: the browser says them in its reader's language.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotAllowed, NotFound
from core.jsonable import jsonable
from core.live.viewers import Viewer

_ADDRESS = re.compile(r"^([a-z][a-z_]{0,30})(?::([A-Za-z0-9_.-]{1,64}))?$")
Rows = dict[str, Any]


class Argument(enum.Enum):
    """Where a topic's argument comes from: there is none, the client names it (`ticket:42`), or it is the viewer's own id (`me`)."""

    NONE = "none"
    NAMED = "named"
    OWN = "own"


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One kind of topic. All functions but `audience_of` are called inside a `snapshot()` and only read.

    audience_of(viewer, argument) → which of `audiences` the viewer belongs to, None when they may not watch.
    rows(argument, audience) → all rows, key → data. Bounded: at most a few hundred.
    render(argument, audience, keys) → data for each key, None for one that is not (or no longer) in the topic. Left out: `rows` is asked.
    tiles(argument, audience) → the counts, by query.
    boundary(argument, audience, count) → for a topic that shows only the first N rows of an order: the keys at the places N-count … N+count
        of that order (for each such list). When `count` rows changed, only these can have come in or gone out unasked.
    hints: which audiences hear a hint (typing, looking) from which; none by default.
    """

    name: str
    audiences: tuple[str, ...]
    audience_of: Callable[[Viewer, str], str | None]
    rows: Callable[[str, str], Rows]
    render: Callable[[str, str, frozenset[str]], Mapping[str, Any]] | None = None
    tiles: Callable[[str, str], dict[str, Any]] | None = None
    boundary: Callable[[str, str, int], Iterable[str]] | None = None
    argument: Argument = Argument.NONE
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A whole topic as one audience sees it, ready for `core.jsonable.encoded`."""

    rows: Rows
    tiles: dict[str, Any] | None


@dataclass(frozen=True)
class Place:
    """A topic with its argument, as one audience sees it: the unit that has a stream and a room."""

    topic: Topic
    argument: str
    audience: str

    @property
    def address(self) -> str:
        """`board`, `ticket:42`, `me:7`: what changes are labelled with."""
        return f"{self.topic.name}:{self.argument}" if self.argument else self.topic.name

    @property
    def room(self) -> str:
        """Name of the Socket.IO room and, after `live:`, of the Redis stream."""
        return f"{self.address}|{self.audience}"

    def snapshot(self) -> Snapshot:
        """All rows and tiles."""
        return Snapshot(self.rows(), self.tiles())

    def rows(self) -> Rows:
        """All rows."""
        found = self.topic.rows(self.argument, self.audience)
        return {str(key): data for key, data in found.items() if data is not None}

    def render(self, keys: Iterable[str]) -> Rows:
        """Data for every key, None where it is not in the topic."""
        wanted = frozenset(keys)
        if self.topic.render is None:
            found: Mapping[str, Any] = self.topic.rows(self.argument, self.audience)
        else:
            found = self.topic.render(self.argument, self.audience, wanted)
        known = {str(key): data for key, data in found.items()}
        return {key: jsonable(known.get(key)) for key in sorted(wanted)}

    def tiles(self) -> dict[str, Any] | None:
        """The counts; None for a topic without."""
        if self.topic.tiles is None:
            return None
        return dict(jsonable(self.topic.tiles(self.argument, self.audience)))

    def boundary(self, count: int) -> set[str]:
        """Keys around the end of a bounded list; nothing for a topic that shows all."""
        if self.topic.boundary is None or count == 0:
            return set()
        return {str(key) for key in self.topic.boundary(self.argument, self.audience, count)}


topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Make a topic known. The last one of a name counts."""
    if not _ADDRESS.match(topic.name):
        raise ValueError(f"not a topic's name: {topic.name}")
    topics[topic.name] = topic


def parse(address: str) -> tuple[Topic, str]:
    """Topic and argument of a full address (`me:7`, not `me`). Raises NotFound."""
    found = _ADDRESS.match(address)
    topic = topics.get(found[1]) if found else None
    if found is None or topic is None or (topic.argument is Argument.NONE) != (found[2] is None):
        raise NotFound(_("There is no such topic."))
    return topic, found[2] or ""


def places(address: str) -> list[Place]:
    """All places of a full address, one for each audience. Raises NotFound."""
    topic, argument = parse(address)
    return [Place(topic, argument, audience) for audience in topic.audiences]


def place_for(viewer: Viewer, asked: str) -> Place:
    """The place a viewer gets for what they ask (`me`, `board`, `ticket:42`). Raises NotFound, NotAllowed."""
    own = topics.get(asked)
    if own is not None and own.argument is Argument.OWN:
        asked = f"{asked}:{viewer.subject}"
    elif (named := topics.get(asked.partition(":")[0])) is not None and named.argument is Argument.OWN:
        raise NotAllowed(_("Your role does not allow this."))
    topic, argument = parse(asked)
    audience = topic.audience_of(viewer, argument)
    if audience is None:
        raise NotAllowed(_("Your role does not allow this."))
    if audience not in topic.audiences:
        raise ValueError(f"{topic.name}: audience_of gave {audience!r}, which is not one of its audiences")
    return Place(topic, argument, audience)

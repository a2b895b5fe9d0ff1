"""The little firm of the telephone's tests, and screens that hear changes as a browser does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db as database
from core.live import Viewer
from core.live.topics import place_for
from core.live.viewers import of_user
from core.outbox import OutboxRow
from staff.models import Person
from tests.callcenter.voice.conftest import carrier, firm, make_agent, time
from tests.core.live.harness import rows_of

__all__ = ["carrier", "firm", "make_agent", "time"]


class Screen:
    """A topic fetched once, then only told of changes, as the outbox hands them to the relay."""

    def __init__(self, address: str, viewer: Viewer) -> None:
        self.place = place_for(viewer, address)
        self.rows = rows_of(self.place)
        self.heard = self._last()

    def _last(self) -> int:
        return database.session.scalar(select(OutboxRow.id).order_by(OutboxRow.id.desc()).limit(1)) or 0

    def listen(self) -> dict[str, Any]:
        """Take in what was touched since the last time; the rows as they are shown then."""
        database.session.rollback()
        news = database.session.scalars(select(OutboxRow).where(OutboxRow.kind == "live", OutboxRow.id > self.heard).order_by(OutboxRow.id))
        keys = {key for row in news for key in row.payload.get("touched", {}).get(self.place.address, [])}
        self.heard = self._last()
        for key, data in self.place.render(keys).items():
            if data is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = data
        return self.rows

    def check(self) -> None:
        """What was shown by changes alone is what a fresh page would show."""
        shown, fresh = self.listen(), rows_of(self.place)
        assert shown == fresh


@pytest.fixture
def screen() -> Callable[[str, Person], Screen]:
    """`screen("me", ana)` → what stands on Ana's screen of that topic."""

    def make(address: str, person: Person) -> Screen:
        return Screen(address, of_user(person.user))

    return make

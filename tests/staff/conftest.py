"""People and places for tests of staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core.auth import services as accounts
from staff import services
from staff.models import Branch, Person


@pytest.fixture
def branch(db: Any, now: datetime) -> Branch:
    """Berlin, written in German ways."""
    return services.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", now=now)


@pytest.fixture
def make_person(db: Any, branch: Branch, now: datetime) -> Callable[..., Person]:
    """`make_person("Ana", kind="agent", skills={…})`."""

    def make(name: str = "Ana", *, kind: str = "agent", roles: tuple[str, ...] = ("agent",), **more: Any) -> Person:
        accounts.ensure_roles()
        return services.create_person(
            email=f"{name.lower().replace(' ', '.')}@callout.test",
            name=name,
            roles=roles,
            kind=kind,
            branch_id=more.pop("branch_id", branch.id),
            now=now,
            **more,
        )

    return make

"""A branch in Berlin and customers for tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from customers import services
from customers.models import Customer
from customers.rules import Contact
from staff import services as staff
from staff.models import Branch


@pytest.fixture
def branch(db: Any, now: datetime) -> Branch:
    """Numbers without a country are German here."""
    return staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", now=now)


@pytest.fixture
def make_customer(branch: Branch, now: datetime) -> Callable[..., Customer]:
    """`make_customer("Ana", phone="030 1234567", email="ana@example.com")`."""

    def make(name: str = "Ana Alt", *, phone: str = "", email: str = "", **more: Any) -> Customer:
        contacts = [Contact(kind, value) for kind, value in (("phone", phone), ("email", email)) if value]
        return services.create_customer(name=name, contact_points=contacts, now=more.pop("now", now), **more)

    return make

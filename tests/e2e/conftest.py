"""A running demonstration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.installation import SUNDAY_NIGHT, Installation, demonstration


@pytest.fixture(scope="module")
def demo() -> Iterator[Installation]:
    """The demonstration firm on a Sunday night at three. One for all walks: each leaves it usable, its clock moved on at most."""
    with demonstration(SUNDAY_NIGHT) as found:
        yield found

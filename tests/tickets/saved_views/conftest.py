"""Programs that ask for views."""

from __future__ import annotations

from tests.tickets.test_tags_and_links import as_role

__all__ = ["as_role"]  # fixture

"""The rule at the door: every view says which permission it needs or that it is public; one that says nothing is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from core.auth.permissions import ALL

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
CARRIER = "carrier"
LOOPBACK = "loopback"


def permission(name: str) -> Callable[[View], View]:
    """Mark a view as needing `name`, which must stand in the table of permissions."""
    if name not in ALL:
        raise ValueError(f"no such permission: {name}")

    def mark(view: View) -> View:
        view.__access__ = name  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everybody (sign-in, help form, health)."""
    view.__access__ = PUBLIC  # type: ignore[attr-defined]
    return view


def carrier_signed(view: View) -> View:
    """Mark a view as a carrier webhook: no session, no CSRF token, but a signature checked before anything else."""
    view.__access__ = CARRIER  # type: ignore[attr-defined]
    return view


def needed(view: Callable[..., Any]) -> str | None:
    """The mark of a view; None when it has none."""
    return getattr(view, "__access__", None)

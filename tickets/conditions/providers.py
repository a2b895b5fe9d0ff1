"""Where the fields of conditions come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tickets.conditions.fields import Field

Provider = Callable[[], Iterable[Field]]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Add fields. `provider` is called whenever conditions are read, so it may look into the database; twice the same is once. Of two fields with one
    name the first counts."""
    if provider not in _providers:
        _providers.append(provider)


def fields() -> dict[str, Field]:
    """All fields by name, in the order of the editor's list."""
    found: dict[str, Field] = {}
    for provider in _providers:
        for field in provider():
            found.setdefault(field.name, field)
    return found

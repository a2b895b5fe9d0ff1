"""Which elements, nestings and attributes exist, learnt from twilio-python's own classes rather than copied into a table.

Every builder method of every TwiML class is called once with a marker for each named argument; the element it makes tells its XML name, its
attributes and whether it carries text. So what the library only lets through by `**kwargs` (`<Dial statusCallbackEvent>`, `<Enqueue priority>`)
is not in the schema, as it is not in Twilio's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from twilio.twiml import GenericNode, TwiML, voice_response

MARKER = "marker"
ROOT = "Response"


@dataclass(slots=True)
class Rule:
    """What one element may be inside one parent."""

    attributes: set[str] = field(default_factory=set)
    carries_text: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """`rules[parent, child]` for every allowed nesting, by XML name."""

    rules: dict[tuple[str, str], Rule]

    @property
    def elements(self) -> set[str]:
        """All element names, `Response` included."""
        return {name for pair in self.rules for name in pair}

    def children(self, parent: str) -> set[str]:
        return {child for above, child in self.rules if above == parent}


@lru_cache(maxsize=1)
def voice_schema() -> Schema:
    """The voice schema of the installed twilio-python."""
    rules: dict[tuple[str, str], Rule] = {}
    for cls in _classes():
        parent = _example(cls)
        for method in _builders(parent):
            child = _built(method)
            if child is None:
                continue
            rule = rules.setdefault((parent.name, child.name), Rule())
            rule.attributes.update(child.attrs)
            rule.carries_text = rule.carries_text or child.value is not None
    return Schema(rules)


def _classes() -> list[type[TwiML]]:
    found = inspect.getmembers(voice_response, inspect.isclass)
    return [cls for _, cls in found if issubclass(cls, TwiML) and cls is not TwiML]


def _example(cls: type[TwiML]) -> TwiML:
    return cls(**_markers(cls.__init__, required_only=True))


def _builders(parent: TwiML) -> Iterator[Callable[..., object]]:
    base = set(dir(TwiML))
    for name, method in inspect.getmembers(parent, inspect.ismethod):
        if name not in base and not name.startswith("_"):
            yield method


def _built(method: Callable[..., object]) -> TwiML | None:
    made = method(**_markers(method))
    return made if isinstance(made, TwiML) and not isinstance(made, GenericNode) else None


def _markers(function: Callable[..., object], *, required_only: bool = False) -> dict[str, str]:
    wanted = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if required_only and parameter.default is not parameter.empty:
            continue
        wanted[name] = MARKER
    return wanted

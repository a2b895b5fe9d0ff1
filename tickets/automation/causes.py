"""What caused what is done now: the chain of rules, empty for the deeds of people and of the machine itself.

Whoever runs a rule does so `under` its cause, around the transaction: at its end the events that were published take the cause along.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Chain = tuple[int, ...]  # ids of rules, the first cause first
_chain: ContextVar[Chain] = ContextVar("automation_chain", default=())


def current() -> Chain:
    """The rules that led to what is done now."""
    return _chain.get()


@contextmanager
def under(chain: Chain) -> Iterator[None]:
    """All that is published in the transactions inside was caused by these rules."""
    token = _chain.set(chain)
    try:
        yield
    finally:
        _chain.reset(token)

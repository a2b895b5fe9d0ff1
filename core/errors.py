"""Errors that a person caused and can mend. Everything else is a bug and stays a 500."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Refused by a rule. `message` is shown to the user as it is (translated, says what was wrong); the state is left as it was.

    `field` names the input it belongs to; `code` is a stable word for programs; `status` the HTTP status; `details` go into the
    problem+json answer.
    """

    status = 409
    code = "refused"

    def __init__(self, message: Any, *, field: str | None = None, code: str | None = None, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.code
        self.details = details or {}

    def __str__(self) -> str:
        return str(self.message)


class NotValid(DomainError):
    """What was typed or sent cannot be used."""

    status = 422
    code = "not_valid"


class NotFound(DomainError):
    """There is no such thing, or the person may not know that there is."""

    status = 404
    code = "not_found"


class NotAllowed(DomainError):
    """The person is known but may not do this."""

    status = 403
    code = "not_allowed"


class Conflict(DomainError):
    """Somebody else was first, or changed it meanwhile."""

    status = 409
    code = "conflict"

"""What the database refuses, said as a person can understand it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from core.errors import Conflict, DomainError

P = ParamSpec("P")
R = TypeVar("R")

# SQLSTATE: deadlock detected, serialization failure, lock not available, statement cancelled by a time-out.
_PASSING = {"40P01", "40001", "55P03", "57014"}
_EXCLUSION = "23P01"
_CHECK = "23514"


def clear_errors(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb whose database errors become a Conflict: two at once, a lock that did not come in time, a constraint that was the last word.

    The transaction cannot go on after such an error; the entry rolls it back because the Conflict is raised through it.
    """

    @functools.wraps(verb)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except StaleDataError:
            raise changed_meanwhile() from None
        except DBAPIError as error:
            found = refusal_of(error)
            if found is None:
                raise
            raise found from error

    return wrapped


def refusal_of(error: DBAPIError) -> DomainError | None:
    """The refusal that a database error means; None for a bug."""
    state = getattr(error.orig, "sqlstate", None)
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if state in _PASSING:
        return Conflict(_("Somebody is working on the same thing. Nothing was changed: try again."), code="busy", details={"state": state})
    if state == _EXCLUSION:
        return Conflict(_("This time was just taken by another visit."), code="taken")
    if state == _CHECK and constraint.startswith(("ck_stock_balance", "ck_purchase_line")):
        return Conflict(_("There are not as many of this part left."), code="short")
    return None


def changed_meanwhile() -> Conflict:
    """Somebody saved the same row first."""
    return Conflict(_("Somebody changed this meanwhile. Look again and try once more."), code="changed_meanwhile")

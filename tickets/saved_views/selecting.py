"""Which tickets a list, a count, a table or a change of many is about: a view, with its conditions changed perhaps, and narrowed by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement

from core.errors import NotValid
from tickets import conditions, queries
from tickets.conditions import Field
from tickets.saved_views import columns
from tickets.saved_views.columns import Column
from tickets.saved_views.models import SavedView
from tickets.saved_views.services import Reader, conditions_of, find_view
from tickets.saved_views.standard import StandardView


@dataclass(frozen=True, kw_only=True)
class Selection:
    """`where` on Ticket; `columns` in their order; `descending` None: as is usual for the column `sort`."""

    where: Sequence[ColumnElement[bool]]
    sort: Column
    descending: bool | None
    columns: Sequence[Column]


def select_tickets(
    reader: Reader,
    *,
    view: str | None = None,
    stored: Mapping[str, Any] | None = None,
    filters: queries.Filters | None = None,
    sort: str | None = None,
    descending: bool | None = None,
    names: Sequence[str] | None = None,
) -> Selection:
    """`stored`: conditions instead of the view's. What is not given is the view's; without a view every ticket, by due time. Raises NotFound, and
    NotValid for conditions that cannot be asked (any more), an unknown column, a text with nothing to look for."""
    found = find_view(view, reader) if view else None
    asked = stored if stored is not None else conditions_of(found, reader) if found is not None else {}
    fields = conditions.fields()
    if stored is not None or isinstance(found, SavedView):
        conditions.refuse(conditions.problems(asked, known=fields))
    where = [conditions.clause(asked, now=reader.now, person_id=reader.person_id, known=fields)]
    if filters is not None:
        where += queries.conditions(filters)
    known = columns.columns()
    if sort is None and isinstance(found, SavedView):
        descending = found.descending if descending is None else descending
    order = sort or (found.sort if found is not None else "due")
    if found is not None and sort is None and _sortable(order, known) is None:
        order = "due"  # the view was sorted by a column that is not there any more
    return Selection(
        where=where,
        sort=columns.sorting(order, known),
        descending=descending,
        columns=_columns(names, found.columns if found else None, known),
    )


def where_of(
    view: SavedView | StandardView, stored: Mapping[str, Any], reader: Reader, fields: Mapping[str, Field]
) -> list[ColumnElement[bool]] | None:
    """The conditions of a view, `stored` as `conditions_of` gives them, as they are counted; None when they cannot be asked any more."""
    if isinstance(view, SavedView) and conditions.problems(stored, known=fields):
        return None
    return [conditions.clause(stored, now=reader.now, person_id=reader.person_id, known=fields)]


def _sortable(name: str, known: Mapping[str, Column]) -> Column | None:
    try:
        return columns.sorting(name, known)
    except NotValid:
        return None


def _columns(names: Sequence[str] | None, kept: Sequence[str] | None, known: Mapping[str, Column]) -> list[Column]:
    """Those asked for, else the view's as far as they are there, else the usual ones. Raises NotValid for one that was asked for and is not there."""
    if names is None:
        return [known[name] for name in kept or columns.USUAL if name in known]
    for name in names:
        if name not in known:
            raise NotValid(_("There is no column “%(name)s”.", name=name[:100]), field="columns")
    return [known[name] for name in dict.fromkeys([*columns.FIXED, *names])]

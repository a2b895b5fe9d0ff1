"""Stock-takings as data for pages and the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.db import db
from dispatch.materials import count_queries, queries
from dispatch.materials.counting import finding, to_recount
from dispatch.materials.models import Part, StockCount, StockCountLine
from dispatch.materials.presenters import named, user_names, visit_numbers


def counts(rows: Sequence[StockCount]) -> list[dict[str, Any]]:
    """Stock-takings with how far they are."""
    sums = count_queries.count_sums(rows)
    users = user_names({user for row in rows for user in (row.opened_by_id, row.ended_by_id) if user is not None})
    names = ("id", "place_id", "blind", "recount_from", "state", "opened_at", "ended_at")
    return [
        {
            **{name: getattr(row, name) for name in names},
            "place": row.place.name,
            "kind": row.place.kind,
            "opened_by": users.get(row.opened_by_id or 0),
            "ended_by": users.get(row.ended_by_id or 0),
            **sums[row.id],
        }
        for row in rows
    ]


def count_lines(count: StockCount, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts of a count, counted or not. While a blind count is open nobody is shown what is expected."""
    ids = [part.id for part in parts]
    lines = {line.part_id: line for line in db.session.scalars(count_queries.count_lines(count.id).where(StockCountLine.part_id.in_(ids)))}
    there = queries.balances_at(count.place_id, ids)
    users = user_names({line.counted_by_id for line in lines.values() if line.counted_by_id is not None})
    hidden = count.blind and count.state == "open"
    found = []
    for part in parts:
        line = lines.get(part.id)
        expected = line.expected if line is not None else there.get(part.id, (0, 0))[0]
        difference = line.counted - line.expected if line is not None else 0
        found.append(
            {
                **named(part),
                "counted": line.counted if line is not None else None,
                "expected": None if hidden else expected,
                "difference": None if hidden or line is None else difference,
                "recount": line is not None
                and to_recount(difference=difference, times=line.times, recount_from=count.recount_from)
                and count.state == "open",
                "times": line.times if line is not None else 0,
                "first_counted": line.first_counted if line is not None else None,
                "counted_at": line.counted_at if line is not None else None,
                "counted_by": users.get(line.counted_by_id or 0) if line is not None else None,
            }
        )
    return found


def count_review(count: StockCount) -> dict[str, Any]:
    """What closing would do: the differences with what they are worth, and which visits would lose what they were promised."""
    lines = list(db.session.scalars(count_queries.count_lines(count.id)))
    balances = queries.balances_at(count.place_id, [line.part_id for line in lines])
    late = count_queries.moved_before_counted(count)
    keys = [(line.part_id, count.place_id) for line in lines]
    held = queries.latest_first(list(db.session.scalars(queries.held(place_id=count.place_id)))) if keys else []
    visits = visit_numbers({row.visit_id for row in held})
    found = []
    for line in sorted(lines, key=lambda line: (line.part.name.casefold(), line.part_id)):
        one = finding(line, late.get(line.part_id, 0), *balances.get(line.part_id, (0, 0)))
        losing = []
        short = one.short
        for row in held:
            if row.part_id == line.part_id and short > 0:
                losing.append({**visits[row.visit_id], "quantity": min(short, row.quantity)})
                short -= row.quantity
        if one.difference or one.recount or one.short:
            found.append(
                {
                    **named(line.part),
                    "counted": line.counted,
                    "expected": line.counted - one.difference,
                    "difference": one.difference,
                    "worth": one.difference * line.part.cost,
                    "currency": line.part.currency,
                    "recount": one.recount,
                    "short": one.short,
                    "visits": losing,
                }
            )
    return {**counts([count])[0], "differences": found}

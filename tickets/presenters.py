"""Tickets as data for lists, boards, the ticket's page, the live channel and the API: codes, ids and times; the reader's side finds the words.

Nothing here depends on the time of asking, so a row rendered again without a change is the same row: what is left of a running clock
follows from `due_at`; `remaining_seconds` is what a paused one keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from core.db import dicts
from core.files import File
from tickets import outcomes, queries, rules, timeline
from tickets.fields import presenters as field_presenters
from tickets.fields import queries as field_queries
from tickets.models import Entry, Ticket
from tickets.sla import queries as sla_queries
from tickets.slots import EXPECTED, TICKET_PANELS

# A mail of a hundred pages is read on its own page.
SHOWN = 20_000


def lines(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """Rows of `queries.row_query` as dicts with their running and paused clocks; one query for all clocks."""
    found = dicts(rows)
    clocks = sla_queries.clock_rows([line["id"] for line in found])
    for line in found:
        line["clocks"] = clocks[line["id"]]
    return found


def expect(clocks: Mapping[int, list[dict[str, Any]]]) -> Mapping[int, list[dict[str, Any]]]:
    """Write into clocks (by ticket) when what they wait for is likely to happen, as the packages above know it: `expected_at`, None when nobody does.
    Beside `due_at` it says whether a promise will be broken. Not in what boards and queues show: those who keep them are not told when it changes."""
    found: dict[int, Mapping[str, Any]] = {}
    for known in EXPECTED.call([ticket_id for ticket_id, rows in clocks.items() if rows]):
        found |= known
    for ticket_id, rows in clocks.items():
        for row in rows:
            row["expected_at"] = found.get(ticket_id, {}).get(row["kind"]) if row["state"] == "running" else None
    return clocks


def lines_of(ticket_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """`lines` of these tickets, by id."""
    return {line["id"]: line for line in lines(queries.rows_of(list(ticket_ids)).values())}


def listed(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """`lines` with their tags and custom fields. (Not on boards and in queues: renaming a tag would change every line there.)"""
    found = lines(rows)
    tags = queries.tags_of([line["id"] for line in found])
    fields = field_queries.fields_of([line["id"] for line in found])
    expect({line["id"]: line["clocks"] for line in found})
    names = field_presenters.named(fields[line["id"]] for line in found)
    return [
        {**line, "tags": tags[line["id"]], "fields": fields[line["id"]], "field_names": said}
        for line, said in zip(found, names, strict=True)
    ]


def ticket(row: Ticket) -> dict[str, Any]:
    """Everything about one ticket but its timeline: a list's line and more, with all its clocks."""
    line = dict(queries.rows_of([row.id])[row.id]._mapping)
    return {
        **line,
        "site_id": row.site_id,
        "site": _site(row),
        "equipment_id": row.equipment_id,
        "equipment": _equipment(row),
        "policy_id": row.policy_id,
        "fields": row.fields,
        "field_names": field_presenters.named([row.fields])[0],
        "reopened": row.reopened,
        "first_response_at": row.first_response_at,
        "closed_at": row.closed_at,
        "created_by_id": row.created_by_id,
        "outcome": _outcome(row.id),
        "outcome_needed": row.kind in rules.OUTCOME_KINDS,
        "clocks": expect(sla_queries.clock_rows([row.id], ended=True))[row.id],
        "links": queries.links_of(row.id),
        "tags": queries.tags_of([row.id])[row.id],
        "merged_into": queries.loaded(row.merged_into_id).number if row.merged_into_id is not None else None,
        "merged": queries.merges_of(row.id),
    }


def entry(row: Entry, *, html: bool = False) -> dict[str, Any]:
    """One line of the timeline. `html` only when asked for: it is shown in a frame of its own."""
    return {
        "id": row.id,
        "ticket_id": row.ticket_id,
        "kind": row.kind,
        "public": row.public,
        "channel": row.channel,
        "author_id": row.author_id,
        "author": row.author_name,
        "text": row.text[:SHOWN],
        "new_text": row.new_text[:SHOWN] if row.new_text is not None else None,
        "cut": len(row.text) > SHOWN,
        "has_html": row.html is not None,
        **({"html": row.html} if html else {}),
        "data": row.data,
        "happened_at": row.happened_at,
        "recorded_at": row.recorded_at,
        "files": [{**file(item.file), "content_id": item.content_id} for item in row.files],
    }


def file(row: File) -> dict[str, Any]:
    """What is known of a stored file."""
    return {"id": row.id, "name": row.name, "content_type": row.content_type, "size": row.size, "address": f"/files/{row.id}"}


def panels(row: Ticket) -> Mapping[str, Any]:
    """What the packages above show on a ticket, by the panel's name."""
    return dict(TICKET_PANELS.call(row))


def _outcome(ticket_id: int) -> dict[str, Any] | None:
    found = outcomes.standing(ticket_id)
    if found is None:
        return None
    return {"text": found.text, "told_at": found.told_at, "told_by": timeline.name_of_user(found.told_by_id), "entry_id": found.entry_id}


def _site(row: Ticket) -> dict[str, Any] | None:
    site = row.site
    if site is None:
        return None
    return {"id": site.id, "name": site.name, "address": site.address, "access": site.access, "time_zone": site.time_zone}


def _equipment(row: Ticket) -> dict[str, Any] | None:
    found = row.equipment
    if found is None:
        return None
    return {"id": found.id, "kind": found.kind, "label": found.label, "serial": found.serial, "warranty_until": found.warranty_until}

"""Held replies as rows of the ticket's page."""

from __future__ import annotations

from typing import Any

from tickets import timeline
from tickets.composing import services
from tickets.composing.models import HeldReply


def held(row: HeldReply) -> dict[str, Any]:
    """A reply that goes out at `send_at`, or why it did not."""
    return {
        "id": row.id,
        "author_id": row.user_id,
        "author": timeline.name_of_user(row.user_id),
        "text": row.text,
        "file_ids": row.body.get("files", []),
        "send_at": row.send_at,
        "refused": row.refused,
    }


def rows_of(ticket_id: int) -> dict[str, Any]:
    """`held:<id>` → `held`, of one ticket."""
    return {f"held:{row.id}": held(row) for row in services.held_on(ticket_id)}

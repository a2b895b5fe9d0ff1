"""One verb's work on one locked ticket: it remembers what was, and writes the change entry, the search text and the event once at the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Integer, select
from sqlalchemy.orm.attributes import flag_modified

from core import events
from core.db import db
from core.errors import Conflict, DomainError
from core.jsonable import jsonable
from tickets import finding, rules, timeline
from tickets.events import TicketChanged
from tickets.locking import lock_survivor, lock_ticket
from tickets.models import Entry, Ticket
from tickets.sla import services as sla

FIELDS = (
    "subject",
    "kind",
    "status",
    "wait_reason",
    "wait_note",
    "priority",
    "language",
    "queue_id",
    "assignee_id",
    "customer_id",
    "contact_email",
    "contact_phone",
    "site_id",
    "equipment_id",
    "fields",
)
_FOUND_BY = {"subject", "customer_id", "contact_email", "contact_phone", "equipment_id", "site_id"}
_PROMISED_BY = {"kind", "priority", "queue_id", "customer_id", "equipment_id"}


class Editing:
    """`ticket` is locked; change it, then call `finish` once. `beside`: field → (before, after) of what is kept in rows of its own (tags).
    `words`: what a changed field and its values are called, kept with its line in the timeline."""

    def __init__(self, ticket: Ticket, *, now: datetime, actor_id: int | None) -> None:
        self.ticket = ticket
        self.now = now
        self.actor_id = actor_id
        self.version = ticket.version
        self.due_before = ticket.due_at
        self.before = {name: getattr(ticket, name) for name in FIELDS}
        self.names_before = names_of(ticket)
        self.beside: dict[str, tuple[Any, Any]] = {}
        self.words: dict[str, dict[str, Any]] = {}
        self.addressed_to: int | None = None

    @classmethod
    def begin(
        cls,
        ticket_id: int,
        *,
        now: datetime,
        actor_id: int | None,
        expected_version: int | None = None,
        touching: Iterable[str] = (),
        follow: bool = False,
    ) -> Editing:
        """Lock the ticket. Raises NotFound, Conflict when somebody changed one of the fields `touching` after `expected_version`, and DomainError
        (code `merged`) for a ticket that was merged into another; with `follow` (for what arrives by itself) that other is edited instead."""
        ticket = lock_survivor(ticket_id) if follow else lock_ticket(ticket_id)
        if ticket.merged_into_id is not None:
            refuse_merged(ticket)
        if expected_version is not None and expected_version != ticket.version:
            refuse_overwriting(ticket, expected_version, set(touching))
        edit = cls(ticket, now=now, actor_id=actor_id)
        if ticket.id != ticket_id:
            edit.addressed_to = db.session.scalar(select(Ticket.number).where(Ticket.id == ticket_id))
        return edit

    def noted(self, data: dict[str, Any] | None) -> dict[str, Any]:
        """An entry's data, with the number of the merged ticket that it was meant for: with the merge undone it goes back there."""
        return {**(data or {}), **({"addressed_to": self.addressed_to} if self.addressed_to is not None else {})}

    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field → (before, after) of what differs; each custom field by itself, as `fields.<key>`."""
        now = {name: getattr(self.ticket, name) for name in FIELDS}
        found = {name: (self.before[name], now[name]) for name in FIELDS if self.before[name] != now[name]}
        before, after = found.pop("fields", ({}, {}))
        custom = {f"fields.{key}": (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}
        return found | custom | self.beside

    def finish(
        self, *, entry: Entry | None = None, data: dict[str, Any] | None = None, announce: bool = True, reindex: bool = False
    ) -> dict[str, tuple[Any, Any]]:
        """Flush, put the clocks under the policy that holds now, write a change entry, publish TicketChanged.

        `entry` was written by the verb itself. Nothing is published when nothing changed and `announce` is False. Returns the changes.
        """
        changes = self.changes()
        if not changes and not announce and entry is None:
            db.session.flush()
            return changes  # the same again: not even the time of it, which every list shows and nobody would be told of
        self.ticket.updated_at = self.now
        if self.beside:
            flag_modified(self.ticket, "updated_at")  # a new version also when it was changed at this very instant
        db.session.flush()
        if changes.keys() & _PROMISED_BY and rules.is_open(self.ticket.status):
            sla.realign(ticket=self.ticket, now=self.now)
        written = self._write_changes(changes, data)
        if reindex or changes.keys() & _FOUND_BY or any(name.startswith("fields.") for name in changes):
            finding.index(self.ticket)
        db.session.flush()
        if changes or announce:
            events.publish(
                TicketChanged(
                    at=self.now,
                    actor_id=self.actor_id,
                    ticket_id=self.ticket.id,
                    number=self.ticket.number,
                    changes=changes,
                    queue_id_before=self.before["queue_id"],
                    queue_id=self.ticket.queue_id,
                    assignee_id_before=self.before["assignee_id"],
                    assignee_id=self.ticket.assignee_id,
                    entry_id=entry.id if entry is not None else written.id if written is not None else None,
                )
            )
        return changes

    def _write_changes(self, changes: dict[str, tuple[Any, Any]], data: dict[str, Any] | None) -> Entry | None:
        if not changes:
            return None
        names = names_of(self.ticket)
        lines: dict[str, Any] = {}
        for name, (old, new) in changes.items():
            lines[name] = {"from": old, "to": new, **self.words.get(name, {})}
            if name in names:
                lines[name] |= {"from_name": self.names_before[name], "to_name": names[name]}
        if changes.keys() & _PROMISED_BY and self.due_before != self.ticket.due_at:
            lines["due_at"] = {"from": self.due_before, "to": self.ticket.due_at}
        return timeline.write(
            self.ticket,
            kind="change",
            now=self.now,
            actor_id=self.actor_id,
            data={"changes": lines, "version": self.version, **(data or {})},
        )


def names_of(ticket: Ticket) -> dict[str, str | None]:
    """What a reference is called now: kept with the change, since the thing may be renamed or removed later."""
    return {
        "queue_id": ticket.queue.name if ticket.queue else None,
        "assignee_id": ticket.assignee.name if ticket.assignee else None,
        "customer_id": ticket.customer.name if ticket.customer else None,
        "site_id": (ticket.site.name or ticket.site.address) if ticket.site else None,
        "equipment_id": ticket.equipment.label if ticket.equipment else None,
    }


def changes_since(ticket: Ticket, version: int) -> list[dict[str, Any]]:
    """Field changes made to the ticket when it had this version or a later one: dicts with field, from, to, by, at; oldest first."""
    query = (
        select(Entry)
        .where(Entry.ticket_id == ticket.id, Entry.kind == "change", Entry.data["version"].astext.cast(Integer) >= version)
        .order_by(Entry.id)
    )
    return [
        {"field": name, "by": entry.author_name, "at": jsonable(entry.recorded_at), **change}
        for entry in db.session.scalars(query)
        for name, change in entry.data.get("changes", {}).items()
    ]


def refuse_merged(ticket: Ticket) -> None:
    """Raises DomainError (code `merged`) naming the ticket that this one was merged into."""
    number = db.session.scalar(select(Ticket.number).where(Ticket.id == ticket.merged_into_id))
    raise DomainError(
        _("#%(number)s was merged into #%(survivor)s: go on there, or undo the merge.", number=ticket.number, survivor=number),
        code="merged",
        details={"survivor": number},
    )


def refuse_overwriting(ticket: Ticket, expected_version: int, touching: set[str]) -> None:
    """Raises Conflict when a colleague changed one of these fields meanwhile; changes of other fields stand beside ours."""
    meanwhile = [change for change in changes_since(ticket, expected_version) if change["field"] in touching]
    if meanwhile:
        who = ", ".join(sorted({change["by"] for change in meanwhile if change["by"]})) or _("Somebody")
        raise Conflict(
            _("%(who)s changed this meanwhile. Look at both and save again.", who=who),
            code="changed_meanwhile",
            details={"version": ticket.version, "changes": meanwhile},
        )

"""Macros and canned answers: keeping them, and running a macro on a ticket, with the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from core import audit
from core.db import db
from core.errors import DomainError, NotAllowed, NotFound
from staff.queries import person_of_user
from tickets import queries, timeline
from tickets.editing import Editing
from tickets.macros import rules
from tickets.macros.models import CannedAnswer, Macro
from tickets.models import Entry, Ticket
from tickets.services import add_note, change_ticket
from tickets.services.taking_back import seen, way_back

Kept = TypeVar("Kept", Macro, CannedAnswer)


@dataclass
class Run:
    """What a macro did: `text` for the composer (the agent sends it), `missing` variables without a value, `entry` the line in the timeline."""

    ticket: Ticket
    entry: Entry
    changes: dict[str, tuple[Any, Any]]
    note: str = ""
    text: str = ""
    missing: list[str] = field(default_factory=list)
    can_undo: bool = False


def save_macro(
    *,
    macro: Macro | None,
    name: str,
    steps: Mapping[str, Any],
    shared: bool,
    manager: bool,
    now: datetime,
    actor_id: int,
    folder: str = "",
) -> Macro:
    """A new macro (None), or change one. `manager`: may write everybody's. Raises NotValid, NotAllowed."""
    values = {"name": rules.checked_name(name), "steps": rules.checked_steps(steps), "folder": rules.checked_folder(folder)}
    return _save(Macro, macro, values, shared=shared, manager=manager, now=now, actor_id=actor_id)


def save_answer(
    *,
    answer: CannedAnswer | None,
    name: str,
    texts: Mapping[str, str],
    shared: bool,
    manager: bool,
    now: datetime,
    actor_id: int,
    folder: str = "",
    shortcut: str = "",
) -> CannedAnswer:
    """A new canned answer (None), or change one. As `save_macro`."""
    values = {
        "name": rules.checked_name(name),
        "texts": rules.checked_texts(texts, "texts"),
        "folder": rules.checked_folder(folder),
        "shortcut": rules.checked_shortcut(shortcut),
    }
    return _save(CannedAnswer, answer, values, shared=shared, manager=manager, now=now, actor_id=actor_id)


def _save(kind: type[Kept], row: Kept | None, values: dict[str, Any], *, shared: bool, manager: bool, now: datetime, actor_id: int) -> Kept:
    was_shared = row is not None and row.owner_id is None
    if (shared or was_shared) and not manager:
        raise NotAllowed(_("Only an administrator changes what everybody uses."))
    before = facts(row) if was_shared and row is not None else None
    if row is None:
        row = kind()
        db.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.owner_id, row.updated_at = None if shared else actor_id, now
    db.session.flush()
    if shared or was_shared:
        action = f"{kind.__tablename__}.{'changed' if before is not None else 'created'}"
        target = f"{kind.__tablename__}:{row.id}"
        audit.record(action=action, target=target, actor_id=actor_id, now=now, before=before, after=facts(row))
    return row


def remove(*, row: Macro | CannedAnswer, manager: bool, now: datetime, actor_id: int) -> None:
    """Raises NotAllowed for everybody's when not `manager`."""
    if row.owner_id is None:
        if not manager:
            raise NotAllowed(_("Only an administrator changes what everybody uses."))
        name = row.__tablename__
        audit.record(action=f"{name}.removed", target=f"{name}:{row.id}", actor_id=actor_id, now=now, before=facts(row))
    db.session.delete(row)
    db.session.flush()


def facts(row: Macro | CannedAnswer) -> dict[str, Any]:
    """For the audit."""
    said = {"steps": row.steps} if isinstance(row, Macro) else {"texts": row.texts, "shortcut": row.shortcut}
    return {"name": row.name, "folder": row.folder, "shared": row.owner_id is None, **said}


def values_of(ticket: Ticket, actor_id: int | None) -> dict[str, str | None]:
    """What the variables stand for on this ticket, for this agent."""
    return {
        "customer": ticket.customer.name if ticket.customer else None,
        "number": str(ticket.number),
        "subject": ticket.subject,
        "queue": ticket.queue.name,
        "equipment": ticket.equipment.label if ticket.equipment else None,
        "serial": ticket.equipment.serial if ticket.equipment else None,
        "site": ticket.site.address if ticket.site else None,
        "agent": timeline.name_of_user(actor_id),
        "email": ticket.contact_email,
        "phone": ticket.contact_phone,
    }


def use_answer(*, ticket: Ticket, answer: CannedAnswer, now: datetime, actor_id: int) -> tuple[str, list[str]]:
    """The text for this ticket, and the names of variables without a value; the use is counted."""
    _count(answer, now)
    return rules.rendered(answer.texts, ticket.language, values_of(ticket, actor_id))


def _count(row: Macro | CannedAnswer, now: datetime) -> None:
    """One use more; by the database, since two people may use it in the same moment."""
    kind = type(row)
    db.session.execute(update(kind).where(kind.id == row.id).values(used=kind.used + 1, used_at=now))


def run_macro(*, ticket_id: int, macro: Macro, now: datetime, actor_id: int) -> Run:
    """Do all of its steps or none. Raises what the steps' own verbs raise (a move that the table does not know, a queue out of use)."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    ticket, values = edit.ticket, values_of(edit.ticket, actor_id)
    before = seen(ticket)
    ticket = change_ticket(ticket_id=ticket_id, changes=_changes(macro.steps, actor_id), now=now, actor_id=actor_id)
    note, missing = rules.rendered(macro.steps.get("note", {}), ticket.language, values)
    if note:
        add_note(ticket_id=ticket_id, text=note, now=now, actor_id=actor_id)
    text, missing_too = rules.rendered(macro.steps.get("text", {}), ticket.language, values)
    after = seen(ticket)
    changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    told = Editing(ticket, now=now, actor_id=actor_id)
    entry = timeline.write(
        ticket,
        kind="change",
        now=now,
        actor_id=actor_id,
        data={"macro": {"id": macro.id, "name": macro.name}, "undo": way_back(changes, before), "changes": {}, "version": ticket.version},
    )
    told.finish(entry=entry)
    _count(macro, now)
    entry.data = {**entry.data, "version_after": ticket.version}
    db.session.flush()
    return Run(
        ticket=ticket,
        entry=entry,
        changes=changes,
        note=note,
        text=text,
        missing=list(dict.fromkeys([*missing, *missing_too])),
        can_undo=bool(entry.data["undo"]),
    )


def undo_run(*, ticket_id: int, entry_id: int, now: datetime, actor_id: int | None) -> Ticket:
    """Take back what a macro changed; what it noted stays, since a timeline keeps everything. Raises NotFound, Conflict when a colleague
    changed one of the fields since, DomainError (code `undone`) when there is nothing to take back."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    entry = next(iter(queries.entries_named(ticket_id, [entry_id])), None)
    if entry is None or "macro" not in entry.data:
        raise NotFound(_("There is no such entry."))
    back = entry.data.get("undo")
    if not back or _undone(ticket_id=edit.ticket.id, entry_id=entry_id):
        raise DomainError(_("There is nothing to take back."), code="undone")
    ticket = change_ticket(ticket_id=ticket_id, changes=back, now=now, actor_id=actor_id, expected_version=int(entry.data["version_after"]))
    told = timeline.write(
        ticket,
        kind="change",
        now=now,
        actor_id=actor_id,
        data={"macro_undone": {**entry.data["macro"], "entry_id": entry_id}, "changes": {}, "version": edit.version},
    )
    Editing(ticket, now=now, actor_id=actor_id).finish(entry=told)
    return ticket


def _undone(*, ticket_id: int, entry_id: int) -> bool:
    told = Entry.data["macro_undone"]["entry_id"].as_integer() == entry_id
    return db.session.scalar(select(Entry.id).where(Entry.ticket_id == ticket_id, told).limit(1)) is not None


def _changes(steps: Mapping[str, Any], actor_id: int) -> dict[str, Any]:
    found = {name: value for name, value in steps.items() if name not in ("note", "text")}
    if found.get("assignee_id") == rules.ME:
        person = person_of_user(actor_id)
        if person is None:
            raise DomainError(_("You are nobody's colleague here: the macro cannot assign the ticket to you."), code="nobody")
        found["assignee_id"] = person.id
    return found

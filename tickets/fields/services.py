"""What an administrator sets up: custom fields and each kind's opening form. Every change is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, text

from core import audit
from core.db import db
from core.errors import Conflict, DomainError, NotFound, NotValid
from tickets import rules as ticket_rules
from tickets.fields import queries, rules, uses
from tickets.fields.models import TicketField, TicketForm

FIELDS = ("labels", "helps", "ticket_kinds", "options", "required", "required_when", "public")
# Any number that no other package uses: two who set up fields at once would not see each other's keys and conditions.
_LOCK = 7_310_002
STEP = 10


def create_field(
    *, kind: str, labels: Mapping[str, str], now: datetime, actor_id: int | None, key: str | None = None, **values: Any
) -> TicketField:
    """A new field, the last; without `key` one made of its label. `values`: the others of `FIELDS`. Raises NotValid naming what is wrong."""
    _lock()
    there = queries.definitions()
    if len(there) >= rules.FIELDS_AT_MOST:
        raise NotValid(_("There are at most %(count)d fields.", count=rules.FIELDS_AT_MOST))
    if kind not in rules.KINDS:
        raise NotValid(_("There is no kind of field “%(kind)s”.", kind=kind), field="kind")
    clean = rules.checked_texts(labels, field="labels", longest=rules.LONGEST_LABEL, needed=True)
    taken = [one.key for one in there]
    if key is not None and rules.checked_key(key) in taken:
        raise Conflict(_("There is a field with the key “%(key)s” already.", key=key), field="key", code="field_exists")
    row = TicketField(kind=kind, key=key or rules.new_key(rules.said(clean, "en"), taken), retired_at=None)
    row.position = (db.session.scalar(select(func.max(TicketField.position))) or 0) + STEP
    fresh: dict[str, Any] = {"helps": {}, "ticket_kinds": [], "options": {}, "required": "never", "required_when": None, "public": False}
    _put(row, {**fresh, **values, "labels": clean})
    db.session.add(row)
    db.session.flush()
    audit.record(action="ticket_field.created", target=f"ticket_field:{row.key}", actor_id=actor_id, now=now, after=facts(row))
    return row


def update_field(*, field_id: int, now: datetime, actor_id: int | None, **values: Any) -> TicketField:
    """Change some of `FIELDS`; key and kind stay. Raises NotFound, NotValid, DomainError (code `in_use`, details `choices`: key → tickets) when a
    choice is taken away that tickets have."""
    _lock()
    row = _locked(field_id)
    before = facts(row)
    if "options" in values:
        values["options"] = rules.checked_options(row.kind, values["options"])
        _refuse_losing_choices(row, values["options"])
    _put(row, values)
    db.session.flush()
    after = facts(row)
    if before != after:
        audit.record(
            action="ticket_field.changed", target=f"ticket_field:{row.key}", actor_id=actor_id, now=now, before=before, after=after
        )
    return row


def _refuse_losing_choices(row: TicketField, options: Mapping[str, Any]) -> None:
    kept = {one["key"] for one in options.get("choices", ())}
    gone = [one for one in row.options.get("choices", ()) if one["key"] not in kept]
    used = queries.tickets_by_choice(row.id, [one["key"] for one in gone]) if gone else {}
    if used:
        names = ", ".join(f"“{rules.said(one['labels'], 'en')}” ({used[one['key']]})" for one in gone if one["key"] in used)
        raise DomainError(
            _(
                "Tickets have these choices: %(names)s. Retire them instead: nobody chooses them any more, and those tickets keep them.",
                names=names,
            ),
            field="options.choices",
            code="in_use",
            details={"choices": used},
        )


def retire_field(*, field_id: int, now: datetime, actor_id: int | None) -> TicketField:
    """Ask for it no more; tickets that have a value keep it. Retired already: nothing happens."""
    row = _locked(field_id)
    if row.retired_at is None:
        row.retired_at = now
        db.session.flush()
        audit.record(action="ticket_field.retired", target=f"ticket_field:{row.key}", actor_id=actor_id, now=now, after=facts(row))
    return row


def use_again(*, field_id: int, now: datetime, actor_id: int | None) -> TicketField:
    """Ask for a retired field again."""
    row = _locked(field_id)
    if row.retired_at is not None:
        row.retired_at = None
        db.session.flush()
        audit.record(action="ticket_field.used_again", target=f"ticket_field:{row.key}", actor_id=actor_id, now=now, after=facts(row))
    return row


def remove_field(*, field_id: int, now: datetime, actor_id: int | None) -> None:
    """Gone for good. Raises NotFound, DomainError (code `in_use`, details `uses`) while a ticket, field, view or rule has it: retire it then."""
    _lock()
    row = _locked(field_id)
    used = uses.uses_of(row)
    if used:
        raise DomainError(
            _(
                "The field is used by %(uses)s. Retire it instead: it is asked for no more, and what is there stays.",
                uses=uses.in_words(used),
            ),
            code="in_use",
            details={"uses": used},
        )
    audit.record(action="ticket_field.removed", target=f"ticket_field:{row.key}", actor_id=actor_id, now=now, before=facts(row))
    db.session.delete(row)
    db.session.flush()


def order_fields(*, field_ids: Sequence[int], now: datetime, actor_id: int | None) -> list[TicketField]:
    """Ask for the fields in this order; all are to be named. Raises NotValid when one is named twice, Conflict when fields came or went."""
    _lock()
    rows = {row.id: row for row in db.session.scalars(select(TicketField).order_by(TicketField.position, TicketField.id).with_for_update())}
    if len(set(field_ids)) != len(field_ids):
        raise NotValid(_("A field is named twice."), field="ids")
    if set(field_ids) != set(rows):
        raise Conflict(_("Fields came or went meanwhile. Look at the list and order it again."), code="changed_meanwhile")
    before = [row.key for row in rows.values()]
    ordered = [rows[field_id] for field_id in field_ids]
    for place, row in enumerate(ordered, start=1):
        row.position = place * STEP
    db.session.flush()
    after = [row.key for row in ordered]
    if before != after:
        audit.record(
            action="ticket_fields.ordered",
            target="ticket_fields",
            actor_id=actor_id,
            now=now,
            before={"order": before},
            after={"order": after},
        )
    return ordered


def set_form(*, kind: str, asks: Mapping[str, str], now: datetime, actor_id: int | None) -> dict[str, str]:
    """Which of the fields that every ticket has a kind's form asks for: {field: hidden, asked, opening, resolving}. What is not named stays as it
    is. Returns the whole form. Raises NotValid."""
    ticket_rules.check_kind(kind)
    row = db.session.get(TicketForm, kind, with_for_update=True)
    before = queries.asks_of(kind)
    after = rules.checked_asks(kind, {**before, **asks})
    if row is None:
        row = TicketForm(kind=kind)
        db.session.add(row)
    row.asks = after
    db.session.flush()
    if before != after:
        audit.record(action="ticket_form.changed", target=f"ticket_form:{kind}", actor_id=actor_id, now=now, before=before, after=after)
    return after


def facts(row: TicketField) -> dict[str, Any]:
    """For the audit."""
    return {"kind": row.kind, **{name: getattr(row, name) for name in FIELDS}, "retired": row.retired_at is not None}


def _lock() -> None:
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _locked(field_id: int) -> TicketField:
    row = db.session.get(TicketField, field_id, with_for_update=True, populate_existing=True) if field_id < 1 << 63 else None
    if row is None:
        raise NotFound(_("There is no such field."))
    return row


def _put(row: TicketField, values: Mapping[str, Any]) -> None:
    """Raises NotValid; a row that is stored already is then left to the roll-back."""
    if unknown := set(values) - set(FIELDS):
        raise NotValid(_("A field has no “%(names)s”.", names=", ".join(sorted(unknown))))
    with db.session.no_autoflush:
        if "labels" in values:
            row.labels = rules.checked_texts(values["labels"], field="labels", longest=rules.LONGEST_LABEL, needed=True)
        if "helps" in values:
            row.helps = rules.checked_texts(values["helps"], field="helps", longest=rules.LONGEST_HELP, needed=False)
        if "ticket_kinds" in values:
            row.ticket_kinds = rules.checked_ticket_kinds(values["ticket_kinds"])
        if "options" in values:
            row.options = rules.checked_options(row.kind, values["options"])
        if "required" in values or "required_when" in values:
            _put_required(row, values.get("required", row.required), values.get("required_when", row.required_when))
        if "public" in values:
            if values["public"] and row.kind not in rules.PUBLIC_KINDS:
                raise NotValid(_("Customers cannot fill in a reference."), field="public")
            row.public = values["public"]


def _put_required(row: TicketField, required: str, when: Mapping[str, Any] | None) -> None:
    if required not in rules.REQUIRED:
        raise NotValid(_("A field is required never, when opening, when resolving or when another one says so."), field="required")
    row.required_when = rules.checked_when(when, required, queries.definitions(), row.key)
    row.required = required

"""Saved views: who sees which, keeping them, and what a list that is asked for selects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select

from core import audit
from core.auth.permissions import ROLES
from core.db import db
from core.errors import Conflict, NotAllowed, NotFound, NotValid
from staff.models import Person
from tickets import conditions, queries
from tickets.conditions import moments
from tickets.saved_views.columns import FIXED, columns, sorting
from tickets.saved_views.models import SavedView
from tickets.saved_views.standard import BY_KEY, StandardView
from tickets.serving import queues_of

LONGEST_NAME = 80
MOST = 100
_KEPT = ("name", "shared", "roles", "queue_ids", "conditions", "columns", "sort", "descending")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who looks. `manager` may change everybody's shared views, `sharer` may share own ones."""

    user_id: int
    person: Person | None
    roles: Collection[str]
    sharer: bool = False
    manager: bool = False
    now: datetime
    queue_ids: frozenset[int] = field(default_factory=frozenset)

    @property
    def person_id(self) -> int:
        """Of nobody: an id that nobody has."""
        return self.person.id if self.person is not None else -1


def served(person: Person | None, now: datetime) -> frozenset[int]:
    """Ids of the queues of somebody, today on the firm's clock."""
    today = now.astimezone(moments.firm_zone()).date()
    return frozenset(queue.id for queue in queues_of(person, on=today)) if person is not None else frozenset()


def visible(reader: Reader) -> list[SavedView]:
    """Own views and those shared with the reader, by name."""
    query = (
        select(SavedView)
        .where(or_(SavedView.owner_id == reader.user_id, SavedView.shared))
        .order_by(func.lower(SavedView.name), SavedView.id)
    )
    return [view for view in db.session.scalars(query) if _sees(view, reader)]


def _sees(view: SavedView, reader: Reader) -> bool:
    if view.owner_id == reader.user_id:
        return True
    if not view.shared:
        return False
    everybody = not view.roles and not view.queue_ids
    return everybody or reader.manager or bool(set(view.roles) & set(reader.roles)) or bool(set(view.queue_ids) & reader.queue_ids)


def view_of(view_id: int, reader: Reader) -> SavedView:
    """A view that the reader sees. Raises NotFound."""
    found = db.session.get(SavedView, view_id) if 0 < view_id < 1 << 63 else None
    if found is None or not _sees(found, reader):
        raise NotFound(_("There is no such view (any more)."))
    return found


def find_view(key: str, reader: Reader) -> SavedView | StandardView:
    """A standard view by its key, or a saved one by its id. Raises NotFound."""
    if key in BY_KEY:
        return BY_KEY[key]
    return view_of(int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0, reader)


def may_change(view: SavedView, reader: Reader) -> bool:
    """The owner may, unless it is shared and they may not share (any more); managers may change all shared ones."""
    return (view.owner_id == reader.user_id and (not view.shared or reader.sharer)) or (view.shared and reader.manager)


def conditions_of(view: SavedView | StandardView, reader: Reader) -> dict[str, Any]:
    """What a view asks, for this reader."""
    if isinstance(view, SavedView):
        return view.conditions
    return view.conditions(reader.person, reader.now.astimezone(moments.firm_zone()).date())


def save(*, view: SavedView | None, values: Mapping[str, Any], reader: Reader) -> SavedView:
    """A new view (None), or change what `values` names. Raises NotValid, NotAllowed, Conflict for a name that one has already, and too many."""
    if view is not None and not may_change(view, reader):
        raise NotAllowed(_("Only whoever made this view changes it. Save it as your own instead."))
    clean = _checked(values)
    if clean.get("shared", view.shared if view is not None else False) and not (reader.sharer or reader.manager):
        raise NotAllowed(_("You may not share views."))
    _refuse_taken(clean.get("name"), view, reader)
    row = view or SavedView(owner_id=reader.user_id, created_at=reader.now, shared=False, roles=[], queue_ids=[])
    before = _facts(row) if view is not None else None
    for name, value in clean.items():
        setattr(row, name, value)
    row.updated_at = reader.now
    db.session.add(row)
    db.session.flush()
    if row.shared or (before is not None and before["shared"]):
        _record("view.changed" if before else "view.created", row, reader, before=before, after=_facts(row))
    return row


def remove(*, view: SavedView, reader: Reader) -> None:
    """For good. Raises NotAllowed."""
    if not may_change(view, reader):
        raise NotAllowed(_("Only whoever made this view removes it."))
    if view.shared:
        _record("view.removed", view, reader, before=_facts(view), after=None)
    db.session.delete(view)
    db.session.flush()


def _record(action: str, view: SavedView, reader: Reader, *, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    audit.record(action=action, target=f"view:{view.id}", actor_id=reader.user_id, now=reader.now, before=before, after=after)


def _facts(view: SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in _KEPT}


def _refuse_taken(name: str | None, view: SavedView | None, reader: Reader) -> None:
    if name is None:
        return
    own = [other for other in db.session.scalars(select(SavedView).where(SavedView.owner_id == reader.user_id)) if other is not view]
    if any(other.name.casefold() == name.casefold() for other in own):
        raise Conflict(_("You have a view “%(name)s” already.", name=name), field="name", code="view_exists")
    if len(own) >= MOST:
        raise NotValid(_("You have %(count)d views already: remove some first.", count=MOST), field="name")


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept. Raises NotValid."""
    found = {name: value for name, value in values.items() if name in _KEPT}
    if "name" in found:
        found["name"] = " ".join(found["name"].split())
        if not found["name"] or len(found["name"]) > LONGEST_NAME:
            raise NotValid(_("A view needs a name of at most %(most)d characters.", most=LONGEST_NAME), field="name")
    if "conditions" in found:
        conditions.check(found["conditions"])
        found["conditions"] = found["conditions"] or {"match": "all", "items": []}
    known = columns()
    if "columns" in found:
        missing = [name for name in found["columns"] if name not in known]
        if missing:
            raise NotValid(_("There is no column “%(name)s”.", name=missing[0][:100]), field="columns")
        found["columns"] = list(dict.fromkeys([*FIXED, *found["columns"]]))
    if "sort" in found:
        sorting(found["sort"], known)
    if unknown := set(found.get("roles", ())) - set(ROLES):
        raise NotValid(_("There is no role “%(role)s”.", role=sorted(unknown)[0][:100]), field="roles")
    if found.get("queue_ids") and set(found["queue_ids"]) - {queue.id for queue in queries.queues()}:
        raise NotValid(_("There is no such queue."), field="queue_ids")
    return found

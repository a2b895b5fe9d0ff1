"""Tags on tickets, and the tags themselves: made by being used, renamed and merged by an administrator (which is audited)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core import audit, live
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from tickets import queries, rules, topics
from tickets.editing import Editing
from tickets.models import Tag, Ticket, TicketTag

_LOCK_CLASS = 0x7A65  # of PostgreSQL's two-part advisory locks: who renames, merges or removes tags


def set_tags(*, ticket_id: int, tags: Collection[str], now: datetime, actor_id: int | None, expected_version: int | None = None) -> Ticket:
    """Exactly these tags. Raises NotValid, and Conflict when a colleague changed the tags after `expected_version`."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["tags"])
    wanted = _by_key(tags)
    before = _by_key(queries.tags_of([ticket_id])[ticket_id])
    return _change(edit, add=wanted, remove=before.keys() - wanted.keys())


def change_tags(*, ticket_id: int, now: datetime, actor_id: int | None, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Ticket:
    """Some more, some less; what colleagues put on stays. Raises NotValid for a name that cannot be one and for too many."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id)
    return _change(edit, add=_by_key(add), remove={rules.tag_key(name) for name in remove})


def _by_key(names: Iterable[str]) -> dict[str, str]:
    return {rules.tag_key(name): rules.check_tag(name) for name in names}


def _change(edit: Editing, *, add: dict[str, str], remove: Collection[str]) -> Ticket:
    _keep_tags_still(shared=True)
    ticket = edit.ticket
    before = queries.tags_of([ticket.id])[ticket.id]
    there = {rules.tag_key(name) for name in before}
    missing = {key: name for key, name in add.items() if key not in there}
    gone = set(remove) & there - add.keys()
    if len(there) + len(missing) - len(gone) > rules.TAGS_AT_MOST:
        raise NotValid(_("A ticket has at most %(count)d tags.", count=rules.TAGS_AT_MOST), field="tags")
    if missing:
        rows = [{"ticket_id": ticket.id, "tag_id": tag_id} for tag_id in _ids(missing, edit.now)]
        db.session.execute(insert(TicketTag).values(rows).on_conflict_do_nothing())
    if gone:
        ids = select(Tag.id).where(Tag.key.in_(gone))
        db.session.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.tag_id.in_(ids)))
    after = queries.tags_of([ticket.id])[ticket.id]
    if after != before:
        edit.beside["tags"] = (before, after)
    edit.finish(announce=False)
    return ticket


def _ids(names: dict[str, str], now: datetime) -> list[int]:
    """Ids of the tags with these keys; new ones are made. In the order of keys, so that two of these cannot wait for each other."""
    rows = [{"key": key, "name": name, "created_at": now} for key, name in sorted(names.items())]
    db.session.execute(insert(Tag).values(rows).on_conflict_do_nothing(index_elements=["key"]))
    return list(db.session.scalars(select(Tag.id).where(Tag.key.in_(names))))


def create_tag(*, name: str, now: datetime, actor_id: int | None) -> Tag:
    """A tag that nothing has yet. Raises NotValid, and Conflict when there is one of that name."""
    _keep_tags_still(shared=False)
    clean = rules.check_tag(name)
    _refuse_taken(clean)
    tag = Tag(key=rules.tag_key(clean), name=clean, created_at=now)
    db.session.add(tag)
    db.session.flush()
    audit.record(action="tag.created", target=f"tag:{tag.id}", actor_id=actor_id, now=now, after={"name": clean})
    return tag


def rename_tag(*, tag_id: int, name: str, now: datetime, actor_id: int | None) -> Tag:
    """Call it otherwise on every ticket. Raises NotFound, NotValid; Conflict (code `tag_exists`, details with the other's id) when
    another tag is called so: merge them then."""
    _keep_tags_still(shared=False)
    tag = _tag(tag_id)
    clean = rules.check_tag(name)
    _refuse_taken(clean, but=tag_id)
    before = tag.name
    tag.key, tag.name = rules.tag_key(clean), clean
    db.session.flush()
    audit.record(action="tag.renamed", target=f"tag:{tag_id}", actor_id=actor_id, now=now, before={"name": before}, after={"name": clean})
    _touch(tag_id)
    return tag


def merge_tags(*, tag_id: int, into_id: int, now: datetime, actor_id: int | None) -> Tag:
    """Every ticket with the first tag has the second instead; the first is gone. Raises NotFound, and NotValid for one and the same."""
    _keep_tags_still(shared=False)
    if tag_id == into_id:
        raise NotValid(_("Choose another tag to merge this one into."), field="into_id")
    tag, into = _tag(tag_id), _tag(into_id)
    _touch(tag_id)
    both = select(TicketTag.ticket_id).where(TicketTag.tag_id == into_id)
    moved = update(TicketTag).where(TicketTag.tag_id == tag_id, TicketTag.ticket_id.not_in(both)).values(tag_id=into_id)
    db.session.execute(moved.execution_options(synchronize_session=False))
    db.session.delete(tag)
    db.session.flush()
    audit.record(
        action="tag.merged", target=f"tag:{tag_id}", actor_id=actor_id, now=now, before={"name": tag.name}, after={"into": into.name}
    )
    return into


def remove_tag(*, tag_id: int, now: datetime, actor_id: int | None) -> None:
    """Take it off every ticket. Raises NotFound."""
    _keep_tags_still(shared=False)
    tag = _tag(tag_id)
    _touch(tag_id)
    db.session.delete(tag)
    db.session.flush()
    audit.record(action="tag.removed", target=f"tag:{tag_id}", actor_id=actor_id, now=now, before={"name": tag.name})


def _tag(tag_id: int) -> Tag:
    found = db.session.get(Tag, tag_id, populate_existing=True) if tag_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such tag."))
    return found


def _refuse_taken(name: str, *, but: int | None = None) -> None:
    other = db.session.scalar(select(Tag).where(Tag.key == rules.tag_key(name)))
    if other is not None and other.id != but:
        raise Conflict(
            _("There is a tag “%(name)s” already.", name=other.name), field="name", code="tag_exists", details={"tag_id": other.id}
        )


def _keep_tags_still(*, shared: bool) -> None:
    """Whoever puts tags on tickets shares this lock; who renames, merges or removes one waits for them, and they for that."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    db.session.execute(select(lock(_LOCK_CLASS, 0)))


def _touch(tag_id: int) -> None:
    """The pages of the newest tickets with this tag show another name."""
    tagged = select(TicketTag.ticket_id).where(TicketTag.tag_id == tag_id)
    numbers = select(Ticket.number).where(Ticket.id.in_(tagged)).order_by(Ticket.id.desc()).limit(queries.ENTRIES_AT_MOST)
    for number in db.session.scalars(numbers):
        live.touch(f"ticket:{number}", topics.TICKET)

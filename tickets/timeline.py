"""Writing a ticket's timeline. Callers hold the ticket's row lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core import live
from core.auth.models import User
from core.db import db
from core.errors import NotValid
from core.files import File
from core.jsonable import jsonable
from tickets.models import Entry, EntryFile, Ticket


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file as part of an entry; `content_id` when the entry's HTML shows it in place."""

    file_id: int
    content_id: str | None = None


Files = Sequence[int | Attachment]


def write(ticket: Ticket, *, kind: str, now: datetime, files: Files = (), **values: Any) -> Entry:
    """Add one entry and flush. `values` as of `draft`. Raises NotValid for an unknown file."""
    entry = draft(ticket, kind=kind, now=now, **values)
    entry.files = [_attached(item) for item in files]
    add([(ticket, entry)])
    return entry


def draft(
    ticket: Ticket,
    *,
    kind: str,
    now: datetime,
    public: bool = False,
    actor_id: int | None = None,
    author_name: str = "",
    happened_at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> Entry:
    """An entry that `add` will keep. `values`: channel, text, new_text, html, message_id."""
    return Entry(
        ticket_id=ticket.id,
        kind=kind,
        public=public,
        author_id=actor_id,
        author_name=author_name or name_of_user(actor_id),
        data=jsonable(data or {}),
        happened_at=happened_at or now,
        recorded_at=now,
        channel=values.pop("channel", None),
        new_text=values.pop("new_text", None),
        html=values.pop("html", None),
        message_id=values.pop("message_id", None),
        **values,
    )


def add(drafts: Iterable[tuple[Ticket, Entry]]) -> None:
    """Keep entries, each with its ticket, in the caller's transaction, by one flush."""
    kept = list(drafts)
    db.session.add_all([entry for _ticket, entry in kept])
    db.session.flush()
    for ticket, entry in kept:
        live.touch(f"ticket:{ticket.number}", f"entry:{entry.id}")


def name_of_user(user_id: int | None) -> str:
    """The user's name, empty for a machine."""
    user = db.session.get(User, user_id) if user_id is not None else None
    return user.name if user is not None else ""


def _attached(item: int | Attachment) -> EntryFile:
    attachment = item if isinstance(item, Attachment) else Attachment(item)
    file = db.session.get(File, attachment.file_id)
    if file is None:
        raise NotValid(_("This file is not there any more. Attach it again."), field="files")
    return EntryFile(file=file, content_id=attachment.content_id)

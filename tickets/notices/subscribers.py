"""Who is told of leave: those who decide that somebody asks, those who asked what became of it; each in their own language."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import force_locale
from flask_babel import gettext as _

from core import events
from core.auth.models import User
from core.db import db
from staff import leave, leave_rules
from staff.events import LeaveChanged
from staff.models import LeaveRequest
from tickets.notices import services

PAGE = "/leave"


def subscribe() -> None:
    """Take up all subscriptions of this package."""
    events.subscribe(LeaveChanged, _on_leave)


def _on_leave(event: LeaveChanged) -> None:
    row = db.session.get_one(LeaveRequest, event.leave_id)
    if event.state == "requested":
        _tell([user for user in leave.deciders() if user.id != event.actor_id], row, event)
    elif event.actor_id != event.user_id:
        _tell([row.person.user], row, event)


def _tell(users: Iterable[User], row: LeaveRequest, event: LeaveChanged) -> None:
    by_language: dict[str, list[int]] = {}
    for user in users:
        by_language.setdefault(user.language, []).append(user.id)
    for language, user_ids in sorted(by_language.items()):
        with force_locale(language):
            kind = str(leave_rules.KINDS[row.kind])
            if event.state == "requested":
                title = _("%(name)s asks for leave", name=row.person.name)
            else:
                title = _("Your leave is %(state)s", state=leave_rules.STATE_WORDS[event.state])
            text = _("%(kind)s, %(first)s – %(last)s", kind=kind, first=row.first_day, last=row.last_day)
            if event.state != "requested" and row.answer:
                text += f"\n{row.answer}"
        services.tell(user_ids=user_ids, kind="leave", title=title, text=text, address=PAGE, now=event.at)

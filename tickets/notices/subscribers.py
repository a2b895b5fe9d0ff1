"""Who is told of leave and of certificates, each in their own language: those who decide that somebody asks or that a certificate ends, those who
asked what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask_babel import force_locale
from flask_babel import gettext as _

from core import events
from core.auth.models import User
from core.db import db
from staff import leave, leave_rules
from staff.events import CertificateExpiring, LeaveChanged
from staff.models import LeaveRequest, PersonSkill
from tickets.notices import services

PAGE = "/leave"


def subscribe() -> None:
    """Take up all subscriptions of this package."""
    events.subscribe(LeaveChanged, _on_leave)
    events.subscribe(CertificateExpiring, _on_certificate)


def _on_leave(event: LeaveChanged) -> None:
    row = db.session.get_one(LeaveRequest, event.leave_id)
    if event.state == "requested":
        _tell([user for user in leave.deciders() if user.id != event.actor_id], row, event)
    elif event.actor_id != event.user_id:
        _tell([row.person.user], row, event)


def _on_certificate(event: CertificateExpiring) -> None:
    row = db.session.get_one(PersonSkill, (event.person_id, event.skill_id))
    for user_ids in _by_language(leave.deciders()):
        title = _("%(skill)s of %(name)s ends on %(day)s", skill=row.skill.name, name=row.person.name, day=event.expires_on)
        text = _("After this day they are not offered for jobs that need it.")
        services.tell(user_ids=user_ids, kind="certificate", title=title, text=text, address="/settings/certificates", now=event.at)


def _tell(users: Iterable[User], row: LeaveRequest, event: LeaveChanged) -> None:
    for user_ids in _by_language(users):
        kind = str(leave_rules.KINDS[row.kind])
        if event.state == "requested":
            title = _("%(name)s asks for leave", name=row.person.name)
        else:
            title = _("Your leave is %(state)s", state=leave_rules.STATE_WORDS[event.state])
        text = _("%(kind)s, %(first)s – %(last)s", kind=kind, first=row.first_day, last=row.last_day)
        if event.state != "requested" and row.answer:
            text += f"\n{row.answer}"
        services.tell(user_ids=user_ids, kind="leave", title=title, text=text, address=PAGE, now=event.at)


def _by_language(users: Iterable[User]) -> Iterator[list[int]]:
    """Ids of those who read the same language, which is the current one until the next are asked for."""
    found: dict[str, list[int]] = {}
    for user in users:
        found.setdefault(user.language, []).append(user.id)
    for language, user_ids in sorted(found.items()):
        with force_locale(language):
            yield user_ids

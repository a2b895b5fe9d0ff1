"""Ready agents whose pages fell silent get no more calls; when a page answers again soon, they are ready again.

Who closes the browser or loses the network while Ready would be offered a call, and that caller would wait for nothing. So after 45 s
without an answer (`core.live.attendance`) the machine puts them on a break with the reason `away`; the history keeps it. If a page of theirs
answers within five minutes (a network that comes and goes, a browser that crashed), they did not mean to stop and are Ready again without a
click; later they may be about something else, and one click on Ready says that they are there. Who works by the API alone has no page
and is never judged.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select

from core.db import db
from core.live import attendance
from staff import rules
from staff.models import Person, Presence
from staff.services.presence import set_presence

IN_A_CALL = ("on_call", "wrap_up")  # judged when they would become ready; a call has its own ways to notice a lost agent


def judge_attendance(*, now: datetime) -> None:
    """Take the silent out, let the returned in. Locks each person; one whom somebody else has locked is looked at next time."""
    for user_id in attendance.silent():
        _take_out(user_id, now)
    _let_in(now)


def _take_out(user_id: int, now: datetime) -> None:
    """Whatever they do, the silence is told once: the row goes, and comes back with their page."""
    person = db.session.scalar(select(Person).where(Person.user_id == user_id))
    if person is not None:
        if not _locked(person.id):
            return
        state = _state(person.id)
        if state in IN_A_CALL:
            return
        if state == "ready":
            set_presence(person_id=person.id, state="break", reason=rules.AWAY, now=now)
    attendance.forget([user_id])


def _let_in(now: datetime) -> None:
    current = and_(Presence.person_id == Person.id, Presence.until.is_(None))
    away = select(Person.id, Person.user_id).join(Presence, current).where(Presence.state == "break", Presence.reason == rules.AWAY)
    absent = dict(db.session.execute(away.where(Presence.since >= now - rules.COMES_BACK_WITHIN)).tuples().all())
    if not absent:
        return
    present = set(attendance.present())
    for person_id, user_id in sorted(absent.items()):
        if user_id in present and _locked(person_id) and _state(person_id, reason=rules.AWAY) == "break":
            person = db.session.get_one(Person, person_id)
            if person.active and person.user.active:
                set_presence(person_id=person_id, state="ready", now=now)


def _locked(person_id: int) -> bool:
    query = select(Person.id).where(Person.id == person_id).with_for_update(skip_locked=True)
    return db.session.scalar(query) is not None


def _state(person_id: int, *, reason: str | None = None) -> str | None:
    """The current state, read afresh; with a `reason`, only if it is that one's."""
    query = select(Presence.state).where(Presence.person_id == person_id, Presence.until.is_(None))
    return db.session.scalar(query if reason is None else query.where(Presence.reason == reason))

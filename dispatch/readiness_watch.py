"""The clock looks whether booked visits of the next days will have their parts: one that will not gets a task on its ticket, which keeps itself up to
date and is done by itself when the parts are there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from babel.dates import format_date, format_datetime
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import DomainError
from core.jsonable import jsonable
from dispatch import missing_parts
from dispatch.materials.models import MissingPartsNotice
from dispatch.visits import queries
from dispatch.visits.models import Visit
from tickets.tasks import services as tasks
from tickets.tasks.models import Task

NAME = "missing-parts"
EVERY = 300
SOURCE = "parts"
log = structlog.get_logger()


def watch(now: datetime) -> None:
    """The sweep; does nothing while it is switched off. One visit that cannot be told of now does not hold up the others: the next look does."""
    if not missing_parts.settings().raise_tasks:
        return
    hurt = {line["number"]: line for line in missing_parts.lines(now) if line["hurts"]}
    visits = {visit.id: visit for visit in queries.visits_named(hurt)}
    known = {notice.visit_id: notice for notice in db.session.scalars(select(MissingPartsNotice))}
    for visit_id in sorted(visits.keys() | known.keys()):
        try:
            with db.session.begin_nested():
                _settle(visits.get(visit_id), known.get(visit_id), hurt, now)
        except DomainError as error:
            log.warning("a task for missing parts was put off", visit_id=visit_id, code=error.code)


def _settle(visit: Visit | None, notice: MissingPartsNotice | None, hurt: dict[int, dict[str, Any]], now: datetime) -> None:
    if visit is None:
        if notice is not None:
            _there(notice, now)
        return
    line = hurt[visit.number]
    facts = jsonable(
        [[str(visit.planned_start), part["part_id"], part["missing"], part["there_on"]] for part in line["lines"] if part["hurts"]]
    )
    if notice is None:
        _raise(visit, line, facts, now)
    elif notice.facts != facts:
        task = db.session.get_one(Task, notice.task_id)
        notice.facts = facts
        if task.done_at is None:
            tasks.change(task_id=task.id, text=_words(visit, line), due_at=visit.planned_start, now=now, actor_id=None)
            _note(visit.id, "visit.parts_missing", now, line)
        else:  # somebody saw to it, and it turned out otherwise
            db.session.delete(notice)
            db.session.flush()
            _raise(visit, line, facts, now)


def _raise(visit: Visit, line: dict[str, Any], facts: Any, now: datetime) -> None:
    task = tasks.create(
        text=_words(visit, line), ticket_id=visit.ticket_id, due_at=visit.planned_start, source=SOURCE, now=now, actor_id=None
    )
    db.session.add(MissingPartsNotice(visit_id=visit.id, task_id=task.id, facts=facts, raised_at=now))
    db.session.flush()
    _note(visit.id, "visit.parts_missing", now, line)


def _there(notice: MissingPartsNotice, now: datetime) -> None:
    """They are there, come in time now, or the visit is not to be any more."""
    task = db.session.get_one(Task, notice.task_id)
    if task.done_at is None:
        tasks.finish(task_id=task.id, now=now, actor_id=None)
        _note(notice.visit_id, "visit.parts_there", now, None)
    db.session.delete(notice)
    db.session.flush()


def _note(visit_id: int, action: str, now: datetime, line: dict[str, Any] | None) -> None:
    lacking = [{"sku": part["sku"], "missing": part["missing"], "there_on": part["there_on"]} for part in line["lines"]] if line else []
    audit.record(action=action, target=f"visit:{visit_id}", actor_id=None, now=now, after=jsonable({"lacking": lacking}))


def _words(visit: Visit, line: dict[str, Any]) -> str:
    """In the language of the branch."""
    language = visit.ticket.queue.branch.language
    with force_locale(language):
        when = format_datetime(visit.planned_start, "EEE d MMM, HH:mm", tzinfo=missing_parts.zone_of(visit), locale=language)
        parts = "; ".join(_part(part, language) for part in line["lines"] if part["hurts"])
        return str(_("Visit %(number)s (%(when)s) will lack parts: %(parts)s.", number=visit.number, when=when, parts=parts))


def _part(part: dict[str, Any], language: str) -> str:
    facts = {"count": part["missing"], "part": part["names"].get(language) or part["part"]}
    if part["there_on"] is None:
        return str(_("%(count)s × %(part)s, nobody knows from when", **facts))
    return str(_("%(count)s × %(part)s, there from %(day)s", day=format_date(part["there_on"], "EEE d MMM", locale=language), **facts))

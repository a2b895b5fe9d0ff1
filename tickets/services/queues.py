"""Queues: where tickets wait. Changes are settings, so they are audited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db, locked_row
from core.errors import NotFound, NotValid
from staff.models import Branch, Skill
from tickets.models import Queue, QueueSkill
from tickets.sla import recompute

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create_queue(
    *,
    key: str,
    name: str,
    branch_id: int,
    now: datetime,
    actor_id: int | None,
    position: int = 0,
    skills: Mapping[int, int] | None = None,
) -> Queue:
    """A new queue of a branch. `key`: lower-case letters, digits and hyphens, unique. `skills`: skill id → least level. Raises NotValid."""
    if not _KEY.fullmatch(key):
        raise NotValid(_("A key has lower-case letters, digits and hyphens."), field="key")
    if db.session.scalar(select(Queue.id).where(Queue.key == key)):
        raise NotValid(_("There is a queue with this key already."), field="key")
    queue = Queue(key=key, name=_name(name), branch=_branch(branch_id), position=position, active=True, skills=_skills(skills or {}))
    db.session.add(queue)
    db.session.flush()
    audit.record(action="queue.created", target=f"queue:{queue.id}", actor_id=actor_id, now=now, after=facts(queue))
    return queue


def update_queue(*, queue_id: int, now: datetime, actor_id: int | None, **values: Any) -> Queue:
    """Change some of name, branch_id, position, active, skills (as in `create_queue`). A new branch's calendar holds for open tickets too.
    Raises NotFound, NotValid."""
    queue = locked_row(Queue, queue_id)
    if queue is None:
        raise NotFound(_("There is no such queue."))
    before = facts(queue)
    if "name" in values:
        queue.name = _name(values["name"])
    if "branch_id" in values:
        queue.branch = _branch(values["branch_id"])
    if "position" in values:
        queue.position = values["position"]
    if "active" in values:
        queue.active = values["active"]
    if "skills" in values:
        queue.skills = []
        db.session.flush()
        queue.skills = _skills(values["skills"])
    db.session.flush()
    audit.record(action="queue.changed", target=f"queue:{queue.id}", actor_id=actor_id, now=now, before=before, after=facts(queue))
    if before["branch_id"] != queue.branch_id:
        recompute.request(now=now, scope={"queue_id": queue.id}, why={"queue": queue.name})
    return queue


def facts(queue: Queue) -> dict[str, Any]:
    """For the audit."""
    return {
        "key": queue.key,
        "name": queue.name,
        "branch_id": queue.branch_id,
        "position": queue.position,
        "active": queue.active,
        "skills": {str(entry.skill_id): entry.level for entry in queue.skills},
    }


def _name(name: str) -> str:
    if not name.strip():
        raise NotValid(_("A queue needs a name."), field="name")
    return name.strip()[:100]


def _branch(branch_id: int) -> Branch:
    branch = db.session.get(Branch, branch_id)
    if branch is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    return branch


def _skills(levels: Mapping[int, int]) -> list[QueueSkill]:
    found = set(db.session.scalars(select(Skill.id).where(Skill.id.in_(levels))))
    if found != set(levels) or not all(1 <= level <= 5 for level in levels.values()):
        raise NotValid(_("A queue needs known skills with levels from 1 to 5."), field="skills")
    return [QueueSkill(skill_id=skill_id, level=level) for skill_id, level in levels.items()]

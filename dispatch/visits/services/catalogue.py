"""Job types: settings, so every change is audited."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit, events
from core.db import db
from core.errors import NotFound, NotValid
from dispatch.events import KitChanged
from dispatch.materials.models import Part
from dispatch.visits import queries
from dispatch.visits.models import JobType, JobTypePart, JobTypeSkill
from dispatch.visits.rules import MOST_CREW
from staff.models import Skill

_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST = 720
MOST_PRICE = 10**9


def create_job_type(
    *,
    key: str,
    name: str,
    minutes: int,
    now: datetime,
    actor_id: int | None,
    crew: int = 1,
    skills: Mapping[int, int] | None = None,
    kit: Mapping[int, int] | None = None,
    checklist: Sequence[str] = (),
    equipment_kinds: Sequence[str] = (),
    price: int | None = None,
    price_per_hour: int | None = None,
    price_currency: str = "EUR",
) -> JobType:
    """A new kind of job. `crew`: so many technicians go together, 1 to 6, each with all the skills; `skills`: skill id → least level; `kit`: part
    id → quantity; `checklist`: lines of text; `price` (fixed) and `price_per_hour` in minor units of the currency. Raises NotValid."""
    if not _KEY.fullmatch(key):
        raise NotValid(_("A key has lower-case letters, digits and hyphens."), field="key")
    if db.session.scalar(select(JobType.id).where(JobType.key == key)):
        raise NotValid(_("There is a kind of job with this key already."), field="key")
    row = JobType(key=key, active=True, skills=[], kit=[], checklist=[], equipment_kinds=[])
    values = {"name": name, "minutes": minutes, "crew": crew, "skills": skills or {}, "kit": kit or {}}
    values |= {"price": price, "price_per_hour": price_per_hour, "price_currency": price_currency}
    _fill(row, {**values, "checklist": list(checklist), "equipment_kinds": list(equipment_kinds)})
    db.session.add(row)
    db.session.flush()
    audit.record(action="job_type.created", target=f"job_type:{row.id}", actor_id=actor_id, now=now, after=_facts(row))
    return row


def update_job_type(*, job_type_id: int, now: datetime, actor_id: int | None, **values: Any) -> JobType:
    """Change some of name, minutes, crew, skills, kit, checklist, equipment_kinds, price, price_per_hour, price_currency, active. Visits booked
    before keep their times, people and parts."""
    row = db.session.get(JobType, job_type_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(_("There is no such kind of job."))
    before = _facts(row)
    _fill(row, values)
    db.session.flush()
    after = _facts(row)
    audit.record(action="job_type.changed", target=f"job_type:{row.id}", actor_id=actor_id, now=now, before=before, after=after)
    if after["kit"] != before["kit"]:
        waiting = tuple(visit.id for visit in queries.open_visits_of_job_type(row.id))
        events.publish(KitChanged(at=now, actor_id=actor_id, job_type_id=row.id, visit_ids=waiting))
    return row


def _fill(row: JobType, values: Mapping[str, Any]) -> None:
    if "name" in values:
        if not values["name"].strip():
            raise NotValid(_("A kind of job needs a name."), field="name")
        row.name = values["name"].strip()[:100]
    if "minutes" in values:
        if not 1 <= values["minutes"] <= LONGEST:
            raise NotValid(_("A job takes from 1 minute to 12 hours."), field="minutes")
        row.minutes = values["minutes"]
    if "crew" in values:
        if not 1 <= values["crew"] <= MOST_CREW:
            raise NotValid(_("From 1 to %(most)d technicians go together.", most=MOST_CREW), field="crew")
        row.crew = values["crew"]
    if "skills" in values:
        _set_skills(row, values["skills"])
    if "kit" in values:
        _set_kit(row, values["kit"])
    if "checklist" in values:
        lines = [text.strip()[:300] for text in values["checklist"] if text.strip()]
        row.checklist = [{"key": f"c{position}", "text": text} for position, text in enumerate(lines, 1)]
    if "equipment_kinds" in values:
        row.equipment_kinds = [kind.strip()[:100] for kind in values["equipment_kinds"] if kind.strip()]
    for name in ("price", "price_per_hour"):
        if name in values:
            if values[name] is not None and not 0 <= values[name] <= MOST_PRICE:
                raise NotValid(_("This is not a price."), field=name)
            setattr(row, name, values[name])
    if "price_currency" in values:
        if not _CURRENCY.fullmatch(values["price_currency"]):
            raise NotValid(_("A currency has three capital letters, like EUR."), field="price_currency")
        row.price_currency = values["price_currency"]
    if "active" in values:
        row.active = values["active"]


def _set_skills(row: JobType, levels: Mapping[int, int]) -> None:
    with db.session.no_autoflush:
        known = set(db.session.scalars(select(Skill.id).where(Skill.id.in_(list(levels)))))
        if known != set(levels) or not all(1 <= level <= 5 for level in levels.values()):
            raise NotValid(_("A kind of job needs known skills with levels from 1 to 5."), field="skills")
        there = {line.skill_id: line for line in row.skills}
        row.skills = [_with_level(there.get(skill_id), skill_id, level) for skill_id, level in sorted(levels.items())]


def _with_level(line: JobTypeSkill | None, skill_id: int, level: int) -> JobTypeSkill:
    found = line or JobTypeSkill(skill_id=skill_id, skill=db.session.get_one(Skill, skill_id))
    found.level = level
    return found


def _set_kit(row: JobType, kit: Mapping[int, int]) -> None:
    with db.session.no_autoflush:
        known = {part.id: part for part in db.session.scalars(select(Part).where(Part.id.in_(list(kit))))}
        if set(known) != set(kit) or not all(0 < quantity <= 1000 for quantity in kit.values()):
            raise NotValid(_("A kit has known parts, at least one of each."), field="kit")
        there = {line.part_id: line for line in row.kit}
        lines = []
        for part_id, quantity in sorted(kit.items()):
            line = there.get(part_id) or JobTypePart(part_id=part_id, part=known[part_id])
            line.quantity = quantity
            lines.append(line)
        row.kit = lines


def _facts(row: JobType) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "minutes": row.minutes,
        "crew": row.crew,
        "skills": {str(line.skill_id): line.level for line in row.skills},
        "kit": {str(line.part_id): line.quantity for line in row.kit},
        "checklist": [line["text"] for line in row.checklist],
        "equipment_kinds": list(row.equipment_kinds),
        "price": row.price,
        "price_per_hour": row.price_per_hour,
        "price_currency": row.price_currency,
        "active": row.active,
    }

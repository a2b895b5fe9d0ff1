"""Questions of the console. Read only."""

from __future__ import annotations

from datetime import date

from callcenter.voice import queries as voice
from staff.models import Person
from tickets import queries as tickets
from tickets.models import Queue


def queues_of(person: Person | None, *, on: date) -> list[Queue]:
    """Queues in use whose skills the person has on that day, in their order; all of them for an account that is nobody here."""
    queues = tickets.queues(only_active=True)
    if person is None:
        return queues
    levels = {skill.skill_id: skill.level for skill in person.skills if skill.expires_on is None or skill.expires_on >= on}
    return [queue for queue in queues if all(levels.get(skill_id, 0) >= level for skill_id, level in voice.skill_levels(queue).items())]

"""What of the demo's rota is not as every week: an extra shift, a day off, leave that was approved leave that waits for a decision, and
certificates that end."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.demo.firm import Firm
from core.db import db
from staff import leave
from staff import services as staff
from tickets.notices import services as notices
from tickets.notices.models import Notice


def build(firm: Firm, *, now: datetime) -> None:
    """Nothing of to-day and to-morrow changes: somebody with each trade is on shift at any hour."""
    today = now.date()
    day = timedelta(days=1)
    extra, off = firm.technicians[6], firm.agents[2]
    staff.set_exception(
        person_id=extra.id, day=today + 4 * day, kind="extra", windows=[("15:00", "18:00")], note="Stocktaking", now=now, actor_id=None
    )
    staff.set_exception(person_id=off.id, day=today + 3 * day, kind="off", note="Moves house", now=now, actor_id=None)
    asked = (
        (firm.technicians[4], "vacation", 8, 12, "Skiing with the children"),
        (firm.technicians[0], "training", 1, 1, "Course on refrigerants, in Hamburg"),
        (firm.agents[1], "vacation", 9, 10, ""),
    )
    for number, (person, kind, first, last, note) in enumerate(asked):
        row = staff.ask_for_leave(
            person_id=person.id,
            kind=kind,
            first_day=today + first * day,
            last_day=today + last * day,
            note=note,
            now=now - 2 * day,
            actor_id=person.user_id,
        )
        if not number:
            staff.approve_leave(leave_id=row.id, answer="Have a good time", now=now - day, actor_id=leave.deciders()[0].id)
    for number, days in ((2, 24), (6, 50), (10, 200)):
        person, cooling = firm.technicians[number], firm.skills["cooling"].id
        skills = {row.skill_id: (row.level, today + days * day if row.skill_id == cooling else None) for row in person.skills}
        staff.set_skills(person_id=person.id, skills=skills, now=now, actor_id=None)
    staff.remind_expiring(now)
    for notice in db.session.scalars(db.select(Notice).where(Notice.kind.in_(("leave", "certificate")))):  # they were told before
        notices.see(notice_id=notice.id, user_id=notice.user_id, now=now)

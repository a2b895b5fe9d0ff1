"""What the clock does with times that were kept for a caller."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.errors import DomainError
from dispatch.visits import queries
from dispatch.visits.services.booking import release_visit


def let_lapse(now: datetime) -> bool:
    """Free one that is kept no longer; True when there are more. One that somebody is just booking is passed over: the next look finds it again."""
    due = queries.lapsed_by(now)
    for visit_id in due:
        try:
            with db.session.begin_nested():
                release_visit(visit_id=visit_id, now=now, actor_id=None)
        except DomainError as error:
            if error.code != "busy":
                raise
        else:
            return len(due) > 1
    return False

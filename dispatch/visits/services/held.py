"""What the clock does with times that were kept for a caller."""

from __future__ import annotations

from datetime import datetime

import structlog

from core.db import db
from core.errors import DomainError
from dispatch.visits import queries
from dispatch.visits.services.booking import release_visit

log = structlog.get_logger()
_TRIES = 2  # that fail in one turn: each may wait for a lock, and the clock has more to do


def let_lapse(now: datetime) -> bool:
    """Free one that is kept no longer; True when there are more. One that cannot be freed now (somebody is just booking it) does not hold up the
    others: the next look finds it again."""
    due, failed = queries.lapsed_by(now), 0
    for visit_id in due:
        try:
            with db.session.begin_nested():
                release_visit(visit_id=visit_id, now=now, actor_id=None)
        except DomainError as error:
            failed += 1
            if error.code != "busy":
                log.error("a held visit cannot be freed", visit_id=visit_id, code=error.code)
            if failed == _TRIES:
                return False
        else:
            return len(due) > 1
    return False

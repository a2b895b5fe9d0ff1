"""The verbs of a visit; all keyword-only, they flush and never commit. Locks, always in this order: ticket → technicians by id → visit → stock.

Common arguments: `now` business time (aware, UTC); `actor_id` the acting user's id, None for a machine; `despite` which rules a dispatcher
sets aside (`dispatch.visits.rules.OVERRIDABLE`); `channel` who told the customer, and where.
"""

from dispatch.visits.services.booking import (
    book_visit,
    cancel_visit,
    confirm_visit,
    hold_visit,
    lock_plan,
    move_visit,
    release_visit,
    try_move,
)
from dispatch.visits.services.catalogue import create_job_type, update_job_type
from dispatch.visits.services.delays import dismiss as dismiss_delay
from dispatch.visits.services.delays import send as tell_delay
from dispatch.visits.services.field import apply_field_update

__all__ = [
    "apply_field_update",
    "book_visit",
    "cancel_visit",
    "confirm_visit",
    "create_job_type",
    "dismiss_delay",
    "hold_visit",
    "lock_plan",
    "move_visit",
    "release_visit",
    "tell_delay",
    "try_move",
    "update_job_type",
]

"""What rooms above call: bookings, field updates, suggestions. Stock has its own: `dispatch.materials.services`."""

from dispatch.visits.services import (
    apply_field_update,
    book_visit,
    cancel_visit,
    confirm_visit,
    create_job_type,
    dismiss_delay,
    hold_visit,
    lock_plan,
    move_visit,
    release_visit,
    tell_delay,
    try_move,
    update_job_type,
)
from dispatch.visits.suggesting import Found, Suggestion, find, suggest

__all__ = [
    "Found",
    "Suggestion",
    "apply_field_update",
    "book_visit",
    "cancel_visit",
    "confirm_visit",
    "create_job_type",
    "dismiss_delay",
    "find",
    "hold_visit",
    "lock_plan",
    "move_visit",
    "release_visit",
    "suggest",
    "tell_delay",
    "try_move",
    "update_job_type",
]

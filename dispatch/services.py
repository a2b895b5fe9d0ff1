"""What rooms above call: bookings, field updates, suggestions. Stock has its own: `dispatch.materials.services`."""

from dispatch.visits.services import (
    apply_field_update,
    book_visit,
    cancel_visit,
    create_job_type,
    move_visit,
    update_job_type,
)
from dispatch.visits.suggesting import Found, Suggestion, find, suggest

__all__ = [
    "Found",
    "Suggestion",
    "apply_field_update",
    "book_visit",
    "cancel_visit",
    "create_job_type",
    "find",
    "move_visit",
    "suggest",
    "update_job_type",
]

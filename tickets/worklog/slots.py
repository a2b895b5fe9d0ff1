"""Where the packages above say what work they know of."""

from core.slots import Slot

COUNTED = Slot(
    "counted work",
    "(person_ids: a collection or None for all, ticket_ids: likewise, start, end: UTC or None): a list of tickets.worklog.rules.Counted that began "
    "in the range and is over; both person_ids and ticket_ids narrow",
)

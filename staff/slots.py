"""Places of staff that the packages above fill in `wsgi.py`."""

from core.slots import Slot

# The rota shows them; they take nobody's shift away, because some work on holidays.
HOLIDAYS = Slot(
    "holidays", "(branch_ids, first, last): {branch id: {date: name}} of the dates from first to last on which a branch has a holiday"
)

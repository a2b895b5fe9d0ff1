"""What the package above fills for maintenance: which job types there are, and who proposes visits."""

from core.slots import Slot

JOB_TYPES = Slot("job types of plans", "(): a list of {key, name} that a plan may name")
VISIT_PROPOSALS = Slot(
    "visit proposals",
    "(ticket_id, job_type: its key, due_on: a date, now): have visits proposed for a ticket that a plan opened; in the opening's transaction",
)

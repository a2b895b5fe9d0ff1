"""The verbs of staff. Callers open the transaction; `now` is business time, `actor_id` the acting user's id or None for a machine."""

from staff.services.accounts import (
    deactivate,
    invite_again,
    invite_colleague,
    reactivate,
    update_account,
)
from staff.services.attendance import judge_attendance
from staff.services.certificates import remind_expiring, remove_proof, set_proof
from staff.services.deputies import add_deputy, remove_deputy
from staff.services.leave import approve_leave, ask_for_leave, cancel_leave, refuse_leave
from staff.services.organisation import (
    create_branch,
    create_skill,
    create_team,
    remove_skill,
    remove_team,
    update_branch,
    update_skill,
    update_team,
)
from staff.services.people import create_person, set_skills, update_person
from staff.services.presence import set_presence
from staff.services.rota import add_absence, remove_absence, remove_exception, set_exception, set_shifts

__all__ = [
    "add_absence",
    "add_deputy",
    "approve_leave",
    "ask_for_leave",
    "cancel_leave",
    "create_branch",
    "create_person",
    "create_skill",
    "create_team",
    "deactivate",
    "invite_again",
    "invite_colleague",
    "judge_attendance",
    "reactivate",
    "refuse_leave",
    "remind_expiring",
    "remove_absence",
    "remove_deputy",
    "remove_exception",
    "remove_proof",
    "remove_skill",
    "remove_team",
    "set_exception",
    "set_presence",
    "set_proof",
    "set_shifts",
    "set_skills",
    "update_account",
    "update_branch",
    "update_person",
    "update_skill",
    "update_team",
]

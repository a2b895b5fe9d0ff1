"""What each role may do: one table. Names are `thing.verb`; views, API operations and live topics name the one they need."""

from __future__ import annotations

ROLES = ("agent", "technician", "dispatcher", "supervisor", "admin")

_AGENT = {
    "console.use",
    "calls.take",
    "calls.read",
    "tickets.read",
    "tickets.write",
    "customers.read",
    "customers.write",
    "visits.read",
    "visits.book",
    "stock.read",
    "board.read",
    "queues.read",
    "search.use",
    "mail.read",
    "knowledge.read",
    "knowledge.write",
}
_TECHNICIAN = {"field.use", "visits.perform", "stock.own", "stock.count"}
_DISPATCHER = (_AGENT - {"calls.take"}) | {
    "dispatch.use",
    "visits.manage",
    "costs.read",
    "stock.write",
    "stock.count",
    "staff.read",
    "rota.write",
    "maintenance.write",
}
_SUPERVISOR = (
    _AGENT
    | _DISPATCHER
    | {"board.supervise", "staff.read", "staff.supervise", "leave.decide", "reports.read", "quarantine.manage"}
    | {"customers.import", "recordings.listen"}
    | {"knowledge.publish", "views.share", "tickets.export", "sla.manage"}
)
_ADMIN = _SUPERVISOR | {"settings.manage", "users.manage", "audit.read", "webhooks.manage"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "agent": frozenset(_AGENT),
    "technician": frozenset(_TECHNICIAN),
    "dispatcher": frozenset(_DISPATCHER),
    "supervisor": frozenset(_SUPERVISOR),
    "admin": frozenset(_ADMIN),
}
ALL = frozenset().union(*PERMISSIONS.values()) | {"account.use"}


def allowed(roles: frozenset[str], permission: str) -> bool:
    """Whether any of the roles may do it. Everybody signed in may look after their own account."""
    return permission == "account.use" or any(permission in PERMISSIONS.get(role, frozenset()) for role in roles)

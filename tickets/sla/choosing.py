"""Which policy and which calendar hold for a ticket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, text
from sqlalchemy.orm import SessionTransaction

from core.db import db
from customers.models import Contract
from staff.models import Branch
from tickets.models import Ticket
from tickets.sla.calendar import Calendar
from tickets.sla.hours import WEEKDAYS
from tickets.sla.models import CalendarRow, CalendarVersion, Policy

# Any number that no other package uses; shared by those who compute by the published terms, exclusive for who publishes new ones.
_TERMS_LOCK = 7_310_001
_BOOK = "sla.book"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised to one ticket: `targets` is clock kind → seconds of working time, empty without a policy; `ladder` → seconds
    from the breach to the first escalation, from there to the next …; `running_waits`: reasons for waiting for which the clocks run on."""

    policy_id: int | None
    calendar: Calendar
    calendar_version: CalendarVersion | None
    targets: Mapping[str, int]
    warn_percent: int
    ladder: tuple[int, ...] = ()
    running_waits: frozenset[str] = frozenset()


def hold_terms() -> None:
    """Until this transaction ends nobody publishes a policy or calendar. So the recomputation that follows a publication sees every ticket
    that was computed by the old one."""
    db.session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _TERMS_LOCK})


def lock_terms() -> None:
    """Wait for all who compute by the published terms; they see the new ones after our commit, and this transaction's own book is read again."""
    db.session().info.pop(_BOOK, None)
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TERMS_LOCK})


def book_of_transaction() -> Book:
    """The published terms as this transaction read them the first time: they cannot change before it ends.

    A savepoint has its own: what holds the terms is let go when it is rolled back."""
    session = db.session()
    transaction = session.get_nested_transaction() or session.get_transaction() or session.begin()
    held: tuple[SessionTransaction, Book] | None = session.info.get(_BOOK)
    if held is None or held[0] is not transaction:
        held = transaction, Book()
        session.info[_BOOK] = held
    return held[1]


class Book:
    """The published terms, read once for one transaction. Holds them: nobody publishes until the transaction ends."""

    def __init__(self, draft: Policy | None = None) -> None:
        """With a `draft` (never stored) it stands in the place of the policy of its id, or beside the others when it has none."""
        hold_terms()
        found = [policy for policy in db.session.scalars(select(Policy).where(Policy.active)) if draft is None or policy.id != draft.id]
        self.policies = in_order([*found, draft] if draft is not None and draft.active else found)
        self._versions: dict[tuple[str, int], CalendarVersion | None] = {}

    def policy_of(self, ticket: Ticket) -> Policy | None:
        """The first policy whose conditions all match."""
        facts = facts_of(ticket)
        return next((policy for policy in self.policies if matches(policy.conditions, facts)), None)

    def terms_of(self, ticket: Ticket) -> Terms:
        """The terms that hold for the ticket as it is now (flushed)."""
        policy = self.policy_of(ticket)
        calendar_id = policy.calendar_id if policy is not None else None
        branch = ticket.queue.branch
        version = self._version("branch", branch.id) if calendar_id is None else self._version("calendar", calendar_id)
        return Terms(
            policy_id=policy.id if policy is not None else None,
            calendar=calendar_of(version, branch),
            calendar_version=version,
            targets=targets_of(policy.targets, ticket.priority) if policy is not None else {},
            warn_percent=policy.warn_percent if policy is not None else 75,
            ladder=tuple(step["after"] for step in policy.ladder) if policy is not None else (),
            running_waits=frozenset(policy.running_waits or ()) if policy is not None else frozenset(),
        )

    def _version(self, of: str, owner_id: int) -> CalendarVersion | None:
        if (of, owner_id) not in self._versions:
            self._versions[of, owner_id] = published_version(owner_id) if of == "calendar" else branch_version(owner_id)
        return self._versions[of, owner_id]


def in_order(policies: Iterable[Policy]) -> list[Policy]:
    """As they are tried. Those without conditions are the default: they come after all others."""
    return sorted(policies, key=lambda policy: (not has_conditions(policy.conditions), policy.position, policy.id or 0))


def has_conditions(conditions: Mapping[str, Any]) -> bool:
    return any(value is not None and value != [] for value in conditions.values())


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a ticket decides on its policy. `contract` is asked only when a policy wants to know."""

    queue_id: int | None
    kind: str
    priority: str
    tier: str | None
    equipment: bool
    contract: Callable[[], bool]


def facts_of(ticket: Ticket) -> Facts:
    """The facts of the ticket as it is now."""
    return Facts(
        queue_id=ticket.queue_id,
        kind=ticket.kind,
        priority=ticket.priority,
        tier=ticket.customer.tier if ticket.customer is not None else None,
        equipment=ticket.equipment_id is not None,
        contract=lambda: has_contract(ticket),
    )


def failing(conditions: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    """The names of the conditions that do not hold."""
    listed = {"queue_ids": facts.queue_id, "kinds": facts.kind, "priorities": facts.priority, "tiers": facts.tier}
    yield from (name for name, fact in listed.items() if conditions.get(name) and fact not in conditions[name])
    wants_equipment, wants_contract = conditions.get("equipment"), conditions.get("contract")
    if wants_equipment is not None and wants_equipment != facts.equipment:
        yield "equipment"
    if wants_contract is not None and wants_contract != facts.contract():
        yield "contract"


def matches(conditions: Mapping[str, Any], facts: Facts) -> bool:
    """Whether every condition given holds."""
    return next(failing(conditions, facts), None) is None


def running_waits_of(ticket: Ticket) -> frozenset[str]:
    """For which reasons the clocks of a waiting ticket run on, by the policy that it stands under."""
    hold_terms()
    policy = db.session.get(Policy, ticket.policy_id) if ticket.policy_id is not None else None
    return frozenset(policy.running_waits or ()) if policy is not None else frozenset()


def has_contract(ticket: Ticket) -> bool:
    """Whether a contract of the customer was in force on the local day the ticket was opened, for all equipment or for the ticket's.

    The day of opening and not today's, so that computing again later gives the same answer.
    """
    if ticket.customer_id is None:
        return False
    day: date = ticket.created_at.astimezone(ZoneInfo(ticket.queue.branch.time_zone)).date()
    query = select(Contract.id).where(
        Contract.customer_id == ticket.customer_id,
        or_(Contract.equipment_id.is_(None), Contract.equipment_id == ticket.equipment_id),
        Contract.starts_on <= day,
        or_(Contract.ends_on.is_(None), Contract.ends_on >= day),
    )
    return db.session.scalar(query.limit(1)) is not None


def targets_of(targets: Mapping[str, Any], priority: str) -> dict[str, int]:
    """Clock kind → seconds for a priority."""
    found = targets.get(priority, targets.get("default")) or {}
    return {kind: int(seconds) for kind, seconds in found.items() if seconds is not None}


def published_version(calendar_id: int) -> CalendarVersion | None:
    """The published definition of a calendar."""
    query = (
        select(CalendarVersion)
        .join(CalendarRow, CalendarRow.id == CalendarVersion.calendar_id)
        .where(CalendarRow.id == calendar_id, CalendarVersion.version == CalendarRow.version)
    )
    return db.session.scalar(query)


def branch_version(branch_id: int) -> CalendarVersion | None:
    """The published definition of the branch's own calendar; None when it has none."""
    query = (
        select(CalendarVersion)
        .join(CalendarRow, CalendarRow.id == CalendarVersion.calendar_id)
        .where(CalendarRow.branch_id == branch_id, CalendarVersion.version == CalendarRow.version)
    )
    return db.session.scalar(query)


def calendar_of(version: CalendarVersion | None, branch: Branch) -> Calendar:
    """The calendar of a version; around the clock in the branch's zone while nobody has set one."""
    return parsed(json.dumps(version.definition, sort_keys=True)) if version is not None else always(branch.time_zone)


@lru_cache(maxsize=512)
def parsed(definition: str) -> Calendar:
    """The Calendar of a definition as JSON text; kept, because its blocks of windows are what makes it quick."""
    return Calendar.from_dict(json.loads(definition))


@lru_cache(maxsize=64)
def always(time_zone: str) -> Calendar:
    """Open day and night."""
    return Calendar.from_dict({"timezone": time_zone, "hours": {day: [["00:00", "24:00"]] for day in WEEKDAYS}, "version": 0})

"""A simulated month through the real offer, plan and re-plan code: `script/bench month [--seeds 1,2,3] [--days 20]`.

12 technicians; 35 customers a day ring and are offered two-hour windows, two more are urgent. Ways take × lognormal (σ 0.25) and work × lognormal
(σ 0.35) of what was planned; at 5 % nobody opens, at 8 % a part is missing or wrong on site and comes two working days later; one technician falls
ill for three days. Each seed is lived twice, with the same customers and the same luck: once as booked (visits of who is ill are moved one by one),
once with re-planning (a repair whenever a visit is at risk, accepted whole; urgent ones placed by it; the sick one's days planned anew).

A window counts as kept when somebody was at the door in the window that the customer was told when they rang; moved to another window is not kept,
whatever the customer was told later. Nothing else is simulated: offers, holds, bookings, reports, forecasts and plans are the product's.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bench.month_firm import Firm, application
from core import clock
from core.db import db, transaction
from core.errors import DomainError
from core.outbox import OutboxRow
from dispatch import at_risk
from dispatch import services as dispatch
from dispatch.plans import accepting, queries
from dispatch.plans import job as planning
from dispatch.plans import services as plans
from dispatch.visits import suggesting
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.queries import technician_of
from dispatch.visits.rules import Status
from staff import services as staff
from tickets.services import resolve

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2026, 3, 2)  # a Monday; without a change of the hour until the 29th
A_DAY, URGENT = 35, 2
AHEAD = timedelta(days=6)  # further ahead nobody accepts a window
NO_ACCESS, WRONG_PART = 0.05, 0.08
WAITED = timedelta(minutes=10)  # at a door that nobody opens
PART_COMES = 2  # working days
ILL_FROM, ILL_DAYS = 8, 3  # working day of the month
LAST_START = timedelta(minutes=45)  # after the shift's end nobody sets out any more
APART = timedelta(minutes=10)  # between two repairs
REPAIR_SECONDS, PLAN_SECONDS = 1, 5


@dataclass
class Luck:
    """What happens at one visit of a ticket: the same whoever comes, in both lives of a seed."""

    way: float
    work: float
    outcome: str
    first: bool

    @classmethod
    def of(cls, seed: int, ticket: int, nth: int) -> Luck:
        dice = random.Random(f"{seed}:{ticket}:{nth}")
        drawn, first = dice.random(), nth == 0
        outcome = "no_access" if drawn < NO_ACCESS else "needs_part" if first and drawn < NO_ACCESS + WRONG_PART else "done"
        return cls(dice.lognormvariate(0, 0.25), dice.lognormvariate(0, 0.35), outcome, first)


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a visit, as they stand."""

    ticket_id: int
    job_type_id: int
    planned: timedelta
    promised_from: datetime
    urgent: bool
    asked: datetime

    @classmethod
    def of(cls, visit: Visit) -> Facts:
        assert visit.promised_from is not None
        ticket = visit.ticket
        length = visit.planned_end - visit.planned_start
        return cls(ticket.id, visit.job_type_id, length, visit.promised_from, ticket.priority == "urgent", ticket.created_at)


@dataclass
class Promise:
    """What a customer was told when they rang, and what came of it."""

    ticket: int
    since: datetime
    until: datetime
    technician: int
    first: bool
    arrived: datetime | None = None
    ended: str = ""

    def kept(self, visit: Visit) -> bool:
        return self.arrived is not None and self.since <= self.arrived <= self.until and visit.promised_from == self.since


@dataclass
class Told:
    """Counts of one life."""

    asked: int = 0
    turned_away: int = 0
    urgent: int = 0
    urgent_today: int = 0
    repairs: int = 0
    rows: int = 0
    conflicts: int = 0
    other: Counter[str] = field(default_factory=Counter)


class Month:
    """One life of one seed: events in business time, each done through the product's services."""

    def __init__(self, seed: int, days: int, *, replanning: bool) -> None:
        self.seed, self.replanning = seed, replanning
        self.days = [day for ahead in range(days * 2) if (day := FIRST_DAY + timedelta(days=ahead)).weekday() < 5][:days]
        self.dice = random.Random(seed)
        self.promises: dict[int, Promise] = {}
        self.visits_of: Counter[int] = Counter()  # by ticket as the simulation numbers them
        self.numbers: dict[int, int] = {}  # ticket's id → its number in order of ringing
        self.told = Told()
        self.busy: set[int] = set()
        self.repaired = datetime.min.replace(tzinfo=ZONE)
        self._order = itertools.count()
        self.queue: list[tuple[datetime, int, str, Any]] = []
        with transaction():
            self.firm = Firm(seed, self.at(self.days[0], 6) - timedelta(days=3))

    @staticmethod
    def at(day: date, hour: int, minutes: float = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE) + timedelta(minutes=minutes)

    def later(self, moment: datetime, what: str, about: Any = None) -> None:
        heapq.heappush(self.queue, (moment, next(self._order), what, about))

    def live(self) -> Told:
        """From the calls of the working day before the first to the evening of the last."""
        eve = self.days[0] - timedelta(days=3)
        for day in [eve, *self.days[:-1]]:
            for _number in range(A_DAY):
                self.later(self.at(day, 8, self.dice.uniform(0, 9 * 60)), "ring")
        for number, day in enumerate(self.days):
            self.later(self.at(day, 7), "morning", number)
            for _number in range(URGENT):
                self.later(self.at(day, 8, self.dice.uniform(30, 5 * 60)), "urgent")
            self.later(self.at(day, 19), "evening")
        while self.queue:
            moment, _order, what, about = heapq.heappop(self.queue)
            clock.set_to(moment)
            getattr(self, f"_{what}")(moment, about)
        return self.told

    # Customers

    def _ring(self, now: datetime, _about: Any) -> None:
        with transaction():
            ticket_id, job_id = self.firm.ticket(self.dice, now)
        self.numbers[ticket_id] = len(self.numbers)
        self.told.asked += 1
        likes_the_first, other = self.dice.random() < 0.6, self.dice.random()  # drawn whatever is offered
        tomorrow = self.at(now.date() + timedelta(days=1), 0)
        if not self._offer(ticket_id, job_id, now, tomorrow, None if likes_the_first else other):
            self.told.turned_away += 1
            with transaction():
                resolve(ticket_id=ticket_id, now=now, actor_id=None)

    def _offer(
        self, ticket_id: int, job_id: int, now: datetime, earliest: datetime, other: float | None, latest: datetime | None = None
    ) -> bool:
        """Ask for windows, keep one while the caller thinks, book it. A window that went meanwhile is not offered again."""
        with transaction():
            found = suggesting.find(ticket_id=ticket_id, job_type_id=job_id, now=now, earliest=earliest, latest=latest or now + AHEAD)
        if not found.suggestions:
            return False
        chosen = found.suggestions[0 if other is None else int(other * len(found.suggestions))]
        try:
            with transaction():
                visit = dispatch.hold_visit(
                    ticket_id=ticket_id,
                    job_type_id=job_id,
                    person_id=chosen.person_id,
                    start=chosen.start,
                    end=chosen.end,
                    promised_from=chosen.promised_from,
                    promised_until=chosen.promised_until,
                    now=now,
                    actor_id=None,
                )
                visit_id = visit.id
            with transaction():
                dispatch.confirm_visit(visit_id=visit_id, now=now, actor_id=None)
                self._promised(db.session.get_one(Visit, visit_id))
        except DomainError as error:
            self.told.other[f"offer not kept: {error.code}"] += 1
            return False
        self._wake(chosen.person_id, now)
        return True

    def _promised(self, visit: Visit) -> None:
        person = technician_of(visit)
        assert person is not None
        assert visit.promised_from is not None
        assert visit.promised_until is not None
        first = self.visits_of[visit.ticket_id] == 0
        self.promises[visit.id] = Promise(visit.ticket_id, visit.promised_from, visit.promised_until, person.id, first)

    def _urgent(self, now: datetime, _about: Any) -> None:
        with transaction():
            ticket_id, job_id = self.firm.ticket(self.dice, now, priority="urgent")
        self.numbers[ticket_id] = len(self.numbers)
        self.told.urgent += 1
        self.dice.random()
        tonight = self.at(now.date(), 16, 30)
        if self._offer(ticket_id, job_id, now, now, None, tonight):
            return
        if self.replanning:
            self._repair(now)
            with transaction():
                placed = self._comes(ticket_id)
            if placed:
                return
        if not self._offer(ticket_id, job_id, now, now, None):
            self.told.other["urgent ones turned away"] += 1
            with transaction():
                resolve(ticket_id=ticket_id, now=now, actor_id=None)

    # Days

    def _morning(self, now: datetime, number: int) -> None:
        if number == ILL_FROM:
            ill = self.firm.people[self.dice.randrange(len(self.firm.people))]
            self._falls_ill(now, number, ill)
        for person_id in self.firm.people:
            self._wake(person_id, now)

    def _falls_ill(self, now: datetime, number: int, person_id: int) -> None:
        """For three working days. What the plan does not place, and everything without re-planning, a dispatcher moves by telephone."""
        until = self.at(self.days[min(number + ILL_DAYS - 1, len(self.days) - 1)], 23)
        with transaction():
            staff.add_absence(person_id=person_id, starts_at=now, ends_at=until, reason="ill", now=now)
        if self.replanning:
            self._repair(now)
            self._plan(now, number + 1, ILL_DAYS - 1)
        hit = select(Visit.id).join(Assignment, Assignment.visit_id == Visit.id)
        hit = hit.where(Assignment.active, Assignment.person_id == person_id, Visit.status == Status.BOOKED, Visit.planned_start < until)
        with transaction():
            left = list(db.session.scalars(hit.order_by(Visit.planned_start)))
        for visit_id in left:
            self._rearrange(visit_id, now)

    def _rearrange(self, visit_id: int, now: datetime) -> None:
        """A dispatcher rings the customer and moves the visit to what works best."""
        with transaction():
            visit = db.session.get_one(Visit, visit_id)
            found = suggesting.find(
                ticket_id=visit.ticket_id, job_type_id=visit.job_type_id, now=now, latest=now + AHEAD, moving=visit_id
            ).suggestions
        for one in found:
            try:
                with transaction():
                    dispatch.move_visit(
                        visit_id=visit_id,
                        person_id=one.person_id,
                        start=one.start,
                        end=one.end,
                        promised_from=one.promised_from,
                        promised_until=one.promised_until,
                        now=now,
                        actor_id=None,
                    )
            except DomainError:
                continue
            self.told.other["moved by telephone"] += 1
            self._wake(one.person_id, now)
            return
        with transaction():
            dispatch.cancel_visit(visit_id=visit_id, reason="Nobody can come", now=now, actor_id=None)
        self.told.other["called off"] += 1

    def _evening(self, now: datetime, _about: Any) -> None:
        """What nobody came to today is moved."""
        with transaction():
            query = select(Visit.id).where(Visit.status == Status.BOOKED, Visit.planned_start < now).order_by(Visit.planned_start)
            left = list(db.session.scalars(query))
        for visit_id in left:
            self.told.other["not done that day"] += 1
            self._rearrange(visit_id, now)

    # Technicians

    def _wake(self, person_id: int, now: datetime) -> None:
        if person_id not in self.busy:
            self.later(now, "next", person_id)

    def _next(self, now: datetime, person_id: int) -> None:
        """Set out for the next visit, or look again when it is time to."""
        if person_id in self.busy:
            return
        with transaction():
            query = select(Assignment).join(Visit, Visit.id == Assignment.visit_id)
            query = query.where(Assignment.active, Assignment.person_id == person_id, Visit.status == Status.BOOKED)
            mine = list(db.session.scalars(query.order_by(Visit.planned_start)).unique())
            today = [one for one in mine if one.visit.planned_start.astimezone(ZONE).date() == now.date() and one.visit.held_until is None]
            if not today or now > self.at(now.date(), 16, 30) + LAST_START:
                return
            sets_out = today[0].during.lower
            assert sets_out is not None
            visit_id, way = today[0].visit_id, today[0].visit.planned_start - sets_out
        leaves = max(now, sets_out)
        if leaves > now:
            self.later(leaves, "next", person_id)
            return
        self.busy.add(person_id)
        visit = self._reported(person_id, visit_id, "on_my_way", now)
        luck = Luck.of(self.seed, self.numbers[visit.ticket_id], self.visits_of[visit.ticket_id])
        self.visits_of[visit.ticket_id] += 1
        there = now + way * luck.way
        self.later(max(there, visit.promised_from), "arrived", (person_id, visit_id, luck))

    def _arrived(self, now: datetime, about: tuple[int, int, Luck]) -> None:
        person_id, visit_id, luck = about
        visit = self._reported(person_id, visit_id, "arrived", now)
        promise = self.promises.get(visit_id)
        if promise is not None:
            promise.arrived = now
        took = WAITED if luck.outcome == "no_access" else visit.planned * luck.work
        self.later(now + took, "over", (person_id, visit_id, luck))

    def _over(self, now: datetime, about: tuple[int, int, Luck]) -> None:
        person_id, visit_id, luck = about
        self.busy.discard(person_id)
        with transaction():
            visit = db.session.get_one(Visit, visit_id)
            part_id = visit.job_type.kit[0].part_id
        used: list[dict[str, int]] = [{"part_id": part_id, "quantity": 1}]
        says: dict[str, dict[str, Any]] = {"needs_part": {"parts": used}, "done": {"used": used, "solved": True}, "no_access": {}}
        facts = self._reported(person_id, visit_id, luck.outcome, now, says[luck.outcome])
        if (promise := self.promises.get(visit_id)) is not None:
            promise.ended = luck.outcome
        if facts.urgent and luck.first:
            self.told.urgent_today += now.date() == facts.asked.astimezone(ZONE).date()
        if luck.outcome != "done":
            ahead = PART_COMES if luck.outcome == "needs_part" else 1
            self.later(self.at(now.date() + timedelta(days=ahead), 7), "again", (facts.ticket_id, facts.job_type_id))
        self._next(now, person_id)

    @staticmethod
    def _comes(ticket_id: int) -> bool:
        """Whether somebody is going to, by a plan."""
        return db.session.scalar(select(Visit.id).where(Visit.ticket_id == ticket_id, Visit.status == Status.BOOKED)) is not None

    def _again(self, now: datetime, about: tuple[int, int]) -> None:
        """The part came, or somebody will be at home: a second visit, where no plan has one already."""
        with transaction():
            planned = self._comes(about[0])
        if not planned and now.date() < self.days[-1] and not self._offer(*about, now, now, None):
            self.told.other["second visits turned away"] += 1

    def _reported(self, person_id: int, visit_id: int, action: str, now: datetime, data: dict[str, Any] | None = None) -> Facts:
        with transaction():
            answer = dispatch.apply_field_update(
                person_id=person_id, uuid=uuid.uuid4(), visit_id=visit_id, action=action, happened_at=now, now=now, data=data
            )
        assert answer["result"] == "applied", (action, answer)
        if self.replanning and now - self.repaired >= APART:
            with transaction():
                late = at_risk.count()
            if late:
                self._repair(now)
        with transaction():
            return Facts.of(db.session.get_one(Visit, visit_id))

    # Plans

    def _repair(self, now: datetime) -> None:
        self.repaired = now
        self.told.repairs += 1
        self._accept("repair", now, None, 1, REPAIR_SECONDS)

    def _plan(self, now: datetime, number: int, days: int) -> None:
        if number < len(self.days):
            self._accept("day", now, self.days[number], days, PLAN_SECONDS)

    def _accept(self, kind: str, now: datetime, first: date | None, days: int, seconds: int) -> None:
        """As the worker and the dispatcher do: searched, then accepted whole."""
        with transaction():
            plan = plans.make_plan(
                kind=kind, branch_id=self.firm.branch_id, first_day=first, days=days, seconds=seconds, now=now, actor_id=None
            )
            query = select(OutboxRow).where(OutboxRow.unique_key == f"plan:{plan.id}")
            row = db.session.scalars(query).one()
            plan_id, row_id, payload = plan.id, row.id, dict(row.payload)
        planning.run(row_id, payload)
        try:
            with transaction():
                plans.accept_plan(plan_id=plan_id, rows=None, now=now, actor_id=None)
                query = select(OutboxRow).where(OutboxRow.kind == plans.ACCEPTANCE, OutboxRow.done_at.is_(None))
                left = [(row.id, dict(row.payload)) for row in db.session.scalars(query)]
            for row_id, payload in left:
                accepting.run(row_id, payload)
            with transaction():
                states = Counter(row.state for row in queries.rows_of(plan_id))
                known = list(self.promises)
                for visit in db.session.scalars(select(Visit).where(Visit.status == Status.BOOKED, Visit.id.not_in(known))).unique():
                    self._promised(visit)
        except DomainError as error:  # nothing is proposed
            self.told.other[f"plan: {error.code}"] += 1
            return
        self.told.rows += states["accepted"]
        self.told.conflicts += states["conflict"]
        for person_id in self.firm.people:
            self._wake(person_id, now)


def life(seed: int, days: int, *, replanning: bool) -> dict[str, Any]:
    """One month; its figures."""
    began = time.perf_counter()
    with application(f"month{seed}{int(replanning)}"):
        month = Month(seed, days, replanning=replanning)
        told = month.live()
        with transaction():
            visits = {visit.id: visit for visit in db.session.scalars(select(Visit).where(Visit.id.in_(month.promises)))}
            month_end = month.at(month.days[-1], 23)
            due = {key: one for key, one in month.promises.items() if one.until <= month_end}
            kept = sum(one.kept(visits[key]) for key, one in due.items())
            came = [one for one in due.values() if one.arrived is not None]
            late = sum(one.arrived is not None and one.arrived > one.until for one in came)
            firsts = [one for one in came if one.first and one.ended]
            passed_on = sum((person := technician_of(visits[key])) is not None and person.id != one.technician for key, one in due.items())
            moved = sum(visits[key].promised_from != one.since for key, one in due.items())
        clock.set_to(None)
    return {
        "windows": len(due),
        "kept": kept,
        "late": late,
        "another window": moved,
        "asked": told.asked,
        "turned away": told.turned_away,
        "urgent": told.urgent,
        "urgent today": told.urgent_today,
        "first visits": len(firsts),
        "fixed at once": sum(one.ended == "done" for one in firsts),
        "no access": sum(one.ended == "no_access" for one in firsts),
        "part": sum(one.ended == "needs_part" for one in firsts),
        "to another technician": passed_on,
        "repairs": told.repairs,
        "rows": told.rows,
        "conflicts": told.conflicts,
        **told.other,
        "seconds": round(time.perf_counter() - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench month", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--only", choices=("booked", "replanned"))
    given = parser.parse_args()
    for seed in (int(one) for one in given.seeds.split(",")):
        for name, replanning in (("booked", False), ("replanned", True)):
            if given.only not in (None, name):
                continue
            found = life(seed, given.days, replanning=replanning)
            share = 100 * found["kept"] / max(1, found["windows"])
            fixed = 100 * found["fixed at once"] / max(1, found["first visits"])
            print(f"seed {seed}, as {name}: windows kept {share:.1f} %, fixed at the first visit {fixed:.1f} %", flush=True)
            print("   " + ", ".join(f"{key} {value:,}" for key, value in found.items()), flush=True)


if __name__ == "__main__":
    main()

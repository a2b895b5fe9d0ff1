"""Costs per visit: the parts it used, the time it took everybody who was there, what the customer is charged, and who covers it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select

from core import audit
from core.db import db
from core.errors import NotValid
from customers.models import Contract
from customers.rules import runs
from dispatch import missing_parts
from dispatch.errors import clear_errors
from dispatch.materials.costing import COVERAGE_WORDS, Coverage, Labour, Sum, Tariff, Used, coverage, overtime, sums
from dispatch.visits import queries
from dispatch.visits.models import Visit
from dispatch.visits.rules import ENDED
from dispatch.visits.services import telling
from dispatch.visits.services.booking import lock_visit
from staff.working import cost_on, costs_of, working_windows_of

MOST_VISITS = 5000  # of one table
_MONEY = ("parts_cost", "labour_cost", "travel_cost", "cost", "parts_price", "work_price", "price", "due")


@dataclass(frozen=True, slots=True)
class Found:
    """One visit's. `covered_by`: the contract's name; `actual`: the time is what was reported, not what was planned. Seconds, of a crew everybody's
    together; `known`: what an hour of each of its technicians cost on that day is
    known."""

    visit: Visit
    coverage: Coverage
    covered_by: str | None
    work: int
    overtime: int
    travel: int
    actual: bool
    known: bool
    sums: list[Sum]


def ended(*, since: datetime, until: datetime) -> Select[Visit]:
    """Visits that ended between two instants, as a select."""
    return select(Visit).where(Visit.ended_at >= since, Visit.ended_at < until, Visit.status.in_(ENDED))


def table_of(*, since: datetime, until: datetime) -> list[Found]:
    """All that ended then, in order of their end. Raises NotValid (field until) for more than 5000."""
    rows = list(db.session.scalars(ended(since=since, until=until).order_by(Visit.ended_at, Visit.id).limit(MOST_VISITS + 1)).unique())
    if len(rows) > MOST_VISITS:
        raise NotValid(_("These are more than %(most)d visits: choose a shorter time.", most=MOST_VISITS), field="until")
    return of_visits(rows)


def of_visits(visits: Sequence[Visit]) -> list[Found]:
    """A fixed number of queries for all."""
    contracts = _contracts({visit.ticket.customer_id for visit in visits if visit.ticket.customer_id is not None})
    percent = missing_parts.settings().overtime_percent
    times = {visit.id: _times(visit) for visit in visits}
    crews = {visit.id: _ways(visit, times[visit.id][2]) for visit in visits}
    zones = {person.id: ZoneInfo(person.branch.time_zone) for visit in visits for person in queries.crew_of(visit)}
    people = set(zones)
    known = costs_of(people)
    windows = {}
    if people:
        starts, ends = [one[0] for one in times.values()], [one[1] for one in times.values()]
        windows = working_windows_of(people, min(starts), max(ends))
    found = []
    for visit in visits:
        start, end, travel, actual = times[visit.id]
        crew = crews[visit.id]
        seconds = int((end - start).total_seconds())
        late = {one: overtime(start, end, [(window.start, window.end) for window in windows.get(one, [])]) for one in crew}
        rates = {one: cost_on(known[one], start.astimezone(zones[one]).date()) for one in crew}
        labour = [
            Labour(seconds, late[one], way, rate.per_hour, rate.currency) for one, way in crew.items() if (rate := rates[one]) is not None
        ]
        work = seconds * max(1, len(crew))
        who, contract = _coverage(visit, contracts.get(visit.ticket.customer_id or 0, []))
        job = visit.job_type
        over = visit.status in ENDED
        money = sums(
            used=[Used(one.quantity, one.cost, one.price, one.currency) for one in visit.usages],
            labour=labour if over else (),
            work=work if over else 0,
            tariff=Tariff(job.price, job.price_per_hour, job.price_currency) if visit.status == "done" else Tariff(None, None, "EUR"),
            coverage=who,
            overtime_percent=percent,
        )
        ways = sum(crew.values()) if crew else travel
        every_rate = bool(crew) and len(labour) == len(crew)
        found.append(Found(visit, who, contract, work, sum(late.values()), ways, actual, every_rate, money))
    return found


def _ways(visit: Visit, lead: int) -> dict[int, int]:
    """Person → seconds of travel, of everybody who was there; `lead`: of the lead, as reported. When the others left is not told: as planned."""
    rows = {row.person_id: row.travel_seconds for row in queries.members_of(visit)}
    return {person.id: lead if place == 0 else rows.get(person.id, 0) for place, person in enumerate(queries.crew_of(visit))}


def _contracts(customer_ids: Collection[int]) -> dict[int, list[Contract]]:
    found: dict[int, list[Contract]] = {}
    if customer_ids:
        for row in db.session.scalars(select(Contract).where(Contract.customer_id.in_(customer_ids)).order_by(Contract.id)):
            found.setdefault(row.customer_id, []).append(row)
    return found


def _times(visit: Visit) -> tuple[datetime, datetime, int, bool]:
    """(start and end of the work, seconds of travel, whether both were reported). Who forgot to say "arrived" worked as long as was planned."""
    end = visit.ended_at or visit.planned_end
    planned = visit.planned_end - visit.planned_start
    start = visit.arrived_at if visit.arrived_at is not None and visit.arrived_at <= end else end - planned
    leads = [row for row in queries.members_of(visit) if row.lead] or [row for row in visit.assignments if row.lead]
    way = max((row.travel_seconds for row in leads), default=0)
    if visit.left_at is not None and visit.arrived_at is not None and visit.left_at <= visit.arrived_at:
        way = int((visit.arrived_at - visit.left_at).total_seconds())
    return start, end, way, visit.ended_at is not None and visit.arrived_at is not None


def _coverage(visit: Visit, contracts: Sequence[Contract]) -> tuple[Coverage, str | None]:
    thing = visit.ticket.equipment
    on = queries.day_of(visit)
    running = [one for one in contracts if runs(one, on) and one.equipment_id in (None, thing.id if thing is not None else None)]
    # The one for this very thing before one for all of the customer's.
    best = next((one for one in running if one.equipment_id is not None), running[0] if running else None)
    found = coverage(
        said=visit.coverage, on=on, warranty_until=thing.warranty_until if thing is not None else None, contract=best is not None
    )
    return found, best.name if best is not None and found is Coverage.CONTRACT else None


@clear_errors
def cover(*, number: int, coverage: str | None, now: datetime, actor_id: int | None) -> Visit:
    """Say who pays for a visit; None: as warranty and contracts say. Raises NotFound, NotValid (field coverage)."""
    if coverage is not None and coverage not in tuple(Coverage):
        raise NotValid(_("Choose one of the list."), field="coverage")
    visit = lock_visit(queries.visit_by_number(number).id)
    if visit.coverage != coverage:
        before, visit.coverage, visit.updated_at = visit.coverage, coverage, now
        db.session.flush()
        facts = [{"coverage": one} for one in (before, coverage)]
        audit.record(action="visit.covered", target=f"visit:{visit.id}", actor_id=actor_id, now=now, before=facts[0], after=facts[1])
        telling.changed(visit, "coverage", now=now, actor_id=actor_id)
    return visit


def charge(found: Found) -> dict[str, Any]:
    """What everybody may know: who covers it, and what the customer pays."""
    return {
        "coverage": str(found.coverage),
        "covered_by": found.covered_by,
        "by_hand": found.visit.coverage is not None,
        "due": [{"amount": one.due, "currency": one.currency} for one in found.sums if one.due],
    }


def line(found: Found) -> dict[str, Any]:
    """All of it, for who may see costs."""
    visit = found.visit
    customer = visit.ticket.customer
    return {
        "number": visit.number,
        "ticket": visit.ticket.number,
        "customer": customer.name if customer is not None else None,
        "job_type": visit.job_type.name,
        "technician": queries.names_of(visit),
        "status": visit.status,
        "ended_at": visit.ended_at,
        "work_seconds": found.work,
        "overtime_seconds": found.overtime,
        "travel_seconds": found.travel,
        "actual": found.actual,
        "labour_known": found.known,
        "sums": [{"currency": one.currency} | {name: getattr(one, name) for name in _MONEY} for one in found.sums],
        **charge(found),
    }


def charges(visits: Sequence[Visit]) -> dict[int, dict[str, Any]]:
    """Visit → its `charge`."""
    return {found.visit.id: charge(found) for found in of_visits(visits)}


def table(rows: Sequence[Found]) -> list[list[Any]]:
    """For a file: a line for each visit and currency, amounts as decimal numbers, in the reader's language."""
    words = (
        gettext("Visit"),
        gettext("Ticket"),
        gettext("Ended"),
        gettext("Customer"),
        gettext("Job"),
        gettext("Technician"),
        gettext("Covered by"),
        gettext("Minutes of work"),
        gettext("Minutes of overtime"),
        gettext("Minutes of travel"),
        gettext("Currency"),
        gettext("Cost of parts"),
        gettext("Cost of work"),
        gettext("Cost of travel"),
        gettext("Cost"),
        gettext("Price of parts"),
        gettext("Price of work"),
        gettext("Price"),
        gettext("To be charged"),
    )
    found: list[list[Any]] = [list(words)]
    for row in rows:
        shown = line(row)
        head = [shown["number"], shown["ticket"], shown["ended_at"].isoformat() if shown["ended_at"] else None]
        head += [shown["customer"], shown["job_type"], shown["technician"]]
        head.append(" ".join(str(one) for one in (COVERAGE_WORDS[row.coverage], row.covered_by) if one))
        head += [round(seconds / 60) for seconds in (row.work, row.overtime, row.travel)]
        for one in row.sums or [Sum(row.visit.job_type.price_currency)]:
            digits = get_currency_precision(one.currency)
            found.append([*head, one.currency, *(Decimal(getattr(one, name)).scaleb(-digits) for name in _MONEY)])
    return found

"""Booked visits of the next days whose parts are not there: what is missing, when it comes, from where it could, and whether that is too late."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select

from core import audit
from core.db import db
from core.errors import Conflict, NotValid
from dispatch.errors import clear_errors
from dispatch.materials import queries as stock
from dispatch.materials import services as materials
from dispatch.materials.missing import Lack, Outlook, outlooks
from dispatch.materials.models import MaterialSettings, MissingPartsNotice, Part, Place, PurchaseLine, Reservation
from dispatch.materials.naming import title
from dispatch.materials.rules import HOLDING, Line, LineState, VisitReadiness
from dispatch.materials.sourcing import Alternates
from dispatch.visits import queries
from dispatch.visits.models import JobTypePart, Visit
from dispatch.visits.rules import Status
from dispatch.visits.services import checks
from dispatch.visits.services.booking import lock_visit
from staff.models import Person
from tickets.tasks.models import Task

MISSING = (LineState.SHORT, LineState.ON_ORDER)
MOST_DAYS = 30
MOST_PERCENT = 300
_LineKey = tuple[int, int, int | None]  # (visit, part, instead of which)


def settings() -> MaterialSettings:
    """The firm's settings, the defaults while nobody changed any (then not stored)."""
    return db.session.get(MaterialSettings, 1) or MaterialSettings(id=1, missing_days=3, raise_tasks=True, overtime_percent=0)


def change_settings(*, now: datetime, actor_id: int | None, **values: Any) -> MaterialSettings:
    """Change some of missing_days (1 to 30), raise_tasks, overtime_percent (0 to 300). Raises NotValid naming the field."""
    row = settings()
    before = settings_facts(row)
    if "missing_days" in values:
        if not 1 <= values["missing_days"] <= MOST_DAYS:
            raise NotValid(_("From 1 to %(most)d days.", most=MOST_DAYS), field="missing_days")
        row.missing_days = values["missing_days"]
    if "raise_tasks" in values:
        row.raise_tasks = values["raise_tasks"]
    if "overtime_percent" in values:
        if not 0 <= values["overtime_percent"] <= MOST_PERCENT:
            raise NotValid(_("From 0 to %(most)d percent.", most=MOST_PERCENT), field="overtime_percent")
        row.overtime_percent = values["overtime_percent"]
    db.session.add(row)
    db.session.flush()
    target = "material_settings"
    audit.record(action=f"{target}.changed", target=target, actor_id=actor_id, now=now, before=before, after=settings_facts(row))
    return row


def settings_facts(row: MaterialSettings) -> dict[str, Any]:
    """The settings as data."""
    return {"missing_days": row.missing_days, "raise_tasks": row.raise_tasks, "overtime_percent": row.overtime_percent}


def visits_lacking(now: datetime, days: int, *, fetch: bool = False) -> list[tuple[Visit, VisitReadiness]]:
    """Booked visits that start within so many days and lack a part, soonest first; with `fetch` also those whose parts are to be fetched."""
    near = and_(Visit.status == Status.BOOKED, queries.real(), Visit.planned_start > now, Visit.planned_start <= now + timedelta(days=days))
    query = select(Visit).where(near, _away() if fetch else _lacking()).order_by(Visit.planned_start, Visit.id)
    visits = list(db.session.scalars(query).unique())
    ready = queries.readiness_of(visits)
    wanted = tuple(LineState) if fetch else MISSING
    return [
        (visit, ready[visit.id])
        for visit in visits
        if any(line.state in wanted and line.state != LineState.ON_VAN for line in ready[visit.id].lines)
    ]


def _lacking() -> ColumnElement[bool]:
    """A condition on Visit: something is promised only of an order, or a line of the kit not at all. It spares reading all others."""
    held = and_(Reservation.visit_id == Visit.id, Reservation.state == "held")
    ordered = select(Reservation.id).where(held, Reservation.purchase_line_id.is_not(None)).exists()
    promised = select(func.coalesce(func.sum(Reservation.quantity), 0)).where(
        held, func.coalesce(Reservation.instead_of_id, Reservation.part_id) == JobTypePart.part_id
    )
    short = select(JobTypePart.part_id).where(
        JobTypePart.job_type_id == Visit.job_type_id, JobTypePart.quantity > promised.correlate(Visit, JobTypePart).scalar_subquery()
    )
    return or_(ordered, short.correlate(Visit).exists())


def _away() -> ColumnElement[bool]:
    needs = select(JobTypePart.part_id).where(JobTypePart.job_type_id == Visit.job_type_id).exists()
    held = select(Reservation.id).where(Reservation.visit_id == Visit.id, Reservation.state == "held").exists()
    return or_(needs, held)


def lines(now: datetime, *, days: int | None = None, fetch: bool = False) -> list[dict[str, Any]]:
    """As data, soonest first: each visit with its missing parts and the outlook of each. `hurts`: something comes after the visit's day, or never;
    `there_on`: the first day on which it could have everything."""
    found = visits_lacking(now, days if days is not None else settings().missing_days, fetch=fetch)
    if not found:
        return []
    alternates = stock.alternates_of({line.part_id for _visit, ready in found for line in ready.lines})
    part_ids = stock.with_alternates(
        (part for _visit, ready in found for line in ready.lines for part in (line.part_id, line.asked)), alternates
    )
    looks = _outlooks(found, part_ids, alternates, now)
    around = _Around(part_ids, alternates, [visit.id for visit, _ready in found])
    return [_line(visit, ready, looks, around, fetch=fetch) for visit, ready in found]


def changes() -> dict[str, Any]:
    """What a list that is open has to know: how many booked visits of any day lack parts, and a number that differs when anything does that the
    list shows. Not what only time changes: that the browser sees when it reads the list."""
    visits = list(
        db.session.scalars(select(Visit).where(Visit.status == Status.BOOKED, queries.real(), _lacking()).order_by(Visit.id)).unique()
    )
    ready = queries.readiness_of(visits)
    parts = {line.part_id for found in ready.values() for line in found.lines}
    part_ids = stock.with_alternates(parts, stock.alternates_of(parts))
    shown = [(visit.number, visit.planned_start.isoformat(), ready[visit.id].lines) for visit in visits]
    told = repr((shown, sorted(stock.free_of(part_ids).items()))).encode()
    return {"count": len(visits), "digest": zlib.crc32(told)}


def _outlooks(
    found: Sequence[tuple[Visit, VisitReadiness]], part_ids: Collection[int], alternates: Alternates, now: datetime
) -> dict[_LineKey, Outlook]:
    ordered = _on_order([visit.id for visit, _ready in found])
    lacks = [
        Lack(
            visit.number,
            queries.day_of(visit),
            line.part_id,
            line.missing,
            *ordered.get((visit.id, line.part_id, line.instead_of), (0, None)),
            alternates=tuple(alternates.get(line.part_id, ())) if line.instead_of is None else (),
            instead_of=line.instead_of,
        )
        for visit, ready in found
        for line in ready.lines
        if line.state in MISSING
    ]
    free: dict[int, int] = defaultdict(int)
    for (part_id, _place), pieces in stock.free_of(part_ids).items():
        free[part_id] += pieces
    coming: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for row, pieces in stock.unpromised(part_ids):
        if row.eta is not None:
            coming[row.part_id].append((row.eta, pieces))
    return outlooks(lacks, free=free, coming=coming, today=now.date())


def _on_order(visit_ids: Collection[int]) -> dict[_LineKey, tuple[int, date | None]]:
    """(visit, part, instead of which) → how many are promised of orders, and the last day; None when one of them has no day."""
    undated = func.bool_or(PurchaseLine.eta.is_(None))
    query = (
        select(
            Reservation.visit_id,
            Reservation.part_id,
            Reservation.instead_of_id,
            func.sum(Reservation.quantity),
            func.max(PurchaseLine.eta),
            undated,
        )
        .join(PurchaseLine, PurchaseLine.id == Reservation.purchase_line_id)
        .where(Reservation.visit_id.in_(visit_ids), Reservation.state == "held")
        .group_by(Reservation.visit_id, Reservation.part_id, Reservation.instead_of_id)
    )
    rows = db.session.execute(query)
    return {(visit, part, instead): (int(pieces), None if open_ else eta) for visit, part, instead, pieces, eta, open_ in rows}


class _Around:
    """What the lines of all visits name: parts, places with something free, vans, tasks. A fixed number of queries."""

    def __init__(self, part_ids: Collection[int], alternates: Alternates, visit_ids: Collection[int]) -> None:
        self.parts: dict[int, Part] = stock.part_names(part_ids)
        self.alternates = alternates
        self.places: dict[int, Place] = {place.id: place for place in stock.places(kinds=HOLDING)}
        self.vans = {place.person_id: place.id for place in self.places.values() if place.person_id is not None}
        self.free: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for (part_id, place_id), pieces in sorted(stock.free_of(part_ids).items()):
            place = self.places[place_id]
            self.free[part_id].append({"place_id": place_id, "place": place.name, "kind": place.kind, "free": pieces})
        self.ordered = _on_order(visit_ids)
        self.held = stock.held_of(visit_ids)
        tasks = select(MissingPartsNotice.visit_id, Task.id).join(Task, Task.id == MissingPartsNotice.task_id)
        open_ones = tasks.where(MissingPartsNotice.visit_id.in_(visit_ids), Task.done_at.is_(None))
        self.tasks: dict[int, int] = dict(db.session.execute(open_ones).tuples().all())


def _line(visit: Visit, ready: VisitReadiness, looks: dict[_LineKey, Outlook], around: _Around, *, fetch: bool) -> dict[str, Any]:
    person = queries.technician_of(visit)
    day = queries.day_of(visit)
    van_id = around.vans.get(person.id) if person is not None else None
    shown = [
        _part(visit, line, looks.get((visit.number, line.part_id, line.instead_of)), around, day, van_id)
        for line in ready.lines
        if line.state in MISSING or (fetch and line.state != LineState.ON_VAN)
    ]
    hurts = any(line["hurts"] for line in shown)
    days = [line["there_on"] for line in shown if line["hope"] is not None]
    customer = visit.ticket.customer
    return {
        "number": visit.number,
        "ticket": visit.ticket.number,
        "customer": customer.name if customer is not None else None,
        "job_type_id": visit.job_type_id,
        "job_type": visit.job_type.name,
        "technician": queries.names_of(visit),
        "van_id": van_id,
        "planned_start": visit.planned_start,
        "day": day,
        "readiness": str(ready.state),
        "hurts": hurts,
        "there_on": None if None in days else max(days, default=None),
        "late_days": _late(days, day) if hurts else 0,
        "task_id": around.tasks.get(visit.id),
        "lines": shown,
    }


def _late(days: Sequence[date | None], day: date) -> int | None:
    known = [one for one in days if one is not None]
    return max((one - day).days for one in known) if len(known) == len(days) else None


def _part(visit: Visit, line: Line, look: Outlook | None, around: _Around, day: date, van_id: int | None) -> dict[str, Any]:
    part = around.parts[line.part_id]
    on_order, eta = around.ordered.get((visit.id, line.part_id, line.instead_of), (0, None))
    away = line.quantity if look is None else line.missing + on_order
    return {
        "part_id": part.id,
        "sku": part.sku,
        "part": title(part),
        "names": part.names,
        "unit": part.unit,
        "supplier": part.supplier,
        "lead_days": part.lead_days,
        "serial_tracked": part.serial_tracked,
        "quantity": line.quantity,
        "state": str(line.state),
        "missing": away,
        "short": line.missing,
        "eta": eta,
        "lies_at": [around.places[place_id].name for place_id in line.place_ids if place_id in around.places],
        "to_fetch": [
            {"place_id": one.place_id, "place": around.places[one.place_id].name, "quantity": one.quantity}
            for one in around.held.get(visit.id, [])
            if one.part_id == line.part_id and one.place_id in around.places and one.place_id != van_id
        ],
        "free": around.free.get(part.id, []),
        "instead_of": title(around.parts[line.instead_of]) if line.instead_of is not None else None,
        "alternates": [
            {"part_id": other, "sku": around.parts[other].sku, "part": title(around.parts[other]), "free": around.free.get(other, [])}
            for other in (around.alternates.get(part.id, ()) if line.missing else ())
        ],
        "hope": str(look.hope) if look is not None else None,
        "there_on": look.there_on if look is not None else None,
        "hurts": look.hurts if look is not None else False,
        "late_days": look.late_days(day) if look is not None else 0,
    }


@clear_errors
def promise(*, number: int, now: datetime, actor_id: int | None) -> Visit:
    """All that a booked visit needs is promised anew, from where it is best: its van, what is set aside, warehouses, other vans, orders.

    So it gets what became free since it was booked. Locks as moving a visit does. Raises NotFound; Conflict `move` for a visit that is not
    booked, `nothing_free` when it would have no more than before.
    """
    visit = lock_visit(queries.visit_by_number(number).id)
    person: Person | None = queries.technician_of(visit)
    if visit.status != Status.BOOKED or person is None:
        raise Conflict(_("Only a booked visit is promised parts."), code="move")
    before = _want(visit)
    materials.reserve_anew(
        visit_id=visit.id,
        lines=before["lines"],
        place_ids=checks.sources(visit, person),
        incoming_by=date.max,
        now=now,
        actor_id=actor_id,
        allow_short=True,
    )
    after = _want(visit)
    if (after["short"], after["ordered"]) >= (before["short"], before["ordered"]):
        raise Conflict(_("Nothing of what visit %(number)s lacks is free.", number=number), code="nothing_free")
    facts = [{"short": one["short"], "ordered": one["ordered"]} for one in (before, after)]
    audit.record(action="visit.parts_promised", target=f"visit:{visit.id}", actor_id=actor_id, now=now, before=facts[0], after=facts[1])
    return visit


def _want(visit: Visit) -> dict[str, Any]:
    """What a visit needs, how many of it nobody promised, and how many only of orders; read afresh."""
    db.session.expire(visit, ["reservations"])
    ready = queries.readiness_of([visit])[visit.id]
    ordered = _on_order([visit.id])
    needed: Counter[int] = Counter()
    for line in ready.lines:
        needed[line.asked] += line.quantity
    return {
        "lines": needed,
        "short": sum(line.missing for line in ready.lines),
        "ordered": sum(pieces for pieces, _eta in ordered.values()),
    }


def zone_of(visit: Visit) -> ZoneInfo:
    """Where the visit's day is counted."""
    person = queries.technician_of(visit)
    return ZoneInfo((person.branch if person is not None else visit.ticket.queue.branch).time_zone)

"""Visits and technicians as data for pages, the live channel and the API: codes, ids and times; the reader's side finds the words.

Nothing here depends on the time of asking, so a row rendered again without a change is the same row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from core.db import db
from customers.models import Customer, Equipment
from dispatch.costs import charges
from dispatch.materials import queries as stock
from dispatch.materials.models import Part, Place
from dispatch.materials.naming import title
from dispatch.materials.rules import Line, VisitReadiness
from dispatch.visits import queries
from dispatch.visits.durations import Durations
from dispatch.visits.models import DelayNotice, JobType, Visit, VisitForecast
from dispatch.visits.rules import OPEN, OVERRIDABLE
from dispatch.visits.services import delays
from dispatch.visits.services.booking import Trial
from dispatch.visits.suggesting import Found, Suggestion
from dispatch.visits.why import Reason, minutes
from dispatch.visits.work import work_of
from staff import queries as staff
from staff.models import Person
from tickets.models import Entry, Ticket
from tickets.sla.models import Clock

_FIRST_WORDS = 2000


def visit_lines(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """A visit as lists and boards show it, with its readiness; a fixed number of queries for all."""
    ready = queries.readiness_of(visits)
    parts = stock.part_names({part for found in ready.values() for line in found.lines for part in (line.part_id, line.asked)})
    places = place_names({place_id for found in ready.values() for line in found.lines for place_id in line.place_ids})
    due = due_times([visit.ticket_id for visit in visits if visit.status in OPEN])
    found = queries.forecasts_of([visit.id for visit in visits if visit.status in OPEN])
    numbers = queries.numbers_of({row.because_of_id for row in found.values() if row.because_of_id is not None})
    return [
        visit_line(visit, readiness(ready.get(visit.id), parts, places), due.get(visit.ticket_id))
        | forecast(visit, found.get(visit.id), numbers)
        for visit in visits
    ]


def forecast(visit: Visit, row: VisitForecast | None, numbers: Mapping[int, int]) -> dict[str, Any]:
    """What is to be expected of a visit: its plan when nothing departs from it; nothing for one that is over."""
    if visit.status not in OPEN or row is None:
        start = (visit.arrived_at or visit.planned_start) if visit.status in OPEN else None
        return {
            "expected_start_at": start,
            "expected_end_at": visit.planned_end if start is not None else None,
            "late_seconds": 0,
            "overtime_seconds": 0,
            "cause": "",
            "because_of": None,
        }
    return {
        "expected_start_at": row.expected_start_at,
        "expected_end_at": row.expected_end_at,
        "late_seconds": row.late_seconds,
        "overtime_seconds": row.overtime_seconds,
        "cause": row.cause,
        "because_of": numbers.get(row.because_of_id) if row.because_of_id is not None else None,
    }


def due_times(ticket_ids: Collection[int]) -> dict[int, datetime]:
    """When the tickets' running clocks want somebody there or the work done, whichever is first; a late answer is not the technician's."""
    query = (
        select(Clock.ticket_id, func.min(Clock.due_at))
        .where(Clock.ticket_id.in_(list(ticket_ids)), Clock.kind.in_(("on_site", "resolution")), Clock.stopped_at.is_(None))
        .group_by(Clock.ticket_id)
    )
    return {ticket_id: due_at for ticket_id, due_at in db.session.execute(query) if due_at is not None}


def visit_line(visit: Visit, ready: dict[str, Any] | None, due_at: datetime | None) -> dict[str, Any]:
    """One visit. `due_at`: see `due_times`."""
    person = queries.technician_of(visit)
    members = queries.members_of(visit)
    ticket = visit.ticket
    return {
        "id": visit.id,
        "number": visit.number,
        "status": visit.status,
        "open": visit.status in OPEN,
        "ticket": {
            "id": ticket.id,
            "number": ticket.number,
            "subject": ticket.subject,
            "kind": ticket.kind,
            "priority": ticket.priority,
            "due_at": ticket.due_at,
        },
        "customer": ticket.customer.name if ticket.customer is not None else None,
        "customer_id": ticket.customer_id,
        "job_type": _work(visit.job_type),
        "site": site(visit),
        "person_id": person.id if person is not None else None,
        "technician": person.name if person is not None else None,
        "helpers": [
            {"person_id": row.person.id, "name": row.person.name, "travel_seconds": row.travel_seconds}
            for row in members[1:]
            if row.person is not None
        ],
        "planned_start": visit.planned_start,
        "planned_end": visit.planned_end,
        "promised_from": visit.promised_from,
        "promised_until": visit.promised_until,
        "held_until": visit.held_until,
        "lock": visit.lock,
        "travel_seconds": members[0].travel_seconds if members else 0,
        "left_at": visit.left_at,
        "arrived_at": visit.arrived_at,
        "ended_at": visit.ended_at,
        "result": visit.result,
        "cancel_reason": visit.cancel_reason,
        "due_at": due_at,
        "readiness": ready,
        "version": visit.version,
    }


def _work(kind: JobType) -> dict[str, Any]:
    """A kind of job as boards show it."""
    skills = [{"id": one.skill_id, "name": one.skill.name, "level": one.level} for one in kind.skills]
    return {"id": kind.id, "name": kind.name, "minutes": kind.minutes, "skills": sorted(skills, key=lambda one: str(one["name"]))}


def delay_notice(row: DelayNotice) -> dict[str, Any]:
    """What a customer is to be told, or was, of a late visit."""
    channel, to = delays.way_to(row.visit)
    return {
        "visit": row.visit.number,
        "kind": row.kind,
        "state": row.state,
        "expected_at": row.expected_at,
        "told_at": row.told_at,
        "time_zone": delays.zone_of(row.visit),
        "promised_from": row.promised_from,
        "promised_until": row.promised_until,
        "channel": row.channel or channel,
        "to": to,
        "text": delays.text_of(row),
    }


def site(visit: Visit) -> dict[str, Any] | None:
    """Where the work is."""
    found = visit.site
    if found is None:
        return None
    return {
        "name": found.name,
        "address": found.address,
        "access": found.access,
        "time_zone": found.time_zone,
        "latitude": found.latitude,
        "longitude": found.longitude,
    }


def readiness(found: VisitReadiness | None, parts: Mapping[int, Part], places: Mapping[int, str]) -> dict[str, Any] | None:
    """{state, eta, lines}; None for a visit that is over."""
    if found is None:
        return None
    return {"state": str(found.state), "eta": found.eta, "lines": [line(one, parts, places) for one in found.lines]}


def line(found: Line, parts: Mapping[int, Part], places: Mapping[int, str]) -> dict[str, Any]:
    """One part of a visit and where it is."""
    part = parts[found.part_id]
    return {
        "part_id": part.id,
        "sku": part.sku,
        "name": part.name,
        "names": part.names,
        "quantity": found.quantity,
        "state": str(found.state),
        "places": [{"id": place_id, "name": places[place_id]} for place_id in found.place_ids if place_id in places],
        "eta": found.eta,
        "missing": found.missing,
        "serial_tracked": part.serial_tracked,
        "instead_of": parts[found.instead_of].name if found.instead_of is not None else None,
        "instead_of_names": parts[found.instead_of].names if found.instead_of is not None else {},
    }


def place_names(place_ids: Collection[int]) -> dict[int, str]:
    """Names by id."""
    query = select(Place.id, Place.name).where(Place.id.in_(list(place_ids)))
    return dict(db.session.execute(query).tuples().all())


def technician_lines(people: Sequence[Person], day: date, visits: Sequence[Visit]) -> dict[int, dict[str, Any]]:
    """Each technician's day: windows of work, state by what they reported (on_site, on_the_way, free), how many visits are left."""
    zones = {person.branch.time_zone for person in people}
    ranges = {zone: queries.day_range(day, zone) for zone in zones}
    windows: dict[int, list[Any]] = {}
    for zone in zones:
        ids = [person.id for person in people if person.branch.time_zone == zone]
        windows |= staff.shift_windows_of(ids, *ranges[zone])
    vans = stock.vans_of([person.id for person in people])
    names = place_names(vans.values())
    mine: dict[int, list[Visit]] = {}
    for visit in visits:
        for person in queries.crew_of(visit):
            mine.setdefault(person.id, []).append(visit)
    return {
        person.id: {
            "id": person.id,
            "name": person.name,
            "phone": person.phone,
            "branch_id": person.branch_id,
            "branch": person.branch.name,
            "time_zone": person.branch.time_zone,
            "skills": [
                {"id": one.skill_id, "name": one.skill.name, "level": one.level}
                for one in sorted(person.skills, key=lambda one: one.skill.name)
            ],
            "shifts": [{"start": window.start, "end": window.end} for window in windows.get(person.id, [])],
            "van": names.get(vans.get(person.id, 0)),
            "state": _state(mine.get(person.id, [])),
            "open_visits": sum(visit.status in OPEN for visit in mine.get(person.id, [])),
        }
        for person in people
    }


def _state(visits: Iterable[Visit]) -> str:
    statuses = {visit.status for visit in visits}
    return next((status for status in ("on_site", "on_the_way") if status in statuses), "free")


def ticket_lines(tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Tickets that wait for a visit; `job_type`: what is to be done, None where nobody said so yet."""
    work = work_of(tickets)
    return [
        {
            "id": ticket.id,
            "number": ticket.number,
            "subject": ticket.subject,
            "status": ticket.status,
            "kind": ticket.kind,
            "branch_id": ticket.queue.branch_id,
            "job_type": _work(work[ticket.id]) if ticket.id in work else None,
            "wait_reason": ticket.wait_reason,
            "priority": ticket.priority,
            "due_at": ticket.due_at,
            "created_at": ticket.created_at,
            "customer": ticket.customer.name if ticket.customer is not None else None,
            "address": ticket.site.address if ticket.site is not None else None,
            "latitude": ticket.site.latitude if ticket.site is not None else None,
            "longitude": ticket.site.longitude if ticket.site is not None else None,
            "equipment": ticket.equipment.label if ticket.equipment is not None else None,
            "equipment_kind": ticket.equipment.kind if ticket.equipment is not None else None,
            "version": ticket.version,
        }
        for ticket in tickets
    ]


def field_visits(visits: Sequence[Visit], person: Person) -> list[dict[str, Any]]:
    """Visits as their technician sees them: everything needed at the door, also without a network."""
    lines = visit_lines(visits)
    words = first_words([visit.ticket_id for visit in visits])
    paid = charges(visits)
    alternates = stock.alternates_of({line.part_id for visit in visits for line in visit.job_type.kit})
    kits = {visit.id: {kit.part_id for kit in visit.job_type.kit} for visit in visits}
    vans = _on_vans(visits, person)
    return [
        {
            **line,
            **_at_the_door(visit, words.get(visit.ticket_id, "")),
            "charge": paid[visit.id],
            "alternates": [
                {"part_id": other, "instead_of": kit.part.name, "instead_of_names": kit.part.names}
                for kit in visit.job_type.kit
                for other in alternates.get(kit.part_id, ())
                if other not in kits[visit.id]
            ],
            **vans[visit.id],
        }
        for line, visit in zip(lines, visits, strict=True)
    ]


def _on_vans(visits: Sequence[Visit], person: Person) -> dict[int, dict[str, Any]]:
    """By visit what is promised to it on its crew's vans (`on_vans`), and of that what is not on this person's own (`brought`, as in `van_parts`)."""
    held = stock.held_of([visit.id for visit in visits if visit.status in OPEN])
    crews = {visit.id: {one.id for one in queries.crew_of(visit)} for visit in visits}
    vans = stock.vans_of({person.id}.union(*crews.values()))
    there: dict[int, list[tuple[int, int, int]]] = {visit.id: [] for visit in visits}  # part, place, quantity
    for visit_id, rows in held.items():
        theirs = {vans[one] for one in crews[visit_id] if one in vans}
        there[visit_id] = [(one.part_id, one.place_id, one.quantity) for one in rows if one.place_id is not None and one.place_id in theirs]
    brought = {visit_id: [one for one in lines if one[1] != vans.get(person.id)] for visit_id, lines in there.items()}
    parts = stock.part_names({part_id for lines in brought.values() for part_id, _place_id, _quantity in lines})
    tracked = {place_id for lines in brought.values() for part_id, place_id, _quantity in lines if parts[part_id].serial_tracked}
    pieces = {place_id: stock.serials_at(place_id) for place_id in tracked}
    found: dict[int, dict[str, Any]] = {}
    for visit_id, lines in brought.items():
        counts, places = _sums(lines), {(part_id, place_id) for part_id, place_id, _quantity in lines}
        found[visit_id] = {
            "on_vans": [{"part_id": part_id, "quantity": count} for part_id, count in _sums(there[visit_id]).items()],
            "brought": [
                _van_part(
                    parts[part_id],
                    count,
                    count,
                    serials=[one for part, place in sorted(places) if part == part_id for one in pieces.get(place, {}).get(part_id, [])],
                )
                for part_id, count in counts.items()
            ],
        }
    return found


def _sums(lines: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Part → how many of (part, place, quantity), by part."""
    found: dict[int, int] = {}
    for part_id, _place_id, quantity in sorted(lines):
        found[part_id] = found.get(part_id, 0) + quantity
    return found


def _at_the_door(visit: Visit, words: str) -> dict[str, Any]:
    ticket = visit.ticket
    return {
        "problem": words,
        "phone": _phone(ticket),
        "equipment": _equipment(ticket.equipment),
        "checklist": list(visit.job_type.checklist),
        "checked": visit.checklist,
        "used": _used(visit),
        "kind": ticket.kind,
    }


def _used(visit: Visit) -> list[dict[str, Any]]:
    """Parts that were used, tracked ones with their numbers."""
    tracked = [one.move_id for one in visit.usages if one.part.serial_tracked]
    pieces = stock.serials_of_moves(tracked) if tracked else {}
    return [
        {
            "part_id": one.part_id,
            "sku": one.part.sku,
            "name": one.part.name,
            "names": one.part.names,
            "quantity": one.quantity,
            "serials": pieces.get(one.move_id, []),
            "instead_of": one.instead_of.name if one.instead_of is not None else None,
            "instead_of_names": one.instead_of.names if one.instead_of is not None else {},
        }
        for one in visit.usages
    ]


def _phone(ticket: Ticket) -> str | None:
    """Whom to ring at the door: who reported it, else the customer."""
    customer: Customer | None = ticket.customer
    known = [point.value for point in customer.contact_points if point.kind == "phone"] if customer is not None else []
    return ticket.contact_phone or (known[0] if known else None)


def _equipment(found: Equipment | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "label": found.label,
        "serial": found.serial,
        "installed_on": found.installed_on,
        "warranty_until": found.warranty_until,
        "notes": found.notes,
    }


def first_words(ticket_ids: Collection[int]) -> dict[int, str]:
    """What the customer first said, by ticket."""
    query = (
        select(Entry.ticket_id, Entry.new_text, Entry.text)
        .where(Entry.ticket_id.in_(list(ticket_ids)), Entry.kind.in_(("message_in", "call")), Entry.text != "")
        .distinct(Entry.ticket_id)
        .order_by(Entry.ticket_id, Entry.id)
    )
    return {ticket_id: (new_text or text)[:_FIRST_WORDS] for ticket_id, new_text, text in db.session.execute(query)}


def van_parts(van: Place) -> list[dict[str, Any]]:
    """What is on a technician's van, by name; of tracked parts which pieces. `old`: pieces to be handed in for their deposit."""
    old = {part.id: (part, count) for part, count in stock.cores_on(van.id)}
    found = stock.van_stock(van.id)
    there = {part.id for part, _on_hand, _reserved in found}
    found = sorted(
        [*found, *((part, 0, 0) for part, _count in old.values() if part.id not in there)], key=lambda one: (one[0].name, one[0].id)
    )
    pieces = stock.serials_at(van.id) if any(part.serial_tracked for part, _on_hand, _reserved in found) else {}
    return [
        _van_part(part, on_hand, reserved, old=old[part.id][1] if part.id in old else 0, serials=pieces.get(part.id, []))
        for part, on_hand, reserved in found
    ]


def _van_part(part: Part, on_hand: int, reserved: int, *, old: int = 0, serials: Sequence[str]) -> dict[str, Any]:
    return {
        "part_id": part.id,
        "sku": part.sku,
        "name": part.name,
        "names": part.names,
        "unit": part.unit,
        "on_hand": on_hand,
        "reserved": reserved,
        "serial_tracked": part.serial_tracked,
        "core": part.core_value is not None,
        "old": old,
        "serials": serials,
    }


def job_type(row: JobType) -> dict[str, Any]:
    """A kind of job with all it asks for."""
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "minutes": row.minutes,
        "crew": row.crew,
        "active": row.active,
        "skills": [{"id": one.skill_id, "key": one.skill.key, "name": one.skill.name, "level": one.level} for one in row.skills],
        "kit": [{"part_id": one.part_id, "sku": one.part.sku, "name": title(one.part), "quantity": one.quantity} for one in row.kit],
        "checklist": [one["text"] for one in row.checklist],
        "equipment_kinds": row.equipment_kinds,
        "price": row.price,
        "price_per_hour": row.price_per_hour,
        "price_currency": row.price_currency,
    }


def learned(found: Durations) -> dict[str, Any]:
    """What finished visits say about a kind of job; `visits` 0: nothing yet."""
    return {"learned": {"minutes": minutes(found.everybody.seconds), "visits": found.everybody.visits}}


def durations(row: JobType, found: Durations, names: Mapping[int, str]) -> dict[str, Any]:
    """The same by technician, by name."""
    people = [
        {"person_id": person_id, "name": names.get(person_id, ""), "minutes": minutes(one.seconds), "visits": one.visits}
        for person_id, one in found.people.items()
    ]
    return {"planned_minutes": row.minutes, **learned(found), "people": sorted(people, key=lambda one: str(one["name"]))}


def found(result: Found, kind: JobType) -> dict[str, Any]:
    """Suggestions with their reasons in the reader's words."""
    ids = {part for one in result.suggestions for line in one.readiness.lines for part in (line.part_id, line.asked)}
    parts = stock.part_names(ids)
    places = place_names({place for one in result.suggestions for line in one.readiness.lines for place in line.place_ids})
    return {
        "job_type": job_type(kind),
        "suggestions": [suggestion(one, parts, places) for one in result.suggestions],
        "obstacles": [reason(one) for one in result.obstacles],
    }


def suggestion(one: Suggestion, parts: Mapping[int, Part], places: Mapping[int, str]) -> dict[str, Any]:
    """One suggestion; what booking it needs is in it."""
    return {
        "person_id": one.person_id,
        "technician": one.technician,
        "helpers": [
            {"person_id": helper.person_id, "name": helper.name, "travel_seconds": helper.travel_seconds} for helper in one.helpers
        ],
        "start": one.start,
        "end": one.end,
        "arrival": one.arrival,
        "promised_from": one.promised_from,
        "promised_until": one.promised_until,
        "travel_minutes": one.travel_minutes,
        "travel_seconds": one.travel_seconds,
        "extra_seconds": one.extra_seconds,
        "shifted_seconds": one.shifted_seconds,
        "expected_seconds": one.expected_seconds,
        "readiness": readiness(one.readiness, parts, places),
        "sla_holds": one.sla_holds,
        "spare_seconds": one.spare_seconds,
        "reasons": [reason(why) for why in one.reasons],
    }


def trial(one: Trial) -> dict[str, Any]:
    """What a move would do, or the rule in its way."""
    refusal = one.refusal
    return {
        "possible": refusal is None,
        "code": refusal.code if refusal is not None else "",
        "message": str(refusal.message) if refusal is not None else "",
        "overridable": refusal is not None and refusal.code in OVERRIDABLE,
        "visit": one.line,
        "shifted": [
            {"number": number, "customer": customer, "start_before": before, "start": start}
            for number, customer, before, start in one.shifted
        ],
    }


def reason(one: Reason) -> dict[str, Any]:
    """A sentence with its code."""
    return {"code": one.code, "text": str(one.text), "good": one.good, "data": dict(one.data)}

"""The work behind a report: parts used and fetched, the checklist, the end of a visit. Callers hold the visit's locks."""

from __future__ import annotations

import uuid as uuids
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flask_babel import lazy_gettext as _

from core.db import db
from core.errors import DomainError, NotValid
from dispatch.materials import ledger, locking
from dispatch.materials import queries as stock
from dispatch.materials.models import Place, Usage
from dispatch.materials.services import cores, move_stock, release, use
from dispatch.materials.services.moves import derived
from dispatch.visits import placing, queries, rules
from dispatch.visits.models import Visit
from dispatch.visits.rules import Action
from dispatch.visits.services import telling
from staff.models import Person
from tickets import services as tickets

LONGEST_TEXT = 10_000
MOST_LINES = 200


class Told(Protocol):
    """What of a report is needed here."""

    @property
    def uuid(self) -> uuids.UUID: ...
    @property
    def action(self) -> Action: ...
    @property
    def happened_at(self) -> datetime: ...
    @property
    def now(self) -> datetime: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


def lines(given: Any, *, field: str) -> dict[int, int]:
    """[{part_id, quantity}] as part → quantity; the same part twice is added up. Raises NotValid."""
    if given is None:
        return {}
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_LINES:
        raise NotValid(_("This is no list of parts."), field=field)
    found: dict[int, int] = {}
    for line in given:
        if not isinstance(line, Mapping) or isinstance(line.get("part_id"), bool) or not isinstance(line.get("part_id"), int):
            raise NotValid(_("This is no list of parts."), field=field)
        part = ledger.known_part(line["part_id"])
        quantity = ledger.checked_quantity(line.get("quantity"), field=field)
        found[part.id] = ledger.checked_quantity(found.get(part.id, 0) + quantity, field=field)
    return found


def numbers(given: Any, *, field: str) -> dict[int, list[str]]:
    """Part → serial numbers named in the lines that `lines` reads. Raises NotValid."""
    found: dict[int, list[str]] = {}
    for line in given or ():
        named = line.get("serials") or []
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise NotValid(_("This is no list of serial numbers."), field=field)
        found.setdefault(line["part_id"], []).extend(named)
    return found


def needed(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a visit cannot go on without, for the timeline: [{sku, name, quantity}]."""
    wanted = lines(data.get("parts"), field="parts")
    parts = stock.part_names(wanted)
    return [{"sku": parts[part_id].sku, "name": parts[part_id].name, "quantity": quantity} for part_id, quantity in wanted.items()]


def finish(visit: Visit, person: Person, action: Action, report: Told) -> list[Usage]:
    """The visit's end: parts used, what was promised and not used is free again, checklist and result kept, the rest of everybody's time free. What
    of old pieces has to come back is asked of the caller (`old_pieces`)."""
    wanted = lines(report.data.get("used"), field="used")
    sources = _sources(visit, person, wanted, numbers(report.data.get("used"), field="used"))
    # Everything that using and releasing touch, locked at once and in order.
    home = _van_of(visit, person)
    old = cores.keys(stock.part_names(wanted).values(), home) if home is not None else []
    locking.lock_held_stock(visit.id, also=[(part_id, one.van.id) for one in sources for part_id in one.lines] + old)
    instead = _replaced(visit, wanted)
    used = [usage for one in sources for usage in _use(visit, person, report, one, instead)]
    release(visit_id=visit.id, now=report.now, actor_id=report.actor_id)
    target = rules.target(visit.status, action)
    if target is None:
        raise DomainError(_("This visit is %(status)s.", status=rules.status_word(visit.status)), code="move")
    visit.status, visit.ended_at = str(target), report.happened_at
    visit.result = _text(report.data)
    visit.checklist = _checklist(visit, report.data.get("checklist"))
    for assignment in queries.assignments_of(visit.id):
        placing.shorten(assignment, report.happened_at)
    db.session.flush()
    return used


@dataclass(frozen=True, slots=True)
class _Source:
    """What was used from one van: part → quantity, and the numbers of those pieces."""

    van: Place
    lines: dict[int, int] = field(default_factory=dict)
    serials: dict[int, list[str]] = field(default_factory=dict)

    def add(self, part_id: int, quantity: int, pieces: Iterable[str] = ()) -> None:
        self.lines[part_id] = self.lines.get(part_id, 0) + quantity
        if named := [*pieces]:
            self.serials.setdefault(part_id, []).extend(named)


def _sources(visit: Visit, person: Person, wanted: Mapping[int, int], named: Mapping[int, Sequence[str]]) -> list[_Source]:
    """From which vans the parts that were used come: a piece whose number is told from the van of the crew where it is; what is promised to the visit
    on vans of the crew from there; the rest from the van of who reports, or if it has not so many from where others of it were. Raises NotValid where
    that is none."""
    own = stock.van_of(person.id)
    others = [van for one in queries.crew_of(visit) if one.id != person.id and (van := stock.van_of(one.id)) is not None]
    vans = [own, *others] if own is not None else others
    found = {van.id: _Source(van) for van in vans}
    promised: Counter[tuple[int, int | None]] = Counter()
    for line in stock.held_of([visit.id]).get(visit.id, []) if others else []:
        promised[line.part_id, line.place_id] += line.quantity
    numbered = {van.id: stock.serials_at(van.id) for van in vans} if others and any(named.values()) else {}
    free = stock.free_of(wanted) if others else {}
    for part_id, quantity in wanted.items():
        left, pieces = quantity, [one.strip() for one in named.get(part_id, ())]
        if len(pieces) == quantity:
            for van_id, there in numbered.items():
                mine = [one for one in pieces if one in there.get(part_id, ())]
                if mine:
                    found[van_id].add(part_id, len(mine), mine)
                    left, pieces = left - len(mine), [one for one in pieces if one not in mine]
        elif not pieces:
            for van in vans if others else ():
                if (count := min(promised[part_id, van.id], left)) > 0:
                    found[van.id].add(part_id, count)
                    left -= count
        if left:
            enough = (van for van in others if promised[part_id, van.id] and free.get((part_id, van.id), 0) >= left)
            rest = own if own is not None and free.get((part_id, own.id), 0) >= left else next(enough, own)
            if rest is None:
                raise NotValid(_("%(name)s has no van that parts could come from.", name=person.name), field="used")
            found[rest.id].add(part_id, left, pieces)
    return [one for _place_id, one in sorted(found.items()) if one.lines]


def _use(visit: Visit, person: Person, report: Told, source: _Source, instead: Mapping[int, int]) -> list[Usage]:
    own = stock.van_of(person.id)
    return use(
        uuid=report.uuid if own is not None and own.id == source.van.id else derived(report.uuid, f"van:{source.van.id}"),
        visit_id=visit.id,
        place_id=source.van.id,
        lines=source.lines,
        now=report.now,
        happened_at=report.happened_at,
        actor_id=report.actor_id,
        serials=source.serials,
        instead_of={part_id: other for part_id, other in instead.items() if part_id in source.lines},
    )


def _replaced(visit: Visit, used: Mapping[int, int]) -> dict[int, int]:
    """Used part → the part of the kit in whose place it was used: one that was not used itself, or not as many as the kit says."""
    kit = {line.part_id: line.quantity for line in visit.job_type.kit}
    found: dict[int, int] = {}
    for part_id, others in stock.alternates_of([part_id for part_id, quantity in kit.items() if used.get(part_id, 0) < quantity]).items():
        for other in others:
            if other in used and other not in kit:
                found.setdefault(other, part_id)
    return found


def _van_of(visit: Visit, person: Person) -> Place | None:
    """Where what is taken along lies: on the van of who reports, else of another of the crew."""
    vans = (stock.van_of(one.id) for one in (person, *queries.crew_of(visit)))
    return next((van for van in vans if van is not None), None)


def old_pieces(visit: Visit, person: Person, report: Told, used: Sequence[Usage]) -> list[dict[str, Any]]:
    """Old pieces that have to come back for their deposit, for the timeline: [{sku, name, quantity (taken along), left, why}]."""
    van = _van_of(visit, person)
    if van is None or not used:
        return []
    found = cores.collect(
        uuid=report.uuid,
        usages=used,
        van=van,
        told=_told_cores(report.data.get("cores")),
        now=report.now,
        happened_at=report.happened_at,
        actor_id=report.actor_id,
    )
    return [{"sku": part.sku, "name": part.name, "quantity": taken, "left": left, "why": why} for part, taken, left, why in found]


def _told_cores(given: Any) -> dict[int, cores.Told]:
    """[{part_id, quantity, why}] of the report: so many old ones were taken along. Raises NotValid."""
    if given is None:
        return {}
    if not isinstance(given, list) or len(given) > MOST_LINES or not all(isinstance(line, Mapping) for line in given):
        raise NotValid(_("This is no list of parts."), field="cores")
    found = {}
    for line in given:
        part_id, quantity, why = line.get("part_id"), line.get("quantity"), line.get("why") or ""
        if not _whole(part_id) or not _whole(quantity) or not isinstance(why, str) or "\0" in why:
            raise NotValid(_("This is no list of parts."), field="cores")
        found[part_id] = cores.Told(quantity, why)
    return found


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(data: Mapping[str, Any]) -> str:
    found = data.get("result")
    if found is not None and not isinstance(found, str):
        raise NotValid(_("The result is a text."), field="result")
    return (found or "").replace("\0", "").strip()[:LONGEST_TEXT]


def _checklist(visit: Visit, given: Any) -> dict[str, Any]:
    """{key: {text, done}} of the job type's list as it is now: what was ticked keeps its wording when the list changes later."""
    ticked = given if isinstance(given, Mapping) else {}
    return {line["key"]: {"text": line["text"], "done": ticked.get(line["key"]) is True} for line in visit.job_type.checklist}


def tells_more(visit: Visit, data: Mapping[str, Any]) -> bool:
    """Whether a repeated ending names other parts than those that were used: then it is not the same report. Of a crew each says when they are
    done, one of them with what."""
    told = lines(data.get("used"), field="used")
    if not told and not data.get("cores") and len(queries.crew_of(visit)) > 1:
        return False
    used: dict[int, int] = {}
    for usage in visit.usages:
        used[usage.part_id] = used.get(usage.part_id, 0) + usage.quantity
    return told != used


def tell_words(visit: Visit, person: Person, report: Told) -> bool:
    """What another of a crew wrote about an end that stands already is kept in the timeline; whether there was anything."""
    words = _text(report.data)
    if not words or words == visit.result or len(queries.crew_of(visit)) == 1:
        return False
    telling.entry(
        visit,
        visit.status,
        now=report.now,
        actor_id=report.actor_id,
        text=words,
        happened_at=report.happened_at,
        technician=person.name,
        used=[],
        checklist=[],
        needs=[],
        cores=[],
    )
    return True


def tell_end(
    visit: Visit,
    report: Told,
    used: Iterable[Usage],
    *,
    needs: Sequence[Mapping[str, Any]] = (),
    old: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The line of the timeline: what was done, with what, and what the technician wrote."""
    used = list(used)
    parts = stock.part_names([usage.part_id for usage in used])
    pieces = stock.serials_of_moves([usage.move_id for usage in used])
    telling.entry(
        visit,
        visit.status,
        now=report.now,
        actor_id=report.actor_id,
        text=visit.result,
        happened_at=report.happened_at,
        used=[
            {
                "sku": parts[usage.part_id].sku,
                "name": parts[usage.part_id].name,
                "quantity": usage.quantity,
                **({"serials": pieces[usage.move_id]} if usage.move_id in pieces else {}),
                **({"instead_of": usage.instead_of.name} if usage.instead_of is not None else {}),
            }
            for usage in used
        ],
        checklist=list(visit.checklist.values()),
        needs=list(needs),
        cores=list(old),
    )


def settle_done(visit: Visit, report: Told) -> None:
    """`solved`: the ticket is resolved, unless something else of it is open; otherwise a colleague looks at it again."""
    if report.data.get("solved") is True and not queries.open_visits(visit.ticket_id, without=visit.id):
        try:
            with db.session.begin_nested():
                tickets.resolve(ticket_id=visit.ticket_id, now=report.now, actor_id=report.actor_id, why=f"visit {visit.number}")
        except DomainError:
            db.session.refresh(visit)
        else:
            return
    telling.settle_ticket(visit, "open", now=report.now, actor_id=report.actor_id, why=f"visit {visit.number}")


def pick_up(visit: Visit, person: Person, report: Told) -> list[dict[str, Any]]:
    """Parts for the visit go from where they are to the technician's van and stay promised; [{sku, name, quantity, place}]."""
    van = stock.van_of(person.id)
    if van is None:
        raise NotValid(_("%(name)s has no van to put parts on.", name=person.name), field="parts")
    given = report.data.get("parts")
    wanted = lines(given, field="parts")
    if not wanted:
        raise NotValid(_("Say which parts."), field="parts")
    numbers(given, field="parts")
    taken = []
    fetched = sorted(given or (), key=lambda one: (one["part_id"], one.get("place_id") or 0))
    places = {line.get("place_id") for line in fetched if isinstance(line.get("place_id"), int)} | {van.id}
    locking.lock_balances((part_id, place_id) for part_id in wanted for place_id in _ours(places))
    for position, line in enumerate(fetched):
        place = db.session.get(Place, line["place_id"]) if isinstance(line.get("place_id"), int) else None
        if place is None or not ledger.holds(place):
            raise NotValid(_("There is no such place."), field="parts")
        move_stock(
            uuid=derived(report.uuid, f"pick:{position}"),
            part_id=line["part_id"],
            from_place_id=place.id,
            to_place_id=van.id,
            quantity=line["quantity"],
            now=report.now,
            happened_at=report.happened_at,
            actor_id=report.actor_id,
            visit_id=visit.id,
            serials=line.get("serials") or (),
        )
        part = ledger.known_part(line["part_id"])
        taken.append({"sku": part.sku, "name": part.name, "quantity": line["quantity"], "place": place.name})
    return taken


def _ours(place_ids: Iterable[Any]) -> list[int]:
    """Those of the places where we count what is there."""
    found = [db.session.get(Place, place_id) for place_id in place_ids]
    return [place.id for place in found if place is not None and ledger.holds(place)]

"""Plans as data for pages and the API, with the explanation of each row in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.rules import DECIDABLE, LEFT, UNDECIDED, UNDER_WAY, Status
from dispatch.visits import why
from dispatch.visits.models import JobType
from dispatch.visits.why import span

Facts = Mapping[str, Any]


def plan_line(plan: Plan) -> dict[str, Any]:
    """A plan in lists and on the live channel: codes, ids, times, figures."""
    return {
        "id": plan.id,
        "kind": plan.kind,
        "branch_id": plan.branch_id,
        "branch": plan.branch.name,
        "time_zone": plan.branch.time_zone,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "seconds": plan.seconds,
        "status": plan.status,
        "progress": plan.progress,
        "problem": plan.problem,
        "before": plan.before or None,
        "after": plan.after or None,
        "created_at": plan.created_at,
        "created_by": plan.created_by.name if plan.created_by is not None else None,
        "finished_at": plan.finished_at,
        "decided_at": plan.decided_at,
        "decided_by": plan.decided_by.name if plan.decided_by is not None else None,
        "under_way": plan.status in UNDER_WAY,
        "accepting": plan.status == Status.ACCEPTING,
        "decidable": plan.status in DECIDABLE,
    }


def plan(found: Plan, rows: Sequence[PlanRow], *, names: Mapping[int, str], places: Mapping[int, str]) -> dict[str, Any]:
    """A plan with its difference. `names`: of technicians, `places`: of warehouses."""
    technicians = sum(one.get("technicians", 0) for one in found.found)
    shown = [row_line(row, names, places) for row in rows]
    return {**plan_line(found), "technicians": technicians, "incomplete": any(one.get("partial") for one in found.found), "rows": shown}


def person_ids(rows: Sequence[PlanRow]) -> set[int]:
    """People that the rows speak of beside the technicians they name."""
    helpers = {one for row in rows for one in (*row.from_helper_ids, *row.to_helper_ids)}
    return helpers | {row.facts[name] for row in rows for name in ("by", "missing") if row.facts.get(name)}


def place_ids(rows: Sequence[PlanRow]) -> set[int]:
    """Warehouses that the rows speak of."""
    return {place for row in rows for place in row.facts.get("fetch", ())}


def row_line(row: PlanRow, names: Mapping[int, str], places: Mapping[int, str]) -> dict[str, Any]:
    """One difference."""
    ticket, visit = row.ticket, row.visit
    site = visit.site if visit is not None else ticket.site
    return {
        "id": row.id,
        "kind": row.kind,
        "day": row.day,
        "ticket": {"number": ticket.number, "subject": ticket.subject, "priority": ticket.priority},
        "visit": visit.number if visit is not None else None,
        "customer": ticket.customer.name if ticket.customer is not None else None,
        "address": site.address if site is not None else None,
        "job_type": row.job_type.name if row.job_type is not None else None,
        "from_person_id": row.from_person_id,
        "from_technician": row.from_person.name if row.from_person is not None else None,
        "from_helpers": [names.get(one, "–") for one in row.from_helper_ids],
        "from_start": row.from_start,
        "to_person_id": row.to_person_id,
        "to_technician": row.to_person.name if row.to_person is not None else None,
        "to_helpers": [names.get(one, "–") for one in row.to_helper_ids],
        "to_helper_ids": row.to_helper_ids,
        "to_start": row.to_start,
        "to_end": row.to_end,
        "promised_from": row.promised_from or (visit.promised_from if visit is not None else None),
        "promised_until": row.promised_until or (visit.promised_until if visit is not None else None),
        "promise_changes": row.promised_from is not None,
        "explanation": explained(row, names, places),
        "state": row.state,
        "undecided": row.kind != LEFT and row.state in UNDECIDED,
        "reason": row.reason,
        "reason_code": row.reason_code,
    }


def explained(row: PlanRow, names: Mapping[int, str], places: Mapping[int, str]) -> list[str]:
    """Sentences, the most telling first."""
    if row.kind == LEFT:
        return [one for one in (_why_left(row, names), _who_is_away(row, names), _unlocated(row.facts)) if one]
    facts = row.facts
    found = [_because(row, names), *_skilled(row.job_type), _parts(facts, places), _ways(facts), _promise(row), _unlocated(facts)]
    return [one for one in found if one]


def _because(row: PlanRow, names: Mapping[int, str]) -> Any:
    name = row.from_person.name if row.from_person is not None else "–"
    match row.facts.get("because"):
        case "away":
            return _("%(name)s is not there then", name=names.get(row.facts.get("missing") or 0, name))
        case "late":
            return _("As it stands %(name)s would come %(span)s after what was promised", name=name, span=span(row.facts.get("late", 0)))
    return ""


def _skilled(job_type: JobType | None) -> list[str]:
    return [str(one.text) for one in why.skills(job_type)] if job_type is not None else []


def _parts(facts: Facts, places: Mapping[int, str]) -> Any:
    if facts.get("fetch"):
        names = ", ".join(places.get(place, "–") for place in facts["fetch"])
        return _("Fetches parts at %(places)s first", places=names)
    return _("Has all parts on the van") if facts.get("parts") == "van" else ""


def _ways(facts: Facts) -> Any:
    return _("%(way)s on the way, +%(extra)s for the day", way=span(facts.get("way", 0)), extra=span(facts.get("extra", 0)))


def _promise(row: PlanRow) -> Any:
    facts = row.facts
    if "spare" in facts:
        spare = facts["spare"]
        return (
            _("In time, %(span)s to spare", span=span(spare)) if spare >= 0 else _("After the time promised, by %(span)s", span=span(spare))
        )
    match facts.get("promise"):
        case "kept":
            return _("What was promised is kept")
        case "moved":
            return _("What was promised cannot be kept any more: tell the customer")
    return ""


def _unlocated(facts: Facts) -> Any:
    return _("The site has no coordinates: the way is a guess") if facts.get("no_coordinates") else ""


def _who_is_away(row: PlanRow, names: Mapping[int, str]) -> Any:
    """Which of a crew, where that is not said already."""
    missing = row.facts.get("missing")
    if missing is None or not row.from_helper_ids or row.facts.get("why") == "locked":
        return ""
    return _("%(name)s is not there then", name=names.get(missing, "–"))


def _why_left(row: PlanRow, names: Mapping[int, str]) -> Any:
    """Why nobody comes."""
    facts = row.facts
    skill, needed, best = facts.get("skill", ""), facts.get("needed", 0), facts.get("best", 0)
    crew = ", ".join([row.from_person.name, *(names.get(one, "–") for one in row.from_helper_ids)]) if row.from_person is not None else ""
    stays = _("Stays with %(name)s, who cannot keep it.", name=crew) if crew else ""
    match facts.get("why"):
        case "job_type":
            text = _("Nobody knows what work it is: no job type is for this equipment. Book it by hand.")
        case "locked":
            name = row.from_person.name if row.from_person is not None else "–"
            text = _("It is locked to %(name)s, who is not there then.", name=names.get(facts.get("missing") or 0, name))
            stays = ""
        case "technicians.none":
            text = _("Nobody is on shift.")
        case "skill.nobody":
            text = _("Nobody on shift has %(skill)s; level %(level)s is needed.", skill=skill, level=needed)
        case "skill.level":
            text = _(
                "Nobody on shift has %(skill)s at level %(level)s; the best is %(name)s with level %(best)s.",
                skill=skill,
                level=needed,
                best=best,
                name=names.get(facts.get("by") or 0, "–"),
            )
        case "skill.together":
            text = _("Nobody on shift has all the skills it needs together.")
        case "part.short":
            text = _(
                "%(part)s is short: %(needed)s needed, the most for one technician is %(best)s.",
                part=facts.get("part", ""),
                needed=needed,
                best=best,
            )
        case "window.shifts" | "window.ready":
            text = _("Nobody with the skills is on shift when it may begin.")
        case "crew.few":
            text = _("It takes %(needed)s technicians together; only %(has)s could come.", needed=needed, has=facts.get("has", 0))
        case "crew.time":
            text = _("No %(needed)s technicians are free for it at the same time.", needed=needed)
        case "shift.long":
            text = _("It takes longer than any shift that could take it.")
        case "room":
            text = _("No room is left: somebody could do it alone, but not beside what is planned.")
        case "alone" if facts.get("rule") == "stock":
            text = _("What it needs cannot all be on one van by then.")
        case _other:
            text = _("Nobody can be there in time, even with nothing else to do.")
    return f"{text} {stays}".strip()

"""Reasons in words: why this technician, and why nobody. `code` and `data` for programs, `text` for people in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext

from dispatch.materials.models import Part
from dispatch.materials.naming import title
from dispatch.materials.rules import LINE_WORDS, Line, LineState, VisitReadiness
from dispatch.visits.durations import Learned
from dispatch.visits.models import JobType

TIGHT = 1.15  # more than this share of the planned time speaks against it


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence. `good`: speaks for it, against it (False), or neither (None)."""

    code: str
    text: Any
    good: bool | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def minutes(seconds: float) -> int:
    """Whole minutes, rounded up."""
    return -(-int(seconds) // 60)


def span(seconds: float) -> Any:
    """ "25 min", "3 h 5 min" or "4 days"."""
    total = minutes(abs(seconds))
    if total < 60:
        return _("%(count)d min", count=total)
    if total < 48 * 60:
        return _("%(hours)d h %(minutes)d min", hours=total // 60, minutes=total % 60)
    return lazy_ngettext("%(num)d day", "%(num)d days", total // 1440)


def skills(job_type: JobType) -> list[Reason]:
    """What the technician has for it."""
    if not job_type.skills:
        return []
    names = _names(job_type)
    return [Reason("skills", _("Has %(skills)s", skills=names), True)]


def _names(job_type: JobType) -> str:
    return ", ".join(f"{line.skill.name} {line.level}" for line in sorted(job_type.skills, key=lambda line: line.skill.name))


def company(names: Sequence[str]) -> list[Reason]:
    """Who goes along."""
    return [Reason("crew", _("Together with %(names)s", names=", ".join(names)), None, {"names": list(names)})] if names else []


def ways(travel: int, extra: int, *, known: bool, fetches: Sequence[str]) -> list[Reason]:
    """The way there, and whether it is only a guess."""
    found = []
    if not known:
        found.append(Reason("no_coordinates", _("The site has no coordinates: the way is a guess"), False))
    if fetches:
        found.append(Reason("fetch", _("Fetches parts at %(places)s first", places=", ".join(fetches)), False, {"places": list(fetches)}))
    if extra < travel:
        text = _("%(travel)s on the way, %(extra)s more than without", travel=span(travel), extra=span(max(0, extra)))
    else:
        text = _("%(travel)s on the way", travel=span(travel))
    return [*found, Reason("travel", text, None, {"seconds": travel, "extra_seconds": extra})]


def giving_way(shifted: int) -> list[Reason]:
    """Whether other visits move for it; `shifted` seconds."""
    if not shifted:
        return []
    text = _("Others give way by %(span)s, within what was promised", span=span(shifted))
    return [Reason("shifted", text, None, {"shifted_seconds": shifted})]


def materials(found: VisitReadiness, parts: Mapping[int, Part]) -> list[Reason]:
    """Where each part is; in one sentence when everything is on the van."""
    if not found.lines:
        return []
    if all(line.state == LineState.ON_VAN for line in found.lines):
        replacing = [_line(line, _name(line, parts)) for line in found.lines if line.instead_of is not None]
        return [Reason("parts_on_van", _("Has all parts on the van"), True), *replacing]
    return [_line(line, _name(line, parts)) for line in found.lines]


def _name(line: Line, parts: Mapping[int, Part]) -> str:
    """The part, with the one that it replaces."""
    name = title(parts[line.part_id])
    return name if line.instead_of is None else str(_("%(part)s instead of %(other)s", part=name, other=title(parts[line.instead_of])))


def _line(line: Line, name: str) -> Reason:
    where = LINE_WORDS[line.state]
    data = {"part_id": line.part_id, "state": str(line.state), "eta": line.eta}
    return Reason("part", _("%(part)s: %(where)s", part=name, where=where), line.state == LineState.ON_VAN, data)


def experience(planned: int, expected: Learned) -> list[Reason]:
    """How long such work took so far; nothing as long as nothing was learned. `planned` in seconds."""
    if not expected.visits:
        return []
    data = {"planned_seconds": planned, "expected_seconds": expected.seconds, "visits": expected.visits}
    text = _("Takes about %(expected)s by experience, %(planned)s are planned", expected=span(expected.seconds), planned=span(planned))
    return [Reason("duration", text, None if expected.seconds <= planned * TIGHT else False, data)]


def lateness(late: int) -> list[Reason]:
    """How much later than planned somebody usually comes at this hour; `late` in minutes, nothing for a few."""
    if abs(late) < 5:
        return []
    data = {"minutes": late}
    if late < 0:
        return [Reason("usually_early", _("Usually %(count)d min earlier at this hour", count=-late), None, data)]
    return [Reason("usually_late", _("Usually %(count)d min later at this hour", count=late), None, data)]


def promise(spare: int | None) -> list[Reason]:
    """Whether the promise of the ticket's clocks is kept; `spare` seconds, negative when late, None when nothing is due."""
    if spare is None:
        return []
    if spare >= 0:
        return [Reason("in_time", _("In time, %(span)s to spare", span=span(spare)), True, {"spare_seconds": spare})]
    return [Reason("too_late", _("After the time promised, by %(span)s", span=span(spare)), False, {"spare_seconds": spare})]


def nobody_has(name: str, level: int) -> Reason:
    return Reason("skill", _("No one has %(skill)s at level %(level)d.", skill=name, level=level), False, {"skill": name, "level": level})


def nobody_has_all(job_type: JobType) -> Reason:
    names = _names(job_type)
    return Reason("skills", _("No one has all of these: %(skills)s.", skills=names), False)


def nobody_at_all() -> Reason:
    return Reason("technicians", _("There are no technicians yet."), False)


def nobody_on_shift(count: int) -> Reason:
    text = lazy_ngettext(
        "The one technician with these skills does not work in this time.",
        "None of the %(num)d technicians with these skills works in this time.",
        count,
    )
    return Reason("shift", text, False, {"count": count})


def part_short(part: Part, missing: int) -> Reason:
    text = _("%(part)s is short: %(count)d missing, none on order with a date.", part=title(part), count=missing)
    return Reason("short", text, False, {"part_id": part.id, "missing": missing})


def part_too_late(part: Part, line: Line) -> Reason:
    text = _("%(part)s comes only after this time.", part=title(part))
    return Reason("on_order", text, False, {"part_id": part.id, "eta": line.eta})


def too_few(needed: int, there_are: int) -> Reason:
    text = lazy_ngettext(
        "It takes %(needed)s technicians together; only %(num)d has all the skills.",
        "It takes %(needed)s technicians together; only %(num)d have all the skills.",
        there_are,
        needed=needed,
    )
    return Reason("crew", text, False, {"needed": needed, "count": there_are})


def never_together(needed: int, there_are: int, longest: timedelta) -> Reason:
    text = _(
        "Of the %(count)d technicians with these skills no %(needed)d have %(span)s free at the same time.",
        count=there_are,
        needed=needed,
        span=span(longest.total_seconds()),
    )
    return Reason("crew", text, False, {"needed": needed, "count": there_are})


def all_taken(count: int, longest: timedelta) -> Reason:
    text = lazy_ngettext(
        "The one technician with these skills has no %(span)s free in this time.",
        "None of the %(num)d technicians with these skills has %(span)s free in this time.",
        count,
        span=span(longest.total_seconds()),
    )
    return Reason("taken", text, False, {"count": count})

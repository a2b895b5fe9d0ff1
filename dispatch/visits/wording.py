"""What happened to a visit as one sentence for the ticket's timeline, in the language of whoever did it; the entry's data says it in codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from dispatch.visits import queries, rules
from dispatch.visits.models import Visit

Facts = Mapping[str, Any]


def sentence(visit: Visit, event: str, facts: Facts) -> str:
    """ "Visit 5001 booked: Li Wei, 2026-03-11 10:00–11:00." Times are the technician's, in a form that every language reads."""
    return str(_SENTENCES[event](visit, facts))


def by_customer(channel: rules.Channel) -> str:
    """The line for what customers did themselves; empty for the others."""
    return str(_("By the customer, on the page of the ticket.")) if channel is rules.Channel.PORTAL else ""


def _name(visit: Visit) -> str:
    return queries.names_of(visit) or "–"


def _who(visit: Visit, facts: Facts) -> str:
    """Who reported it."""
    return facts.get("technician") or _name(visit)


def _zone(visit: Visit) -> ZoneInfo:
    person = queries.technician_of(visit)
    return ZoneInfo(person.branch.time_zone if person is not None else visit.ticket.queue.branch.time_zone)


def _when(visit: Visit) -> str:
    zone = _zone(visit)
    return f"{visit.planned_start.astimezone(zone):%Y-%m-%d %H:%M}–{visit.planned_end.astimezone(zone):%H:%M}"


def _clock(visit: Visit, at: datetime) -> str:
    return f"{at.astimezone(_zone(visit)):%H:%M}"


def _booked(visit: Visit, facts: Facts) -> Any:
    return _(
        "Visit %(number)s booked: %(name)s, %(when)s. Promised: %(since)s–%(until)s.",
        number=visit.number,
        name=_name(visit),
        when=_when(visit),
        since=_clock(visit, visit.promised_from),
        until=_clock(visit, visit.promised_until),
    )


def _moved(visit: Visit, facts: Facts) -> Any:
    return _("Visit %(number)s moved: %(name)s, %(when)s.", number=visit.number, name=_name(visit), when=_when(visit))


def _promised(visit: Visit, facts: Facts) -> Any:
    return _(
        "Visit %(number)s is late. Promised now: %(since)s–%(until)s.",
        number=visit.number,
        since=_clock(visit, visit.promised_from),
        until=_clock(visit, visit.promised_until),
    )


def _told(visit: Visit, facts: Facts) -> Any:
    if facts.get("kind") == "away":
        return _("Somebody is away; the customer of visit %(number)s was told by telephone.", number=visit.number)
    return _("Visit %(number)s is late; the customer was told by telephone.", number=visit.number)


def _locked(visit: Visit, facts: Facts) -> Any:
    words = {
        rules.Lock.NONE: _("Visit %(number)s may be moved by planning again.", number=visit.number),
        rules.Lock.TECHNICIAN: _("Visit %(number)s stays with %(name)s.", number=visit.number, name=_name(visit)),
        rules.Lock.TIME: _("Visit %(number)s stays with %(name)s at %(when)s.", number=visit.number, name=_name(visit), when=_when(visit)),
    }
    return words[rules.Lock(facts["lock"])]


def _cancelled(visit: Visit, facts: Facts) -> Any:
    return _("Visit %(number)s called off.", number=visit.number)


def _on_the_way(visit: Visit, facts: Facts) -> Any:
    return _("%(name)s is on the way (visit %(number)s).", name=_who(visit, facts), number=visit.number)


def _on_site(visit: Visit, facts: Facts) -> Any:
    return _("%(name)s has arrived (visit %(number)s).", name=_who(visit, facts), number=visit.number)


def _done(visit: Visit, facts: Facts) -> Any:
    if facts.get("used"):
        return _("Visit %(number)s done. Used: %(parts)s.", number=visit.number, parts=_parts(facts["used"]))
    return _("Visit %(number)s done.", number=visit.number)


def _needs_part(visit: Visit, facts: Facts) -> Any:
    if facts.get("needs"):
        return _("Visit %(number)s cannot go on without a part: %(parts)s.", number=visit.number, parts=_parts(facts["needs"]))
    return _("Visit %(number)s cannot go on without a part.", number=visit.number)


def _no_access(visit: Visit, facts: Facts) -> Any:
    return _("Visit %(number)s: no access.", number=visit.number)


def _fetched(visit: Visit, facts: Facts) -> Any:
    return _("%(name)s fetched %(parts)s for visit %(number)s.", name=_who(visit, facts), parts=_parts(facts["parts"]), number=visit.number)


def _contradiction(visit: Visit, facts: Facts) -> Any:
    return _(
        "%(name)s reported “%(report)s” for visit %(number)s, but it is %(status)s.",
        name=facts["reported_by"],
        report=str(REPORT_WORDS.get(facts["reported"], facts["reported"])),
        number=visit.number,
        status=str(rules.status_word(visit.status)),
    )


def _parts(lines: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{line['quantity']} × {line['name']}{_pieces(line)}" for line in lines)


def _pieces(line: Mapping[str, Any]) -> str:
    return f" ({', '.join(line['serials'])})" if line.get("serials") else ""


REPORT_WORDS: dict[str, Any] = {
    "on_my_way": rules.STATUS_WORDS[rules.Status.ON_THE_WAY],
    "arrived": rules.STATUS_WORDS[rules.Status.ON_SITE],
    "done": rules.STATUS_WORDS[rules.Status.DONE],
    "needs_part": rules.STATUS_WORDS[rules.Status.NEEDS_PART],
    "no_access": rules.STATUS_WORDS[rules.Status.NO_ACCESS],
}
_SENTENCES: dict[str, Callable[[Visit, Facts], Any]] = {
    "booked": _booked,
    "moved": _moved,
    "promised": _promised,
    "told": _told,
    "locked": _locked,
    "cancelled": _cancelled,
    "on_the_way": _on_the_way,
    "on_site": _on_site,
    "done": _done,
    "needs_part": _needs_part,
    "no_access": _no_access,
    "parts": _fetched,
    "contradiction": _contradiction,
}

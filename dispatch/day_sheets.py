"""A day on paper: what each technician needs in hand who has no telephone with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask_babel import get_locale
from flask_babel import gettext as _

from core.i18n import current_language
from core.phones import format_phone
from dispatch import presenters
from dispatch.materials.rules import LINE_WORDS, LineState
from dispatch.visits import queries
from dispatch.visits.models import Visit
from dispatch.visits.rules import Status, status_word
from staff.models import Person

NARROWED_BY = ("branch", "technician", "skill")
# What was called off, not taken, or is only held for a caller is no stop.
_NO_STOPS = (Status.CANCELLED, Status.LAPSED, Status.PROPOSED)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One technician's day. `shifts`: (start, end); `stops`: as the technician's page shows them, soonest first; `take`: parts of what is still to be
    done, those to be fetched first."""

    person: Person
    van: str | None
    shifts: tuple[tuple[datetime, datetime], ...]
    stops: tuple[dict[str, Any], ...]
    take: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """So many of a part, and where they are."""

    part_id: int
    sku: str
    name: str
    quantity: int
    state: str
    places: tuple[str, ...]
    eta: date | None
    stops: tuple[int, ...]

    @property
    def where(self) -> str:
        """In the reader's words: "in the warehouse: Central"."""
        return ": ".join(filter(None, (str(LINE_WORDS[self.state]), ", ".join(self.places) if self.state != LineState.ON_VAN else "")))


def sheets(day: date, *, branch: Collection[int] = (), technician: Collection[int] = (), skill: Collection[int] = ()) -> list[Sheet]:
    """Of those who have a visit on the day, by name; narrowed to branches, people, and who has one of the skills. Reads only."""
    mine: dict[int, list[Visit]] = {}
    people: dict[int, Person] = {}
    visits = [visit for visit in queries.visits_of_day(day) if visit.status not in _NO_STOPS]
    for visit in visits:
        for person in queries.crew_of(visit):
            if _wanted(person, branch, technician, skill):
                people[person.id] = person
                mine.setdefault(person.id, []).append(visit)
    found = sorted(people.values(), key=lambda person: (person.name, person.id))
    lines = presenters.technician_lines(found, day, visits) if found else {}
    return [_sheet(person, lines[person.id], presenters.field_visits(mine[person.id], person)) for person in found]


def _wanted(person: Person, branch: Collection[int], technician: Collection[int], skill: Collection[int]) -> bool:
    return (
        (not branch or person.branch_id in branch)
        and (not technician or person.id in technician)
        and (not skill or any(one.skill_id in skill for one in person.skills))
    )


def _sheet(person: Person, line: dict[str, Any], stops: list[dict[str, Any]]) -> Sheet:
    shifts = tuple((one["start"], one["end"]) for one in line["shifts"])
    stops = [_of(stop, person.id) for stop in stops]
    return Sheet(person, line["van"], shifts, tuple(stops), tuple(to_take(stops, person.id)))


def _of(stop: dict[str, Any], person_id: int) -> dict[str, Any]:
    """As one of a crew has it: `way` seconds of theirs, and who comes `with` them."""
    crew = [{"person_id": stop["person_id"], "name": stop["technician"], "travel_seconds": stop["travel_seconds"]}, *stop["helpers"]]
    way = next((one["travel_seconds"] for one in crew if one["person_id"] == person_id), 0)
    return {**stop, "way": way, "with": ", ".join(one["name"] for one in crew if one["person_id"] != person_id and one["name"])}


def to_take(stops: Iterable[dict[str, Any]], person_id: int) -> list[Take]:
    """The parts of all stops to which this person brings them (of a crew the lead does), one line for each part and place; those that are not on the
    van yet first."""
    found: dict[tuple[Any, ...], Take] = {}
    for number, stop in enumerate(stops, 1):
        if stop["person_id"] != person_id:
            continue
        for one in (stop["readiness"] or {}).get("lines", ()):
            places = tuple(place["name"] for place in one["places"])
            key = (one["part_id"], one["state"], places)
            before = found.get(key)
            found[key] = Take(
                part_id=one["part_id"],
                sku=one["sku"],
                name=part_name(one),
                quantity=one["quantity"] + (before.quantity if before is not None else 0),
                state=one["state"],
                places=places,
                eta=max(filter(None, (one["eta"], before.eta if before is not None else None)), default=None),
                stops=(*(before.stops if before is not None else ()), number),
            )
    return sorted(found.values(), key=lambda one: (one.state == LineState.ON_VAN, one.places, one.name, one.part_id))


def part_name(line: Mapping[str, Any]) -> str:
    """In the reader's language, with what it is used in place of."""
    language = current_language()
    name = line["names"].get(language) or line["name"]
    if line["instead_of"] is None:
        return str(name)
    instead = _("instead of %(part)s", part=line["instead_of_names"].get(language) or line["instead_of"])
    return f"{name} ({instead})"


def date_words(day: date) -> str:
    """A day in full in the reader's language."""
    return str(format_skeleton("yMMMEd", day, locale=get_locale()))


def zone_time(moment: datetime, zone: str) -> str:
    """The wall's time in a zone: "10:00"."""
    return str(format_time(moment, "HH:mm", tzinfo=ZoneInfo(zone), locale=get_locale()))


def phone_number(number: str, country: str) -> str:
    """As it is dialled in a country."""
    return format_phone(number, country=country)


def part_place(state: str) -> str:
    """Where a part is, in a word or two."""
    return str(LINE_WORDS[state])


# What the template of the sheets needs beside those of every page.
FILTERS: dict[str, Callable[..., str]] = {
    "date_words": date_words,
    "zone_time": zone_time,
    "phone_number": phone_number,
    "part_name": part_name,
    "part_place": part_place,
    "visit_status": status_word,
}

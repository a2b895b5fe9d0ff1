"""Who is on call: turns by the wall clock of the rota's zone, stand-ins before all, and nobody who is absent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import NotFound, NotValid
from staff import queries as staff
from staff.models import Person
from tickets.sla.models import OnCallRota

FIELDS = ("name", "time_zone", "starts_on", "handover", "turn_days", "people", "swaps")
MOST_PEOPLE, MOST_SWAPS = 50, 200


def turn_at(*, starts_on: date, handover: str, turn_days: int, time_zone: str, people: int, at: datetime) -> int:
    """Whose turn it is, as a place from 0 below `people`; before the start it is the first one's. Pure; `at` aware."""
    local = at.astimezone(ZoneInfo(time_zone))
    days = (local.date() - starts_on).days - (local.time() < time.fromisoformat(handover))
    return max(0, days // turn_days) % people


def order_at(rota: OnCallRota, at: datetime) -> list[int]:
    """Ids of persons as they are to be tried at an instant: stand-ins, then whose turn it is, then those whose turns follow."""
    swapped = [swap["person_id"] for swap in rota.swaps if _instant(swap["from"]) <= at < _instant(swap["until"])]
    if not rota.people:
        return swapped
    first = turn_at(
        starts_on=rota.starts_on,
        handover=rota.handover,
        turn_days=rota.turn_days,
        time_zone=rota.time_zone,
        people=len(rota.people),
        at=at,
    )
    return list(dict.fromkeys([*swapped, *rota.people[first:], *rota.people[:first]]))


def person_on_call(rota_id: int, at: datetime) -> Person | None:
    """The first in order who works here and is not absent; None when there is nobody, or no such rota."""
    rota = db.session.get(OnCallRota, rota_id)
    if rota is None:
        return None
    order = order_at(rota, at)
    absent = {absence.person_id for absence in staff.absences(order, at, at + timedelta(microseconds=1))}
    people = {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(order), Person.active))}
    return next((people[one] for one in order if one in people and one not in absent and people[one].user.active), None)


def rotas() -> list[OnCallRota]:
    """All by name."""
    return list(db.session.scalars(select(OnCallRota).order_by(OnCallRota.name)))


def save_rota(*, rota_id: int | None, values: Mapping[str, Any], now: datetime, actor_id: int | None) -> OnCallRota:
    """A new rota (None), or changes of one. Raises NotFound, NotValid naming the field."""
    rota = OnCallRota(swaps=[]) if rota_id is None else locked_rota(rota_id)
    before = {} if rota_id is None else facts(rota)
    with db.session.no_autoflush:
        for name in FIELDS:
            if name in values:
                setattr(rota, name, _CHECKS[name](values[name], rota))
    db.session.add(rota)
    db.session.flush()
    verb = "created" if rota_id is None else "changed"
    audit.record(action=f"on_call.{verb}", target=f"on_call:{rota.id}", actor_id=actor_id, now=now, before=before, after=facts(rota))
    return rota


def remove_rota(*, rota_id: int, now: datetime, actor_id: int | None) -> None:
    """Ladders that name it tell nobody from now on, and say so in the ticket. Raises NotFound."""
    rota = locked_rota(rota_id)
    audit.record(action="on_call.removed", target=f"on_call:{rota.id}", actor_id=actor_id, now=now, before=facts(rota))
    db.session.delete(rota)
    db.session.flush()


def locked_rota(rota_id: int) -> OnCallRota:
    """Raises NotFound."""
    rota = db.session.get(OnCallRota, rota_id, with_for_update=True, populate_existing=True) if rota_id < 1 << 63 else None
    if rota is None:
        raise NotFound(_("There is no such on-call rota."))
    return rota


def facts(rota: OnCallRota) -> dict[str, Any]:
    """All that can be changed."""
    return {name: getattr(rota, name) for name in FIELDS}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _checked_name(name: str, rota: OnCallRota) -> str:
    clean = name.strip()[:100]
    if not clean:
        raise NotValid(_("An on-call rota needs a name."), field="name")
    if db.session.scalar(select(OnCallRota.id).where(OnCallRota.name == clean, OnCallRota.id != (rota.id or 0))):
        raise NotValid(_("There is an on-call rota with this name already."), field="name")
    return clean


def _checked_zone(zone: str, _rota: OnCallRota) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise NotValid(_("Unknown time zone %(zone)s.", zone=zone), field="time_zone") from error
    return zone


def _checked_handover(text: str, _rota: OnCallRota) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError as error:
        raise NotValid(_("Write the time of the hand-over as 08:00."), field="handover") from error


def _checked_days(days: int, _rota: OnCallRota) -> int:
    if not 1 <= days <= 366:
        raise NotValid(_("A turn lasts between one day and a year."), field="turn_days")
    return days


def _checked_people(ids: Sequence[int], _rota: OnCallRota) -> list[int]:
    if not ids or len(set(ids)) != len(ids) or len(ids) > MOST_PEOPLE:
        raise NotValid(_("Name between one and %(count)s people, each once.", count=MOST_PEOPLE), field="people")
    _known(ids, "people")
    return list(ids)


def _checked_swaps(swaps: Sequence[Mapping[str, Any]], _rota: OnCallRota) -> list[dict[str, Any]]:
    _known([swap["person_id"] for swap in swaps], "swaps")
    if len(swaps) > MOST_SWAPS or any(swap["until"] <= swap["from"] for swap in swaps):
        raise NotValid(_("A stand-in ends after it begins."), field="swaps")
    return [{"person_id": swap["person_id"], "from": swap["from"].isoformat(), "until": swap["until"].isoformat()} for swap in swaps]


def _known(ids: Collection[int], field: str) -> None:
    known = set(db.session.scalars(select(Person.id).where(Person.id.in_(list(ids)), Person.active)))
    if set(ids) - known:
        raise NotValid(_("There is no such person."), field=field)


_CHECKS: dict[str, Any] = {
    "name": _checked_name,
    "time_zone": _checked_zone,
    "starts_on": lambda day, _rota: day,
    "handover": _checked_handover,
    "turn_days": _checked_days,
    "people": _checked_people,
    "swaps": _checked_swaps,
}

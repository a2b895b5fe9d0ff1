"""Where holidays come from: the `holidays` library by country and region, an iCalendar feed, a list by hand.

Every source gives the same `Holiday` entries, each of which can be switched off; `as_names` is what a Calendar takes.
Nothing here fetches anything: a feed arrives as text.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from holidays import country_holidays

from tickets.sla.errors import N_, HolidaySourceError

# The calculations of the library (lunar calendars, observed days) hold in this range.
FIRST_YEAR = 1970
LAST_YEAR = 2100

_SEPARATOR = "; "


class Source(StrEnum):
    COUNTRY = "country"
    FEED = "feed"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Holiday:
    """One whole local date without working time; switched off it stays listed and has no effect."""

    day: date
    name: str
    source: Source
    enabled: bool = True


def from_country(country: str, subdivision: str | None, years: Iterable[int], language: str | None = None) -> list[Holiday]:
    """Public holidays of a country (ISO 3166 code) and, where given, its region ("DE", "BY"), in order of date.

    `language` ("de", "zh_CN") names them where the library can, else the country's own naming. Raises HolidaySourceError
    for an unknown country, region or year.
    """
    wanted = _checked_years(years)
    try:
        spoken = _spoken(country, language)
        found = country_holidays(country, subdiv=subdivision or None, years=wanted, language=spoken, expand=False)
    except NotImplementedError as error:
        raise HolidaySourceError(
            N_("No holidays are known for country %(country)r, region %(region)r."), country=country, region=subdivision or ""
        ) from error
    return [Holiday(day, name, Source.COUNTRY) for day, name in sorted(found.items()) if day.year in wanted]


def _spoken(country: str, language: str | None) -> str | None:
    """The library's language nearest to `language` ("en" is its "en_US"), else the country's own: never left open, as the library then asks the
    machine's locale."""
    kind = type(country_holidays(country))
    wanted = (language or "").replace("-", "_")
    offered = (*kind.supported_languages, kind.default_language)
    near = (one for one in offered if one and wanted and one.partition("_")[0] == wanted.partition("_")[0])
    return wanted if wanted in offered else next(near, kind.default_language)


def from_list(entries: Iterable[Mapping[str, object]]) -> list[Holiday]:
    """Holidays by hand: `[{"date": "2024-12-24", "name": "Christmas Eve"}, …]`, the name may be missing.

    Raises HolidaySourceError for what is no date and for a date given twice.
    """
    holidays: dict[date, Holiday] = {}
    for entry in entries:
        day = _checked_date(entry.get("date") if isinstance(entry, Mapping) else entry)
        if day in holidays:
            raise HolidaySourceError(N_("%(day)s is listed twice."), day=day.isoformat())
        holidays[day] = Holiday(day, str(entry.get("name") or ""), Source.HAND)
    return [holidays[day] for day in sorted(holidays)]


def switch_off(holidays: Iterable[Holiday], days: Collection[date]) -> list[Holiday]:
    """The same holidays with those on `days` switched off and all others as they were."""
    return [replace(holiday, enabled=False) if holiday.day in days else holiday for holiday in holidays]


def as_names(holidays: Iterable[Holiday]) -> dict[date, str]:
    """Date → name of all holidays switched on, from any sources; several names on one date are joined."""
    names: dict[date, list[str]] = {}
    for holiday in holidays:
        if holiday.enabled:
            known = names.setdefault(holiday.day, [])
            if holiday.name and holiday.name not in known:
                known.append(holiday.name)
    return {day: _SEPARATOR.join(names[day]) for day in sorted(names)}


def _checked_years(years: Iterable[int]) -> frozenset[int]:
    wanted = frozenset(years)
    for year in wanted:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise HolidaySourceError(
                N_("Holidays are known from %(first)s to %(last)s, not for %(year)s."), first=FIRST_YEAR, last=LAST_YEAR, year=year
            )
    return wanted


def _checked_date(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise HolidaySourceError(N_("%(value)r is not a date (YYYY-MM-DD)."), value=value)

"""Sources of holidays: country and region, iCalendar feeds, by hand; broken ones are refused with the reason."""

import random
from datetime import date
from typing import Any

import pytest

from tickets.sla.calendar import Calendar
from tickets.sla.errors import HolidaySourceError
from tickets.sla.holiday_feeds import from_ical
from tickets.sla.holidays import Holiday, Source, as_names, from_country, from_list, switch_off

FEED = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Holidays//EN
BEGIN:VEVENT
UID:christmas
SUMMARY:Christmas
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY;UNTIL=20301231T000000Z
EXDATE;VALUE=DATE:20251225
END:VEVENT
BEGIN:VEVENT
UID:christmas
RECURRENCE-ID;VALUE=DATE:20261225
SUMMARY:Christmas, moved
DTSTART;VALUE=DATE:20261228
END:VEVENT
BEGIN:VEVENT
UID:thanks
SUMMARY:Thanksgiving
DTSTART;VALUE=DATE:20201126
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH
END:VEVENT
BEGIN:VEVENT
UID:inventory
SUMMARY:Inventory
DTSTART;VALUE=DATE:20240102
RDATE;VALUE=DATE:20240702
END:VEVENT
BEGIN:VEVENT
UID:bridge
SUMMARY:Bridge day
DTSTART;TZID=Europe/Berlin:20240510T000000
DTEND;TZID=Europe/Berlin:20240511T000000
END:VEVENT
BEGIN:VEVENT
UID:party
SUMMARY:Party
DTSTART:20240614T160000Z
DTEND:20240614T220000Z
END:VEVENT
BEGIN:VEVENT
UID:off
SUMMARY:Called off
STATUS:CANCELLED
DTSTART;VALUE=DATE:20240801
END:VEVENT
END:VCALENDAR
"""


def event(*lines: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:Spring day", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def found(feed: str | bytes, *years: int) -> list[tuple[str, str]]:
    return [(holiday.day.isoformat(), holiday.name) for holiday in from_ical(feed, years)]


def test_regions_of_a_country_differ() -> None:
    epiphany = date(2024, 1, 6)
    assert as_names(from_country("DE", "BY", [2024]))[epiphany]
    assert epiphany not in as_names(from_country("DE", "BE", [2024]))
    assert date(2024, 10, 3) in as_names(from_country("DE", None, [2024]))


def test_holidays_of_a_country_come_by_year_in_order_and_in_a_language() -> None:
    china = from_country("CN", None, [2025, 2024], "zh_CN")
    assert [holiday.day for holiday in china] == sorted(holiday.day for holiday in china)
    assert {holiday.day.year for holiday in china} == {2024, 2025}
    assert as_names(china)[date(2024, 10, 1)] == "国庆节"
    assert {holiday.source for holiday in china} == {Source.COUNTRY}


@pytest.mark.parametrize(
    ("country", "region", "year", "message"),
    [
        ("XX", None, 2024, "No holidays are known for country 'XX', region ''."),
        ("DE", "Atlantis", 2024, "No holidays are known for country 'DE', region 'Atlantis'."),
        ("DE", None, 99999, "Holidays are known from 1970 to 2100, not for 99999."),
    ],
)
def test_an_unknown_country_region_or_year_is_refused(country: str, region: str | None, year: int, message: str) -> None:
    with pytest.raises(HolidaySourceError) as refused:
        from_country(country, region, [year])
    assert str(refused.value) == message


def test_a_feed_gives_whole_days_with_their_names() -> None:
    assert found(FEED, 2024) == [
        ("2024-01-02", "Inventory"),
        ("2024-05-10", "Bridge day"),
        ("2024-07-02", "Inventory"),
        ("2024-11-28", "Thanksgiving"),
        ("2024-12-25", "Christmas"),
        ("2024-12-26", "Christmas"),
    ]


def test_a_feeds_exceptions_and_moved_days_are_followed() -> None:
    assert found(FEED, 2025) == [("2025-11-27", "Thanksgiving")]
    assert found(FEED, 2026) == [("2026-11-26", "Thanksgiving"), ("2026-12-28", "Christmas, moved")]
    assert found(FEED, 2031) == [("2031-11-27", "Thanksgiving")]


def test_a_holiday_that_runs_over_new_year_counts_in_both_years() -> None:
    feed = event("DTSTART;VALUE=DATE:20241230", "DTEND;VALUE=DATE:20250103")
    assert [day for day, _name in found(feed, 2024)] == ["2024-12-30", "2024-12-31"]
    assert [day for day, _name in found(feed, 2025)] == ["2025-01-01", "2025-01-02"]
    assert found(feed, 2027) == []
    assert found(feed) == []


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        ("", "The holiday feed is not an iCalendar file"),
        ("<html><body>404 Not Found</body></html>", "The holiday feed is not an iCalendar file"),
        (b"\xff\xfe\x00", "The holiday feed is not an iCalendar file"),
        (FEED[: len(FEED) // 2], "The holiday feed is not an iCalendar file"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "The holiday feed holds no event."),
        (event("DTSTART;VALUE=DATE:20241332"), "The holiday feed's event 'Spring day' cannot be read"),
        (event("UID:1"), "The holiday feed's event 'Spring day' cannot be read: DTSTART"),
        (event("DTSTART;VALUE=DATE:20240301", "RRULE:FREQ=SOMETIMES"), "The holiday feed's event 'Spring day' cannot be read"),
        (
            event("DTSTART;VALUE=DATE:20240301", "RRULE:FREQ=SECONDLY"),
            "The holiday feed's event 'Spring day' cannot be read: FREQ=SECONDLY",
        ),
        (event("DTSTART;VALUE=DATE:20240301", "DTEND;VALUE=DATE:20230301"), "The holiday feed's event 'Spring day' cannot be read"),
        (event("DTSTART;TZID=Europe:20240301T000000"), "The holiday feed cannot be read"),
    ],
)
def test_a_broken_feed_is_refused_whole_with_the_reason(feed: str | bytes, message: str) -> None:
    with pytest.raises(HolidaySourceError) as refused:
        from_ical(feed, [2024])
    assert str(refused.value).startswith(message)


def test_a_damaged_feed_is_read_or_refused_but_never_breaks_the_program() -> None:
    dice = random.Random(3)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        letters = list(FEED)
        for _damage in range(dice.randint(1, 3)):
            place = dice.randrange(len(letters))
            letters[place : place + dice.randint(0, 9)] = dice.choice(["", "\n", ";", ":", "9", "T", "節", "BEGIN:VEVENT\n"])
        try:
            from_ical("".join(letters), [2024, 2026])
            outcomes["read"] += 1
        except HolidaySourceError:
            outcomes["refused"] += 1
    assert outcomes["read"] > 0
    assert outcomes["refused"] > 0


def test_holidays_by_hand() -> None:
    assert from_list([{"date": "2024-12-31"}, {"date": "2024-12-24", "name": "Christmas Eve"}]) == [
        Holiday(date(2024, 12, 24), "Christmas Eve", Source.HAND),
        Holiday(date(2024, 12, 31), "", Source.HAND),
    ]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"date": "24.12.2024"}], "'24.12.2024' is not a date (YYYY-MM-DD)."),
        ([{"name": "Nothing"}], "None is not a date (YYYY-MM-DD)."),
        ([{"date": "2024-12-24"}, {"date": "2024-12-24"}], "2024-12-24 is listed twice."),
    ],
)
def test_a_list_by_hand_is_checked(entries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(HolidaySourceError) as refused:
        from_list(entries)
    assert str(refused.value) == message


def test_each_holiday_can_be_switched_off_and_a_calendar_takes_the_rest() -> None:
    own = from_list([{"date": "2024-10-03", "name": "Company day"}, {"date": "2024-10-04", "name": "Bridge"}])
    both = switch_off([*from_country("DE", None, [2024], "de"), *own], {date(2024, 10, 4)})
    names = as_names(both)
    assert names[date(2024, 10, 3)] == "Tag der Deutschen Einheit; Company day"
    assert date(2024, 10, 4) not in names
    assert [holiday.name for holiday in both if not holiday.enabled] == ["Bridge"]
    office = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    days = {day.isoformat(): name for day, name in names.items()}
    calendar = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": office, "holidays": days})
    assert calendar.windows_on(date(2024, 10, 3)) == ()
    assert calendar.windows_on(date(2024, 10, 4)) != ()


@pytest.mark.parametrize(("language", "named"), [("en", "New Year's Day"), ("de", "Neujahr"), ("zh_CN", "Neujahr"), (None, "Neujahr")])
def test_names_do_not_depend_on_the_machines_locale(monkeypatch: pytest.MonkeyPatch, language: str | None, named: str) -> None:
    for locale in ("C.UTF-8", "en_US.UTF-8", ""):
        monkeypatch.setenv("LANG", locale)
        assert from_country("DE", "BE", [2026], language)[0].name == named

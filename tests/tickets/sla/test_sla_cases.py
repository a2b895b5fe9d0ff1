"""Facts agreed with the tests of other help desks, told in our own words: 38 cases, each through the pure command.

Hours are written "mon-fri 08:00-13:00 14:00-18:00; sat 09:00-12:00". A number asks for the due time of that many working
seconds, an instant for the working seconds until then. Where a peer differs from our rules (Zammad rolls a budget used up
at closing to the next opening) the case is not here.
"""

from typing import Any, NamedTuple

import pytest

from tickets.sla.compute import compute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "mon-sun 00:00-24:00"
SPLIT = "mon-fri 08:00-13:00 14:00-18:00"
CHRISTMAS_2015 = ("2015-12-24", "2015-12-25", "2015-12-26")
CHRISTMAS_2016 = ("2016-12-24", "2016-12-25", "2016-12-26", "2016-12-31")
PAUSED_TWICE = (("2013-06-04T09:30Z", "2013-06-04T09:45Z"), ("2013-06-04T10:00Z", "2013-06-04T10:30Z"))


class Fact(NamedTuple):
    peer: str
    what: str
    zone: str
    hours: str
    start: str
    asked: int | str
    answer: str | int
    holidays: tuple[str, ...] = ()
    paused: tuple[tuple[str, str], ...] = ()


FACTS = [
    Fact("Chatwoot", "late Monday, Tuesday is longer", "UTC", "mon 09:00-17:00; tue 09:00-20:00; wed-fri 09:00-17:00",
         "2024-01-15T18:00Z", 36_000, "2024-01-16T19:00:00+00:00"),
    Fact("Chatwoot", "within one day", "UTC", "mon-fri 09:00-17:00", "2024-01-17T10:00Z", 7200, "2024-01-17T12:00:00+00:00"),
    Fact("Chatwoot", "after closing", "UTC", "mon-fri 09:00-17:00", "2024-01-17T18:00Z", 7200, "2024-01-18T11:00:00+00:00"),
    Fact("Chatwoot", "over the weekend", "UTC", "mon-fri 09:00-17:00", "2024-01-19T16:00Z", 7200, "2024-01-22T10:00:00+00:00"),
    Fact("Frappe", "a hold lasts one second past closing", "UTC", "mon-fri 10:00-18:00",
         "2024-01-18T15:00Z", 10_801, "2024-01-19T10:00:01+00:00"),
    Fact("Frappe", "Friday evening, one hour", "UTC", "mon-fri 10:00-18:00", "2024-01-19T19:00Z", 3600, "2024-01-22T11:00:00+00:00"),
    Fact("Frappe", "Friday evening, four hours", "UTC", "mon-fri 10:00-18:00", "2024-01-19T19:00Z", 14_400, "2024-01-22T14:00:00+00:00"),
    Fact("OTOBO", "730 days over twelve holidays", "UTC", ALWAYS, "2015-02-17T12:00Z", 63_072_000, "2017-02-28T12:00:00+00:00",
         ("2015-05-01", *CHRISTMAS_2015, "2015-12-31", "2016-01-01", "2016-05-01", *CHRISTMAS_2016, "2017-01-01")),
    Fact("OTOBO", "90 days over one holiday", "UTC", ALWAYS, "2015-02-17T12:00Z", 7_776_000, "2015-05-19T12:00:00+00:00", ("2015-05-01",)),
    Fact("OTOBO", "17 hours round the clock as clocks go forward", "Asia/Tehran", ALWAYS,
         "2015-03-21T08:30Z", 61_200, "2015-03-22T01:30:00+00:00"),
    Fact("OTOBO", "one day round the clock", "UTC", ALWAYS, "2015-03-21T12:00Z", 86_400, "2015-03-22T12:00:00+00:00"),
    Fact("OTOBO", "15 hours over a lunch break and a clock change", "Europe/Berlin", SPLIT,
         "2015-03-27T11:00Z", 54_000, "2015-03-31T07:00:00+00:00"),
    Fact("OTOBO", "four days round the clock as clocks go back", "Asia/Tehran", ALWAYS,
         "2015-09-19T07:30Z", 345_600, "2015-09-23T07:30:00+00:00"),
    Fact("OTOBO", "20 hours over Christmas, to the second", "Europe/Berlin", SPLIT,
         "2015-12-22T15:24:49Z", 72_000, "2015-12-29T07:24:49+00:00", (*CHRISTMAS_2015, "2015-12-31")),
    Fact("OTOBO", "from a Sunday", "Europe/Berlin", "mon-fri 08:00-18:00", "2016-01-31T11:25:30Z", 18_000, "2016-02-01T12:00:00+00:00"),
    Fact("OTOBO", "over a lunch break into the next day", "Europe/Berlin", SPLIT,
         "2016-02-01T11:25:30Z", 18_000, "2016-02-02T07:25:30+00:00"),
    Fact("OTOBO", "shortly before closing", "Europe/Berlin", "mon-fri 08:00-18:00",
         "2016-02-01T15:59:30Z", 12_600, "2016-02-02T09:29:30+00:00"),
    Fact("OTOBO", "13 hours by day as clocks go forward", "Asia/Tehran", "mon-fri 08:00-18:00",
         "2016-03-19T20:30Z", 46_800, "2016-03-22T06:30:00+00:00"),
    Fact("OTOBO", "5 hours by day as clocks go forward", "Asia/Tehran", "mon-fri 08:00-18:00",
         "2016-03-19T20:30Z", 18_000, "2016-03-21T08:30:00+00:00"),
    Fact("OTOBO", "5 hours by day as clocks go back", "Asia/Tehran", "mon-fri 08:00-18:00",
         "2016-09-20T17:30Z", 18_000, "2016-09-21T09:30:00+00:00"),
    Fact("OTOBO", "90 days 17 hours as clocks go back", "Australia/Sydney", ALWAYS,
         "2015-01-21T01:00Z", "2015-04-21T18:00Z", 7_837_200),
    Fact("OTOBO", "4 days 6 hours 20 minutes 15 seconds", "UTC", ALWAYS, "2015-02-20T22:10:05Z", "2015-02-25T04:30:20Z", 368_415),
    Fact("OTOBO", "six hours over midnight in February", "UTC", ALWAYS, "2015-02-21T22:00Z", "2015-02-22T04:00Z", 21_600),
    Fact("OTOBO", "five hours as clocks go back at midnight", "America/Sao_Paulo", ALWAYS,
         "2015-02-22T00:00Z", "2015-02-22T05:00Z", 18_000),
    Fact("OTOBO", "sixteen hours over midnight", "UTC", ALWAYS, "2015-03-21T12:00Z", "2015-03-22T04:00Z", 57_600),
    Fact("OTOBO", "six hours over midnight in October", "UTC", ALWAYS, "2015-10-17T22:00Z", "2015-10-18T04:00Z", 21_600),
    Fact("OTOBO", "over three days of Christmas", "Europe/Berlin", ALWAYS,
         "2015-12-23T07:10:15Z", "2015-12-28T16:10:14Z", 205_199, CHRISTMAS_2015),
    Fact("OTOBO", "the end before the start", "Europe/Berlin", ALWAYS, "2015-12-28T16:10:14Z", "2015-12-23T07:10:15Z", 0),
    Fact("OTOBO", "six days with lunch breaks as clocks go forward", "Europe/Berlin", SPLIT,
         "2016-03-24T11:15:41Z", "2016-03-30T08:15:41Z", 122_400),
    Fact("OTOBO", "one day with a lunch break", "Europe/Berlin", SPLIT, "2016-03-25T07:00Z", "2016-03-25T14:00Z", 21_600),
    Fact("OTOBO", "two days round the clock as clocks go forward", "Europe/Berlin", ALWAYS,
         "2016-03-26T21:24:39Z", "2016-03-28T21:24:39Z", 172_800),
    Fact("RT", "an evening elsewhere is past midnight in Moscow", "Europe/Moscow", "mon-fri 09:00-18:00",
         "2007-01-01T22:00Z", 7200, "2007-01-02T08:00:00+00:00"),
    Fact("Zammad", "two hours within a day", "Europe/Berlin", "mon-fri 08:00-18:00",
         "2013-03-21T09:30Z", 7200, "2013-03-21T11:30:00+00:00"),
    Fact("Zammad", "pending, then closed and opened again", "Europe/Berlin", "mon-sun 09:00-18:00",
         "2013-06-04T09:00Z", 7200, "2013-06-04T11:45:00+00:00", (), PAUSED_TWICE),
    Fact("Zammad", "over a holiday in mid-week", "Europe/Berlin", "mon-fri 09:00-17:00",
         "2015-09-21T14:30Z", 7200, "2015-09-23T08:30:00+00:00", ("2015-09-22",)),
    Fact("Zammad", "created on a holiday", "Europe/Berlin", "mon-fri 08:00-20:00",
         "2016-11-01T13:56:21Z", 72_000, "2016-11-03T15:00:00+00:00", ("2016-11-01",)),
    Fact("Zammad", "answered after 270 minutes", "Europe/Berlin", "mon-fri 08:00-18:00",
         "2013-03-21T09:30Z", "2013-03-21T14:00Z", 16_200),
    Fact("Zammad", "answered after 105 minutes, 30 of them pending", "Europe/Berlin", "mon-sun 09:00-18:00",
         "2013-06-04T09:00Z", "2013-06-04T10:45Z", 4500, (), PAUSED_TWICE[1:]),
]  # fmt: skip


def hours_of(text: str) -> dict[str, list[list[str]]]:
    """Read "mon-fri 08:00-18:00; sat 09:00-12:00"."""
    hours = {}
    for part in text.split("; "):
        days, *windows = part.split(" ")
        first, last = days.split("-") if "-" in days else (days, days)
        for day in DAYS[DAYS.index(first) : DAYS.index(last) + 1]:
            hours[day] = [window.split("-") for window in windows]
    return hours


def case_of(fact: Fact) -> dict[str, Any]:
    """The fact as `flask sla compute` reads it."""
    case = {
        "name": fact.what,
        "timezone": fact.zone,
        "hours": hours_of(fact.hours),
        "holidays": list(fact.holidays),
        "paused_utc": [list(pause) for pause in fact.paused],
        "start_utc": fact.start,
    }
    if isinstance(fact.asked, int):
        return {**case, "kind": "due", "work_seconds": fact.asked}
    return {**case, "kind": "elapsed", "end_utc": fact.asked}


def test_there_are_38_facts_of_five_peers() -> None:
    assert len(FACTS) == 38
    assert {fact.peer for fact in FACTS} == {"Chatwoot", "Frappe", "OTOBO", "RT", "Zammad"}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.peer}: {fact.what}")
def test_agrees_with_a_peer(fact: Fact) -> None:
    key = "due_utc" if isinstance(fact.asked, int) else "work_seconds"
    assert compute([case_of(fact)]) == [{key: fact.answer}]

"""Ways take as long as the firm's own reports say, at that time of day; what is offered then is what can be booked."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.db import db as database
from dispatch.services import apply_field_update
from dispatch.visits import pace
from dispatch.visits.insertion import Job, Stop, arranged, openings
from dispatch.visits.models import TravelPace
from dispatch.visits.suggesting import suggest
from dispatch.visits.travel import PICK_UP, PLAIN, Ways, hour_class, journey, seconds
from tests.dispatch.conftest import CENTRE, Firm, berlin

UTC = ZoneInfo("UTC")
FAR = (52.60, 13.40)


@pytest.mark.parametrize(
    ("local", "found"),
    [
        ("2026-03-10 07:00", "rush"),
        ("2026-03-10 09:00", "day"),
        ("2026-03-10 20:00", "night"),
        ("2026-03-14 17:00", "weekend"),
        ("2026-03-14 05:59", "night"),
    ],
)
def test_hours_are_of_four_classes(local: str, found: str) -> None:
    assert hour_class(datetime.fromisoformat(local)) == found


def test_the_pace_is_the_median_drawn_towards_the_plain_way_and_bounded() -> None:
    assert pace.learned([("rush", 2.0)] * 5) == {"rush": (1.5, 5)}
    assert pace.learned([("day", 1.2)] * 15 + [("day", 9.0)]) == {"day": (round((16 * 1.2 + 5) / 21, 3), 16)}, "one forgotten report"
    assert pace.learned([("night", 9.0)] * 50 + [("weekend", 0.1)] * 50) == {"night": (2.0, 50), "weekend": (0.5, 50)}
    assert pace.learned([]) == {}


def test_only_the_road_is_multiplied_and_the_hour_of_the_start_counts() -> None:
    ways = Ways({"rush": 2.0}, UTC)
    way = seconds(CENTRE, FAR)
    at = {hour: int(datetime(2026, 3, 10, hour, tzinfo=UTC).timestamp()) for hour in (8, 10)}
    assert ways.journey(CENTRE, (), FAR, at[8]) == 2 * way
    assert ways.journey(CENTRE, (), FAR, at[10]) == way
    assert ways.journey(CENTRE, (CENTRE,), FAR, at[8]) == 2 * way + PICK_UP
    assert PLAIN.journey(CENTRE, (FAR,), CENTRE, at[8]) == journey(CENTRE, (FAR,), CENTRE)


def test_what_is_offered_at_any_pace_can_be_had_as_the_booking_reckons() -> None:
    dice, tried = random.Random(6), 0
    monday = int(datetime(2026, 3, 9, 6, tzinfo=UTC).timestamp())
    for _ in range(150):
        ways = Ways({name: dice.uniform(0.5, 2.0) for name in ("rush", "day", "night")}, UTC)
        spot = lambda: (52.5 + dice.uniform(-0.1, 0.1), 13.4 + dice.uniform(-0.1, 0.1))  # noqa: E731
        stops, free, here = [], monday, CENTRE
        for _stop in range(dice.randint(0, 3)):
            there = spot()
            start = -(-(free + 2 * seconds(here, there) + dice.randint(0, 5400)) // 300) * 300
            stops.append(Stop(start, start + 3600, there, room=(start - 1800, start + 1800)))
            free, here = start + 3600, there
        shift = (monday, monday + 12 * 3600)
        job = Job(spot(), 3600)
        for one in openings(shift=shift, home=CENTRE, stops=stops, job=job, not_before=monday, not_after=shift[1], ways=ways):
            order = arranged(stops, home=CENTRE, start=one.start, job=job, begin=shift[0], finish=shift[1], roads=ways)
            tried += 1
            assert not order.stuck
            assert order.way == one.travel
            before = order.starts[order.count - 1] + 3600 if order.count else shift[0]
            assert before + order.way <= one.start
    assert tried > 300


def test_it_is_learned_from_what_technicians_report(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    way = seconds(CENTRE, FAR)
    for day in (11, 12, 14):  # Wednesday, Thursday, Saturday
        visit = firm.book(li, berlin(f"2026-03-{day} 12:00"), job_type=job, ticket=firm.ticket(firm.site(*FAR)))
        for action, at in (("on_my_way", timedelta()), ("arrived", timedelta(seconds=way * 2)), ("done", timedelta(hours=2))):
            told = berlin(f"2026-03-{day} 11:00") + at
            apply_field_update(person_id=li.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=told, now=told)
    now = berlin("2026-03-16 08:30")
    ticket = firm.ticket(firm.site(*FAR))
    plain = suggest(ticket_id=ticket.id, job_type_id=job.id, now=now, earliest=berlin("2026-03-16 09:00"))[0]
    pace.learn(now)
    pace.learn(now)
    rows = {row.hours: (row.ratio, row.ways) for row in database.session.scalars(database.select(TravelPace))}
    assert rows == {"day": (1.286, 2), "weekend": (1.167, 1)}
    slower = suggest(ticket_id=ticket.id, job_type_id=job.id, now=now, earliest=berlin("2026-03-16 09:00"))[0]
    assert (plain.travel_seconds, slower.travel_seconds) == (way, round(way * 1.286))
    visit = firm.book(li, slower.start, job_type=job, ticket=ticket, now=now)
    assert visit.assignments[0].travel_seconds == slower.travel_seconds


def test_who_drives_as_planned_teaches_nothing_else_whatever_was_fetched_or_not_reported(firm: Firm) -> None:
    li, part = firm.technician(), firm.part()
    firm.stock(part, firm.warehouse, 9)
    plain, kit = firm.job_type("plain"), firm.job_type("kit", kit={part.id: 1})
    ways = []
    for hour, job, site in ((10, kit, (52.6, 13.4)), (12, plain, FAR), (15, plain, (52.7, 13.4))):
        visit = firm.book(li, berlin(f"2026-03-11 {hour}:00"), job_type=job, ticket=firm.ticket(firm.site(*site)))
        ways.append(visit.assignments[0].travel_seconds)
        left = [] if hour == 12 else [("on_my_way", -timedelta(seconds=ways[-1]))]
        for action, at in (*left, ("arrived", timedelta()), ("done", timedelta(minutes=50))):
            told = visit.planned_start + at
            apply_field_update(person_id=li.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=told, now=told)
    assert ways[0] >= PICK_UP + seconds(CENTRE, (52.6, 13.4)), "fetched at the warehouse"
    pace.learn(berlin("2026-03-16 08:30"))
    rows = {row.hours: (row.ratio, row.ways) for row in database.session.scalars(database.select(TravelPace))}
    assert rows == {"day": (1.0, 1)}

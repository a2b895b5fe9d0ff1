"""Ways by road: reckoned with as soon as they are known, asked for in the background, and never waited for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from core import clock, later
from core.audit import AuditEntry
from core.db import db as database
from core.db import transaction
from core.outbox import OutboxRow
from customers.services import update_site
from dispatch.plans.world import read_day
from dispatch.roads import ahead, known, lane, rules, settings
from dispatch.roads.models import Road, RoadProvider, RoadWish
from dispatch.roads.protocols import TroubleError
from dispatch.roads.rules import among, key
from dispatch.services import apply_field_update, find
from dispatch.visits import pace, travel
from dispatch.visits.models import TravelPace
from dispatch.visits.travel import FIXED, Ways
from tests.dispatch.conftest import CENTRE, Firm, berlin
from tests.dispatch.roads_server import RoadServer, drive
from tests.dispatch.test_api import Caller, caller, send

__all__ = ["caller"]
NORTH, EAST = (52.60, 13.40), (52.50, 13.50)
SECRET = "only-for-tests-0123456789-0123456789"
TEN = berlin("2026-03-11 10:00")


@pytest.fixture
def server() -> Iterator[RoadServer]:
    found = RoadServer()
    found.up()
    yield found
    found.down()


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch, now: datetime) -> list[datetime]:
    """Business time, which stands still: `moment[0]`."""
    found = [now]
    monkeypatch.setattr(clock, "now", lambda: found[0])
    return found


@pytest.fixture(autouse=True)
def _loopback_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch, moment: Any) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], webhook_networks=("127.0.0.0/8",)))


@pytest.fixture
def provided(firm: Firm, server: RoadServer) -> RoadServer:
    """The firm uses it."""
    with transaction():
        settings.save_provider(values={"kind": "osrm", "address": server.address}, secret_key=SECRET, now=firm.now, actor_id=None)
    return server


def row() -> RoadProvider:
    return database.session.get_one(RoadProvider, 1, populate_existing=True)


def wishes() -> int:
    return database.session.scalar(select(func.coalesce(func.sum(func.cardinality(RoadWish.origins)), 0))) or 0


def roads() -> dict[tuple[int, int], int | None]:
    rows = database.session.execute(select(Road.origin, Road.destination, Road.seconds))
    return {(origin, destination): seconds for origin, destination, seconds in rows}


def work() -> None:
    """What the worker does with the errand."""
    lane.run(0, {})


def wish(*points: travel.Point) -> dict[Any, int]:
    with transaction():
        return known.roads(among(points))


def test_without_a_service_nothing_is_written_and_ways_are_what_they_were(firm: Firm) -> None:
    li, job = firm.technician(), firm.job_type()
    with transaction():
        visit = firm.book(li, TEN, job_type=job, ticket=firm.ticket(firm.site(*NORTH)))
    assert visit.assignments[0].travel_seconds == travel.seconds(CENTRE, NORTH)
    assert wishes() == 0


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_booking_reckons_at_once_and_the_next_one_by_road(firm: Firm, provided: RoadServer, kind: str) -> None:
    with transaction():
        settings.save_provider(values={"kind": kind, "address": provided.address}, secret_key=SECRET, now=firm.now, actor_id=None)
    li, job = firm.technician(), firm.job_type()
    with transaction():
        first = firm.book(li, TEN, job_type=job, ticket=firm.ticket(firm.site(*NORTH)))
    assert first.assignments[0].travel_seconds == travel.seconds(CENTRE, NORTH)
    assert (provided.asked, wishes()) == ([], 2), "there and back are wished for"
    work()
    assert (len(provided.asked), wishes(), row().failures, row().answered_at) == (1, 0, 0, firm.now)
    north, south = round(drive(CENTRE, NORTH)), round(drive(NORTH, CENTRE))
    assert roads() == {(key(CENTRE), key(NORTH)): north, (key(NORTH), key(CENTRE)): south}
    assert north > south
    again = firm.ticket(firm.site(*NORTH))
    with transaction():
        found = find(ticket_id=again.id, job_type_id=job.id, now=firm.now, earliest=TEN + timedelta(days=1), latest=TEN + timedelta(days=2))
        best = found.suggestions[0]
        booked = firm.book(li, best.start, job_type=job, ticket=again)
    assert booked.assignments[0].travel_seconds == best.travel_seconds == north + FIXED
    work()
    assert len(provided.asked) == 1, "what is known is not asked for again"


def test_within_a_transaction_a_way_stays_what_it_was(provided: RoadServer) -> None:
    pair = (CENTRE, NORTH)
    with transaction() as session:
        assert known.roads([pair]) == {}
        session.execute(
            text("INSERT INTO road VALUES (:a, :b, :generation, 777, 10000, now())"),
            {"a": key(CENTRE), "b": key(NORTH), "generation": row().generation},
        )
        assert known.roads([pair]) == {}, "as it was first reckoned"
    assert known.roads([pair]) == {pair: 777 + FIXED}
    database.session.rollback()


def test_a_page_that_only_reads_wishes_after_its_answer(firm: Firm, provided: RoadServer, caller: Callable[..., Caller]) -> None:
    firm.technician()
    job, ticket = firm.job_type(), firm.ticket(firm.site(*NORTH))
    dispatcher = caller("dispatcher")
    answer = send(dispatcher, "get", f"/tickets/{ticket.number}/suggestions?job_type_id={job.id}")
    assert answer.json["suggestions"]
    assert (provided.asked, wishes()) == ([], 2)


def test_the_clock_puts_one_errand_and_none_for_nothing(firm: Firm, provided: RoadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def errands() -> int:
        return database.session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == lane.KIND)) or 0

    lane.hand_over(firm.now)
    assert errands() == 0
    wish(CENTRE, NORTH)
    wish(CENTRE, NORTH, EAST)
    lane.hand_over(firm.now)
    lane.hand_over(firm.now)
    assert errands() == 1
    work()
    assert (wishes(), len(roads()), len(provided.asked)) == (0, 6, 1)
    monkeypatch.setattr(rules, "MOST_WISHES", 1)
    wish((52.4, 13.4), NORTH)
    wish((52.4, 13.4), EAST, (52.3, 13.3))
    lane.hand_over(firm.now)
    assert wishes() == 6, "the newest are kept"
    with transaction():
        settings.save_provider(values={"kind": "none"}, secret_key=SECRET, now=firm.now, actor_id=None)
    assert wish(CENTRE, NORTH) == {}
    lane.hand_over(firm.now)
    assert wishes() == 0, "nobody is to be asked any more"


def test_a_service_that_dies_is_left_alone_its_wishes_wait_and_it_is_found_again(
    firm: Firm, provided: RoadServer, moment: list[datetime]
) -> None:
    wish(CENTRE, NORTH)
    provided.down()
    work()
    failed = row()
    assert (failed.failures, failed.problem, failed.failing_since, failed.rest_until) == (
        1, "unreachable", firm.now, firm.now + timedelta(seconds=5),
    )  # fmt: skip
    state = settings.standing(failed, now=firm.now)
    assert (state["state"], state["waiting"], state["problem"].startswith("The server cannot be reached.")) == ("failing", 2, True)
    before = database.session.scalar(select(func.count()).select_from(OutboxRow))
    lane.hand_over(firm.now)
    assert database.session.scalar(select(func.count()).select_from(OutboxRow)) == before, "the circuit is open"
    moment[0] += timedelta(seconds=6)
    work()
    assert (row().failures, row().rest_until, row().failing_since) == (2, moment[0] + timedelta(seconds=10), firm.now)
    provided.up()
    moment[0] += timedelta(seconds=11)
    lane.hand_over(moment[0])
    assert database.session.scalar(select(func.count()).select_from(OutboxRow)) == before + 1
    work()
    assert (row().failures, row().problem, row().rest_until, wishes(), len(roads())) == (0, None, None, 0, 2)


def test_a_lying_service_teaches_nothing(firm: Firm, provided: RoadServer) -> None:
    provided.behave = lambda _asked: (200, b'{"code": "Ok", "durations": [[0, 0], [-5, 0]]}')
    wish(CENTRE, NORTH)
    work()
    assert (roads(), row().problem) == ({}, "wrong_answer")
    provided.behave = lambda _asked: (200, b'{"code": "Ok", "durations": [[0, 0], [0, 0]]}')
    work()
    assert set(roads().values()) == {None}, "nobody drives that fast"
    assert wish(CENTRE, NORTH) == {}
    assert wishes() == 0, "that there is no way is known too"


def test_a_place_near_no_road_is_by_straight_line_and_the_others_are_not(firm: Firm, provided: RoadServer) -> None:
    provided.nowhere = {EAST}
    wish(CENTRE, NORTH, EAST)
    work()
    assert set(wish(CENTRE, NORTH, EAST)) == {(CENTRE, NORTH), (NORTH, CENTRE)}
    assert (wishes(), row().failures) == (0, 0)


@pytest.mark.parametrize("learned", [False, True])
def test_a_place_that_the_service_always_fails_over_stops_no_others(
    firm: Firm, provided: RoadServer, moment: list[datetime], learned: bool
) -> None:
    if learned:
        wish(CENTRE, NORTH)
        work()
    provided.behave = lambda asked: (500, b"") if provided.lost(asked) else None
    provided.nowhere = {EAST}
    wish(CENTRE, NORTH, EAST)
    wish(CENTRE, (52.4, 13.4))
    for failures in (1, 2):
        work()
        assert row().failures == failures
    work()
    assert (row().failures, wishes()) == (0, 0)
    assert {pair for pair, seconds in roads().items() if seconds is None} == {
        (key(a), key(b)) for a, b in among([CENTRE, NORTH, EAST]) if EAST in (a, b)
    }
    assert len(roads()) == 8


def test_a_service_that_refuses_everything_is_not_believed_and_not_pressed(firm: Firm, provided: RoadServer) -> None:
    everything: Any = lambda _asked: (502, b"")  # noqa: E731
    provided.behave = everything
    wish(CENTRE, NORTH, EAST)
    for _ in range(3):
        work()
    assert (row().failures, row().problem, roads()) == (3, "status", {}), "nothing is learned of an outage"
    provided.behave = lambda _asked: None
    work()
    provided.behave = everything
    wish(CENTRE, (52.4, 13.4))
    for _ in range(2):
        work()
    before = len(provided.asked)
    work()
    assert (row().failures, len(roads()), len(provided.asked) - before) == (3, 6, 2), "a way that it knew shows that it is not the table"


def test_what_is_old_or_was_said_by_another_service_is_forgotten(firm: Firm, provided: RoadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    wish(CENTRE, NORTH, EAST)
    work()
    assert lane.forget(firm.now) is False
    assert len(roads()) == 6
    with transaction():
        settings.save_provider(values={"kind": "valhalla"}, secret_key=SECRET, now=firm.now, actor_id=None)
    assert wish(CENTRE, NORTH) == {}, "what OSRM said does not count"
    lane.forget(firm.now)
    assert roads() == {}
    work()
    assert len(roads()) == 2
    lane.forget(firm.now + rules.KEPT + timedelta(days=1))
    assert roads() == {}
    monkeypatch.setattr(rules, "MOST_ROADS", 0)
    wish(CENTRE, EAST)
    work()
    assert len(roads()) == 2
    lane.forget(firm.now)
    assert roads() == {}


def test_the_pace_is_learned_against_what_each_way_is_reckoned_by(firm: Firm, provided: RoadServer) -> None:
    li, job = firm.technician(), firm.job_type()
    wish(CENTRE, NORTH)
    work()
    road, line = round(drive(CENTRE, NORTH)) + FIXED, travel.seconds(CENTRE, NORTH)
    for day in (11, 12):
        visit = firm.book(li, berlin(f"2026-03-{day} 12:00"), job_type=job, ticket=firm.ticket(firm.site(*NORTH)))
        for action, at in (("on_my_way", timedelta()), ("arrived", timedelta(seconds=road * 1.5)), ("done", timedelta(hours=2))):
            told = berlin(f"2026-03-{day} 11:00") + at
            apply_field_update(person_id=li.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=told, now=told)
    with transaction():
        pace.learn(berlin("2026-03-13 12:00"))
    rows = {(one.base, one.ways): one.ratio for one in database.session.scalars(select(TravelPace))}
    took = round(road * 1.5)
    drawn = {base: round(min(2.0, (2 * took / reckoned + 5) / 7), 3) for base, reckoned in (("line", line), ("road", road))}
    assert rows == {("line", 2): pytest.approx(drawn["line"], abs=0.002), ("road", 2): pytest.approx(drawn["road"], abs=0.002)}
    ways = pace.ways_of([li], among([CENTRE, NORTH, EAST]))[li.id]
    noon = int(TEN.timestamp())
    assert ways.journey(CENTRE, (), NORTH, noon) == round(road * ways.road_paces["day"])
    assert ways.journey(CENTRE, (), EAST, noon) == round(travel.seconds(CENTRE, EAST) * ways.paces["day"])
    both = ways.way(CENTRE, [NORTH], EAST)
    assert (both.road, both.line, both.pickups) == (road, travel.seconds(NORTH, EAST), travel.PICK_UP)
    assert Ways(zone=ZoneInfo("UTC"), roads={(CENTRE, NORTH): 5}).journey(CENTRE, (), NORTH, noon) == 5


def test_a_plan_drives_there_by_another_road_than_back(firm: Firm, provided: RoadServer) -> None:
    li = firm.technician()
    with transaction():
        firm.book(li, TEN, job_type=firm.job_type(), ticket=firm.ticket(firm.site(*NORTH)))
    work()
    world = read_day(firm.branch, TEN.date(), now=firm.now, tickets="none")
    [job], [technician] = world.problem.jobs, world.problem.technicians
    there, back = (world.problem.travel[a][b] for a, b in ((technician.start_place, job.place), (job.place, technician.start_place)))
    assert (there, back) == (round(drive(CENTRE, NORTH)) + FIXED, round(drive(NORTH, CENTRE)) + FIXED)


def test_ways_of_the_next_days_are_wished_for_beforehand_and_of_a_site_that_moved(firm: Firm, provided: RoadServer) -> None:
    li, site = firm.technician(), firm.site(*NORTH)
    firm.book(li, TEN, job_type=firm.job_type(), ticket=firm.ticket(site))
    firm.ticket(firm.site(*EAST))
    ahead.hand_over(firm.now)
    ahead.hand_over(firm.now)
    row = database.session.scalars(select(OutboxRow).where(OutboxRow.kind == ahead.KIND)).one()
    database.session.commit()
    ahead.run(row.id, row.payload)
    work()
    assert set(roads()) == {(key(a), key(b)) for a, b in among([CENTRE, NORTH, EAST])}
    with transaction():
        update_site(site_id=site.id, changes={"latitude": 52.44}, now=firm.now)
        later.settle_all()
    assert wishes() == 2, "from where the day begins to where the site is now, and back"


def test_the_settings_say_who_may_are_audited_and_keep_the_key_to_its_server(
    firm: Firm, server: RoadServer, caller: Callable[..., Caller]
) -> None:
    admin, dispatcher = caller("admin"), caller("dispatcher")
    assert send(dispatcher, "get", "/road-provider").status_code == 403
    assert send(admin, "get", "/road-provider").json["state"] == "off"
    for wrong, name in (({"kind": "osrm", "address": "ftp://roads.example"}, "address"), ({"kind": "osrm", "address": ""}, "address"),
                        ({"kind": "osrm", "address": "http://x.example/?a=1"}, "address"), ({"key": "schlüssel"}, "key"),
                        ({"kind": "osrm", "address": "https://u:p@x.example"}, "address"), ({"kind": "google"}, "kind")):  # fmt: skip
        refused = send(admin, "patch", "/road-provider", wrong)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [name])
    found = send(admin, "patch", "/road-provider", {"kind": "osrm", "address": f"{server.address}/", "key": "s3cret"}).json
    assert (found["state"], found["has_key"], found["address"], "key" in found) == ("waiting", True, server.address, False)
    kept = row()
    assert "s3cret" not in kept.key_sealed
    assert settings.service_of(kept, secret_key=SECRET).key == "s3cret"
    with pytest.raises(TroubleError, match="key_lost"):
        settings.service_of(kept, secret_key="another")
    assert send(admin, "patch", "/road-provider", {"key_in": "query"}).json["has_key"] is True
    moved = send(admin, "patch", "/road-provider", {"address": "https://elsewhere.example"}).json
    assert moved["has_key"] is False, "it is not taken to another server"
    entries = list(database.session.scalars(select(AuditEntry).filter_by(target="road_provider").order_by(AuditEntry.id)))
    assert entries[0].after == {"kind": "osrm", "address": server.address, "has_key": True}
    assert "s3cret" not in str([(entry.before, entry.after) for entry in entries])


def test_the_check_says_in_words_what_is_wrong_and_sends_a_kept_key_to_its_own_server_only(
    firm: Firm, server: RoadServer, sign_in: Callable[..., Any]
) -> None:
    with transaction():
        given = {"kind": "osrm", "address": server.address, "key": "s3cret"}
        settings.save_provider(values=given, secret_key=SECRET, now=firm.now, actor_id=None)
    other = RoadServer()
    other.up()
    client = sign_in("admin")

    def check(who: Any = client, **values: Any) -> Any:
        database.session.commit()
        found = re.search(r'name="csrf-token" content="([^"]+)"', who.get("/account").text)
        assert found is not None
        return who.post("/settings/visits/ways/check", json=values, headers={"X-CSRFToken": found[1], "Accept": "application/json"})

    assert check(sign_in("dispatcher")).status_code == 403
    good = check().json
    assert (good["ok"], good["line_seconds"]) == (True, travel.seconds(CENTRE, (CENTRE[0] + 0.02, CENTRE[1])))
    assert server.asked[-1].headers["Authorization"] == "Bearer s3cret"
    assert check(address=other.address).json["ok"] is True
    assert "Authorization" not in other.asked[-1].headers
    other.down()
    assert check(address=other.address).json["problem"] == "The server cannot be reached. (Connection refused)"
    server.behave = lambda _asked: (200, b"<html>")
    assert check().json["problem"].startswith("The answer is none of this service: check the kind.")
    assert check(address="http://10.1.2.3").json["problem"].startswith("This address is not in the open internet")
    assert (check(kind="none").status_code, check(address="x").status_code, check(kind=7).status_code) == (422, 422, 422)
    assert row().failures == 0, "a check is no failure"


def test_the_figures_say_since_when_it_fails(firm: Firm, provided: RoadServer, sign_in: Callable[..., Any], moment: list[datetime]) -> None:
    provided.down()
    wish(CENTRE, NORTH)
    work()
    moment[0] += timedelta(seconds=90)
    database.session.commit()
    text_of = sign_in("admin").get("/metrics").text
    assert "callout_roads_failing_seconds 90.0" in text_of
    assert "callout_roads_wishes 1.0" in text_of

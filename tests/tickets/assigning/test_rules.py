"""Who gets which ticket: rules, what tickets need, who is there and has room, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.db import db as database
from core.errors import DomainError, NotValid
from customers.models import Equipment
from staff import services as staff
from staff.rules import WeeklyShift
from tests.tickets.assigning.conftest import Desk
from tickets import services
from tickets.assigning import placing, presenters, queries, setup
from tickets.assigning.models import Placement
from tickets.models import Ticket
from tickets.notices.models import Notice


def skipped(told: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["code"] for one in told["skipped"]}


def test_without_a_rule_and_with_a_manual_one_a_ticket_waits_to_be_picked(desk: Desk) -> None:
    desk.agent("Vera")
    assert desk.placed() == (None, {})
    desk.rule("manual")
    assert desk.placed() == (None, {})
    assert database.session.query(Placement).count() == 0


def test_least_loaded_gives_to_who_has_the_smallest_share(desk: Desk) -> None:
    vera, omar = desk.agent("Vera", capacity=10), desk.agent("Omar", capacity=2)
    desk.rule("least_loaded")
    for _number in range(2):
        services.assign(ticket_id=desk.firm.ticket().id, person_id=vera.id, actor_id=None, now=desk.now)
    services.assign(ticket_id=desk.firm.ticket().id, person_id=omar.id, actor_id=None, now=desk.now)
    who, told = desk.placed()
    assert who == "Vera", "2 of 10 is less than 1 of 2"
    assert (told["held"], told["capacity"], told["how"]) == (2, 10, "rule")


def test_round_robin_goes_on_from_who_was_last_and_passes_over_who_is_full(desk: Desk) -> None:
    for name, capacity in (("Ana", 9), ("Bo", 1), ("Cem", 9)):
        desk.agent(name, capacity)
    desk.rule("round_robin")
    assert [desk.placed()[0] for _turn in range(5)] == ["Ana", "Bo", "Cem", "Ana", "Cem"]


def test_the_best_skilled_gets_it_and_the_page_says_why_the_others_did_not(desk: Desk) -> None:
    desk.agent("Vera", chinese=2, boilers=4)
    desk.agent("Paul", chinese=1, boilers=2)
    omar = desk.agent("Omar", chinese=5, boilers=5)
    desk.agent("Kim", boilers=5)
    staff.add_absence(person_id=omar.id, starts_at=desk.now, ends_at=desk.now + timedelta(days=3), reason="Leave", now=desk.now)
    desk.needs(("language", "zh_Hans", "chinese", 1), ("equipment", " Gas  BOILER", "boilers", 2), ("kind", "complaint", "calm", 1))
    desk.rule("skill")
    customer = desk.customer(language="zh_Hans")
    boiler = Equipment(customer=customer, kind="Gas boiler", maker="", model="", serial="", notes="")
    database.session.add(boiler)
    database.session.flush()
    who, told = desk.placed(customer_id=customer.id, equipment_id=boiler.id)
    assert who == "Vera"
    assert {(need["name"], need["source"]) for need in told["needs"]} == {("Chinese", "language"), ("Boilers", "equipment")}
    assert skipped(told) == {"Omar": "absent", "Kim": "skill"}
    assert told["skipped"][0]["reason"] == "Leave"


def test_an_expired_certificate_is_no_skill(desk: Desk) -> None:
    person = desk.agent("Vera", gas=3)
    person.skills[0].expires_on = (desk.now - timedelta(days=1)).date()
    desk.rule("skill", skills=[{"skill_id": desk.skill("gas").id, "level": 1}])
    who, told = desk.placed()
    assert who is None
    assert skipped(told) == {"Vera": "skill"}


@pytest.mark.parametrize(
    ("presence", "state", "code"),
    [
        ("any", "offline", None),
        ("online", "offline", "offline"),
        ("online", "break", None),
        ("available", "break", "break"),
        ("available", "wrap_up", None),
    ],
)
def test_who_is_not_there_as_the_rule_wants_gets_nothing(desk: Desk, presence: str, state: str, code: str | None) -> None:
    person = desk.agent("Vera")
    for step in ("on_call", "wrap_up") if state == "wrap_up" else (state,):
        staff.set_presence(person_id=person.id, state=step, now=desk.now)
    desk.rule("least_loaded", presence=presence)
    who, told = desk.placed()
    assert who == (None if code else "Vera")
    assert skipped(told) == ({"Vera": code} if code else {})


def test_away_from_the_screen_and_off_shift(desk: Desk) -> None:
    away, off = desk.agent("Ana"), desk.agent("Bo")
    staff.set_presence(person_id=away.id, state="break", reason="away", now=desk.now)
    staff.set_shifts(person_id=off.id, shifts=[WeeklyShift(1, "14:00", "22:00")], now=desk.now)
    desk.rule("least_loaded")
    who, told = desk.placed()
    assert (who, skipped(told)) == (None, {"Ana": "away", "Bo": "off_shift"})
    assert off.id
    ticket = database.session.query(Ticket).one()
    later_that_day = desk.now + timedelta(hours=5)
    desk.place(later_that_day)
    assert desk.told(ticket)[0] == "Bo"


def test_steps_anybody_of_the_queue_after_ten_minutes_then_supervisors_are_told_once(desk: Desk) -> None:
    boss = desk.make_user("supervisor", name="Boss")
    desk.agent("Vera", capacity=1)
    desk.rule("skill", skills=[{"skill_id": desk.skill("cooling").id, "level": 2}], widen_after=10, tell_after=15)
    first, second = desk.firm.ticket(), desk.firm.ticket()
    desk.place()
    assert desk.told(first)[0] is None
    desk.place(desk.now + timedelta(minutes=9, seconds=59))
    assert desk.told(first)[0] is None
    desk.place(desk.now + timedelta(minutes=10))
    assert desk.told(first) == ("Vera", desk.told(first)[1])
    assert desk.told(first)[1]["widened"] is True
    assert skipped(desk.told(second)[1]) == {"Vera": "full"}
    for minutes in (15, 20, 40):
        desk.place(desk.now + timedelta(minutes=minutes))
    notices = database.session.query(Notice).all()
    assert [(notice.user_id, notice.ticket_id) for notice in notices] == [(boss.id, second.id)]


def test_room_again_means_tried_again_at_once(desk: Desk) -> None:
    vera = desk.agent("Vera", capacity=1)
    desk.rule("least_loaded")
    first, second = desk.firm.ticket(), desk.firm.ticket()
    desk.place()
    assert (desk.told(first)[0], desk.told(second)[0]) == ("Vera", None)
    services.resolve(ticket_id=first.id, now=desk.now + timedelta(seconds=2), actor_id=vera.user_id)
    desk.place(desk.now + timedelta(seconds=2))
    assert desk.told(second)[0] == "Vera"


def test_weights_count_in_the_capacity(desk: Desk) -> None:
    desk.agent("Vera", capacity=3)
    setup.save_settings(values={"weights": {"priority": {"urgent": 2}, "kind": {"question": 0.5}}}, now=desk.now, actor_id=None)
    desk.rule("least_loaded")
    assert desk.placed(priority="urgent")[0] == "Vera"
    assert desk.placed(priority="urgent")[0] is None, "4 would be more than 3"
    assert desk.placed(kind="question")[0] == "Vera"
    assert presenters.workloads(desk.now)[0]["held"] == 2.5


def test_what_other_packages_count_fills_the_capacity_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries.LOADS, "fillers", [(1, "chats", lambda ids: dict.fromkeys(ids, 10.0))])
    desk.agent("Vera", capacity=10)
    desk.rule("least_loaded")
    assert desk.placed()[0] is None


def test_last_contact_first_if_there_and_able(desk: Desk) -> None:
    vera, _omar = desk.agent("Vera"), desk.agent("Omar")
    desk.rule("last_contact")
    customer = desk.customer()
    before = desk.firm.ticket(customer_id=customer.id)
    services.assign(ticket_id=before.id, person_id=vera.id, actor_id=None, now=desk.now)
    services.reply(ticket_id=before.id, text="Hello", actor_id=vera.user_id, now=desk.now)
    assert desk.placed(customer_id=customer.id)[0] == "Vera", "although she has more"
    staff.set_presence(person_id=vera.id, state="offline", now=desk.now)
    assert desk.placed(customer_id=customer.id)[0] == "Omar"


def test_the_first_rule_that_fits_counts(desk: Desk) -> None:
    desk.agent("Vera")
    other = desk.queue("office")
    vip = {"match": "all", "items": [{"field": "priority", "op": "is", "value": ["urgent"]}]}
    desk.rule("manual", name="Urgent ones by hand", conditions=vip)
    desk.rule("least_loaded", queue_id=desk.firm.queue.id)
    assert desk.placed(priority="urgent")[0] is None
    assert desk.placed(queue_id=other.id)[0] is None, "no rule for this queue"
    assert desk.placed()[1]["rule"]["name"] == "least_loaded"


def test_put_back_to_the_queue_by_hand_it_stays_there_and_moved_it_is_placed_anew(desk: Desk) -> None:
    vera = desk.agent("Vera")
    desk.rule("least_loaded")
    ticket = desk.firm.ticket()
    desk.place()
    services.assign(ticket_id=ticket.id, person_id=None, actor_id=vera.user_id, now=desk.now)
    desk.place()
    assert desk.told(ticket)[0] is None
    other = desk.queue("office")
    services.move_to_queue(ticket_id=ticket.id, queue_id=other.id, actor_id=vera.user_id, now=desk.now)
    desk.place()
    assert desk.told(ticket)[0] == "Vera"


def test_who_leaves_for_good_has_their_tickets_placed_anew(desk: Desk) -> None:
    vera = desk.agent("Vera")
    ticket = desk.firm.ticket()
    services.assign(ticket_id=ticket.id, person_id=vera.id, actor_id=None, now=desk.now)
    desk.agent("Omar")
    desk.rule("least_loaded")
    done = desk.firm.ticket()
    services.assign(ticket_id=done.id, person_id=vera.id, actor_id=None, now=desk.now)
    services.resolve(ticket_id=done.id, now=desk.now, actor_id=None)
    staff.update_person(person_id=desk.agent("Nobody's").id, changes={"active": False}, now=desk.now)
    staff.update_person(person_id=vera.id, changes={"active": False}, now=desk.now)
    desk.place()
    assert desk.told(ticket)[0] == "Omar"
    services.reopen(ticket_id=done.id, now=desk.now, actor_id=None)
    desk.place()
    assert desk.told(done)[0] == "Omar", "re-opened, and who had it is gone"


def test_one_ticket_that_cannot_be_placed_does_not_keep_the_others_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.agent("Vera")
    desk.rule("least_loaded")
    bad, good = desk.firm.ticket(), desk.firm.ticket()
    decide = placing.decide

    def fails(ticket: Ticket, **values: Any) -> Any:
        if ticket.id == bad.id:
            raise RuntimeError("a bug")
        return decide(ticket, **values)

    monkeypatch.setattr(placing, "decide", fails)
    desk.place()
    assert (desk.told(bad)[0], desk.told(good)[0]) == (None, "Vera")
    monkeypatch.setattr(placing, "decide", decide)
    desk.place(desk.now + timedelta(minutes=5))
    assert desk.told(bad)[0] == "Vera"


def test_picked_by_hand_with_what_speaks_against_it(desk: Desk) -> None:
    boss = desk.make_user("supervisor")
    omar = desk.agent("Omar", capacity=1)
    desk.firm.queue.skills = []
    services.assign(ticket_id=desk.firm.ticket().id, person_id=omar.id, actor_id=None, now=desk.now)
    staff.add_absence(person_id=omar.id, starts_at=desk.now, ends_at=desk.now + timedelta(days=1), reason="Ill", now=desk.now)
    desk.needs(("kind", "fault", "tools", 1))
    ticket = desk.firm.ticket()
    services.assign(ticket_id=ticket.id, person_id=omar.id, actor_id=boss.id, now=desk.now)
    who, told = desk.told(ticket)
    assert (who, told["how"], [one["code"] for one in told["against"]]) == ("Omar", "by_hand", ["skill", "absent", "full"])


def test_picked_by_hand_is_refused_when_the_settings_say_so(desk: Desk) -> None:
    boss = desk.make_user("supervisor")
    omar = desk.agent("Omar", capacity=1)
    setup.save_settings(values={"by_hand": "refuse"}, now=desk.now, actor_id=boss.id)
    services.assign(ticket_id=desk.firm.ticket().id, person_id=omar.id, actor_id=boss.id, now=desk.now)
    ticket = desk.firm.ticket()
    with pytest.raises(DomainError, match="Omar has no room: 1 of 1") as refused:
        services.assign(ticket_id=ticket.id, person_id=omar.id, actor_id=boss.id, now=desk.now)
    assert refused.value.code == "not_able"
    assert desk.told(ticket)[0] is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"method": "by lot"}, "method"),
        ({"queue_id": 999}, "queue_id"),
        ({"skills": [{"skill_id": 999, "level": 1}]}, "skills"),
        ({"sources": ["weather"]}, "sources"),
        ({"widen_after": -1}, "widen_after"),
        ({"presence": "perhaps"}, "presence"),
        ({"conditions": {"match": "all", "items": [{"field": "moon", "op": "is", "value": ["full"]}]}}, "conditions"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_names_the_field(desk: Desk, values: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        desk.rule("manual", **values) if "name" not in values and "method" not in values else setup.save_rule(
            rule_id=None, values={"name": "A", "method": "manual", **values}, now=desk.now, actor_id=None
        )
    assert refused.value.field == field


@pytest.mark.parametrize("weights", [{"mood": {}}, {"priority": {"huge": 2}}, {"priority": {"urgent": -1}}, {"kind": {"fault": True}}])
def test_weights_that_cannot_be_are_refused(desk: Desk, weights: dict[str, Any]) -> None:
    with pytest.raises(NotValid):
        setup.save_settings(values={"weights": weights}, now=desk.now, actor_id=None)


def test_routing_of_new_tickets(desk: Desk) -> None:
    complaints, boilers, old = desk.queue("complaints"), desk.queue("boilers"), desk.queue("old")
    customer = desk.customer()
    boiler = Equipment(customer=customer, kind="Gas boiler", maker="", model="", serial="", notes="")
    database.session.add(boiler)
    database.session.flush()
    lines = [
        {"kind": "complaint", "queue_id": complaints.id},
        {"equipment_kind": "gas BOILER", "queue_id": boilers.id},
        {"from_queue_id": old.id, "queue_id": desk.firm.queue.id},
    ]
    setup.save_routes(lines=lines, now=desk.now, actor_id=None)

    def lands(actor_id: int | None = None, **values: Any) -> str:
        return desk.firm.ticket(actor_id=actor_id, **values).queue.key

    assert lands() == "repairs"
    assert lands(kind="complaint") == "complaints"
    assert lands(kind="complaint", equipment_id=boiler.id) == "boilers", "a category says more than a kind"
    assert lands(kind="complaint", queue_id=old.id) == "repairs", "the queue it came into outweighs both"
    somebody = desk.make_user("agent").id
    assert lands(somebody, kind="complaint") == "repairs", "who names a queue by hand gets it"
    assert lands(somebody, kind="complaint", queue_id=None) == "complaints"
    complaints.active = False
    database.session.flush()
    assert lands(kind="complaint") == "repairs", "nothing goes to a queue that is not used any more"
    for bad in ([{"queue_id": old.id}], [{"kind": "party", "queue_id": old.id}], [{"kind": "fault", "queue_id": 999}], lines + lines[:1]):
        with pytest.raises(NotValid):
            setup.save_routes(lines=bad, now=desk.now, actor_id=None)
    assert len(queries.routes()) == 3

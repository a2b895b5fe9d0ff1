"""Take next, races for tickets and for room, and the doors over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from core import clock, later
from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from core.errors import DomainError
from staff import services as staff
from staff.models import Person
from tests.tickets.assigning.conftest import Desk
from tests.tickets.conftest import HOUR, Firm
from tickets import services
from tickets.assigning import placing, setup, taking
from tickets.models import QueueSkill, Ticket

SignIn = Callable[..., FlaskClient]


def take(desk: Desk, person: Person) -> Ticket:
    return taking.take_next(actor_id=person.user_id, now=desk.now)


def test_the_most_urgent_first_by_due_time_then_priority_then_age(desk: Desk) -> None:
    vera = desk.agent("Vera", capacity=20)
    desk.firm.calendar()
    desk.firm.policy(conditions={"kinds": ["question"]}, resolution=HOUR)
    plain = [
        desk.firm.ticket(at=desk.now - timedelta(hours=hours), priority=priority)
        for hours, priority in ((1, "low"), (1, "high"), (2, "high"))
    ]
    due = desk.firm.ticket(priority="low", kind="question")
    waiting = desk.firm.ticket()
    services.change_status(ticket_id=waiting.id, status="waiting", wait_reason="part", now=desk.now, actor_id=None)
    taken = [take(desk, vera).id for _turn in range(4)]
    assert taken == [due.id, plain[2].id, plain[1].id, plain[0].id]
    with pytest.raises(DomainError) as none:
        take(desk, vera)
    assert none.value.code == "none"
    assert desk.told(due)[1]["how"] == "take_next"


def test_why_there_is_none_is_said(desk: Desk) -> None:
    vera = desk.agent("Vera", capacity=1)
    desk.firm.queue.skills = [QueueSkill(skill_id=desk.skill("phone").id, level=1)]
    desk.needs(("kind", "fault", "boilers", 2))
    desk.firm.ticket()
    with pytest.raises(DomainError, match="Phone, Boilers") as lacking:
        take(desk, vera)
    assert (lacking.value.code, lacking.value.details["skills"]) == ("skill", ["Phone", "Boilers"])
    desk.firm.queue.skills = []
    setup.save_needs(lines=[], now=desk.now, actor_id=None)
    assert take(desk, vera).assignee_id == vera.id
    with pytest.raises(DomainError, match="1 of 1") as full:
        take(desk, vera)
    assert full.value.code == "full"
    technician = desk.firm.person(desk.make_user("technician").id, kind="technician")
    with pytest.raises(DomainError) as nobody:
        take(desk, technician)
    assert nobody.value.code == "nobody"


def test_what_weighs_too_much_is_left_for_others(desk: Desk) -> None:
    vera = desk.agent("Vera", capacity=2)
    setup.save_settings(values={"weights": {"priority": {"urgent": 2}}}, now=desk.now, actor_id=None)
    light = desk.firm.ticket(priority="low")
    assert take(desk, vera).id == light.id
    desk.firm.ticket(priority="urgent")
    with pytest.raises(DomainError) as full:
        take(desk, vera)
    assert full.value.code == "full", "1 and 2 are more than 2"


def _side_by_side(app: Flask, works: list[Callable[[], Any]]) -> list[Any]:
    """Run them in threads at once, each in an application context of its own; what each gave or raised."""
    start, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait(10)
            try:
                with transaction():
                    found[place] = work()
            except DomainError as error:
                found[place] = error.code  # type: ignore[call-overload]
            finally:
                database.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.fixture
def crowd(app: Flask, committed_db: Any, committed_firm: Callable[[], Firm], now: datetime) -> Callable[..., list[tuple[int, int]]]:
    """`crowd(tickets=3, capacities=[2, 1])` → (person, user) ids; all committed, the tickets are nobody's."""

    def make(*, tickets: int, capacities: list[int]) -> list[tuple[int, int]]:
        accounts.ensure_roles()
        firm = committed_firm()
        found = []
        for number, capacity in enumerate(capacities):
            user = accounts.create_user(email=f"a{number}@callout.test", name=f"A{number}", password=None, roles=["agent"], now=now)
            person = firm.person(user.id)
            person.capacity = capacity
            staff.set_presence(person_id=person.id, state="ready", now=now)
            found.append((person.id, user.id))
        for _number in range(tickets):
            firm.ticket()
        later.settle_all()
        database.session.commit()
        return found

    return make


def _held() -> dict[int, int]:
    query = select(Ticket.assignee_id, func.count()).where(Ticket.assignee_id.is_not(None)).group_by(Ticket.assignee_id)
    return {row[0]: row[1] for row in database.session.execute(query)}


def test_eight_hands_never_take_the_same_ticket_and_never_more_than_they_hold(
    app: Flask, crowd: Callable[..., list[tuple[int, int]]], now: datetime
) -> None:
    people = crowd(tickets=5, capacities=[2, 1, 9])
    users = [user for _person, user in people]
    found = _side_by_side(
        app, [lambda user=user: taking.take_next(actor_id=user, now=now).id for user in (*users, *users, users[0], users[1])]
    )
    taken = [one for one in found if isinstance(one, int)]
    assert len(taken) == len(set(taken))
    assert set(found) - set(taken) <= {"full", "none", "busy"}
    held = _held()
    assert sum(held.values()) == len(taken)
    for (person, _user), capacity in zip(people, [2, 1, 9], strict=True):
        assert held.get(person, 0) <= capacity


def test_sweeps_and_hands_side_by_side_keep_to_the_capacity(app: Flask, crowd: Callable[..., list[tuple[int, int]]], now: datetime) -> None:
    people = crowd(tickets=8, capacities=[2, 3])
    setup.save_rule(rule_id=None, values={"name": "A", "method": "least_loaded"}, now=now, actor_id=None)
    database.session.commit()
    works: list[Callable[[], Any]] = [lambda: placing.place_due(now) for _number in range(3)]
    works += [lambda user=user: taking.take_next(actor_id=user, now=now).id for _person, user in people]  # type: ignore[misc]
    _side_by_side(app, works)
    database.session.rollback()
    with transaction():
        placing.place_due(now)
    assert _held() == {people[0][0]: 2, people[1][0]: 3}, "all the room there is, and no more"


# over HTTP


@pytest.fixture
def open_doors(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_taking_over_http_and_why_not(desk: Desk, sign_in: SignIn, open_doors: None) -> None:
    client = sign_in(user=desk.agent("Vera").user)
    ticket = desk.firm.ticket()
    database.session.commit()
    answer = client.post("/api/v1/next-ticket", json={})
    assert (answer.status_code, answer.json["number"], answer.json["assignee"]) == (201, ticket.number, "Vera")
    refused = client.post("/api/v1/next-ticket", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "none")
    found = client.get(f"/api/v1/tickets/{ticket.number}/assignment").json
    assert (found["assigned"]["how"], found["candidates"][0]["held"]) == ("take_next", 1)
    assert client.post(f"/api/v1/tickets/{ticket.number}/placement", json={}).status_code == 202


def test_rules_tables_and_settings_over_http(desk: Desk, sign_in: SignIn, open_doors: None) -> None:
    admin = sign_in("admin")
    skill, queue = desk.skill("boilers"), desk.firm.queue
    made = admin.post("/api/v1/assignment-rules", json={"name": "A", "queue_id": queue.id, "skills": [{"skill_id": skill.id, "level": 2}]})
    other = admin.post("/api/v1/assignment-rules", json={"name": "B", "method": "manual"})
    assert (made.status_code, other.status_code) == (201, 201), made.text
    changed = admin.patch(f"/api/v1/assignment-rules/{made.json['id']}", json={"widen_after": 5})
    assert (changed.json["widen_after"], changed.json["skills"]) == (5, [{"skill_id": skill.id, "level": 2}])
    ordered = admin.put("/api/v1/assignment-rule-order", json={"ids": [other.json["id"], made.json["id"]]})
    assert [rule["name"] for rule in ordered.json["items"]] == ["B", "A"]
    assert admin.put("/api/v1/assignment-rule-order", json={"ids": [other.json["id"]]}).status_code == 409
    assert admin.delete(f"/api/v1/assignment-rules/{other.json['id']}").status_code == 204
    needs = {"items": [{"source": "equipment", "value": "Gas Boiler", "skill_id": skill.id, "level": 3}]}
    assert admin.put("/api/v1/skill-needs", json=needs).json["items"][0]["value"] == "gas boiler"
    routes = {"items": [{"kind": "complaint", "queue_id": queue.id}]}
    assert admin.put("/api/v1/routing-table", json=routes).json["items"] == [
        {"from_queue_id": None, "kind": "complaint", "equipment_kind": None, "queue_id": queue.id}
    ]
    assert admin.patch("/api/v1/assignment-settings", json={"by_hand": "refuse"}).json["by_hand"] == "refuse"
    assert admin.patch("/api/v1/assignment-settings", json={"long_absence_hours": 0}).status_code == 422
    assert sign_in("supervisor").get("/api/v1/assignment-rules").status_code == 403


def test_handing_over_and_flows_over_http(desk: Desk, sign_in: SignIn, open_doors: None) -> None:
    vera, omar = desk.agent("Vera"), desk.agent("Omar")
    staff.add_absence(person_id=omar.id, starts_at=desk.now, ends_at=desk.now + timedelta(days=9), reason="Ill", now=desk.now)
    customer = desk.customer()
    ticket = desk.firm.ticket(customer_id=customer.id)
    services.assign(ticket_id=ticket.id, person_id=omar.id, actor_id=None, now=desk.now)
    boss = sign_in("supervisor")
    assert boss.get("/api/v1/away-people").json["items"][0]["open"] == 1
    done = boss.post("/api/v1/handovers", json={"person_id": omar.id, "to_id": vera.id, "numbers": [ticket.number]})
    assert (done.status_code, done.json["to"]) == (201, ["Vera"]), done.text
    assert boss.get("/api/v1/handovers").json["items"][0]["id"] == done.json["id"]
    assert boss.delete(f"/api/v1/handovers/{done.json['id']}").json == {"back": 1, "kept": 0}
    agent = sign_in(user=vera.user)
    assert agent.post("/api/v1/handovers", json={"person_id": omar.id}).status_code == 403
    path = f"/api/v1/customers/{customer.id}/service-flow"
    found = agent.get(path).json
    wanted = {"service_flow": "representative", "representative_id": vera.id}
    assert agent.post(f"{path}-previews", json=wanted).json == {"open": 1, "move": 1, "to": "Vera"}
    switched = agent.put(path, json={**wanted, "version": found["version"], "move_open": True})
    assert (switched.json["flow"], switched.json["now"]["name"], switched.json["moved"]) == ("representative", "Vera", 1), switched.text
    assert agent.put(path, json={**wanted, "version": found["version"]}).status_code == 409, "an older version"
    person = f"/api/v1/people/{vera.id}/deputies"
    deputy = boss.post(person, json={"deputy_id": omar.id})
    assert (deputy.status_code, boss.get(person).json["items"][0]["deputy"]) == (201, "Omar")
    assert boss.delete(f"/api/v1/deputies/{deputy.json['id']}").status_code == 204


def test_the_pages_open_for_those_they_are_for(desk: Desk, sign_in: SignIn, open_doors: None) -> None:
    customer = desk.customer()
    database.session.commit()
    assert sign_in("admin").get("/settings/assignment").status_code == 200
    assert sign_in("supervisor").get("/settings/assignment").status_code == 403
    assert sign_in("supervisor").get("/workload").status_code == 200
    assert sign_in("agent").get("/workload").status_code == 403
    assert 'id="service-flow"' in sign_in("agent").get(f"/customers/{customer.id}").get_data(as_text=True)


LISTS = ("/workloads", "/waiting-tickets", "/away-people", "/assignment-rules")


def _statements_of(client: FlaskClient, path: str) -> tuple[int, int]:
    """(statements, lines) of a list."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    database.session.expire_all()
    event.listen(database.engine, "before_cursor_execute", count)
    try:
        answer = client.get(f"/api/v1{path}")
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    return len(seen), len(answer.json["items"])


def test_a_list_costs_the_same_however_long_it_is(desk: Desk, sign_in: SignIn, open_doors: None) -> None:
    admin = sign_in("admin")
    counted: list[dict[str, tuple[int, int]]] = []
    for names in (["A"], ["B", "C", "D"]):
        for name in names:
            person = desk.agent(name)
            staff.add_absence(person_id=person.id, starts_at=desk.now, ends_at=desk.now + timedelta(days=9), reason="Ill", now=desk.now)
            services.assign(ticket_id=desk.firm.ticket().id, person_id=person.id, actor_id=None, now=desk.now)
            desk.rule("representative", name=name)
            desk.firm.ticket(customer_id=desk.customer(service_flow="representative", representative_id=person.id).id)
        desk.place()
        database.session.commit()
        counted.append({path: _statements_of(admin, path) for path in LISTS})
    for path in LISTS:
        (few, lines), (many, more) = counted[0][path], counted[1][path]
        assert (lines, more) == (1, 4), path
        assert few == many > 0, path

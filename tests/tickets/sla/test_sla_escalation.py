"""The escalation ladder: each level at its second of working time, once, and none for a breach that was none. Instants are counted by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core import outbox
from core.auth.models import User
from core.db import db as database
from core.db import transaction
from core.errors import NotValid
from core.live import topics
from staff.models import Absence, Person
from tests.threads import at_once
from tests.tickets.conftest import HOUR, OFFICE, Firm, utc
from tests.tickets.test_policy_changes import recompute_all
from tests.tickets.test_sweep import many_due
from tickets import services
from tickets.models import Entry, Ticket
from tickets.sla import escalating, on_call, policies, publishing, sweep
from tickets.sla.models import Clock, Escalation, EscalationNotice, OnCallRota, Policy

MINUTE = 60
MONDAY = utc("2026-03-09 08:00")  # 09:00 in Berlin, an hour after opening
TELL = {"do": "notify", "to": "role", "role": "supervisor"}


def step(after: int, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"after": after, "actions": list(actions or (TELL,))}


def laddered(firm: Firm, *steps: dict[str, Any], target: int = 2 * HOUR) -> Policy:
    """A policy of that target for the resolution, with this ladder."""
    policy = firm.policy(resolution=target)
    policies.update_policy(policy_id=policy.id, ladder=list(steps), now=firm.now, actor_id=None)
    return policy


def levels() -> list[tuple[int, datetime, bool]]:
    """(level, reached at, withdrawn) of the log, oldest first."""
    rows = database.session.scalars(database.select(Escalation).order_by(Escalation.id).execution_options(populate_existing=True))
    return [(row.level, row.reached_at, row.withdrawn_at is not None) for row in rows]


def sweep_until(at: datetime) -> None:
    """As the clock process does: until nothing more is due at that instant."""
    while database.session.scalar(database.select(database.func.count()).select_from(Clock).where(Clock.fire_at <= at)):
        sweep.fire_due(at)


def work_off(now: datetime) -> None:
    """Do all escalations that were fired."""
    for row in database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=escalating.KIND, done_at=None)).all():
        escalating.perform(escalation_id=row.payload["escalation_id"], now=now)
        outbox.finish(row.id, now=now)
    database.session.flush()


def test_levels_are_reached_in_working_time_each_after_the_one_before(firm: Firm) -> None:
    """Due 2 h after 08:00Z: 10:00Z. First level 30 min later: 10:30Z. The second 7 h after that: until closing at 17:00Z are 6:30 h, so half an
    hour of Tuesday from 07:00Z: 07:30Z. The third at once with it."""
    firm.calendar()
    laddered(firm, step(30 * MINUTE), step(7 * HOUR), step(0))
    firm.ticket(MONDAY)
    first, second = utc("2026-03-09 10:30"), utc("2026-03-10 07:30")
    for at, count in (
        (utc("2026-03-09 10:00"), 0),
        (first - timedelta(seconds=1), 0),
        (first, 1),
        (first + timedelta(seconds=1), 1),
        (second - timedelta(seconds=1), 1),
        (second, 3),
        (second + timedelta(days=9), 3),
    ):
        sweep_until(at)
        assert len(levels()) == count, at
    assert levels() == [(1, first, False), (2, second, False), (3, second, False)]


def test_the_ladder_stands_still_with_the_clock(firm: Firm) -> None:
    firm.calendar()
    laddered(firm, step(HOUR))
    ticket = firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    # 20 minutes after the breach it waits for a part, for 3 h: 40 minutes are left at 13:20 → 14:00Z.
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", now=utc("2026-03-09 10:20"), actor_id=None)
    sweep_until(utc("2026-03-09 13:00"))
    assert levels() == []
    services.change_status(ticket_id=ticket.id, status="open", now=utc("2026-03-09 13:20"), actor_id=None)
    sweep_until(utc("2026-03-09 13:59:59"))
    assert levels() == []
    sweep_until(utc("2026-03-09 14:00"))
    assert levels() == [(1, utc("2026-03-09 14:00"), False)]


def test_a_resolved_ticket_escalates_no_further(firm: Firm) -> None:
    firm.calendar()
    laddered(firm, step(HOUR))
    ticket = firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    services.resolve(ticket_id=ticket.id, now=utc("2026-03-09 10:30"), actor_id=None)
    sweep_until(utc("2026-03-12 10:00"))
    assert levels() == []


def test_a_withdrawn_breach_takes_its_levels_and_notices_back_and_may_climb_again(firm: Firm, make_user: Callable[..., User]) -> None:
    calendar = firm.calendar()
    laddered(firm, step(0), step(HOUR))
    boss = make_user("supervisor", name="Vera").id
    ticket_id = firm.ticket(MONDAY).id
    sweep_until(utc("2026-03-09 11:00"))
    work_off(utc("2026-03-09 11:00"))
    assert levels() == [(1, utc("2026-03-09 10:00"), False), (2, utc("2026-03-09 11:00"), False)]
    assert len(escalating.unseen(boss, 10)) == 2
    # Monday was a holiday after all: due Tuesday 07:00Z + 2 h = 09:00Z.
    definition = {"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": {"2026-03-09": "Founders' day"}}
    publishing.publish_calendar(calendar_id=calendar.id, definition=definition, now=utc("2026-03-09 12:00"), actor_id=None)
    recompute_all(utc("2026-03-09 12:00"))
    clock = database.session.scalars(database.select(Clock).filter_by(ticket_id=ticket_id, kind="resolution")).one()
    assert (clock.level, clock.withdrawn_at) == (0, utc("2026-03-09 12:00"))
    assert [withdrawn for _level, _at, withdrawn in levels()] == [True, True]
    assert escalating.unseen(boss, 10) == []
    sweep_until(utc("2026-03-10 10:00"))
    assert levels()[2:] == [(1, utc("2026-03-10 09:00"), False), (2, utc("2026-03-10 10:00"), False)]


def test_a_changed_ladder_goes_on_from_the_level_reached(firm: Firm) -> None:
    firm.calendar()
    policy = laddered(firm, step(0), step(5 * HOUR))
    firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    policies.update_policy(policy_id=policy.id, ladder=[step(0), step(HOUR), step(HOUR)], now=utc("2026-03-09 10:10"), actor_id=None)
    recompute_all(utc("2026-03-09 10:10"))
    sweep_until(utc("2026-03-09 12:00"))
    assert [(level, at) for level, at, _withdrawn in levels()] == [
        (1, utc("2026-03-09 10:00")),
        (2, utc("2026-03-09 11:00")),
        (3, utc("2026-03-09 12:00")),
    ]


def test_what_the_level_says_is_done_once_and_stands_in_the_ticket(firm: Firm, make_user: Callable[..., User]) -> None:
    firm.calendar()
    ana, ben, vera = make_user("agent", name="Ana"), make_user("agent", name="Ben"), make_user("supervisor", name="Vera")
    owner, other = firm.person(ana.id), firm.person(ben.id)
    rota = OnCallRota(name="Nights", time_zone="UTC", starts_on=MONDAY.date(), handover="00:00", turn_days=7, people=[other.id], swaps=[])
    database.session.add(rota)
    database.session.flush()
    laddered(
        firm,
        step(
            0,
            {"do": "notify", "to": "assignee"},
            {"do": "call", "to": "on_call", "id": rota.id},
            {"do": "notify", "to": "person", "id": other.id},
        ),
        step(HOUR, TELL, {"do": "priority", "priority": "urgent"}, {"do": "assign", "to": "on_call", "id": rota.id}),
    )
    ticket = firm.ticket(MONDAY)
    services.assign(ticket_id=ticket.id, person_id=owner.id, now=MONDAY, actor_id=None)
    for at in (utc("2026-03-09 10:00"), utc("2026-03-09 11:00")):
        sweep_until(at)
        work_off(at)
        for row in database.session.scalars(database.select(Escalation)).all():
            escalating.perform(escalation_id=row.id, now=at)  # a worker that lost its lease does it again
    assert (ticket.priority, ticket.assignee_id) == ("urgent", other.id)
    notices = database.session.execute(database.select(EscalationNotice.user_id, EscalationNotice.call).order_by(EscalationNotice.id)).all()
    # Ben is named twice by the first level: told once, and to be called.
    assert [tuple(row) for row in notices] == [(ana.id, False), (ben.id, True), (vera.id, False)]
    entries = database.session.scalars(database.select(Entry).filter_by(ticket_id=ticket.id, kind="change").order_by(Entry.id)).all()
    told = [entry.data["escalation"] for entry in entries if "escalation" in entry.data]
    assert [(one["level"], one["clock"], [action["names"] for action in one["done"]]) for one in told] == [
        (1, "resolution", [["Ana"], ["Ben"], ["Ben"]]),
        (2, "resolution", [["Vera"], [], ["Ben"]]),
    ]


def test_a_level_whose_people_are_gone_says_so_and_does_the_rest(firm: Firm) -> None:
    firm.calendar()
    laddered(
        firm,
        step(0, {"do": "notify", "to": "assignee"}, {"do": "assign", "to": "on_call", "id": 999}, {"do": "priority", "priority": "high"}),
    )
    ticket = firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    work_off(utc("2026-03-09 10:00"))
    done = database.session.scalars(database.select(Escalation.done)).one()
    assert [action.get("failed") for action in done or []] == ["nobody", "nobody", None]
    assert ticket.priority == "high"


def test_a_priority_is_raised_and_never_lowered(firm: Firm) -> None:
    firm.calendar()
    laddered(firm, step(0, {"do": "priority", "priority": "normal"}))
    ticket = firm.ticket(MONDAY, priority="urgent")
    sweep_until(utc("2026-03-09 10:00"))
    work_off(utc("2026-03-09 10:00"))
    assert ticket.priority == "urgent"


@pytest.mark.parametrize(
    "ladder",
    [
        [{"after": -1, "actions": [TELL]}],
        [{"after": 60, "actions": []}],
        [{"after": 60}],
        ["soon"],
        [{"after": 60, "actions": [{"do": "shout"}]}],
        [{"after": 60, "actions": [{"do": "notify", "to": "role", "role": "king"}]}],
        [{"after": 60, "actions": [{"do": "assign", "to": "role", "role": "agent"}]}],
        [{"after": 60, "actions": [{"do": "priority", "priority": "extreme"}]}],
        [{"after": 60, "actions": [TELL]}] * 10,
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused_and_nothing_changes(firm: Firm, ladder: list[Any], now: datetime) -> None:
    policy = laddered(firm, step(60))
    with pytest.raises(NotValid) as refused:
        policies.update_policy(policy_id=policy.id, ladder=ladder, now=now, actor_id=None)
    assert (refused.value.field, policy.ladder) == ("ladder", [step(60)])


@pytest.mark.slow
def test_four_sweeps_at_once_reach_every_level_exactly_once(
    app: Flask, committed_firm: Callable[[], Firm], now: datetime, committed_db: Any
) -> None:
    due = now + timedelta(hours=1)
    with transaction():
        firm = committed_firm()
        policy = laddered(firm, step(0), step(0), target=HOUR)
        many_due(firm, 300, due)
        database.session.execute(update(Clock).values(policy_id=policy.id, ladder=[0, 0], escalate_at=due))
        database.session.execute(update(Ticket).values(policy_id=policy.id))

    def sweeping() -> None:
        left = True
        while left:
            with transaction():
                sweep.fire_due(due)
            left = bool(database.session.scalar(database.select(database.func.count(Clock.id)).where(Clock.fire_at <= due)))
            database.session.rollback()

    at_once(app, sweeping, 4)
    found = Counter((row.clock_id, row.level) for row in database.session.scalars(database.select(Escalation)))
    assert len(found) == 600
    assert set(found.values()) == {1}
    rows = database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=escalating.KIND)).all()
    assert len({row.payload["escalation_id"] for row in rows}) == len(rows) == 600


@pytest.mark.parametrize(
    ("local", "place"),
    [
        ("2026-03-02 07:59", 0),  # before it begins: the first
        ("2026-03-02 08:00", 0),
        ("2026-03-09 07:59", 0),  # Monday before the hand-over: still the first one's week
        ("2026-03-09 08:00", 1),
        ("2026-03-23 08:00", 0),  # three people: the fourth week is the first one's again
        ("2026-03-30 07:59", 0),  # clocks went forward on the 29th; the hand-over is at 08:00 by the wall
        ("2026-03-30 08:00", 1),
    ],
)
def test_turns_change_at_the_hand_over_by_the_wall_clock(local: str, place: int) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    given = {"starts_on": utc("2026-03-02 00:00").date(), "handover": "08:00", "turn_days": 7, "time_zone": "Europe/Berlin"}
    assert on_call.turn_at(**given, people=3, at=at) == place  # type: ignore[arg-type]


def three_on_call(firm: Firm, make_user: Callable[..., User]) -> tuple[OnCallRota, list[Person]]:
    people = [firm.person(make_user("supervisor", name=name).id) for name in ("Ana", "Ben", "Cem")]
    values = {
        "name": "Nights",
        "time_zone": "UTC",
        "starts_on": MONDAY.date(),
        "handover": "00:00",
        "turn_days": 1,
        "people": [person.id for person in people],
    }
    return on_call.save_rota(rota_id=None, values=values, now=MONDAY, actor_id=None), people


def test_the_absent_and_those_who_left_are_passed_over_and_stand_ins_come_first(firm: Firm, make_user: Callable[..., User]) -> None:
    rota, (ana, ben, cem) = three_on_call(firm, make_user)

    def who(at: datetime) -> str | None:
        person = on_call.person_on_call(rota.id, at)
        return person.name if person else None

    day = timedelta(days=1)
    assert [who(MONDAY + number * day) for number in range(4)] == ["Ana", "Ben", "Cem", "Ana"]
    database.session.add(Absence(person_id=ana.id, starts_at=MONDAY - day, ends_at=MONDAY + day, reason="leave"))
    ben.active = False
    database.session.flush()
    assert [who(MONDAY + number * day) for number in range(4)] == ["Cem", "Cem", "Cem", "Ana"]
    swap = {"person_id": cem.id, "from": MONDAY + 3 * day, "until": MONDAY + 4 * day}
    on_call.save_rota(rota_id=rota.id, values={"swaps": [swap]}, now=MONDAY, actor_id=None)
    assert [who(MONDAY + 3 * day), who(MONDAY + 4 * day - timedelta(seconds=1)), who(MONDAY + 6 * day)] == ["Cem", "Cem", "Ana"]
    assert on_call.person_on_call(999_999, MONDAY) is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"handover": "noon"}, "handover"),
        ({"turn_days": 0}, "turn_days"),
        ({"people": []}, "people"),
        ({"people": [999_999]}, "people"),
        ({"swaps": [{"person_id": 999_999, "from": MONDAY, "until": MONDAY}]}, "swaps"),
    ],
)
def test_a_rota_that_cannot_be_meant_is_refused_at_its_field(
    firm: Firm, make_user: Callable[..., User], values: dict[str, Any], field: str
) -> None:
    rota, _people = three_on_call(firm, make_user)
    before = on_call.facts(rota)
    with pytest.raises(NotValid) as refused:
        on_call.save_rota(rota_id=rota.id, values=values, now=MONDAY, actor_id=None)
    database.session.refresh(rota)
    assert (refused.value.field, on_call.facts(rota)) == (field, before)


@pytest.fixture
def admin(sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    return sign_in("admin")


def test_over_http_rotas_come_change_and_go(firm: Firm, admin: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    person = firm.person(admin.user.id)  # type: ignore[attr-defined]
    database.session.commit()
    body = {"name": "Nights", "time_zone": "Europe/Berlin", "starts_on": "2026-03-09", "people": [person.id]}
    made: Any = admin.post("/api/v1/on-call-rotas", json=body).json
    assert (made["now"]["id"], made["turn_days"]) == (person.id, 7)
    swaps = [{"person_id": person.id, "from": "2026-03-10T00:00:00Z", "until": "2026-03-11T00:00:00Z"}]
    changed = admin.patch(f"/api/v1/on-call-rotas/{made['id']}", json={"swaps": swaps})
    assert changed.status_code == 200, changed.text
    listed: Any = admin.get("/api/v1/on-call-rotas").json
    assert [one["person_id"] for one in listed["items"][0]["swaps"]] == [person.id]
    assert sign_in("dispatcher").get("/api/v1/on-call-rotas").status_code == 403
    assert admin.post("/api/v1/on-call-rotas", json={**body, "people": []}).status_code == 422
    assert admin.delete(f"/api/v1/on-call-rotas/{made['id']}").status_code == 204
    assert admin.delete(f"/api/v1/on-call-rotas/{made['id']}").status_code == 404


def test_the_log_is_the_supervisors_and_a_notice_is_seen_by_whom_it_is_for(
    firm: Firm, sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    firm.calendar()
    supervisor, agent = sign_in("supervisor"), sign_in("agent")
    laddered(firm, step(0))
    ticket = firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    work_off(utc("2026-03-09 10:00"))
    database.session.commit()
    log: Any = supervisor.get("/api/v1/escalations").json
    assert [(row["number"], row["level"], row["done"][0]["do"]) for row in log["items"]] == [(ticket.number, 1, "notify")]
    assert agent.get("/api/v1/escalations").status_code == 403
    boss = supervisor.user.id  # type: ignore[attr-defined]
    (notice,) = escalating.unseen(boss, 10)
    assert agent.post(f"/api/v1/notices/{notice['id']}/sighting").status_code == 204
    assert len(escalating.unseen(boss, 10)) == 1
    assert supervisor.post(f"/api/v1/notices/{notice['id']}/sighting").status_code == 204
    assert escalating.unseen(boss, 10) == []


def test_a_page_with_more_notices_than_it_shows_gets_the_next_one_when_one_is_seen(firm: Firm, make_user: Callable[..., User]) -> None:
    """The topic shows the newest 20; of 23 the boundary around that place names those that come and go when two changed."""
    firm.calendar()
    boss = make_user("supervisor", name="Vera")
    laddered(firm, step(0))
    for _number in range(23):
        firm.ticket(MONDAY)
    sweep_until(utc("2026-03-09 10:00"))
    work_off(utc("2026-03-09 10:00"))
    ids = [str(row["id"]) for row in escalating.unseen(boss.id, 100)]
    topic = topics.topics["notices"]
    assert len(ids) == 23
    assert list(topic.rows(str(boss.id), "staff")) == ids[:20]
    assert topic.boundary is not None
    assert list(topic.boundary(str(boss.id), "staff", 2)) == ids[18:22]
    escalating.see(notice_id=int(ids[0]), user_id=boss.id, now=MONDAY)
    assert list(topic.rows(str(boss.id), "staff")) == ids[1:21]

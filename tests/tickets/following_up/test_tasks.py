"""Follow-up tasks: whose, when, reminded once, on the ticket and free-standing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.mail import reminders
from callcenter.mail.models import Mailbox
from core import events, later, outbox
from core.auth.models import User
from core.db import db as database
from core.db import transaction
from core.errors import Conflict, NotAllowed, NotValid
from core.live import Viewer
from core.live.topics import place_for
from staff.events import PersonLeaving
from tests.core.live.harness import rows_of
from tests.threads import at_once
from tests.tickets.conftest import OFFICE, Firm, utc
from tests.tickets.test_api import Program
from tickets import services as tickets
from tickets.sla.calendar import Calendar
from tickets.tasks import queries, rules, services
from tickets.tasks.events import TaskReminded
from tickets.tasks.models import Task, TaskChange

BERLIN = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": ["2026-04-03", "2026-04-06"]})


@pytest.mark.parametrize(
    ("start", "amount", "unit", "wanted"),
    [
        ("2026-03-10 09:00", 2, "working_days", "2026-03-12 09:00"),
        ("2026-03-13 09:00", 2, "working_days", "2026-03-17 09:00"),  # over a weekend
        ("2026-04-02 09:00", 1, "working_days", "2026-04-07 09:00"),  # over Easter's holidays
        ("2026-03-27 09:00", 1, "working_days", "2026-03-30 08:00"),  # the clocks go forward: 10:00 stays 10:00
        ("2026-10-23 08:00", 1, "working_days", "2026-10-26 09:00"),  # and back
        ("2026-03-10 20:00", 1, "working_days", "2026-03-11 17:00"),  # in the evening: by closing time
        ("2026-03-10 04:00", 1, "working_days", "2026-03-11 07:00"),  # at night: at opening time
        ("2026-03-28 09:00", 1, "days", "2026-03-29 08:00"),  # the same local time, on a day of 23 hours
        ("2026-03-28 01:30", 1, "days", "2026-03-29 01:00"),  # 02:30 does not exist there: the first instant after
        ("2026-03-28 09:00", 24, "hours", "2026-03-29 09:00"),
        ("2026-01-31 09:00", 4, "weeks", "2026-02-28 09:00"),
    ],
)
def test_due_times_are_counted_by_the_branchs_calendar_and_clock(start: str, amount: int, unit: str, wanted: str) -> None:
    assert rules.after(amount, unit, now=utc(start), calendar=BERLIN) == utc(wanted)


@settings(max_examples=50, deadline=None)
@given(now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)), count=st.integers(1, 30))
def test_more_working_days_are_never_earlier_and_always_within_hours(now: datetime, count: int) -> None:
    at = utc(now.isoformat(" ", "seconds"))
    sooner, due = (rules.in_working_days(days, now=at, calendar=BERLIN) for days in (count, count + 1))
    assert at < sooner < due
    local = due.astimezone(BERLIN.zone)
    assert any(window.start <= local.hour * 60 + local.minute <= window.end for window in BERLIN.windows_on(local.date()))


@pytest.fixture
def ana(make_user: Callable[..., User], firm: Firm) -> User:
    user = make_user("agent", name="Ana")
    firm.person(user.id)
    return user


def test_a_task_is_its_tickets_assignees_or_its_queues(firm: Firm, ana: User, now: datetime) -> None:
    ticket = firm.ticket()
    waiting = services.create(text=" Call  back ", ticket_id=ticket.id, now=now, actor_id=ana.id)
    assert (waiting.text, waiting.person_id, waiting.queue_id) == ("Call back", None, firm.queue.id)
    person_id = queries.staff.person_of_user(ana.id).id  # type: ignore[union-attr]
    tickets.assign(ticket_id=ticket.id, person_id=person_id, actor_id=None, now=now)
    assert services.create(text="Call back", ticket_id=ticket.id, now=now, actor_id=None).person_id == person_id
    assert services.create(text="Tidy up", now=now, actor_id=ana.id).person_id == person_id


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"text": "a", "remind_before": 60}, "remind_before"),
        ({"text": "a", "due_in": {"amount": 1, "unit": "moons"}}, "due_in"),
        ({"text": "a", "due_in": {"amount": 999_999, "unit": "days"}}, "due_in"),
        ({"text": "a", "person_id": 999}, "person_id"),
        ({"text": "a", "queue_id": 999}, "queue_id"),
        ({"text": "a", "person_id": 1, "queue_id": 1}, "queue_id"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_field(firm: Firm, ana: User, now: datetime, values: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        services.create(now=now, actor_id=ana.id, **values)
    assert refused.value.field == field
    assert database.session.query(Task).count() == 0


def reminded() -> list[TaskReminded]:
    """What was published since the last call."""
    held = database.session().info.pop("events", [])
    return [event for event, _savepoint in held if isinstance(event, TaskReminded)]


def test_a_reminder_comes_once_also_late_and_anew_after_a_move(firm: Firm, ana: User, now: datetime) -> None:
    task = services.create(text="Call", due_at=now + timedelta(hours=2), remind_before=1800, now=now, actor_id=ana.id)
    services.remind_due(now + timedelta(minutes=89))
    assert reminded() == []
    for _again in range(2):
        services.remind_due(now + timedelta(days=3))  # the clock process was away for three days
    assert [event.task_id for event in reminded()] == [task.id]
    services.see(task_id=task.id, now=now + timedelta(days=3), actor_id=ana.id)
    services.change(task_id=task.id, due_in={"amount": 1, "unit": "hours"}, now=now + timedelta(days=3), actor_id=ana.id)
    assert (task.reminded_at, task.seen_at) == (None, None)
    services.remind_due(now + timedelta(days=3, minutes=30))
    assert len(reminded()) == 1
    assert [change["what"] for change in queries.changes_of(task.id)] == ["created", "reminded", "moved", "reminded"]


def test_what_is_done_reminds_nobody_until_it_is_taken_up_again(firm: Firm, ana: User, now: datetime) -> None:
    task = services.create(text="Call", due_at=now + timedelta(hours=1), remind_before=0, now=now, actor_id=ana.id)
    services.finish(task_id=task.id, now=now, actor_id=ana.id)
    services.finish(task_id=task.id, now=now + timedelta(minutes=1), actor_id=ana.id)
    assert task.done_at == now
    services.remind_due(now + timedelta(hours=2))
    assert reminded() == []
    with pytest.raises(Conflict):
        services.change(task_id=task.id, text="Other", now=now, actor_id=ana.id)
    services.take_up(task_id=task.id, now=now + timedelta(hours=2), actor_id=ana.id)
    services.remind_due(now + timedelta(hours=2))
    assert len(reminded()) == 1


def test_a_free_standing_task_is_its_persons_own(firm: Firm, ana: User, make_user: Callable[..., User], now: datetime) -> None:
    other = make_user("agent")
    task = services.create(text="Tax papers", now=now, actor_id=ana.id)
    with pytest.raises(NotAllowed):
        services.finish(task_id=task.id, now=now, actor_id=other.id)
    services.finish(task_id=task.id, now=now, actor_id=other.id, manager=True)


def test_a_change_over_a_colleagues_change_is_refused(firm: Firm, ana: User, now: datetime) -> None:
    task = services.create(text="Call", now=now, actor_id=ana.id)
    seen = task.version
    services.change(task_id=task.id, text="Call again", now=now, actor_id=ana.id, expected_version=seen)
    with pytest.raises(Conflict):
        services.change(task_id=task.id, text="Write", now=now, actor_id=ana.id, expected_version=seen)
    assert task.text == "Call again"


def test_tasks_move_along_when_tickets_are_merged_and_back(firm: Firm, ana: User, now: datetime) -> None:
    survivor, merged = firm.ticket(), firm.ticket(subject="The same")
    task = services.create(text="Call", ticket_id=merged.id, now=now, actor_id=ana.id)
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=now, actor_id=ana.id)
    assert task.ticket_id == survivor.id
    tickets.undo_merge(merged_id=merged.id, now=now, actor_id=ana.id)
    assert task.ticket_id == merged.id


def test_tasks_of_somebody_who_leaves_go_to_the_queue(firm: Firm, ana: User, now: datetime) -> None:
    person = queries.staff.person_of_user(ana.id)
    assert person is not None
    task = services.create(text="Call", ticket_id=firm.ticket().id, person_id=person.id, now=now, actor_id=ana.id)
    events.publish(PersonLeaving(at=now, person_id=person.id, user_id=ana.id))
    assert (task.person_id, task.queue_id) == (None, firm.queue.id)


class Screen:
    """A browser that fetched the topic `work` once and then only hears changes."""

    def __init__(self, user: User) -> None:
        viewer = Viewer(subject=str(user.id), name=user.name, user_id=user.id, roles=frozenset({"agent"}))
        self.place = place_for(viewer, "work")
        self.rows = rows_of(self.place)

    def hear(self) -> None:
        later.settle_all()
        held = database.session().info.pop("live.touched", None) or {"touched": {}, "all": set()}
        if self.place.address in held["all"]:
            self.rows = rows_of(self.place)
        keys = set(held["touched"].get(self.place.address, set()))
        for key, data in self.place.render(keys | self.place.boundary(len(keys))).items():
            self.rows.pop(key, None)
            if data is not None:
                self.rows[key] = data
        assert self.rows == rows_of(self.place)


def test_every_change_reaches_the_page_of_who_has_the_task(firm: Firm, ana: User, now: datetime) -> None:
    screen, ticket = Screen(ana), firm.ticket()
    task = services.create(text="Call", ticket_id=ticket.id, due_at=now, remind_before=0, now=now, actor_id=None)
    screen.hear()
    assert list(screen.rows) == [f"task:{task.id}"]
    services.remind_due(now)
    screen.hear()
    person = queries.staff.person_of_user(ana.id)
    assert person is not None
    services.change(task_id=task.id, person_id=person.id, now=now, actor_id=ana.id)
    screen.hear()
    tickets.set_subject(ticket_id=ticket.id, subject="Another", now=now, actor_id=ana.id)
    screen.hear()
    assert screen.rows[f"task:{task.id}"]["subject"] == "Another"
    services.finish(task_id=task.id, now=now, actor_id=ana.id)
    screen.hear()
    assert screen.rows == {}


def test_the_api_from_creating_to_done(
    firm: Firm, as_role: Callable[..., Program], sign_in: Callable[..., FlaskClient], now: datetime
) -> None:
    agent = as_role("agent")
    person = queries.staff.person_of_user(agent.user_id)
    assert person is not None
    number, name, person_id = firm.ticket().number, person.name, person.id
    body = {"text": "Call", "ticket": number, "person_id": person_id, "due_in": {"amount": 2, "unit": "days"}}
    made = agent("POST", "/tasks", body)
    assert made.status_code == 201, made.json
    task = made.json
    assert (task["number"], task["person"], task["done_at"]) == (number, name, None)
    assert [row["id"] for row in agent("GET", "/tasks").json["items"]] == [task["id"]]
    assert agent("PATCH", f"/tasks/{task['id']}", {"text": "", "version": task["version"]}).status_code == 422
    assert agent("POST", f"/tasks/{task['id']}/completion", {}).json["done_by"] == name
    assert agent("GET", "/tasks").json["items"] == []
    assert [row["id"] for row in agent("GET", "/tasks?list=done").json["items"]] == [task["id"]]
    assert agent("DELETE", f"/tasks/{task['id']}/completion").json["done_at"] is None
    assert [row["id"] for row in agent("GET", f"/tickets/{number}/tasks").json["items"]] == [task["id"]]
    assert [row["what"] for row in agent("GET", f"/tasks/{task['id']}/changes").json["items"]] == ["created", "done", "undone"]
    assert agent("PUT", "/reminder-wish", {"by_mail": True}).json == agent("GET", "/reminder-wish").json == {"by_mail": True}
    assert agent("GET", "/tasks/999").status_code == 404
    assert as_role("technician")("GET", "/tasks").status_code == 403
    assert sign_in("agent").get("/tasks").status_code == 200


def test_a_list_costs_the_same_for_one_task_and_for_many(
    firm: Firm, as_role: Callable[..., Program], now: datetime, statements: list[str]
) -> None:
    agent, counted = as_role("agent"), []
    for count in (1, 12):
        for _one in range(count):
            services.create(text="Call", ticket_id=firm.ticket().id, queue_id=firm.queue.id, now=now, actor_id=None)
        database.session.commit()
        statements.clear()
        assert agent("GET", "/tasks?list=queues").status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_who_wishes_gets_the_reminder_by_mail_once(firm: Firm, ana: User, now: datetime) -> None:
    database.session.add(
        Mailbox(name="Support", address="help@kestrel.example", queue_id=firm.queue.id, sender_name="Kestrel", signature="")
    )
    database.session.flush()
    services.wish_mail(user_id=ana.id, by_mail=True)
    task = services.create(text="Prüfen & rückrufen", due_at=now, remind_before=0, now=now, actor_id=ana.id)
    services.remind_due(now)
    services.remind_due(now)
    rows = list(database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=reminders.KIND)))
    assert [row.payload["user_id"] for row in rows] == [ana.id]
    letter = reminders.letter_of(rows[0].payload, now=now)
    assert letter is not None
    mail = message_from_bytes(letter.content)
    assert (mail["To"], letter.recipient) == (f"Ana <{ana.email}>", ana.email)
    assert "Prüfen & rückrufen" in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    services.finish(task_id=task.id, now=now, actor_id=ana.id)
    assert reminders.letter_of(rows[0].payload, now=now) is None


def test_two_clock_processes_remind_each_task_exactly_once(app: Flask, committed_firm: Callable[[], Firm], now: datetime) -> None:
    with transaction():
        firm = committed_firm()
        for _number in range(60):
            services.create(text="Call", queue_id=firm.queue.id, due_at=now, remind_before=0, now=now, actor_id=None)

    def sweep() -> None:
        more = True
        while more:
            with transaction():
                more = services.remind_due(now)

    at_once(app, sweep)
    counts = database.session.execute(database.select(TaskChange.task_id).filter_by(what="reminded")).scalars().all()
    assert sorted(counts) == sorted(set(counts))
    assert len(counts) == 60

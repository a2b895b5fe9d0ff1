"""Leave: asked for, decided with a word, cancelled; an absence comes of it and goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.audit import AuditEntry
from core.errors import Conflict, NotValid
from staff import leave, queries, services
from staff.models import Absence, LeaveRequest, Person
from tickets.notices import services as notices

DAYS = {"first_day": date(2026, 3, 12), "last_day": date(2026, 3, 13)}


def asked(person: Person, now: datetime, **values: Any) -> LeaveRequest:
    return services.ask_for_leave(person_id=person.id, now=now, **({"kind": "vacation"} | DAYS | values))


def absences(person: Person) -> list[tuple[datetime, datetime, str]]:
    year = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    return [(row.starts_at, row.ends_at, row.reason) for row in queries.absences([person.id], *year)]


def test_approved_leave_is_an_absence_of_whole_days_where_the_branch_is(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    row = asked(person, now)
    assert absences(person) == []
    services.approve_leave(leave_id=row.id, answer="Enjoy", now=now)
    assert (row.state, row.answer) == ("approved", "Enjoy")
    assert absences(person) == [(datetime(2026, 3, 11, 23, tzinfo=UTC), datetime(2026, 3, 13, 23, tzinfo=UTC), "Vacation")]


def test_a_part_of_a_day_is_absent_from_its_time_on(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    row = asked(person, now, starts="13:00", ends="12:00")
    services.approve_leave(leave_id=row.id, now=now)
    assert absences(person)[0][:2] == (datetime(2026, 3, 12, 12, tzinfo=UTC), datetime(2026, 3, 13, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"last_day": date(2026, 3, 11)}, "last_day"),
        ({"last_day": date(2028, 3, 11)}, "last_day"),
        ({"first_day": date(2026, 3, 2), "last_day": date(2026, 3, 3)}, "last_day"),
        ({"last_day": date(2026, 3, 12), "starts": "12:00", "ends": "12:00"}, "ends"),
        ({"starts": "noon"}, "starts"),
        ({"ends": "24:00"}, "ends"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_leave_that_makes_no_sense_is_refused_and_names_the_field(
    make_person: Callable[..., Person], now: datetime, db: Any, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(NotValid) as refused:
        asked(make_person(), now, **values)
    assert refused.value.field == field
    assert db.session.scalars(select(LeaveRequest)).all() == []


def test_days_are_asked_for_once_until_they_are_free_again(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    row = asked(person, now)
    with pytest.raises(NotValid):
        asked(person, now, first_day=date(2026, 3, 13), last_day=date(2026, 3, 14))
    services.cancel_leave(leave_id=row.id, now=now)
    assert asked(person, now).state == "requested"


def test_what_was_decided_is_not_decided_again(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    row = asked(person, now)
    with pytest.raises(NotValid) as refused:
        services.refuse_leave(leave_id=row.id, answer=" ", now=now)
    assert refused.value.field == "answer"
    services.refuse_leave(leave_id=row.id, answer="Too many are away", now=now)
    for again in (
        lambda: services.approve_leave(leave_id=row.id, now=now),
        lambda: services.refuse_leave(leave_id=row.id, answer="No", now=now),
        lambda: services.cancel_leave(leave_id=row.id, now=now),
    ):
        with pytest.raises(Conflict):
            again()
    assert absences(person) == []


def test_absence_and_leave_end_together_whichever_is_taken_away(make_person: Callable[..., Person], now: datetime, db: Any) -> None:
    person = make_person()
    first, second = asked(person, now), asked(person, now, first_day=date(2026, 4, 1), last_day=date(2026, 4, 1))
    for row in (first, second):
        services.approve_leave(leave_id=row.id, now=now)
    services.cancel_leave(leave_id=first.id, now=now)
    services.remove_absence(absence_id=second.absence_id or 0, now=now)
    db.session.expire_all()
    assert [leave.request(row.id).state for row in (first, second)] == ["cancelled", "cancelled"]
    assert db.session.scalars(select(Absence)).all() == []
    begun = asked(person, now, first_day=date(2026, 3, 10), last_day=date(2026, 3, 10))
    services.approve_leave(leave_id=begun.id, now=now)
    with pytest.raises(Conflict):
        services.cancel_leave(leave_id=begun.id, own_only=True, now=now)


def test_from_asking_to_the_answer(
    app: Flask, sign_in: Callable[..., FlaskClient], make_person: Callable[..., Person], db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    ana, ben = make_person("Ana"), make_person("Ben")
    db.session.commit()
    mine, others, chief = sign_in(user=ana.user), sign_in(user=ben.user), sign_in("supervisor")
    day = {"first_day": "2126-03-12", "last_day": "2126-03-12", "kind": "training", "note": "Gas course"}
    made = mine.post("/api/v1/me/leave", json=day)
    assert (made.status_code, made.json["state"], made.json["kind_name"]) == (201, "requested", "Training")
    (told,) = notices.unseen(chief.user.id, 10)  # type: ignore[attr-defined]
    assert (told["title"], told["address"]) == ("Ana asks for leave", "/leave")
    address = f"/api/v1/leave/{made.json['id']}"
    assert mine.get("/api/v1/leave").status_code == mine.post(f"{address}/approval", json={}).status_code == 403
    assert others.post(f"{address}/cancellation").status_code == 404
    assert [row["person"] for row in chief.get("/api/v1/leave").json["items"]] == ["Ana"]
    done = chief.post(f"{address}/approval", json={"answer": "Good luck"})
    assert (done.json["state"], done.json["answer"], done.json["hits"]) == ("approved", "Good luck", [])
    (told,) = notices.unseen(ana.user_id, 10)
    assert told["title"] == "Your leave is approved"
    assert told["text"].endswith("Good luck")
    assert [row["state"] for row in mine.get("/api/v1/me/leave").json["items"]] == ["approved"]
    assert chief.get("/api/v1/leave").json["items"] == []
    assert [row["id"] for row in chief.get("/api/v1/leave?decided=true").json["items"]] == [made.json["id"]]
    assert mine.post(f"{address}/cancellation").json["state"] == "cancelled"
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("leave.")).order_by(AuditEntry.id))
    assert list(actions) == ["leave.asked", "leave.approved", "leave.cancelled"]
    assert [client.get("/leave").status_code for client in (mine, chief)] == [200, 200]

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
from core.auth.models import User
from core.errors import Conflict, NotValid
from core.live.topics import place_for
from core.live.viewers import of_user
from staff import leave, queries, services
from staff.models import Absence, LeaveRequest, Person
from tests.core.live.harness import rows_of
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
        ({"first_day": date.max, "last_day": date.max}, "first_day"),
        ({"first_day": date.min, "last_day": date.min}, "first_day"),
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


def test_the_absence_that_is_leave_goes_with_it_and_not_without(make_person: Callable[..., Person], now: datetime, db: Any) -> None:
    person = make_person()
    row = asked(person, now)
    services.approve_leave(leave_id=row.id, now=now)
    with pytest.raises(Conflict) as refused:
        services.remove_absence(absence_id=row.absence_id or 0, now=now)
    assert (refused.value.code, leave.request(row.id).state, len(absences(person))) == ("leave", "approved", 1)
    services.cancel_leave(leave_id=row.id, now=now)
    assert (leave.request(row.id).state, absences(person)) == ("cancelled", [])
    assert db.session.scalars(select(Absence)).all() == []
    begun = asked(person, now, first_day=date(2026, 3, 10), last_day=date(2026, 3, 10))
    services.approve_leave(leave_id=begun.id, now=now)
    with pytest.raises(Conflict):
        services.cancel_leave(leave_id=begun.id, own_only=True, now=now)


def test_ones_own_leave_is_decided_by_somebody_else_as_long_as_there_is_anybody(
    make_person: Callable[..., Person], make_user: Callable[..., User], now: datetime, db: Any
) -> None:
    chief, other = make_person("Vera", roles=("supervisor",)).user, make_user("admin")
    row = asked(queries.people()[0], now)
    for decide in (services.approve_leave, services.refuse_leave):
        with pytest.raises(Conflict) as refused:
            decide(leave_id=row.id, answer="Mine", now=now, actor_id=chief.id)
        assert (refused.value.code, row.state) == ("own", "requested")
    assert [leave.waiting(user.id) for user in (chief, other)] == [[], [row]]
    other.active = False
    db.session.flush()
    assert leave.waiting(chief.id) == [row]
    services.approve_leave(leave_id=row.id, now=now, actor_id=chief.id)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "leave.approved")).one()
    assert (entry.actor_id, entry.after["own"]) == (chief.id, True)


def test_removing_the_absence_cancels_leave_for_who_decides_and_nothing_for_others(
    app: Flask,
    sign_in: Callable[..., FlaskClient],
    make_person: Callable[..., Person],
    now: datetime,
    db: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    person = make_person()
    row = asked(person, now)
    services.approve_leave(leave_id=row.id, now=now)
    address = f"/api/v1/absences/{row.absence_id}"
    db.session.commit()
    refused = sign_in("dispatcher").delete(address)
    assert (refused.status_code, refused.json["code"]) == (409, "leave")
    assert sign_in("supervisor").delete(address).status_code == 204
    assert (leave.request(row.id).state, absences(person)) == ("cancelled", [])
    assert [told["title"] for told in notices.unseen(person.user_id, 10)] == ["Your leave is cancelled", "Your leave is approved"]
    assert "leave.cancelled" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize("role", ["agent", "technician"])
def test_from_asking_to_the_answer(
    app: Flask,
    sign_in: Callable[..., FlaskClient],
    make_person: Callable[..., Person],
    db: Any,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    ana, ben = make_person("Ana", roles=(role,)), make_person("Ben", roles=(role,))
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
    place = place_for(of_user(ana.user), "notices")
    assert list(rows_of(place)) == list(place.boundary(20)) == [notices.key_of(told["id"])]
    assert "js/tickets/notices.js" in mine.get("/leave").get_data(as_text=True)
    assert mine.post(f"/api/v1/personal-notices/{told['id']}/sighting").status_code == 204
    assert rows_of(place) == {}
    assert [row["state"] for row in mine.get("/api/v1/me/leave").json["items"]] == ["approved"]
    assert chief.get("/api/v1/leave").json["items"] == []
    assert [row["id"] for row in chief.get("/api/v1/leave?decided=true").json["items"]] == [made.json["id"]]
    assert mine.post(f"{address}/cancellation").json["state"] == "cancelled"
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("leave.")).order_by(AuditEntry.id))
    assert list(actions) == ["leave.asked", "leave.approved", "leave.cancelled"]
    assert [client.get("/leave").status_code for client in (mine, chief)] == [200, 200]

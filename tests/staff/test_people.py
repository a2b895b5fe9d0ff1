"""Accounts, people, skills, presence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import events
from core.audit import AuditEntry
from core.auth import services as accounts
from core.auth.models import User
from core.auth.security import token_of
from core.errors import Conflict, DomainError, NotFound, NotValid
from staff import queries, services
from staff.events import PersonLeaving, PresenceChanged
from staff.models import Person, Presence


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Events of staff as a subscriber gets them."""
    found: list[Any] = []
    for kind in (PresenceChanged, PersonLeaving):
        monkeypatch.setitem(events._subscribers, kind, [found.append])
    return found


def test_presence_is_a_history_without_gaps(make_person: Callable[..., Person], heard: list[Any], now: datetime, db: Any) -> None:
    person = make_person()
    later = now + timedelta(minutes=5)
    services.set_presence(person_id=person.id, state="ready", now=now)
    services.set_presence(person_id=person.id, state="break", reason="lunch", now=later)
    rows = db.session.scalars(select(Presence).order_by(Presence.id)).all()
    assert [(row.state, row.since, row.until) for row in rows] == [("ready", now, later), ("break", later, None)]
    assert [(event.before, event.after) for event in heard] == [("offline", "ready"), ("ready", "break")]


def test_the_same_presence_again_changes_nothing(make_person: Callable[..., Person], heard: list[Any], now: datetime) -> None:
    person = make_person()
    first = services.set_presence(person_id=person.id, state="ready", now=now)
    again = services.set_presence(person_id=person.id, state="ready", now=now + timedelta(hours=1))
    assert (first.id, again.since, len(heard)) == (again.id, now, 1)


def test_another_reason_for_the_break_is_a_new_row(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    services.set_presence(person_id=person.id, state="break", reason="lunch", now=now)
    row = services.set_presence(person_id=person.id, state="break", reason="meeting", now=now + timedelta(minutes=1))
    assert (row.reason, row.since) == ("meeting", now + timedelta(minutes=1))


def test_wrap_up_cannot_follow_a_break(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    services.set_presence(person_id=person.id, state="break", now=now)
    with pytest.raises(Conflict):
        services.set_presence(person_id=person.id, state="wrap_up", now=now)
    current = queries.current_presence(person.id)
    assert current is not None
    assert current.state == "break"


def test_an_unknown_state_and_an_unknown_person_are_refused(make_person: Callable[..., Person], now: datetime) -> None:
    with pytest.raises(NotValid):
        services.set_presence(person_id=make_person().id, state="asleep", now=now)
    with pytest.raises(NotFound):
        services.set_presence(person_id=10**9, state="ready", now=now)


def test_skills_count_with_their_level_until_their_last_day(make_person: Callable[..., Person], now: datetime) -> None:
    gas = services.create_skill(key="gas", name="Gas", now=now)
    lift = services.create_skill(key="lift", name="Lifts", now=now)
    ana, bo, cy = (make_person(name, kind=kind) for name, kind in (("Ana", "agent"), ("Bo", "technician"), ("Cy", "both")))
    services.set_skills(person_id=ana.id, skills={gas.id: (3, None)}, now=now)
    services.set_skills(person_id=bo.id, skills={gas.id: (2, None), lift.id: (5, None)}, now=now)
    services.set_skills(person_id=cy.id, skills={gas.id: (4, date(2026, 3, 10))}, now=now)
    assert [p.name for p in queries.with_skills({gas.id: 3}, on=date(2026, 3, 10))] == ["Ana", "Cy"]
    assert [p.name for p in queries.with_skills({gas.id: 3}, on=date(2026, 3, 11))] == ["Ana"]
    assert [p.name for p in queries.with_skills({gas.id: 1, lift.id: 5}, on=date(2026, 3, 11))] == ["Bo"]
    assert [p.name for p in queries.with_skills({}, on=date(2026, 3, 11), kinds=("technician", "both"))] == ["Bo", "Cy"]


def test_the_agent_ready_for_longest_comes_first(make_person: Callable[..., Person], now: datetime) -> None:
    ana, bo, cy, dee = (
        make_person(name, kind=kind) for name, kind in (("Ana", "agent"), ("Bo", "agent"), ("Cy", "technician"), ("Dee", "both"))
    )
    for minutes, person in enumerate((bo, cy, ana, dee)):
        services.set_presence(person_id=person.id, state="ready", now=now + timedelta(minutes=minutes))
    services.set_presence(person_id=dee.id, state="on_call", now=now + timedelta(minutes=9))
    found = queries.ready_agents_longest_idle({}, on=now.date(), lock=True)
    assert [person.name for person in found] == ["Bo", "Ana"]
    assert [person.name for person in queries.ready_agents_longest_idle({}, on=now.date(), without=[bo.id])] == ["Ana"]


def test_deactivation_ends_sessions_tokens_and_presence_and_keeps_the_history(
    make_person: Callable[..., Person], heard: list[Any], now: datetime, db: Any
) -> None:
    person = make_person()
    _token, secret = accounts.create_token(name="t", user=person.user, role="agent", now=now, actor_id=None)
    services.set_presence(person_id=person.id, state="ready", now=now)
    session_was = person.user.fs_uniquifier
    services.deactivate(user_id=person.user_id, now=now)
    assert person.user.fs_uniquifier != session_was
    assert token_of(secret) is None
    assert [type(event).__name__ for event in heard] == ["PresenceChanged", "PersonLeaving", "PresenceChanged"]
    assert queries.with_skills({}, on=now.date()) == []
    with pytest.raises(Conflict):
        services.set_presence(person_id=person.id, state="ready", now=now)
    services.reactivate(user_id=person.user_id, now=now)
    assert [p.id for p in queries.with_skills({}, on=now.date())] == [person.id]


def test_a_package_above_may_refuse_that_somebody_leaves(
    make_person: Callable[..., Person], now: datetime, monkeypatch: pytest.MonkeyPatch, db: Any
) -> None:
    person = make_person()

    def refuse(event: PersonLeaving) -> None:
        raise Conflict("Ana is on a call.")

    monkeypatch.setitem(events._subscribers, PersonLeaving, [refuse])
    with pytest.raises(DomainError, match="on a call"):
        services.deactivate(user_id=person.user_id, now=now)
    assert person.user.active


def test_the_last_administrator_stays(make_user: Callable[..., User], now: datetime) -> None:
    admin, other = make_user("admin"), make_user("admin")
    admin.password = other.password = "set"
    services.deactivate(user_id=other.id, now=now, actor_id=admin.id)
    with pytest.raises(Conflict):
        services.update_account(user_id=admin.id, roles=["agent"], now=now)
    with pytest.raises(Conflict):
        services.deactivate(user_id=admin.id, now=now)


def test_nobody_deactivates_their_own_account(make_user: Callable[..., User], now: datetime) -> None:
    me = make_user("supervisor")
    with pytest.raises(Conflict):
        services.deactivate(user_id=me.id, now=now, actor_id=me.id)


def test_an_invited_colleague_becomes_the_person_that_was_prepared(branch: Any, now: datetime, db: Any) -> None:
    accounts.ensure_roles()
    user, secret = services.invite_colleague(
        email=" New@Callout.Test ", name="New One", roles=["agent"], person={"kind": "agent", "branch_id": branch.id}, now=now
    )
    made = accounts.accept_invitation(
        secret=secret, email="x@y.z", name="New One", password="long enough 1", language="en", time_zone="UTC", now=now
    )
    assert (made.id, made.email) == (user.id, "new@callout.test")
    person = queries.person_of_user(made.id)
    assert person is not None
    assert person.kind == "agent"
    with pytest.raises(Conflict):
        services.invite_again(user_id=user.id, now=now)


def test_a_second_invitation_ends_the_first(branch: Any, now: datetime) -> None:
    accounts.ensure_roles()
    user, first = services.invite_colleague(email="new@callout.test", name="New", roles=["agent"], now=now)
    second = services.invite_again(user_id=user.id, now=now)
    with pytest.raises(NotFound):
        accounts.open_invitation(first, now=now)
    assert accounts.open_invitation(second, now=now).email == "new@callout.test"


def test_a_change_of_roles_is_audited_with_who_did_it(make_user: Callable[..., User], now: datetime, db: Any) -> None:
    admin, user = make_user("admin"), make_user("agent")
    services.update_account(user_id=user.id, roles=["agent", "supervisor"], changes={"name": "Else"}, now=now, actor_id=admin.id)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target == f"user:{user.id}").order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.actor_id) for entry in entries][-2:] == [("user.changed", admin.id), ("user.roles_changed", admin.id)]
    assert entries[-1].after == {"roles": ["agent", "supervisor"]}


def test_a_skill_in_use_stays_and_an_unused_one_goes(make_person: Callable[..., Person], now: datetime) -> None:
    gas, lift = (services.create_skill(key=key, name=key, now=now) for key in ("gas", "lift"))
    make_person(skills={gas.id: 2})
    with pytest.raises(Conflict):
        services.remove_skill(skill_id=gas.id, now=now)
    services.remove_skill(skill_id=lift.id, now=now)
    assert [skill.key for skill in queries.skills()] == ["gas"]


def test_a_branch_with_people_cannot_be_closed(make_person: Callable[..., Person], branch: Any, now: datetime) -> None:
    make_person()
    with pytest.raises(Conflict):
        services.update_branch(branch_id=branch.id, changes={"active": False}, now=now)


def test_a_technicians_phone_is_kept_in_international_form(make_person: Callable[..., Person]) -> None:
    assert make_person(kind="technician", phone="0171/1234567").phone == "+491711234567"


def test_names_differ_in_more_than_the_case_of_letters(branch: Any, now: datetime) -> None:
    with pytest.raises(NotValid):
        services.create_branch(name="BERLIN", time_zone="Europe/Berlin", now=now)
    with pytest.raises(NotValid):
        services.create_branch(name="Paris", time_zone="Europe/Pari", now=now)

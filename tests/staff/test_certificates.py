"""Certificates: what ends soon, told once in time, with a proof that only the right people read."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock
from core.audit import AuditEntry
from core.errors import NotFound, NotValid
from staff import certificates, services
from staff.models import Person, Skill
from tickets.notices import services as notices

TODAY = date(2026, 3, 10)


@pytest.fixture
def certified(make_person: Callable[..., Person], now: datetime) -> Callable[..., tuple[Person, Skill]]:
    """`certified("Ana", days=20)`: somebody with a skill that ends so many days from today."""

    def make(name: str, days: int | None) -> tuple[Person, Skill]:
        skill = services.create_skill(key=f"gas-{name.lower()}", name="Gas", now=now)
        person = make_person(name)
        until = TODAY + timedelta(days=days) if days is not None else None
        services.set_skills(person_id=person.id, skills={skill.id: (3, until)}, now=now)
        return person, skill

    return make


def test_the_list_has_what_ended_and_what_ends_soon_of_who_works_here(
    certified: Callable[..., tuple[Person, Skill]], now: datetime
) -> None:
    for name, days in (("Ana", 60), ("Ben", 61), ("Cem", -3), ("Dee", None), ("Eva", 5)):
        certified(name, days)
    gone, _skill = certified("Fay", 1)
    services.update_person(person_id=gone.id, changes={"active": False}, now=now)
    assert [row.person.name for row in certificates.expiring(TODAY)] == ["Cem", "Eva", "Ana"]
    assert [row.person.name for row in certificates.expiring(TODAY, days=61)] == ["Cem", "Eva", "Ana", "Ben"]


def test_supervisors_are_told_once_thirty_days_before_and_again_of_another_day(
    certified: Callable[..., tuple[Person, Skill]], make_user: Callable[..., Any], now: datetime
) -> None:
    chief, chef, agent = make_user("supervisor"), make_user("supervisor"), make_user("agent")
    chef.language = "zh_Hans"
    person, skill = certified("Ana", 30)
    certified("Ben", 31)
    certified("Cem", -1)
    for _again in range(2):
        assert services.remind_expiring(now) is False
    (told,) = notices.unseen(chief.id, 10)
    assert (told["title"], told["address"]) == ("Gas of Ana ends on 2026-04-09", "/settings/certificates")
    (told,) = notices.unseen(chef.id, 10)
    assert told["title"] != "Gas of Ana ends on 2026-04-09"
    assert notices.unseen(agent.id, 10) == []
    services.set_skills(person_id=person.id, skills={skill.id: (3, TODAY + timedelta(days=10))}, now=now)
    services.remind_expiring(now)
    assert len(notices.unseen(chief.id, 10)) == 2


def test_what_is_no_proof_is_refused(certified: Callable[..., tuple[Person, Skill]], now: datetime) -> None:
    person, skill = certified("Ana", 30)
    put = {"person_id": person.id, "name": "x.pdf", "now": now}
    for content, content_type in ((b"", "application/pdf"), (b"<script>", "text/html")):
        with pytest.raises(NotValid) as refused:
            services.set_proof(**put, skill_id=skill.id, content=content, content_type=content_type)
        assert refused.value.field == "file"
    with pytest.raises(NotFound):
        services.set_proof(**put, skill_id=skill.id + 1, content=b"%PDF", content_type="application/pdf")


def test_a_proof_is_put_read_by_planners_and_taken_away(
    app: Flask,
    sign_in: Callable[..., FlaskClient],
    certified: Callable[..., tuple[Person, Skill]],
    db: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 10, 9, tzinfo=UTC))
    person, skill = certified("Ana", 20)
    db.session.commit()
    chief, planner, agent = sign_in("supervisor"), sign_in("dispatcher"), sign_in("agent")
    address = f"/api/v1/people/{person.id}/skills/{skill.id}/proof"

    def put(client: FlaskClient) -> Any:
        return client.put(address, data={"file": (io.BytesIO(b"%PDF-1.7 gas"), "gas.pdf", "application/pdf")})

    assert put(planner).status_code == 403
    proof = put(chief).json["proof"]
    assert (proof["name"], proof["size"]) == ("gas.pdf", 12)
    kept = planner.get(proof["address"])
    assert (kept.data, kept.headers["Content-Type"]) == (b"%PDF-1.7 gas", "application/pdf")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert agent.get(proof["address"]).status_code == 403
    (line,) = planner.get("/api/v1/certificates").json["items"]
    assert (line["person"], line["days_left"], line["proof"]) == ("Ana", 20, proof)
    assert planner.get("/settings/certificates").status_code == 200
    assert chief.delete(address).json["proof"] is None
    assert (planner.get(proof["address"]).status_code, chief.delete(address).status_code) == (404, 404)
    changes = db.session.scalars(select(AuditEntry.after).where(AuditEntry.action == "certificate.changed").order_by(AuditEntry.id))
    assert [after["proof"] for after in changes] == ["gas.pdf", None]

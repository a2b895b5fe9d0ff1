"""What-if: a draft of a policy over past tickets. What was kept before and after is counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core import audit, outbox
from core.db import db as database
from core.errors import NotFound, NotValid
from tests.javascript import evaluate
from tests.tickets.conftest import HOUR, Firm, utc
from tickets import services
from tickets.models import Ticket
from tickets.sla import sweep, trials
from tickets.sla.models import Clock, Policy, PolicyTrial

MONDAY = utc("2026-03-09 08:00")  # 09:00 in Berlin, an hour after opening
NOW = utc("2026-03-20 12:00")
NONE = {"met": 0, "missed": 0, "open": 0}


def solved(firm: Firm, hours: float, **values: Any) -> Ticket:
    """A ticket of Monday that was solved after so many hours, nothing else."""
    ticket = firm.ticket(MONDAY, **values)
    at = MONDAY + timedelta(hours=hours)
    sweep.fire_due(at - timedelta(seconds=1))
    services.resolve(ticket_id=ticket.id, now=at, actor_id=None)
    return ticket


def tried(policy: Policy | None, **values: Any) -> dict[str, Any]:
    """Begin a trial and work it off; its result."""
    given = {"name": "Draft", "targets": {"default": {}}, **values}
    trial = trials.begin(policy_id=policy.id if policy else None, values=given, days=90, now=NOW, actor_id=None)
    while trials.batch(trial.id, now=NOW):
        pass
    assert (trial.state, trial.done) == ("done", trial.total)
    return dict(trial.result)


def row(result: dict[str, Any], kind: str, priority: str = "normal") -> tuple[dict[str, int], dict[str, int]]:
    found = [one for one in result["rows"] if one["kind"] == kind and one["priority"] == priority]
    assert len(found) == 1
    return found[0]["before"], found[0]["after"]


def test_a_tighter_target_turns_kept_promises_into_missed_ones(firm: Firm) -> None:
    """Target 4 h: of 1, 3 and 6 h two are kept. Under 2 h only the first is."""
    firm.calendar()
    policy = firm.policy(resolution=4 * HOUR)
    for hours in (1, 3, 6):
        solved(firm, hours)
    result = tried(policy, targets={"default": {"resolution": 2 * HOUR}})
    assert row(result, "resolution") == ({**NONE, "met": 2, "missed": 1}, {**NONE, "met": 1, "missed": 2})
    assert (result["tickets"], result["moved"], result["untold"]) == (3, 0, 0)


def test_pauses_and_another_calendar_are_counted_anew(firm: Firm) -> None:
    """Opened Monday 16:00Z, an hour before closing; waited for a part 16:30–17:00Z; solved Tuesday 08:30Z. Office hours: half an hour on Monday and,
    from 07:00Z, 1.5 h on Tuesday: 2 h, kept within 3 h. Day and night: half an hour, then 17:00Z to 08:30Z = 15.5 h: 16 h, missed."""
    firm.calendar()
    always = firm.calendar(
        {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}, name="Always", own=False
    )
    policy = firm.policy(resolution=3 * HOUR)
    ticket = firm.ticket(utc("2026-03-09 16:00"))
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", now=utc("2026-03-09 16:30"), actor_id=None)
    services.change_status(ticket_id=ticket.id, status="open", now=utc("2026-03-09 17:00"), actor_id=None)
    services.resolve(ticket_id=ticket.id, now=utc("2026-03-10 08:30"), actor_id=None)
    given = {"targets": {"default": {"resolution": 3 * HOUR}}, "calendar_id": always.id}
    assert row(tried(policy, **given), "resolution") == ({**NONE, "met": 1}, {**NONE, "missed": 1})
    # 16 h are kept to the second, one second less is missed.
    for target, outcome in ((16 * HOUR, "met"), (16 * HOUR - 1, "missed")):
        found = tried(policy, targets={"default": {"resolution": target}}, calendar_id=always.id)
        assert row(found, "resolution")[1] == {**NONE, outcome: 1}


def test_a_clock_promised_only_by_the_draft_is_built_from_the_timeline(firm: Firm) -> None:
    """Before, nothing but the first answer was promised. The resolution: opened 08:00Z, waited 09:00–11:00Z, solved 12:00Z: 2 h were used."""
    firm.calendar()
    policy = firm.policy(first_response=HOUR)
    ticket = firm.ticket(MONDAY)
    services.reply(ticket_id=ticket.id, text="Soon.", now=utc("2026-03-09 08:30"), actor_id=None)
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason="part", now=utc("2026-03-09 09:00"), actor_id=None)
    services.change_status(ticket_id=ticket.id, status="open", now=utc("2026-03-09 11:00"), actor_id=None)
    services.resolve(ticket_id=ticket.id, now=utc("2026-03-09 12:00"), actor_id=None)
    for target, outcome in ((2 * HOUR, "met"), (2 * HOUR - 1, "missed")):
        result = tried(policy, targets={"default": {"first_response": 1800, "resolution": target, "on_site": HOUR}})
        assert row(result, "first_response") == ({**NONE, "met": 1}, {**NONE, "met": 1})
        assert row(result, "resolution") == (NONE, {**NONE, outcome: 1})
        assert result["untold"] == 1, "nobody knows when a technician would have come"


def test_a_new_policy_takes_only_the_tickets_it_is_for(firm: Firm) -> None:
    firm.calendar()
    firm.policy("Everybody", resolution=8 * HOUR)
    solved(firm, 3)
    solved(firm, 3, priority="urgent")
    result = tried(None, conditions={"priorities": ["urgent"]}, targets={"default": {"resolution": 2 * HOUR}})
    assert result["moved"] == 1
    assert row(result, "resolution", "normal") == ({**NONE, "met": 1}, {**NONE, "met": 1})
    assert row(result, "resolution", "urgent") == ({**NONE, "met": 1}, {**NONE, "missed": 1})
    # Switched off, a draft takes none.
    assert tried(None, conditions={"priorities": ["urgent"]}, targets={"default": {"resolution": 60}}, active=False)["moved"] == 0


def test_open_tickets_are_open_or_missed_and_old_ones_left_out(firm: Firm) -> None:
    firm.calendar()
    policy = firm.policy(resolution=300 * HOUR)
    firm.ticket(MONDAY)
    firm.ticket(NOW - timedelta(days=91))
    result = tried(policy, targets={"default": {"resolution": HOUR}})
    assert result["tickets"] == 1
    assert row(result, "resolution") == ({**NONE, "open": 1}, {**NONE, "missed": 1})


def test_trying_changes_no_ticket_and_no_policy(firm: Firm) -> None:
    firm.calendar()
    policy = firm.policy(resolution=4 * HOUR)
    ticket = firm.ticket(MONDAY)
    before = (firm.clock(ticket, "resolution").due_at, policy.targets, policy.version, ticket.version)
    tried(policy, targets={"default": {"resolution": 60}})
    database.session.expire_all()
    assert (firm.clock(ticket, "resolution").due_at, policy.targets, policy.version, ticket.version) == before
    assert database.session.scalar(database.select(database.func.count()).select_from(Policy)) == 1
    assert database.session.scalar(database.select(database.func.count()).select_from(Clock)) == 1
    entry = database.session.scalars(database.select(audit.AuditEntry).filter_by(action="policy.tried")).one()
    assert entry.after["draft"]["targets"] == {"default": {"resolution": 60}}


def test_a_trial_goes_on_where_a_killed_worker_stopped_and_can_be_cancelled(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "BATCH", 2)
    policy = firm.policy(resolution=HOUR)
    for _number in range(5):
        firm.ticket(MONDAY)
    trial = trials.begin(policy_id=policy.id, values={"targets": {"default": {"resolution": 60}}}, days=90, now=NOW, actor_id=None)
    trial_id = trial.id
    assert trials.batch(trial_id, now=NOW)
    assert (trial.done, trial.total, trial.result["tickets"]) == (2, 5, 2)
    database.session.commit()
    row_id = database.session.scalars(database.select(outbox.OutboxRow.id).filter_by(kind=trials.KIND)).one()
    trials.work(row_id, trial_id, now=lambda: NOW)
    found = database.session.get_one(PolicyTrial, trial_id)
    assert (found.state, found.done, found.result["tickets"]) == ("done", 5, 5)
    assert database.session.get_one(outbox.OutboxRow, row_id).done_at == NOW
    other = trials.begin(policy_id=policy.id, values={}, days=90, now=NOW, actor_id=None)
    assert trials.batch(other.id, now=NOW)
    trials.cancel(trial_id=other.id, now=NOW)
    assert trials.batch(other.id, now=NOW) is False
    assert (other.state, other.done) == ("cancelled", 2)


def test_a_draft_that_could_not_be_saved_is_not_tried(firm: Firm, now: datetime) -> None:
    policy = firm.policy(resolution=60)
    with pytest.raises(NotValid):
        trials.begin(policy_id=policy.id, values={"targets": {"default": {"resolution": 0}}}, days=90, now=now, actor_id=None)
    with pytest.raises(NotFound):
        trials.begin(policy_id=999_999, values={}, days=90, now=now, actor_id=None)
    assert database.session.scalars(database.select(PolicyTrial)).all() == []


@pytest.fixture
def admin(sign_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("core.auth.security.csrf.protect", lambda: None)
    return sign_in("admin")


def test_over_http_a_trial_is_begun_watched_and_stopped(firm: Firm, admin: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    policy = firm.policy(resolution=60)
    body = {"policy_id": policy.id, "policy": {"name": "Standard", "targets": {"default": {"resolution": 120}}}}
    made: Any = admin.post("/api/v1/policy-trials", json=body).json
    assert (made["state"], made["days"], made["rows"]) == ("running", 90, [])
    path = f"/api/v1/policy-trials/{made['id']}"
    assert admin.get(path).status_code == 200
    assert admin.delete(path).status_code == 204
    stopped: Any = admin.get(path).json
    assert stopped["state"] == "cancelled"
    assert admin.get("/api/v1/policy-trials/999999").status_code == 404
    assert admin.post("/api/v1/policy-trials", json={**body, "days": 0}).status_code == 422
    assert sign_in("dispatcher").post("/api/v1/policy-trials", json=body).status_code == 403


def test_sums_are_those_of_all_rows_and_open_promises_do_not_count_as_kept() -> None:
    def one(kind: str, met: int, missed: int) -> dict[str, Any]:
        return {"kind": kind, "before": {"met": met, "missed": missed, "open": 7}, "after": {"met": missed, "missed": met, "open": 0}}

    given = [one("resolution", 3, 1), one("resolution", 5, 3), one("first_response", 0, 0)]
    found = evaluate("tickets/settings/trial-sums.js", "it.summed(given)", given)
    assert [row["kind"] for row in found] == ["first_response", "resolution"]
    assert found[1]["before"] == {"met": 8, "missed": 4, "open": 14}
    shares = evaluate(
        "tickets/settings/trial-sums.js", "it.summed(given).map((row) => [it.shareKept(row.before), it.shareKept(row.after)])", given
    )
    assert shares == [[None, None], [8 / 12, 4 / 12]]

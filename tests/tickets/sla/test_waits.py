"""A policy says for which reasons the clocks of a waiting ticket run on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.db import db as database
from core.errors import NotValid
from core.outbox import OutboxRow
from tests.tickets.conftest import HOUR, Firm
from tickets import services
from tickets.models import Ticket
from tickets.sla import policies, recompute
from tickets.sla.models import Policy

MINUTE = timedelta(minutes=1)


@pytest.fixture
def policy(firm: Firm) -> Policy:
    return firm.policy(resolution=2 * HOUR)


def let_run(policy: Policy, firm: Firm, at: int, *reasons: str) -> None:
    """Publish it `at` minutes after the start, and do what follows in the background."""
    now = firm.now + at * MINUTE
    policies.update_policy(policy_id=policy.id, running_waits=list(reasons), now=now, actor_id=None)
    for row in database.session.scalars(database.select(OutboxRow).where(OutboxRow.kind == recompute.KIND, OutboxRow.done_at.is_(None))):
        recompute.batch(row.payload, recompute.open_ids(row.payload["scope"], 0), now=now)


def wait(ticket: Ticket, firm: Firm, at: int, reason: str) -> None:
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason=reason, now=firm.now + at * MINUTE, actor_id=None)


@pytest.mark.parametrize(("reason", "state"), [("part", "running"), ("customer", "paused")])
def test_the_clock_runs_on_for_the_reasons_of_the_policy(firm: Firm, policy: Policy, reason: str, state: str) -> None:
    policies.update_policy(policy_id=policy.id, running_waits=["third_party", "part"], now=firm.now, actor_id=None)
    ticket = firm.ticket()
    wait(ticket, firm, 30, reason)
    assert firm.clock(ticket, "resolution").state == state
    services.change_status(ticket_id=ticket.id, status="open", now=firm.now + 60 * MINUTE, actor_id=None)
    assert ticket.due_at == firm.now + (120 + (30 if state == "paused" else 0)) * MINUTE


def test_a_wait_for_another_reason_stops_and_starts_it(firm: Firm, policy: Policy) -> None:
    policies.update_policy(policy_id=policy.id, running_waits=["part"], now=firm.now, actor_id=None)
    ticket = firm.ticket()
    for at, reason, state in ((10, "part", "running"), (20, "customer", "paused"), (50, "part", "running")):
        wait(ticket, firm, at, reason)
        assert firm.clock(ticket, "resolution").state == state
    assert ticket.due_at == firm.now + 150 * MINUTE


def test_another_rule_counts_from_its_publication_on(firm: Firm, policy: Policy) -> None:
    ticket = firm.ticket()
    wait(ticket, firm, 10, "part")
    let_run(policy, firm, 40, "part")
    assert (firm.clock(ticket, "resolution").state, ticket.due_at) == ("running", firm.now + 150 * MINUTE)
    let_run(policy, firm, 60)
    assert (firm.clock(ticket, "resolution").state, ticket.due_at) == ("paused", None)
    services.change_status(ticket_id=ticket.id, status="open", now=firm.now + 70 * MINUTE, actor_id=None)
    assert ticket.due_at == firm.now + 160 * MINUTE


def test_an_unknown_reason_is_refused(firm: Firm, policy: Policy) -> None:
    with pytest.raises(NotValid, match="rain"):
        policies.update_policy(policy_id=policy.id, running_waits=["rain"], now=firm.now, actor_id=None)


def test_a_policy_kept_before_there_was_such_a_rule_stands_still(firm: Firm, policy: Policy, make_user: Callable[..., object]) -> None:
    assert list(policy.running_waits or []) == []
    ticket = firm.ticket()
    wait(ticket, firm, 30, "third_party")
    assert firm.clock(ticket, "resolution").state == "paused"

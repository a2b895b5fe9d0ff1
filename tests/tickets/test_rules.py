"""The table of moves."""

from __future__ import annotations

import itertools

import pytest

from core.errors import DomainError, NotValid
from tickets import rules
from tickets.rules import Status, Who
from tickets.sla.clocks import ClockKind


def test_every_status_can_be_left_and_reached() -> None:
    assert {move.source for move in rules.MOVES} == set(Status)
    assert {move.target for move in rules.MOVES} == set(Status) - {Status.NEW}


def test_no_move_stands_twice_in_the_table() -> None:
    pairs = [(move.source, move.target) for move in rules.MOVES]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(("source", "target"), itertools.product(Status, Status))
@pytest.mark.parametrize("by", Who)
def test_a_move_is_legal_exactly_when_the_table_holds_it(source: Status, target: Status, by: Who) -> None:
    held = any(move.source is source and move.target is target and by in move.by for move in rules.MOVES)
    if held:
        rules.check_move(source, target, by)
    else:
        with pytest.raises(DomainError) as refused:
            rules.check_move(source, target, by)
        assert refused.value.code == "move"
        assert target not in refused.value.details["possible"]


def test_only_a_resolved_ticket_closes_and_a_customer_cannot_resolve() -> None:
    assert [move.source for move in rules.MOVES if move.target is Status.CLOSED] == [Status.RESOLVED]
    assert all(Who.CUSTOMER not in move.by for move in rules.MOVES if move.target is Status.RESOLVED)


def test_every_move_says_what_it_is_for_and_every_way_to_an_end_is_marked() -> None:
    assert all(str(move.why) for move in rules.MOVES)
    assert all(move.ends == (move.target in (Status.RESOLVED, Status.CLOSED)) for move in rules.MOVES)
    assert rules.needs_outcome("complaint", "closed")
    assert not rules.needs_outcome("fault", "closed")
    assert not rules.needs_outcome("complaint", "waiting")


def test_waiting_needs_a_known_reason_and_nothing_else_has_one() -> None:
    for status, reason in (("waiting", None), ("waiting", "rain"), ("open", "customer"), ("lost", None)):
        with pytest.raises(NotValid):
            rules.check_status(status, reason)
    assert rules.check_status("waiting", "part") == (Status.WAITING, rules.WaitReason.PART)


def test_the_duty_to_answer_never_pauses() -> None:
    answers = {ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE}
    assert all(not rules.paused_clocks("waiting", reason) & answers for reason in rules.WaitReason)
    assert rules.paused_clocks("waiting", "part") == {ClockKind.ON_SITE, ClockKind.RESOLUTION}
    assert rules.paused_clocks("waiting", "part", ["part"]) == frozenset()
    assert rules.paused_clocks("waiting", "customer", ["part"]) == rules.paused_clocks("waiting", "customer")
    assert rules.paused_clocks("scheduled", None) == frozenset()


def test_everything_has_a_word() -> None:
    assert set(rules.STATUS_WORDS) == set(Status)
    assert set(rules.WAIT_WORDS) == set(rules.WaitReason) == set(rules.WAITS)
    assert set(rules.KIND_WORDS) == set(rules.KINDS)
    assert set(rules.PRIORITY_WORDS) == set(rules.PRIORITIES)
    assert set(rules.CLOCK_WORDS) == set(ClockKind)

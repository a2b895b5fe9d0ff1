"""What was touched and waits: merged within the window, row by row accounted for."""

from __future__ import annotations

from core.live.pending import MOST_KEYS, Pending


def test_the_first_change_of_a_topic_goes_at_once_and_later_ones_wait_for_the_window() -> None:
    pending = Pending(window=0.1)
    pending.add(1, {"touched": {"board": ["7"]}})
    assert pending.due(100.0) == ["board"]
    pending.sent("board", 100.0)
    pending.add(2, {"touched": {"board": ["8"]}})
    pending.add(3, {"touched": {"board": ["9"]}, "tiles": ["board"]})
    assert pending.due(100.05) == []
    assert pending.next_due() == 100.1
    assert pending.due(100.1) == ["board"]
    assert pending.topics["board"].keys == {"8", "9"}
    assert pending.topics["board"].tiles


def test_one_topic_waiting_does_not_hold_up_another() -> None:
    pending = Pending(window=0.1)
    pending.add(1, {"touched": {"board": ["7"]}})
    pending.sent("board", 100.0)
    pending.add(2, {"touched": {"board": ["8"], "ticket:8": ["8"]}})
    assert pending.due(100.01) == ["ticket:8"]


def test_a_row_is_finished_when_all_its_topics_are_sent() -> None:
    pending = Pending()
    pending.add(1, {"touched": {"board": ["7"], "ticket:7": ["7"]}, "kick": [3]})
    pending.add(2, {"tiles": ["board"]})
    pending.sent("board", 0.0)
    assert pending.take_finished() == [2]
    pending.sent("ticket:7", 0.0)
    assert pending.take_finished() == []
    pending.sent("!kick", 0.0)
    assert pending.take_finished() == [1]
    assert pending.row_ids == []


def test_a_row_that_touched_nothing_is_finished_at_once() -> None:
    pending = Pending()
    pending.add(1, {})
    assert pending.take_finished() == [1]


def test_too_many_keys_or_a_whole_topic_are_not_named() -> None:
    pending = Pending()
    pending.add(1, {"touched": {"board": [str(number) for number in range(MOST_KEYS + 1)]}, "all": ["calls"]})
    assert pending.topics["board"].whole
    assert pending.topics["calls"].whole

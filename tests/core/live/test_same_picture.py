"""Old snapshot + changes == fresh snapshot, through the real relay, the real live process and the browser's own reducer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.core.live import file_topics
from tests.core.live.conftest import Account
from tests.core.live.harness import Watchers, live_process, relay_running, run_operations

pytestmark = [pytest.mark.slow, pytest.mark.remembers]


@pytest.fixture
def watchers(app: Flask, file_topic: None, account: Callable[..., Account], visitor: dict[str, str]) -> Iterator[Watchers]:
    """Everything running, every topic watched as every audience."""
    first, second = account(), account()
    run_operations(app, file_topics.one_operation, total=40, writers=1, seed=7)
    with relay_running(app), live_process(app) as url, Watchers(app, url) as found:
        for address in [*file_topics.addresses(first.user_id)[:-1], "mine"]:
            found.watch(address, first.auth)
        found.watch("mine", second.auth)
        for address in file_topics.addresses(first.user_id)[:-1]:
            found.watch(address, visitor)
        yield found


def test_what_the_browser_holds_equals_a_fresh_snapshot_after_500_operations(watchers: Watchers) -> None:
    run_operations(watchers.app, file_topics.one_operation, total=500, writers=4, seed=1)
    watchers.settle()
    assert watchers.differences() == {}
    assert watchers.resets() == 0
    assert watchers.changes() > 500


def test_a_browser_that_was_cut_off_for_ten_seconds_catches_up_without_a_reset(watchers: Watchers) -> None:
    with watchers.sockets_cut():
        began = time.monotonic()
        run_operations(watchers.app, file_topics.one_operation, total=100, writers=4, seed=2, seconds=9)
        time.sleep(max(0.0, began + 10 - time.monotonic()))
    watchers.settle()
    assert watchers.differences() == {}
    assert watchers.resets() == 0


def test_messages_lost_between_redis_and_the_live_process_for_ten_seconds_are_asked_for_again(watchers: Watchers) -> None:
    before: Any = watchers.changes()
    with watchers.messages_dropped():
        began = time.monotonic()
        run_operations(watchers.app, file_topics.one_operation, total=100, writers=4, seed=3, seconds=9)
        time.sleep(max(0.0, began + 10 - time.monotonic()))
    assert watchers.changes() < before + 400, "the messages were not dropped"
    watchers.settle()
    assert watchers.differences() == {}
    assert watchers.resets() == 0

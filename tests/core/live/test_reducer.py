"""The browser's reducer, case by case: what it keeps, what it asks for, what it refuses to believe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.live.browser import Chromium, Reducer, reducer_process


@pytest.fixture(scope="module")
def process() -> Iterator[Reducer]:
    made = reducer_process()
    yield made
    made.close()


class Page:
    """One store of the process."""

    def __init__(self, process: Reducer, name: str) -> None:
        self.process, self.name = process, name

    def __call__(self, call: str, *args: Any) -> Any:
        return self.process.call(self.name, call, *args)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self("read")
        return found

    def open(self, last: str = "1-0", version: int = 10, **rows: Any) -> None:
        """Connect, be answered and loaded."""
        assert self("connected") == [{"do": "watch", "since": None, "epoch": None}]
        (fetch,) = self("acknowledged", {"ok": True, "id": last, "epoch": "e"})
        assert fetch["do"] == "fetch"
        self("loaded", picture(version, rows), fetch["fetch"])


@pytest.fixture
def page(process: Reducer, request: pytest.FixtureRequest) -> Page:
    return Page(process, request.node.name)


def picture(version: int, rows: dict[str, Any], tiles: Any = None, epoch: str = "e") -> dict[str, Any]:
    return {"epoch": epoch, "version": version, "rows": rows, "tiles": tiles}


def test_tiles_of_an_older_picture_than_the_rows_give_way_to_what_was_published_between(page: Page) -> None:
    page("connected")
    (fetch,) = page("acknowledged", {"ok": True, "id": "1-0", "epoch": "e"})
    page("loaded", {**picture(10, {"a": 1}, {"count": 1}), "tiles_version": 6}, fetch["fetch"])
    page("changed", change("2-0", "1-0", "a", 0, 9))
    page("changed", change("3-0", "2-0", None, {"count": 2}, 9, "tiles"))  # type: ignore[arg-type]
    assert page.state["rows"] == {"a": 1}, "the rows were newer"
    assert page.state["tiles"] == {"count": 2}


def change(id: str, prev: str, key: str, data: Any, version: int, type: str = "upsert", epoch: str = "e") -> dict[str, Any]:
    return {"id": id, "prev": prev, "type": type, "key": key, "data": data, "version": version, "epoch": epoch, "topic": "board"}


def watch(since: str | None) -> dict[str, Any]:
    return {"do": "watch", "since": since, "epoch": None if since is None else "e"}


def test_changes_in_order_are_taken_in(page: Page) -> None:
    page.open(a=1, b=2)
    assert page("changed", change("2-0", "1-0", "a", 5, 11))[0]["change"] == {"type": "upsert", "key": "a", "data": 5}
    page("changed", change("3-0", "2-0", "b", None, 12, "remove"))
    page("changed", change("4-0", "3-0", None, {"count": 1}, 12, "tiles"))  # type: ignore[arg-type]
    assert page.state["rows"] == {"a": 5}
    assert page.state["tiles"] == {"count": 1}
    assert page.state["last"] == "4-0"


def test_a_change_seen_before_is_ignored(page: Page) -> None:
    page.open(a=1)
    page("changed", change("2-0", "1-0", "a", 5, 11))
    assert page("changed", change("2-0", "1-0", "a", 4, 11)) == []
    assert page.state["rows"] == {"a": 5}


def test_an_older_version_never_replaces_a_newer_one_nor_brings_a_removed_row_back(page: Page) -> None:
    page.open(a=1)
    page("changed", change("2-0", "1-0", "a", None, 20, "remove"))
    assert page("changed", change("3-0", "2-0", "a", 7, 15)) == []
    assert page("changed", change("4-0", "3-0", "old", 7, 9)) == [], "older than the snapshot, which did not have it"
    assert page.state["rows"] == {}


def test_a_change_between_the_join_and_the_snapshot_survives_an_older_snapshot(page: Page) -> None:
    page("connected")
    assert page("changed", change("2-0", "1-0", "a", "early", 30)) == []
    (fetch,) = [effect for effect in page("acknowledged", {"ok": True, "id": "1-0", "epoch": "e"}) if effect["do"] == "fetch"]
    page("changed", change("3-0", "2-0", "b", None, 31, "remove"))
    page("loaded", picture(29, {"a": "older", "b": "gone since", "c": "same"}), fetch["fetch"])
    assert page.state["rows"] == {"a": "early", "c": "same"}


def test_a_gap_is_closed_by_asking_and_keeps_what_comes_meanwhile(page: Page) -> None:
    page.open(a=1)
    assert page("changed", change("4-0", "3-0", "a", 4, 14)) == [watch("1-0")]
    page("changed", change("5-0", "4-0", "a", 5, 15))
    missed = [change("2-0", "1-0", "x", 2, 12), change("3-0", "2-0", "y", 3, 13), change("4-0", "3-0", "a", 4, 14)]
    page("acknowledged", {"ok": True, "id": "4-0", "epoch": "e", "changes": missed})
    assert page.state["rows"] == {"a": 5, "x": 2, "y": 3}
    assert page.state["last"] == "5-0"
    assert page.state["resets"] == 0


def test_an_announced_id_that_is_not_ours_is_asked_about(page: Page) -> None:
    page.open()
    assert page("announced", {"id": "1-0", "epoch": "e"}) == []
    assert page("announced", {"id": "9-0", "epoch": "e"}) == [watch("1-0")]
    assert page("announced", {"id": "9-0", "epoch": "e"}) == [], "asked already"


def test_what_the_server_can_no_longer_say_is_read_anew_while_the_old_rows_stay_on_screen(page: Page) -> None:
    page.open(a=1, b=2)
    page("lost")
    assert page("connected") == [watch("1-0")]
    (fetch,) = page("acknowledged", {"ok": True, "id": "50-0", "epoch": "e", "reset": True})
    assert page.state["rows"] == {"a": 1, "b": 2}
    assert page("loaded", picture(40, {"b": 3}), fetch["fetch"]) == [{"do": "tell", "what": "reset"}]
    assert page.state["rows"] == {"b": 3}
    assert page.state["resets"] == 1


def test_another_epoch_makes_old_versions_meaningless(page: Page) -> None:
    page.open(version=1000, a=1)
    assert page("changed", change("2-0", "1-0", "a", 2, 5, epoch="restored")) == [watch(None)]
    (fetch,) = page("acknowledged", {"ok": True, "id": "2-0", "epoch": "restored"})
    page("loaded", picture(6, {"a": "restored"}, epoch="restored"), fetch["fetch"])
    page("changed", change("3-0", "2-0", "a", "after", 7, epoch="restored"))
    assert page.state["rows"] == {"a": "after"}


def test_a_snapshot_of_another_epoch_than_the_answer_starts_again(page: Page) -> None:
    page("connected")
    (fetch,) = page("acknowledged", {"ok": True, "id": "1-0", "epoch": "e"})
    assert page("loaded", picture(5, {"a": 1}, epoch="f"), fetch["fetch"]) == [watch(None)]


def test_a_reset_in_the_stream_fetches_and_a_snapshot_asked_for_before_does_not_count(page: Page) -> None:
    page("connected")
    (first,) = page("acknowledged", {"ok": True, "id": "1-0", "epoch": "e"})
    (second,) = page("changed", change("2-0", "1-0", None, None, 20, "reset"))  # type: ignore[arg-type]
    assert page("loaded", picture(15, {"a": "before"}), first["fetch"]) == []
    page("loaded", picture(21, {"a": "after"}), second["fetch"])
    assert page.state["rows"] == {"a": "after"}


def test_a_gap_while_a_reset_is_being_fetched_does_not_lose_the_reset(page: Page) -> None:
    page.open(a=1)
    page("changed", change("2-0", "1-0", None, None, 20, "reset"))  # type: ignore[arg-type]
    assert page("changed", change("9-0", "8-0", "b", 1, 30)) == [watch(None)]


def test_away_nothing_is_taken_in(page: Page) -> None:
    page.open(a=1)
    page("lost")
    assert page("changed", change("2-0", "1-0", "a", 2, 11)) == []
    assert page("announced", {"id": "2-0", "epoch": "e"}) == []
    assert page.state["rows"] == {"a": 1}


def test_memory_of_removed_rows_is_bounded_and_still_refuses_old_versions(page: Page) -> None:
    page.open()
    for number in range(1, 5000):
        page("changed", change(f"{number + 1}-0", f"{number}-0", f"k{number}", None, 10 + number, "remove"))
    assert page.state["remembered"] < 4200
    page("changed", change("5001-0", "5000-0", "k1", "old", 11))
    assert page.state["rows"] == {}
    page("changed", change("5002-0", "5001-0", "k1", "new", 6000))
    assert page.state["rows"] == {"k1": "new"}


@pytest.mark.slow
def test_chromium_runs_the_same_file() -> None:
    browser = Chromium()
    try:
        page = Page(browser, "a")
        page.open(a=1)
        page("changed", change("2-0", "1-0", "a", 5, 11))
        assert page.state["rows"] == {"a": 5}
    finally:
        browser.close()

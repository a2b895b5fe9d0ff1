"""The supervisors' board: pages, and the topic with its rows, figures and boundary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from callcenter.supervision import live as board
from core import later
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from core.errors import NotAllowed
from core.live import Viewer
from core.live.topics import Place, place_for
from staff import services as staff
from tests.core.live.harness import rows_of
from tests.javascript import evaluate
from tests.tickets.conftest import HOUR, Firm, firm
from tickets import services
from tickets.models import Queue

__all__ = ["firm"]  # fixture
SUPERVISOR = Viewer(subject="1", name="Dora", user_id=1, roles=frozenset({"supervisor"}))
TECHNICIAN = Viewer(subject="2", name="Tom", user_id=2, roles=frozenset({"technician"}))


def place() -> Place:
    return place_for(SUPERVISOR, "board")


def touched() -> dict[str, Any]:
    """What this transaction touched so far; forgets it."""
    later.settle_all()
    return database.session().info.pop("live.touched", None) or {"touched": {}, "tiles": set()}


@pytest.mark.parametrize("address", ["/board", "/board/wall"])
def test_the_pages_name_the_queues_and_are_closed_to_technicians(sign_in: Callable[..., FlaskClient], firm: Firm, address: str) -> None:
    page = sign_in("supervisor").get(address)
    assert page.status_code == 200
    assert f'"queues": [{{"id": {firm.queue.id}, "name": "Repairs"}}]' in page.get_data(as_text=True)
    assert sign_in("technician").get(address).status_code == 403


def test_only_who_may_read_the_board_watches_it(firm: Firm) -> None:
    assert place().audience == "staff"
    with pytest.raises(NotAllowed):
        place_for(TECHNICIAN, "board")


def test_rows_are_the_open_tickets_of_all_queues_in_use(firm: Firm) -> None:
    other = Queue(key="bills", name="Bills", branch=firm.branch, position=1, active=True, skills=[])
    unused = Queue(key="old", name="Old", branch=firm.branch, position=2, active=True, skills=[])
    database.session.add_all([other, unused])
    database.session.flush()
    here, there, gone = firm.ticket(), firm.ticket(queue_id=other.id), firm.ticket(queue_id=unused.id)
    unused.active = False
    done = firm.ticket()
    services.resolve(ticket_id=done.id, now=firm.now, actor_id=None)
    assert set(rows_of(place())) == {str(here.id), str(there.id)}
    assert str(gone.id) not in rows_of(place())


def test_a_row_says_what_a_card_shows(firm: Firm) -> None:
    firm.calendar()
    firm.policy(first_response=HOUR)
    ticket = firm.ticket()
    row = rows_of(place())[str(ticket.id)]
    assert (row["number"], row["queue_id"], row["status"], row["visit"]) == (ticket.number, firm.queue.id, "new", None)
    assert [clock["kind"] for clock in row["clocks"]] == ["first_response"]
    assert row["due_at"] is not None


def test_a_resolved_ticket_leaves_and_a_reopened_one_comes_back(firm: Firm) -> None:
    ticket = firm.ticket()
    services.resolve(ticket_id=ticket.id, now=firm.now, actor_id=None)
    key = str(ticket.id)
    assert place().render({key}) == {key: None}
    services.reopen(ticket_id=ticket.id, now=firm.now + timedelta(minutes=1), actor_id=None)
    assert place().render({key})[key]["number"] == ticket.number


def test_every_change_of_a_ticket_touches_the_board_and_its_figures(firm: Firm) -> None:
    ticket = firm.ticket()
    assert str(ticket.id) in {str(key) for key in touched()["touched"]["board"]}
    services.set_priority(ticket_id=ticket.id, priority="urgent", now=firm.now, actor_id=None)
    assert str(ticket.id) in {str(key) for key in touched()["touched"]["board"]}


def test_of_a_long_queue_the_most_urgent_are_shown_and_the_next_moves_up(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "MOST_URGENT", 2)
    firm.policy(resolution=HOUR)
    first, second, third = (firm.ticket(at=firm.now + timedelta(minutes=minutes)) for minutes in range(3))
    assert set(rows_of(place())) == {str(first.id), str(second.id)}
    services.resolve(ticket_id=first.id, now=firm.now + timedelta(minutes=5), actor_id=None)
    keys = {str(first.id)} | set(place().boundary(1))
    rows = place().render(keys)
    assert rows[str(first.id)] is None
    assert rows[str(third.id)]["number"] == third.number


def test_the_figures_are_counted(firm: Firm) -> None:
    firm.ticket(channel="phone")
    firm.ticket()
    done = firm.ticket()
    services.resolve(ticket_id=done.id, now=firm.now, actor_id=None)
    tiles = place().snapshot().tiles
    assert tiles is not None
    assert tiles["open_by_channel"] == {"phone": 1, "email": 1}
    assert tiles["open_by_queue"] == {str(firm.queue.id): 2}
    assert (tiles["waiting_calls"], tiles["waiting_since"], tiles["visits_at_risk"]) == (0, None, 0)
    assert tiles["service_level"] == {"within": 0, "answered": 0, "abandoned": 0, "seconds": 20, "until": None}


def test_who_lost_the_connection_is_counted_apart_from_a_break(firm: Firm, make_user: Callable[..., User]) -> None:
    people = [firm.person(make_user("agent").id) for _each in range(4)]
    database.session.flush()
    for person, reason in zip(people, ("away", "lunch", None, "away"), strict=True):
        staff.set_presence(person_id=person.id, state="ready", now=firm.now)
        if reason is not None:
            staff.set_presence(person_id=person.id, state="break", reason=reason, now=firm.now)
    tiles = place().snapshot().tiles
    assert tiles is not None
    assert tiles["agents"] == {"offline": 0, "ready": 1, "break": 1, "away": 2}


def test_who_comes_changes_kind_or_leaves_is_counted_anew(firm: Firm) -> None:
    def told() -> dict[str, Any] | None:
        """The figures, when those who watch are told of them."""
        return place().snapshot().tiles if "board" in touched()["tiles"] else None

    accounts.ensure_roles()
    zoe = staff.create_person(
        email="zoe@callout.test", name="Zoe", roles=("technician",), kind="technician", branch_id=firm.branch.id, now=firm.now
    )
    there = told()
    staff.update_person(person_id=zoe.id, changes={"kind": "agent"}, now=firm.now)
    here = told()
    staff.update_person(person_id=zoe.id, changes={"active": False}, now=firm.now)
    gone = told()
    assert there is not None
    assert here is not None
    assert gone is not None
    assert [one["technicians"]["free"] for one in (there, here, gone)] == [1, 0, 0]
    assert [sum(one["agents"].values()) for one in (there, here, gone)] == [0, 1, 0]


def test_whose_account_has_ended_is_counted_nowhere_until_it_begins_again(firm: Firm) -> None:
    accounts.ensure_roles()
    zoe = staff.create_person(
        email="zoe@callout.test", name="Zoe", roles=("technician",), kind="both", branch_id=firm.branch.id, now=firm.now
    )

    def counted() -> tuple[int, int]:
        tiles = place().snapshot().tiles
        assert tiles is not None
        assert "board" in touched()["tiles"]
        return tiles["technicians"]["free"], sum(tiles["agents"].values())

    there = counted()
    staff.deactivate(user_id=zoe.user_id, now=firm.now)
    gone = counted()
    staff.reactivate(user_id=zoe.user_id, now=firm.now)
    assert (there, gone, counted()) == ((1, 1), (0, 0), (1, 1))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"due_at": "2026-03-10T08:59:00Z"}, "over"),
        ({"due_at": "2026-03-10T09:00:00Z"}, "over"),
        ({"due_at": "2026-03-10T09:29:59Z"}, "half-hour"),
        ({"due_at": "2026-03-10T09:30:00Z"}, "two-hours"),
        ({"due_at": "2026-03-10T11:00:00Z"}, "later"),
        ({"due_at": None, "clocks": [{"state": "paused"}], "status": "waiting"}, "paused"),
        ({"due_at": None, "clocks": [], "status": "open"}, "later"),
    ],
)
def test_the_time_alone_says_in_which_column_a_ticket_stands(row: dict[str, Any], column: str) -> None:
    assert evaluate("callcenter/board-rules.js", "it.columnOf(given, Date.parse('2026-03-10T09:00:00Z'))", row) == column


def test_the_most_urgent_stands_first_and_what_has_no_time_by_age() -> None:
    rows = [{"number": 3, "due_at": None}, {"number": 2, "due_at": None}, {"number": 9, "due_at": "2026-03-10T09:00:00Z"}]
    assert [row["number"] for row in evaluate("callcenter/board-rules.js", "given.sort(it.byUrgency)", rows)] == [9, 2, 3]


@pytest.mark.parametrize(
    ("totals", "missing"),
    [
        ({"1": 2, "2": 1}, {"count": 0, "from": 5}),
        ({"1": 7, "2": 1}, {"count": 5, "from": 1}),  # the last that is held of queue 1 is due in ten minutes
        ({"1": 2, "2": 4}, {"count": 3, "from": 3}),  # the last of queue 2 has no due time: more such may be later, or paused
        ({"1": 2, "2": 1, "3": 9}, {"count": 9, "from": 0}),
    ],
)
def test_the_board_says_what_it_does_not_hold(totals: dict[str, int], missing: dict[str, int]) -> None:
    rows = [
        {"number": 1, "queue_id": 1, "due_at": "2026-03-10T08:00:00Z"},
        {"number": 2, "queue_id": 1, "due_at": "2026-03-10T09:10:00Z"},
        {"number": 3, "queue_id": 2, "due_at": None},
    ]
    order = ["over", "half-hour", "two-hours", "later", "paused"]
    call = "it.beyond(given.rows, given.totals, given.order, Date.parse('2026-03-10T09:00:00Z'))"
    assert evaluate("callcenter/board-rules.js", call, {"rows": rows, "totals": totals, "order": order}) == missing


def test_a_visit_after_the_due_time_will_be_late() -> None:
    on_site = {"kind": "on_site", "state": "running", "due_at": "2026-03-10T16:00:00Z"}
    answer = {"kind": "first_response", "state": "running", "due_at": "2026-03-10T12:00:00Z"}
    row = {"due_at": "2026-03-10T12:00:00Z", "clocks": [answer, on_site], "visit": {"planned_start": "2026-03-10T16:40:00Z"}}
    early = {**row, "visit": {"planned_start": "2026-03-10T15:40:00Z"}}
    assert [
        evaluate("callcenter/board-rules.js", "Boolean(it.willBeLate(given))", one) for one in (row, early, {**row, "visit": None})
    ] == [
        True,
        False,
        False,
    ]

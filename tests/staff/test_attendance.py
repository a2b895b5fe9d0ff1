"""Ready agents whose pages fall silent: out of distribution, and in again; nobody is sent away because we ourselves were not listening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from core.db import db as database
from core.live import attendance
from core.live.attendance import LiveHere, LiveServer, RollCall
from core.live.viewers import Viewer
from core.live.watching import Client
from core.sweeps import registry
from staff import queries, services
from staff.models import Person, Presence

MakePerson = Callable[..., Person]
SECOND = timedelta(seconds=1)


@pytest.fixture
def agents(make_person: MakePerson, now: datetime) -> tuple[Person, Person]:
    """Ana and Bo, both Ready, with a live process that has listened for an hour."""
    ana, bo = make_person("Ana"), make_person("Bo")
    for person in (ana, bo):
        services.set_presence(person_id=person.id, state="ready", now=now)
    listening(since=3600)
    return ana, bo


def listening(*, since: float, seen: float = 0, name: str = "live-1") -> None:
    """A live process that began `since` seconds ago and gave its last sign of life `seen` seconds ago."""
    database.session.execute(
        text(
            "INSERT INTO live_server (name, since, seen_at) VALUES (:name, clock_timestamp() - make_interval(secs => :since),"
            " clock_timestamp() - make_interval(secs => :seen))"
            " ON CONFLICT (name) DO UPDATE SET since = excluded.since, seen_at = excluded.seen_at"
        ),
        {"name": name, "since": since, "seen": seen},
    )


def answered(person: Person, ago: float) -> None:
    """The page's last answer, seconds ago."""
    database.session.execute(
        text(
            "INSERT INTO live_here (user_id, seen_at) VALUES (:user, clock_timestamp() - make_interval(secs => :ago))"
            " ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at"
        ),
        {"user": person.user_id, "ago": ago},
    )


def state(person: Person) -> tuple[str, str | None]:
    database.session.expire_all()
    found = queries.current_presence(person.id)
    assert found is not None
    return found.state, found.reason


def known(person: Person) -> bool:
    database.session.expire_all()
    return database.session.get(LiveHere, person.user_id) is not None


AWAY = ("break", "away")
READY = ("ready", None)


def test_who_fell_silent_gets_no_more_calls_and_who_answers_does(agents: tuple[Person, Person], now: datetime) -> None:
    ana, bo = agents
    answered(ana, 46)
    answered(bo, 30)
    services.judge_attendance(now=now + 60 * SECOND)
    assert (state(ana), state(bo)) == (AWAY, READY)
    assert [person.name for person in queries.ready_agents_longest_idle({}, on=now.date())] == ["Bo"]
    history = database.session.execute(
        select(Presence.state, Presence.reason, Presence.since, Presence.until).where(Presence.person_id == ana.id).order_by(Presence.id)
    )
    assert [tuple(row) for row in history] == [
        ("ready", None, now, now + 60 * SECOND),
        ("break", "away", now + 60 * SECOND, None),
    ]


def test_who_works_by_the_api_alone_is_never_judged(agents: tuple[Person, Person], now: datetime) -> None:
    services.judge_attendance(now=now + timedelta(hours=9))
    assert [state(person) for person in agents] == [READY, READY]


def test_who_closed_the_console_and_goes_on_by_the_api_is_judged_once(agents: tuple[Person, Person], now: datetime) -> None:
    ana, _bo = agents
    answered(ana, 3000)
    services.judge_attendance(now=now)
    assert state(ana) == AWAY
    assert not known(ana)
    services.set_presence(person_id=ana.id, state="ready", now=now + SECOND)
    services.judge_attendance(now=now + timedelta(hours=1))
    assert state(ana) == READY


@pytest.mark.parametrize("ago", [0, 15])
def test_who_comes_back_within_five_minutes_is_ready_again(agents: tuple[Person, Person], now: datetime, ago: float) -> None:
    ana, _bo = agents
    answered(ana, 60)
    services.judge_attendance(now=now)
    services.judge_attendance(now=now + 100 * SECOND)
    assert state(ana) == AWAY
    answered(ana, ago)
    services.judge_attendance(now=now + 299 * SECOND)
    assert state(ana) == READY


def test_who_comes_back_later_says_so_with_one_click(agents: tuple[Person, Person], now: datetime) -> None:
    ana, _bo = agents
    answered(ana, 60)
    services.judge_attendance(now=now)
    answered(ana, 0)
    services.judge_attendance(now=now + 301 * SECOND)
    assert state(ana) == AWAY
    services.set_presence(person_id=ana.id, state="ready", now=now + 302 * SECOND)
    services.judge_attendance(now=now + 303 * SECOND)
    assert state(ana) == READY


def test_a_break_that_was_chosen_is_nobodys_business(agents: tuple[Person, Person], now: datetime) -> None:
    ana, bo = agents
    services.set_presence(person_id=ana.id, state="break", reason="lunch", now=now)
    services.set_presence(person_id=bo.id, state="offline", now=now)
    for person in agents:
        answered(person, 60)
    services.judge_attendance(now=now + 60 * SECOND)
    assert (state(ana), state(bo)) == (("break", "lunch"), ("offline", None))
    for person in agents:
        answered(person, 0)
    services.judge_attendance(now=now + 61 * SECOND)
    assert (state(ana), state(bo)) == (("break", "lunch"), ("offline", None))


@pytest.mark.parametrize("during", ["on_call", "wrap_up"])
def test_silence_in_a_call_counts_when_the_next_one_could_come(agents: tuple[Person, Person], now: datetime, during: str) -> None:
    ana, _bo = agents
    services.set_presence(person_id=ana.id, state=during, now=now)
    answered(ana, 60)
    services.judge_attendance(now=now + SECOND)
    assert state(ana) == (during, None)
    services.set_presence(person_id=ana.id, state="ready", now=now + 2 * SECOND)
    services.judge_attendance(now=now + 3 * SECOND)
    assert state(ana) == AWAY


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param([], id="no live process ever"),
        pytest.param([(3600, 30)], id="it stopped or is frozen, or the database was away"),
        pytest.param([(100, 0)], id="it has just started"),
        pytest.param([(3600, 0), (100, 0)], id="one of two has just started"),
        pytest.param([(3600, 30), (100, 0)], id="a new one in place of the old"),
    ],
)
def test_nobody_is_judged_while_we_could_not_have_heard_them(
    agents: tuple[Person, Person], now: datetime, servers: list[tuple[float, float]]
) -> None:
    database.session.execute(text("DELETE FROM live_server"))
    for number, (since, seen) in enumerate(servers):
        listening(since=since, seen=seen, name=f"live-{number}")
    for person in agents:
        answered(person, 90)
    services.judge_attendance(now=now)
    assert [state(person) for person in agents] == [READY, READY]
    assert known(agents[0]), "the silence is judged later, when it still lasts"


def test_a_moved_business_clock_sends_nobody_away(agents: tuple[Person, Person], now: datetime) -> None:
    for person in agents:
        answered(person, 5)
    services.judge_attendance(now=now + timedelta(days=30))
    assert [state(person) for person in agents] == [READY, READY]


def test_somebody_who_left_the_firm_is_not_let_in(agents: tuple[Person, Person], now: datetime) -> None:
    ana, _bo = agents
    answered(ana, 60)
    services.judge_attendance(now=now)
    ana.user.active = False
    answered(ana, 0)
    services.judge_attendance(now=now + SECOND)
    assert state(ana) == AWAY


def test_the_clock_judges_every_other_second(agents: tuple[Person, Person], now: datetime) -> None:
    answered(agents[0], 60)
    registry["attendance"].function(now)
    assert state(agents[0]) == AWAY
    assert registry["attendance"].every <= 2


class Pages:
    """Pages that answer or do not, instead of sockets."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.deaf: set[str] = set()

    def ask_here(self, client: Client, answered: Callable[..., Any]) -> None:
        self.asked.append(client.sid)
        if client.sid not in self.deaf:
            answered(999_999)  # what a page says counts for nothing: the socket says who it is


def client(person: Person | None, sid: str = "", *, roles: tuple[str, ...] = ("agent",), token: int | None = None) -> Client:
    user_id = person.user_id if person is not None else None
    return Client(sid or f"s{user_id}", Viewer(str(user_id), "x", user_id=user_id, roles=frozenset(roles), token_id=token), 0.0)


class Stopwatch:
    """The process's own clock."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_the_roll_call_asks_browsers_of_people_who_take_calls(agents: tuple[Person, Person], make_person: MakePerson) -> None:
    ana, bo = agents
    cy = make_person("Cy")
    pages = Pages()
    pages.deaf = {"old page"}
    clients = [
        client(ana),
        client(bo, token=7),
        client(cy, "old page"),
        client(None, "visitor"),
        client(cy, "technician", roles=("technician",)),
    ]
    watch = Stopwatch()
    roll = RollCall(pages, monotonic=watch)
    roll.turn(clients)
    assert pages.asked == [f"s{ana.user_id}", "old page"]
    assert database.session.scalars(select(LiveHere.user_id)).all() == [ana.user_id]
    assert attendance.present() == [ana.user_id]
    watch.at += 9
    roll.turn(clients)
    assert len(pages.asked) == 2
    watch.at += 1
    roll.turn(clients)
    assert len(pages.asked) == 4


def test_a_process_that_was_frozen_listens_anew(agents: tuple[Person, Person]) -> None:
    ana, _bo = agents
    database.session.execute(text("DELETE FROM live_server"))
    watch = Stopwatch()
    roll = RollCall(Pages(), monotonic=watch)

    def since() -> datetime:
        database.session.expire_all()
        return database.session.scalars(select(LiveServer)).one().since

    roll.turn([client(ana)])
    first = since()
    for _turn in range(10):
        watch.at += 2
        roll.turn([client(ana)])
    assert since() == first
    watch.at += 30
    roll.turn([client(ana)])
    assert since() > first


def test_answers_that_could_not_be_written_are_written_with_the_next_turn(
    agents: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _bo = agents
    pages = Pages()
    roll = RollCall(pages)

    def away() -> None:
        raise OperationalError("the database is away", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(attendance, "transaction", away)
        with pytest.raises(OperationalError):
            roll.turn([client(ana)])
    assert not known(ana)
    roll.turn([client(ana)])
    assert known(ana)
    assert len(pages.asked) == 1, "it was not asked again for that"

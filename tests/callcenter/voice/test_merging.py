"""Calls of merged tickets: who is still talking moves along, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from callcenter.voice import services
from callcenter.voice.models import Call, Leg
from core.db import db as database
from core.errors import Conflict
from staff import services as staff
from staff.models import Person
from tests.callcenter.voice.conftest import Firm
from tickets import services as tickets
from tickets.models import Entry, Queue, Ticket
from tickets.queries import entries_of
from tickets.worklog import queries as worklog


def ticket(queue: Queue, now: datetime) -> Ticket:
    return tickets.open_ticket(subject="Boiler", channel="phone", queue_id=queue.id, now=now)


def call(of: Ticket, sid: str, state: str, now: datetime) -> Call:
    made = Call(call_sid=sid, direction="inbound", from_number="+4930901820", to_number="+493012345678", started_at=now, state=state)
    made.ticket_id = of.id
    database.session.add(made)
    database.session.flush()
    return made


def said(about: Call, on: int | None, now: datetime) -> Entry:
    assert on is not None
    data = {"call_id": about.id}
    return tickets.add_call(ticket_id=on, direction="in", answered=True, by_staff=True, text="Talked", data=data, now=now)


def test_a_call_that_is_not_over_moves_along_and_its_note_goes_back_with_it(firm: Firm, time: Callable[..., datetime]) -> None:
    survivor, merged = ticket(firm.queue, time()), ticket(firm.queue, time())
    talking, over = call(merged, "CA1", "talking", time()), call(merged, "CA2", "ended", time())
    tickets.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=time(5), actor_id=None)
    assert (talking.ticket_id, over.ticket_id) == (survivor.id, merged.id)
    entry = said(talking, talking.ticket_id, time(5))
    talking.state = "ended"
    assert entry in entries_of(survivor.id)
    tickets.undo_merge(merged_id=merged.id, now=time(5), actor_id=None)
    database.session.expire_all()
    assert talking.ticket_id == merged.id
    assert entry in entries_of(merged.id)


def test_when_a_call_is_about_another_ticket_both_show_what_was_spent_on_it(
    firm: Firm, make_agent: Callable[..., Person], time: Callable[..., datetime]
) -> None:
    one, other = ticket(firm.queue, time()), ticket(firm.queue, time())
    first, second = make_agent("Ana"), make_agent("Bo")
    talking, since = call(one, "CA1", "talking", time()), time()
    given_away = Leg(call_id=talking.id, person_id=first.id, label="a", state="done", created_at=since, joined_at=since, left_at=time(60))
    database.session.add_all([given_away, Leg(call_id=talking.id, person_id=second.id, label="b", state="joined", created_at=since)])
    database.session.flush()
    database.session.info.pop("live.touched", None)
    services.link_ticket(call_id=talking.id, person_id=second.id, ticket_id=other.id, now=time(), actor_id=second.user_id)
    touched = database.session.info["live.touched"]["touched"]
    assert all("panel:work" in touched[f"ticket:{shown.number}"] for shown in (one, other))
    assert [worklog.of_ticket(shown.id)["seconds"] for shown in (one, other)] == [0, 60]


def test_a_call_that_somebody_holds_refuses_the_merge_instead_of_waiting(committed_db: object, now: datetime) -> None:
    branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", now=now)
    queue = Queue(key="repairs", name="Repairs", branch_id=branch.id)
    database.session.add(queue)
    database.session.flush()
    survivor, merged = ticket(queue, now), ticket(queue, now)
    call(merged, "CA1", "talking", now)
    database.session.commit()
    ids = survivor.id, merged.id
    with database.engine.connect() as other:
        other.execute(select(Call.id).with_for_update())
        with pytest.raises(Conflict) as refused:
            tickets.merge_tickets(survivor_id=ids[0], merged_id=ids[1], now=now, actor_id=None)
        database.session.rollback()
    assert refused.value.code == "busy"
    assert database.session.get_one(Ticket, ids[1]).merged_into_id is None
    tickets.merge_tickets(survivor_id=ids[0], merged_id=ids[1], now=now, actor_id=None)
    assert database.session.scalar(select(Call.ticket_id)) == ids[0]
    database.session.rollback()

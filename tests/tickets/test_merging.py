"""Two tickets become one, and two again, exactly; and a second matter gets a ticket of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import search
from core.db import db as database
from core.errors import Conflict, DomainError, NotValid
from core.files import save
from customers.models import Customer
from tests.tickets.conftest import HOUR, Firm
from tests.tickets.test_api import Program
from tests.tickets.test_live import Screen, panel, touched
from tests.tickets.test_tags_and_links import as_role
from tests.tickets.test_verbs import customer
from tickets import presenters, queries, services
from tickets.models import Entry, Merge, Ticket
from tickets.services import Attachment
from tickets.sla.models import Clock
from tickets.sla.timekeeping import clocks_of, facts

__all__ = ["as_role", "panel"]  # fixtures
MINUTE = timedelta(minutes=1)
FIELDS = (
    "subject",
    "status",
    "wait_reason",
    "priority",
    "queue_id",
    "assignee_id",
    "customer_id",
    "contact_email",
    "contact_phone",
    "due_at",
    "first_response_at",
    "unanswered_since",
    "resolved_at",
    "closed_at",
    "merged_into_id",
)


def merge(merged: Ticket, survivor: Ticket, now: datetime, **more: Any) -> Merge:
    return services.merge_tickets(survivor_id=survivor.id, merged_id=merged.id, now=now, actor_id=None, **more)


def undo(merged: Ticket, now: datetime) -> Merge:
    done = services.undo_merge(merged_id=merged.id, now=now, actor_id=None)
    database.session.expire_all()
    return done


def write(ticket: Ticket, text: str, now: datetime, **more: Any) -> Entry:
    return services.receive_message(ticket_id=ticket.id, text=text, channel="email", now=now, **more)


def instants(ticket: Ticket) -> list[Any]:
    """All that is stored of the ticket's clocks."""
    database.session.expire_all()
    return [(row.kind, facts(row), row.state, row.due_at, row.warn_at, row.fire_at, row.breached_at) for row in clocks_of(ticket.id)]


def picture(ticket: Ticket) -> tuple[Any, ...]:
    database.session.expire_all()
    return ({name: getattr(ticket, name) for name in FIELDS}, instants(ticket))


def texts(ticket: Ticket, **more: Any) -> list[str]:
    return [entry.text for entry in queries.entries_of(ticket.id, **more) if entry.kind != "change"]


def test_the_merged_tickets_clocks_end_and_the_survivor_keeps_the_earliest_start_and_its_own_pauses(firm: Firm, now: datetime) -> None:
    firm.policy(first_response=4 * HOUR, resolution=8 * HOUR)
    early, late = firm.ticket(now), firm.ticket(now + 60 * MINUTE)
    services.change_status(ticket_id=early.id, status="waiting", wait_reason="part", now=now + 30 * MINUTE, actor_id=None)
    services.change_status(ticket_id=late.id, status="waiting", wait_reason="customer", now=now + 90 * MINUTE, actor_id=None)
    merge(early, late, now + 120 * MINUTE)
    ended = {row.kind: row for row in clocks_of(early.id)}
    assert {row.state for row in ended.values()} == {"cancelled"}
    # Its own pause is on its own record, ended with it: 30 of 120 minutes were worked.
    assert [(pause.reason, pause.ends_at) for pause in ended["resolution"].pauses] == [("part", now + 120 * MINUTE)]
    assert ended["resolution"].used_seconds == HOUR // 2
    kept = {row.kind: row for row in clocks_of(late.id)}
    assert {row.started_at for row in kept.values()} == {now}
    assert [(pause.reason, pause.ends_at) for pause in kept["resolution"].pauses] == [("customer", None)]
    # Counted from 09:00, standing still since 10:30: 90 minutes used, 6 h 30 left.
    assert kept["resolution"].remaining_seconds == 8 * HOUR - 90 * 60
    assert (early.status, early.merged_into_id, early.due_at) == ("closed", late.id, None)
    assert (late.status, late.due_at) == ("waiting", now + timedelta(hours=4))


@pytest.mark.parametrize("waits", [None, "part"])
def test_undoing_restores_both_exactly(firm: Firm, now: datetime, waits: str | None) -> None:
    firm.policy(first_response=HOUR, next_response=HOUR, on_site=6 * HOUR, resolution=8 * HOUR)
    who = customer(firm)
    one = firm.ticket(now, customer_id=who.id, contact_email="ada@example.org", contact_phone="+4930123456")
    other = firm.ticket(now + 10 * MINUTE)
    write(one, "It leaks", now)
    services.reply(ticket_id=one.id, text="Where?", now=now + 5 * MINUTE, actor_id=None)
    write(one, "In the hall", now + 12 * MINUTE)
    write(other, "Any news?", now + 15 * MINUTE)
    if waits:
        services.change_status(ticket_id=one.id, status="waiting", wait_reason=waits, now=now + 20 * MINUTE, actor_id=None)
    before = picture(one), picture(other)
    merge(one, other, now + 30 * MINUTE)
    assert (other.customer_id, other.contact_email) == (who.id, "ada@example.org")
    assert picture(other) != before[1]
    undo(one, now + 45 * MINUTE)
    assert (picture(one), picture(other)) == before
    assert database.session.scalars(database.select(Merge)).one().undone_at == now + 45 * MINUTE
    with pytest.raises(DomainError) as refused:
        undo(one, now + 46 * MINUTE)
    assert refused.value.code == "not_merged"


def test_an_unanswered_question_on_the_merged_ticket_is_the_survivors_to_answer(firm: Firm, now: datetime) -> None:
    firm.policy(next_response=HOUR)
    survivor, merged = firm.ticket(now), firm.ticket(now)
    services.reply(ticket_id=survivor.id, text="Done?", now=now, actor_id=None)
    write(merged, "Hello?", now + 10 * MINUTE)
    before = picture(survivor), picture(merged)
    merge(merged, survivor, now + 20 * MINUTE)
    clock = firm.clock(survivor, "next_response")
    assert (survivor.unanswered_since, clock.due_at) == (now + 10 * MINUTE, now + 70 * MINUTE)
    undo(merged, now + 30 * MINUTE)
    assert (picture(survivor), picture(merged)) == before
    assert database.session.scalar(database.select(Clock.id).filter_by(ticket_id=survivor.id, kind="next_response")) is None


def test_an_answer_given_meanwhile_stays_on_the_survivor(firm: Firm, now: datetime) -> None:
    firm.policy(first_response=HOUR)
    survivor, merged = firm.ticket(now + 5 * MINUTE), firm.ticket(now)
    before = picture(merged)
    merge(merged, survivor, now + 10 * MINUTE)
    services.reply(ticket_id=survivor.id, text="We come", now=now + 20 * MINUTE, actor_id=None)
    undo(merged, now + 30 * MINUTE)
    assert picture(merged) == before
    clock = firm.clock(survivor, "first_response")
    assert (clock.state, clock.started_at, clock.used_seconds) == ("met", now + 5 * MINUTE, 15 * 60)
    assert texts(survivor) == ["We come"]


def test_what_arrives_for_the_merged_number_lands_on_the_survivor_and_goes_back_with_it(firm: Firm, now: datetime) -> None:
    firm.policy(next_response=HOUR)
    survivor, merged = firm.ticket(now), firm.ticket(now)
    for ticket in (survivor, merged):
        services.reply(ticket_id=ticket.id, text="Hello", now=now, actor_id=None, then_status="waiting", wait_reason="customer")
    merge(merged, survivor, now + 10 * MINUTE)
    chosen = services.reopen_or_follow_up(ticket_id=merged.id, now=now + 20 * MINUTE, channel="email")
    entry = write(chosen, "To the merged one", now + 20 * MINUTE)
    write(survivor, "To the survivor", now + 25 * MINUTE)
    services.add_note(ticket_id=merged.id, text="The recording", now=now + 26 * MINUTE, actor_id=None)
    services.add_call(ticket_id=merged.id, direction="in", answered=False, by_staff=False, text="Missed", data={}, now=now + 27 * MINUTE)
    services.add_visit_entry(ticket_id=merged.id, text="Moved", data={}, now=now + 28 * MINUTE, actor_id=None)
    assert entry.ticket_id == survivor.id
    assert entry.data["addressed_to"] == merged.number
    assert (survivor.status, survivor.unanswered_since) == ("open", now + 20 * MINUTE)
    assert texts(survivor) == ["Hello", "To the merged one", "To the survivor", "The recording", "Missed", "Moved"]
    undo(merged, now + 40 * MINUTE)
    assert texts(survivor) == ["Hello", "To the survivor"]
    assert texts(merged) == ["Hello", "To the merged one", "The recording", "Missed", "Moved"]
    # Each waits for an answer since its own message; the merged one's ended its wait.
    assert (survivor.status, survivor.unanswered_since) == ("open", now + 25 * MINUTE)
    assert (merged.status, merged.unanswered_since) == ("open", now + 20 * MINUTE)
    assert firm.clock(survivor, "next_response").due_at == now + 85 * MINUTE
    assert firm.clock(merged, "next_response").due_at == now + 80 * MINUTE
    # The reply went back, and the search knows whose it is.
    found = search.refs("ticket", "recording")
    assert found is not None
    assert list(database.session.scalars(found)) == [merged.id]


def test_merges_over_several_tickets_are_shown_together_and_undone_from_the_last(firm: Firm, now: datetime) -> None:
    first, second, third = firm.ticket(now), firm.ticket(now), firm.ticket(now)
    for ticket, text in ((first, "one"), (second, "two"), (third, "three")):
        write(ticket, text, now)
    merge(first, second, now)
    merge(second, third, now + MINUTE)
    write(first, "late", now + 2 * MINUTE)
    assert texts(third, together=True) == ["one", "two", "three", "late"]
    assert texts(third) == ["three", "late"]
    assert [found["number"] for found in presenters.ticket(third)["merged"]] == [second.number]
    assert presenters.ticket(first)["merged_into"] == second.number
    with pytest.raises(DomainError) as refused:
        undo(first, now + 3 * MINUTE)
    assert (refused.value.code, refused.value.details["survivor"]) == ("merged", third.number)
    undo(second, now + 4 * MINUTE)
    assert texts(second, together=True) == ["one", "two", "late"]
    undo(first, now + 5 * MINUTE)
    assert [texts(ticket, together=True) for ticket in (first, second, third)] == [["one", "late"], ["two"], ["three"]]


def test_what_cannot_be_merged_is_refused_and_nothing_changes(firm: Firm, now: datetime) -> None:
    one, other, third = firm.ticket(now), firm.ticket(now), firm.ticket(now)
    with pytest.raises(NotValid):
        merge(one, one, now)
    merge(one, other, now)
    for merged, survivor, code in ((other, one, "circular"), (one, third, "merged"), (third, one, "merged")):
        before = [picture(ticket) for ticket in (one, other, third)]
        with pytest.raises(DomainError) as refused, database.session.begin_nested():
            merge(merged, survivor, now)
        assert refused.value.code == code
        assert [picture(ticket) for ticket in (one, other, third)] == before
    services.resolve(ticket_id=other.id, now=now, actor_id=None)
    with pytest.raises(Conflict) as refused, database.session.begin_nested():
        merge(third, other, now)
    assert refused.value.code == "not_open"


def test_tickets_of_two_customers_are_merged_only_when_that_is_confirmed(firm: Firm, now: datetime) -> None:
    ada, bo = customer(firm), customer(firm, "Bo Berg")
    one, other = firm.ticket(now, customer_id=ada.id), firm.ticket(now, customer_id=bo.id)
    with pytest.raises(Conflict) as refused:
        merge(one, other, now)
    assert (refused.value.code, refused.value.details) == ("other_customer", {"customers": ["Bo Berg", "Ada Ott"]})
    merge(one, other, now, other_customer=True)
    assert other.customer_id == bo.id


def test_a_merged_ticket_is_not_worked_on(firm: Firm, now: datetime) -> None:
    one, other = firm.ticket(now), firm.ticket(now)
    merge(one, other, now)
    deeds: list[Callable[[], Any]] = [
        lambda: services.reply(ticket_id=one.id, text="x", now=now, actor_id=None),
        lambda: services.set_priority(ticket_id=one.id, priority="high", now=now, actor_id=None),
        lambda: services.reopen(ticket_id=one.id, now=now, actor_id=None),
        lambda: services.change_tags(ticket_id=one.id, add=["x"], now=now, actor_id=None),
    ]
    for deed in deeds:
        with pytest.raises(DomainError) as refused:
            deed()
        assert (refused.value.code, refused.value.details["survivor"]) == ("merged", other.number)


def test_pages_follow_a_merge_and_its_undoing(firm: Firm, panel: None, now: datetime) -> None:
    firm.policy(first_response=HOUR, resolution=4 * HOUR)
    one, other = firm.ticket(now), firm.ticket(now)
    write(one, "one", now)
    screens = [Screen(f"ticket:{one.number}"), Screen(f"ticket:{other.number}"), Screen(f"queue:{firm.queue.id}")]
    touched()
    deeds: list[Callable[[], Any]] = [
        lambda: merge(one, other, now + MINUTE),
        lambda: write(one, "late", now + 2 * MINUTE),
        lambda: undo(one, now + 3 * MINUTE),
        lambda: services.split_ticket(
            ticket_id=one.id, entry_ids=[queries.entries_of(one.id)[1].id], subject="Split", now=now, actor_id=None
        ),
    ]
    for deed in deeds:
        deed()
        changes = touched()
        for screen in screens:
            screen.hear(changes)
            screen.check()


def test_a_split_copies_what_was_chosen_and_links_both(firm: Firm, now: datetime) -> None:
    firm.policy(first_response=HOUR, next_response=HOUR)
    who: Customer = customer(firm)
    ticket = firm.ticket(now, customer_id=who.id, contact_email="ada@example.org")
    photo = save(b"drip", name="photo.jpg", content_type="image/jpeg", now=now)
    write(ticket, "It leaks", now)
    services.reply(ticket_id=ticket.id, text="We come", now=now + MINUTE, actor_id=None)
    asked = write(ticket, "And the bell is broken", now + 5 * MINUTE, files=[Attachment(photo.id)], message_id="m@x", author_name="Ada")
    made = services.split_ticket(ticket_id=ticket.id, entry_ids=[asked.id], subject="Bell", now=now + 30 * MINUTE, actor_id=None)
    (copied,) = [entry for entry in queries.entries_of(made.id) if entry.kind == "message_in"]
    assert (copied.text, copied.author_name, copied.happened_at) == ("And the bell is broken", "Ada", asked.happened_at)
    assert [item.file_id for item in copied.files] == [photo.id]
    assert copied.data["split_from"] == {"number": ticket.number, "entry_id": asked.id}
    assert (made.customer_id, made.contact_email, made.subject, made.status) == (who.id, "ada@example.org", "Bell", "new")
    # The customer has waited for an answer to this since 09:05: due 10:05.
    assert (made.unanswered_since, firm.clock(made, "first_response").due_at) == (now + 5 * MINUTE, now + 65 * MINUTE)
    assert queries.ticket_of_message(["m@x"]) == made.id
    assert [(found["kind"], found["number"]) for found in presenters.ticket(made)["links"]] == [("split", ticket.number)]
    assert queries.entries_of(ticket.id)[-1].data["split_off"] == {"number": made.number, "subject": "Bell", "entries": 1}
    assert texts(ticket) == ["It leaks", "We come", "And the bell is broken"]
    answered = services.split_ticket(
        ticket_id=ticket.id, entry_ids=[queries.entries_of(ticket.id)[1].id], subject="Old", now=now + 30 * MINUTE, actor_id=None
    )
    assert (answered.unanswered_since, answered.created_at) == (None, now + 30 * MINUTE)


def test_what_cannot_be_split_off_is_refused(firm: Firm, now: datetime) -> None:
    ticket, other = firm.ticket(now), firm.ticket(now)
    strange = write(other, "Not mine", now)
    change = queries.entries_of(ticket.id)[0]
    for entry_ids in ([], [strange.id], [change.id], [999_999]):
        with pytest.raises(NotValid) as refused:
            services.split_ticket(ticket_id=ticket.id, entry_ids=entry_ids, subject="x", now=now, actor_id=None)
        assert refused.value.field == "entry_ids"
    assert database.session.scalar(database.select(database.func.count(Ticket.id))) == 2


def test_merging_and_splitting_over_the_api(firm: Firm, as_role: Callable[[str], Program], now: datetime) -> None:
    agent = as_role("agent")
    ada, bo = customer(firm), customer(firm, "Bo Berg")
    one, other = firm.ticket(now, customer_id=ada.id), firm.ticket(now, customer_id=bo.id)
    write(one, "It leaks", now)
    path = f"/tickets/{one.number}"
    assert agent("POST", f"{path}/merging", {"into": other.number}).json["code"] == "other_customer"
    merged = agent("POST", f"{path}/merging", {"into": other.number, "other_customer": True})
    assert (merged.status_code, [found["number"] for found in merged.json["merged"]]) == (200, [one.number])
    assert agent("GET", path).json["merged_into"] == other.number
    entries = agent("GET", f"/tickets/{other.number}/entries").json["items"]
    assert {entry["ticket_id"] for entry in entries} == {one.id, other.id}
    assert agent("POST", f"{path}/messages", {"text": "x"}).json["code"] == "merged"
    assert agent("POST", f"{path}/merging", {"into": 999_999}).status_code == 404
    undone = agent("DELETE", f"{path}/merging")
    assert (undone.status_code, undone.json["merged_into"], undone.json["status"]) == (200, None, "new")
    assert agent("DELETE", f"{path}/merging").json["code"] == "not_merged"
    (entry_id,) = [entry["id"] for entry in agent("GET", f"{path}/entries").json["items"] if entry["kind"] == "message_in"]
    made = agent("POST", f"{path}/splits", {"subject": "Second", "entry_ids": [entry_id]})
    assert (made.status_code, made.json["links"][0]["number"]) == (201, one.number)
    assert agent("POST", f"{path}/splits", {"subject": "", "entry_ids": [entry_id]}).status_code == 422
    assert agent("POST", f"{path}/splits", {"subject": "x", "entry_ids": []}).status_code == 422

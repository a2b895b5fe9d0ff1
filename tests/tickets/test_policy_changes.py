"""Which policy holds, and what happens to running clocks when it, its calendar or the ticket changes. Instants are
counted by hand in the comments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from core import audit, outbox
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import Contract, Customer, Equipment
from tests.tickets.conftest import HOUR, OFFICE, Firm, utc
from tickets import services
from tickets.models import Entry, Ticket
from tickets.sla import policies, publishing, recompute, sweep
from tickets.sla.services import appointment_agreed, technician_arrived

MONDAY = utc("2026-03-09 08:00")  # 09:00 in Berlin, an hour after opening


def recompute_all(now: datetime) -> int:
    """Work on all recompute rows as the heavy worker does; returns how many tickets were looked at."""
    database.session.flush()
    rows = list(database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=recompute.KIND, done_at=None)))
    database.session.commit()
    looked_at = 0
    for row_id, payload in [(row.id, dict(row.payload)) for row in rows]:
        looked_at += recompute.work(row_id, payload, now=lambda: now)
    return looked_at


def customer(firm: Firm, tier: str = "standard") -> Customer:
    row = Customer(kind="person", name=f"Ms {tier}", tier=tier, created_at=firm.now, updated_at=firm.now)
    database.session.add(row)
    database.session.flush()
    return row


def wait(ticket: Ticket, at: datetime, reason: str = "part") -> None:
    services.change_status(ticket_id=ticket.id, status="waiting", wait_reason=reason, now=at, actor_id=None)


def go_on(ticket: Ticket, at: datetime) -> None:
    services.change_status(ticket_id=ticket.id, status="open", now=at, actor_id=None)


def test_the_first_matching_policy_by_position_holds_and_the_default_comes_last(firm: Firm) -> None:
    firm.calendar()
    firm.policy("Everybody", position=1, resolution=8 * HOUR)
    gold = firm.policy("Gold", {"tiers": ["gold"]}, position=50, resolution=2 * HOUR)
    urgent = firm.policy("Urgent gold", {"tiers": ["gold"], "priorities": ["urgent"]}, position=20, resolution=1 * HOUR)
    who = customer(firm, "gold")
    ticket = firm.ticket(MONDAY)
    assert firm.clock(ticket, "resolution").target_seconds == 8 * HOUR
    services.link_customer(ticket_id=ticket.id, customer_id=who.id, now=MONDAY, actor_id=None)
    assert (ticket.policy_id, firm.clock(ticket, "resolution").target_seconds) == (gold.id, 2 * HOUR)
    services.set_priority(ticket_id=ticket.id, priority="urgent", now=MONDAY, actor_id=None)
    assert (ticket.policy_id, ticket.due_at) == (urgent.id, utc("2026-03-09 09:00"))


def test_a_contract_in_force_on_the_day_of_opening_chooses_the_policy(firm: Firm) -> None:
    firm.calendar()
    who = customer(firm)
    equipment = Equipment(customer_id=who.id, kind="Boiler", maker="Vaillant", model="ecoTEC", serial="21-4711", notes="")
    database.session.add(equipment)
    database.session.add(Contract(customer_id=who.id, name="Full", starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 9)))
    covered = firm.policy("Covered", {"contract": True, "equipment": True}, resolution=2 * HOUR)
    other = firm.policy("Others", resolution=9 * HOUR)
    database.session.flush()
    # 23:30 UTC on the 8th is already the 9th in Berlin.
    assert firm.ticket(utc("2026-03-08 23:30"), equipment_id=equipment.id).policy_id == covered.id
    assert firm.ticket(utc("2026-03-08 22:30"), equipment_id=equipment.id).policy_id == other.id
    assert firm.ticket(MONDAY, customer_id=who.id).policy_id == other.id


def test_a_policy_swapped_in_mid_pause_keeps_the_pause_to_the_second(firm: Firm) -> None:
    firm.calendar()
    firm.policy(resolution=4 * HOUR)
    firm.policy("Low", {"priorities": ["low"]}, resolution=6 * HOUR)
    ticket = firm.ticket(MONDAY)
    wait(ticket, utc("2026-03-09 09:00:07"))  # 1:00:07 used
    services.set_priority(ticket_id=ticket.id, priority="low", now=utc("2026-03-09 09:30"), actor_id=None)
    assert firm.clock(ticket, "resolution").remaining_seconds == 6 * HOUR - HOUR - 7
    go_on(ticket, utc("2026-03-09 10:00:09"))
    # 4:59:53 are left at 10:00:09, so until 15:00:02, in office hours (17:00 UTC).
    assert ticket.due_at == utc("2026-03-09 15:00:02")


def test_a_policy_that_covers_a_clock_only_later_gives_it_the_pauses_it_would_have_had(firm: Firm) -> None:
    firm.calendar()
    firm.policy(first_response=HOUR)
    firm.policy("Gold", {"tiers": ["gold"]}, resolution=4 * HOUR)
    who = customer(firm, "gold")
    ticket = firm.ticket(MONDAY)
    wait(ticket, utc("2026-03-09 09:00"))
    go_on(ticket, utc("2026-03-09 11:00"))
    services.link_customer(ticket_id=ticket.id, customer_id=who.id, now=utc("2026-03-09 12:00"), actor_id=None)
    # 4 h from 08:00 and the 2 h of waiting: 14:00; the first response is not promised any more.
    assert ticket.due_at == utc("2026-03-09 14:00")
    assert firm.clock(ticket, "first_response").state == "missed"  # cancelled at 12:00, three hours too late
    services.link_customer(ticket_id=ticket.id, customer_id=None, now=utc("2026-03-09 12:30"), actor_id=None)
    assert firm.clock(ticket, "first_response").state == "running"
    assert firm.clock(ticket, "resolution").state == "cancelled"


def test_a_holiday_added_after_the_breach_withdraws_it_and_both_stay_in_the_record(firm: Firm, now: datetime) -> None:
    calendar = firm.calendar()
    firm.policy(resolution=2 * HOUR)
    ticket = firm.ticket(MONDAY)  # due 10:00
    assert sweep.fire_due(utc("2026-03-09 10:00")) is False
    assert firm.clock(ticket, "resolution").breached_at == utc("2026-03-09 10:00")
    definition = {"timezone": "Europe/Berlin", "hours": OFFICE, "holidays": {"2026-03-09": "Founders' day"}}
    publishing.publish_calendar(calendar_id=calendar.id, definition=definition, now=utc("2026-03-09 11:00"), actor_id=None)
    ticket_id = ticket.id
    assert recompute_all(utc("2026-03-09 11:00")) == 1
    ticket = database.session.get_one(Ticket, ticket_id)
    clock = firm.clock(ticket, "resolution")
    # Nothing of Monday counts: Tuesday from 07:00 UTC (08:00 in Berlin) two hours.
    assert (clock.due_at, clock.withdrawn_at) == (utc("2026-03-10 09:00"), utc("2026-03-09 11:00"))
    assert (clock.breached_at, clock.calendar_version.version) == (utc("2026-03-09 10:00"), 2)
    assert ticket.due_at == utc("2026-03-10 09:00")
    entry = database.session.scalars(database.select(Entry).filter_by(ticket_id=ticket_id, kind="change").order_by(Entry.id.desc())).first()
    assert entry.data["changes"] == {"due_at": {"from": "2026-03-09T10:00:00Z", "to": "2026-03-10T09:00:00Z"}}
    assert entry.data["why"] == {"calendar": "Office", "version": 2}
    # And it may breach again at the new time.
    sweep.fire_due(utc("2026-03-10 09:00"))
    assert (firm.clock(ticket, "resolution").breached_at, firm.clock(ticket, "resolution").withdrawn_at) == (utc("2026-03-10 09:00"), None)


def test_a_time_zone_changed_while_paused_counts_both_sides_anew(firm: Firm) -> None:
    calendar = firm.calendar()
    firm.policy(resolution=3 * HOUR)
    ticket = firm.ticket(utc("2026-03-09 16:00"))  # 17:00 in Berlin: one hour until closing
    wait(ticket, utc("2026-03-09 16:30"))  # half an hour used
    definition = {"timezone": "Europe/London", "hours": OFFICE}
    publishing.publish_calendar(calendar_id=calendar.id, definition=definition, now=utc("2026-03-09 17:00"), actor_id=None)
    ticket_id = ticket.id
    recompute_all(utc("2026-03-09 17:00"))
    ticket = database.session.get_one(Ticket, ticket_id)
    assert firm.clock(ticket, "resolution").remaining_seconds == int(2.5 * HOUR)
    go_on(ticket, utc("2026-03-09 17:30"))
    # London closes at 18:00 UTC: half an hour on Monday, two hours on Tuesday from 08:00 UTC.
    assert ticket.due_at == utc("2026-03-10 10:00")


def test_a_clock_change_inside_a_pause_takes_no_hour_away(firm: Firm) -> None:
    day_and_night = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    firm.calendar(day_and_night)
    firm.policy(resolution=4 * HOUR)
    ticket = firm.ticket(utc("2026-03-28 23:00"))  # midnight in Berlin; at 01:00 UTC clocks go from 02:00 to 03:00
    wait(ticket, utc("2026-03-29 00:30"))
    go_on(ticket, utc("2026-03-29 01:30"))
    # 4 h and one hour of pause are real hours: 23:00 + 5 h.
    assert ticket.due_at == utc("2026-03-29 04:00")


def test_windows_across_midnight_belong_to_the_day_they_start_on(firm: Firm) -> None:
    firm.calendar({"mon": [["22:00", "06:00"]], "tue": [["22:00", "06:00"]]}, holidays={"2026-03-10": "Holiday"})
    firm.policy(resolution=9 * HOUR)
    ticket = firm.ticket(utc("2026-03-09 21:00"))
    # Monday 22:00-06:00 is 8 h (21:00-05:00 UTC), Tuesday is a holiday, next Monday (16th) from 21:00 UTC one hour.
    assert ticket.due_at == utc("2026-03-16 22:00")


def test_two_pauses_in_one_minute_are_both_taken_off(firm: Firm) -> None:
    firm.calendar()
    firm.policy(resolution=HOUR)
    ticket = firm.ticket(MONDAY)
    wait(ticket, utc("2026-03-09 08:10:05"))
    go_on(ticket, utc("2026-03-09 08:10:15"))
    wait(ticket, utc("2026-03-09 08:10:20"), "access")
    go_on(ticket, utc("2026-03-09 08:10:50"))
    assert ticket.due_at == utc("2026-03-09 09:00:40")


def test_a_machine_whose_clock_is_behind_makes_no_negative_pause(firm: Firm) -> None:
    firm.calendar()
    firm.policy(resolution=HOUR)
    ticket = firm.ticket(MONDAY)
    wait(ticket, utc("2026-03-09 08:30:03"))
    go_on(ticket, utc("2026-03-09 08:30:01"))  # another machine, two seconds behind
    clock = firm.clock(ticket, "resolution")
    assert [(entry.starts_at, entry.ends_at) for entry in clock.pauses] == [(utc("2026-03-09 08:30:03"),) * 2]
    assert (clock.state, ticket.due_at) == ("running", utc("2026-03-09 09:00"))


def test_a_breach_fired_by_a_machine_ahead_is_not_withdrawn_by_one_behind(firm: Firm) -> None:
    firm.calendar()
    firm.policy(resolution=HOUR)
    ticket = firm.ticket(MONDAY)
    sweep.fire_due(utc("2026-03-09 09:00"))
    services.receive_message(ticket_id=ticket.id, text="?", now=utc("2026-03-09 08:59:59"), channel="email")
    services.set_priority(ticket_id=ticket.id, priority="high", now=utc("2026-03-09 08:59:59"), actor_id=None)
    assert (firm.clock(ticket, "resolution").breached_at, firm.clock(ticket, "resolution").withdrawn_at) == (utc("2026-03-09 09:00"), None)


def test_on_site_counts_from_the_appointments_end_until_the_earliest_arrival(firm: Firm) -> None:
    firm.calendar()
    firm.policy(on_site=HOUR)
    ticket = firm.ticket(MONDAY)
    assert ticket.due_at == utc("2026-03-09 09:00")
    appointment_agreed(ticket_id=ticket.id, ends_at=utc("2026-03-09 12:00"), now=MONDAY)
    assert ticket.due_at == utc("2026-03-09 13:00")
    sweep.fire_due(utc("2026-03-09 13:00"))
    technician_arrived(ticket_id=ticket.id, at=utc("2026-03-09 13:20"))
    assert firm.clock(ticket, "on_site").state == "missed"
    # A phone without network reports at 14:00 that a colleague stood there at 12:50: the breach was none.
    technician_arrived(ticket_id=ticket.id, at=utc("2026-03-09 12:50"), now=utc("2026-03-09 14:00"))
    clock = firm.clock(ticket, "on_site")
    assert (clock.state, clock.used_seconds, clock.withdrawn_at) == ("met", 50 * 60, utc("2026-03-09 14:00"))
    assert ticket.due_at is None


def test_a_published_calendar_leaves_closed_tickets_as_they_were(firm: Firm) -> None:
    calendar = firm.calendar()
    firm.policy(resolution=HOUR)
    done, still = firm.ticket(MONDAY), firm.ticket(MONDAY)
    services.resolve(ticket_id=done.id, now=utc("2026-03-09 08:30"), actor_id=None)
    publishing.publish_calendar(
        calendar_id=calendar.id, definition={"timezone": "UTC", "hours": OFFICE}, now=utc("2026-03-09 08:40"), actor_id=None
    )
    ids = done.id, still.id
    assert recompute_all(utc("2026-03-09 08:40")) == 1
    versions = [firm.clock(database.session.get_one(Ticket, ticket_id), "resolution").calendar_version.version for ticket_id in ids]
    assert versions == [1, 2]


def test_recomputing_goes_on_where_a_killed_worker_stopped(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.calendar()
    policy = firm.policy(resolution=HOUR)
    tickets = [firm.ticket(MONDAY).id for _count in range(5)]
    policies.update_policy(policy_id=policy.id, targets={"default": {"resolution": 2 * HOUR}}, now=MONDAY, actor_id=None)
    database.session.commit()
    monkeypatch.setattr(recompute, "BATCH", 2)
    row = database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=recompute.KIND)).one()
    row_id, payload = row.id, dict(row.payload)
    moments = iter([MONDAY] * 3)  # the fourth call of the clock is one too many: the worker dies in its second batch
    with pytest.raises((StopIteration, RuntimeError)):
        recompute.work(row_id, payload, now=lambda: next(moments))
    kept = dict(database.session.get_one(outbox.OutboxRow, row_id).payload)
    assert kept["after"] == tickets[1]
    assert recompute.work(row_id, kept, now=lambda: MONDAY) == 3
    due = {database.session.get_one(Ticket, ticket_id).due_at for ticket_id in tickets}
    assert due == {utc("2026-03-09 10:00")}
    assert database.session.get_one(outbox.OutboxRow, row_id).done_at == MONDAY


def test_changes_of_policies_and_calendars_are_audited_with_their_versions(firm: Firm, now: datetime) -> None:
    calendar = publishing.create_calendar(
        name="Nights", definition={"timezone": "Europe/Berlin", "hours": {"mon": [["22:00", "06:00"]]}}, now=now, actor_id=None
    )
    publishing.publish_calendar(
        calendar_id=calendar.id, definition={"timezone": "UTC", "hours": OFFICE}, now=now, actor_id=None, expected_version=1
    )
    with pytest.raises(Conflict):
        publishing.publish_calendar(
            calendar_id=calendar.id, definition={"timezone": "UTC", "hours": OFFICE}, now=now, actor_id=None, expected_version=1
        )
    policy = policies.create_policy(name="P", targets={"default": {"resolution": 60}}, now=now, actor_id=None)
    policies.update_policy(policy_id=policy.id, warn_percent=50, now=now, actor_id=None)
    entries = database.session.scalars(database.select(audit.AuditEntry).order_by(audit.AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["calendar.created", "calendar.published", "policy.created", "policy.changed"]
    assert (entries[-1].before, entries[-1].after, policy.version) == ({"warn_percent": 75}, {"warn_percent": 50}, 2)


@pytest.mark.parametrize(
    "definition",
    [
        {"timezone": "Mars/Olympus", "hours": OFFICE},
        {"timezone": "UTC", "hours": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}},
        {"timezone": "UTC", "hours": {}},
        {"timezone": "UTC", "hours": {"mon": [["8", "9"]]}},
        {"timezone": "UTC", "hours": OFFICE, "holidays": ["2026-02-30"]},
    ],
)
def test_a_calendar_that_cannot_be_meant_is_refused_and_nothing_changes(firm: Firm, definition: dict[str, Any], now: datetime) -> None:
    calendar = firm.calendar()
    with pytest.raises(NotValid) as refused:
        publishing.publish_calendar(calendar_id=calendar.id, definition=definition, now=now, actor_id=None)
    assert refused.value.field == "definition"
    assert calendar.version == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"targets": {"default": {"resolution": 0}}}, "targets"),
        ({"targets": {"soon": {"resolution": 60}}}, "targets"),
        ({"targets": {"default": {"lunch": 60}}}, "targets"),
        ({"conditions": {"moon": ["full"]}}, "conditions"),
        ({"conditions": {"queue_ids": [999_999]}}, "conditions"),
        ({"calendar_id": 999_999}, "calendar_id"),
        ({"warn_percent": 101}, "warn_percent"),
        ({"name": "  "}, "name"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_at_its_field(firm: Firm, values: dict[str, Any], field: str, now: datetime) -> None:
    policy = firm.policy(resolution=60)
    before = policies.facts(policy)
    with pytest.raises(NotValid) as refused:
        policies.update_policy(policy_id=policy.id, now=now, actor_id=None, **values)
    assert (refused.value.field, policies.facts(policy)) == (field, before)

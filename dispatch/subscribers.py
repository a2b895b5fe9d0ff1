"""What dispatch does when something happens below it, and what its own changes show on which screens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _

from core import events, later, live, search
from core.errors import DomainError
from customers.events import CustomerChanged
from dispatch import topics
from dispatch.events import KitChanged, PlanChanged, StockChanged, StockCounted, VisitBooked, VisitChanged
from dispatch.materials import count_queries
from dispatch.roads.ahead import around_sites_of
from dispatch.visits import queries, rules
from dispatch.visits.models import Visit
from dispatch.visits.placing import clock_of
from dispatch.visits.services import finding, forecasting
from staff.events import PersonChanged, PersonLeaving
from tickets.events import MessageReceived, ReplySent, TicketChanged, TicketOpened, TicketResolving
from tickets.queries import loaded, open_ids_of_customer

_VISITS = 50


def subscribe() -> None:
    """Take up all subscriptions of this package."""
    events.subscribe(TicketResolving, refuse_with_open_visit)
    events.subscribe(PersonLeaving, _refuse_leaving)
    events.subscribe(TicketOpened, _on_ticket)
    events.subscribe(TicketChanged, _on_ticket)
    events.subscribe(MessageReceived, _on_message)
    events.subscribe(ReplySent, _on_message)
    events.subscribe(CustomerChanged, _on_customer)
    events.subscribe(PersonChanged, _on_person)
    events.subscribe(VisitBooked, _on_booked)
    events.subscribe(VisitChanged, _on_changed)
    events.subscribe(StockChanged, _on_stock)
    events.subscribe(KitChanged, _on_kit)
    events.subscribe(StockCounted, _on_count)
    events.subscribe(PlanChanged, _on_plan)


def refuse_with_open_visit(event: TicketResolving) -> None:
    """A ticket is not done while somebody is still to come, or there. Raises DomainError (code `open_visit`) naming visit and technician."""
    visits = queries.open_visits(event.ticket_id)
    if not visits:
        return
    visit = visits[0]
    person = queries.technician_of(visit)
    facts = {"number": visit.number, "status": rules.status_word(visit.status)}
    if person is None:
        text = _("Visit %(number)s is still open (%(status)s). Finish it or call it off first.", **facts)
    else:
        text = _(
            "Visit %(number)s with %(name)s at %(time)s is still open (%(status)s). Finish it or call it off first.",
            name=person.name,
            time=clock_of(person, visit.planned_start),
            **facts,
        )
    raise DomainError(text, code="open_visit", details={"visit": visit.number, "technician": person.name if person is not None else None})


def _refuse_leaving(event: PersonLeaving) -> None:
    visits = queries.open_visits_of_person(event.person_id)
    if visits:
        numbers = ", ".join(str(visit.number) for visit in visits[:5])
        raise DomainError(
            _("There are visits still to do: %(numbers)s. Give them to somebody else first.", numbers=numbers), code="open_visit"
        )


def _on_ticket(event: TicketOpened | TicketChanged) -> None:
    live.touch(topics.UNPLACED, event.number, tiles=True)
    if isinstance(event, TicketChanged):
        later.once(_touch_visits, event.ticket_id)
        if "customer_id" in event.changes:
            for visit in queries.visits_of_tickets([event.ticket_id]):
                finding.index(visit)


def _on_message(event: MessageReceived | ReplySent) -> None:
    """An answer stops a clock, a question starts one: what is due, and first, may be another time. The first words are the technician's."""
    ticket = loaded(event.ticket_id)
    live.touch(topics.UNPLACED, ticket.number, tiles=True)
    later.once(_touch_visits, ticket.id)


def _on_customer(event: CustomerChanged) -> None:
    """Name, address, telephone and equipment stand on every visit and on what waits for one."""
    search.put_off(_follow_customers, event.customer_id)
    if event.what == "site":
        later.once(around_sites_of, event.customer_id)


def _follow_customers(customer_ids: list[int]) -> None:
    for customer_id in customer_ids:
        for visit in queries.visits_of_customer(customer_id, limit=_VISITS):
            finding.index(visit)
            topics.touch_visit(visit)
            _touch_panel(visit)
        for _ticket_id, number, _queue_id in open_ids_of_customer(customer_id):
            live.touch(topics.UNPLACED, number)


def _touch_visits(ticket_ids: list[int]) -> None:
    for visit in queries.visits_of_tickets(ticket_ids):
        topics.touch_visit(visit)
        _touch_panel(visit)


def _on_person(event: PersonChanged) -> None:
    """Name, shifts, absences, skills: what is to do is found by the new name; the days somebody may be looking at."""
    _forecast([event.person_id], at=event.at)
    for visit in queries.open_visits_of_person(event.person_id):
        finding.index(visit)
        live.touch(topics.DISPLACED, visit.number, tiles=True)
        live.touch(topics.AT_RISK, visit.number, tiles=True)
    today = event.at.date()
    for ahead in range(-1, topics.DAYS_AHEAD):
        live.touch(f"dispatch:{today + timedelta(days=ahead)}", topics.person_key(event.person_id))


def _on_booked(event: VisitBooked) -> None:
    visit = _visit(event.visit_id)
    topics.touch_visit(visit)
    _touch_panel(visit)
    _forecast([event.person_id, *event.helper_ids], at=event.at, planned=[event.planned_start])


def _on_changed(event: VisitChanged) -> None:
    visit = _visit(event.visit_id)
    topics.touch_visit(visit)
    _touch_panel(visit)
    if event.planned_start_before is not None or event.person_id_before is not None or event.helper_ids_before:
        start, helpers = event.planned_start_before, event.helper_ids_before
        topics.touch_former(visit, person_id=event.person_id_before, helper_ids=helpers, start=start)
    if event.what != "forecast":
        people = {event.person_id, event.person_id_before, *event.helper_ids, *event.helper_ids_before} - {None}
        _forecast(people, at=event.at, planned=[event.planned_start, event.planned_start_before])


def _on_stock(event: StockChanged) -> None:
    topics.touch_vans(event.balances)
    live.touch(topics.MISSING, tiles=True)
    for count_id in count_queries.open_counts_of({place_id for _part, place_id in event.balances}):
        live.touch(f"{topics.COUNT}:{count_id}", tiles=True)
    _other_parts(event.visit_ids, at=event.at)


def _on_kit(event: KitChanged) -> None:
    live.touch(topics.MISSING, tiles=True)
    _other_parts(event.visit_ids, at=event.at)


def _other_parts(visit_ids: Iterable[int], *, at: datetime) -> None:
    """Whether these visits have what they need may be another answer now."""
    for visit_id in visit_ids:
        visit = _visit(visit_id)
        topics.touch_visit(visit)
        _touch_panel(visit)
        _forecast([person.id for person in queries.crew_of(visit)], at=at, planned=[visit.planned_start])


def _forecast(person_ids: Iterable[int | None], *, at: datetime, planned: Iterable[datetime | None] = ()) -> None:
    """These technicians' present day is computed anew at the end of the transaction, when a visit planned so can be of it."""
    times = [moment for moment in planned if moment is not None]
    if not times or min(times) < at + forecasting.SOON:
        later.once(_refresh, *[(person_id, at) for person_id in person_ids if person_id is not None])


def _refresh(asked: list[tuple[int, datetime]]) -> None:
    forecasting.refresh({person_id for person_id, _at in asked}, now=max(at for _person_id, at in asked))


def _on_count(event: StockCounted) -> None:
    live.touch(f"{topics.COUNT}:{event.count_id}", tiles=True)


def _on_plan(event: PlanChanged) -> None:
    live.touch(topics.PLANS, event.plan_id)


def _touch_panel(visit: Visit) -> None:
    live.touch(f"ticket:{visit.ticket.number}", "ticket", "panel:visits")


def _visit(visit_id: int) -> Visit:
    return queries.visit(visit_id)

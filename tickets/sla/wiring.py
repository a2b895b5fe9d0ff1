"""Joins the service levels to the application: API, sweeps."""

from __future__ import annotations

from core import events, sweeps
from core.api import Api
from core.auth.security import may
from core.pages import SHELL_MODULES
from staff.slots import HOLIDAYS
from tickets.events import ClockEscalated, TicketChanged
from tickets.notices import subscribers as notice_subscribers
from tickets.sla import (
    api,
    api_calendars,
    api_choice,
    api_escalation,
    api_trials,
    branch_holidays,
    escalating,
    example,
    notices,
    sources,
    sweep,
    trials,
)

HANDLERS = escalating, trials  # importing them registers the outbox handlers


def wire(rest: Api) -> None:
    """Register everything of `tickets.sla`."""
    for module in (api, api_calendars, api_choice, api_escalation, api_trials, example):
        rest.register_blueprint(module.blueprint)
    notices.register()
    notice_subscribers.subscribe()
    events.subscribe(ClockEscalated, _on_escalated)
    SHELL_MODULES.fill("notices", lambda: "js/tickets/notices.js" if may("account.use") else None)
    HOLIDAYS.fill("calendars", branch_holidays.of_branches)
    sweeps.register(sweep.NAME, sweep.EVERY, sweep.fire_due)
    sweeps.register(sources.NAME, sources.EVERY, sources.look_at_due)


def _on_escalated(event: ClockEscalated) -> None:
    """Every list shows the level."""
    events.publish(
        TicketChanged(
            at=event.at,
            ticket_id=event.ticket_id,
            number=event.number,
            queue_id_before=event.queue_id,
            queue_id=event.queue_id,
            assignee_id_before=event.assignee_id,
            assignee_id=event.assignee_id,
        )
    )

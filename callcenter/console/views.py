"""The agents' console."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from callcenter.voice import rules as voice
from core import clock
from core.auth.access import permission
from core.auth.security import may
from staff import queries as staff
from tickets import queries as tickets
from tickets.fields import presenters as field_presenters
from tickets.serving import queues_of
from tickets.slots import TICKET_MODULES

blueprint = Blueprint("console", __name__)


@blueprint.get("/console")
@permission("console.use")
def console() -> str:
    """Three columns: me and what waits; the call over its ticket; the caller."""
    person = staff.person_of_user(current_user.id)
    mine = {queue.id for queue in queues_of(person, on=clock.now().date())}
    data = {
        "person_id": person.id if person else None,
        "user_id": current_user.id,
        "queues": [{"id": queue.id, "name": queue.name, "mine": queue.id in mine} for queue in tickets.queues(only_active=True)],
        "dispositions": list(voice.DISPOSITIONS),
        "wrap_up_seconds": int(voice.WRAP_UP_LASTS.total_seconds()),
        "may_take": may("calls.take"),
        "may_write": may("tickets.write"),
        "may_book": may("visits.book"),
        "may_customers": may("customers.write"),
        "people": [{"id": one.id, "name": one.name} for one in staff.people(kinds=("agent", "both"))],
        **field_presenters.forms(),
    }
    return render_template("callcenter/console.html", page_data=data, modules=TICKET_MODULES.call())

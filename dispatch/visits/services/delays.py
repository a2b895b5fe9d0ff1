"""What customers are to be told of late visits: drafted when a visit is expected too long after what was promised, sent once by a dispatcher,
dismissed, or withdrawn when the delay is gone. Nothing is sent by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from core.i18n import LANGUAGES
from dispatch.errors import changed_meanwhile, clear_errors
from dispatch.slots import MAIL_ADDRESS
from dispatch.visits import queries
from dispatch.visits.forecast import GRID
from dispatch.visits.models import DelayNotice, Visit
from dispatch.visits.schedule import moment, stamp
from dispatch.visits.services import telling
from dispatch.visits.services.booking import lock_visit
from tickets import services as tickets
from tickets.sla import services as sla

MARGIN = timedelta(minutes=15)  # beyond the promised window; for less nobody is told
WINDOW = timedelta(hours=1)  # what a customer who agrees is promised instead: shorter than before, since more is known
LONGEST_TEXT = 5000


def keep(late: Mapping[int, datetime | None], *, now: datetime) -> set[int]:
    """Drafts for visits (id → expected start; None: not too late, or begun) as they are expected now; ids of those whose draft changed. Of who was
    told, or was not to be told, there is another only when it gets later by as much again. The caller holds the locks of the technicians."""
    last = _latest(list(late))
    changed = set()
    for visit_id, expected in sorted(late.items()):
        row = last.get(visit_id)
        at = moment(-(-stamp(expected) // GRID) * GRID) if expected is not None else None
        if at is None:
            if row is not None and row.state == "prepared":
                row.state, row.decided_at = "withdrawn", now
                changed.add(visit_id)
        elif row is not None and row.state == "prepared":
            if row.expected_at != at:
                row.expected_at, row.promised_from, row.promised_until = at, at, at + WINDOW
                changed.add(visit_id)
        elif row is None or row.state == "withdrawn" or at >= row.expected_at + MARGIN:
            db.session.add(
                DelayNotice(
                    visit_id=visit_id, state="prepared", expected_at=at, promised_from=at, promised_until=at + WINDOW, created_at=now
                )
            )
            changed.add(visit_id)
    db.session.flush()
    return changed


def _latest(visit_ids: list[int]) -> dict[int, DelayNotice]:
    """The newest of each visit, read afresh."""
    query = select(DelayNotice).where(DelayNotice.visit_id.in_(visit_ids)).distinct(DelayNotice.visit_id)
    query = query.order_by(DelayNotice.visit_id, DelayNotice.id.desc()).execution_options(populate_existing=True)
    return {row.visit_id: row for row in db.session.scalars(query)} if visit_ids else {}


def text_of(notice: DelayNotice) -> str:
    """What is drafted, in the customer's language and the site's time; of one that was sent what was sent."""
    if notice.text:
        return notice.text
    visit = notice.visit
    customer, person = visit.ticket.customer, queries.technician_of(visit)
    language = customer.language if customer is not None else visit.ticket.language
    language = language if language in LANGUAGES else "en"
    zone = ZoneInfo(visit.site.time_zone if visit.site is not None else visit.ticket.queue.branch.time_zone)

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M}"

    with force_locale(language):
        text: str = gettext(
            "Hello %(customer)s,\n\nour technician %(technician)s is later than planned. We expect to be with you at about %(time)s instead of "
            "between %(since)s and %(until)s. We are sorry for the wait.\n\nIf this does not suit you, please answer this message.",
            customer=customer.name if customer is not None else "",
            technician=person.name if person is not None else "",
            time=clock(notice.expected_at),
            since=clock(visit.promised_from),
            until=clock(visit.promised_until),
        )
    return text


def way_to(visit: Visit) -> tuple[str, str | None]:
    """How the customer is told: `email` with the address when a mail would leave, else `phone` with the number, which a person rings."""
    ticket = visit.ticket
    email: str | None = next(iter(MAIL_ADDRESS.call(ticket)), None)
    if email is not None:
        return "email", email
    points = ticket.customer.contact_points if ticket.customer is not None else []
    return "phone", ticket.contact_phone or next((point.value for point in points if point.kind == "phone"), None)


def prepared_for(visit_ids: list[int]) -> dict[int, DelayNotice]:
    """The drafts that wait for a dispatcher, by visit."""
    return {visit_id: row for visit_id, row in _latest(visit_ids).items() if row.state == "prepared"}


@clear_errors
def send(
    *, visit_id: int, text: str, promise: bool, now: datetime, actor_id: int | None, expected_at: datetime | None = None
) -> DelayNotice:
    """Tell the customer, once: by mail as an answer on the ticket where one would leave; otherwise it is noted that they were rung.

    `promise`: they agree, so the window of the notice is promised instead; the plan itself stays. `expected_at`: what the reader saw.

    Raises NotFound, NotValid (`text`), Conflict `told` when somebody was quicker, `changed_meanwhile` when it is expected at another time by now.
    """
    notice = _locked(visit_id)
    if expected_at is not None and expected_at != notice.expected_at:
        raise changed_meanwhile()
    said = text.strip()
    if not said:
        raise NotValid(_("Say what the customer is to be told."), field="text")
    if len(said) > LONGEST_TEXT:
        raise NotValid(_("At most %(count)s characters.", count=LONGEST_TEXT), field="text")
    visit = notice.visit
    notice.channel = way_to(visit)[0]
    if notice.channel == "email":
        tickets.reply(ticket_id=visit.ticket_id, text=said, actor_id=actor_id, now=now, channel="email")
    else:
        telling.entry(visit, "told", now=now, actor_id=actor_id, text=said)
    before = {"promised_from": visit.promised_from, "promised_until": visit.promised_until}
    if promise:
        visit.promised_from, visit.promised_until, visit.updated_at = notice.promised_from, notice.promised_until, now
        db.session.flush()
        sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=visit.promised_until, now=now)
        telling.entry(visit, "promised", now=now, actor_id=actor_id, public=True)
    notice.text = said
    _decide(notice, "sent", now=now, actor_id=actor_id, before=before)
    telling.changed(visit, "promised" if promise else "told", now=now, actor_id=actor_id)
    return notice


@clear_errors
def dismiss(*, visit_id: int, now: datetime, actor_id: int | None) -> DelayNotice:
    """The customer is not to be told, unless it gets later still. Raises NotFound, Conflict `told`."""
    notice = _locked(visit_id)
    _decide(notice, "dismissed", now=now, actor_id=actor_id, before={})
    telling.changed(notice.visit, "told", now=now, actor_id=actor_id)
    return notice


def _locked(visit_id: int) -> DelayNotice:
    """The draft of a visit, with the visit's locks."""
    lock_visit(visit_id)
    notice = _latest([visit_id]).get(visit_id)
    if notice is None:
        raise NotFound(_("There is nothing to tell about this visit."))
    if notice.state == "withdrawn":
        raise Conflict(_("The visit is not late any more. Nothing was sent."), code="told")
    if notice.state != "prepared":
        raise Conflict(_("Somebody was quicker: the customer was told, or is not to be told. Nothing was sent."), code="told")
    return notice


def _decide(notice: DelayNotice, state: str, *, now: datetime, actor_id: int | None, before: Mapping[str, object]) -> None:
    notice.state, notice.decided_at, notice.decided_by_id = state, now, actor_id
    db.session.flush()
    visit = notice.visit
    after = {"expected_at": notice.expected_at, "channel": notice.channel} | {name: getattr(visit, name) for name in before}
    audit.record(
        action=f"delay_notice.{state}", target=f"visit {visit.number}", actor_id=actor_id, now=now, before=dict(before), after=after
    )

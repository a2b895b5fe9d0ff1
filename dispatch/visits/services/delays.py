"""What customers are to be told of late visits: drafted when a visit is expected too long after what was promised, or its technician will not be
there; sent once by a dispatcher, dismissed, or withdrawn when the delay is gone. Nothing is sent by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
from staff.models import Person
from tickets import services as tickets
from tickets.sla import services as sla

MARGIN = timedelta(minutes=15)  # beyond the promised window; for less nobody is told
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FURTHEST = 12 * HOUR  # ahead of now that a message about today's visit speaks of
WINDOW = HOUR  # what a customer who agrees is promised instead: shorter than before, since more is known
LONGEST_TEXT = 5000


def keep(late: Mapping[int, datetime | None], *, away: Collection[int], now: datetime) -> set[int]:
    """Drafts for visits (id → expected start; None: not too late, or begun) as they are expected now; ids of those whose draft changed. Of those
    `away` the technician is not there, and nobody knows who comes instead, or when. Of who was told, or was not to be told, there is another only
    when it gets later by as much again, or is of another kind. The caller holds the locks of the technicians."""
    last = _latest(list(late))
    changed = set()
    for visit_id, expected in sorted(late.items()):
        row = last.get(visit_id)
        told = _Told("away", None) if visit_id in away else _Told("late", _on_grid(expected)) if expected is not None else None
        if told is None:
            if row is not None and row.state == "prepared":
                row.state, row.decided_at = "withdrawn", now
                changed.add(visit_id)
        elif row is not None and row.state == "prepared":
            if (row.kind, row.expected_at) != (told.kind, told.at):
                _write(row, told)
                changed.add(visit_id)
        elif row is None or row.state == "withdrawn" or _is_news(row, told):
            row = DelayNotice(visit_id=visit_id, state="prepared", created_at=now)
            _write(row, told)
            db.session.add(row)
            changed.add(visit_id)
    db.session.flush()
    return changed


@dataclass(frozen=True, slots=True)
class _Told:
    """What there is to tell; kinds as in `DelayNotice`."""

    kind: str
    at: datetime | None


def _on_grid(expected: datetime) -> datetime:
    return moment(-(-stamp(expected) // GRID) * GRID)


def _is_news(row: DelayNotice, told: _Told) -> bool:
    """Beside what was decided on."""
    if row.kind != told.kind:
        return True
    return told.at is not None and row.expected_at is not None and told.at >= row.expected_at + MARGIN


def _write(row: DelayNotice, told: _Told) -> None:
    row.kind, row.expected_at, row.promised_from = told.kind, told.at, told.at
    row.promised_until = told.at + WINDOW if told.at is not None else None


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
    customer, person = visit.ticket.customer, _who_is_late(visit)
    language = customer.language if customer is not None else visit.ticket.language
    zone = ZoneInfo(zone_of(visit))

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M}"

    facts = {
        "customer": customer.name if customer is not None else "",
        "technician": person.name if person is not None else "",
        "since": clock(visit.promised_from),
        "until": clock(visit.promised_until),
    }
    with force_locale(language if language in LANGUAGES else "en"):
        if notice.expected_at is None:
            return str(
                gettext(
                    "Hello %(customer)s,\n\nour technician cannot come between %(since)s and %(until)s as planned. We are looking for somebody else "
                    "to come to you, and will call you as soon as we know who and when. We are sorry for the trouble.\n\nIf another day suits you "
                    "better, please answer this message.",
                    **facts,
                )
            )
        return str(
            gettext(
                "Hello %(customer)s,\n\nour technician %(technician)s is later than planned. We expect to be with you at about %(time)s instead of "
                "between %(since)s and %(until)s. We are sorry for the wait.\n\nIf this does not suit you, please answer this message.",
                time=clock(notice.expected_at),
                **facts,
            )
        )


def _who_is_late(visit: Visit) -> Person | None:
    """Of a crew whoever is there last."""
    crew = queries.crew_of(visit)
    found = queries.forecasts_of([visit.id]).get(visit.id) if len(crew) > 1 else None
    return next((one for one in crew if found is not None and one.id == found.person_id), queries.technician_of(visit))


def zone_of(visit: Visit) -> str:
    """The time zone in which the customer is told times."""
    return visit.site.time_zone if visit.site is not None else visit.ticket.queue.branch.time_zone


def way_to(visit: Visit) -> tuple[str, str | None]:
    """How the customer is told: `email` with the address when a mail would leave, else `phone` with the number, which a person rings."""
    ticket = visit.ticket
    email: str | None = next(iter(MAIL_ADDRESS.call(ticket)), None)
    if email is not None:
        return "email", email
    points = ticket.customer.contact_points if ticket.customer is not None else []
    return "phone", ticket.contact_phone or next((point.value for point in points if point.kind == "phone"), None)


def told_at(visit_id: int, *, sent_at: datetime) -> datetime | None:
    """The time that the customer was told by what was sent at that moment."""
    query = select(DelayNotice.told_at).where(
        DelayNotice.visit_id == visit_id, DelayNotice.state == "sent", DelayNotice.decided_at == sent_at
    )
    return db.session.scalar(query.order_by(DelayNotice.id.desc()).limit(1))


def prepared_for(visit_ids: list[int]) -> dict[int, DelayNotice]:
    """The drafts that wait for a dispatcher, by visit."""
    return {visit_id: row for visit_id, row in _latest(visit_ids).items() if row.state == "prepared"}


@clear_errors
def send(
    *,
    visit_id: int,
    text: str,
    promise: bool,
    now: datetime,
    actor_id: int | None,
    expected_at: datetime | None = None,
    told_at: datetime | None = None,
    no_time: bool = False,
) -> DelayNotice:
    """Tell the customer, once: by mail as an answer on the ticket where one would leave; otherwise it is noted that they were rung.

    `promise`: they agree, so the window of the notice is promised instead; the plan itself stays. `expected_at`: what the reader saw. `told_at`: the
    time that the text names (None: the draft's), unless it names none (`no_time`); it is kept as a promise.

    Raises NotFound, NotValid (`text`, `told_at`, `promise`), Conflict `told` when somebody was quicker, `changed_meanwhile` when it is expected at
    another time by now.
    """
    notice = _locked(visit_id)
    if expected_at is not None and expected_at != notice.expected_at:
        raise changed_meanwhile()
    said = text.strip()
    if not said:
        raise NotValid(_("Say what the customer is to be told."), field="text")
    if len(said) > LONGEST_TEXT:
        raise NotValid(_("At most %(count)s characters.", count=LONGEST_TEXT), field="text")
    if told_at is not None and not now - MINUTE < told_at <= now + FURTHEST:
        raise NotValid(
            _("The time that the customer is told lies within the next %(hours)d hours.", hours=FURTHEST // HOUR), field="told_at"
        )
    if promise and notice.promised_until is None:
        raise NotValid(_("Nobody knows yet when somebody will come: there is no window to promise."), field="promise")
    visit = notice.visit
    notice.channel = way_to(visit)[0]
    if notice.channel == "email":
        tickets.reply(ticket_id=visit.ticket_id, text=said, actor_id=actor_id, now=now, channel="email")
    else:
        telling.entry(visit, "told", now=now, actor_id=actor_id, text=said, kind=notice.kind)
    before = {"promised_from": visit.promised_from, "promised_until": visit.promised_until}
    if promise and notice.promised_from is not None and notice.promised_until is not None:
        visit.promised_from, visit.promised_until, visit.updated_at = notice.promised_from, notice.promised_until, now
        db.session.flush()
        sla.appointment_agreed(ticket_id=visit.ticket_id, ends_at=visit.promised_until, now=now)
        telling.entry(visit, "promised", now=now, actor_id=actor_id, public=True)
    notice.text, notice.told_at = said, None if no_time else told_at or notice.expected_at
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
    after = {"expected_at": notice.expected_at, "told_at": notice.told_at, "channel": notice.channel} | {
        name: getattr(visit, name) for name in before
    }
    audit.record(
        action=f"delay_notice.{state}", target=f"visit {visit.number}", actor_id=actor_id, now=now, before=dict(before), after=after
    )

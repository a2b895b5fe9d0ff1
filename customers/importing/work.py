"""The long work of an import: check, read in, take out. In short transactions, so that it goes on where it stopped after a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select

from core import clock, outbox
from core.auth.models import User
from core.db import db, transaction
from core.errors import DomainError, NotValid
from customers import services
from customers.importing import duplicates, queries, reading
from customers.importing.reading import Layout, Reading
from customers.importing.services import JOB, judge
from customers.models import Customer, CustomerImport, CustomerImportRow, Site

CHECKED_AT_ONCE = 1000
READ_IN_AT_ONCE = 200
Key = tuple[str, ...]


def _gave_up(payload: dict[str, Any], problem: str) -> None:
    row = db.session.get(CustomerImport, payload["import_id"])
    if row is not None and row.state in ("checking", "importing", "undoing"):
        row.state, row.problem = "failed", problem[:500]


@outbox.handles(JOB, queue="heavy", lease=1800, attempts=3, on_give_up=_gave_up)
def run(_row_id: int, payload: dict[str, Any]) -> None:
    """Do what the import's state asks for. Returns at once when nothing is asked."""
    import_id = int(payload["import_id"])
    with transaction():
        row = queries.one(import_id)
        state, actor_id = row.state, row.created_by_id
        # Messages are kept as they will be read: in the language of who uploaded the file.
        language = db.session.scalar(select(User.language).where(User.id == actor_id))
        how = reading.layout(row.columns, queries.all_cells(import_id)) if state in ("checking", "importing") else None
    g.language = language or "en"
    if state == "checking" and how is not None:
        _check(import_id, how)
    elif state == "importing" and how is not None:
        _read_in(import_id, how, actor_id)
    elif state == "undoing":
        _take_out(import_id, actor_id)


def _check(import_id: int, how: Layout) -> None:
    seen: dict[Key, int] = {}
    at = 0
    while lines_number := _step(
        import_id, "checking", CustomerImportRow.number > at, CHECKED_AT_ONCE, lambda lines: _judge(lines, how, seen)
    ):
        at = lines_number
    _end(import_id, "checking", "checked")


def _judge(lines: list[CustomerImportRow], how: Layout, seen: dict[Key, int]) -> None:
    readings = [reading.read(line.cells, how) for line in lines]
    for line, found, like in zip(lines, readings, duplicates.likes(readings), strict=True):
        judge(line, found, like if not found.problems else [])
        if line.outcome != "ok":
            continue
        first = min((seen[key] for key in found.marks() if key in seen), default=None)
        if first is not None:
            line.outcome, line.same_as = "joins", first
        for key in found.marks():
            seen.setdefault(key, line.same_as or line.number)


def _read_in(import_id: int, how: Layout, actor_id: int | None) -> None:
    made: dict[Key, int] = {}
    at = 0
    wanted = queries.GOOD | (CustomerImportRow.outcome == "done")
    while number := _step(
        import_id, "importing", wanted & (CustomerImportRow.number > at), READ_IN_AT_ONCE, lambda lines: _add(lines, how, made, actor_id)
    ):
        at = number
    _end(import_id, "importing", "confirmed")


def _add(lines: list[CustomerImportRow], how: Layout, made: dict[Key, int], actor_id: int | None) -> None:
    """Read in a step's lines: first the customers that are new, all at once, then what later lines add to customers of earlier ones."""
    now = clock.now()
    drafts: list[tuple[CustomerImportRow, Reading]] = []
    joining: list[tuple[CustomerImportRow, Reading]] = []
    first: set[Key] = set()
    for line in lines:
        found = reading.read(line.cells, how)
        marks = found.marks()
        if line.outcome == "done":
            _remember(made, marks, line.customer_id)
        elif any(mark in made or mark in first for mark in marks):
            joining.append((line, found))
        else:
            drafts.append((line, found))
            first |= marks
    new = services.create_customers(
        [_with_zone(found.values, actor_id) for _line, found in drafts], import_id=lines[0].import_id, now=now, actor_id=actor_id
    )
    for (line, found), customer in zip(drafts, new, strict=True):
        if isinstance(customer, NotValid):  # fine when checked, not any more: said beside the line, the others go on
            line.outcome, line.problems = "problem", {customer.field or "": str(customer.message)}
        else:
            line.outcome, line.customer_id = "done", customer.id
            _remember(made, found.marks(), customer.id)
    for line, found in joining:
        _add_to_another(line, found, made, now, actor_id)


def _remember(made: dict[Key, int], marks: set[Key], customer_id: int | None) -> None:
    for mark in marks:
        if customer_id is not None:
            made.setdefault(mark, customer_id)


def _with_zone(values: dict[str, Any], actor_id: int | None) -> dict[str, Any]:
    """The same with the zone of the site's country, looked up once for each country and job."""
    zones: dict[str, str] = g.setdefault("import_zones", {})
    for site in values["sites"]:
        if site["country"] not in zones:
            zones[site["country"]] = services.zone_of(site["country"], actor_id)
        site["time_zone"] = zones[site["country"]]
    return values


def _add_to_another(line: CustomerImportRow, found: Reading, made: dict[Key, int], now: datetime, actor_id: int | None) -> None:
    there = next((made[mark] for mark in found.marks() if mark in made), None)
    try:
        with db.session.begin_nested():
            if there is None:  # the first of these lines was refused: this one stands for itself
                there = services.create_customer(**found.values, import_id=line.import_id, now=now, actor_id=actor_id).id
            else:
                _join(there, found, now, actor_id)
    except DomainError as error:
        line.outcome, line.problems = "problem", {error.field or "": str(error.message)}
        return
    line.outcome, line.customer_id = "done", there
    _remember(made, found.marks(), there)


def _join(customer_id: int, found: Reading, now: datetime, actor_id: int | None) -> None:
    """Add what this line knows to the customer of an earlier one."""
    for contact in found.contacts:
        with suppress(NotValid):  # they have it already
            services.add_contact_point(customer_id=customer_id, kind=contact.kind, value=contact.value, now=now, actor_id=actor_id)
    site_id = _site_like(customer_id, found)
    if found.site and site_id is None:
        site_id = services.add_site(customer_id=customer_id, values=found.site, now=now, actor_id=actor_id).id
    if found.equipment:
        values = {**found.equipment, "site_id": site_id}
        services.add_equipment(customer_id=customer_id, values=values, now=now, actor_id=actor_id)
    notes = found.values["notes"]
    customer = db.session.get_one(Customer, customer_id)
    if notes and notes not in customer.notes:
        customer.notes = f"{customer.notes}\n{notes}".strip()


def _site_like(customer_id: int, found: Reading) -> int | None:
    """Their site at this street and city; without a street their first."""
    query = select(Site.id).where(Site.customer_id == customer_id).order_by(Site.id).limit(1)
    if found.site:
        query = query.where(Site.street == found.site.get("street", ""), Site.city == found.site.get("city", ""))
    return db.session.scalar(query)


def _take_out(import_id: int, actor_id: int | None) -> None:
    at = 0
    with transaction():
        confirmed_at = queries.one(import_id).confirmed_at
    while number := _step(
        import_id,
        "undoing",
        (CustomerImportRow.outcome == "done") & (CustomerImportRow.number > at),
        READ_IN_AT_ONCE,
        lambda lines: _remove(lines, confirmed_at, actor_id),
    ):
        at = number
    _end(import_id, "undoing", "undone")


def _remove(lines: list[CustomerImportRow], confirmed_at: datetime | None, actor_id: int | None) -> None:
    """Take out the customers of these lines; a line whose customer went with an earlier line is done by that."""
    ids = {line.customer_id for line in lines if line.customer_id is not None}
    changed = select(Customer.id).where(Customer.id.in_(ids), Customer.updated_at > confirmed_at)
    kept: dict[int, Any] = (
        dict.fromkeys(db.session.scalars(changed), _("Was changed after the import.")) if confirmed_at is not None else {}
    )
    refused = services.remove_customers([number for number in sorted(ids) if number not in kept], now=clock.now(), actor_id=actor_id)
    kept |= {number: error.message for number, error in refused.items()}
    for line in lines:
        if line.customer_id in kept:
            line.outcome, line.problems = "kept", {"": str(kept[line.customer_id])}
        else:
            line.outcome = "undone"


def _step(
    import_id: int, state: str, wanted: ColumnElement[bool], count: int, work: Callable[[list[CustomerImportRow]], None]
) -> int | None:
    """One transaction over the next lines; the number of the last one, None when there was none or the state is another."""
    with transaction():
        row = db.session.get(CustomerImport, import_id, with_for_update={"of": CustomerImport}, populate_existing=True)
        if row is None or row.state != state:
            return None
        query = select(CustomerImportRow).where(CustomerImportRow.import_id == import_id, wanted)
        lines = list(db.session.scalars(query.order_by(CustomerImportRow.number).limit(count)))
        if not lines:
            return None
        last = lines[-1].number
        work(lines)
    return last


def _end(import_id: int, state: str, after: str) -> None:
    with transaction():
        row = db.session.get(CustomerImport, import_id, with_for_update={"of": CustomerImport}, populate_existing=True)
        if row is not None and row.state == state:
            row.state = after
            if after == "confirmed":
                row.confirmed_at = clock.now()
            if after == "undone":
                row.undone_at = clock.now()

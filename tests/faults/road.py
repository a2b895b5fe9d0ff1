"""What must be true once the road is quiet: every accepted input had one effect, and nothing is left undone. Asked of the database itself."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from core.embedded import servers
from tests.faults.traffic import Book

CONVERGED = timedelta(minutes=3)  # longer than anything waits for a lost word of the carrier
# What may be left open when all is quiet: nothing. `:now` is business time.
LEFT_OPEN = {
    "outbox rows due": "SELECT count(*) FROM outbox WHERE done_at IS NULL AND gave_up_at IS NULL AND (due_at <= :now OR handed_at IS NOT NULL)",
    "inbox rows unapplied": "SELECT count(*) FROM inbox WHERE applied_at IS NULL",
    "mails unapplied": "SELECT count(*) FROM raw_message WHERE state IN ('received', 'quarantined')",
    "mails unsent": "SELECT count(*) FROM outgoing_mail WHERE state <> 'sent'",
    "calls running": "SELECT count(*) FROM call WHERE ended_at IS NULL",
    "places in queues": "SELECT count(*) FROM queue_entry WHERE state <> 'ended'",
    "offers open": "SELECT count(*) FROM offer WHERE state = 'open'",
    "agents bound": "SELECT count(*) FROM call_leg WHERE state IN ('joining', 'joined', 'lost', 'wrap_up')",
}
UNSENT = (
    "SELECT m.state, m.attempts, m.uncertain, o.attempts AS tries, o.due_at, o.handed_at, o.error"
    " FROM outgoing_mail m LEFT JOIN outbox o ON o.id = m.outbox_id WHERE m.state <> 'sent'"
)
GIVEN_UP = "SELECT kind, error FROM outbox WHERE gave_up_at IS NOT NULL"


class Records:
    """Reads an installation's database. `move_on` moves its business time."""

    def __init__(self, data_dir: Path, engine: Engine) -> None:
        self.data_dir, self._engine = data_dir, engine
        kept = data_dir / "clock_offset"
        self.offset = timedelta(seconds=float(kept.read_text()) if kept.exists() else 0.0)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(text(query), values).all())

    def value(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_on(self, by: timedelta = CONVERGED) -> None:
        """So much later for every process at once, as `core.clock.set_to` does it."""
        self.offset += by
        fresh = self.data_dir / "clock_offset.fresh"
        fresh.write_text(str(self.offset.total_seconds()))
        os.replace(fresh, self.data_dir / "clock_offset")

    def left_open(self) -> dict[str, int]:
        """What is not at its end: name → how many. Empty when all is done."""
        found = {
            name: int(self.value(query, now=self.now()) if ":now" in query else self.value(query)) for name, query in LEFT_OPEN.items()
        }
        return {name: count for name, count in found.items() if count}

    def holder(self, duty: str) -> tuple[str, int] | None:
        """Who holds the duty now, and its fencing number."""
        found = self.rows("SELECT holder, fence FROM lease WHERE name = :name AND until > clock_timestamp()", name=duty)
        return (found[0].holder, found[0].fence) if found else None


@contextmanager
def records(data_dir: Path) -> Iterator[Records]:
    engine = create_engine(servers.of(data_dir).database_url(), pool_pre_ping=True)
    try:
        yield Records(data_dir, engine)
    finally:
        engine.dispose()


def effects(found: Records, book: Book) -> dict[str, Counter[int]]:
    """For each kind of input: number of effects → how many inputs have so many. Right is `{1: all of them}`."""
    mails = _counted(
        found.rows("SELECT message_id, count(*) FROM entry WHERE message_id IS NOT NULL GROUP BY message_id"), list(book.mails)
    )
    raw = _counted(found.rows("SELECT message_id, count(*) FROM raw_message GROUP BY message_id"), list(book.mails))
    tickets = found.rows("SELECT subject, count(*) FROM ticket GROUP BY subject")
    first = found.rows(
        "SELECT t.subject, count(*) FROM entry e JOIN ticket t ON t.id = e.ticket_id WHERE e.kind = 'message_in' GROUP BY t.subject"
    )
    made: dict[str, Counter[int]] = {"mail kept": raw, "mail in a ticket": mails}
    for kind, subjects in (("mail", list(book.mails.values())), ("form", list(book.forms)), ("post", list(book.posts))):
        made[f"{kind}: tickets"] = _counted(tickets, subjects)
        made[f"{kind}: messages"] = _counted(first, subjects)
    return made | _of_calls(found, book)


def _of_calls(found: Records, book: Book) -> dict[str, Counter[int]]:
    """Calls that reached a queue: one row, one outcome; one ticket where somebody must call back or answered; one entry for each."""
    queued = [row.call_sid for row in found.rows("SELECT DISTINCT c.call_sid FROM queue_entry q JOIN call c ON c.id = q.call_id")]
    queued = [sid for sid in queued if sid in book.calls]
    rows = _counted(found.rows("SELECT call_sid, count(*) FROM call GROUP BY call_sid"), queued)
    outcome = _counted(
        found.rows(
            "SELECT c.call_sid, count(DISTINCT q.outcome) FROM call c JOIN queue_entry q ON q.call_id = c.id"
            " WHERE c.outcome IS NOT NULL AND c.ended_at IS NOT NULL GROUP BY c.call_sid"
        ),
        queued,
    )
    told = found.rows(
        "SELECT c.call_sid, count(*) FROM call c JOIN entry e ON e.ticket_id = c.ticket_id AND e.kind = 'call'"
        " AND (e.data ->> 'call_id')::bigint = c.id AND e.data ->> 'outcome' = 'abandoned' GROUP BY c.call_sid"
    )
    abandoned = [row.call_sid for row in found.rows("SELECT call_sid FROM call WHERE outcome = 'abandoned'") if row.call_sid in queued]
    recorded = [row.call_sid for row in found.rows("SELECT c.call_sid FROM recording r JOIN call c ON c.id = r.call_id")]
    notes = found.rows(
        "SELECT c.call_sid, count(*) FROM call c JOIN entry e ON e.ticket_id = c.ticket_id AND e.kind = 'call'"
        " AND (e.data ->> 'call_id')::bigint = c.id AND e.data ->> 'outcome' = 'voicemail' GROUP BY c.call_sid"
    )
    return {
        "call: rows": rows,
        "call: outcomes": outcome,
        "call: entry of the abandoned": _counted(told, abandoned),
        "call: entry of the voicemail": _counted(notes, sorted(set(recorded))),
    }


def _counted(rows: list[Any], wanted: list[str]) -> Counter[int]:
    counts = {row[0]: int(row[1]) for row in rows}
    return Counter(counts.get(key, 0) for key in wanted)


def outcomes(found: Records) -> dict[str, int]:
    """How the calls ended."""
    return {row[0] or "before the queue": int(row[1]) for row in found.rows("SELECT outcome, count(*) FROM call GROUP BY outcome")}

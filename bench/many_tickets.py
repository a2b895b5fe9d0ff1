"""A desk of any size, for `bench/tickets.py` and `bench/sla.py`: written by PostgreSQL itself, a million tickets in a few minutes.

One ticket in twenty is open; two entries each; English and Chinese texts from a pool of 20,000 different ones, so that words are as rare and as
common as in a firm: `boiler` in every fourth, 漏水 in every twentieth, `zeolite` in a handful at any size.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.schema import CreateIndex, DropIndex

from callcenter.demo import firm as firms
from core.db import Base, db, transaction
from core.search import SearchEntry, lexemes

POOL = 20_000
RARE = 12  # tickets with the rare word, whatever the size
THINGS = ("boiler", "dishwasher", "compressor", "cold room", "oven", "heat pump", "washing machine", "lift", "pump", "fan coil")
FAULTS = (
    "leaks",
    "stays cold",
    "makes a noise",
    "shows E18",
    "does not start",
    "trips the fuse",
    "smells",
    "is too warm",
    "drips",
    "stops",
)
WORDS = [
    "kitchen",
    "basement",
    "again",
    "yesterday",
    "morning",
    "technician",
    "filter",
    "valve",
    "display",
    "door",
    "seal",
    "tenant",
    "noise",
    "pressure",
    "thermostat",
    "drain",
    "hose",
]
ZH_THINGS = ("锅炉", "洗碗机", "冷库", "烤箱", "热泵", "洗衣机", "电梯", "水泵")
ZH_FAULTS = ("漏水", "不制冷", "有异响", "无法启动", "跳闸", "有异味", "报警")
ZH_WORDS = ("厨房", "地下室", "昨天", "今天上午", "师傅", "滤芯", "阀门", "显示屏", "租户", "压力", "温控器", "排水管")

CUSTOMERS = """
    INSERT INTO customer (kind, name, language, tier, notes, version, created_at, updated_at)
    SELECT 'person', CASE WHEN i % 5 = 0 THEN '客户' || i ELSE 'Customer ' || i END, CASE WHEN i % 5 = 0 THEN 'zh_Hans' ELSE 'en' END,
           (ARRAY['standard', 'standard', 'standard', 'silver', 'gold'])[1 + i % 5], '', 1, :now, :now
    FROM generate_series(1, :count) i"""
TICKETS = """
    INSERT INTO ticket (number, subject, kind, status, wait_reason, priority, channel, language, queue_id, assignee_id, customer_id, contact_phone,
                        fields, created_at, updated_at, first_response_at, unanswered_since, resolved_at, closed_at, reopened, due_at, version)
    SELECT nextval('ticket_number_seq'), pool.title, (ARRAY['fault', 'fault', 'fault', 'maintenance', 'question'])[1 + i % 5],
           CASE WHEN NOT open THEN 'closed' ELSE (ARRAY['new', 'open', 'waiting', 'scheduled'])[1 + (i / :open_every) % 4] END,
           CASE WHEN open AND (i / :open_every) % 4 = 2 THEN 'part' END,
           (ARRAY['normal', 'normal', 'normal', 'high', 'urgent', 'low'])[1 + i % 6], (ARRAY['phone', 'email', 'web'])[1 + i % 3], 'en',
           queues.ids[1 + i % cardinality(queues.ids)],
           CASE WHEN i % 3 > 0 THEN people.ids[1 + i % cardinality(people.ids)] END,
           :first_customer + i % :customers, '+4930' || (10000000 + i), '{}', at, at + interval '1 hour',
           at + interval '20 minutes', CASE WHEN open AND (i / :open_every) % 2 = 0 THEN at END,
           CASE WHEN NOT open THEN at + interval '5 hours' END, CASE WHEN NOT open THEN at + interval '2 days' END, 0,
           CASE WHEN open THEN CAST(:now AS timestamptz) + make_interval(mins => CAST(CAST(i AS bigint) * 7919 % 20000 AS int) - 2000) END, 1
    FROM generate_series(1, :count) i
    CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM queue) queues
    CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM person WHERE kind = 'agent') people
    CROSS JOIN LATERAL (SELECT i % :open_every = 0 AS open,
                               CAST(:now AS timestamptz) - make_interval(secs => CAST((:count - i) AS bigint) * 30) AS at) x
    JOIN bench_pool pool ON pool.id = CAST(i AS bigint) * 7919 % :pool
    ORDER BY i"""
ENTRIES = """
    INSERT INTO entry (ticket_id, kind, public, channel, author_name, text, data, happened_at, recorded_at)
    SELECT ticket.id, (ARRAY['message_in', 'message_out'])[part], true, ticket.channel, 'Ada', pool.body, '{}',
           ticket.created_at + make_interval(mins => part * 10), ticket.created_at + make_interval(mins => part * 10)
    FROM ticket CROSS JOIN generate_series(1, 2) part JOIN bench_pool pool ON pool.id = (ticket.id * 2 + part) % :pool"""
CLOCKS = """
    INSERT INTO clock (ticket_id, kind, state, policy_id, calendar_version_id, target_seconds, carried_seconds, cancelled, warn_percent,
                       started_at, stopped_at, used_seconds, due_at, warn_at, fire_at, breached_at, ladder, level)
    SELECT ticket.id, 'resolution', CASE WHEN is_open THEN CASE status WHEN 'waiting' THEN 'paused' ELSE 'running' END ELSE 'met' END,
           (SELECT min(id) FROM policy), (SELECT min(id) FROM calendar_version), 28800, 0, false, 75, created_at,
           resolved_at, CASE WHEN NOT is_open THEN 14400 END,
           CASE WHEN status <> 'waiting' THEN coalesce(due_at, created_at + interval '8 hours') END,
           due_at - interval '2 hours', CASE WHEN status <> 'waiting' AND due_at > :now THEN due_at END,
           CASE WHEN is_open AND due_at <= :now THEN due_at END, '[]', 0
    FROM ticket"""
SEARCH = """
    INSERT INTO search_entry (kind, ref, title, words, at)
    SELECT 'ticket', ticket.id, left('#' || number || ' ' || subject, 300),
           pool.words || to_tsvector('simple', concat_ws(' ', number, right(CAST(number AS text), 4), right(contact_phone, -1),
                                                         right(contact_phone, 4), CASE WHEN ticket.id % :every = 0 THEN 'zeolite' END)),
           updated_at
    FROM ticket JOIN bench_pool pool ON pool.id = (ticket.id * 2 + 1) % :pool"""


def load(count: int, *, now: datetime, open_every: int = 20, say: Callable[[str], None] = lambda _line: None) -> float:
    """Fill an empty database with a firm and so many tickets. Returns seconds. In an application context; `now` is the youngest
    ticket's time, `open_every`: one in so many is open."""
    began = time.monotonic()
    Base.metadata.create_all(db.engine)
    with transaction():
        firms.build(now=now)
    words = next(index for index in SearchEntry.__table__.indexes if index.name == "ix_search_entry_words")  # type: ignore[attr-defined]
    customers = max(100, count // 5)
    with db.engine.begin() as connection:
        connection.execute(DropIndex(words))
        connection.execute(text("CREATE TEMP TABLE bench_pool (id bigint PRIMARY KEY, title text, body text, words tsvector)"))
        rows = [{"id": number, "title": title, "body": body, "lexemes": lexemes(f"{title} {body}")} for number, title, body in _pool()]
        connection.execute(text("INSERT INTO bench_pool VALUES (:id, :title, :body, to_tsvector('simple', :lexemes))"), rows)
        connection.execute(text("ANALYZE bench_pool"))
        connection.execute(text(CUSTOMERS), {"count": customers, "now": now})
        first = connection.scalar(text("SELECT min(id) FROM customer"))
        values = {"now": now, "count": count, "pool": POOL, "customers": customers, "first_customer": first, "open_every": open_every}
        values["every"] = max(1, count // RARE)
        for name, statement in (("tickets", TICKETS), ("entries", ENTRIES), ("clocks", CLOCKS), ("search", SEARCH)):
            at = time.monotonic()
            connection.execute(text(statement), {key: value for key, value in values.items() if f":{key}" in statement})
            say(f"{name} {time.monotonic() - at:.0f} s")
        at = time.monotonic()
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        connection.execute(CreateIndex(words))
        say(f"index of words {time.monotonic() - at:.0f} s")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return time.monotonic() - began


def _pool() -> list[tuple[int, str, str]]:
    """(id, title, body) of the texts."""
    dice = random.Random(1)
    found = []
    for number in range(POOL):
        if number % 5 == 0:
            title = dice.choice(ZH_THINGS) + dice.choice(ZH_FAULTS)
            body = "，".join(dice.choices(ZH_WORDS, k=8)) + "。" + title
        else:
            title = f"{dice.choice(THINGS)} {dice.choice(FAULTS)}"
            body = f"{title}, {' '.join(dice.choices(WORDS, k=14))}. Code {dice.randrange(9000):04}."
        found.append((number, title, body))
    return found

"""Two workers with the same occasion in hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select

from core import outbox
from core.db import db as database
from tests.tickets.conftest import Firm
from tickets import queries
from tickets.automation import running, services
from tickets.automation.models import RuleFiring

THREADS = 3


def test_an_occasion_that_several_workers_have_fires_once(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    definition = {"trigger": {"on": "ticket_opened"}, "actions": [{"do": "note", "text": "once"}]}
    services.save(rule_id=None, name="Once", active=True, definition=definition, now=firm.now, actor_id=None)
    ticket_id = firm.ticket().id
    database.session.commit()
    row = database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "automation.run")).one()
    row_id, payload = row.id, dict(row.payload)
    database.session.commit()

    def work(_number: int) -> None:
        with app.app_context():
            running.run(row_id, payload)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))
    assert len(queries.entries_of(ticket_id, kinds=["note"])) == 1
    assert database.session.scalar(select(func.count()).select_from(RuleFiring)) == 1

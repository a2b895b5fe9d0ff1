"""The nightly stock check: every balance is the sum of its moves, every reserved the sum of what is held, every tracked piece has a number."""

from __future__ import annotations

from datetime import datetime, time

import structlog
from sqlalchemy import exists, func, select

from core import audit
from core.audit import AuditEntry
from core.db import db
from dispatch.materials import queries
from dispatch.materials.models import StockBalance

log = structlog.get_logger()
CHECKED = "stock.checked"
AFTER = time(1, 0)  # UTC


def check_stock(now: datetime) -> None:
    """Once a day, in the first run after 01:00 UTC; the audit keeps the result of every night. A mismatch is an error in the log as well."""
    night = now.replace(hour=AFTER.hour, minute=AFTER.minute, second=0, microsecond=0)
    if now < night or db.session.scalar(select(exists().where(AuditEntry.action == CHECKED, AuditEntry.at >= night))):
        return
    compare(now)


def compare(now: datetime) -> list[dict[str, int]]:
    """Check now, and write the result down; the mismatches."""
    found = queries.mismatches() + queries.serial_mismatches()
    count = db.session.scalar(select(func.count()).select_from(StockBalance))
    audit.record(action=CHECKED, target="stock", actor_id=None, now=now, after={"balances": count, "mismatches": found})
    if found:
        log.error("stock balances differ from their moves", count=len(found), first=found[:5])
    return found

"""Messages per second from the socket to the committed ticket: `python -m bench.mail [MESSAGES] [--clients N]`.

Starts its own PostgreSQL and Valkey, one mailroom listener in this process and clients that deliver by real SMTP; every message becomes a ticket
of its own. Beside it the bare parse time, and how memory grew.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

import config as settings
import wsgi
from bench.mail_clients import ADDRESS
from bench.mail_parse import rate, samples
from callcenter.mail.listener import Listener
from callcenter.mail.models import Mailbox, RawMessage
from core.db import Base, db
from staff.models import Branch
from tests import servers
from tickets.models import Queue, Ticket


def megabytes() -> float:
    """Memory of this process at its highest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, raw: bytes, messages: int, clients: int, port: int, first: int) -> dict[str, Any]:
    """Deliver and wait until all is applied. Times are real seconds."""
    share = messages // clients
    before = db.session.scalar(select(func.count()).select_from(RawMessage).where(RawMessage.state == "applied")) or 0
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        command = [sys.executable, "-m", "bench.mail_clients", str(port), file.name]
        senders = [subprocess.Popen([*command, str(first + index * share), str(share)]) for index in range(clients)]
        seconds, counted = _until_applied(before, before + share * clients, senders)
    return {
        "bytes": len(raw),
        "messages": share * clients,
        "messages_per_second": round(counted / seconds, 1),
        "parse_only_per_second": round(rate(raw, 0.5), 1),
        "memory_mb": round(megabytes()),
    }


def _until_applied(before: int, wanted: int, senders: list[subprocess.Popen[bytes]]) -> tuple[float, int]:
    """Wait for all messages. Returns seconds since the first one was applied, and how many came after it."""
    began, begun_with = 0.0, before
    while True:
        done = db.session.scalar(select(func.count()).select_from(RawMessage).where(RawMessage.state == "applied")) or 0
        db.session.rollback()
        if not began and done > before:
            began, begun_with = time.perf_counter(), done
        if done >= wanted:
            break
        if any(sender.poll() for sender in senders):
            raise SystemExit("a client failed")
        time.sleep(0.01)
    for sender in senders:
        sender.wait()
    return max(time.perf_counter() - began, 1e-6), max(1, done - begun_with)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=300)
    parser.add_argument("--clients", type=int, default=2)
    asked = parser.parse_args()
    found = servers.shared()
    maintenance = create_engine(found.database_url, isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS bench_mail"))
        connection.execute(text("CREATE DATABASE bench_mail"))
    address = make_url(found.database_url).set(database="bench_mail").render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as data_dir:
        environ = {"DATA_DIR": data_dir, "DATABASE_URL": address, "REDIS_URL": found.redis_url, "SECRET_KEY": "bench", "LOG_LEVEL": "ERROR"}
        app = wsgi.create_app("mailroom", settings.read(environ))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            branch = Branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", address="", active=True)
            queue = Queue(key="repairs", name="Repairs", branch=branch, position=0, active=True, skills=[])
            mailbox = Mailbox(name="Support", address=ADDRESS, sender_name="Support", queue=queue, fetch={}, confirm=True)
            db.session.add_all([branch, queue, mailbox])
            db.session.commit()
            listener = Listener(app, port=0)
            listener._controller._trigger_server = listener._controller._factory_invoker  # type: ignore[method-assign]
            listener.start()
            figures: dict[str, Any] = {}
            for place, (name, raw) in enumerate(samples().items()):
                count = asked.messages if len(raw) < 100_000 else max(asked.clients, asked.messages // 10)
                figures[name] = measured(name, raw, count, asked.clients, listener.port, place * 1_000_000)
            figures["tickets"] = db.session.scalar(select(func.count()).select_from(Ticket))
            figures["files_mb"] = round(sum(path.stat().st_size for path in Path(data_dir).rglob("*") if path.is_file()) / 1_048_576)
            listener.stop()
            db.session.remove()
            db.engine.dispose()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

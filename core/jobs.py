"""RQ: the hands that do outbox rows of the queues `fast` and `heavy`. The truth of what is to be done stays in the outbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from rq import Queue, SimpleWorker, Worker
from rq.job import Job

from core import clock, outbox, redis
from core.processes import beat

log = structlog.get_logger()
_app: Flask | None = None
TIMEOUT = {"fast": 45, "heavy": 1800}


def hand_over(rows: list[outbox.OutboxRow]) -> None:
    """Put rows on their RQ queue; the job's id is the row's, so a second hand-over replaces a job that still waits. Raises RedisError."""
    for row in rows:
        queue = Queue(row.queue, connection=redis.client())
        queue.enqueue_call(
            "core.jobs.run_row", args=(row.id,), job_id=f"outbox-{row.id}", result_ttl=0, failure_ttl=3600, timeout=TIMEOUT[row.queue]
        )


def run_row(row_id: int) -> None:
    """The only job there is: work on one outbox row in an application context of its own."""
    if _app is None:
        raise RuntimeError("run_row() outside a worker process")
    with _app.app_context():
        outbox.run(row_id, clock=clock.now)


class _Beating:
    """Mixin: tells the supervisor that the worker lives, and wakes often enough to do so."""

    @property
    def dequeue_timeout(self) -> int:
        return 2

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        beat()
        super().heartbeat(*args, **kwargs)  # type: ignore[misc]

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """The outbox keeps the error and the next try; RQ need not log the trace once more."""
        log.warning("job failed", job=job.id, error=str(exc_info[1]) if len(exc_info) > 1 else "")


class FastWorker(_Beating, SimpleWorker):  # type: ignore[misc]
    """In-process: five times the jobs per second of a forking worker."""


class HeavyWorker(_Beating, Worker):  # type: ignore[misc]
    """Forks per job: memory of a large import or plan goes back to the system."""


def work(app: Flask, queue: str) -> Callable[[], None]:
    """The loop of a worker process on ONE queue (with two, a job popped and lost would stay queued for ever)."""

    def loop() -> None:
        global _app
        _app = app
        kind = FastWorker if queue == "fast" else HeavyWorker
        name = f"{queue}-{os.uname().nodename}-{os.getpid()}"
        worker = kind([queue], name=name, connection=redis.client(), worker_ttl=30, maintenance_interval=10, job_monitoring_interval=5)
        worker.work(with_scheduler=False, logging_level="WARNING")

    return loop

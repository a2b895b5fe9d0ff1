"""gunicorn's hooks for a worker that imports the application itself: importing makes no garbage, so nobody need look for it meanwhile."""

from __future__ import annotations

import gc


def post_fork(server: object, worker: object) -> None:
    gc.disable()


def post_worker_init(worker: object) -> None:
    gc.collect()
    gc.freeze()
    gc.enable()

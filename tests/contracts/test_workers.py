"""Whatever is put into the outbox has a handler, and every queue a worker."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from core import outbox, processes

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("core", "staff", "customers", "tickets", "dispatch", "callcenter")


def test_every_outbox_kind_in_the_code_has_a_handler(app: Flask) -> None:
    wanted = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for call in re.findall(r"outbox\.put\((.*?)\)\n", path.read_text(), re.S):
                found = re.search(r"kind=(?:\"([^\"]+)\"|([A-Z_]+))", call)
                assert found, f"{path}: outbox.put without a literal kind or a constant"
                if found.group(1):
                    wanted.add(found.group(1))
                else:
                    constant = re.search(rf"^{found.group(2)} = \"([^\"]+)\"", path.read_text(), re.M)
                    assert constant, f"{path}: {found.group(2)} is not a constant of that file"
                    wanted.add(constant.group(1))
    assert wanted - {"live"} - set(outbox.handlers) == set()


def test_every_queue_of_a_handler_has_a_worker(app: Flask) -> None:
    queues = {handler.queue for handler in outbox.handlers.values()}
    assert queues <= set(outbox.QUEUES)
    assert {f"worker-{queue}" for queue in queues} <= set(processes.loops)

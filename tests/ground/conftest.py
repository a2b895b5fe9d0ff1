"""Places for data directories that an unprivileged account can reach (pytest's own are root's alone)."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import processes, servers

collect_ignore = [] if os.geteuid() == 0 else ["test_as_root.py"]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory with a short path; servers left in it are killed, then it is removed."""
    place = Path(tempfile.mkdtemp(prefix="callout-ground-"))
    place.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield place
    ours = servers.of(place)
    left = processes.end_all(lambda: ours.postgres.running() + ours.valkey.running(), ((signal.SIGKILL, 5.0),))
    shutil.rmtree(place)
    assert left == []

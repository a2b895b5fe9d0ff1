"""The epoch changes exactly when PostgreSQL's transaction numbers may have gone back."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from core.embedded import servers
from core.live import epoch

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@pytest.fixture
def own_servers() -> Iterator[servers.Servers]:
    """A PostgreSQL of this test alone, not started."""
    with tempfile.TemporaryDirectory(prefix="callout-epoch-") as place:
        Path(place).chmod(0o711)
        yield servers.of(Path(place))


def seen(found: servers.Servers) -> str:
    engine = create_engine(found.database_url())
    epoch.LiveEpoch.__table__.create(engine, checkfirst=True)  # type: ignore[attr-defined]
    with Session(engine) as session:
        answer = epoch.seen_by(session)
    engine.dispose()
    return answer


def end(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    process.send_signal(sign)
    process.wait(30)


def test_a_clean_restart_keeps_the_epoch_and_a_crash_changes_it(own_servers: servers.Servers) -> None:
    process = servers.start_postgres(own_servers)
    first = seen(own_servers)
    end(process, signal.SIGINT)
    process = servers.start_postgres(own_servers)
    assert seen(own_servers) == first
    end(process, signal.SIGKILL)
    process = servers.start_postgres(own_servers)
    crashed = seen(own_servers)
    end(process, signal.SIGINT)
    assert crashed != first

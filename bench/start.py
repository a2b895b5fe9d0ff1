"""How long an installation takes to start, and what it takes idle: first and later starts of a demonstration, and its memory.

    script/bench start [ROUNDS]

Ready means: every process alive and answering. Times in seconds, memory as PSS. CPU time is of the whole family until ready: on a
machine doing other things it tells more than the clock.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.embedded import memory


def start_once(data_dir: Path, port: int) -> tuple[float, float]:
    """Seconds until ready, and MB in all 10 s later. Ends it again."""
    unset = ("DATABASE_URL", "REDIS_URL")
    environ = {name: value for name, value in os.environ.items() if name not in unset} | {"DATA_DIR": str(data_dir)}
    began = time.monotonic()
    command = [sys.executable, "-u", "-m", "core.embedded.start", "--demo", "--port", str(port)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "ready after" in line:
                break
        else:
            sys.exit("it did not become ready")
        seconds = time.monotonic() - began
        time.sleep(10)  # idle is what is measured
        size = sum(found[0] for found in memory.measure(data_dir)) / 1024
        process.send_signal(signal.SIGINT)
        process.communicate()
    return seconds, size


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    data_dir = Path(tempfile.mkdtemp(prefix="callout-bench-"))
    data_dir.chmod(0o711)
    try:
        for number in range(rounds + 1):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds, size = start_once(data_dir, 7700)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            kind = "later" if number else "first"
            print(f"{kind} start: ready after {seconds:.1f} s (CPU of the whole run {used:.1f} s), idle {size:.0f} MB", flush=True)
    finally:
        shutil.rmtree(data_dir)


if __name__ == "__main__":
    main()

"""What a running installation takes: the proportional set size (PSS) of every process, shared memory counted once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import config as settings
from core.embedded import processes, servers, start


def measure(data_dir: Path) -> list[tuple[int, int, str]]:
    """(PSS in kB, pid, its name and what it shows) of each process of the installation, the largest first."""
    ours = servers.of(data_dir)
    pids = {*start.leftovers(data_dir), *ours.postgres.running(), *ours.valkey.running(), *_supervisor(data_dir)}
    found = [
        (pss(pid), pid, f"{processes.name_of(pid):15} {' '.join(processes.command_line(pid))}") for pid in pids if processes.alive(pid)
    ]
    return sorted(found, reverse=True)


def pss(pid: int) -> int:
    """kB; 0 for a process that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _supervisor(data_dir: Path) -> list[int]:
    try:
        return [json.loads((data_dir / "run" / "lock").read_text())["pid"]]
    except (OSError, ValueError, KeyError):
        return []


def main() -> None:
    found = measure(settings.default_data_dir(os.environ))
    for size, pid, shown in found:
        print(f"{size / 1024:8.1f} MB  {pid:>8}  {shown[:120]}")
    print(f"{sum(size for size, _, _ in found) / 1024:8.1f} MB  in {len(found)} processes")


if __name__ == "__main__":
    main()

"""`script/server`: everything of one installation, started and kept: `python -m core.embedded.start [--demo] [--port 5000]`."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import config as settings
from core.embedded import children, processes, servers
from core.embedded.lock import Lock
from core.embedded.refusal import StartRefused
from core.embedded.supervisor import Supervisor, say

MARK = "CALLOUT_SUPERVISED"  # in the environment of every process of an installation, with its data directory
LOADING, LOADED = "loading", "loaded"  # contents of DATA_DIR/demo


def main(arguments: Sequence[str] | None = None) -> None:
    """Start, and return when asked to stop. Ends with one line (SystemExit) when it cannot start."""
    parser = argparse.ArgumentParser(prog="script/server", description="Start Callout and keep it running until Ctrl-C.")
    parser.add_argument("--demo", action="store_true", help="make the data directory a demonstration (for good), with data and simulator")
    parser.add_argument("--port", help="web port; the others follow it (default: PORT, else 5000)")
    parser.add_argument("--forgetful", action="store_true", help="tests only: faster, but a power cut ruins the data")
    chosen = parser.parse_args(arguments)
    environ = dict(os.environ)
    if chosen.port:
        environ["PORT"] = chosen.port
    start(environ, demo=chosen.demo, durable=not chosen.forgetful)


def start(environ: Mapping[str, str], *, demo: bool, durable: bool = True) -> None:
    """Run the installation of DATA_DIR in the foreground."""
    os.umask(0o077)  # customers' data and secrets: nothing for other accounts
    env = dict(environ)
    data_dir = settings.default_data_dir(env)
    ours = servers.of(data_dir, env, durable=durable)
    lock = Lock(data_dir)
    lock.take_or_refuse("script/server")
    demo_for_good(data_dir, demo)
    config = settings.read(env)
    end_leftovers(data_dir)
    env |= {"DATA_DIR": str(data_dir), MARK: str(data_dir), "PORT": str(config.port), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    found = children.of(config, ours, env, demo_data=needs_demo_data(data_dir))
    refuse_taken_ports(found)
    say(f"starting in {data_dir}, logs in {data_dir / 'log'}")
    Supervisor(found, on_ready=lambda seconds: _greet(config, ours, seconds)).run()
    say("stopped")


def demo_for_good(data_dir: Path, asked: bool) -> bool:
    """Whether the directory is a demonstration. It becomes one by `--demo` while it is empty, and stays one."""
    mark = data_dir / "demo"
    if mark.exists():
        return True
    if not asked:
        return False
    if any((data_dir / name).exists() for name in ("postgres", "files")):
        raise StartRefused(f"--demo: {data_dir} holds an installation that is no demonstration: choose another DATA_DIR")
    mark.write_text(LOADING)
    return True


def needs_demo_data(data_dir: Path) -> bool:
    """Whether it is a demonstration whose data is not there yet (a first start may have been interrupted)."""
    mark = data_dir / "demo"
    return mark.exists() and mark.read_text().strip() != LOADED


def refuse_taken_ports(found: Sequence[children.Child]) -> None:
    """Raises StartRefused naming the first port that cannot be listened on, and its setting."""
    taken: dict[int, str] = {}
    for port in (port for child in found for port in child.ports):
        if port.number in taken:
            raise StartRefused(f"{port.setting}: {port.number} is already the value of {taken[port.number]}: set another {port.setting}")
        taken[port.number] = port.setting
        if refusal := port.refusal():
            raise StartRefused(refusal)


def leftovers(data_dir: Path) -> list[int]:
    """Processes of an installation whose supervisor is gone, other than its servers. Only for who holds the lock."""
    mark = f"{MARK}={data_dir}".encode()
    found = []
    for pid in processes.pids():
        if pid == os.getpid() or not processes.alive(pid):
            continue
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # ended meanwhile, or another account's
            continue
        if mark in environ.split(b"\0"):
            found.append(pid)
    return found


def end_leftovers(data_dir: Path) -> None:
    """End what an earlier supervisor left (it was killed with a child that could not hear the kernel's signal)."""
    if left := processes.end_all(lambda: leftovers(data_dir), ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))):
        raise StartRefused(f"{data_dir} is still used by process {left[0]}, which does not end")


def _greet(config: settings.Config, ours: servers.Servers, seconds: float) -> None:
    if config.demo:
        (ours.data_dir / "demo").write_text(LOADED)
    say(f"ready after {seconds:.1f} s: {config.public_base_url}")
    invitation = ours.data_dir / "run" / "invite"
    if invitation.exists():
        link = invitation.read_text().strip().rpartition("\n")[2]
        invitation.unlink()  # it is a key
        if link.startswith("http"):
            say(f"create the administrator with this link, which works once: {link}")


if __name__ == "__main__":
    main()

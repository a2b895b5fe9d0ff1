"""Run one command against the servers of DATA_DIR: `python -m core.embedded.run [--forgetful] COMMAND…`.

If they run already (a supervisor, or another such command), they are used; if not, they are started for the command and ended after it.
Nothing is started that DATABASE_URL and REDIS_URL name. The command keeps the terminal; its exit code is ours. `--forgetful` is for tests:
servers started for the command write faster, and a power cut would ruin their data.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import config as settings
from core.embedded import processes, servers
from core.embedded.lock import Lock, guest, no_guests
from core.embedded.refusal import StartRefused

STARTING = 60.0  # seconds to wait for servers that somebody else is just starting


def main(command: Sequence[str]) -> int:
    """Run the command; its exit code (128 + signal when one ended it)."""
    durable = command[0] != "--forgetful"
    command = command[0 if durable else 1 :]
    with environment(os.environ, command[0], durable=durable) as environ:
        process = subprocess.Popen(command, env=dict(environ))
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the terminal's Ctrl-C reaches it by itself
            signal.signal(sign, lambda number, frame: None if number == signal.SIGINT else process.send_signal(number))
        code = process.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def environment(environ: Mapping[str, str], what: str, *, durable: bool = True) -> Iterator[Mapping[str, str]]:
    """The environment with DATABASE_URL and REDIS_URL of running servers. `what` names us to others who want the directory."""
    env = dict(environ)
    data_dir = settings.default_data_dir(env)
    env["DATA_DIR"] = str(data_dir)
    if env.get("DATABASE_URL") and env.get("REDIS_URL"):
        yield env
        return
    ours = servers.of(data_dir, env, durable=durable)
    env.setdefault("DATABASE_URL", ours.database_url())
    env.setdefault("REDIS_URL", ours.redis_url())
    lock = Lock(data_dir)
    with guest(data_dir):
        if not lock.take(what):
            _wait_for(ours, lock)
            yield env
            return
    with contextlib.ExitStack() as up:
        up.enter_context(servers.running(ours))
        try:
            yield env
        finally:
            with no_guests(data_dir):
                up.close()
                lock.release()


def _wait_for(ours: servers.Servers, lock: Lock) -> None:
    """Until the owner's servers answer."""
    if not ours.postgres.wait_for_anyone(STARTING) or not processes.wait_until(ours.valkey.ready, STARTING):
        raise StartRefused(f"the servers of {ours.data_dir}, in use by {lock.owner()}, do not answer")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Valkey (or Redis) of our own: streams, fan-out and job queues. PostgreSQL is the truth; this may be lost and comes back."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from core.embedded import binaries, processes
from core.embedded.account import Account, make_directory
from core.embedded.refusal import StartRefused


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: `data` holds its append-only file, `sockets` its socket, `copies` is where its program may be copied to."""

    data: Path
    sockets: Path
    copies: Path
    account: Account | None
    environ: Mapping[str, str]
    durable: bool = True

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """The redis-py address, through the socket."""
        return f"unix://{quote(str(self.socket))}" + (f"?db={database}" if database else "")

    def prepare(self) -> None:
        """Make the data directory; end a server that outlived its supervisor (two writers would ruin the file)."""
        make_directory(self.data, self.account)
        if left := processes.end_all(self.running, ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))):
            raise StartRefused(f"{self.data} is still used by process {left[0]}, which does not end")
        self.socket.unlink(missing_ok=True)

    def running(self) -> list[int]:
        """Server processes on this socket, known by what they show."""
        return [pid for pid in processes.pids() if self._shown_by(processes.command_line(pid)) and processes.alive(pid)]

    def _shown_by(self, shown: list[str]) -> bool:
        return bool(shown) and shown[0].split(" ")[0].endswith(("valkey-server", "redis-server")) and str(self.socket) in " ".join(shown)

    def program(self) -> processes.Program:
        """The server in the foreground. Append-only, because what it holds at a kill would be lost with the default settings."""
        binary = binaries.runnable_by(binaries.valkey_server(self.environ), self.account, self.copies)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        argv = (str(binary), *(part for name, value in options.items() for part in (f"--{name}", value)))
        return processes.Program("valkey", argv, {"LANG": "C.UTF-8", "PATH": os.defpath}, self.account)

    def ready(self) -> bool:
        """Whether it answers: while it loads its file it takes connections but refuses commands."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

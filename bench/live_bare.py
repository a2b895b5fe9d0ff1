"""The bare thing to compare with: a gevent websocket server that only broadcasts. No Redis, no database, no Socket.IO, no identities.

python -m bench.live_bare PORT      then lines on standard input: `RATE SECONDS` broadcasts so often for so long, then says `done`
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import base64  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402
from gevent.fileobject import FileObject  # noqa: E402
from gevent.server import StreamServer  # noqa: E402

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
sockets: set[gevent.socket.socket] = set()


def serve(sock: gevent.socket.socket, _address: object) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(4096)
    key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + MAGIC.encode()).digest()).decode()
    sock.sendall(f"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    sockets.add(sock)
    while sock.recv(4096):
        pass
    sockets.discard(sock)


def broadcast() -> None:
    body = json.dumps({"sent": time.monotonic_ns(), "pad": "x" * 270}).encode()
    frame = b"\x81\x7e" + len(body).to_bytes(2, "big") + body
    for sock in list(sockets):
        sock.sendall(frame)


def main(port: int) -> None:
    StreamServer(("127.0.0.1", port), serve, backlog=1024).start()
    print("ready", flush=True)
    for line in FileObject(sys.stdin):
        rate, seconds = map(int, line.split())
        for _ in range(rate * seconds):
            gevent.spawn(broadcast)
            gevent.sleep(1 / rate)
        gevent.sleep(1)
        print("done", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))

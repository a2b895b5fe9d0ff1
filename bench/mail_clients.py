"""One client of `bench.mail`: `python -m bench.mail_clients PORT FILE FIRST COUNT` delivers that many different messages by SMTP."""

from __future__ import annotations

import smtplib
import sys
from pathlib import Path

ADDRESS = "support@callout.example"


def deliver(port: int, raw: bytes, first: int, count: int) -> None:
    """Over one connection, as a mail server does."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(first, first + count):
            client.sendmail("wang@example.cn", [ADDRESS], b"Message-ID: <%d.bench@example.cn>\r\n" % number + raw)


if __name__ == "__main__":
    deliver(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3]), int(sys.argv[4]))

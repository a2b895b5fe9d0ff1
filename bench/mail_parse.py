"""Messages parsed per second on one core: `python -m bench.mail_parse [SECONDS]`."""

from __future__ import annotations

import base64
import json
import sys
import time

from callcenter.mail.parsing import parse

_HEAD = b"From: =?utf-8?B?546L5Lyf?= <wang@example.cn>\r\nTo: support@callout.example\r\nSubject: =?utf-8?B?56m66LCD?=\r\n"
_WORDS = "The unit on the third floor rattles again. 空调还是不冷，请尽快安排维修。\r\n"


def samples() -> dict[str, bytes]:
    """4 kB plain text with a quoted answer, 40 kB of HTML, 2 MB with three attachments."""
    quoted = b"\r\nOn Mon, 2 Mar 2026 at 10:00, Support <s@callout.example> wrote:\r\n" + b"> earlier words, and more of them\r\n" * 40
    plain = _HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + (_WORDS * 30).encode() + quoted
    row = f'<tr><td style="color:#333;padding:4px"><b>{_WORDS.strip()}</b></td><td><a href="https://example.com/a">link</a><img src="https://e.org/x.png"></td></tr>\n'
    html = (
        _HEAD
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><table>"
        + (row * (40_000 // len(row.encode()))).encode()
        + b"</table></body></html>"
    )
    blob = base64.encodebytes(bytes(range(256)) * 1_950).replace(b"\n", b"\r\n")
    part = b"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + blob
    text = b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + (_WORDS * 10).encode()
    large = _HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + text + part * 3 + b"--x--\r\n"
    return {"plain_4kB": plain, "html_40kB": html, "attachments_2MB": large}


def rate(raw: bytes, seconds: float) -> float:
    """Messages per second of processor time."""
    parse(raw)
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        parse(raw)
        count += 1
    return count / spent


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    figures = {name: {"bytes": len(raw), "messages_per_second": round(rate(raw, seconds), 1)} for name, raw in samples().items()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

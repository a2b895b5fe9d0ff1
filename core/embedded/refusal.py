"""The one way this package says no: one line that names what is wrong and what to do, and exit code 1."""

from __future__ import annotations


class StartRefused(SystemExit):
    """Something cannot be started or used as asked. Its text is the one line shown; no traceback, exit code 1."""

    def __init__(self, line: str) -> None:
        super().__init__(f"callout: {line}")
        self.line = line

"""Tables for spreadsheets. A cell never becomes a formula in who opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

UTF_8 = "\ufeff"  # the mark by which Excel knows it
# What Excel, LibreOffice and their like take for the beginning of a formula in a CSV.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def harmless(text: str) -> str:
    """With an apostrophe before what would be taken for a formula, blanks before it or not."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """Comma-separated, with the mark of UTF-8; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row])
    return UTF_8 + out.getvalue()

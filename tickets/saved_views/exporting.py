"""A list of tickets as a table: CSV line by line, XLSX as a file. A cell never becomes a formula in who opens it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from core.sheets import UTF_8, harmless, xlsx_cell
from tickets.saved_views.columns import Column

Lines = Iterable[Mapping[str, Any]]


def csv_lines(lines: Lines, columns: Sequence[Column], zone: ZoneInfo) -> Iterator[str]:
    """The table's text, a line at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield UTF_8
    writer.writerow([harmless(str(column.label)) for column in columns])
    for line in lines:
        writer.writerow([_as_text(_cell(line, column, zone)) for column in columns])
        if buffer.tell() > 16_384:
            yield _taken(buffer)
    yield _taken(buffer)


def xlsx_file(lines: Lines, columns: Sequence[Column], zone: ZoneInfo) -> IO[bytes]:
    """The table as a workbook in a temporary file, at its beginning; whoever sends it closes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([xlsx_cell(sheet, str(column.label)) for column in columns])
    for line in lines:
        sheet.append([xlsx_cell(sheet, _cell(line, column, zone)) for column in columns])
    file = tempfile.TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(line: Mapping[str, Any], column: Column, zone: ZoneInfo) -> Any:
    """A value as people read it: words for codes, times on the reader's clock without seconds of a second."""
    value = column.of(line, column.name)
    if value is None:
        return ""
    if column.words is not None and not isinstance(value, list):
        return str(column.words().get(value, value))
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return harmless(value) if isinstance(value, str) else str(value)

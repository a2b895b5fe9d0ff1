"""Tables for spreadsheets. A cell never becomes a formula in who opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UTF_8 = "\ufeff"  # the mark by which Excel knows it
_PIECE = 16_384  # characters
# What Excel, LibreOffice and their like take for the beginning of a formula in a CSV.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def harmless(text: str) -> str:
    """With an apostrophe before what would be taken for a formula, blanks before it or not."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def csv_of(rows: Iterable[Iterable[Any]]) -> str:
    """Comma-separated, with the mark of UTF-8; None is an empty cell."""
    return "".join(csv_pieces(rows))


def csv_pieces(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """What `csv_of` says, some lines at a time: for a table that is sent while it is read."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write(UTF_8)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row])
        if out.tell() > _PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def xlsx_of(rows: Iterable[Iterable[Any]], *, title: str = "") -> bytes:
    """A workbook of one sheet, its first row kept in sight; text is text, also "=1+1"; None is an empty cell."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ILLEGAL_CHARACTERS_RE.sub("", title)[:31] or None)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([xlsx_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_cell(sheet: Any, value: Any) -> Any:
    """A cell whose text is text, without what XML cannot hold."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell

"""CSV and XLSX as rows of text, whatever their encoding and separator. Bounded, so that no file can fill the memory."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from charset_normalizer import from_bytes
from flask_babel import lazy_gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import NotValid

MOST_ROWS = 50_000
MOST_COLUMNS = 100
LONGEST_CELL = 5_000
MOST_UNPACKED = 300 * 1024 * 1024
SEPARATORS = ",;\t|"
# Tried before guessing: what Excel writes in the places we serve. GB18030 holds GBK and GB2312.
ENCODINGS = ("utf-8", "gb18030", "big5", "cp1252")


@dataclass(frozen=True)
class Table:
    """`headers` as written (empty ones named by their letter), `rows` as wide as the headers, all text without blanks around it."""

    headers: list[str]
    rows: list[list[str]]


def read_table(content: bytes, name: str) -> Table:
    """The first sheet of an XLSX, or a CSV. Raises NotValid (field file) saying what is wrong with it."""
    if not content.strip():
        raise NotValid(_("The file is empty."), field="file")
    if content.startswith(b"PK\x03\x04"):
        rows = _sheet(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotValid(_("This is an old Excel file (.xls). Save it as .xlsx or CSV."), field="file")
    else:
        rows = _csv(content)
    return _shaped(rows)


def _shaped(rows: Iterable[list[str]]) -> Table:
    filled = (row for row in rows if any(row))
    headers = next(filled, None)
    if headers is None:
        raise NotValid(_("The file is empty."), field="file")
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MOST_COLUMNS:
        raise NotValid(_("The file has more than %(count)d columns.", count=MOST_COLUMNS), field="file")
    width = len(headers)
    body: list[list[str]] = []
    for row in filled:
        if len(body) >= MOST_ROWS:
            raise NotValid(_("The file has more than %(count)d lines. Split it.", count=MOST_ROWS), field="file")
        if len(row) > width and any(row[width:]):
            width = min(len(row), MOST_COLUMNS)
        body.append(row)
    if not body:
        raise NotValid(_("Below its headers the file has no lines."), field="file")
    named = [header or _letter(place) for place, header in enumerate(headers + [""] * (width - len(headers)))]
    return Table(named, [(row + [""] * (width - len(row)))[:width] for row in body])


def _letter(place: int) -> str:
    """The name a spreadsheet gives a column: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _csv(content: bytes) -> Iterator[list[str]]:
    text = decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=False)
    csv.field_size_limit(1_000_000)
    try:
        for row in reader:
            yield [_text(cell) for cell in row]
    except csv.Error as error:
        raise NotValid(_("Line %(number)d cannot be read: %(why)s", number=reader.line_num, why=str(error)), field="file") from None


def decoded(content: bytes) -> str:
    """The text: by its byte order mark, as UTF-8 if it is that, else in the encoding whose result reads most like language."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(name, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        guess = from_bytes(content[:200_000], cp_isolation=[*ENCODINGS]).best()
        for encoding in dict.fromkeys([guess.encoding if guess is not None else "gb18030", *ENCODINGS]):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    return content.decode("cp1252", errors="replace")


def separator(text: str) -> str:
    """The separator that cuts the first lines into the same, largest number of cells; quotes are respected."""
    sample = list(itertools.islice(io.StringIO(text, newline=""), 50))
    best = (0, 0.0, ",")
    for candidate in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=candidate) if any(row)]
        except csv.Error:  # said when the rows are read
            continue
        if widths and widths[0] > 1:
            same = sum(width == widths[0] for width in widths) / len(widths)
            best = max(best, (same > 0.7, same * 10 + widths[0], candidate))
    return best[2]


def _sheet(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise NotValid(_("The file is too large when unpacked."), field="file")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1):
            yield [_cell(value) for value in row]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ParseError, ValueError, OSError):
        raise NotValid(_("The file cannot be read as an Excel file. It may be damaged."), field="file") from None


def _cell(value: Any) -> str:
    """What a person sees in the cell: dates in ISO form, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _text(str(value))


def _text(value: str) -> str:
    found = value.replace("\0", "").replace("\ufeff", "").strip()
    if len(found) > LONGEST_CELL:
        raise NotValid(_("A cell has more than %(count)d characters.", count=LONGEST_CELL), field="file")
    return found

"""Cut a message into its MIME parts.

Written here rather than left to `email.feedparser`, because that recurses (a mail nested a thousand levels raises RecursionError) and
compares every line with every open boundary. This reads the delimiter lines once from top to bottom, whatever the nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .header_block import Headers, read_headers
from .parameters import Structured, parse_structured
from .problems import Problems

MAXIMUM_PARTS = 10_000
MAXIMUM_LEVELS = 1_000
_DELIMITER = re.compile(rb"\n--([^\r\n]{0,1000})")
_MAXIMUM_DELIMITERS = 1_000_000
_GUESS = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?=[Cc]ontent-[A-Za-z-]{2,40}:)")
_GUESS_WINDOW = 64 * 1024
_SEARCH_BUDGET = 1_000_000_000  # bytes


@dataclass(slots=True)
class Part:
    """One MIME part. `start`/`end` bound its undecoded body in the message; `parent` is an index into the list of parts, -1 for the root.

    `preamble_end`: where the first delimiter of a multipart begins; what stands before it is for programs that know no MIME."""

    headers: Headers
    content_type: Structured
    disposition: Structured
    start: int
    end: int
    parent: int
    level: int
    children: list[int] = field(default_factory=list)
    boundary: bytes = b""
    preamble_end: int = -1

    @property
    def is_multipart(self) -> bool:
        """Whether it was cut into children; a multipart whose boundary never comes is not."""
        return bool(self.boundary)


def split_parts(data: bytes, hint: str, problems: Problems) -> list[Part]:
    """All parts in document order, the root first."""
    splitter = _Splitter(data, hint, problems)
    splitter.run()
    return splitter.parts


class _Splitter:
    def __init__(self, data: bytes, hint: str, problems: Problems) -> None:
        self.data, self.hint, self.problems = data, hint, problems
        self.parts: list[Part] = []
        self.open: list[int] = []  # indices of the multiparts we are inside of, outermost first
        self.by_boundary: dict[bytes, list[int]] = {}  # depths in `open`, innermost last
        self.leaf = -1
        self.search_budget = _SEARCH_BUDGET

    def run(self) -> None:
        position = self.add(0, -1)
        for number, match in enumerate(_DELIMITER.finditer(self.data)):
            if not self.open:
                break
            if number >= _MAXIMUM_DELIMITERS or len(self.parts) >= MAXIMUM_PARTS:
                self.problems.add("The mail has too many parts; the rest was left in the last one.")
                break
            if match.start() < position - 1:
                continue
            text = match[1].rstrip(b" \t")
            if text in self.by_boundary:
                self.close_down_to(self.by_boundary[text][-1], match.start())
                if not self.parts[self.open[-1]].children:
                    self.parts[self.open[-1]].preamble_end = match.start()
                position = self.add(self.after_line(match.end()), self.open[-1])
            elif text.endswith(b"--") and text[:-2] in self.by_boundary:
                self.close_down_to(self.by_boundary[text[:-2]][-1], match.start())
                self.pop()
        if self.leaf >= 0 or self.open:
            unfinished = bool(self.open)
            self.end_leaf(len(self.data))
            while self.open:
                self.parts[self.open[-1]].end = len(self.data)
                self.pop()
            if unfinished:
                self.problems.add("The mail ends before its last part was closed; it may be cut off.")

    def after_line(self, position: int) -> int:
        newline = self.data.find(b"\n", position)
        return len(self.data) if newline < 0 else newline + 1

    def add(self, start: int, parent: int) -> int:
        """Begin a part whose headers are at `start`; returns where its body begins."""
        headers, body = read_headers(self.data, start, len(self.data), self.problems, outermost=parent < 0)
        content_type = parse_structured(headers.first(b"content-type"), self.hint, self.problems)
        disposition = parse_structured(headers.first(b"content-disposition"), self.hint, self.problems)
        level = self.parts[parent].level + 1 if parent >= 0 else 0
        part = Part(headers, content_type, disposition, body, len(self.data), parent, level)
        self.parts.append(part)
        index = len(self.parts) - 1
        if parent >= 0:
            self.parts[parent].children.append(index)
        if content_type.value.startswith("multipart/") and (boundary := self.boundary_of(part)):
            part.boundary = boundary
            self.by_boundary.setdefault(boundary, []).append(len(self.open))
            self.open.append(index)
            self.leaf = -1
        else:
            self.leaf = index
        return body

    def boundary_of(self, part: Part) -> bytes:
        """The boundary that really delimits the body; b"" when there is none."""
        if part.level >= MAXIMUM_LEVELS:
            self.problems.add("The mail is nested too deeply; its innermost parts were left together.")
            return b""
        declared = part.content_type.parameter("boundary").encode("utf-8", "replace").rstrip(b" \t")[:1000]
        before = max(part.start - 1, 0)
        if declared and (declared in self.by_boundary or self.occurs(b"\n--" + declared, before)):
            return declared
        guess = _GUESS.search(self.data, before, min(len(self.data), part.start + _GUESS_WINDOW))
        if guess is not None and guess[1] not in self.by_boundary:
            self.problems.add("The boundary of a multipart was missing or wrong; the one in the body was used.")
            return guess[1]
        self.problems.add("A multipart has no parts; it was read as text.")
        return b""

    def occurs(self, delimiter: bytes, position: int) -> bool:
        """Whether the delimiter comes at all; taken for granted once these searches have cost too much."""
        if self.search_budget <= 0:
            return True
        found = self.data.find(delimiter, position)
        self.search_budget -= (found if found >= 0 else len(self.data)) - position
        return found >= 0

    def end_leaf(self, at: int) -> None:
        if self.leaf >= 0:
            part = self.parts[self.leaf]
            stop = at - 1 if at > part.start and self.data[at - 1 : at] == b"\r" and at < len(self.data) else at
            part.end = max(part.start, stop)
            self.leaf = -1

    def close_down_to(self, depth: int, at: int) -> None:
        """A delimiter of `open[depth]` ends whatever is open inside it."""
        self.end_leaf(at)
        while len(self.open) > depth + 1:
            self.parts[self.open[-1]].end = at
            self.pop()

    def pop(self) -> None:
        part = self.parts[self.open.pop()]
        depths = self.by_boundary[part.boundary]
        depths.pop()
        if not depths:
            del self.by_boundary[part.boundary]

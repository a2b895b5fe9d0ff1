"""Sanitised HTML to the text people would read from it: paragraphs, lists, table rows, and quotes marked with "> "."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS_WORDS = (
    "address article aside blockquote center details dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol pre "
    "section summary table tbody tfoot thead tr ul caption"
)
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "dl", "pre"])
_WHITE = re.compile(r"[ \t\r\n\f\u00a0]+")
_INVISIBLE = re.compile(r"[\u200b\ufeff\u00ad\u034f]")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_VOID = frozenset(("br", "hr", "img", "col", "wbr"))
_MAXIMUM_QUOTE = 20


class _Reader(HTMLParser):
    """Only ever fed what nh3 wrote: well-formed, so the parser's slow paths for broken markup are never taken."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.blank_wanted = False
        self.quote = self.last_quote = self.preformatted = self.hidden = self.inside = 0
        self.ends_blank = True
        self.lists: list[int | None] = []
        self.alternatives: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.hidden:
            self.hidden += tag not in _VOID
            return
        values = dict(attrs)
        if _HIDDEN.search(values.get("style") or "") and tag not in _VOID:
            self.hidden = 1
            return
        if tag == "br":
            self.end_line(keep_blank=True)
        elif tag == "img" and values.get("alt"):
            self.alternatives.append(values["alt"] or "")
        elif tag in ("td", "th"):
            self.put("" if not self.line else "\t")
        self.open_block(tag, values)

    def open_block(self, tag: str, values: dict[str, str | None]) -> None:
        if tag in _BLOCKS or tag == "p":
            self.end_line()
            self.blank_wanted = self.blank_wanted or tag in _SPACED
        if tag == "blockquote":
            self.quote += 1
        elif tag == "pre":
            self.preformatted += 1
        elif tag in ("ul", "ol"):
            start = values.get("start") or "1"
            self.lists.append(None if tag == "ul" else int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1)
        elif tag == "li":
            self.put(self.bullet())

    def bullet(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number}. "

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag not in _VOID
            return
        if tag in _BLOCKS or tag == "p":
            self.end_line()
            self.blank_wanted = self.blank_wanted or tag in _SPACED
        if tag == "blockquote":
            self.quote = max(self.quote - 1, 0)
        elif tag == "pre":
            self.preformatted = max(self.preformatted - 1, 0)
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if self.preformatted:
            first, *rest = data.split("\n")
            self.put(first)
            for line in rest:
                self.end_line(keep_blank=True)
                self.put(line)
            return
        text = _WHITE.sub(" ", _INVISIBLE.sub("", data))
        self.put(text[1:] if self.ends_blank and text.startswith(" ") else text)

    def put(self, text: str) -> None:
        if text:
            self.line.append(text)
            self.ends_blank = text[-1] in " \t"

    def end_line(self, *, keep_blank: bool = False) -> None:
        text = "".join(self.line).rstrip()
        self.line, self.ends_blank = [], True
        if not text and not keep_blank:
            return
        prefix = "> " * min(self.quote, _MAXIMUM_QUOTE)
        if self.blank_wanted and self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(self.quote, self.last_quote, _MAXIMUM_QUOTE)).rstrip())
        self.blank_wanted, self.last_quote = False, self.quote
        self.lines.append((prefix + text).rstrip())


def html_to_text(sanitised: str) -> str:
    """The visible text of HTML that came out of a cleaner of nh3; descriptions of images where there is no other text."""
    reader = _Reader()
    reader.feed(sanitised)
    reader.close()
    reader.end_line()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(reader.lines)).strip("\n")
    return text if text.strip() else "\n".join(f"[{name}]" for name in reader.alternatives[:50])

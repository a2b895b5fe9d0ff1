"""Address lists as they come, not as RFC 5322 wants them: `addr (Name)`, names with bare commas, groups, missing or doubled brackets,
Outlook's semicolons, encoded words anywhere. Linear in the length of the header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .charsets import storable
from .encoded_words import decode_words, one_line, replace_words
from .message import MailAddress
from .problems import Problems

MAXIMUM_ADDRESSES = 2_000
_FORGIVEN_UNCLOSED = 20
_ADDRESS = re.compile(r'(?:"[^"@]{1,200}"|[^\s@<>,;:"()\[\]\\]{1,200})@(?:[^\s@<>,;"()\[\]\\]{1,255}|\[[^\s\[\]]{1,80}\])\Z')
_BARE = re.compile(r"[^\s@<>,;:\"()\[\]\\'|]{1,200}@[^\s@<>,;\"()\[\]\\'|]{1,255}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK = re.compile("\x02(\\d+)\x03")
_INTERESTING = re.compile(r'["(),;:<>\\]')


@dataclass(slots=True)
class _Entry:
    """One item between separators: words outside brackets, the bracketed address, the comments."""

    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)
    quoted: bool = False

    def is_blank(self) -> bool:
        return self.angle is None and not self.comments and not "".join(self.words).strip()


def is_address(text: str) -> bool:
    """Whether `text` has the shape local@domain."""
    return len(text) <= 320 and _ADDRESS.match(text) is not None


def parse_addresses(text: str, problems: Problems) -> list[MailAddress]:
    """Every mailbox in header text whose encoded words are still encoded; what holds no address is left out."""
    found: list[MailAddress] = []
    words: list[str] = []

    def keep(decoded: str) -> str:
        words.append(decoded)
        return f"\x02{len(words) - 1}\x03"

    marked = replace_words(_CONTROL.sub("", text), problems, keep)
    carried: list[str] = []
    for entry in _split(marked):
        address, name = _resolve(entry, words, problems)
        if not address:
            if name:
                carried.append(name)
            continue
        # `Smith, John <john@example.com>`: what stands before the comma is the first half of the name.
        if carried and entry.angle is not None and not entry.quoted:
            name = ", ".join([*carried, name]) if name else ", ".join(carried)
        carried = []
        found.append(MailAddress(storable(address), storable(name)))
        if len(found) >= MAXIMUM_ADDRESSES:
            problems.add("There were too many addresses; the rest was left out.")
            break
    if not found and words:
        # The whole mailbox, brackets and all, was put into encoded words.
        plain = decode_words(text, problems)
        if "=?" not in plain and "@" in plain:
            return parse_addresses(plain, problems)
    return found


def _resolve(entry: _Entry, words: list[str], problems: Problems) -> tuple[str, str]:
    """(address, name) of one entry; an address of "" when it has none."""
    outside = _restore("".join(entry.words), words)
    comment = _restore(" ".join(entry.comments), words)
    if entry.angle is not None:
        address = _clean_address(_restore(entry.angle, words))
        if is_address(address):
            return address, _name(outside or comment)
        inner = _BARE.search(address) or _BARE.search(outside)
        if inner is not None:
            problems.add("An address was malformed and was repaired.")
            return _clean_address(inner[0]), _name(outside.replace(inner[0], "") or comment)
        return "", _name(outside)
    compact = _clean_address(outside)
    if is_address(compact):
        return compact, _name(comment)
    hit = _BARE.search(outside) or _BARE.search(comment)
    if hit is None:
        return "", _name(outside)
    problems.add("An address without brackets stood among other words.")
    return _clean_address(hit[0]), _name(outside.replace(hit[0], " ").strip(" []'\"<>") or comment.replace(hit[0], ""))


def _restore(text: str, words: list[str]) -> str:
    return _MARK.sub(lambda match: words[int(match[1])] if int(match[1]) < len(words) else "", text)


def _clean_address(text: str) -> str:
    text = text.strip().strip("<>'\u200b\ufeff ")
    text = text[7:] if text[:7].lower() == "mailto:" else text
    if text.startswith("@") and ":" in text:  # a source route: <@relay:user@host>
        text = text.rpartition(":")[2]
    return re.sub(r"\s+", "", text).rstrip(".") if not text.startswith('"') else text.strip()


def _name(text: str) -> str:
    name = re.sub(r"\s+", " ", one_line(text)).strip()
    while len(name) >= 2 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name[:500]


def _split(text: str) -> list[_Entry]:
    """Cut at separators that are outside quotes, comments and brackets."""
    entries, entry, position, group = [], _Entry(), 0, False
    unclosed = 0  # looking for a missing end costs a scan each time, so it is given up after a few
    while position < len(text):
        hit = _INTERESTING.search(text, position)
        stop = hit.start() if hit else len(text)
        entry.words.append(text[position:stop])
        if hit is None:
            break
        mark, position = text[stop], stop + 1
        if mark in '"(' and unclosed < _FORGIVEN_UNCLOSED:
            enclosed = _until(text, position, ")" if mark == "(" else mark)
            unclosed += enclosed is None
        else:
            enclosed = None
        if mark == '"' and enclosed is not None:
            words, position = enclosed
            # A quoted local part is part of the address; otherwise the quotes only protect the name.
            entry.words.append(f'"{words}"' if text[position : position + 1] == "@" else words)
            entry.quoted = True
        elif mark == "(" and enclosed is not None:
            entry.comments.append(enclosed[0].strip())
            position = enclosed[1]
        elif mark == "<":
            entry.angle, position = _angle(text, position, entry.angle)
        elif mark in ",;":
            entries.append(entry)
            entry, group = _Entry(), group and mark == ","
        elif mark == ":" and not group and entry.angle is None and "@" not in "".join(entry.words) and not entry.quoted:
            # A group: its name goes, its members stay. `mailto:` without brackets is dropped the same way.
            entry, group = _Entry(), True
        elif mark not in '>"(':
            entry.words.append(mark if mark != "\\" else "")
    entries.append(entry)
    return [entry for entry in entries if not entry.is_blank()]


def _until(text: str, position: int, closing: str) -> tuple[str, int] | None:
    """What stands up to the closing mark, unescaped, and the position after it; nested comments are counted. None if it never closes."""
    pieces, depth, limit = [], 1, min(len(text), position + 5_000)
    while position < limit:
        character = text[position]
        if character == "\\" and position + 1 < limit:
            pieces.append(text[position + 1])
            position += 2
            continue
        if closing == ")" and character == "(":
            depth += 1
        elif character == closing:
            depth -= 1
            if depth == 0:
                return "".join(pieces), position + 1
        pieces.append(character)
        position += 1
    return None


def _angle(text: str, position: int, earlier: str | None) -> tuple[str | None, int]:
    """The address in brackets; a second pair replaces the first only where the first held no address."""
    close = text.find(">", position, position + 1_000)
    stop = (
        close if close >= 0 else min((hit for mark in ",;" if (hit := text.find(mark, position, position + 1_000)) >= 0), default=len(text))
    )
    inside = text[position:stop].lstrip("<")
    after = stop + 1 if close >= 0 else stop
    return (earlier if earlier is not None and "@" in earlier else inside), after

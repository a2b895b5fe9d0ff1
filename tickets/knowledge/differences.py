"""What changed between two texts, for people to read: whole lines first, words within the lines that changed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

Part = tuple[str, str]  # (same | added | removed, text)
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+|\s+|[^\w\s]")
MOST_TOKENS = 2_000  # comparing takes time by their square: longer passages are shown as removed and added whole


def differences(old: str, new: str) -> list[Part]:
    """The parts in reading order; those that are the same are there too."""
    return _joined(_compared(old.splitlines(keepends=True), new.splitlines(keepends=True), by_words=True))


def _compared(old: list[str], new: list[str], *, by_words: bool) -> Iterator[Part]:
    for kind, from_old, to_old, from_new, to_new in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before, after = "".join(old[from_old:to_old]), "".join(new[from_new:to_new])
        if kind == "equal":
            yield "same", before
        elif by_words and kind == "replace" and _short(before, after):
            yield from _compared(_TOKEN.findall(before), _TOKEN.findall(after), by_words=False)
        else:
            yield "removed", before
            yield "added", after


def _short(*texts: str) -> bool:
    return all(len(_TOKEN.findall(text)) <= MOST_TOKENS for text in texts)


def _joined(parts: Iterator[Part]) -> list[Part]:
    found: list[Part] = []
    for kind, text in parts:
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + text)
        elif text:
            found.append((kind, text))
    return found

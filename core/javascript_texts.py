"""The texts of our browser code, for Babel: every call of a keyword with literal texts, also inside template literals inside template literals.

Babel's own reader stops at the first object in a template's expression (`${t("%(n)s left", { n })}`) and at an apostrophe in its text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'')
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_REGULAR = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_NUMBER = re.compile(r"\d[\w.]*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
# A slash begins a regular expression after these, and divides after anything else.
_BEFORE_REGULAR = frozenset("(,=:[!&|?{};+-*%~^<>")
_WORDS_BEFORE_REGULAR = frozenset({"return", "typeof", "case", "in", "of", "await", "yield", "void", "delete"})

Message = tuple[int, str, str | tuple[str, ...], list[str]]


def extract(fileobj: BinaryIO, keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]) -> Iterator[Message]:
    """Babel's extraction method: (line, keyword, text or texts, no comments) for every call in the file (UTF-8). Takes no options."""
    source = fileobj.read().decode()
    for position, name, texts in _calls(source, keywords):
        yield source.count("\n", 0, position) + 1, name, texts if len(texts) > 1 else texts[0], []


def _calls(source: str, keywords: Collection[str]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(place, keyword, its literal texts) of each call. `open_braces` holds, per template literal we are inside of, the depth of braces."""
    position, before, open_braces, in_template = 0, "", [0], False
    while position < len(source):
        character = source[position]
        if in_template:
            if character == "\\":
                position += 2
            elif character == "`":
                in_template, before, position = False, "`", position + 1
            elif source.startswith("${", position):
                open_braces.append(0)
                in_template, before, position = False, "{", position + 2
            else:
                position += 1
            continue
        if character == "}" and open_braces[-1] == 0 and len(open_braces) > 1:
            open_braces.pop()
            in_template, position = True, position + 1
        elif character == "`":
            in_template, position = True, position + 1
        elif found := _COMMENT.match(source, position):
            position = found.end()
        elif found := _WORD.match(source, position):
            word = found.group()
            if before != "." and word in keywords and (texts := _texts(source, found.end())):
                yield position, word, texts
            before, position = word, found.end()
        elif found := _token(source, position, before):
            before, position = found.group()[-1], found.end()
        else:
            open_braces[-1] += {"{": 1, "}": -1}.get(character, 0)
            before, position = before if character.isspace() else character, position + 1


def _token(source: str, position: int, before: str) -> re.Match[str] | None:
    """A string, number or regular expression that begins here."""
    if found := _STRING.match(source, position) or _NUMBER.match(source, position):
        return found
    return _REGULAR.match(source, position) if not before or before in _BEFORE_REGULAR or before in _WORDS_BEFORE_REGULAR else None


def _texts(source: str, position: int) -> tuple[str, ...]:
    """The literal texts with which a call's arguments begin; none when it is no call or its first argument is no text."""
    found: list[str] = []
    opening = re.compile(r"\s*\(\s*").match(source, position)
    while opening and (text := _STRING.match(source, opening.end())):
        found.append(_ESCAPE.sub(_unescaped, text.group(1) if text.group(1) is not None else text.group(2)))
        opening = re.compile(r"\s*,\s*").match(source, text.end())
    return tuple(found)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16)) if found.group(1) else _ESCAPED.get(found.group(2), found.group(2))

"""Search: one table of texts, words as PostgreSQL's `simple` lexemes, Chinese, Japanese and Korean as overlapping pairs of characters.

pg_trgm cannot use its index for two Chinese characters (0.5-5 s at a million texts); pairs with GIN take 0.2-17 ms (notes/platform.md §7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Index, Select, UniqueConstraint, delete, func, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.orm import Mapped, mapped_column

from core import later
from core.db import Keyed, Model, db

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0002fa1f"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_]+", re.UNICODE)
_IS_CJK = re.compile(f"[{_CJK}]")
_SPLIT = re.compile(f"([{_CJK}]+)")
FRAGMENTED = 40  # signs: no phone number or serial is longer
RANKED = 500
Item = TypeVar("Item")
_indexing: set[Callable[[list[Any]], None]] = set()


class SearchEntry(Keyed, Model):
    """What can be found: `kind` and `ref` name it (`ticket`, 42), `title` is shown in lists, `words` are its lexemes."""

    __tablename__ = "search_entry"
    __table_args__ = (
        UniqueConstraint("kind", "ref"),
        Index("ix_search_entry_words", "words", postgresql_using="gin"),
        Index(
            "ix_search_entry_newest", "kind", text("at DESC"), text("ref DESC")
        ),  # a common word: the newest are read until enough have it
    )
    kind: Mapped[str]
    ref: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)
    at: Mapped[datetime]


def runs(text: str) -> list[str]:
    """What a text is found by: runs of one script each, lower-cased; empty when there is only punctuation."""
    return [part for run in _RUN.findall(text.lower()) for part in _SPLIT.split(run) if part]


def lexemes(text: str) -> str:
    """The text as words separated by spaces, ready for `to_tsvector('simple', …)`: pairs for CJK; what has digits (numbers, serials) also by its
    ends, so that any four signs or more of it are found."""
    found: list[str] = []
    for run in runs(text):
        if _IS_CJK.match(run):
            found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
        else:
            found.append(run)
            if len(run) <= FRAGMENTED and any(sign.isdigit() for sign in run):
                found += [run[start:] for start in range(1, len(run) - 3)]
    return " ".join(found)


def query_text(text: str) -> str:
    """A `to_tsquery('simple', …)` text: all words, the last letters open (`fil` finds filter); a CJK run as a phrase. Empty: nothing to find."""
    parts: list[str] = []
    for run in runs(text)[:20]:
        if len(run) == 1 or not _IS_CJK.match(run):
            parts.append(f"'{run}':*")
        else:
            parts.append("(" + " <-> ".join(f"'{run[i : i + 2]}'" for i in range(len(run) - 1)) + ")")
    return " & ".join(parts)


def put(*, kind: str, ref: int, title: str, text: str, now: datetime) -> None:
    """Add or replace an entry in the caller's transaction. PostgreSQL keeps at most 1 MB of lexemes; the beginning of longer texts is enough."""
    put_many(kind=kind, entries=[(ref, title, text)], now=now)


def put_many(*, kind: str, entries: Sequence[tuple[int, str, str]], now: datetime) -> None:
    """`put` of many (ref, title, text), each ref once, in one statement."""
    put_dated(kind=kind, entries=[(ref, title, text, now) for ref, title, text in entries])


def put_dated(*, kind: str, entries: Sequence[tuple[int, str, str, datetime]]) -> None:
    """`put_many` of entries with a time of their own."""
    rows = [
        {
            "kind": kind,
            "ref": ref,
            "title": title[:300],
            "words": func.to_tsvector("simple", lexemes(f"{title} {text}"[:200_000])),
            "at": at,
        }
        for ref, title, text, at in entries
    ]
    if rows:
        fresh = insert(SearchEntry).values(rows)
        changed = {"title": fresh.excluded.title, "words": fresh.excluded.words, "at": fresh.excluded.at}
        db.session.execute(fresh.on_conflict_do_update(index_elements=["kind", "ref"], set_=changed))


def put_off(work: Callable[[list[Item]], None], *items: Item) -> None:
    """Have `work` put the entries of these items once at the end of the transaction, or before something is looked for in it (see `core.later`)."""
    _indexing.add(work)
    later.once(work, *items)


def remove(*, kind: str, ref: int) -> None:
    """Take an entry out in the caller's transaction."""
    db.session.execute(delete(SearchEntry).where(SearchEntry.kind == kind, SearchEntry.ref == ref))


def matches(text: str) -> ColumnElement[bool] | None:
    """A condition on SearchEntry, None when the text holds nothing to look for (only punctuation)."""
    later.settle(*_indexing)
    wanted = query_text(text)
    return SearchEntry.words.op("@@")(func.to_tsquery("simple", wanted)) if wanted else None


def refs(kind: str, text: str, *, limit: int = 50) -> Select[int] | None:
    """The newest matches of a kind, as a select of their `ref`s."""
    condition = matches(text)
    if condition is None:
        return None
    return select(SearchEntry.ref).where(SearchEntry.kind == kind, condition).order_by(SearchEntry.at.desc()).limit(limit)


def best(kind: str, text: str, *, limit: int) -> list[int]:
    """`ref`s of the newest 500 matches, those with most of the words in their title first, the newer of equals before the older. None when there is
    nothing to look for."""
    condition = matches(text)
    if condition is None:
        return []
    newest = select(SearchEntry.ref, SearchEntry.title).where(SearchEntry.kind == kind, condition)
    rows = db.session.execute(newest.order_by(SearchEntry.at.desc(), SearchEntry.ref.desc()).limit(RANKED)).all()
    begins = [_beginning(run) for run in runs(text)]
    places = {row.ref: sum(begin.search(row.title.lower()) is not None for begin in begins) for row in rows}
    return sorted(places, key=lambda ref: -places[ref])[:limit]


def _beginning(run: str) -> re.Pattern[str]:
    """Where this run begins a word; one of CJK, whose words nobody parts, stands anywhere."""
    before = "" if _IS_CJK.match(run) else rf"(?<![^\W_{_CJK}])"
    return re.compile(before + re.escape(run))

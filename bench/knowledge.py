"""Articles like a ticket, and articles by words: `script/bench knowledge [--articles 5000] [--times 200]`.

Makes that many articles in three languages out of made-up words in the proportions of a language (a few everywhere, most of them rare), then asks for
suggestions and searches, titles misspelt among them. Prints the least (what it costs on an idle machine), the median and the 95th percentile in the
server, in milliseconds. Makes a database of its own and drops it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert, text

import config as settings
import wsgi
from bench.databases import own_database
from core import search
from core.db import Base, db
from tickets.knowledge import searching
from tickets.knowledge.models import Article
from tickets.knowledge.queries import Filters

NOW = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
_LINE = text(
    "INSERT INTO article_text (article_id, language, latest, published, title, text, words) VALUES (:article, :language, 1, 1, :title, :text, "
    "setweight(to_tsvector('simple', :head), 'A') || setweight(to_tsvector('simple', :rest), 'C'))"
)
WORDS, LENGTH, TITLE = 6_000, 250, 6
BATCH = 500


class Language:
    """Words of which the first are everywhere (Zipf), as syllables or as Chinese characters."""

    def __init__(self, dice: random.Random, *, chinese: bool) -> None:
        def made() -> str:
            if chinese:
                return "".join(chr(dice.randint(0x4E00, 0x5E00)) for _ in range(2))
            return "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(dice.randint(2, 4)))

        self.words = [made() for _ in range(WORDS)]
        self.weights = [1 / (place + 3) for place in range(WORDS)]
        self.between = "" if chinese else " "

    def text(self, dice: random.Random, length: int) -> str:
        return self.between.join(dice.choices(self.words, self.weights, k=length))


def fill(articles: int, dice: random.Random) -> dict[str, Language]:
    """Published articles with their lines, as the services store them."""
    found = {"en": Language(dice, chinese=False), "zh_Hans": Language(dice, chinese=True), "zh_Hant": Language(dice, chinese=True)}
    for first in range(0, articles, BATCH):
        rows = [
            {"status": "published", "public": True, "created_at": NOW, "updated_at": NOW}
            for _ in range(first, min(first + BATCH, articles))
        ]
        ids = list(db.session.scalars(insert(Article).returning(Article.id), rows))
        lines: list[dict[str, Any]] = []
        for article_id in ids:
            for language, words in found.items():
                title, body = words.text(dice, TITLE), words.text(dice, LENGTH)
                lexemes = {"head": search.lexemes(title), "rest": search.lexemes(body)}
                lines.append({"article": article_id, "language": language, "title": title, "text": body, **lexemes})
        db.session.execute(_LINE, lines)
        db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    return found


def measured(name: str, times: int, ask: Callable[[], Any]) -> None:
    """Ask that often; print the times."""
    took, hits = [], 0
    for _ in range(times):
        started = time.perf_counter()
        hits += bool(ask())
        took.append((time.perf_counter() - started) * 1000)
        db.session.rollback()
    slowest = statistics.quantiles(took, n=20)[-1]
    print(f"{name:<34} least {min(took):6.1f}   median {statistics.median(took):6.1f}   p95 {slowest:6.1f} ms   found {hits}/{times}")


def _similar(words: Language, dice: random.Random) -> Any:
    return searching.similar(subject=words.text(dice, 6), message=words.text(dice, 60), model="WM 720", kind="fault")


def _found(words: Language, dice: random.Random) -> Any:
    return searching.found(words.text(dice, 2), Filters())


def run(articles: int, times: int) -> None:
    dice = random.Random(7)
    started = time.perf_counter()
    languages = fill(articles, dice)
    print(f"{articles} articles in {len(languages)} languages made in {time.perf_counter() - started:.0f} s")
    for language, words in languages.items():
        measured(f"suggestions for a ticket, {language}", times, partial(_similar, words, dice))
        measured(f"search for two words, {language}", times, partial(_found, words, dice))
    english = languages["en"]
    measured("search, misspelt", times, lambda: searching.found("x" + english.text(dice, 3)[1:], Filters()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=200)
    given = parser.parse_args()
    with own_database("knowledge") as address:
        app = wsgi.create_app("cli", replace(settings.read(), database_url=address, log_level="ERROR"))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            run(given.articles, given.times)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()

"""Finding articles: by words (the title may be misspelt), and those that are like a ticket, with the reason why.

Both use the house's tokens (`core.search`): words, and pairs of Chinese characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import REAL, ColumnElement, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from core import search
from core.db import db
from tickets.knowledge import indexing
from tickets.knowledge.models import Article, ArticleText
from tickets.knowledge.queries import Filters, conditions

MOST = 50
MISSPELT = 0.45  # share of a misspelt word's trigrams that must stand in the title
MOST_TERMS = 16
MOST_OF_A_TEXT = 1_000  # characters of a message: what is the matter stands at its beginning
SUGGESTED = 5
# What everybody writes, in pairs: says nothing about what is the matter. (English words of this kind PostgreSQL knows itself.)
_SAY_NOTHING_WORDS = (
    "hello thank thanks please regards dear help "
    "我们 我們 你们 你們 您好 你好 谢谢 謝謝 请问 請問 可以 没有 沒有 什么 什麼 怎么 怎麼 一个 一個 已经 已經 现在 現在 还是 還是 不能 一下 "
    "帮忙 幫忙 尽快 盡快 安排 请尽 請盡 快安 这个 這個 那个 那個 就是 但是 因为 因為 所以 如果 知道 问题 問題 需要 麻烦 麻煩 请帮 請幫 今天 昨天"
)
_SAY_NOTHING = frozenset(_SAY_NOTHING_WORDS.split())


@dataclass(frozen=True, slots=True)
class Similar:
    """An article like a ticket; `matches`: the ticket's words that it has, the most telling first."""

    article_id: int
    score: float
    matches: list[str]


def found(text_: str, filters: Filters, *, more: Sequence[ColumnElement[bool]] = (), limit: int = MOST) -> list[tuple[int, str]]:
    """(article, language in which it was found), the best first; by similar titles when no article has all the words. `more`: conditions on Article
    and ArticleText."""
    indexing.settle()
    asked = search.query_text(text_)
    if not asked:
        return []
    query = func.to_tsquery("simple", asked)
    rank = func.ts_rank(cast(literal(indexing.WEIGHTS), ARRAY(REAL)), ArticleText.words, query)
    narrowed = [*conditions(filters), *more]
    return _best(ArticleText.words.op("@@")(query), rank, narrowed, limit) or _misspelt(text_, narrowed, limit)


def _misspelt(text_: str, narrowed: Sequence[ColumnElement[bool]], limit: int) -> list[tuple[int, str]]:
    """Titles that are nearly this."""
    db.session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(MISSPELT), True)))
    near = literal(text_[: MOST_OF_A_TEXT // 10]).op("<%", is_comparison=True)(ArticleText.title)
    return _best(near, func.word_similarity(text_, ArticleText.title), narrowed, limit)


def _best(
    condition: ColumnElement[bool], rank: ColumnElement[Any], narrowed: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    query = select(ArticleText.article_id, ArticleText.language).join(Article, Article.id == ArticleText.article_id)
    query = query.where(condition, *narrowed).order_by(rank.desc(), ArticleText.article_id.desc(), ArticleText.language).limit(limit * 3)
    best: dict[int, str] = {}
    for article_id, language in db.session.execute(query):
        best.setdefault(article_id, language)
    return list(best.items())[:limit]


def similar(
    *, subject: str, message: str = "", model: str = "", kind: str = "", only_public: bool = False, limit: int = SUGGESTED
) -> list[Similar]:
    """Published articles like this: the rarer a shared word is among articles, the more it says; words in titles and facts say more than those in
    texts; the equipment's model says much, the ticket's kind a little, a similar title decides between equals. One word alone must stand in
    the title or the facts."""
    indexing.settle()
    terms = _terms(subject, message[:MOST_OF_A_TEXT], model)
    if not terms:
        return []
    given = {
        "words": [word for word, _place in terms],
        "places": [place for _word, place in terms],
        "subject": subject[:300],
        "model": model,
        "kind": kind,
        "only_public": only_public,
        "most": limit,
        "weights": indexing.WEIGHTS,
    }
    # The planner takes the beginnings of words for frequent ones, and would read every line instead of the index.
    db.session.execute(select(func.set_config("enable_seqscan", "off", True)))
    rows = list(db.session.execute(_SIMILAR, given))
    db.session.execute(select(func.set_config("enable_seqscan", "on", True)))
    if rows:
        return [Similar(row.article_id, float(row.score), _spelled(row.words, row.places)) for row in rows]
    if len(search.runs(subject)) < 2:
        return []
    # Words of which each says little may say something together.
    public = [Article.public.is_(True)] if only_public else []
    both = found(subject, Filters(status="published"), more=[ArticleText.published.is_not(None), *public], limit=limit)
    return [Similar(article_id, 0, search.runs(subject)) for article_id, _language in both]


def _terms(*texts: str) -> list[tuple[str, int]]:
    """(token, its place), each token once, at most 16: all of the shorter texts, of the message the longest words, which are the rarer ones.
    Pairs that overlap have places that follow each other."""
    places: dict[str, int] = {}
    place = 0
    for part in sorted(texts, key=len):
        for token in search.lexemes(part).split():
            place += 1
            if _tells(token):
                places.setdefault(token, place)
        place += 1  # what ends one text does not overlap with what begins the next
    head = len({token for part in sorted(texts, key=len)[:-1] for token in search.lexemes(part).split() if _tells(token)})
    chosen = list(places.items())
    return (chosen[:head] + sorted(chosen[head:], key=lambda one: -len(one[0])))[:MOST_TERMS]


def _tells(token: str) -> bool:
    return 1 < len(token) <= 40 and token not in _SAY_NOTHING and not (token.isdigit() and len(token) < 3)


def _spelled(words: Sequence[str], places: Sequence[int]) -> list[str]:
    """Pairs of characters that overlap, as the run that they came from: 水垢 and 垢清 are 水垢清."""
    runs: list[tuple[str, int]] = []
    for place, word in sorted(zip(places, words, strict=True)):
        joins = runs and len(word) == 2 and not word.isascii() and runs[-1][1] == place - 1 and runs[-1][0][-1] == word[0]
        if joins:
            runs[-1] = (runs[-1][0] + word[1], place)
        else:
            runs.append((word, place))
    by_run = {run: next(index for index, word in enumerate(words) if word in run) for run, _place in runs}
    return sorted(by_run, key=lambda run: by_run[run])


# English words are cut to their stem by PostgreSQL's own dictionary (stop words fall away), then looked for as beginnings: descaling finds descale.
# How often a word occurs is counted up to 200 lines only: a more frequent one says little and is left out, and the rarest eight are enough. A rank
# above 0.31 no number of places in a text reaches (they converge to their weight, 0.3): the word stands in the title or the facts.
_SIMILAR = text(
    """
    WITH asked AS (
        SELECT word, place, word ~ '^[a-z]+$' AS latin,
               CASE WHEN word ~ '^[a-z]+$' THEN rtrim((ts_lexize('english_stem', word))[1], 'i') ELSE word END AS stem
        FROM unnest(CAST(:words AS text[]), CAST(:places AS int[])) AS given (word, place)
    ), term AS (
        SELECT min(word) AS word, min(place) AS place,
               to_tsquery('simple', quote_literal(stem) || CASE WHEN latin AND length(stem) > 3 THEN ':*' ELSE '' END) AS query
        FROM asked WHERE length(stem) > 1 GROUP BY stem, latin
    ), rare AS MATERIALIZED (
        SELECT term.*, 1 / (1 + ln(seen.often)) AS weight
        FROM term, LATERAL (SELECT count(*) AS often FROM (SELECT FROM article_text WHERE words @@ term.query LIMIT 201) AS one) AS seen
        WHERE seen.often BETWEEN 1 AND 200
        ORDER BY seen.often, place LIMIT 8
    ), ranked AS MATERIALIZED (
        SELECT article_id, language, title, rare.word, rare.place, rare.weight, ts_rank(CAST(:weights AS float4[]), words, rare.query) AS rank
        FROM rare JOIN article_text ON words @@ rare.query
        WHERE published IS NOT NULL
    ), line AS (
        SELECT article_id, language, title, sum(weight * rank) AS score,
               array_agg(word ORDER BY weight * rank DESC, place) AS words, array_agg(place ORDER BY weight * rank DESC, place) AS places
        FROM ranked GROUP BY article_id, language, title HAVING count(*) > 1 OR max(rank) > 0.31
    ), best AS (
        SELECT DISTINCT ON (article_id) * FROM line ORDER BY article_id, score DESC, language
    )
    SELECT best.article_id, best.words, best.places,
           best.score + CASE WHEN :model <> '' AND article.models @> to_jsonb(CAST(:model AS text)) THEN 0.5 ELSE 0 END
               + CASE WHEN article.kinds @> to_jsonb(CAST(:kind AS text)) THEN 0.03 ELSE 0 END
               + 0.05 * similarity(best.title, CAST(:subject AS text)) AS score
    FROM best JOIN article ON article.id = best.article_id
    WHERE article.status = 'published' AND (article.public OR NOT :only_public)
    ORDER BY score DESC, best.article_id LIMIT :most
    """
)

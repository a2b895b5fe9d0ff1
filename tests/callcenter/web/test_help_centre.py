"""The public help centre: what customers find there, in which language, and what they never see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.web import help_centre
from core import files
from core.auth.models import User
from core.db import db as database
from tickets.knowledge import categories, publishing, services
from tickets.knowledge.models import Article

PUMP = "<h2>Descale</h2><p>Rinse the filter, then the drain pump.</p>"


class Shelf:
    """Articles that somebody wrote and published."""

    def __init__(self, author: User, now: datetime) -> None:
        self.author, self.now = author, now
        names = {"en": "Appliances", "zh_Hans": "家电"}
        self.category = categories.save_category(category=None, names=names, position=0, now=now, actor_id=author.id)

    def article(
        self, title: str, body: str = PUMP, *, public: bool = True, publish: bool = True, chinese: str = "", file_ids: Any = ()
    ) -> Article:
        common: dict[str, Any] = {"now": self.now, "actor_id": self.author.id}
        facts = {"public": public, "category_id": self.category.id}
        made = services.create_article(language="en", title=title, body=body, facts=facts, file_ids=file_ids, **common)
        if chinese:
            services.save_version(article_id=made.id, language="zh_Hans", title=chinese, body="<p>清洗过滤器。</p>", base=0, **common)
        if publish:
            publishing.publish(article_id=made.id, **common)
        database.session.commit()
        return made


@pytest.fixture
def shelf(db: Any, make_user: Callable[..., User], now: datetime) -> Shelf:
    return Shelf(make_user("supervisor"), now)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_customers_find_only_what_is_published_for_them(shelf: Shelf, client: FlaskClient) -> None:
    shown = shelf.article("The pump is loud")
    hidden = [
        shelf.article("Secret menu of the pump", public=False),
        shelf.article("Unfinished pump", publish=False),
    ]
    for path in ("/help/articles/en", "/help/articles/en?q=pump", "/help/articles/en/suggestions?text=pump+filter"):
        text = page(client, path)
        assert "pump</mark> is loud" in text or "The pump is loud" in text
        assert "Secret" not in text
        assert "Unfinished" not in text
    for article in hidden:
        page(client, f"/help/articles/en/{article.id}", 404)
    assert "Rinse the filter" in page(client, f"/help/articles/en/{shown.id}")
    publishing.archive(article_id=shown.id, now=shelf.now, actor_id=shelf.author.id)
    database.session.commit()
    assert "not here (any more)" in page(client, f"/help/articles/en/{shown.id}", 404)


def test_the_pages_are_the_same_for_everybody_and_may_be_kept(shelf: Shelf, client: FlaskClient) -> None:
    article = shelf.article("The pump is loud")
    for path in ("/help/articles/en", f"/help/articles/zh-Hans/{article.id}", "/help/articles/en?q=pump"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.get_data(as_text=True)
        assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_address_names_the_language_and_the_nearest_text_says_which_it_is(shelf: Shelf, client: FlaskClient) -> None:
    both, english = shelf.article("The pump is loud", chinese="水泵噪音大"), shelf.article("Only English")
    start = client.get("/help/articles", headers={"Accept-Language": "zh-CN"})
    assert (start.status_code, start.headers["Location"]) == (302, "/help/articles/zh-Hans")
    listed = page(client, "/help/articles/zh-Hant")
    assert "水泵噪音大" in listed
    assert "Only English" in listed
    assert "家电" in listed
    text = page(client, f"/help/articles/zh-Hant/{both.id}")
    assert '<article lang="zh-Hans">' in text
    assert f'hreflang="en" href="/help/articles/en/{both.id}"' in text
    assert 'role="note"' in text
    assert 'role="note"' not in page(client, f"/help/articles/zh-Hans/{both.id}")
    assert "Only English" in page(client, f"/help/articles/zh-Hans/{english.id}")
    page(client, "/help/articles/fr", 404)


def test_search_marks_the_words_and_says_when_there_is_nothing(shelf: Shelf, client: FlaskClient) -> None:
    shelf.article("The pump is loud")
    assert "<mark>filter</mark>" in page(client, "/help/articles/en?q=filter")
    assert "No article has these words" in page(client, "/help/articles/en?q=zeppelin")
    assert "&lt;script&gt;" in page(client, "/help/articles/en?q=%3Cscript%3E")
    assert page(client, "/help/articles/en/suggestions?text=zeppelin").strip() == ""
    assert help_centre.marked("Spump pump 除水垢", ["pump", "水垢"]) == [("Spump ", False), ("pump", True), (" 除", False), ("水垢", True)]


def test_a_category_has_a_page_and_many_articles_are_shortened(shelf: Shelf, client: FlaskClient) -> None:
    for number in range(help_centre.FIRST + 2):
        shelf.article(f"Pump {number}")
    overview = page(client, "/help/articles/en")
    assert overview.count(">Pump ") == help_centre.FIRST
    assert "All 8 in “Appliances”" in overview
    assert page(client, f"/help/articles/en?category={shelf.category.id}").count(">Pump ") == 8
    page(client, "/help/articles/en?category=999999", 404)


def test_pictures_of_public_articles_are_everybodys_and_others_are_not(
    shelf: Shelf, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    def stored(name: str, content: bytes, kind: str) -> int:
        return files.save(content, name=name, content_type=kind, now=shelf.now, actor_id=shelf.author.id).id

    picture, sheet, inner = (
        stored("a.png", b"\x89PNG a", "image/png"),
        stored("a.html", b"<b>", "text/html"),
        stored("b.png", b"\x89PNG b", "image/png"),
    )
    shelf.article("The pump is loud", f'{PUMP}<img src="/help/articles/files/{picture}">', file_ids=[sheet])
    shelf.article("Secret", f'{PUMP}<img src="/help/articles/files/{inner}">', public=False)
    answer = client.get(f"/help/articles/files/{picture}")
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (
        200,
        "image/png",
        "public, max-age=3600",
    )
    answer = client.get(f"/help/articles/files/{sheet}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/help/articles/files/{inner}").status_code == 404
    assert client.get("/help/articles/files/999999").status_code == 404
    assert sign_in("agent").get(f"/help/articles/files/{inner}").status_code == 200
    assert sign_in("technician").get(f"/help/articles/files/{inner}").status_code == 404


def test_the_overview_costs_as_many_statements_with_many_articles_as_with_few(shelf: Shelf, client: FlaskClient) -> None:
    counted = []
    for many in (1, 5):
        for number in range(many):
            shelf.article(f"Pump {many} {number}", chinese="水泵")
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, into: list[str] = seen) -> None:
            into.append(statement)

        database.event.listen(database.engine.engine, "before_cursor_execute", note)
        try:
            page(client, "/help/articles/en")
            page(client, "/help/articles/en?q=pump")
        finally:
            database.event.remove(database.engine.engine, "before_cursor_execute", note)
        counted.append(len(seen))
    assert counted[0] == counted[1]

"""What an article may say, how its texts follow each other, and what happens when two write at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core import files
from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, DomainError, NotAllowed, NotFound, NotValid
from tests.tickets.knowledge.conftest import PUMP, Desk
from tests.tickets.test_verbs import customer
from tickets.knowledge import categories, differences, publishing, queries, rich_text, rules, services, using
from tickets.knowledge.models import Article, ArticleVersion


def audited(article: Article) -> list[str]:
    query = database.select(AuditEntry.action).where(AuditEntry.target == f"article:{article.id}").order_by(AuditEntry.id)
    return list(database.session.scalars(query))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>a</p><script>alert(1)</script>", "<p>a</p>"),
        ('<p onclick="x()" style="color:red">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<p>a<img src="https://elsewhere.example/x.png"></p>', "<p>a</p>"),
        ('<p>a</p><img src="/help/articles/files/7" alt="b">', '<p>a</p><img src="/help/articles/files/7" alt="b">'),
        ('<h1>a</h1><iframe src="/x">b</iframe>', "a"),
    ],
)
def test_only_what_is_harmless_stays_in_a_body(given: str, kept: str) -> None:
    assert rich_text.checked_body(given) == kept


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        (" \n", PUMP, "title"),
        ("x" * 201, PUMP, "title"),
        ("a", "<p> </p><script>x</script>", "body"),
        ("a", "x" * 100_001, "body"),
    ],
)
def test_an_article_that_nobody_could_read_is_refused(desk: Desk, title: str, body: str, field: str) -> None:
    with pytest.raises(NotValid) as refused:
        desk.draft(title, body)
    assert refused.value.field == field


def test_a_text_saved_over_a_newer_one_is_refused_with_the_newer_one_and_then_stands_on_top(desk: Desk) -> None:
    article = desk.draft()
    desk.save(article, "<p>Sam's way</p>", base=1, actor_id=desk.sam.id)
    with pytest.raises(Conflict) as refused:
        desk.save(article, "<p>Ana's way</p>", base=1)
    theirs = refused.value.details["theirs"]
    assert (refused.value.code, theirs["number"], theirs["by"], theirs["body"]) == ("newer_version", 2, "Sam", "<p>Sam's way</p>")
    desk.save(article, "<p>Ana's way</p>", base=2)
    assert [row.text for row in queries.versions(article.id, "en")][:2] == ["Ana's way", "Sam's way"]
    assert desk.save(article, "<p>Ana's way</p>", base=1).number == 3, "the same text again is no new version and no quarrel"


def test_an_old_version_comes_back_as_a_new_one(desk: Desk) -> None:
    article = desk.draft()
    desk.save(article, "<p>Worse</p>", base=1)
    back = services.restore_version(article_id=article.id, language="en", number=1, base=2, now=desk.now, actor_id=desk.sam.id)
    assert (back.number, back.body, back.restored_from) == (3, PUMP, 1)
    with pytest.raises(NotFound):
        services.restore_version(article_id=article.id, language="en", number=9, base=3, now=desk.now, actor_id=desk.sam.id)


def test_each_language_has_a_line_of_its_own(desk: Desk) -> None:
    article = desk.draft()
    desk.save(article, "<p>清洗水泵</p>", base=0, language="zh_Hans", title="水泵噪音大")
    assert {row.language: row.latest for row in article.texts} == {"en": 1, "zh_Hans": 1}
    with pytest.raises(NotValid):
        desk.save(article, "<p>Pompe</p>", base=0, language="fr")
    assert rules.nearest("zh_Hant", {"en", "zh_Hans"}) == "zh_Hans"
    assert rules.nearest("zh_Hans", {"en"}) == "en"
    assert rules.nearest("en", {"zh_Hant"}) == "zh_Hant"
    assert rules.nearest("en", set()) is None


def test_what_changed_is_told_by_words() -> None:
    assert differences.differences("a\nclose the tap\n", "a\nclose the red tap\n") == [
        ("same", "a\nclose the "),
        ("added", "red "),
        ("same", "tap\n"),
    ]
    assert differences.differences("关闭水龙头", "打开水龙头") == [("removed", "关闭"), ("added", "打开"), ("same", "水龙头")]
    long = "word " * 3000
    assert [kind for kind, _text in differences.differences(long + "a", long + "b")] == ["removed", "added"]


def test_readers_go_on_seeing_the_published_text(desk: Desk) -> None:
    article = desk.published()
    desk.save(article, "<p>Not yet</p>", base=1)
    assert queries.current(article, published=True)["en"].body == PUMP
    assert queries.unpublished(article)
    desk.publish(article)
    assert queries.current(article, published=True)["en"].text == "Not yet"
    assert audited(article) == ["article.published", "article.published"]


def test_what_the_publisher_has_not_read_is_not_published(desk: Desk) -> None:
    article = desk.draft()
    desk.save(article, "<p>Quickly changed</p>", base=1)
    with pytest.raises(Conflict) as refused:
        publishing.publish(article_id=article.id, seen={"en": 1}, now=desk.now, actor_id=desk.sam.id)
    assert (refused.value.code, article.status) == ("newer_version", "draft")


def test_an_article_goes_from_draft_to_published_to_the_archive_and_back(desk: Desk) -> None:
    article = desk.draft()
    who: dict[str, Any] = {"article_id": article.id, "now": desk.now, "actor_id": desk.sam.id}
    with pytest.raises(DomainError) as refused:
        publishing.withdraw(**who)
    assert refused.value.code == "move"
    desk.publish(article)
    assert publishing.archive(**who).status == "archived"
    with pytest.raises(DomainError):
        desk.publish(article)
    assert publishing.restore(**who).status == "published"
    assert publishing.withdraw(**who).status == "draft"
    assert queries.current(article, published=True) == {}
    assert audited(article) == ["article.published", "article.archived", "article.restored", "article.withdrawn"]


def test_private_data_is_confirmed_or_removed_before_publishing(desk: Desk) -> None:
    who = desk.firm.ticket(subject="Boiler leaks")
    from_ticket = services.create_article(
        language="en",
        title="Leaks",
        body="<p>Mr. Ott (ada@example.com) says: call +49 30 23125100 or 030 23125100. Error E15, part 4711-0815.</p>",
        ticket_id=who.id,
        now=desk.now,
        actor_id=desk.ana.id,
    )
    with pytest.raises(NotValid) as refused:
        desk.publish(from_ticket, "ada@example.com")
    found = [(one["kind"], one["text"]) for one in refused.value.details["findings"]]
    assert (refused.value.code, from_ticket.status) == ("private_data", "draft")
    assert found == [("phone", "+49 30 23125100"), ("phone", "030 23125100"), ("name", "Mr. Ott")]
    desk.save(from_ticket, "<p>Call +49 30 23125100</p>", base=1)
    desk.publish(from_ticket, "+49 30 23125100")
    assert from_ticket.status == "published"
    desk.save(from_ticket, "<p>Call us: +49 30 23125100</p>", base=2)
    desk.publish(from_ticket)  # confirmed once is enough


def test_names_of_the_tickets_people_and_of_customers_are_found(desk: Desk) -> None:
    customer(desk.firm, "Lena Sommer")
    ticket = desk.firm.ticket(customer_id=customer(desk.firm, "罗兰").id)
    article = services.create_article(
        language="en",
        title="A case",
        body="<p>罗兰 and Lena Sommer waited. Heat Pump is no name.</p>",
        ticket_id=ticket.id,
        now=desk.now,
        actor_id=desk.ana.id,
    )
    assert {one.text for one in publishing.findings(article)} == {"罗兰", "Lena Sommer"}


def test_facts_saved_over_a_colleagues_are_refused_and_agents_open_nothing_to_customers(desk: Desk) -> None:
    article = desk.published()
    common: dict[str, Any] = {"article_id": article.id, "now": desk.now, "actor_id": desk.ana.id}
    version = article.version
    with pytest.raises(NotAllowed):
        services.change_article(facts={"public": True}, expected_version=version, publisher=False, **common)
    services.change_article(facts={"public": True, "tags": ["Pump", "pump"]}, expected_version=version, publisher=True, **common)
    assert (article.public, article.tags) == (True, ["pump"])
    with pytest.raises(Conflict) as refused:
        services.change_article(facts={"tags": ["other"]}, expected_version=version, publisher=True, **common)
    assert (refused.value.code, article.tags) == ("changed_meanwhile", ["pump"])
    for wrong in ({"kinds": ["haunted"]}, {"models": ["x" * 101]}, {"reviewer_id": 10**9}, {"tags": ["a,b"]}):
        with pytest.raises(NotValid):
            services.change_article(facts=wrong, expected_version=article.version, publisher=True, **common)
    with pytest.raises(NotFound):
        services.change_article(facts={"category_id": 10**9}, expected_version=article.version, publisher=True, **common)


def test_a_draft_is_removed_by_its_author_and_nothing_that_was_in_an_answer(desk: Desk) -> None:
    draft, used = desk.draft(), desk.published()
    with pytest.raises(NotAllowed):
        services.remove_article(article_id=used.id, publisher=False, now=desk.now, actor_id=desk.ana.id)
    services.remove_article(article_id=draft.id, publisher=False, now=desk.now, actor_id=desk.ana.id)
    with pytest.raises(NotFound):
        desk.save(draft, "<p>Late</p>", base=1)
    assert database.session.scalar(database.select(ArticleVersion.id).where(ArticleVersion.article_id == draft.id)) is None
    using.use_article(article=used, ticket=desk.firm.ticket(), how="text", into="note", now=desk.now, actor_id=desk.ana.id)
    with pytest.raises(DomainError) as refused:
        services.remove_article(article_id=used.id, publisher=True, now=desk.now, actor_id=desk.sam.id)
    assert refused.value.code == "used"


def test_only_ones_own_uploads_and_the_articles_files_are_taken(desk: Desk) -> None:
    mine = files.save(b"\x89PNG1", name="a.png", content_type="image/png", now=desk.now, actor_id=desk.ana.id)
    other = files.save(b"\x89PNG2", name="b.png", content_type="image/png", now=desk.now, actor_id=desk.sam.id)
    article = desk.draft()
    shown = f'<p>See</p><img src="/help/articles/files/{mine.id}">'
    desk.save(article, shown, base=1, file_ids=[mine.id])
    with pytest.raises(NotValid):
        desk.save(article, f'{shown}<img src="/help/articles/files/{other.id}">', base=2)
    # Sam writes on: the picture is the article's by now.
    assert desk.save(article, f"{shown}<p>And hear</p>", base=2, actor_id=desk.sam.id).number == 3


def test_an_article_is_looked_at_again_by_a_day(desk: Desk) -> None:
    article = desk.draft(review_by=desk.now.date() - timedelta(days=1))
    assert queries.overdue_count(desk.now.date()) == 1
    common: dict[str, Any] = {"article_id": article.id, "now": desk.now, "actor_id": desk.sam.id}
    with pytest.raises(NotValid):
        publishing.reviewed(review_by=desk.now.date(), **common)
    publishing.reviewed(review_by=date(2027, 1, 1), **common)
    assert (queries.overdue_count(desk.now.date()), article.reviewer_id) == (0, desk.sam.id)


def test_a_shelf_with_articles_is_not_removed(desk: Desk) -> None:
    common: dict[str, Any] = {"now": desk.now, "actor_id": desk.sam.id}
    shelf = categories.save_category(category=None, names={"en": "Pumps", "zh_Hans": " "}, position=1, **common)
    assert shelf.names == {"en": "Pumps"}
    article = desk.draft(category_id=shelf.id)
    with pytest.raises(DomainError) as refused:
        categories.remove_category(category_id=shelf.id, **common)
    assert refused.value.code == "in_use"
    with pytest.raises(NotValid):
        categories.save_category(category=shelf, names={"en": ""}, position=1, **common)
    services.remove_article(article_id=article.id, publisher=True, **common)
    categories.remove_category(category_id=shelf.id, **common)
    assert queries.categories() == []
